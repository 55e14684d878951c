"""A build that is broken on purpose: SQLite never syncs (OFF), and nobody notices at open."""

from timewright import cli, database


def main() -> None:
    """Run the broken build."""
    database.SQLITE_SETTINGS["synchronous"] = 0
    cli.main()
