"""The databases that tests run on: SQLite files, and databases of a PostgreSQL cluster of the tests' own.

A test gets a copy of a template, so that it starts from a known state and leaves nothing behind.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from timewright import migrations
from timewright.database import Database

Fill = Callable[[Database], None]


class SqliteEngine:
    """Databases as files in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._templates: dict[str, Path] = {}

    def url(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.sqlite"

    @contextlib.contextmanager
    def copy(self, template: str, fill: Fill) -> Iterator[Database]:
        """A fresh database like the template, which is made the first time by `fill`."""
        if template not in self._templates:
            self._templates[template] = self._folder / f"{template}.template"
            first = Database(self.url(template))
            migrations.upgrade(first)
            fill(first)
            first.close()
            shutil.move(self._folder / f"{template}.sqlite", self._templates[template])
        name = f"{template}-{next(self._numbers)}"
        shutil.copyfile(self._templates[template], self._folder / f"{name}.sqlite")
        database = Database(self.url(name))
        try:
            yield database
        finally:
            database.close()
            for left in self._folder.glob(f"{name}.sqlite*"):
                left.unlink()

    @contextlib.contextmanager
    def bare(self) -> Iterator[Database]:
        """A database in which nothing is, not even a table."""
        database = Database(self.url(f"bare-{next(self._numbers)}"))
        try:
            yield database
        finally:
            database.close()

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class PostgresEngine:
    """Databases of a cluster that is started for the tests, as an unprivileged user, on a free port."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _programs()
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._numbers = itertools.count()
        self._templates: set[str] = set()
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-N", "--no-instructions")
        options = f"-p {self._port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self._run("pg_ctl", "-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o", options, "start")
        self._server = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/{name}"

    @contextlib.contextmanager
    def copy(self, template: str, fill: Fill) -> Iterator[Database]:
        """A fresh database like the template, which is made the first time by `fill`."""
        if template not in self._templates:
            self._statement(f"CREATE DATABASE {template}")
            first = Database(self.url(template))
            migrations.upgrade(first)
            fill(first)
            first.close()
            self._templates.add(template)
        name = f"{template}_{next(self._numbers)}"
        self._statement(f"CREATE DATABASE {name} TEMPLATE {template}")
        database = Database(self.url(name))
        try:
            yield database
        finally:
            database.close()
            self._statement(f"DROP DATABASE {name} WITH (FORCE)")

    @contextlib.contextmanager
    def bare(self) -> Iterator[Database]:
        """A database in which nothing is, not even a table."""
        name = f"bare_{next(self._numbers)}"
        self._statement(f"CREATE DATABASE {name}")
        database = Database(self.url(name))
        try:
            yield database
        finally:
            database.close()
            self._statement(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._server.dispose()
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _statement(self, text: str) -> None:
        with self._server.connect() as connection:
            connection.execute(sa.text(text))

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, user=self._user, cwd=self._folder, check=True, stdout=subprocess.DEVNULL)


Engine = SqliteEngine | PostgresEngine
KINDS: dict[str, Callable[[Path], Engine]] = {"sqlite": SqliteEngine, "postgresql": PostgresEngine}


def start(name: str) -> Engine:
    """An engine of this name in a folder of its own."""
    return KINDS[name](Path(tempfile.mkdtemp(prefix=f"timewright-{name}-")))


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    raise RuntimeError(
        "PostgreSQL's server programs are needed for the tests: run 'make test-needs' (Debian: postgresql)."
    )
