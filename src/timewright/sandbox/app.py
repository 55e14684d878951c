"""The application of the sandbox: the server's, with faults before it, a recording beside it, and `/sandbox`.

`/sandbox` takes no token: whoever reaches it, on this machine alone, holds the time and the state in hand.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from timewright import clock
from timewright.api.app import BASE, new_request_id, refusal_response
from timewright.database import CannotOpen, Database
from timewright.errors import Forbidden, NotFound, Refusal, Unavailable, Unreadable
from timewright.sandbox.connection import CUT
from timewright.sandbox.faults import Fault, Faults
from timewright.sandbox.held_clock import HeldClock
from timewright.sandbox.recording import Recorded, Recording, take_body

PATH = "/sandbox"

MOST_BODY_BYTES = 64 * 1024
"""The longest body that is read below `/sandbox`."""

FIRST_INSTANT, LAST_INSTANT = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Between which instants the clock can be set: on such days time can be logged."""

_SUFFIXES = ("/", ".json")


_HOSTS = re.compile(rb"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?", re.ASCII | re.IGNORECASE)


def _comes_from_a_page(scope: Scope) -> bool:
    """Whether a browser sends it for a page, or for a name that a page has pointed to this machine."""
    headers = dict(scope["headers"])
    return b"origin" in headers or b"sec-fetch-site" in headers or not _HOSTS.fullmatch(headers.get(b"host", b""))


class Sandbox:
    """The application. `kept` is the seeded state, a copy of the database; `tokens` those of the sample account."""

    def __init__(
        self, inner: ASGIApp, database: Database, kept: Path, held: HeldClock, tokens: Mapping[str, str]
    ) -> None:
        self._inner = inner
        self._database = database
        self._kept = kept
        self._clock = held
        self._faults = Faults()
        self._recording = Recording(tokens)
        self._resets = 0
        self._under_way = 0
        self._resetting = asyncio.Lock()
        self._changed = asyncio.Condition()
        self._offered: dict[tuple[str, str], Callable[[bytes], Awaitable[Any]]] = {
            ("POST", "/reset"): self._reset,
            ("GET", "/clock"): self._time,
            ("PUT", "/clock"): self._set_time,
            ("POST", "/clock/advance"): self._advance,
            ("GET", "/faults"): self._ordered,
            ("POST", "/faults"): self._order,
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/requests"): self._recorded,
            ("DELETE", "/requests"): self._clear_requests,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer below `/sandbox`, or pass on."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
        elif scope["path"] == PATH or scope["path"].startswith(f"{PATH}/"):
            await self._steered(scope, receive, send)
        else:
            await self._served(scope, receive, send)

    # Serving ---------------------------------------------------------------------------------------

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(BASE)
        for suffix in _SUFFIXES:
            path = path.removesuffix(suffix)
        fault, resets = self._faults.meeting(scope["method"], path), self._resets
        recorded = self._recording.begin(scope, path, _written(clock.now()), fault.kind if fault else None)
        if fault is None:
            await self._carried_out(scope, _Heard(receive, recorded), _told(send, recorded))
        elif fault.kind == "drop":
            scope[CUT]()
        elif fault.kind == "lose_answer":
            await self._carried_out(scope, _Heard(receive, recorded), _told(_nowhere, recorded))
            scope[CUT]()
        elif fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            if resets != self._resets:
                # It belongs to a state that is no more.
                scope[CUT]()
                return
            await self._carried_out(scope, _Heard(receive, recorded), _told(send, recorded))
        else:
            await _refused(fault, _Heard(receive, recorded), _told(send, recorded))

    async def _carried_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._resetting.locked())
            self._under_way += 1
        try:
            await self._inner(scope, receive, send)
        finally:
            async with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    # Steering --------------------------------------------------------------------------------------

    async def _steered(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            offered = self._offered.get((scope["method"], scope["path"].removeprefix(PATH).removesuffix("/")))
            if offered is None:
                raise NotFound
            if _comes_from_a_page(scope):
                raise Forbidden("The sandbox is not steered by web pages.")
            answer = await offered(await _body(receive, MOST_BODY_BYTES))
        except Refusal as refusal:
            await refusal_response(refusal)(scope, receive, send)
            return
        except CannotOpen as error:
            await refusal_response(Refusal(str(error)))(scope, receive, send)
            return
        except msgspec.ValidationError as error:
            await refusal_response(Unreadable(f"The order cannot be read: {error}."))(scope, receive, send)
            return
        except msgspec.DecodeError:
            await refusal_response(Unreadable("The order is not JSON."))(scope, receive, send)
            return
        content = b"" if answer is None else msgspec.json.encode(answer)
        await _answer(send, 204 if answer is None else 200, content)

    async def _reset(self, _: bytes) -> None:
        """The seeded state again, once what is under way is done; nothing else begins meanwhile."""
        try:
            async with self._resetting:
                async with self._changed:
                    await self._changed.wait_for(lambda: not self._under_way)
                self._resets += 1
                await asyncio.to_thread(self._database.copy_from, self._kept)
                self._clock.now = self._clock.start
                self._faults.clear()
                self._recording.clear()
        finally:
            async with self._changed:
                self._changed.notify_all()

    async def _time(self, _: bytes) -> _Time:
        return _Time(now=self._clock.now)

    async def _set_time(self, body: bytes) -> _Time:
        return self._at(msgspec.json.decode(body, type=_Time).now)

    async def _advance(self, body: bytes) -> _Time:
        seconds = msgspec.json.decode(body, type=_Advance).seconds
        return self._at(self._clock.now + timedelta(seconds=seconds))

    def _at(self, instant: datetime) -> _Time:
        if not FIRST_INSTANT <= instant <= LAST_INSTANT:
            raise Unreadable("The clock can be set to an instant from 1990 to 2100.")
        self._clock.now = instant.astimezone(UTC)
        return _Time(now=self._clock.now)

    async def _ordered(self, _: bytes) -> Any:
        return {"faults": self._faults.ordered}

    async def _order(self, body: bytes) -> Any:
        return self._faults.order(msgspec.json.decode(body, type=Fault))

    async def _clear_faults(self, _: bytes) -> None:
        self._faults.clear()

    async def _recorded(self, _: bytes) -> Any:
        return {"requests": list(self._recording.requests)}

    async def _clear_requests(self, _: bytes) -> None:
        self._recording.clear()


class _Time(msgspec.Struct, forbid_unknown_fields=True):
    now: Annotated[datetime, msgspec.Meta(tz=True)]


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Annotated[float, msgspec.Meta(ge=-3.2e9, le=3.2e9)]


def _written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


# Around a request -----------------------------------------------------------------------------------


class _Heard:
    """The request as it is read, taken down."""

    def __init__(self, receive: Receive, recorded: Recorded) -> None:
        self._receive = receive
        self._recorded = recorded
        self._body = bytearray()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                take_body(self._recorded, bytes(self._body))
        return message


def _told(send: Send, recorded: Recorded) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            recorded.status = message["status"]
            named = dict(message.get("headers", ()))
            recorded.request_id = named.get(b"x-request-id", b"").decode() or None
        await send(message)

    return tell


async def _nowhere(_: Message) -> None:
    """Where an answer goes that is lost."""


async def _refused(fault: Fault, receive: Receive, send: Send) -> None:
    wait = str(fault.retry_after_seconds)
    await _body(receive)
    if fault.kind == "unavailable":
        content = msgspec.json.encode({"errors": Unavailable().errors()})
        await _answer(send, 503, content, {"retry-after": wait})
        return
    # The limits of the server's own answer (decisions A, 429) count requests; here there is nothing to count.
    told = {"retry-after": wait, "ratelimit-limit": "1", "ratelimit-remaining": "0", "ratelimit-reset": wait}
    error = {"type": "rate_limit", "message": "There were too many requests. Please wait and send it again."}
    await _answer(send, 429, msgspec.json.encode({"errors": [error]}), told)


async def _answer(send: Send, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
    named = {"x-request-id": new_request_id(), "cache-control": "no-store", **(headers or {})}
    if status != 204:
        named |= {"content-type": "application/json; charset=utf-8", "content-length": str(len(content))}
    lines = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": content})


async def _body(receive: Receive, most: int | None = None) -> bytes:
    whole = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return whole
        whole += cast("bytes", message.get("body", b""))
        if most is not None and len(whole) > most:
            raise Unreadable("The order is too long.")
        if not message.get("more_body"):
            return whole
