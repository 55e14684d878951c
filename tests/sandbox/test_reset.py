"""A reset has the database to itself: it waits for what is under way, and what comes meanwhile waits for it."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from timewright import clock
from timewright.database import Database, file_url
from timewright.sandbox.app import Sandbox
from timewright.sandbox.held_clock import HeldClock


class Scene:
    """A sandbox over a database whose copying, and an application whose answers, end when they are let."""

    def __init__(self, database: Database, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[str] = []
        self.copying, self.copied = threading.Event(), threading.Event()
        self.answered = asyncio.Event()
        put_back = database.copy_from

        def copy_from(path: Path) -> None:
            self.copying.set()
            assert self.copied.wait(10)
            put_back(path)
            self.seen.append("reset")

        monkeypatch.setattr(database, "copy_from", copy_from)
        monkeypatch.setattr(clock, "_source", clock._source)
        self.app = Sandbox(self.inner, database, kept, HeldClock(datetime(2026, 1, 1, tzinfo=UTC)), {})

    async def inner(self, *_: object) -> None:
        self.seen.append("begun")
        await self.answered.wait()
        self.seen.append("answered")

    def asking(self, method: str, path: str) -> asyncio.Task[None]:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b""}

        async def send(_: object) -> None:
            pass

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(b"host", b"localhost")],
            "query_string": b"",
        }
        return asyncio.create_task(self.app(scope, receive, send))


async def everything_else() -> None:
    """Let whatever can go on go on."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
def database(sample: Path, tmp_path: Path):
    database = Database(file_url(sample))
    database.copy_to(tmp_path / "kept", lambda *_: None)
    yield database
    database.close()


def test_a_reset_waits_for_what_is_under_way(database, tmp_path, monkeypatch):
    async def play():
        scene = Scene(database, tmp_path / "kept", monkeypatch)
        scene.copied.set()
        asking = scene.asking("GET", "/api/v1/users")
        await everything_else()
        resetting = scene.asking("POST", "/sandbox/reset")
        await everything_else()
        assert (scene.seen, scene.copying.is_set()) == (["begun"], False)
        scene.answered.set()
        await asyncio.gather(asking, resetting)
        assert scene.seen == ["begun", "answered", "reset"]

    asyncio.run(play())


def test_what_comes_during_a_reset_waits_for_it(database, tmp_path, monkeypatch):
    async def play():
        scene = Scene(database, tmp_path / "kept", monkeypatch)
        scene.answered.set()
        resetting = scene.asking("POST", "/sandbox/reset")
        assert await asyncio.to_thread(scene.copying.wait, 30)
        asking = scene.asking("GET", "/api/v1/users")
        await everything_else()
        assert scene.seen == []
        scene.copied.set()
        await asyncio.gather(asking, resetting)
        assert scene.seen == ["reset", "begun", "answered"]

    asyncio.run(play())
