"""F6: the disk answers with errors. Whoever is told "nothing was stored" is told the truth.

libfiu stands between the server and the C library and fails its calls. Each error is followed by kill -9: only
what is found after that was stored. The forms: errors under the ledger's load, which all calls of a kind meet,
or some of them, or one; one client that follows a script while exactly the Nth call fails, for one N after the
other until the script meets no error; and syncs that fail for longer than the server waits.
"""

import errno
import functools
import itertools
import random
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from faults.comparing import Report, compared
from faults.recovering import watched
from faults.serving import SENSIBLE, Place, ended, free_port, ledger, placed, started
from timewright.database import SETTLE_SECONDS

NEEDS = ("libfiu",)

POINTS: tuple[tuple[str, int], ...] = (
    ("posix/io/sync/fdatasync", errno.EIO),
    ("posix/io/rw/pwrite", errno.ENOSPC),
    ("posix/io/rw/pwrite", errno.EIO),
    ("posix/io/rw/ftruncate", errno.EIO),
    ("posix/io/oc/open", errno.EMFILE),
    ("posix/io/rw/pread", errno.EIO),
)
"""What is failed and how. `write` is not: the server writes to its clients with it, and SQLite does not use
it. SQLite syncs with `fdatasync`, so that failing `fsync` does nothing.
"""

SYNC = POINTS[:1]

SCRIPTED = POINTS[:3]
"""What is failed one call after the other; the rest is called while nothing is committed."""

MODES = (
    "enable name={},failinfo={}",
    "enable_random name={},failinfo={},probability=0.2",
    "enable name={},failinfo={},onetime",
)


def run(folder: Path, errors: int, *, seed: int = 1, build: str = SENSIBLE) -> Report:
    """Inject so many errors under load, kill the server after each, and compare."""
    chance, report = random.Random(seed), Report(rounds=errors)
    place, port, path, log = placed(folder), free_port(), folder / "ledger", folder / "server.log"
    under = _under(folder)
    turns = itertools.islice(itertools.cycle(itertools.product(MODES, POINTS)), errors)
    with ledger(path, port, place, mode="believe"):
        for mode, (point, number) in turns:
            server, seconds = started(place.url, port, log, build, under=under)
            report.slowest_restart = max(report.slowest_restart, seconds)
            try:
                time.sleep(chance.uniform(0.05, 0.2))
                _control(folder, server, mode.format(point, number))
                time.sleep(chance.choice((0.02, 0.1, 0.3)))
                if chance.random() < 0.3:
                    _control(folder, server, f"disable name={point}")
                    time.sleep(0.1)
            finally:
                ended(server)
    compared(place.url, path, report)
    return report


def each_call(
    folder: Path, most: int, *, build: str = SENSIBLE, points: Sequence[tuple[str, int]] = SCRIPTED
) -> Report:
    """Fail the first call, the second and so on, to the last that the script makes or to the `most`th; kill the
    server after each, and compare.
    """
    report = Report()
    place, port, path, log = placed(folder), free_port(), folder / "ledger", folder / "server.log"
    reached = []
    for point, number in points:
        for nth in range(1, most + 1):
            server, seconds = started(
                place.url,
                port,
                log,
                "faults.fails_the_nth",
                under=_under(folder),
                environment={"BUILD": build},
                orders=True,
            )
            report.slowest_restart = max(report.slowest_restart, seconds)
            try:
                _ordered(server, f"arm {point} {number} {nth}")
                _follow_script(path, port, place)
                calls, has_failed = _ordered(server, "told")
            finally:
                ended(server)
            report.rounds += has_failed
            if not has_failed:
                break
        reached.append(f"{point.rpartition('/')[2]} {errno.errorcode[number]} to call {nth if has_failed else calls}")
    report.beside = f"{report.rounds} calls failed: {', '.join(reached)}"
    compared(place.url, path, report)
    return report


def outlasted(folder: Path, outages: int, *, build: str = SENSIBLE) -> Report:
    """Let every sync fail for longer than the server tries to find out what became of a commit; then let syncs
    work again, kill the server, and compare.
    """
    report, slowest = Report(rounds=outages), 0.0
    place, port, path, log = placed(folder), free_port(), folder / "ledger", folder / "server.log"
    point, number = POINTS[0]
    with ledger(path, port, place, mode="believe"):
        for _ in range(outages):
            server, seconds = started(place.url, port, log, build, under=_under(folder))
            report.slowest_restart = max(report.slowest_restart, seconds)
            try:
                time.sleep(0.3)
                _control(folder, server, MODES[0].format(point, number))
                time.sleep(SETTLE_SECONDS + 1.5)
                mend = functools.partial(_control, folder, server, f"disable name={point}")
                slowest = max(slowest, watched(place, port, path, report, mend))
            finally:
                ended(server)
    compared(place.url, path, report)
    report.beside = f"stored again {slowest:.2f} s after syncs worked"
    return report


def _under(folder: Path) -> tuple[str, ...]:
    return ("fiu-run", "-x", "-f", str(folder / "fiu"))


def _control(folder: Path, server: subprocess.Popen[bytes], order: str) -> None:
    told = subprocess.run(
        ["fiu-ctrl", "-f", str(folder / "fiu"), "-c", order, str(server.pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    if told.stdout or told.stderr:
        raise RuntimeError(f"libfiu refused {order}: {told.stdout}{told.stderr}")


def _ordered(server: subprocess.Popen[bytes], order: str) -> tuple[int, bool]:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{order}\n".encode())
    server.stdin.flush()
    calls, has_failed = server.stdout.readline().split()
    return int(calls), has_failed == b"1"


def _follow_script(path: Path, port: int, place: Place) -> None:
    with ledger(path, port, place, clients=1, mode="script") as process:
        process.wait(timeout=60)
