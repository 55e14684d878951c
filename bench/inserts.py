"""The denominators without HTTP: the very rows that the server stored, stored by a loop.

What a run added to each table is read back from the server's database, and inserted into a fresh copy of
the database it started on: same tables, indexes, triggers, foreign keys, settings and disk.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.seeding import Place
from timewright.database import SQLITE_SETTINGS
from timewright.tables import ROLL_UPS

ENTRIES = "time_entries"


@dataclass(frozen=True)
class Added:
    """What a run added: rows by table, and how many entries each of its transactions stored."""

    rows: dict[str, list[tuple[Any, ...]]]
    sizes: list[int]

    @property
    def mean_size(self) -> float:
        return sum(self.sizes) / len(self.sizes)


def added(place: Place, before: Place, most_entries: int) -> Added:
    """What stands in a database that did not in another, up to so many entries and what belongs to them.

    The entries of one transaction share their `created_at`: the verb reads the clock once for a set.
    """
    with closing(sqlite3.connect(before.path)) as old:
        order = {name: _order(old, name) for name in _tables(old)}
        marks = {name: _number(old, f"SELECT coalesce(max({by}), 0) FROM {name}") for name, by in order.items()}
    with closing(sqlite3.connect(place.path)) as new:
        after = f"FROM {ENTRIES} WHERE rowid > {marks[ENTRIES]}"
        sizes = [row[0] for row in new.execute(f"SELECT count(*) {after} GROUP BY created_at ORDER BY min(rowid)")]
        everything = {
            name: list(new.execute(f"SELECT * FROM {name} WHERE {by} > {marks[name]} ORDER BY {by}"))
            for name, by in order.items()
        }
    kept: list[int] = []
    while len(kept) < len(sizes) and sum(kept) < most_entries:
        kept.append(sizes[len(kept)])
    share = sum(kept) / sum(sizes)
    return Added({name: rows[: round(len(rows) * share)] for name, rows in everything.items() if rows}, kept)


@dataclass(frozen=True)
class Stored:
    """How fast rows were stored: entries a second, and processor time for each in microseconds."""

    per_second: float
    cpu_per_entry: float


def in_a_loop(place: Place, what: Added) -> Stored:
    """A plain loop: a statement for each row, a commit for each of the same sets."""
    return _stored(place, what, what.sizes, in_sets=False)


def in_sets(place: Place, what: Added, size: int) -> Stored:
    """`executemany`, so many entries and what belongs to them in each commit."""
    count = len(what.rows[ENTRIES])
    return _stored(place, what, [size] * (count // size), in_sets=True)


def _stored(place: Place, what: Added, sizes: Sequence[int], *, in_sets: bool) -> Stored:
    statements = {
        name: f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})" for name, rows in what.rows.items()
    }
    batches = _batches(what, sizes)
    with closing(sqlite3.connect(place.path, isolation_level=None)) as connection:
        for name, value in SQLITE_SETTINGS.items():
            connection.execute(f"PRAGMA {name} = {value}")
        begun, before = time.perf_counter(), time.process_time()
        for batch in batches:
            connection.execute("BEGIN IMMEDIATE")
            for name, rows in batch:
                statement = statements[name]
                if in_sets:
                    connection.executemany(statement, rows)
                else:
                    for row in rows:
                        connection.execute(statement, row)
            connection.execute("COMMIT")
        spent, cpu = time.perf_counter() - begun, time.process_time() - before
    return Stored(sum(sizes) / spent, cpu / sum(sizes) * 1e6)


def _batches(what: Added, sizes: Sequence[int]) -> list[list[tuple[str, list[tuple[Any, ...]]]]]:
    """The rows of each transaction. A table's rows are dealt out in their order, as many to each as to entries."""
    count, end = len(what.rows[ENTRIES]), 0
    # Entries first: the other tables point to them.
    names = sorted(what.rows, key=lambda name: name != ENTRIES)
    batches = []
    for size in sizes:
        start, end = end, end + size
        parts = [
            (name, what.rows[name][start * len(what.rows[name]) // count : end * len(what.rows[name]) // count])
            for name in names
        ]
        batches.append([(name, rows) for name, rows in parts if rows])
    return batches


def _order(connection: sqlite3.Connection, table: str) -> str:
    """By what the rows of a table are in the order in which they were stored."""
    (without,) = connection.execute("SELECT wr FROM pragma_table_list WHERE name = ?", (table,)).fetchone()
    return "created_at" if without else "rowid"


def _tables(connection: sqlite3.Connection) -> list[str]:
    """All tables but the roll-ups, which the server takes entries into when it likes."""
    named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return [row[0] for row in named if row[0] not in {table.name for table in ROLL_UPS}]


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


def stored_entries(path: Path) -> int:
    """How many entries a database holds."""
    with closing(sqlite3.connect(path)) as connection:
        return _number(connection, f"SELECT count(*) FROM {ENTRIES}")
