"""`make bench`: measure, compare with the floors, write a table and a JSON file.

ROUNDS=5 is how many rounds; SIZE=1M how many entries the larger lists have (10M is the size of the floors);
QUICK=1 is one short round on little; CHECK=1 fails when a floor is missed; BENCH_DATA names a folder in which
the seeded databases are kept for the next time, BENCH_RESULTS where the results go.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bench import load, reads, report, seeding, writes
from bench.floors import Rounds
from bench.servers import Failed

ROOT = Path(__file__).parent


def main() -> int:
    """Run the rounds and say what came of them; 1 when CHECK=1 and a floor is missed."""
    quick = os.environ.get("QUICK") == "1"
    small_size, large_size = (500, 2_000) if quick else (10_000, _size(os.environ.get("SIZE") or "1M"))
    count = int(os.environ.get("ROUNDS") or ("1" if quick else "5"))
    pace = writes.QUICK if quick else writes.Pace()
    elsewhere = os.environ.get("BENCH_RESULTS")
    load.needed()
    about = report.machine()
    with tempfile.TemporaryDirectory(prefix="timewright-bench-") as name:
        work = Path(name)
        data = Path(os.environ.get("BENCH_DATA") or work / "data")
        print(f"Making {small_size:,} and {large_size:,} entries, unless they are kept ...", flush=True)
        small, large = seeding.made(data, small_size), seeding.made(data, large_size)
        rounds = []
        for number in range(1, count + 1):
            print(f"Round {number} of {count} ...", flush=True)
            try:
                read = reads.measured(small, large, work, times=1 if quick else 3, seconds=0 if quick else 2)
                rounds.append(writes.measured(small, work, pace) | read)
            except Failed as failed:
                print(f"\nTHE RUN FAILED and counts for nothing: {failed}")
                return 1
    about = about | {"rounds": count, "small": small_size, "large": large_size}
    path = report.write(Path(elsewhere or ROOT / "results"), rounds, about)
    if not (quick or elsewhere):
        report.fill(ROOT.parent / "docs" / "performance.md", rounds, about)
    print(f"\n{report.words(about)}\n\n{report.table(rounds)}\nWritten: {path}")
    return _judged(rounds)


def _judged(rounds: Rounds) -> int:
    """Say what is below its floor, loudly; 1 when that is a failure."""
    missed = report.missed(rounds)
    if missed:
        print("\n".join(["", "=" * 40, "BELOW THE FLOOR:", *(f"  {each}" for each in missed), "=" * 40]))
    return int(bool(missed) and os.environ.get("CHECK") == "1")


def _size(text: str) -> int:
    """A number of entries: 250000, 250k, 1M."""
    number, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "")
    return int(number) * {"": 1, "k": 1_000, "m": 1_000_000}[unit]


if __name__ == "__main__":
    sys.exit(main())
