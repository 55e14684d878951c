"""The data that is measured: 200 people in 100 projects with 1,000 tasks, and so many time entries.

Dates are drawn independently of ids, and people and projects of entries independently of both, so that a
page holds the same mix at every size. Entries stand in `time_entries` alone, without change log, references
or idempotency records: no list reads those without being asked. The same size gives the same rows; a
database that was made once is kept and copied.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from timewright import migrations, rollups, tokens
from timewright import tables as t
from timewright.database import Database, Flag, Transaction, file_url, schema_statements

PEOPLE, PROJECTS, TASKS_EACH, PROJECTS_EACH = 200, 100, 10, 20
ADMINISTRATOR, CONSULTANT, LEADS_EVERY = 1, 2, 9
FIRST_DAY, DAYS = date(2024, 7, 1), 730
MADE_AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
ACCOUNT = 1
ROLLED_UP_AT_ONCE = 250_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A database that was made, and who may do what in it."""

    database: str
    tokens: Mapping[str, str]
    entries: int

    @property
    def path(self) -> Path:
        return Path(self.database)

    def token(self, user_id: int) -> str:
        return self.tokens[str(user_id)]


def projects_of(user_id: int) -> list[int]:
    """The projects in which somebody takes part. Every project has as many people as every other."""
    return [(user_id + step * (PROJECTS // PROJECTS_EACH)) % PROJECTS + 1 for step in range(PROJECTS_EACH)]


def people_of(project_id: int) -> list[int]:
    """Who takes part in a project."""
    return [user_id for user_id in range(1, PEOPLE + 1) if project_id in projects_of(user_id)]


def tasks_of(project_id: int) -> range:
    """The ids of a project's tasks."""
    return range((project_id - 1) * TASKS_EACH + 1, project_id * TASKS_EACH + 1)


def is_lead(user_id: int) -> bool:
    """Whether somebody has financial access in their projects; the others see their own time only."""
    return user_id % LEADS_EVERY == 0


def made(folder: Path, entries: int) -> Place:
    """The database with so many entries, made now or found in the folder."""
    # The file's own text and that of the schema name the data: when either changes it is made anew.
    schema = "".join(schema_statements(t.metadata, "sqlite"))
    text = hashlib.sha256(Path(__file__).read_bytes() + schema.encode()).hexdigest()[:8]
    base = folder / f"entries-{entries}-step-{migrations.HEAD}-{text}"
    facts = base / "made.json"
    if not facts.exists():
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir(parents=True)
        place = _made(base / "timewright.db", entries)
        facts.write_text(json.dumps(asdict(place)))
    return Place(**(json.loads(facts.read_text()) | {"database": str(base / "timewright.db")}))


def copied(place: Place, folder: Path) -> Place:
    """A copy to write in."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("timewright.db*"):
        path.unlink()
    shutil.copy(place.path, folder / "timewright.db")
    return Place(str(folder / "timewright.db"), place.tokens, place.entries)


def _made(path: Path, entries: int) -> Place:
    database = Database(file_url(path))
    migrations.upgrade(database)
    with database.write() as tx:
        made_tokens = _people_and_projects(tx)
        processed = _processed(tx)
        tx.skip_ids(t.time_entries, entries)
    database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _entries(connection, entries, processed)
    _roll_up(path)
    return Place(str(path), made_tokens, entries)


def _roll_up(path: Path) -> None:
    """Take all entries into the roll-ups, as a server would have done over time; the last ones are still to come."""
    database = Database(file_url(path))
    rollups.fold(database, at_once=ROLLED_UP_AT_ONCE)
    rollups.fold(database)
    database.close()


def _store(tx: Transaction, table: sa.Table, rows: list[Row]) -> None:
    """Store rows; what they do not name is false or null, and now."""
    for row in rows:
        for column in table.c:
            if column.name in {"created_at", "updated_at"}:
                row.setdefault(column.name, MADE_AT)
            row.setdefault(column.name, False if isinstance(column.type, Flag) else None)
    tx.insert(table, [{column.name: row[column.name] for column in table.c} for row in rows])
    if "id" in table.c:
        tx.skip_ids(table, max(row["id"] for row in rows))


def _people_and_projects(tx: Transaction) -> dict[str, str]:
    owner = {"account_id": ACCOUNT}
    everyone = range(1, PEOPLE + 1)
    _store(tx, t.accounts, [{"id": ACCOUNT, "name": "Measured", "currency": "USD", "rolled_up_to": 0}])
    users = [
        {"id": n, "full_name": f"Person {n}", "email_address": f"person{n}@example.com", "photo_path": "/none"}
        for n in everyone
    ]
    _store(tx, t.users, [owner | row for row in users])
    _store(tx, t.account_people, [owner | {"user_id": n} for n in everyone])
    memberships = [
        {
            "id": n,
            "user_id": n,
            "permission": "administrator" if n == ADMINISTRATOR else "collaborator",
            "is_owner": n == ADMINISTRATOR,
            "bill_rate_in_cents": 9_000,
        }
        for n in everyone
    ]
    _store(tx, t.account_memberships, [owner | row for row in memberships])
    projects = [
        {
            "id": n,
            "title": f"Project {n}",
            "access_level": "invitation",
            "consultant_role_name": "Consultants",
            "client_role_name": "Clients",
            "percentage_complete": 0,
            "default_rate_in_cents": 12_000,
            "currency": "USD",
            "time_trackable": True,
            "stage": "project",
            "creator_id": ADMINISTRATOR,
        }
        for n in range(1, PROJECTS + 1)
    ]
    _store(tx, t.workspaces, [owner | row for row in projects])
    taking_part = [(project, user) for user in everyone for project in projects_of(user)]
    participations = [
        {
            "id": n,
            "workspace_id": project,
            "user_id": user,
            "role": "maven",
            "access_level": "edit_financials" if is_lead(user) else "edit_tasks",
            "can_edit_time": True,
        }
        for n, (project, user) in enumerate(taking_part, start=1)
    ]
    _store(tx, t.participations, [owner | row for row in participations])
    tasks = [
        {
            "id": task,
            "workspace_id": project,
            "title": f"Task {task}",
            "story_type": "task",
            "state": "not started",
            "priority": "normal",
            "position": task,
            "percentage_complete": 0,
            "time_trackable": True,
            "billable": task % 3 != 0,
            "creator_id": ADMINISTRATOR,
            "ancestry": "",
        }
        for project in range(1, PROJECTS + 1)
        for task in tasks_of(project)
    ]
    _store(tx, t.stories, [owner | row for row in tasks])
    given = {str(n): tokens.new_token() for n in everyone}
    for n, token in given.items():
        tokens.add(tx, token, user_id=int(n), name="bench")
    return given


def _processed(tx: Transaction) -> dict[str, Any]:
    """How the database writes what every entry holds, by column, as its own column types say."""
    dialect = tx.connection.dialect

    def written(name: str, value: Any) -> Any:
        process = t.time_entries.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        return process(value) if process else value

    blank = {c.name: False if isinstance(c.type, Flag) else None for c in t.time_entries.c}
    same = blank | {
        "account_id": ACCOUNT,
        "cost_rate_in_cents": None,
        "currency": "USD",
        "operation_id": "seeded",
        "notes": "Worked on what was agreed.",
    }
    days = [written("date_performed", FIRST_DAY + timedelta(days=n)) for n in range(DAYS)]
    return {name: written(name, value) for name, value in same.items()} | {
        "date_performed": days,
        "created_at": written("created_at", MADE_AT),
    }


def _entries(connection: sqlite3.Connection, count: int, written: Mapping[str, Any]) -> None:
    """Store the entries: unsynced, and the indexes after the rows, since nobody waits for a commit here."""
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {setting}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'time_entries' AND sql IS NOT NULL"
    ).fetchall()
    names = [column.name for column in t.time_entries.c]
    connection.execute("BEGIN")
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    places = ", ".join("?" * len(names))
    connection.executemany(
        f"INSERT INTO time_entries ({', '.join(names)}) VALUES ({places})", _rows(count, names, written)
    )
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")


def _rows(count: int, names: list[str], written: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(count)
    people = {project: people_of(project) for project in range(1, PROJECTS + 1)}
    row = dict(written)
    for id_ in range(1, count + 1):
        # A number for each draw, cut into its parts: six calls of a generator cost more than the insert.
        drawn = chance.getrandbits(64)
        project = drawn % PROJECTS + 1
        drawn //= PROJECTS
        user = people[project][drawn % len(people[project])]
        drawn //= PEOPLE
        task = (project - 1) * TASKS_EACH + drawn % TASKS_EACH + 1
        drawn //= TASKS_EACH
        row["id"], row["workspace_id"], row["story_id"] = id_, project, task
        row["user_id"] = row["created_by_id"] = user
        row["date_performed"] = written["date_performed"][drawn % DAYS]
        drawn //= DAYS
        row["time_in_minutes"] = drawn % 32 * 15 + 15
        row["billable"] = billable = int(task % 3 != 0)
        row["rate_in_cents"] = 9_000 * billable
        row["rate_rule"] = "account_membership" if billable else "not_billable"
        row["created_at"] = row["updated_at"] = written["created_at"] + id_ * 1_000_000
        yield tuple([row[name] for name in names])
