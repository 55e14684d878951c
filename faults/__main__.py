"""`make faults`: break a running server on purpose, and say what came of it.

Each fault runs once against the program and once against a build that is broken on purpose, which it must
catch: a test that cannot fail is no test. `LONG=1` runs the long forms.
"""

import os
import sys
import tempfile
from pathlib import Path

from faults import kills

LONG = os.environ.get("LONG") == "1"


def main() -> int:
    """Run every fault and print a table; 1 when something was lost or a broken build was not caught."""
    failed = False
    with tempfile.TemporaryDirectory(prefix="timewright-faults-") as name:
        count = 100 if LONG else 20
        good = kills.run(_folder(name, "kills"), count)
        print(f"F1  kill -9 x {count}: {good.told()}")
        broken = kills.run(_folder(name, "early"), 5, build="faults.broken_acknowledges_early")
        print(f"F1  control, acknowledges before the commit: {'caught' if not broken.is_clean else 'NOT CAUGHT'}")
        failed = not good.is_clean or broken.is_clean
    return int(failed)


def _folder(name: str, part: str) -> Path:
    folder = Path(name) / part
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main())
