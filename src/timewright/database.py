"""Connections, transactions and sets. The only file that knows SQLite from PostgreSQL.

Kinds of column (`Id`, `Day`, `Instant`, `Flag`) mean the same on both engines and come back as the same
Python values. A set reaches the database as one parameter: `among` asks for the rows whose column is in a
set, `Transaction.insert` stores a set of rows. Transactions, DDL included, are opened and closed here and
not by the driver.

SQLite: WAL, `synchronous=FULL` (SQLite's NORMAL loses acknowledged commits when the power fails), foreign
keys, STRICT tables; each setting is read back when a connection opens. Only the server's writer checkpoints.
PostgreSQL: psycopg 3 at READ COMMITTED; a decision holds its rows with `FOR SHARE` (`Transaction.held`).

Long because it is the one place that tells the engines apart.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import IO, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from timewright import clock, disks
from timewright.statements import Compiled, Statement

SETTLE_SECONDS = 5.0
"""How long it may take to find out what became of a commit."""

STATEMENTS_KEPT = 100
"""How many compiled statements each engine keeps, half as many again at times. One takes up to 350 KB, and whoever
may ask can ask for a new one with each choice of fields and filters.
"""

CHECKPOINT_PAGES = 4_000
"""How many pages SQLite's log gathers before they are copied into the file: 16 MB. A page that many sets change is
then copied once; a server that was killed reads so much again at its next start.
"""

WRITER_CACHE_KIB, READER_CACHE_KIB = 16_000, 4_000
"""How much of the file each SQLite connection keeps in memory, at most."""

ENGINES = ("sqlite", "postgresql")
"""The engines by name."""

Row = Mapping[str, Any]
"""One row as the database gave it: column name to value."""

_FILE = "sqlite:"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SQLITE_SETTINGS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
"""What every SQLite connection must say when asked; `synchronous` 2 is FULL."""

COMPANIONS = ("-wal", "-journal", "-shm")
"""What the names of the files end in that may stand beside an embedded database and belong to it."""

_PAGES_AT_ONCE = 1_000
_LOOKS_AT_LOCK = 10


# Kinds of column ---------------------------------------------------------------------------------


def _or_none(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


class Id(sa.TypeDecorator[int]):
    """A 64-bit id."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return sa.Integer() if dialect.name == "sqlite" else sa.BigInteger()


class Day(sa.TypeDecorator[date]):
    """A date without a zone, from year 1 to 9999."""

    impl = sa.Date
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return sa.Text() if dialect.name == "sqlite" else sa.Date()

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        return _or_none(date.isoformat) if dialect.name == "sqlite" else None

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        return _or_none(date.fromisoformat) if dialect.name == "sqlite" else None


class Instant(sa.TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return sa.Integer() if dialect.name == "sqlite" else postgresql.TIMESTAMP(timezone=True)

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        return _or_none(lambda value: (value - _EPOCH) // _MICROSECOND) if dialect.name == "sqlite" else None

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        if dialect.name == "sqlite":
            return _or_none(lambda value: _EPOCH + value * _MICROSECOND)
        return _or_none(lambda value: value.astimezone(UTC))


class Flag(sa.TypeDecorator[bool]):
    """True or false."""

    impl = sa.Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return sa.Integer() if dialect.name == "sqlite" else sa.Boolean()

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        return _or_none(int) if dialect.name == "sqlite" else None

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        return _or_none(bool) if dialect.name == "sqlite" else None


class _Set(sa.TypeDecorator[Sequence[Any]]):
    """A set of values of one kind as one parameter: a JSON array, or an array."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return sa.Text() if dialect.name == "sqlite" else postgresql.ARRAY(self.item)

    def process_bind_param(self, value: Sequence[Any] | None, dialect: sa.Dialect) -> Any:
        values = sorted(set(value or ()))
        return msgspec.json.encode(values).decode() if dialect.name == "sqlite" else values


# Sets --------------------------------------------------------------------------------------------


class _Among(FunctionElement[bool]):
    inherit_cache = True
    name = "among"
    type = sa.Boolean()

    def self_group(self, against: Any = None) -> Any:
        """A comparison like any other. Taken for a flag, SQLite would be asked `… IN (…) = 1`, and scan."""
        return self


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(values, **kw)}))"


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(values, **kw)})"


def among(column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """The condition that a column is one of a set of ids or words, sent as one parameter.

    One value alone is compared with: an index that begins with the column then also gives the order.
    """
    if len(values) == 1:
        equal: sa.ColumnElement[bool] = column == next(iter(values))
        return equal
    parameter = sa.bindparam(None, list(values), type_=_Set(column.type), unique=True)
    return _Among(column, parameter)


def among_given(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """`among`, for a `Statement`: the set is given under a name when it is run."""
    return _Among(column, sa.bindparam(name, type_=_Set(column.type)))


class _Pairs(sa.TypeDecorator[Collection[tuple[int, int]]]):
    """A set of pairs of ids as one parameter: a JSON array of arrays."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Collection[tuple[int, int]] | None, dialect: sa.Dialect) -> str:
        return msgspec.json.encode(sorted(set(value or ()))).decode()


class _AmongPairs(FunctionElement[bool]):
    inherit_cache = True
    name = "among_pairs"
    type = sa.Boolean()

    def self_group(self, against: Any = None) -> Any:
        """As in `_Among`."""
        return self


@compiles(_AmongPairs, "sqlite")
def _among_pairs_sqlite(element: _AmongPairs, compiler: Any, **kw: Any) -> str:
    first, second, pairs = (compiler.process(each, **kw) for each in element.clauses)
    parts = "json_extract(value, '$[0]'), json_extract(value, '$[1]')"
    return f"({first}, {second}) IN (SELECT {parts} FROM json_each({pairs}))"


@compiles(_AmongPairs, "postgresql")
def _among_pairs_postgresql(element: _AmongPairs, compiler: Any, **kw: Any) -> str:
    first, second, pairs = (compiler.process(each, **kw) for each in element.clauses)
    parts = "CAST(pair ->> 0 AS BIGINT), CAST(pair ->> 1 AS BIGINT)"
    return f"({first}, {second}) IN (SELECT {parts} FROM jsonb_array_elements(CAST({pairs} AS JSONB)) AS pair)"


def among_pairs_given(first: sa.ColumnElement[int], second: sa.ColumnElement[int], name: str) -> sa.ColumnElement[bool]:
    """The condition that two columns are together one of a set of pairs of ids, given when the statement is run."""
    return _AmongPairs(first, second, sa.bindparam(name, type_=_Pairs()))


class _ByLetters(FunctionElement[str]):
    inherit_cache = True
    name = "by_letters"
    type = sa.Text()


@compiles(_ByLetters, "sqlite")
def _by_letters_sqlite(element: _ByLetters, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(next(iter(element.clauses)), **kw))


@compiles(_ByLetters, "postgresql")
def _by_letters_postgresql(element: _ByLetters, compiler: Any, **kw: Any) -> str:
    return f'{compiler.process(next(iter(element.clauses)), **kw)} COLLATE "C"'


class _Unindexed(FunctionElement[Any]):
    inherit_cache = True
    name = "unindexed"


@compiles(_Unindexed, "sqlite")
def _unindexed_sqlite(element: _Unindexed, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(next(iter(element.clauses)), **kw)}"


@compiles(_Unindexed, "postgresql")
def _unindexed_postgresql(element: _Unindexed, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(next(iter(element.clauses)), **kw))


def unindexed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A column by which no index is to be chosen: SQLite knows no numbers of rows, and guesses."""
    element = _Unindexed(column)
    element.type = column.type
    return element


def by_letters(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A text to sort by, in the order of its characters' numbers on every engine and in every language."""
    return _ByLetters(column)


# What the database guards by itself --------------------------------------------------------------


def strict_table(name: str, metadata: sa.MetaData, *parts: Any, by_key: bool = False, **options: Any) -> sa.Table:
    """A table whose columns hold only what their kind says, on either engine.

    `by_key` has SQLite keep the rows in the order of their key instead of beside it.
    """
    flags = [part for part in parts if isinstance(part, sa.Column) and isinstance(part.type, Flag)]
    checks = [
        sa.CheckConstraint(f"{flag.name} IN (0, 1)", name=f"{flag.name}_is_a_flag").ddl_if(dialect="sqlite")
        for flag in flags
    ]
    return sa.Table(name, metadata, *parts, *checks, sqlite_strict=True, sqlite_with_rowid=not by_key, **options)


def index_of_present(name: str, *columns: sa.Column[Any], present: sa.Column[Any] | None = None) -> sa.Index:
    """An index of the rows that hold something in a column: the last named one unless `present` says another."""
    holds = (columns[-1] if present is None else present).is_not(None)
    return sa.Index(name, *columns, sqlite_where=holds, postgresql_where=holds)


def counted(table: sa.Table) -> sa.Table:
    """Give a table ids that are allocated before the insert and never used twice.

    A sequence on PostgreSQL, a row of `id_counters` on SQLite.
    """
    sa.Sequence(_sequence(table), metadata=table.metadata, data_type=sa.BigInteger())
    if not table.metadata.info.setdefault("counters", []):
        create = _ddl(
            "CREATE TABLE id_counters (name TEXT NOT NULL, last_id INTEGER NOT NULL, "
            "CONSTRAINT pk_id_counters PRIMARY KEY (name)) STRICT"
        )
        fence = _ddl("INSERT INTO id_counters (name, last_id) VALUES ('fence', 0)")
        for statement in (create, fence):
            sa.event.listen(table.metadata, "before_create", statement.execute_if(dialect="sqlite"))
    table.metadata.info["counters"].append(table.name)
    start = _ddl(f"INSERT INTO id_counters (name, last_id) VALUES ('{table.name}', 0)")
    sa.event.listen(table, "after_create", start.execute_if(dialect="sqlite"))
    return table


def _sequence(table: sa.Table) -> str:
    return f"{table.name}_ids"


def _ddl(text: str) -> Any:
    # SQLAlchemy leaves this one constructor without types.
    return sa.DDL(text)  # type: ignore[no-untyped-call]


def forbid(table: sa.Table, event: str, *, name: str, message: str, when: str | None = None) -> None:
    """Have the database itself refuse an event (`UPDATE`, `UPDATE OF a, b` or `DELETE`) on a table.

    `when` is a condition on the row `OLD`, written so that both engines read it; without it every row is
    guarded.
    """
    condition = f" WHEN ({when})" if when else ""
    sqlite = _ddl(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table.name} FOR EACH ROW{condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )
    function = _ddl(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    trigger = _ddl(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table.name} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()"
    )
    sa.event.listen(table, "after_create", sqlite.execute_if(dialect="sqlite"))
    sa.event.listen(table, "after_create", function.execute_if(dialect="postgresql"))
    sa.event.listen(table, "after_create", trigger.execute_if(dialect="postgresql"))


def keep_rolled_up(table: sa.Table, roll_ups: Sequence[sa.Table], through: sa.Column[Any]) -> None:
    """Have the database itself keep roll-ups of a table right (see `added_up`).

    They hold the rows of an account up to the id that the account has in `through`. What is done to such a
    row is done to them in the same transaction. On PostgreSQL, where a lower id may be stored later than a
    higher one, whoever touches rows holds `through` until the transaction ends: who raises it waits for them,
    and they for it. SQLite stores rows in the order of their ids, and a trigger would make storing them dearer
    by a third: there a new row is not looked at, and must not have an id below others that are stored.
    """
    name, accounts = f"{table.name}_are_rolled_up", through.table.name
    summed = " ".join(each for roll_up in roll_ups for each in roll_up.info["sums"].values())
    needed = {c.name for roll_up in roll_ups for c in roll_up.primary_key} | {"id", *re.findall(r"\w+", summed)}
    watched = [c.name for c in table.c if c.name in needed]
    is_held = f"touched.account_id = {accounts}.id AND touched.id <= {accounts}.{through.name}"

    def steps(*touched: str) -> str:
        source = f"({' UNION ALL '.join(touched)}) AS touched, {accounts}"
        return "".join(f"\n    {added_up(roll_up, source, is_held)};" for roll_up in roll_ups)

    for event, rows in (("INSERT", {"NEW": 1}), ("UPDATE", {"OLD": -1, "NEW": 1}), ("DELETE", {"OLD": -1})):
        of = f" OF {', '.join(watched)}" if event == "UPDATE" else ""
        mark = f"(SELECT {through.name} FROM {accounts} WHERE id = {{row}}.account_id)"
        when = " OR ".join(f"{row}.id <= {mark.format(row=row)}" for row in rows)
        told = [
            f"SELECT {', '.join(f'{row}.{c} AS {c}' for c in watched)}, {sign} AS sign" for row, sign in rows.items()
        ]
        sqlite = _ddl(
            f"CREATE TRIGGER {name}_{event.lower()} AFTER {event}{of} ON {table.name} FOR EACH ROW WHEN {when} "
            f"BEGIN{steps(*told)}\nEND"
        )
        sets = [f"SELECT {', '.join(watched)}, {sign} AS sign FROM {row}_rows" for row, sign in rows.items()]
        function = _ddl(
            f"CREATE FUNCTION {name}_{event.lower()}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"PERFORM id FROM {accounts} WHERE id IN (SELECT account_id FROM ({' UNION ALL '.join(sets)}) AS touched) "
            f"ORDER BY id FOR SHARE; "
            f"PERFORM 1 FROM ({' UNION ALL '.join(sets)}) AS touched, {accounts} WHERE {is_held} LIMIT 1; "
            f"IF FOUND THEN{steps(*sets)}\n    END IF; RETURN NULL; END $$"
        )
        tables = " ".join(f"{row} TABLE AS {row}_rows" for row in rows)
        trigger = _ddl(
            f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {table.name} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_{event.lower()}()"
        )
        if event != "INSERT":
            sa.event.listen(table, "after_create", sqlite.execute_if(dialect="sqlite"))
        sa.event.listen(table, "after_create", function.execute_if(dialect="postgresql"))
        sa.event.listen(table, "after_create", trigger.execute_if(dialect="postgresql"))


def added_up(roll_up: sa.Table, source: str, where: str) -> str:
    """The statement that adds rows to a roll-up: a table of sums for each value of its key.

    Its `info["sums"]` says by column which column of the rows is summed, or what number. `source` is what
    stands in FROM, and has a column `sign`, 1 or -1. Rows without a part of the key are left out.
    """
    keys = [c.name for c in roll_up.primary_key]
    sums = {name: f"sum(sign * {each})" for name, each in roll_up.info["sums"].items()}
    present = "".join(f" AND {key} IS NOT NULL" for key in keys)
    return (
        f"INSERT INTO {roll_up.name} ({', '.join([*keys, *sums])}) SELECT {', '.join([*keys, *sums.values()])} "
        f"FROM {source} WHERE {where}{present} GROUP BY {', '.join(keys)} "
        f"HAVING {' OR '.join(f'{each} <> 0' for each in sums.values())} ORDER BY {', '.join(keys)} "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET "
        + ", ".join(f"{name} = {roll_up.name}.{name} + excluded.{name}" for name in sums)
    )


# Transactions ------------------------------------------------------------------------------------


class Transaction:
    """One open transaction. Rows are immutable mappings; writes are visible statements.

    A `Statement` is run with its values by name; any other statement of SQLAlchemy carries its own.
    """

    def __init__(self, connection: sa.Connection, seen: Callable[[str], None] | None = None) -> None:
        self.connection = connection
        self._seen = seen
        self._sqlite = connection.dialect.name == "sqlite"
        self._driver: Any = connection.connection.driver_connection

    def rows(self, statement: Statement | sa.Executable, **values: Any) -> list[Row]:
        """Every row of a select."""
        if isinstance(statement, Statement):
            return self._rows(statement, values)
        return self.connection.execute(statement).mappings().all()  # type: ignore[return-value]

    def held(self, statement: Statement, **values: Any) -> list[Row]:
        """Every row of a select, and nobody may change those of its `held` tables until this transaction ends.

        Rows are held in ascending order of their key, so that two transactions that hold the same rows
        wait for one another instead of dead-locking. SQLite has one writer, which holds everything.
        """
        return self._rows(statement, values, hold=not self._sqlite)

    def each(self, statement: sa.Executable) -> Iterator[Row]:
        """The rows of a select one after the other: who stops early has the engine stop early."""
        with self.connection.execute(statement) as found:
            yield from found.mappings()  # type: ignore[misc]

    def one(self, statement: Statement | sa.Executable, **values: Any) -> Row | None:
        """The first row of a select, or None."""
        if isinstance(statement, Statement):
            return next(iter(self.rows(statement, **values)), None)
        return self.connection.execute(statement).mappings().first()  # type: ignore[return-value]

    def number(self, statement: sa.Executable) -> int:
        """The single number that a select answers."""
        return int(self.connection.execute(statement).scalar_one())

    def execute(self, statement: sa.Executable) -> int:
        """Carry out an update or delete; answers how many rows it touched."""
        return self.connection.execute(statement).rowcount

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the transaction that is undone alone when the block raises."""
        with self.connection.begin_nested():
            yield

    def insert(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Store a set of rows. All rows name the same columns."""
        if not rows:
            return
        compiled = _insert(table, tuple(rows[0]), self._sqlite).compiled(self.connection.dialect)
        if self._sqlite:
            # A prepared statement run over the rows: nothing measured on SQLite beats it (decisions/0004).
            self._run(self._driver.executemany, compiled, compiled.many(rows))
        else:
            self._run(self._driver.execute, compiled, compiled.parameters(_by_column(rows)))

    def allocate(self, table: sa.Table, count: int) -> list[int]:
        """New ids for a table, ascending; none was ever given before or will be given again."""
        if count == 0:
            return []
        if self._sqlite:
            (found,) = self.rows(_ALLOCATE_SQLITE, count=count, name=table.name)
            last: int = found["last_id"]
            return list(range(last - count + 1, last + 1))
        return sorted(row["id"] for row in self.rows(_ALLOCATE_POSTGRESQL, count=count, name=_sequence(table)))

    def skip_ids(self, table: sa.Table, last: int) -> None:
        """Never allocate an id up to `last`: for rows that came with ids of their own."""
        if self._sqlite:
            self.execute(
                sa.text("UPDATE id_counters SET last_id = max(last_id, :last) WHERE name = :name").bindparams(
                    last=last, name=table.name
                )
            )
        else:
            self.connection.execute(sa.text(f"SELECT setval('{_sequence(table)}', :last)").bindparams(last=last))

    def _rows(self, statement: Statement, values: Mapping[str, Any], *, hold: bool = False) -> list[Row]:
        gathered = _gathered if self._sqlite else None
        compiled = statement.compiled(self.connection.dialect, hold=hold, gathered=gathered)
        return compiled.rows(self._run(self._fetched, compiled, compiled.parameters(values)))

    def _fetched(self, text: str, parameters: Any) -> Any:
        return self._driver.execute(text, parameters).fetchall()

    def _run(self, run: Callable[[str, Any], Any], compiled: Compiled, parameters: Any) -> Any:
        if self._seen is not None:
            self._seen(compiled.asks)
        dialect = self.connection.dialect
        errors = dialect.loaded_dbapi.Error
        try:
            return run(compiled.text, parameters)
        except errors as error:
            is_lost = dialect.is_disconnect(error, self._driver, None)
            if is_lost:
                self.connection.invalidate(error)
            # What was sent is not told: it would end up in a log.
            raise sa.exc.DBAPIError.instance(
                compiled.asks,
                None,
                error,
                errors,
                hide_parameters=True,
                connection_invalidated=is_lost,
                dialect=dialect,
            ) from error


_ALLOCATE_SQLITE = Statement(
    sa.text("UPDATE id_counters SET last_id = last_id + :count WHERE name = :name RETURNING last_id").columns(
        last_id=sa.Integer
    )
)
_ALLOCATE_POSTGRESQL = Statement(
    sa.text("SELECT nextval(CAST(:name AS regclass)) AS id FROM generate_series(1, CAST(:count AS integer))").columns(
        id=sa.BigInteger
    )
)


def _gathered(text: str, names: Sequence[str]) -> str:
    """One row that holds all: Python gives its lock away and takes it back for each row that it steps to, and
    waits each time for the thread that answers requests. Whole numbers and texts come through as they are; no
    column holds fractions or bytes, which JSON would not keep.
    """
    return f"SELECT json_group_array(json_array({', '.join(names)})) FROM ({text})"


@cache
def _insert(table: sa.Table, names: tuple[str, ...], sqlite: bool) -> Statement:
    if sqlite:
        return Statement(sa.insert(table), columns=names)
    columns = [table.c[name] for name in names]
    arrays = [sa.bindparam(c.name, type_=postgresql.ARRAY(c.type)) for c in columns]
    source = sa.func.unnest(*arrays).table_valued(*[sa.column(c.name, c.type) for c in columns]).render_derived()
    return Statement(sa.insert(table).from_select(columns, sa.select(*source.c)))


def _by_column(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


class CannotOpen(Exception):
    """There is no database to be had at an address. The text says why."""


class Damaged(CannotOpen):
    """A file is no database, or one that cannot be read."""


def file_url(path: Path) -> str:
    """The address of the embedded database in a file."""
    return f"{_FILE}///{path.resolve()}"


def file_of(url: str) -> Path | None:
    """The file of the embedded database at an address, which need not be there; None for a database server."""
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise CannotOpen(f"The database cannot be opened: {error}") from None
    if not url.startswith(_FILE):
        return None
    if not address.database:
        raise CannotOpen("The address of the database names no file.")
    return Path(address.database).expanduser().resolve()


class Database:
    """One database: where to read, where to write, and what its failures mean.

    `url` is `sqlite:///path` or `postgresql://…`. The folder of a file is made when it is not there. `seen`
    is told the text of each `Statement` that is run, for counting them; others tell `engines`.
    """

    def __init__(self, url: str) -> None:
        self.is_embedded = url.startswith(_FILE)
        self._folder: Path | None = None
        self._log: Path | None = None
        self._is_log_doubted = False
        self._alone: IO[str] | None = None
        self.seen: Callable[[str], None] | None = None
        self.most_readers = 1 if self.is_embedded else 4
        try:
            self._open(url)
        except ImportError:
            raise CannotOpen("The driver of this database is missing: install timewright[postgres].") from None
        except (sa.exc.ArgumentError, OSError) as error:
            raise CannotOpen(f"The database cannot be opened: {error}") from None

    def _open(self, url: str) -> None:
        self.url = url
        if self.is_embedded:
            url = _opened_file(url)
            file = sa.make_url(url).database
            if file:
                self._folder, self._log = Path(file).parent, Path(f"{file}{COMPANIONS[0]}")
            self._writing = _sqlite_engine(
                url, lambda driver, _: _open_writer(driver, is_alone=self._alone is not None)
            )
            self._reading = _sqlite_engine(url, _open_reader, writes=False)
        else:
            # UTC, whatever the cluster says, so that an instant reads the same everywhere.
            options = {"options": "-c timezone=UTC"}
            self._writing = sa.create_engine(
                url, connect_args=options, pool_size=4, hide_parameters=True, query_cache_size=STATEMENTS_KEPT
            )
            self._reading = self._writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that intends to write; committed when the block ends, undone when it raises.

        On SQLite it takes the write lock at once, so that two writers wait rather than dead-lock.
        """
        with self._writing.begin() as connection:
            if self._is_log_doubted and self._log is not None and self._log.exists():
                # Nobody else adds to it meanwhile: the write lock is held, and nothing was written under it yet.
                disks.write_again(self._log)
            self._is_log_doubted = False
            yield Transaction(connection, self.seen)

    @contextmanager
    def read(self, *, seconds: float | None = None, ended: Callable[[], bool] = lambda: False) -> Iterator[Transaction]:
        """A transaction that only reads, and sees one state of the database.

        With `seconds`, a statement still running after that time fails (see `is_outage`), or on SQLite as soon as
        `ended` says that nobody waits for it.
        """
        with self._reading.connect() as connection, connection.begin(), _deadline(connection, seconds, ended):
            yield Transaction(connection, self.seen)

    def settle(self, look_up: Callable[[Transaction], set[str]]) -> set[str] | None:
        """Find out what a commit that failed has stored: what `look_up` then finds, or None when it cannot
        be known in time.

        SQLite may have written a commit whose sync failed, and would find it after a crash. A further commit
        writes over it, and what is not there then will never be. When that fails too, every connection is
        closed, the database recovers as it is opened again, and is asked again. What it then finds in its log
        may be in the kernel's memory alone, which holds for written what a failed sync has lost: before anything
        is built upon it the log is written again. PostgreSQL is asked once it answers; what is not there may
        still be on its way, so only what is found is known.
        """
        end = clock.monotonic() + SETTLE_SECONDS
        while clock.monotonic() < end:
            try:
                with self.write() as tx:
                    self._fence(tx)
                    found = look_up(tx)
            except (sa.exc.SQLAlchemyError, OSError, RuntimeError):
                self._is_log_doubted = self.is_embedded
                self._reading.dispose()
                self._writing.dispose()
                time.sleep(0.1)
            else:
                return found if self.is_embedded or found else None
        return None

    def _fence(self, tx: Transaction) -> None:
        if self.is_embedded:
            tx.execute(sa.text("UPDATE id_counters SET last_id = last_id + 1 WHERE name = 'fence'"))

    def room(self) -> int | None:
        """How many bytes are free where the embedded database is; None where that is not ours to know."""
        return shutil.disk_usage(self._folder).free if self._folder else None

    def serve_alone(self, *, on_any_disk: bool = False) -> None:
        """Be the only server of an embedded database until it is closed; `CannotOpen` when there is one, or
        when the file lies on a network share and `on_any_disk` does not allow it.

        Two processes that write would wait for one another, and one could not know what the other has
        promised. Short commands are not servers: they work beside one.
        """
        path = file_of(self.url)
        if path is None:
            return
        kind = disks.file_system(path)
        if kind in disks.NETWORKED and not on_any_disk:
            raise CannotOpen(
                f"{path} lies on a network file system ({kind}), which may lose what was acknowledged. Move it to a "
                "local disk. If you know that this one is safe, set TIMEWRIGHT_ALLOW_NETWORK_DISK=true."
            )
        self._alone = lock_file(path)
        # Whoever served before may have been killed after a sync that failed.
        self._is_log_doubted = True
        # What a restore left that was killed; nobody makes one now.
        being_restored(path).unlink(missing_ok=True)

    def copy_to(self, path: Path, tell: Callable[[int, int], None]) -> None:
        """Copy the embedded database as it is at one instant into a new file that needs no other beside it.

        `tell` is called again and again with how many pages are left, and of how many. The server goes on
        writing meanwhile. SQLite's own copying begins anew whenever another connection commits, under load
        for ever; but not while its source is inside a transaction, which sees one state: so it is.
        (`VACUUM INTO` takes as long, tells nothing on its way, and is refused to a connection that must not
        write.) As long as it takes, the writer cannot start its WAL afresh: it grows.
        """
        with self.read() as tx:
            # The state that is seen is that of the first question.
            tx.number(sa.text("SELECT count(*) FROM sqlite_master"))
            source: Any = tx.connection.connection.dbapi_connection
            target = sqlite3.connect(path, isolation_level=None)
            try:
                source.backup(target, pages=_PAGES_AT_ONCE, progress=lambda _, left, of: tell(left, of))
                # A file in WAL mode could not be read where nothing can be written beside it.
                target.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.Error as error:
                raise CannotOpen(f"The database cannot be copied: {error}.") from None
            finally:
                target.close()

    def settings_kept(self) -> dict[str, Any]:
        """The settings of an embedded database that durability rests on, as it tells them; else nothing."""
        if not self.is_embedded:
            return {}
        with self._reading.connect() as connection:
            return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in SQLITE_SETTINGS}

    def try_out(self) -> None:
        """Ask the database for a sign of life; `CannotOpen` when there is none.

        On SQLite that takes the write lock, and commits something that means nothing once there are tables.
        """
        try:
            with self.write() as tx:
                if sa.inspect(tx.connection).has_table("id_counters"):
                    self._fence(tx)
        except (sa.exc.SQLAlchemyError, OSError, RuntimeError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise CannotOpen(f"The database cannot be used: {reason}") from None

    def engines(self) -> tuple[sa.Engine, ...]:
        """The engines behind this database, for counting statements."""
        return (self._writing, self._reading) if self.is_embedded else (self._writing,)

    def close(self) -> None:
        """Give back every connection, and let another server in."""
        self._reading.dispose()
        self._writing.dispose()
        if self._alone is not None:
            self._alone.close()
            self._alone = None

    @staticmethod
    def is_outage(error: Exception) -> bool:
        """Whether a failure says something of the machine or the deadline and nothing of the request.

        SQLite calls a page that the disk will not give back a damaged one.
        """
        if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, OSError)):
            return True
        code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
        return code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

    @staticmethod
    def is_conflict(error: Exception) -> bool:
        """Whether two transactions met and this one may simply be carried out again.

        Besides serialization failures and dead-locks that is a key which another transaction stored after
        this one had looked for it: the next look finds it.
        """
        state = getattr(getattr(error, "orig", None), "sqlstate", None)
        return state in {"40001", "40P01", "23505"}


def _opened_file(url: str) -> str:
    """Make the file of an embedded database, for nobody else to read, and answer its full address."""
    address = sa.make_url(url)
    if not address.database:
        return url
    path = Path(address.database).expanduser()
    if being_restored(path).exists() and is_locked(path):
        raise CannotOpen("The database is being restored. Wait until that is done.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return file_url(path)


@contextmanager
def _deadline(connection: sa.Connection, seconds: float | None, ended: Callable[[], bool]) -> Iterator[None]:
    if seconds is None:
        yield
    elif connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        end = clock.monotonic() + seconds
        driver.set_progress_handler(lambda: clock.monotonic() > end or ended(), 20_000)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)
    else:
        connection.execute(sa.text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        yield


def _sqlite_engine(url: str, opened: Callable[[Any, object], None], *, writes: bool = True) -> sa.Engine:
    engine = sa.create_engine(
        url,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 5.0},
        poolclass=sa.QueuePool,
        pool_size=1 if writes else 2,
        max_overflow=0,
        # What people wrote must not get into the log with an error (notes, rates, hashes of tokens).
        hide_parameters=True,
        query_cache_size=STATEMENTS_KEPT,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    sa.event.listen(engine, "connect", opened)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _open_writer(driver: Any, *, is_alone: bool) -> None:
    _settle(driver)
    driver.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
    if is_alone:
        driver.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    else:
        _leave_log(driver)


def _open_reader(driver: Any, _record: object) -> None:
    _settle(driver)
    driver.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
    _leave_log(driver)
    driver.execute("PRAGMA query_only = ON")


def _leave_log(driver: Any) -> None:
    # SQLite before 3.51.3 can damage a WAL when another connection checkpoints during a commit: only a server does,
    # and whoever is the last to close the database.
    driver.execute("PRAGMA wal_autocheckpoint = 0")


def _settle(driver: Any) -> None:
    for name, value in SQLITE_SETTINGS.items():
        driver.execute(f"PRAGMA {name} = {value}")
    for name, value in SQLITE_SETTINGS.items():
        told = driver.execute(f"PRAGMA {name}").fetchone()[0]
        if told != value:
            raise RuntimeError(f"SQLite keeps {name} at {told!r} where {value!r} is needed; refusing to start.")


# Files of the embedded engine ---------------------------------------------------------------------


def lock_file(path: Path) -> IO[str]:
    """Be the only one who serves or replaces the database in a file, until what is returned is closed."""
    try:
        lock = path.with_name(f"{path.name}.lock").open("a")
    except OSError as error:
        raise CannotOpen(f"The database cannot be locked: {error}") from None
    for left in reversed(range(_LOOKS_AT_LOCK)):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            # Whoever only looks (`is_locked`) holds it for an instant.
            if left:
                time.sleep(0.02)
    lock.close()
    raise CannotOpen("Another server runs on this database. One file has one server.")


def is_locked(path: Path) -> bool:
    """Whether somebody serves or replaces the database in a file."""
    try:
        with path.with_name(f"{path.name}.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def being_restored(path: Path) -> Path:
    """Where a database is made ready before it is put in place at a path."""
    return path.with_name(f"{path.name}.restoring")


def log_bytes(path: Path) -> int:
    """How long the write-ahead log beside a database file is."""
    log = Path(f"{path}{COMPANIONS[0]}")
    return log.stat().st_size if log.exists() else 0


def engine_of_files() -> tuple[str, bool]:
    """The engine of database files with its version, and whether a WAL can be damaged in that version when two
    connections checkpoint. Ours cannot: only the writer does.
    """
    told = sqlite3.sqlite_version_info
    mended = told >= (3, 51, 3) or (3, 50, 7) <= told < (3, 51) or (3, 44, 6) <= told < (3, 45)
    return f"SQLite {sqlite3.sqlite_version}", not mended


@contextmanager
def stored(path: Path) -> Iterator[Transaction]:
    """A transaction that reads a database file that nobody uses.

    Nothing is written, not even beside it: a read-only medium will do. `Damaged` when it cannot be read.
    """
    fault = _fault_of_file(path)
    if fault:
        raise Damaged(fault)
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    engine = sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(uri, uri=True, isolation_level=None), poolclass=sa.NullPool
    )
    try:
        with engine.connect() as connection:
            yield Transaction(connection)
    except sa.exc.DBAPIError as error:
        raise Damaged(f"{path} cannot be read: {error.orig}.") from None


def _fault_of_file(path: Path) -> str | None:
    for end in COMPANIONS[:2]:
        beside = Path(f"{path}{end}")
        if beside.exists() and beside.stat().st_size:
            return f"{beside} stands beside it: {path} is a database in use, or one that was not closed, and no backup."
    size = path.stat().st_size
    if not size:
        return f"{path} is empty."
    head = _head(path)
    if not head:
        return f"{path} is no database."
    # The format: the size of a page at 16, where 1 means 65,536; how many there are at 28.
    page = int.from_bytes(head[16:18], "big")
    whole = int.from_bytes(head[28:32], "big") * (65_536 if page == 1 else page)
    if size < whole:
        return f"{path} is cut off: {size:,} bytes of {whole:,} are there."
    return None


def _head(path: Path) -> bytes:
    """The first bytes of a database file; none when it is something else."""
    with path.open("rb") as file:
        head = file.read(100)
    return head if head.startswith(b"SQLite format 3\0") and len(head) == 100 else b""


def faults_of_engine(transaction: Transaction, *, quick: bool = False) -> list[str]:
    """What the embedded engine finds wrong with its pages, its indexes (unless `quick`) and foreign keys, at
    most 100 of each; nothing for a database server, which looks after itself.
    """
    if transaction.connection.dialect.name != "sqlite":
        return []
    told = transaction.rows(sa.text("PRAGMA quick_check" if quick else "PRAGMA integrity_check"))
    found = [str(line) for row in told for line in row.values() if line != "ok"]
    keys = transaction.rows(sa.text("PRAGMA foreign_key_check"))
    return found + [f"a row of {row['table']} points to none of {row['parent']}" for row in keys[:100]]


def id_counters(transaction: Transaction) -> dict[str, int]:
    """The last id that was given out for each table, in an embedded database."""
    rows = transaction.rows(sa.text("SELECT name, last_id FROM id_counters"))
    return {row["name"]: row["last_id"] for row in rows}


@contextmanager
def held_alone(path: Path) -> Iterator[dict[str, int]]:
    """Hold a database file that is to be replaced: what stood in its WAL is then in the file, nothing of it
    stands beside it, and nobody can use it. Yields its id counters.

    `CannotOpen` when somebody has it open, `Damaged` when it cannot be read.
    """
    if path.stat().st_size and not _head(path):
        # Not even opened: that would throw away what stands in its log.
        raise Damaged(f"{path} is no database.")
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.5)
    try:
        try:
            connection.execute("PRAGMA synchronous = FULL")
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
            connection.execute("BEGIN EXCLUSIVE")
            known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'id_counters'").fetchone()[0]
            counters = connection.execute("SELECT name, last_id FROM id_counters").fetchall() if known else []
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise Damaged(f"{path} cannot be read: {error}.") from None
            raise CannotOpen(f"{path} cannot be had alone: {error}. End every program that has it open.") from None
        if mode != "delete":
            raise CannotOpen(f"{path} cannot be had alone. End every program that has it open.")
        yield dict(counters)
    finally:
        connection.close()


def advance_ids(path: Path, known: Mapping[str, int], margin: int) -> None:
    """Have a database file that nobody uses give out only ids that lie more than `margin` above its own and
    those that are `known`.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        for (name,) in connection.execute("SELECT name FROM id_counters").fetchall():
            connection.execute(
                "UPDATE id_counters SET last_id = max(last_id, ?) + ? WHERE name = ?",
                (known.get(name, 0), margin, name),
            )
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise CannotOpen(f"{path} cannot be written: {error}.") from None
    finally:
        connection.close()


# Schema -------------------------------------------------------------------------------------------


def create_schema(transaction: Transaction, metadata: sa.MetaData) -> None:
    """Create every table, sequence and trigger of a schema in an empty database."""
    metadata.create_all(transaction.connection)


def schema_statements(metadata: sa.MetaData, engine: str) -> list[str]:
    """The statements that create a schema on `sqlite` or `postgresql`, in order."""
    statements: list[str] = []
    address = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}[engine]

    def note(statement: Any, *_: object, **__: object) -> None:
        text = str(statement.compile(dialect=mock.dialect)).expandtabs(4).strip()
        statements.append("\n".join(line.rstrip() for line in text.splitlines()))

    mock = sa.create_mock_engine(address, note)
    metadata.create_all(mock, checkfirst=False)
    return _indexes_by_name(statements)


def _indexes_by_name(statements: list[str]) -> list[str]:
    """The indexes of a table come in no order of their own."""
    ordered: list[str] = []
    for statement in statements:
        at = len(ordered)
        while statement.startswith("CREATE INDEX") and at and ordered[at - 1].startswith("CREATE INDEX"):
            if ordered[at - 1] <= statement:
                break
            at -= 1
        ordered.insert(at, statement)
    return ordered


def describe_schema(transaction: Transaction) -> list[tuple[str, ...]]:
    """Everything the database holds of a schema, sorted, as its engine tells it; for comparing two."""
    if transaction.connection.dialect.name == "sqlite":
        told = transaction.rows(sa.text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        found = [(row["type"], row["name"], " ".join(row["sql"].split())) for row in told]
        counters = transaction.rows(sa.text("SELECT name FROM id_counters"))
        return sorted(found + [("counter", row["name"], "") for row in counters])
    catalog = """
        SELECT 'column' AS kind, table_name || '.' || column_name AS name,
               concat_ws(' ', ordinal_position, data_type, is_nullable, column_default) AS sql
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 'sequence', sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'
    """
    return sorted(
        (row["kind"], row["name"], " ".join(row["sql"].split())) for row in transaction.rows(sa.text(catalog))
    )
