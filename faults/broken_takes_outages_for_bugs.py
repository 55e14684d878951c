"""A build that is broken on purpose: when the machine fails it answers 500, as if it were a bug."""

from timewright import cli
from timewright.database import Database


def main() -> None:
    """Run the broken build."""
    Database.is_outage = staticmethod(lambda _error: False)
    Database.settle = _raise
    cli.main()


def _raise(_self: Database, _look_up: object) -> None:
    raise OSError("nobody settles this")
