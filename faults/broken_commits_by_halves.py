"""A build that is broken on purpose: a bulk's entries are committed in two halves. A kill between them leaves one."""

import time
from collections.abc import Sequence

from timewright import cli
from timewright.database import Row, Transaction
from timewright.tables import time_entries

HELD_SECONDS = 0.05

_insert = Transaction.insert


def _by_halves(tx: Transaction, table: object, rows: Sequence[Row]) -> None:
    half = len(rows) // 2
    if table is not time_entries or not half:
        _insert(tx, table, rows)  # type: ignore[arg-type]
        return
    _insert(tx, time_entries, rows[:half])
    tx.connection.exec_driver_sql("COMMIT")
    time.sleep(HELD_SECONDS)
    tx.connection.exec_driver_sql("BEGIN IMMEDIATE")
    _insert(tx, time_entries, rows[half:])


def main() -> None:
    """Run the broken build."""
    Transaction.insert = _by_halves  # type: ignore[method-assign,assignment]
    cli.main()
