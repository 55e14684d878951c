"""The queue and the one writer: wishes in, outcomes out, and nobody is told before the commit.

A wish is one request to write. The writer takes whatever is queued at that moment, opens one transaction and
calls the verb once with the whole set; a wish is stored whole or not at all and never fails its neighbours.
Names no resource.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from timewright.actor import Actor
from timewright.database import Database, Row, Transaction
from timewright.errors import OutcomeUnknown, Refusal, Unavailable

log = structlog.get_logger(__name__)

MOST_WAITING = 1_000
"""How many wishes wait at most; one more is answered 503 at once."""

MOST_ROWS = 1_000
"""How many objects one transaction takes at most, so that a bulk does not keep single ones waiting."""

_MOST_REPEATS = 5


@dataclass(frozen=True)
class RequestKey:
    """What names a request that must not be carried out twice: `name` is the hash of its idempotency key
    for its client, method and path; `fingerprint` is the hash of what it asks.
    """

    name: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One request to write: what is wanted, by whom, and how.

    `actor` is who was found before the wish was queued; the verb reads rights again in its transaction
    and its word is final. `strict` turns ignored members into faults. `operation_id` names the request
    in the rows it stores.
    """

    verb: Verb
    actor: Actor
    wanted: Sequence[Any]
    operation_id: str
    strict: bool = False
    is_batch: bool = False
    faults: tuple[Any, ...] = ()
    key: RequestKey | None = None


@dataclass(frozen=True)
class Accepted:
    """A wish that was stored: the rows in the order of the request, and the members that were ignored.

    `is_replay` says that it was stored before, under the same idempotency key: the rows then hold their
    keys only, and some may be gone.
    """

    rows: Sequence[Row]
    ignored: Sequence[Mapping[str, Any]] = field(default=())
    is_replay: bool = False


Outcome = Accepted | Refusal
Verb = Callable[[Transaction, Sequence[Wish]], Sequence[Outcome]]


class Writer:
    """The thread that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._closing = False

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further wish, finish those that wait, and end."""
        self._closing = True
        self._waiting.put(None)
        self._thread.join()

    async def carry_out(self, wish: Wish) -> Accepted:
        """Store a wish; returns after the commit, or raises the refusal.

        A wish that was queued is finished even if nobody waits for it any more.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(wish, loop, loop.create_future())
        if self._closing:
            raise Unavailable
        try:
            self._waiting.put_nowait(waiting)
        except queue.Full:
            raise Unavailable from None
        outcome = await waiting.answer
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def _run(self) -> None:
        held: _Waiting | None = None
        while True:
            first = held or self._waiting.get()
            held = None
            if first is None:
                return
            taken, rows = [first], len(first.wish.wanted)
            while rows < MOST_ROWS:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._waiting.put(None)
                    break
                if following.wish.verb is not first.wish.verb or rows + len(following.wish.wanted) > MOST_ROWS:
                    held = following
                    break
                taken.append(following)
                rows += len(following.wish.wanted)
            self._write(taken)

    def _write(self, taken: Sequence[_Waiting]) -> None:
        try:
            outcomes = write_set(self._database, [waiting.wish for waiting in taken])
        except Exception:
            # A surprise in a set says nothing about its wishes: each is tried alone.
            log.exception("set_failed", wishes=len(taken))
            outcomes = [self._alone(waiting.wish) for waiting in taken] if len(taken) > 1 else [Refusal()]
        for loop in {waiting.loop for waiting in taken}:
            pairs = [(w, o) for w, o in zip(taken, outcomes, strict=True) if w.loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, pairs)

    def _alone(self, wish: Wish) -> Outcome:
        try:
            return write_set(self._database, [wish])[0]
        except Exception:
            log.exception("wish_failed", operation_id=wish.operation_id)
            return Refusal()


@dataclass(frozen=True)
class _Waiting:
    wish: Wish
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Outcome]


def _settle(pairs: Sequence[tuple[_Waiting, Outcome]]) -> None:
    for waiting, outcome in pairs:
        if not waiting.answer.done():
            waiting.answer.set_result(outcome)


def write_set(database: Database, wishes: Sequence[Wish]) -> Sequence[Outcome]:
    """Carry out wishes of one verb in one transaction.

    An outage before the commit stored nothing; one during it may have stored everything. Two
    transactions that met are carried out again.
    """
    for repeat in range(_MOST_REPEATS):
        committing = False
        try:
            with database.write() as tx:
                outcomes = wishes[0].verb(tx, wishes)
                committing = True
            return outcomes
        except Exception as error:
            if database.is_conflict(error) and repeat + 1 < _MOST_REPEATS:
                continue
            if not database.is_outage(error):
                raise
            log.exception("write_failed", wishes=len(wishes), committing=committing)
            return [OutcomeUnknown() if committing else Unavailable() for _ in wishes]
    raise AssertionError("the loop returns or raises")
