"""A build that is broken on purpose: the record of an idempotency key is stored in a transaction of its own,
after the one that stores the rows. Whoever comes in between is carried out twice.
"""

import threading
import time
from collections.abc import Sequence

from timewright import cli, idempotency, writer
from timewright.database import Database, Transaction
from timewright.wishes import Outcome, Wish, write_set

HELD_SECONDS = 0.05

_to_remember: list[Sequence[tuple[idempotency.Name, Wish, Outcome]]] = []
_remember = idempotency._remember


def _later(_tx: Transaction, led: Sequence[tuple[idempotency.Name, Wish, Outcome]]) -> None:
    _to_remember.append(led)


def _in_two(database: Database, wishes: Sequence[Wish]) -> Sequence[Outcome]:
    outcomes = write_set(database, wishes)
    late, _to_remember[:] = list(_to_remember), []

    def store() -> None:
        time.sleep(2 * HELD_SECONDS)
        with database.write() as tx:
            for led in late:
                _remember(tx, led)

    threading.Thread(target=store, daemon=True).start()
    # The answer is slow too, so that a kill meets rows without a record and a client that knows of neither.
    time.sleep(HELD_SECONDS)
    return outcomes


def main() -> None:
    """Run the broken build."""
    idempotency._remember = _later
    writer.write_set = _in_two
    cli.main()
