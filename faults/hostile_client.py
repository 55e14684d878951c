"""The client of the hostile load, a process of its own: sends requests of the grammar over a few connections,
checks every answer, and tells on standard output what it saw.

Told, one JSON object a line: `warm` once a tenth is answered, `wrong` for an answer that should not be, `stored`
for each write that was acknowledged, `deleted` for each delete that was, and `done` with the counts. The ids of all
requests go into a file.
"""

import asyncio
import gzip
import hashlib
import json
import re
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any, TextIO

import uvloop
from msgspec import UNSET

from faults.hostile_answers import Envelopes, OffSchema, check_refusal
from faults.hostile_requests import Grammar, Ground, Request
from faults.hostile_values import ECHO, OF_THE_HOUSE, OF_THE_OTHERS

CONNECTIONS = 12
MOST_AT_ONCE = 6
"""How many requests are sent one behind the other on a connection; one, when the server may close after it."""

SILENCE_SECONDS = 20
MOST_WRONG = 50
"""How many wrong answers of a kind are told one by one, and of how many kinds; all are counted."""

_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n", re.IGNORECASE)
_REQUEST_ID = re.compile(rb"\r\nx-request-id: ([0-9a-f]{32})\r\n", re.IGNORECASE)
_CANARY = b"canary-7f3a"
_OTHERS = re.compile(
    rb"canary-7f3a (?:otto's|Other|Otto|role|place|payroll|field|pick|choice|project|task|tag|line [0-9]|said|spent"
    rb"|week|entry|theirs|bill)"
)
_HIDDEN = re.compile(_OTHERS.pattern + rb"|canary-7f3a (?:Hidden|hidden|secret|ref|word|line|story|code|told)")
_ANY = re.compile(_CANARY)
_ANY_BUT_OF_CLIENTS = re.compile(_CANARY + rb"(?! noted of a client)")

UNSEEN: dict[str | None, re.Pattern[bytes]] = {
    None: re.compile(_CANARY + b"|" + OF_THE_HOUSE.encode()),
    "kim": _ANY_BUT_OF_CLIENTS,
    "reader": _ANY_BUT_OF_CLIENTS,
    "cleo": _ANY,
    "lee": _HIDDEN,
    "ada": _OTHERS,
    "vera": re.compile(_OTHERS.pattern + rb"|canary-7f3a told"),
    "nora": re.compile(_OTHERS.pattern + rb"|canary-7f3a told"),
    "otto": re.compile(
        OF_THE_HOUSE.encode()
        + rb'|canary-7f3a (?:Hidden|hidden|secret|ref|of|money|word|line"|story|code|told|noted|group)'
    ),
}
"""What nobody may be shown, by part of the cast: the canaries of those out of their sight."""

assert OF_THE_OTHERS.startswith(_CANARY.decode())


class Run:
    """One run: hands out requests, takes answers."""

    def __init__(self, port: int, grammar: Grammar, count: int, told: TextIO, ids: Path) -> None:
        self.port, self._grammar, self._count, self._told = port, grammar, count, told
        self._number, self.answered, self._ids = 0, 0, ids.open("wb")
        self.statuses: Counter[str] = Counter()
        self.wrong = 0
        self._complaints: Counter[str] = Counter()
        self._envelopes = Envelopes()
        self._known: set[tuple[int, bytes]] = set()
        self._kept_back: Request | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next(self) -> list[Request]:
        """The requests that a connection sends now; none when all were handed out."""
        burst: list[Request] = []
        while len(burst) < MOST_AT_ONCE:
            request = self._kept_back or self._make()
            self._kept_back = None
            if request is None:
                break
            if request.alone and burst:
                self._kept_back = request
                break
            burst.append(request)
            if request.alone:
                break
        return burst

    def _make(self) -> Request | None:
        if self._number >= self._count:
            return None
        self._number += 1
        return self._grammar.request(self._number - 1)

    def unanswered(self, request: Request, why: str) -> None:
        """A request got no answer."""
        self._complain(request, why, b"")
        self._count_one("none")

    def fail(self, error: Exception) -> None:
        """End the run: it is the client that is broken, or the server is gone."""
        if not self.done.done():
            self.done.set_exception(error)

    def closed(self, request: Request, answer: bytes) -> None:
        """The server closed the connection after a request that gave it no reason."""
        self._complain(request, "closed without a reason", answer)

    def answer(self, request: Request, status: int, head: bytes, body: bytes) -> None:
        """Check an answer."""
        try:
            self._check(request, status, head, body)
        except OffSchema as why:
            self._complain(request, str(why), head + body)
        except Exception as error:
            self.fail(error)
        name = _REQUEST_ID.search(head) if status == 204 else None
        if name:
            self._tell("deleted", request_id=name[1].decode())
        self._count_one(str(status))

    def _check(self, request: Request, status: int, head: bytes, body: bytes) -> None:
        found = _REQUEST_ID.search(head)
        if found is None:
            raise OffSchema("no request id")
        if not request.raw_http:
            self._ids.write(bytes.fromhex(found[1].decode()))
        unseen = UNSEEN[request.part].search(body) or UNSEEN[request.part].search(head)
        if unseen:
            raise OffSchema(f"shows {unseen[0].decode()} to {request.part}")
        is_empty = status == 204 and request.method == "DELETE" and not body
        if not is_empty and b"\r\ncontent-type: application/json" not in head:
            raise OffSchema("not told as JSON")
        if status in {409, 503} and b"\r\nretry-after: " not in head.lower():
            raise OffSchema(f"a {status} that does not say when to come again")
        if status == 401 and b"\r\nwww-authenticate: Bearer " not in head.replace(
            b"WWW-Authenticate", b"www-authenticate"
        ):
            raise OffSchema("a 401 that does not say what is asked for")
        if request.method == "HEAD" or is_empty:
            return
        if status == 200:
            self._check_success(request, head, body, found[1].decode())
        elif (status, body) not in self._known:
            if b"/readyz" in request.raw[:20]:
                return
            check_refusal(status, body, echo=ECHO)
            if len(self._known) < 50_000:
                self._known.add((status, body))

    def _check_success(self, request: Request, head: bytes, body: bytes, request_id: str) -> None:
        if request.raw.startswith((b"GET /healthz", b"GET /readyz")):
            if body != b'{"status":"ok"}':
                raise OffSchema("not well")
            return
        if request.part is None:
            raise OffSchema("served to nobody")
        answer = self._envelopes.check(body, request.asked)
        is_replay = b"\r\nidempotency-replayed: true\r\n" in head.lower()
        if is_replay and not request.is_keyed:
            raise OffSchema("a replay without a key")
        if request.method == "POST":
            self._stored(request, answer, request_id, is_replay=is_replay)

    def _stored(self, request: Request, answer: Any, request_id: str, *, is_replay: bool) -> None:
        ids = [result.id for result in answer.results]
        if answer.meta.created_ids is not UNSET and sorted(answer.meta.created_ids) != sorted(ids):
            raise OffSchema("the created ids are not the results")
        entries = {
            id_: [
                entry.workspace_id,
                entry.user_id,
                entry.story_id,
                entry.date_performed,
                entry.time_in_minutes,
                entry.billable,
                digest(entry.notes),
            ]
            for id_, entry in ((id_, answer.time_entries[id_]) for id_ in ids)
        }
        self._tell("stored", part=request.part, request_id=request_id, is_replay=is_replay, entries=entries)

    def _complain(self, request: Request, why: str, answer: bytes) -> None:
        self.wrong += 1
        self._complaints[why] += 1
        if self._complaints[why] <= MOST_WRONG and len(self._complaints) <= MOST_WRONG:
            sent, got = (each[:600].decode("latin-1") for each in (request.raw, answer))
            self._tell("wrong", number=request.number, part=request.part, why=why, sent=sent, got=got)

    def _count_one(self, status: str) -> None:
        self.statuses[status] += 1
        self.answered += 1
        if self.answered == max(1, self._count // 10):
            self._tell("warm")
        if self.answered == self._count and not self.done.done():
            self._ids.close()
            self.done.set_result(None)

    def _tell(self, word: str, **more: Any) -> None:
        self._told.write(json.dumps({"word": word, **more}) + "\n")
        if word not in {"stored", "deleted"}:
            self._told.flush()

    def tell_done(self, seconds: float) -> None:
        """The last line."""
        self._tell("done", statuses=self.statuses, wrong=self.wrong, seconds=seconds)


def digest(notes: str | None) -> str | None:
    """A short name for a text."""
    return None if notes is None else hashlib.blake2b(notes.encode(), digest_size=8).hexdigest()


class Connection(asyncio.Protocol):
    """A connection that sends, takes the answers in order, and is opened again when the server closed it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: deque[Request] = deque()
        self._read = bytearray()
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._closing = False

    def connection_made(self, transport: Any) -> None:
        self._transport, self._closing = transport, False
        self._read.clear()
        self._send()

    def _send(self) -> None:
        try:
            self._waiting.extend(self._run.next())
        except Exception as error:
            self._run.fail(error)
        if self._transport and self._waiting:
            self._transport.write(b"".join([request.raw for request in self._waiting]))
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(SILENCE_SECONDS, self._lose, f"no answer in {SILENCE_SECONDS} s")

    def _lose(self, why: str) -> None:
        while self._waiting:
            self._run.unanswered(self._waiting.popleft(), why)
        self._closing = True
        if self._transport:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._read += data
        while self._read and not self._closing:
            end = self._read.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._read[: end + 4])
            status = int(head[9:12]) if head.startswith(b"HTTP/1.1 ") and head[9:12].isdigit() else 0
            if status // 100 == 1:
                del self._read[: len(head)]
                continue
            length = _LENGTH.search(head)
            if not self._waiting or status == 0 or (length is None and status != 204):
                self._lose("bytes that are no answer")
                return
            size = 0 if self._waiting[0].method == "HEAD" or length is None else int(length[1])
            if len(self._read) < len(head) + size:
                return
            body = bytes(self._read[len(head) : len(head) + size])
            del self._read[: len(head) + size]
            if body and b"\r\ncontent-encoding: gzip\r\n" in head:
                body = gzip.decompress(body)
            self._take(status, head, body)

    def _take(self, status: int, head: bytes, body: bytes) -> None:
        request = self._waiting.popleft()
        self._run.answer(request, status, head, body)
        closes = b"\r\nconnection: close\r\n" in head.lower()
        if closes and not request.alone:
            self._run.closed(request, head + body)
        if request.raw_http or closes:
            self._closing = True
            if self._transport:
                self._transport.close()
        elif not self._waiting:
            if self._watch:
                self._watch.cancel()
            self._send()

    def connection_lost(self, _: Exception | None) -> None:
        if self._watch:
            self._watch.cancel()
        while self._waiting:
            self._run.unanswered(self._waiting.popleft(), "the connection was closed before the answer")
        self._transport = None
        if not self._run.done.done():
            self._opening = asyncio.ensure_future(opened(self._run, self))


async def opened(run: Run, connection: Connection) -> None:
    """Open a connection to the server; without one the run ends."""
    try:
        await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", run.port)
    except OSError as error:
        run.fail(error)


async def main(port: str, seed: str, count: str, ground: str, ids: str) -> None:
    """Send so many requests and tell what came of them."""
    run = Run(int(port), Grammar(Ground(**json.loads(ground)), int(seed)), int(count), sys.stdout, Path(ids))
    begun = time.monotonic()
    await asyncio.gather(*(opened(run, Connection(run)) for _ in range(CONNECTIONS)))
    await run.done
    run.tell_done(time.monotonic() - begun)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
