"""A build that is broken on purpose: SQLite syncs at checkpoints only (NORMAL), as many guides recommend."""

from timewright import cli, database


def main() -> None:
    """Run the broken build."""
    database.SQLITE_SETTINGS["synchronous"] = 1
    cli.main()
