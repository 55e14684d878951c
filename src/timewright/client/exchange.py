"""How a call is carried out: what is sent again, after how long, and what is never sent twice.

`Exchange.steps` is a generator. It gives what is to be done next (a `Request` to send, a `Wait`) and is sent
what came of it; whoever runs it has the line and the clock. So there is one truth for both clients.

What may be sent again:

- 429, 503 of type `unavailable`, and a connection that was never made: nothing was done. Always.
- A lost answer (the connection broke or the time ran out after sending, 502, 504, any other 503): it may have been
  done. Reading, changing and deleting may be repeated. A POST may not, unless the server keeps idempotency keys:
  Timewright does, the API it speaks ignores them and would create twice. Which of the two it is, is asked once,
  when it first matters: Timewright names itself in the challenge of a 401. From any other server, a POST whose
  answer was lost is `OutcomeUnknown` and left to the caller.
- 409 of type `idempotency`: the first attempt is still being carried out. Waited for.

Everything else is final.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeVar

from timewright.client.calls import Answer, Call, Request
from timewright.client.errors import OutcomeUnknown, TimewrightError, Unreachable, details, refused

R = TypeVar("R")


@dataclass(frozen=True)
class Wait:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Trouble:
    """No answer came. `may_have_arrived` is false only when the request certainly was not sent."""

    told: str
    may_have_arrived: bool


Steps = Generator[Request | Wait, Answer | Trouble | None, R]


@dataclass(frozen=True)
class Retries:
    """How often and how patiently a call is sent again.

    `attempts` counts the first. Between two there are `first_seconds`, doubled each time up to `longest_seconds`,
    less a random part; or what `Retry-After` says. When that is longer, the call is not sent again.
    """

    attempts: int = 5
    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("A call is sent at least once: attempts must be 1 or more.")

    def pause(self, attempt: int) -> float:
        """How long to wait after an attempt, counted from 1."""
        longest = min(self.longest_seconds, self.first_seconds * 2.0 ** (attempt - 1))
        return longest * (1 - self.chance() / 2)


FINAL, NOT_DONE, PERHAPS_DONE, IN_FLIGHT = range(4)

_WHO_ARE_YOU = Request("GET", "/users/me", is_anonymous=True)
"""Answered with a challenge."""


class Exchange:
    """What the calls of one client share: how patient they are, and what is known of the server."""

    def __init__(self, retries: Retries, *, keeps_keys: bool | None) -> None:
        self._retries = retries
        self._keeps_keys = keeps_keys

    def steps(self, call: Call[R]) -> Steps[R]:
        """Carry out a call: its result, or a `TimewrightError`."""
        creates = call.key is not None
        was_lost = False
        for attempt in range(1, self._retries.attempts + 1):
            is_risky = creates and was_lost
            if is_risky and self._keeps_keys is None:
                reply = yield _WHO_ARE_YOU
                self._keeps_keys = _keeps_keys(reply)
            if is_risky and self._keeps_keys is False:
                break
            if not is_risky or self._keeps_keys:
                reply = yield call.request
                if isinstance(reply, Answer) and 200 <= reply.status < 300:
                    return call.read(reply)
                verdict = _verdict(reply)
                if verdict == FINAL:
                    raise _failure(reply, was_lost)
                was_lost = was_lost or verdict != NOT_DONE
                if verdict == IN_FLIGHT:
                    self._keeps_keys = True
            asked = _retry_after(reply)
            seconds = self._retries.pause(attempt) if asked is None else asked
            if attempt == self._retries.attempts or seconds > self._retries.longest_seconds:
                break
            yield Wait(seconds)
        if creates and was_lost:
            raise OutcomeUnknown("The answer to a create was lost; it may have been carried out.", call.key)
        raise _failure(reply, was_lost)


def _verdict(reply: Answer | Trouble | None) -> int:
    assert reply is not None
    if isinstance(reply, Trouble):
        return PERHAPS_DONE if reply.may_have_arrived else NOT_DONE
    kind = next((each.type for each in details(reply.document())), "")
    if reply.status == 429 or (reply.status, kind) == (503, "unavailable"):
        return NOT_DONE
    if reply.status in {502, 503, 504}:
        return PERHAPS_DONE
    if (reply.status, kind) == (409, "idempotency"):
        return IN_FLIGHT
    return FINAL


def _keeps_keys(reply: Answer | Trouble | None) -> bool | None:
    """Whether the server keeps idempotency keys, from its answer to who asks without a token; None: not known."""
    if not isinstance(reply, Answer) or _verdict(reply) != FINAL:
        return None
    return 'realm="timewright"' in reply.headers.get("www-authenticate", "")


def _retry_after(reply: Answer | Trouble | None) -> float | None:
    """What the answer asks for, in seconds. A date counts from the answer's own, so that no clock need agree."""
    headers = reply.headers if isinstance(reply, Answer) else {}
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())


def _failure(reply: Answer | Trouble | None, was_lost: bool) -> TimewrightError:
    if isinstance(reply, Answer):
        return refused(reply.status, reply.document(), reply.headers, answer_was_lost=was_lost)
    assert reply is not None
    return Unreachable(f"The server does not answer: {reply.told}")
