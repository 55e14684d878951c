"""A build that is broken on purpose: it acknowledges before it commits. The fault suite must catch it."""

import threading
import time
from collections.abc import Sequence

from timewright import cli, writer
from timewright.database import Database
from timewright.wishes import Outcome, Wish

HELD_SECONDS = 0.15


def write_set(database: Database, wishes: Sequence[Wish]) -> Sequence[Outcome]:
    """Answer at once, commit later."""
    told: list[Sequence[Outcome]] = []
    decided = threading.Event()

    def store() -> None:
        with database.write() as tx:
            told.append(wishes[0].verb(tx, wishes))
            decided.set()
            time.sleep(HELD_SECONDS)

    threading.Thread(target=store, daemon=True).start()
    decided.wait()
    return told[0]


def main() -> None:
    """Run the broken build."""
    writer.write_set = write_set
    cli.main()
