"""HTTP connections: uvicorn's protocol, with an end to everything that a client can send, hold or leave waiting.

A connection reads messages one after the other: it awaits a message (`QUIET`), is in its headers (`HEAD`) or in
its body (`BODY`). Each state has a deadline. Nothing is timed by itself: one sweep over all connections, about
once a second, ends what is late, so that a request costs a look at the clock and no timer.

What is refused here gets an answer in the wire's shape and the connection is closed: no more is read as HTTP.
So that the answer is not lost, what the client still sends is thrown away for a short while first.

Long because the states of a connection and all that ends it are read in one sitting.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import httptools
import msgspec
import structlog
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from timewright import clock
from timewright.api.app import new_request_id
from timewright.errors import HeadersTooLarge, Refusal, TooSlow, Unavailable, Unreadable, UriTooLong
from timewright.settings import Settings

LINGER_SECONDS = 5.0
"""How long a client may go on sending after the last answer; it is not read as HTTP."""

STOPPING_SECONDS = 3.0
"""How long the rest of a body may still take once the server was told to stop."""

MOST_PIPELINED = 32
"""How many requests wait on one connection for an earlier one; the last of them ends the connection."""

TURNED_AWAY_AT_ONCE = 100
"""How many connections above the limit are told so at a time; further ones are closed without a word."""

AT_A_TIME = 50
"""How many late connections are ended before others get their turn."""

IN_ONE_WRITE_BYTES = 64 * 1024
"""A shorter body goes out with its head: as one packet where it fits into one, and by one call of the system."""

QUIET, HEAD, BODY = range(3)

_WATCHED = frozenset({b"host", b"expect", b"transfer-encoding"})
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*+")

log = structlog.get_logger(__name__)


class Connections:
    """What the connections of a server share: the limits, how many there are, and the sweep that ends late ones.

    `most` is how many there may be, at most as many as the process may have open.
    """

    def __init__(self, limits: Settings, most: int) -> None:
        self.limits = limits
        self.most = most
        self.most_head_bytes = limits.most_address_bytes + limits.most_header_bytes
        deadlines = (limits.header_seconds, limits.body_grace_seconds, limits.idle_seconds, limits.write_seconds)
        self.sweep_seconds = min(1.0, min(deadlines) / 4)
        self._by_address: Counter[str | bytes] = Counter()

    def opened(self, address: str | bytes) -> bool:
        """Count a connection; whether its address has no more than it may have."""
        self._by_address[address] += 1
        return self._by_address[address] <= self.limits.most_connections_per_address

    def closed(self, address: str | bytes) -> None:
        """Count a connection no more."""
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    async def watch(self, connections: Iterable[Any]) -> None:
        """End what is late, for ever. `connections` is the server's set of open ones."""
        while True:
            await asyncio.sleep(self.sweep_seconds)
            await self.sweep(connections)

    async def sweep(self, connections: Iterable[Any]) -> None:
        """End what is late now, a few at a time."""
        now = clock.monotonic()
        late = [each for each in connections if each.due <= now or each.write_due <= now]
        for count, each in enumerate(late, start=1):
            try:
                each.overdue(now)
            except Exception:
                log.exception("connection_failed")
                each.cut()
            if count % AT_A_TIME == 0:
                await asyncio.sleep(0)


class Enough(Exception):
    """What follows is not read: raised through the parser, which stops there."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        shared: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._shared = shared
        self._limits = shared.limits
        self._awaited = QUIET
        self._is_deaf = self._is_lingering = self._is_stopping = False
        self._refusal: Refusal | None = None
        self._last_word: Refusal | None = None
        self._running: RequestResponseCycle | None = None
        self._address: str | bytes = ""
        # Deadlines, on the monotonic clock.
        self.due = self.write_due = math.inf
        self._stops_at = math.inf
        self._quiet_until = self._unsent_until = self._body_since = 0.0
        # What came so far of a head, of a body, of a body's framing, and after the end.
        self._head_bytes = self._body_bytes = self._framing_bytes = self._dropped_bytes = 0
        # How long the piece is that is being read, and how much of a piece may be of a head that was not counted.
        self._piece_bytes = self._uncounted_bytes = 0
        self._is_framing = self._is_timed = False
        self._unwritten_bytes: int | None = None
        # What the headers of the present message said.
        self._hosts = 0
        self._host: bytes | None = None
        self._encodings: tuple[bytes, ...] = ()
        self._keep_alive = True

    # Opening and closing ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or say that there are too many."""
        super().connection_made(transport)
        self._answering = _Answering(self, transport.close)
        self._ending = _Answering(self, self.linger)
        self._address = _network(self.client[0]) if self.client else ""
        self.due = self._quiet_until = clock.monotonic() + self._limits.header_seconds
        is_welcome = self._shared.opened(self._address)
        if len(self.connections) > self._shared.most + TURNED_AWAY_AT_ONCE:
            self._is_deaf = True
            self.cut()
        elif len(self.connections) > self._shared.most or not is_welcome:
            self._say(Unavailable("The server has too many open connections. Nothing was stored; please try again."))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, for whatever reason."""
        self.due = self.write_due = math.inf
        self._shared.closed(self._address)
        self._tell_running()
        self.pipeline.clear()
        super().connection_lost(exc)
        del self._answering, self._ending  # They and the connection hold each other.

    def cut(self) -> None:
        """End the connection at once, whatever was not sent."""
        self._tell_running()
        self.transport.abort()

    def _tell_running(self) -> None:
        """Tell the request under way that nobody hears it; uvicorn tells the one that came last."""
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()

    def shutdown(self) -> None:
        """Finish the request under way and take no other."""
        self._is_stopping = True
        if self._awaited == BODY:
            self._stops_at = clock.monotonic() + STOPPING_SECONDS
            self.due = min(self.due, self._stops_at)
        super().shutdown()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more. It may still listen (RFC 9112, 9.6): what it asked is answered, then it is the
        end. Answers whether the connection stays open.
        """
        cycle = self.cycle
        is_asking = cycle is not None and self._awaited == QUIET and not cycle.response_complete
        if is_asking:
            self._is_deaf, cycle.keep_alive = True, False
        return is_asking

    # Reading ---------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        if self._is_deaf:
            self._dropped_bytes += len(data)
            if self._dropped_bytes > self._limits.most_body_bytes:
                self.cut()
            return
        self._piece_bytes = len(data)
        if self._awaited == BODY:
            self._is_framing = True
        else:
            self._head_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            if not self._is_deaf:
                self._refuse(self._refusal or Unreadable("The request is not valid HTTP."))
            return
        if self._awaited != QUIET and not self._is_timed:
            self._start_timing()
        if self._awaited == BODY:
            self._framing_bytes = self._framing_bytes + len(data) if self._is_framing else 0
            if self._framing_bytes > self._limits.most_header_bytes:
                self._refuse(Unreadable("The framing of the request body is too long."))
        elif self._head_bytes > self._shared.most_head_bytes and not self._is_deaf:
            is_address = self._awaited == HEAD and not self.headers and len(self.url) > self._limits.most_address_bytes
            self._refuse(UriTooLong() if is_address else HeadersTooLarge())

    def _start_timing(self) -> None:
        """Something is awaited that did not come at once: most requests come whole and are never timed."""
        self._is_timed = True
        now = clock.monotonic()
        if self._awaited == HEAD:
            self.due = now + self._limits.header_seconds
        else:
            self._body_since, self.due = now, now + self._limits.body_grace_seconds

    def _feed(self, data: bytes) -> None:
        while True:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as reached:
                data = self._without_upgrade() + data[reached.args[0] :]
                self.parser = httptools.HttpRequestParser(self)

    def _without_upgrade(self) -> bytes:
        """The head of a request that asks for an upgrade, which is never taken up (RFC 9110, 7.8), without that.

        The parser takes what follows such a head for another protocol, although it is the body.
        """
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        return b"".join([*lines, b"\r\n"])

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if self._is_deaf:
            raise Enough
        super().on_message_begin()
        self._awaited, self._hosts, self._encodings = HEAD, 0, ()
        self._is_timed = self.cycle is None  # The first request has the time since the connection was made.

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or after the body a trailer, which is dropped."""
        if self._awaited == BODY:
            return
        name = name.lower()
        if name in _WATCHED:
            self._watch(name, value)
        self.headers.append((name, value))

    def _watch(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            # A host that is none counts as two.
            self._hosts += 1 if value == self._host or _HOST.fullmatch(value) else 2
            self._host = value
        elif name == b"transfer-encoding":
            self._encodings += (value.lower().rstrip(b" \t"),)
        elif value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """The headers are there: refuse what can be understood in two ways, else start the request."""
        self._refusal = self._misread()
        if self._refusal is not None:
            raise Enough
        if self.parser.should_upgrade():
            return
        super().on_headers_complete()
        cycle = self.cycle
        # An answer that is given before the whole body came ends the connection.
        self._keep_alive, cycle.keep_alive = cycle.keep_alive, False
        cycle.transport = self._ending  # type: ignore[assignment]
        self._awaited, self._body_bytes, self._framing_bytes, self._is_timed = BODY, 0, 0, False

    def _misread(self) -> Refusal | None:
        version = self.parser.get_http_version()
        if version not in {"1.1", "1.0"}:
            return Unreadable("The request is not one of HTTP/1.1.")
        if self.parser.should_upgrade() and self.parser.get_method() == b"CONNECT":
            return Unreadable("This server is no proxy.")
        if self._hosts > 1 or (version == "1.1" and not self._hosts):
            return Unreadable("The request must have one Host header.")
        if self._encodings and (self._encodings != (b"chunked",) or version == "1.0"):
            return Unreadable("The only transfer encoding that is read is chunked, once.")
        if len(self.headers) > self._limits.most_headers:
            return HeadersTooLarge()
        # Counted exactly only where the raw bytes, of which some may be the body's, are too many.
        if self._head_bytes + self._uncounted_bytes > self._limits.most_header_bytes:
            size = sum(len(name) + len(value) + 4 for name, value in self.headers)
            return HeadersTooLarge() if size > self._limits.most_header_bytes else None
        return None

    def on_chunk_header(self) -> None:
        """A chunk begins: its framing was no waste."""
        self._is_framing = False

    def on_body(self, body: bytes) -> None:
        """Some of a body."""
        self._is_framing = False
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is there."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._awaited, self._head_bytes, self.due = QUIET, 0, math.inf
        self._uncounted_bytes = self._piece_bytes
        cycle = self.cycle
        if self._is_stopping or not self._keep_alive or len(self.pipeline) >= MOST_PIPELINED:
            self._is_deaf = True
        elif not cycle.response_started:
            cycle.keep_alive = True
        if not cycle.response_started:
            cycle.transport = self._answering  # type: ignore[assignment]

    # Answering -------------------------------------------------------------------------------------

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    @property
    def is_answering(self) -> bool:
        """Whether the answer to the request under way has begun."""
        return self._running is not None and self._running.response_started

    def on_response_complete(self) -> None:
        """An answer was handed to the connection: go on with the next request, if there is one."""
        self._answering.end()
        self._ending.end()
        self.server_state.total_requests += 1
        if self._is_lingering:
            return
        now = clock.monotonic()
        if self.transport.is_closing():
            self.due = now + self._limits.write_seconds
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._last_word is not None:
            self._say(self._last_word)
        elif self._awaited == QUIET:
            self._quiet_until = now + self._limits.idle_seconds
            self._unsent_until = now + self._limits.write_seconds
            self.due = min(self._quiet_until, self._unsent_until)

    def pause_writing(self) -> None:
        """The client takes an answer slower than it is given."""
        super().pause_writing()
        # How much is left is only known when the system's own buffers are full: by the next sweep.
        self.write_due, self._unwritten_bytes = clock.monotonic(), None

    def resume_writing(self) -> None:
        """The client took most of it."""
        super().resume_writing()
        self.write_due = math.inf

    def _refuse(self, refusal: Refusal) -> None:
        """Read no further, and say why when the answers to earlier requests are given."""
        self._is_deaf = True
        self.due = math.inf
        cycle = self.cycle
        is_behind = bool(self.pipeline)
        if self._awaited == BODY:
            if cycle.response_started:
                self.cut()
                return
            # Whoever waits for the rest of the body learns that it will not come.
            cycle.disconnected = True
            cycle.message_event.set()
            if is_behind:
                self.pipeline.popleft()
        elif cycle is not None and not cycle.response_complete:
            is_behind = True
        if is_behind:
            self._last_word = refusal
        else:
            self._say(refusal)

    def _say(self, refusal: Refusal) -> None:
        content = msgspec.json.encode({"errors": refusal.errors()})
        request_id = new_request_id()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "content-length": str(len(content)),
            "x-request-id": request_id,
            "cache-control": "no-store",
            **refusal.headers,
            "connection": "close",
        }
        lines = [b"%b: %b\r\n" % each for each in self.server_state.default_headers]
        lines += [f"{name}: {value}\r\n".encode() for name, value in headers.items()]
        self.transport.write(b"".join([STATUS_LINE[refusal.status], *lines, b"\r\n", content]))
        log.info("refused", status=refusal.status, reason=refusal.message, request_id=request_id)
        self.linger()

    def linger(self) -> None:
        """Send no more, and throw away for a while what comes: a close on unread bytes would lose the answer."""
        if self._is_lingering or self.transport.is_closing():
            return
        self._is_deaf = self._is_lingering = True
        self.due = clock.monotonic() + LINGER_SECONDS
        self.flow.resume_reading()
        self.transport.write_eof()

    # Deadlines -------------------------------------------------------------------------------------

    def overdue(self, now: float) -> None:
        """A deadline passed: called by the sweep."""
        if self.write_due <= now:
            before, self._unwritten_bytes = self._unwritten_bytes, self.transport.get_write_buffer_size()
            least = self._limits.body_bytes_per_second * self._limits.write_seconds
            if before is not None and self._unwritten_bytes > before - least:
                self._give_up()
                return
            self.write_due = now + self._limits.write_seconds
        if self.due > now:
            return
        if self._is_lingering or self.transport.is_closing():
            self.cut()
        elif self._awaited == QUIET:
            self._was_quiet(now)
        elif self.flow.read_paused:
            # It is the server that does not read.
            self._body_since += self._shared.sweep_seconds
            self.due = now + self._shared.sweep_seconds
        elif self._awaited == HEAD or self._body_is_late(now):
            self._refuse(TooSlow())

    def _was_quiet(self, now: float) -> None:
        is_unsent = self.transport.get_write_buffer_size() > 0
        end = self._unsent_until if is_unsent else self._quiet_until
        if now < end:
            self.due = end
        elif is_unsent:
            self._give_up()
        else:
            self.transport.close()

    def _give_up(self) -> None:
        log.info("answer_not_taken", unsent_bytes=self.transport.get_write_buffer_size())
        self.cut()

    def _body_is_late(self, now: float) -> bool:
        if self.cycle.waiting_for_100_continue:
            # It was not told yet to send the body.
            self._body_since = now
        seconds = now - self._body_since
        wanted = self._limits.body_bytes_per_second * (seconds - self._limits.body_grace_seconds)
        is_over = seconds >= self._limits.body_seconds or now >= self._stops_at
        return is_over or self._body_bytes < wanted


class _Answering:
    """A connection as an answer sees it: the head waits for the body, so that a small answer is one write (decisions
    D9). `close` is gentle for an answer that is given before the request's body is there.
    """

    __slots__ = ("_close", "_head", "_is_begun", "_protocol", "_write", "is_closing")

    def __init__(self, protocol: Protocol, close: Callable[[], None]) -> None:
        self._protocol, self._close = protocol, close
        self._write, self.is_closing = protocol.transport.write, protocol.transport.is_closing
        self._head, self._is_begun = b"", False

    def write(self, data: bytes) -> None:
        """Take a piece of an answer, its head first."""
        if not self._is_begun and self._protocol.is_answering:
            self._head, self._is_begun = data, True
        elif self._head and len(data) < IN_ONE_WRITE_BYTES:
            data, self._head = self._head + data, b""
            self._write(data)
        else:
            self._flush()
            self._write(data)

    def end(self) -> None:
        """The answer is whole; one to HEAD has no body to wait for."""
        self._flush()
        self._is_begun = False

    def close(self) -> None:
        """End the connection when what was written is sent."""
        self._flush()
        self._close()

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._write(head)


def _network(host: str) -> str | bytes:
    """What connections are counted by: an IPv4 address, or the 64 bits of an IPv6 network that one household has."""
    if ":" not in host:
        return host
    address = ipaddress.IPv6Address(host)
    return str(address.ipv4_mapped) if address.ipv4_mapped else address.packed[:8]
