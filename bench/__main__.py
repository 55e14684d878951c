"""`make bench`: measure, compare with the floors, write a table and a JSON file.

ROUNDS=5 is how many rounds; QUICK=1 is one short round; CHECK=1 fails when a floor is missed; BENCH_DATA names
a folder in which the seeded databases are kept for the next time.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bench import load, report, seeding, writes

ROOT = Path(__file__).parent


def main() -> int:
    """Run the rounds and say what came of them; 1 when CHECK=1 and a floor is missed."""
    quick = os.environ.get("QUICK") == "1"
    count = int(os.environ.get("ROUNDS", "1" if quick else "5"))
    pace = writes.Pace(seconds=1, warm_up=0, connections=(64, 8)) if quick else writes.Pace()
    load.needed()
    with tempfile.TemporaryDirectory(prefix="timewright-bench-") as name:
        work = Path(name)
        data = Path(os.environ.get("BENCH_DATA") or work / "data")
        small = seeding.made(data, 10_000)
        rounds = []
        for number in range(1, count + 1):
            print(f"Round {number} of {count} ...", flush=True)
            rounds.append(writes.measured(small, work, pace))
    about = report.machine()
    path = report.write(Path(os.environ.get("BENCH_RESULTS") or ROOT / "results"), rounds, about)
    print(report.table(rounds))
    print(f"Written: {path}")
    missed = report.missed(rounds)
    if missed:
        print("\n".join(["", "BELOW THE FLOOR:", *(f"  {each}" for each in missed)]))
    return int(bool(missed) and os.environ.get("CHECK") == "1")


if __name__ == "__main__":
    sys.exit(main())
