"""A server in a process of its own, and bytes sent to it as they are."""

import asyncio
import contextlib
import json
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from faults import serving
from timewright import tables as t
from timewright.database import Database

PAUSE_SECONDS = 0.05
"""Between the parts of what is sent, so that they arrive as parts."""


@dataclass(frozen=True)
class Answer:
    """One answer: its status, its headers by lower-case name, and its body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> Any:
        """The one error of a refusal."""
        (error,) = json.loads(self.body)["errors"]
        return error


@dataclass(frozen=True)
class Heard:
    """What came back until the server closed: the answers, what was no whole answer, and after how long."""

    answers: tuple[Answer, ...]
    rest: bytes
    seconds: float

    @property
    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answers]


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    port: int
    token: str
    workspace_id: int
    pid: int

    def head(self, line: str = "GET /healthz HTTP/1.1", *headers: str) -> bytes:
        """A head with a Host and these headers."""
        return "".join(f"{each}\r\n" for each in (line, "Host: x", *headers, "")).encode()

    def entry(self, notes: str) -> bytes:
        """The body that logs time."""
        members = {"workspace_id": self.workspace_id, "date_performed": "2026-02-02", "time_in_minutes": 30}
        return json.dumps({"time_entry": {**members, "notes": notes}}).encode()

    def post(self, body: bytes, *headers: str) -> bytes:
        """A whole request that logs time; with a Content-Length unless the headers say otherwise."""
        more = headers or (f"Content-Length: {len(body)}",)
        bearer, kind = f"Authorization: Bearer {self.token}", "Content-Type: application/json"
        return self.head("POST /api/v1/time_entries HTTP/1.1", bearer, kind, *more) + body

    def notes(self) -> list[str]:
        """The notes of every stored entry that has some."""
        database = Database(self.url)
        try:
            with database.read() as tx:
                return [row["notes"] for row in tx.rows(sa.select(t.time_entries.c.notes)) if row["notes"]]
        finally:
            database.close()

    def descriptors(self) -> int:
        """How many files and sockets the server has open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def open_limits(self) -> tuple[int, int]:
        """How many it may have open: the limit, and how far it may be raised."""
        return resource.prlimit(self.pid, resource.RLIMIT_NOFILE)

    def may_open(self, count: int) -> None:
        """Let it have no more than so many open from now on."""
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (count, count))

    def ask(self, *parts: bytes, **how: Any) -> Heard:
        """Send the parts and hear until the server closes."""
        return asyncio.run(self.heard(parts, **how))

    async def heard(self, parts: Sequence[bytes], seconds: float = 15, address: str = "127.0.0.1") -> Heard:
        """Send the parts and hear until the server closes; `TimeoutError` when it does not."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        sending = asyncio.create_task(_send(writer, parts))
        content = bytearray()
        try:
            async with asyncio.timeout(seconds):
                with contextlib.suppress(ConnectionError):
                    while some := await reader.read(65_536):
                        content += some
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        answers, rest = parsed(bytes(content))
        return Heard(answers, rest, loop.time() - begun)


async def _send(writer: asyncio.StreamWriter, parts: Sequence[bytes]) -> None:
    with contextlib.suppress(ConnectionError):
        for number, part in enumerate(parts):
            if number:
                await asyncio.sleep(PAUSE_SECONDS)
            writer.write(part)
            await writer.drain()


def parsed(content: bytes) -> tuple[tuple[Answer, ...], bytes]:
    """The answers that a client reads one after the other, interim ones left out, and what is left."""
    answers = []
    while b"\r\n\r\n" in content:
        top, _, after = content.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(after) < length:
            break
        status = int(first.split(" ")[1])
        if status >= 200:
            answers.append(Answer(status, headers, after[:length]))
        content = after[length:]
    return tuple(answers), content


@contextlib.contextmanager
def served(folder: Path, **settings: Any) -> Iterator[Served]:
    """A server with sample data and these settings."""
    url, token, workspace_id = serving.prepared(folder)
    port = serving.free_port()
    environment = {f"TIMEWRIGHT_{name.upper()}": str(value) for name, value in settings.items()}
    process, _ = serving.started(url, port, folder / "server.log", environment=environment)
    try:
        yield Served(url, port, token, workspace_id, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(15)
        finally:
            process.kill()
            process.wait()
