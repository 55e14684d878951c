"""F5: the disk fills up under load. Every refusal is a 503 that is true, reading goes on, writing comes back
by itself.

The forms: the database on a disk that is really full, the same with the server's log on that disk, the reserve
that keeps it from getting there, and a full disk that holds only the log.
"""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from faults.comparing import Report, compared
from faults.disks import grow, small_disk
from faults.recovering import lines, until, watched
from faults.serving import SENSIBLE, Place, ended, free_port, ledger, placed, started

NEEDS = ("mounts",)

REFUSALS = 10
"""How many refusals are gathered before there is room again."""


@dataclass(frozen=True)
class Form:
    """What stands on the small disk, and how much of it the server may use; None for the usual reserve."""

    name: str
    size: str
    reserve_bytes: int | None
    holds_data: bool = True
    holds_log: bool = False


FULL = Form("full", "5m", 0)
FULL_WITH_LOG = Form("full, with the log", "5m", 0, holds_log=True)
RESERVE = Form("reserve", "68m", None)
LOG = Form("log", "16k", None, holds_data=False, holds_log=True)
FORMS = (FULL, FULL_WITH_LOG, RESERVE, LOG)


def run(folder: Path, times: int, form: Form, *, build: str = SENSIBLE) -> Report:
    """Fill a disk so many times, each time a fresh one, and compare."""
    report, slowest = Report(rounds=times), 0.0
    for number in range(times):
        each = folder / f"{form.name} {number}"
        each.mkdir()
        part = Report()
        slowest = max(slowest, _filled(each, form, part, build))
        report.add(part)
    if form.holds_data:
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
        log = (small if form.holds_log else folder) / "server.log"
        if form.holds_data:
            shutil.move(folder / "timewright.db", small)
            place = place.moved(small)
        server, report.slowest_restart = started(place.url, port, log, build, environment=environment)
        stack.callback(lambda: ended(server))
        with ledger(path, port, place, mode="believe"):
            if form.holds_data:
                seconds = _disk_fills_up(small, path, port, place, report)
            else:
                _log_fills_up(small, path, report)
        ended(server)
        server, _ = started(place.url, port, folder / "again.log", build, environment=environment)
        ended(server)
        compared(place.url, path, report)
    return seconds


def _disk_fills_up(small: Path, path: Path, port: int, place: Place, report: Report) -> float:
    if not until(lambda: lines(path, "refused") >= REFUSALS):
        report.broken.append("the disk did not fill up")
    return watched(place, port, path, report, lambda: grow(small, "200m"))


def _log_fills_up(small: Path, path: Path, report: Report) -> None:
    if not until(lambda: shutil.disk_usage(small).free == 0):
        report.broken.append("the disk did not fill up")
    kept = lines(path, "kept")
    if not until(lambda: lines(path, "kept") > kept + 30):
        report.broken.append("nothing could be stored when the log's disk was full")
