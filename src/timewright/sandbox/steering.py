"""A sandbox from the outside: started, steered over `/sandbox`, looked at. For tests in Python; needs nothing beside
the standard library, except for `client`.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, TypedDict, Unpack
from urllib.parse import urlsplit

import msgspec

from timewright.sandbox.recording import Recorded

if TYPE_CHECKING:
    from timewright.client import AsyncTimewright, Retries, Timewright

STOPPING_SECONDS = 15
STEERING_SECONDS = 30

_PROGRAM = [sys.executable, "-c", "from timewright.cli import main; main()"]


class SandboxFailed(Exception):
    """The sandbox did not start, or did not take an order. The text says what it said."""


class Line:
    """The way to `/sandbox`."""

    def __init__(self, sandbox_url: str) -> None:
        self._address = urlsplit(sandbox_url)

    def ask(self, method: str, path: str, order: Any = None) -> Any:
        """The answer to an order; None when it has none."""
        assert self._address.hostname is not None
        connection = http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=STEERING_SECONDS)
        try:
            body = None if order is None else json.dumps(order)
            connection.request(method, self._address.path + path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise SandboxFailed(content.decode("utf-8", "replace"))
        told: Any = json.loads(content) if content else None
        return told


class Clock:
    """The server's clock. It stands still until it is set, and is set back by a reset."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @property
    def now(self) -> datetime:
        """What time it is, in UTC."""
        return _instant(self._line.ask("GET", "/clock"))

    def set(self, instant: datetime | str) -> datetime:
        """Set it to an instant with an offset, forwards or back."""
        text = instant.isoformat() if isinstance(instant, datetime) else instant
        return _instant(self._line.ask("PUT", "/clock", {"now": text}))

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Set it forward, by a timedelta or its parts: `advance(hours=2)`."""
        seconds = ((by or timedelta()) + timedelta(**parts)).total_seconds()
        return _instant(self._line.ask("POST", "/clock/advance", {"seconds": seconds}))


def _instant(told: Any) -> datetime:
    return datetime.fromisoformat(told["now"])


class Which(TypedDict, total=False):
    """The calls that a fault meets."""

    call: int
    times: int
    method: str
    path: str


class Faults:
    """The faults that the server's calls meet. A reset takes them away.

    Each meets the `call`th call from now on that fits `method` and `path` (below the base address, `*` for
    anything), and `times - 1` fitting ones after it.
    """

    def __init__(self, line: Line) -> None:
        self._line = line

    def rate_limited(self, *, retry_after_seconds: int = 1, **which: Unpack[Which]) -> None:
        """Answer 429 with `Retry-After`; nothing is done."""
        self._order("rate_limited", retry_after_seconds=retry_after_seconds, **which)

    def unavailable(self, *, retry_after_seconds: int = 1, **which: Unpack[Which]) -> None:
        """Answer 503 with `Retry-After`; nothing is done."""
        self._order("unavailable", retry_after_seconds=retry_after_seconds, **which)

    def delay(self, seconds: float, **which: Unpack[Which]) -> None:
        """Carry the call out so many seconds later."""
        self._order("delay", seconds=seconds, **which)

    def drop(self, **which: Unpack[Which]) -> None:
        """Break the connection; nothing is done."""
        self._order("drop", **which)

    def lose_answer(self, **which: Unpack[Which]) -> None:
        """Carry the call out, and break the connection instead of answering."""
        self._order("lose_answer", **which)

    def clear(self) -> None:
        """Have none any more."""
        self._line.ask("DELETE", "/faults")

    def met(self) -> int:
        """How many calls met a fault that is still ordered."""
        return sum(each["met"] for each in self._line.ask("GET", "/faults")["faults"])

    def _order(self, kind: str, **order: Any) -> None:
        self._line.ask("POST", "/faults", {"kind": kind, **order})


@dataclass(frozen=True)
class Server:
    """A sandbox that runs. `tokens` are those of `administrator`, `lead`, `consultant`, `client` and `outsider`."""

    base_url: str
    web_url: str
    sandbox_url: str
    tokens: Mapping[str, str]
    account_id: int
    workspace_id: int
    story_id: int
    _line: Line = field(init=False, repr=False)
    clock: Clock = field(init=False, repr=False)
    faults: Faults = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Find the way to its orders."""
        line = Line(self.sandbox_url)
        for name, value in (("_line", line), ("clock", Clock(line)), ("faults", Faults(line))):
            object.__setattr__(self, name, value)

    def reset(self) -> None:
        """The seeded state: rows, ids, time, no fault, nothing recorded. What is under way is waited for."""
        self._line.ask("POST", "/reset")

    def requests(self, method: str | None = None, path: str | None = None) -> list[Recorded]:
        """What it was asked since the last reset, oldest first."""
        recorded = msgspec.convert(self._line.ask("GET", "/requests")["requests"], list[Recorded])
        return [
            each
            for each in recorded
            if (method is None or each.method == method) and (path is None or each.path == path)
        ]

    def assert_requested(
        self, method: str, path: str, *, times: int | None = None, json: Any = None, headers: Mapping[str, str] = {}
    ) -> list[Recorded]:
        """Fail unless it was asked this, at least once or exactly so many times; answers with those requests.

        `json` is the whole body. `headers` are some, their names in any case.
        """
        wanted = {name.lower(): value for name, value in headers.items()}
        found = [
            each
            for each in self.requests(method, path)
            if (json is None or each.json == json) and wanted.items() <= each.headers.items()
        ]
        if (not found) if times is None else len(found) != times:
            asked = "".join(f"\n  {each.method} {each.path} {each.status}: {each.text}" for each in self.requests())
            expected = "at least once" if times is None else f"{times} times"
            raise AssertionError(f"{method} {path} was expected {expected}, and came {len(found)} times:{asked}")
        return found

    def client(self, part: str = "consultant", *, retries: Retries | None = None) -> Timewright:
        """A client for a part. Needs timewright[client]."""
        from timewright.client import Timewright

        return Timewright(self.base_url, self.tokens[part], retries=retries or _hasty())

    def async_client(self, part: str = "consultant", *, retries: Retries | None = None) -> AsyncTimewright:
        """A client for a part, for code that awaits. Needs timewright[client]."""
        from timewright.client import AsyncTimewright

        return AsyncTimewright(self.base_url, self.tokens[part], retries=retries or _hasty())


def _hasty() -> Retries:
    from timewright.client import Retries

    return Retries(first_seconds=0.02)


@contextmanager
def started(log: IO[str], *, seed: int = 1, now: str | None = None) -> Iterator[Server]:
    """A sandbox in a process of its own on a free port, until the block ends or this process does.

    `log` takes what the server has to say.
    """
    command = [*_PROGRAM, "demo", "--sandbox", "--json", "--port", "0", "--seed", str(seed), "--until-input-ends"]
    command += ["--now", now] if now else []
    # The settings of the machine are not those of a test.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIMEWRIGHT_")}
    process = subprocess.Popen(  # noqa: S603 - the program itself
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        told = process.stdout.readline()
        if not told:
            raise SandboxFailed(f"The sandbox did not start; {getattr(log, 'name', 'its log')} says why.")
        yield Server(**json.loads(told))
    finally:
        process.stdin.close()
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
