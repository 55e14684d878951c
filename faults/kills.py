"""F1: the server is killed, or told to stop, again and again under load. Nothing acknowledged is lost, nothing is
doubled; and one that is told to stop ends by itself, in time.

The load holds bulks of a hundred: each is there whole or not at all (F24).
"""

import random
import signal
import subprocess
import time
from pathlib import Path

from faults.comparing import Report, compared
from faults.serving import SENSIBLE, ended, free_port, ledger, placed, started
from timewright.server import DRAIN_SECONDS


def run(folder: Path, kills: int, *, seed: int = 1, build: str = SENSIBLE, gently: bool = False) -> Report:
    """Kill a server so many times under load, or `gently` tell it to stop, and compare."""
    chance, report = random.Random(seed), Report(rounds=kills)
    place, port, path, log = placed(folder), free_port(), folder / "ledger", folder / "server.log"
    server, _ = started(place.url, port, log, build)
    try:
        with ledger(path, port, place):
            for _ in range(kills):
                time.sleep(chance.uniform(0.15, 0.45))
                if gently:
                    _stopped(server, report)
                ended(server)
                server, seconds = started(place.url, port, log, build)
                report.slowest_restart = max(report.slowest_restart, seconds)
            time.sleep(0.5)
    finally:
        ended(server)
    compared(place.url, path, report)
    return report


def _stopped(server: subprocess.Popen[bytes], report: Report) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        code = server.wait(DRAIN_SECONDS)
    except subprocess.TimeoutExpired:
        report.broken.append(f"it had not ended {DRAIN_SECONDS} s after it was told to stop")
        return
    if code:
        report.broken.append(f"it ended with {code} when it was told to stop")
