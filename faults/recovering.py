"""While nothing can be stored the server reads on and says so; once it can, it stores again by itself."""

import time
from collections.abc import Callable
from pathlib import Path

from faults.comparing import Report
from faults.serving import Place, status

RECOVERY_SECONDS = 1.0
"""How soon time can be logged again once the cause is gone."""

PATIENCE_SECONDS = 30.0


def watched(place: Place, port: int, path: Path, report: Report, mend: Callable[[], None]) -> float:
    """Look at a server that cannot store, take the cause away, and look whether it stores again.

    Answers how many seconds that took; what was not as promised is in `report.broken`.
    """
    for question in ("/api/v1/time_entries", "/api/v1/users/me", "/healthz"):
        if status(port, question, place.token) != 200:
            report.broken.append(f"{question} was not read while nothing could be stored")
    # On a disk that is full to the last page a small write still succeeds now and then, and says "ready" until
    # the next one fails.
    if not until(lambda: status(port, "/readyz", place.token) == 503, seconds=8):
        report.broken.append("/readyz says ready while nothing can be stored")
    kept = lines(path, "kept")
    mend()
    begun = time.monotonic()
    if not until(lambda: lines(path, "kept") > kept):
        report.broken.append("nothing could be stored when the cause was gone")
    seconds = time.monotonic() - begun
    if seconds > RECOVERY_SECONDS:
        report.broken.append(f"it took {seconds:.2f} s until time could be logged again")
    if not until(lambda: status(port, "/readyz", place.token) == 200):
        report.broken.append("/readyz stays red")
    time.sleep(0.3)
    return seconds


def lines(path: Path, word: str) -> int:
    """How many lines of a ledger begin with a word."""
    if not path.exists():
        return 0
    return sum(line.startswith(word) for line in path.read_text().splitlines())


def until(is_so: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> bool:
    """Wait until something is so; False when it does not come to be."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.02)
    return False
