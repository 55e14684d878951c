"""The queue and the one writer: wishes in, outcomes out, and nobody is told before the commit.

A wish is one request to write. The writer takes whatever is queued at that moment, opens one transaction and
calls the verb once with the whole set; a wish is stored whole or not at all and never fails its neighbours.
While one set is committed the next one gathers: there is no timer. Names no resource.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from timewright import changes, clock
from timewright.actor import Actor
from timewright.database import Database, Row, Transaction
from timewright.errors import OutcomeUnknown, Refusal, Unavailable

log = structlog.get_logger(__name__)

MOST_WAITING = 1_000
"""How many wishes wait at most; one more is answered 503 at once."""

MOST_ROWS = 1_000
"""How many objects one transaction takes at most, so that a bulk does not keep single ones waiting."""

MOST_SECONDS = 2.0
"""How long a wish waits at most; an older one is answered 503 and not stored."""

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
    """The thread that writes.

    Its queue is bounded in length and in age, and no account may fill more than half of it: whoever cannot
    be served soon is told so at once, and an account that sends much does not keep the others waiting.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, deque[_Waiting]] = {}
        self._count = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._closing = False

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further wish, finish those that wait, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    async def carry_out(self, wish: Wish) -> Accepted:
        """Store a wish; returns after the commit, or raises the refusal.

        A wish that was taken is finished even if nobody waits for it any more.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(wish, loop, loop.create_future(), clock.monotonic())
        self._queue(waiting)
        outcome = await waiting.answer
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def _queue(self, waiting: _Waiting) -> None:
        account_id = waiting.wish.actor.account_id
        with self._changed:
            mine = self._waiting.setdefault(account_id, deque())
            if self._closing or self._count >= MOST_WAITING or len(mine) >= MOST_WAITING // 2:
                if not mine:
                    del self._waiting[account_id]
                raise Unavailable
            mine.append(waiting)
            self._count += 1
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._count and not self._closing:
                    self._changed.wait()
                if not self._count:
                    return
                taken, late = self._take()
            _tell(late, [Unavailable() for _ in late])
            if taken:
                _tell(taken, self._outcomes([waiting.wish for waiting in taken]))

    def _take(self) -> tuple[list[_Waiting], list[_Waiting]]:
        """What is written next, and what has waited too long: one wish of each account after the other, all
        of one verb, up to a number of rows.
        """
        taken: list[_Waiting] = []
        late: list[_Waiting] = []
        rows, oldest = 0, clock.monotonic() - MOST_SECONDS
        turn = deque(self._waiting)
        while turn:
            account_id = turn.popleft()
            mine = self._waiting[account_id]
            first = mine[0]
            if first.since < oldest:
                late.append(mine.popleft())
            elif not taken or (first.wish.verb is taken[0].wish.verb and rows + len(first.wish.wanted) <= MOST_ROWS):
                taken.append(mine.popleft())
                rows += len(first.wish.wanted)
            else:
                continue
            self._count -= 1
            if mine:
                turn.append(account_id)
            else:
                del self._waiting[account_id]
        # Whoever was served goes behind those who were not.
        for account_id in {waiting.wish.actor.account_id for waiting in taken} & self._waiting.keys():
            self._waiting[account_id] = self._waiting.pop(account_id)
        return taken, late

    def _outcomes(self, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        try:
            return write_set(self._database, wishes)
        except Exception:
            log.exception("set_failed", wishes=len(wishes))
            return [Refusal() for _ in wishes]


@dataclass(frozen=True)
class _Waiting:
    wish: Wish
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Outcome]
    since: float


def _tell(waiting: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    """Give outcomes to those who wait, waking each event loop once."""
    for loop in {each.loop for each in waiting}:
        pairs = [(each, o) for each, o in zip(waiting, outcomes, strict=True) if each.loop is loop]
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, pairs)


def _settle(pairs: Sequence[tuple[_Waiting, Outcome]]) -> None:
    for waiting, outcome in pairs:
        if not waiting.answer.done():
            waiting.answer.set_result(outcome)


def write_set(database: Database, wishes: Sequence[Wish]) -> Sequence[Outcome]:
    """Carry out wishes of one verb in one transaction, and answer after the commit.

    An outage before the commit stored nothing. What became of one during the commit the database is asked
    (`Database.settle`). Two transactions that met are carried out again. Any other surprise says nothing
    about its neighbours: the set is carried out again wish by wish, and what fails alone is undone alone.
    """
    verb: Verb = wishes[0].verb
    for _ in range(_MOST_REPEATS):
        outcomes: Sequence[Outcome] = []
        committing = False
        try:
            with database.write() as tx:
                outcomes = verb(tx, wishes)
                committing = True
            return outcomes
        except Exception as error:
            if committing:
                return _after_commit_failed(database, wishes, outcomes, error)
            if database.is_conflict(error):
                continue
            if database.is_outage(error):
                log.exception("write_failed", wishes=len(wishes))
                return [Unavailable() for _ in wishes]
            if isinstance(verb, _OneByOne):
                raise
            log.exception("set_failed", wishes=len(wishes))
            verb = _OneByOne(verb)
    return [Unavailable() for _ in wishes]


@dataclass(frozen=True)
class _OneByOne:
    """A verb carried out wish by wish, each under a savepoint: what fails is undone alone."""

    verb: Verb

    def __call__(self, tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for wish in wishes:
            try:
                with tx.savepoint():
                    outcomes += self.verb(tx, [wish])
            except Exception as error:
                if Database.is_conflict(error) or Database.is_outage(error):
                    raise
                log.exception("wish_failed", operation_id=wish.operation_id)
                outcomes.append(Refusal())
        return outcomes


def _after_commit_failed(
    database: Database, wishes: Sequence[Wish], outcomes: Sequence[Outcome], error: Exception
) -> list[Outcome]:
    """What to tell when the commit itself failed: only what is certain (reliability: a 503 never lies)."""
    log.error("commit_failed", wishes=len(wishes), error=str(error))
    accounts = {account_id for wish in wishes for account_id in wish.actor.account_ids}
    operations = {wish.operation_id for wish in wishes}
    stored = database.settle(lambda tx: changes.stored_by(tx, accounts, operations))
    log.error("commit_settled", stored=None if stored is None else len(stored))
    told: list[Outcome] = []
    for wish, outcome in zip(wishes, outcomes, strict=True):
        if isinstance(outcome, Refusal) or (stored is not None and wish.operation_id in stored):
            told.append(outcome)
        else:
            told.append(OutcomeUnknown() if stored is None else Unavailable())
    return told
