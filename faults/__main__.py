"""`make faults`: break a running server on purpose, and say what came of it.

Each fault runs against the program, and each control against a build that is broken on purpose and must be
caught: a test that cannot fail is no test. `LONG=1` runs the long forms, `ONLY=F5` those figures whose name
begins so, `OUT=file` writes the figures as JSON. What this machine cannot do is said and counted, and is no
failure.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from faults import (
    backups,
    described,
    disk_full,
    hostile,
    io_errors,
    kills,
    machine,
    modelled,
    parsing,
    power_cuts,
    same_key,
    slow,
)


class Outcome(Protocol):
    """What a run found."""

    @property
    def is_clean(self) -> bool: ...

    def told(self) -> str: ...


Run = Callable[[Path, int], Outcome]


@dataclass(frozen=True)
class Fault:
    """One way to break the server. `amounts` is how often, usually and in the long form. With `is_control`
    the build is broken, and what must happen is that it is caught.
    """

    figure: str
    name: str
    run: Run
    amounts: tuple[int, int]
    needs: tuple[str, ...] = ()
    is_control: bool = False


def _control(figure: str, name: str, run: Run, amount: int, needs: tuple[str, ...] = ()) -> Fault:
    return Fault(figure, name, run, (amount, amount), needs, is_control=True)


EARLY = "faults.broken_acknowledges_early"
NEVER_SYNCS = "faults.broken_never_syncs"
SYNCS_LATE = "faults.broken_syncs_late"
NO_FENCE = "faults.broken_does_not_fence"
NEVER_HANGS_UP = "faults.broken_never_hangs_up"
BY_HALVES = "faults.broken_commits_by_halves"
KEY_LATE = "faults.broken_key_stored_afterwards"
LETS_OUT = "faults.broken_lets_a_bug_out"
COPIES = "faults.broken_copies_the_file"
OUTAGE_IS_BUG = "faults.broken_takes_outages_for_bugs"

DISK, ERRORS = disk_full.NEEDS, io_errors.NEEDS
EXT4, XFS = power_cuts.NEEDS["ext4"], power_cuts.NEEDS["xfs"]

FAULTS: tuple[Fault, ...] = (
    Fault("F1", "kill -9 under load", kills.run, (20, 1_000)),
    Fault("F1", "told to stop under load", lambda f, n: kills.run(f, n, gently=True), (10, 100)),
    _control("F1", "acknowledges before the commit", lambda f, n: kills.run(f, n, build=EARLY), 5),
    _control("F1", "stores the key afterwards", lambda f, n: kills.run(f, n, build=KEY_LATE), 5),
    Fault("F2", "power cut, ext4", lambda f, n: power_cuts.run(f, n, "ext4"), (10, 250), EXT4),
    _control("F2", "never syncs, ext4", lambda f, n: power_cuts.run(f, n, "ext4", build=NEVER_SYNCS), 2, EXT4),
    _control("F2", "syncs late, ext4", lambda f, n: power_cuts.run(f, n, "ext4", build=SYNCS_LATE), 3, EXT4),
    Fault("F2", "power cut, xfs", lambda f, n: power_cuts.run(f, n, "xfs"), (10, 250), XFS),
    _control("F2", "never syncs, xfs", lambda f, n: power_cuts.run(f, n, "xfs", build=NEVER_SYNCS), 2, XFS),
    _control("F2", "syncs late, xfs", lambda f, n: power_cuts.run(f, n, "xfs", build=SYNCS_LATE), 3, XFS),
    *(
        Fault("F5", f"disk full: {form.name}", lambda f, n, form=form: disk_full.run(f, n, form), (3, 50), DISK)
        for form in disk_full.FORMS
    ),
    _control("F5", "answers 500", lambda f, n: disk_full.run(f, n, disk_full.FULL, build=OUTAGE_IS_BUG), 1, DISK),
    Fault("F6", "disk errors under load", io_errors.run, (18, 500), ERRORS),
    Fault("F6", "the Nth call fails", io_errors.each_call, (12, 1_000), ERRORS),
    Fault("F6", "syncs fail for long", io_errors.outlasted, (1, 10), ERRORS),
    _control(
        "F6", "does not fence", lambda f, n: io_errors.each_call(f, n, build=NO_FENCE, points=io_errors.SYNC), 6, ERRORS
    ),
    Fault("F7", "hostile requests", hostile.run, (100_000, 1_000_000)),
    *(
        _control("F7", name, lambda f, n, build=build: hostile.run(f, n, build=build), 1_500)
        for name, build in hostile.BROKEN.items()
    ),
    Fault("F7", "hostile values, in process", lambda _, n: parsing.run(n), (200_000, 6_000_000)),
    Fault("F8", "held to its description", described.run, (2_000, 20_000)),
    _control(
        "F8", "answers with a bug", lambda f, n: described.run(f, n, build=hostile.BROKEN["answers with a bug"]), 1
    ),
    Fault("F9", "against a model", modelled.run, (5_000, 100_000)),
    _control(
        "F9", "shows what is hidden", lambda f, n: modelled.run(f, n, build=hostile.BROKEN["shows what is hidden"]), 500
    ),
    Fault("F11", "slow connections", slow.run, (2_000, 10_000)),
    _control("F11", "never hangs up", lambda f, n: slow.run(f, n, build=NEVER_HANGS_UP), 100),
    Fault("F12", f"one key x {same_key.AT_ONCE} at once", same_key.run, (50, 1_000)),
    _control("F12", "stores the key afterwards", lambda f, n: same_key.run(f, n, build=KEY_LATE), 5),
    _control("F24", "commits bulks by halves", lambda f, n: kills.run(f, n, build=BY_HALVES), 5),
    Fault("F14", "backups under load", backups.run, (3, 50)),
    _control("F14", "copies the file alone", lambda f, n: backups.run(f, n, build=COPIES), 1),
)
"""Every fault, in the order in which they run. A new one is one row."""


def main() -> int:
    """Run every fault and print a line for each; 1 when something was lost or a broken build was not caught."""
    is_long, only, out = os.environ.get("LONG") == "1", os.environ.get("ONLY", ""), os.environ.get("OUT")
    # Whoever ends this leaves nothing mounted and nothing running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(machine.installed())
    failed, left_out, figures = 0, 0, []
    for fault in FAULTS:
        if not fault.figure.startswith(only):
            continue
        reasons = machine.lacking(fault.needs)
        if reasons:
            left_out += 1
            word, told, seconds = "not run", "; ".join(reasons), 0.0
        else:
            is_well, told, seconds = _outcome(fault, fault.amounts[is_long])
            failed += not is_well
            good, bad = ("caught", "NOT CAUGHT") if fault.is_control else ("held", "BROKEN")
            word = good if is_well else bad
        name = f"control: {fault.name}" if fault.is_control else fault.name
        amount = fault.amounts[is_long]
        print(f"{fault.figure:<4} {name:<40} x {amount:<5} {word:<10} {seconds:6.1f} s  {told}", flush=True)
        figures.append(
            {"figure": fault.figure, "name": name, "amount": amount, "outcome": word, "seconds": seconds, "told": told}
        )
    print(f"{len(figures) - left_out} ran, {failed} failed, {left_out} not run on this machine.")
    if out:
        Path(out).write_text(json.dumps(figures, indent=1) + "\n")
    return int(failed > 0)


def _outcome(fault: Fault, amount: int) -> tuple[bool, str, float]:
    """Whether a fault was borne, or a control caught; the figures; and how many seconds it took.

    A control must be caught by what it breaks: a run that itself fails catches nothing.
    """
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="timewright-faults-") as folder:
        try:
            found = fault.run(Path(folder), amount)
        except Exception as error:
            return False, f"{type(error).__name__}: {error}", time.monotonic() - begun
    return found.is_clean != fault.is_control, found.told(), time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
