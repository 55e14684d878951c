"""Connections, transactions and sets. The only file that knows SQLite from PostgreSQL.

Kinds of column (`Id`, `Day`, `Instant`, `Flag`) mean the same on both engines and come back as the same
Python values. A set reaches the database as one parameter: `among` asks for the rows whose column is in a
set, `Transaction.insert` stores a set of rows. Transactions, DDL included, are opened and closed here and
not by the driver.

SQLite: WAL, `synchronous=FULL` (SQLite's NORMAL loses acknowledged commits when the power fails), foreign
keys, STRICT tables; each setting is read back when a connection opens. Only the writer checkpoints.
PostgreSQL: psycopg 3 at READ COMMITTED; a decision holds its rows with `FOR SHARE` (`Transaction.held`).

Long because it is the one place that tells the engines apart.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from timewright import clock

SETTLE_SECONDS = 5.0
"""How long it may take to find out what became of a commit."""

ENGINES = ("sqlite", "postgresql")
"""The engines by name."""

Row = Mapping[str, Any]
"""One row as the database gave it: column name to value."""

_FILE = "sqlite:"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SQLITE_SETTINGS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
"""What every SQLite connection must say when asked; `synchronous` 2 is FULL."""


# Kinds of column ---------------------------------------------------------------------------------


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

    def process_bind_param(self, value: date | None, dialect: sa.Dialect) -> Any:
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class Instant(sa.TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return sa.Integer() if dialect.name == "sqlite" else postgresql.TIMESTAMP(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        return (value - _EPOCH) // _MICROSECOND if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if isinstance(value, int):
            return _EPOCH + value * _MICROSECOND
        return value.astimezone(UTC) if value is not None else None


class Flag(sa.TypeDecorator[bool]):
    """True or false."""

    impl = sa.Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return sa.Integer() if dialect.name == "sqlite" else sa.Boolean()

    def process_bind_param(self, value: bool | None, dialect: sa.Dialect) -> Any:
        return int(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> bool | None:
        return bool(value) if value is not None else None


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
        return json.dumps(values) if dialect.name == "sqlite" else values


# Sets --------------------------------------------------------------------------------------------


class _Among(FunctionElement[bool]):
    inherit_cache = True
    name = "among"
    type = sa.Boolean()


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(values, **kw)}))"


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(values, **kw)})"


def among(column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """The condition that a column is one of a set of ids or words, sent as one parameter."""
    parameter = sa.bindparam(None, list(values), type_=_Set(column.type), unique=True)
    return _Among(column, parameter)


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


def by_letters(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A text to sort by, in the order of its characters' numbers on every engine and in every language."""
    return _ByLetters(column)


# What the database guards by itself --------------------------------------------------------------


def strict_table(name: str, metadata: sa.MetaData, *parts: Any, **options: Any) -> sa.Table:
    """A table whose columns hold only what their kind says, on either engine."""
    flags = [part for part in parts if isinstance(part, sa.Column) and isinstance(part.type, Flag)]
    checks = [
        sa.CheckConstraint(f"{flag.name} IN (0, 1)", name=f"{flag.name}_is_a_flag").ddl_if(dialect="sqlite")
        for flag in flags
    ]
    return sa.Table(name, metadata, *parts, *checks, sqlite_strict=True, **options)


def index_of_present(name: str, *columns: sa.Column[Any]) -> sa.Index:
    """An index of the rows whose last named column holds something."""
    present = columns[-1].is_not(None)
    return sa.Index(name, *columns, sqlite_where=present, postgresql_where=present)


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


# Transactions ------------------------------------------------------------------------------------


class Transaction:
    """One open transaction. Rows are immutable mappings; writes are visible statements."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._sqlite = connection.dialect.name == "sqlite"

    def rows(self, statement: sa.Executable) -> list[Row]:
        """Every row of a select."""
        return list(self.connection.execute(statement).mappings())  # type: ignore[arg-type]

    def held(self, statement: sa.Select[Any], *tables: sa.Table) -> list[Row]:
        """Every row of a select, and nobody may change those of `tables` until this transaction ends.

        Rows are held in ascending order of their key, so that two transactions that hold the same rows
        wait for one another instead of dead-locking. SQLite has one writer, which holds everything.
        """
        ordered = statement.order_by(*tables[0].primary_key.columns)
        return self.rows(ordered.with_for_update(read=True, of=list(tables)))

    def one(self, statement: sa.Executable) -> Row | None:
        """The first row of a select, or None."""
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
        if self._sqlite:
            # A prepared statement run over the rows: nothing measured on SQLite beats it (decisions/0004).
            self.connection.execute(sa.insert(table), list(rows))
            return
        columns = [table.c[name] for name in rows[0]]
        arrays = [sa.bindparam(c.name, [row[c.name] for row in rows], type_=postgresql.ARRAY(c.type)) for c in columns]
        source = sa.func.unnest(*arrays).table_valued(*[sa.column(c.name, c.type) for c in columns]).render_derived()
        self.connection.execute(sa.insert(table).from_select(columns, sa.select(*source.c)))

    def allocate(self, table: sa.Table, count: int) -> list[int]:
        """New ids for a table, ascending; none was ever given before or will be given again."""
        if count == 0:
            return []
        if self._sqlite:
            last = self.number(
                sa.text(
                    "UPDATE id_counters SET last_id = last_id + :count WHERE name = :name RETURNING last_id"
                ).bindparams(count=count, name=table.name)
            )
            return list(range(last - count + 1, last + 1))
        numbers = sa.text(f"SELECT nextval('{_sequence(table)}') FROM generate_series(1, :count)")
        return sorted(self.connection.execute(numbers.bindparams(count=count)).scalars())

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


class CannotOpen(Exception):
    """There is no database to be had at an address. The text says why."""


def file_url(path: Path) -> str:
    """The address of the embedded database in a file."""
    return f"{_FILE}///{path.resolve()}"


class Database:
    """One database: where to read, where to write, and what its failures mean.

    `url` is `sqlite:///path` or `postgresql://…`. The folder of a file is made when it is not there.
    """

    def __init__(self, url: str) -> None:
        self.is_embedded = url.startswith(_FILE)
        self._folder: Path | None = None
        self._alone: IO[str] | None = None
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
            self._folder = Path(file).parent if file else None
            self._writing = _sqlite_engine(url, writer=True)
            self._reading = _sqlite_engine(url, writer=False)
        else:
            # UTC, whatever the cluster says, so that an instant reads the same everywhere.
            options = {"options": "-c timezone=UTC"}
            self._writing = sa.create_engine(url, connect_args=options, pool_size=4)
            self._reading = self._writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that intends to write; committed when the block ends, undone when it raises.

        On SQLite it takes the write lock at once, so that two writers wait rather than dead-lock.
        """
        with self._writing.begin() as connection:
            yield Transaction(connection)

    @contextmanager
    def read(self, *, seconds: float | None = None) -> Iterator[Transaction]:
        """A transaction that only reads, and sees one state of the database.

        With `seconds`, a statement still running after that time fails (see `is_outage`).
        """
        with self._reading.connect() as connection, connection.begin(), _deadline(connection, seconds):
            yield Transaction(connection)

    def settle(self, look_up: Callable[[Transaction], set[str]]) -> set[str] | None:
        """Find out what a commit that failed has stored: what `look_up` then finds, or None when it cannot
        be known in time.

        SQLite may have written a commit whose sync failed, and would find it after a crash. A further commit
        writes over it, and what is not there then will never be. When that fails too, every connection is
        closed, the database recovers as it is opened again, and is asked again. PostgreSQL is asked once it
        answers; what is not there may still be on its way, so only what is found is known.
        """
        end = clock.monotonic() + SETTLE_SECONDS
        while clock.monotonic() < end:
            try:
                with self.write() as tx:
                    self._fence(tx)
                    found = look_up(tx)
            except (sa.exc.DBAPIError, sa.exc.TimeoutError, RuntimeError):
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

    def serve_alone(self) -> None:
        """Be the only server of an embedded database until it is closed; `CannotOpen` when there is one.

        Two processes that write would wait for one another, and one could not know what the other has
        promised. Short commands are not servers: they work beside one.
        """
        if self._folder is None:
            return
        path = Path(str(sa.make_url(self.url).database)).expanduser()
        lock = path.with_name(f"{path.name}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._alone = lock
        except BlockingIOError:
            lock.close()
            raise CannotOpen("Another server runs on this database. One file has one server.") from None

    def try_out(self) -> None:
        """Ask the database for a sign of life; `CannotOpen` when there is none.

        On SQLite that takes the write lock, and commits something that means nothing once there are tables.
        """
        try:
            with self.write() as tx:
                if sa.inspect(tx.connection).has_table("id_counters"):
                    self._fence(tx)
        except (sa.exc.DBAPIError, RuntimeError) as error:
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
        """Whether a failure says something of the machine or the deadline and nothing of the request."""
        return isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError))

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
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return file_url(path)


@contextmanager
def _deadline(connection: sa.Connection, seconds: float | None) -> Iterator[None]:
    if seconds is None:
        yield
    elif connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        end = clock.monotonic() + seconds
        driver.set_progress_handler(lambda: clock.monotonic() > end, 20_000)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)
    else:
        connection.execute(sa.text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        yield


def _sqlite_engine(url: str, *, writer: bool) -> sa.Engine:
    engine = sa.create_engine(
        url,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 5.0},
        poolclass=sa.QueuePool,
        pool_size=1 if writer else 2,
        max_overflow=0,
    )
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"
    sa.event.listen(engine, "connect", _open_writer if writer else _open_reader)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _open_writer(driver: Any, _record: object) -> None:
    _settle(driver)


def _open_reader(driver: Any, _record: object) -> None:
    _settle(driver)
    # SQLite before 3.51.3 can damage a WAL when another connection checkpoints during a commit.
    driver.execute("PRAGMA wal_autocheckpoint = 0")
    driver.execute("PRAGMA query_only = ON")


def _settle(driver: Any) -> None:
    for name, value in SQLITE_SETTINGS.items():
        driver.execute(f"PRAGMA {name} = {value}")
    for name, value in SQLITE_SETTINGS.items():
        told = driver.execute(f"PRAGMA {name}").fetchone()[0]
        if told != value:
            raise RuntimeError(f"SQLite keeps {name} at {told!r} where {value!r} is needed; refusing to start.")


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
