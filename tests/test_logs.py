"""What the server writes to its log: one JSON object a line, whoever has something to say."""

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from timewright.server import write_logs
write_logs("json")
structlog.get_logger("ours").info("request", path="/a\\nb")
logging.getLogger("uvicorn.error").warning("Invalid\\n%s", "request")
try:
    raise ValueError("a\\nb")
except ValueError:
    logging.getLogger("asyncio").exception("failed")
    structlog.get_logger("ours").exception("bug")
"""


def test_a_line_of_the_log_is_one_object_whoever_wrote_it():
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in told.stderr.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("request", "info"),
        ("Invalid\nrequest", "warning"),
        ("failed", "error"),
        ("bug", "error"),
    ]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert all("ValueError: a\nb" in line["exception"] for line in lines[2:])
