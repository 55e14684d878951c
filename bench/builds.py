"""Builds of the server that differ from it in one thing, to measure what that thing costs."""

from timewright import cli, database, writer


def normal() -> None:
    """SQLite's `synchronous=NORMAL`: acknowledges what a power failure may take back. Never for real data."""
    assert "synchronous" in database.SQLITE_SETTINGS
    database.SQLITE_SETTINGS["synchronous"] = 1
    cli.main()


def one_by_one() -> None:
    """A commit for each request."""
    assert writer.MOST_ROWS > 1
    writer.MOST_ROWS = 1
    cli.main()
