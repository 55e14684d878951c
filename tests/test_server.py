"""What the process does beside answering."""

import subprocess
import sys
from pathlib import Path

import pytest

from timewright import migrations
from timewright.database import Database, file_url
from timewright.server import open_database
from timewright.settings import Misconfigured, Settings


def test_a_log_that_cannot_be_written_fails_nobody():
    program = (
        "import structlog; from timewright.server import write_logs; write_logs('json'); "
        "log = structlog.get_logger('x'); [log.error('said', number=n) for n in range(10_000)]; print('done')"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=full, check=False)
    assert done.stdout == b"done\n"


def test_a_newer_command_does_not_change_the_schema_under_a_running_server(sample, monkeypatch):
    settings, upgraded = Settings(database_url=file_url(sample)), []
    monkeypatch.setattr(migrations, "HEAD", "0002")
    monkeypatch.setattr(migrations, "known_steps", lambda: ["0001", "0002"])
    monkeypatch.setattr(migrations, "_run", upgraded.append)
    server = Database(file_url(sample))
    server.serve_alone()
    try:
        with pytest.raises(Misconfigured, match="An older Timewright serves"):
            open_database(settings)
    finally:
        server.close()
    assert not upgraded
    open_database(settings).close()
    assert upgraded


def test_a_large_block_goes_back_to_the_system():
    """One that was freed teaches glibc to keep the next, unless it is told not to."""
    program = (
        "import sys; from timewright.server import bound_heaps\n"
        "def held(): return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "bounded = bound_heaps() if sys.argv[1] == 'bounded' else True\n"
        "del (large := [b'x' * int(8e6)])[:]\n"
        "before = held()\n"
        "larges, between = [], []\n"
        "for n in range(20): larges.append(b'x' * (4_000_000 + n)); between.append(b'x' * (200_000 + n))\n"
        "larges.clear()\n"
        "print(bounded, (held() - before) // 1_000_000)\n"
    )

    def told(how):
        done = subprocess.run([sys.executable, "-c", program, how], stdout=subprocess.PIPE, text=True, check=True)
        bounded, grown = done.stdout.split()
        return bounded, int(grown)

    bounded, grown = told("bounded")
    assert bounded == "True"
    # What is still held is twenty small blocks of 4 MB together.
    assert grown < 8
    assert told("left alone")[1] > 40
