"""What every test may ask for: a database on each engine, the cast's house, a client for a part."""

import contextlib
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests import cast, engines
from timewright import demo, migrations
from timewright.api import upkeep
from timewright.api.app import application
from timewright.database import Database, file_url
from timewright.resources import REGISTRY
from timewright.settings import Settings
from timewright.tables import changes


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", default="both", choices=("sqlite", "postgresql", "both"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever touches a database on each engine."""
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        names = ["sqlite", "postgresql"] if chosen == "both" else [chosen]
        metafunc.parametrize("engine", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def _started() -> Iterator[dict[str, engines.Engine]]:
    started: dict[str, engines.Engine] = {}
    yield started
    for engine in started.values():
        engine.close()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, _started: dict[str, engines.Engine]) -> engines.Engine:
    """The engine a test runs on: SQLite, and again PostgreSQL."""
    if request.param not in _started:
        _started[request.param] = engines.start(request.param)
    return _started[request.param]


@pytest.fixture
def empty_database(engine: engines.Engine) -> Iterator[Database]:
    """A migrated database without a row."""
    with engine.copy("empty", lambda _: None) as database:
        yield database


@pytest.fixture(scope="session", autouse=True)
def _no_folding_beside() -> Iterator[None]:
    """What servers do by the way would be counted with the statements of a request."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upkeep, "ROLL_UP_SECONDS", 3_600)
        patch.setattr(upkeep, "FIRST_TIDY_SECONDS", 3_600)
        yield


_WORLDS: dict[str, cast.World] = {}


@contextlib.contextmanager
def open_house(engine: engines.Engine) -> Iterator["House"]:
    """The cast's house in a database of its own."""

    def fill(database: Database) -> None:
        _WORLDS[engine.name] = cast.build(database)

    with (
        engine.copy("house", fill) as database,
        TestClient(application(database, REGISTRY, Settings()), raise_server_exceptions=False) as client,
    ):
        yield House(database, _WORLDS[engine.name], client)


@pytest.fixture
def house(engine: engines.Engine) -> Iterator["House"]:
    """The cast's house, for a test that writes in it."""
    with open_house(engine) as made:
        yield made


@pytest.fixture(scope="session")
def still_house(engine: engines.Engine) -> Iterator["House"]:
    """The cast's house, for tests that only look; shared by them."""
    with open_house(engine) as made:
        yield made


@dataclass(frozen=True)
class House:
    """A running application over the cast's world."""

    database: Database
    world: cast.World
    client: TestClient

    def request(self, part: str | None, method: str, path: str, **how: Any) -> Any:
        """Ask as a part of the cast; without one, without a token."""
        headers = dict(how.pop("headers", {}))
        if part is not None:
            headers.setdefault("Authorization", f"Bearer {self.world.tokens[part]}")
        return self.client.request(method, f"/api/v1{path}", headers=headers, **how)

    def get(self, part: str | None, path: str, **parameters: Any) -> Any:
        return self.request(part, "GET", path, params=parameters or None)

    def post(self, part: str | None, path: str, body: Any, **how: Any) -> Any:
        return self.request(part, "POST", path, json=body, **how)

    def put(self, part: str | None, path: str, body: Any, **how: Any) -> Any:
        return self.request(part, "PUT", path, json=body, **how)

    def delete(self, part: str | None, path: str, **how: Any) -> Any:
        return self.request(part, "DELETE", path, **how)

    def changed(self, subject_type: str) -> list[dict[str, Any]]:
        """What the change log says of a kind of object, the oldest first: each with `verb`, `before` and `after`."""
        of = changes.c
        found = self.rows(sa.select(changes).where(of.subject_type == subject_type).order_by(of.account_id, of.id))
        return [
            {**row, **{name: None if row[name] is None else json.loads(row[name]) for name in ("before", "after")}}
            for row in found
        ]

    def log(self, part: str, **members: Any) -> Any:
        """Log time in the main project unless told otherwise."""
        entry = {
            "workspace_id": self.world.workspaces["main"]["id"],
            "date_performed": "2026-02-02",
            "time_in_minutes": 30,
            **members,
        }
        return self.post(part, "/time_entries", {"time_entry": entry})

    def rows(self, statement: sa.Executable) -> list[Any]:
        with self.database.read() as tx:
            return [dict(row) for row in tx.rows(statement)]

    @contextlib.contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements that reach the database inside the block, each by what it does and to which table."""
        seen: list[str] = []

        def note(text: str) -> None:
            name = named(text)
            # What the server tidies up meanwhile, in a thread of its own, belongs to no request.
            if name and not threading.current_thread().name.startswith("asyncio"):
                seen.append(name)

        def note_event(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            note(statement)

        self.database.seen = note
        for each in self.database.engines():
            sa.event.listen(each, "before_cursor_execute", note_event)
        try:
            yield seen
        finally:
            self.database.seen = None
            for each in self.database.engines():
                sa.event.remove(each, "before_cursor_execute", note_event)


def named(statement: str) -> str | None:
    """What a statement does and to which table: `read users`. None for what opens and closes."""
    words = statement.split()
    verb = words[0].upper()
    if verb == "SELECT":
        if "nextval" in statement:
            return "allocate"
        counts = statement.startswith("SELECT count(")
        table = _first_table(words)
        return f"{'count' if counts else 'read'} {table}" if table else None
    if verb == "INSERT":
        return f"insert {words[2]}"
    if verb == "DELETE":
        return f"delete {words[2]}"
    if verb == "UPDATE":
        return "allocate" if words[1] == "id_counters" else f"update {words[1]}"
    return None


def _first_table(words: list[str]) -> str | None:
    depth = 0
    for at, word in enumerate(words):
        if depth == 0 and word == "FROM":
            return words[at + 1].strip("(),")
        depth += word.count("(") - word.count(")")
    return None


@pytest.fixture(scope="session")
def _sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "timewright.db"
    database = Database(file_url(path))
    migrations.upgrade(database)
    demo.seed(database)
    database.close()
    return path


@pytest.fixture
def sample(_sample_file: Path, tmp_path: Path) -> Path:
    """The file of an embedded database with sample data, in a folder `data` of its own."""
    (tmp_path / "data").mkdir()
    return Path(shutil.copy(_sample_file, tmp_path / "data" / "timewright.db"))
