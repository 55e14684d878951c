"""F1: the server is killed again and again under load. Nothing acknowledged is lost, nothing is doubled.

The load holds bulks of a hundred: each is there whole or not at all (F24).
"""

import random
import time
from pathlib import Path

from faults.comparing import Report, compared
from faults.serving import SENSIBLE, ended, free_port, ledger, placed, started


def run(folder: Path, kills: int, *, seed: int = 1, build: str = SENSIBLE) -> Report:
    """Kill a server so many times under load, and compare."""
    chance, report = random.Random(seed), Report(rounds=kills)
    place, port, path, log = placed(folder), free_port(), folder / "ledger", folder / "server.log"
    server, _ = started(place.url, port, log, build)
    try:
        with ledger(path, port, place):
            for _ in range(kills):
                time.sleep(chance.uniform(0.15, 0.45))
                ended(server)
                server, seconds = started(place.url, port, log, build)
                report.slowest_restart = max(report.slowest_restart, seconds)
            time.sleep(0.5)
    finally:
        ended(server)
    compared(place.url, path, report)
    return report
