"""What the process does beside answering."""

import subprocess
import sys
from pathlib import Path


def test_a_log_that_cannot_be_written_fails_nobody():
    program = (
        "import structlog; from timewright.server import write_logs; write_logs('json'); "
        "log = structlog.get_logger('x'); [log.error('said', number=n) for n in range(10_000)]; print('done')"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=full, check=False)
    assert done.stdout == b"done\n"
