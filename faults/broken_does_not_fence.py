"""A build that is broken on purpose: after a commit that failed it says "not stored" without a fence.

It looks whether the rows are there, as a careful server would; they are not, yet they lie in the WAL and are
found after a crash.
"""

from timewright import cli
from timewright.database import Database, Transaction


def _no_fence(_self: Database, _tx: Transaction) -> None:
    """Leave what the failed commit wrote where it is."""


def main() -> None:
    """Run the broken build."""
    Database._fence = _no_fence
    cli.main()
