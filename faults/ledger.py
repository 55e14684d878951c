"""The ledger: clients in a process of their own that log time without end and write down what they were told.

`sent KEY COUNT` is written before a request goes out, `kept KEY ID…` only after a whole 200. A client that
meets an outage sends the same request under the same key again, for ever. The ledger outlives every death of
the server.

A 503 `unavailable` says that nothing was stored. A client that insists sends again; one that believes writes
`unstored KEY` and never sends that request again, so that a row under that key is a ghost. It believes only
when every answer to that key was `unavailable`: after an outage, an earlier sending may have been stored.
"""

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any, NamedTuple

PAUSE = 0.02
"""Seconds before a request is sent again, or after one was given up."""

MODES = ("insist", "believe", "script")
"""What to do about `unavailable`. `script` believes, sends `SCRIPT` once and ends at the first refusal."""

SCRIPT = (1, 5, 1, 100, 1)
"""How many entries the requests of a script hold."""


class Ledger:
    """An append-only file of what was sent and what was acknowledged."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

    def write(self, *words: str) -> None:
        self._file.write(" ".join(words) + "\n")

    def close(self) -> None:
        self._file.close()


class Answer(NamedTuple):
    """A whole answer: its status, its headers by name in small letters, its JSON."""

    status: int
    headers: dict[str, str]
    body: Any


async def request(port: int, token: str, key: str, body: bytes) -> Answer:
    """One POST on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = (
            f"POST /api/v1/time_entries HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
    top, _, content = answer.partition(b"\r\n\r\n")
    lines = top.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if len(content) != int(headers.get("content-length", -1)):
        raise ConnectionError("the answer was cut off")
    return Answer(int(lines[0].split(" ", 2)[1]), headers, json.loads(content))


def minutes(key: str) -> int:
    """The minutes that a key's entries hold."""
    return 1 + int(key[:4], 16) % 1440


def content(workspace_id: int, key: str, count: int) -> bytes:
    """A request that logs so many entries which can be known by their key."""
    entry = {
        "workspace_id": workspace_id,
        "date_performed": "2026-02-02",
        "time_in_minutes": minutes(key),
        "notes": key,
    }
    return json.dumps({"time_entry": entry} if count == 1 else {"time_entries": [entry] * count}).encode()


def size(turn: int) -> int:
    """How many entries a request holds: one in four is a bulk of five, one in sixteen a bulk of a hundred."""
    if turn % 16 == 0:
        return 100
    return 5 if turn % 4 == 0 else 1


class Client:
    """One client of the ledger."""

    def __init__(self, ledger: Ledger, port: int, token: str, workspace_id: int, *, believes: bool) -> None:
        self._ledger, self._port, self._token, self._workspace_id = ledger, port, token, workspace_id
        self._believes = believes

    async def log(self, count: int) -> bool:
        """Log so many entries in one request; whether they were stored."""
        key, may_be_stored = uuid.uuid4().hex, False
        body = content(self._workspace_id, key, count)
        self._ledger.write("sent", key, str(count))
        while True:
            try:
                answer = await request(self._port, self._token, key, body)
            except (OSError, ValueError, IndexError, TimeoutError):
                self._ledger.write("outage", key)
                may_be_stored = True
                await asyncio.sleep(PAUSE)
                continue
            if answer.status == 200:
                self._ledger.write("kept", key, *(each["id"] for each in answer.body["results"]))
                return True
            kind = answer.body["errors"][0]["type"]
            lack = () if "retry-after" in answer.headers else ("without-Retry-After",)
            self._ledger.write("refused", key, str(answer.status), kind, *lack)
            if answer.status not in {409, 503}:
                return False
            if kind != "unavailable":
                may_be_stored = True
            elif self._believes and not may_be_stored:
                self._ledger.write("unstored", key)
                await asyncio.sleep(PAUSE)
                return False
            await asyncio.sleep(PAUSE)

    async def go_on(self, number: int) -> None:
        """Log time without end."""
        turn = number
        while True:
            turn += 1
            await self.log(size(turn))

    async def follow(self) -> None:
        """Send the script, to its end or to the first refusal."""
        for count in SCRIPT:
            if not await self.log(count):
                return


async def main(path: str, port: str, token: str, workspace_id: str, clients: str, mode: str = "insist") -> None:
    """Run the clients until the process is ended, or the script."""
    ledger = Ledger(Path(path))
    all_ = [Client(ledger, int(port), token, int(workspace_id), believes=mode != "insist") for _ in range(int(clients))]
    await asyncio.gather(
        *(each.follow() if mode == "script" else each.go_on(number) for number, each in enumerate(all_))
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
