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
