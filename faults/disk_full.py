"""F5: the disk fills up under load. Every refusal is a 503 that is true, reading goes on, writing comes back
by itself.

Three forms: the database on a disk that is really full, the reserve that keeps it from getting there, and a
full disk that holds only the server's log.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from faults.comparing import Report, compared
from faults.disks import grow, small_disk
from faults.serving import SENSIBLE, Place, ended, free_port, ledger, placed, started, status

NEEDS = ("mounts",)

RECOVERY_SECONDS = 1.0
"""How soon time can be logged again once there is room."""

PATIENCE_SECONDS = 30.0
REFUSALS = 30
"""How many refusals are gathered before there is room again."""


@dataclass(frozen=True)
class Form:
    """What stands on the small disk, and how much of it the server may use."""

    name: str
    size: str
    reserve_bytes: int | None
    is_log: bool = False


FORMS = (
    Form("no reserve", "5m", 0),
    Form("reserve", "68m", None),
    Form("log", "64k", None, is_log=True),
)


def run(folder: Path, times: int, form: Form, *, build: str = SENSIBLE) -> Report:
    """Fill a disk so many times, each time a fresh one, and compare."""
    report, slowest = Report(rounds=times), 0.0
    for number in range(times):
        each = folder / f"{form.name} {number}"
        each.mkdir()
        part = Report()
        slowest = max(slowest, _filled(each, form, part, build))
        report.add(part)
    if not form.is_log:
        report.beside = f"stored again {slowest:.2f} s after there was room"
    return report


def _filled(folder: Path, form: Form, report: Report, build: str) -> float:
    """Fill a disk once; answers how many seconds after there was room time could be logged again."""
    port, path, small = free_port(), folder / "ledger", folder / "small"
    place = placed(folder)
    environment = {} if form.reserve_bytes is None else {"TIMEWRIGHT_DISK_RESERVE_BYTES": str(form.reserve_bytes)}
    seconds = 0.0
    with ExitStack() as stack:
        stack.enter_context(small_disk(small, form.size))
        log = (small if form.is_log else folder) / "server.log"
        if not form.is_log:
            shutil.move(folder / "timewright.db", small)
            place = place.moved(small)
        server, report.slowest_restart = started(place.url, port, log, build, environment=environment)
        stack.callback(lambda: ended(server))
        with ledger(path, port, place, mode="believe"):
            if form.is_log:
                _log_fills_up(small, path, report)
            else:
                seconds = _disk_fills_up(small, path, port, place, report)
        ended(server)
        server, _ = started(place.url, port, folder / "again.log", build, environment=environment)
        ended(server)
        compared(place.url, path, report)
    return seconds


def _disk_fills_up(small: Path, path: Path, port: int, place: Place, report: Report) -> float:
    before = _lines(path, "refused")
    if not _until(lambda: _lines(path, "refused") - before >= REFUSALS):
        report.broken.append("the disk did not fill up")
    for question in ("/api/v1/time_entries", "/api/v1/users/me", "/healthz"):
        if status(port, question, place.token) != 200:
            report.broken.append(f"{question} was not read while the disk was full")
    if status(port, "/readyz", place.token) != 503:
        report.broken.append("/readyz says ready while nothing can be stored")
    grow(small, "200m")
    begun, kept = time.monotonic(), _lines(path, "kept")
    if not _until(lambda: _lines(path, "kept") > kept):
        report.broken.append("nothing could be stored when there was room again")
    seconds = time.monotonic() - begun
    if seconds > RECOVERY_SECONDS:
        report.broken.append(f"it took {seconds:.2f} s until time could be logged again")
    if not _until(lambda: status(port, "/readyz", place.token) == 200):
        report.broken.append("/readyz stays red")
    time.sleep(0.3)
    return seconds


def _log_fills_up(small: Path, path: Path, report: Report) -> None:
    if not _until(lambda: shutil.disk_usage(small).free == 0):
        report.broken.append("the disk did not fill up")
    kept = _lines(path, "kept")
    if not _until(lambda: _lines(path, "kept") > kept + 100):
        report.broken.append("nothing could be stored when the log's disk was full")


def _lines(path: Path, word: str) -> int:
    if not path.exists():
        return 0
    return sum(line.startswith(word) for line in path.read_text().splitlines())


def _until(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.02)
    return False
