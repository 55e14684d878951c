"""The queue and the one writer: wishes in, outcomes out, and nobody is told before the commit.

A wish is one request to write. The writer takes whatever is queued at that moment, opens one transaction and
calls the verb once with the whole set; a wish is stored whole or not at all and never fails its neighbours.
While one set is committed the next one gathers: there is no timer. Names no resource.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import structlog

from timewright import clock
from timewright.database import CannotOpen, Database
from timewright.errors import Refusal, Unavailable
from timewright.wishes import Accepted, Outcome, Verb, Wish, write_set

log = structlog.get_logger(__name__)

MOST_WAITING = 1_000
"""How many wishes wait at most; one more is answered 503 at once."""

MOST_ROWS = 1_000
"""How many objects one transaction takes at most, so that a bulk does not keep single ones waiting."""

MOST_SECONDS = 2.0
"""How long a wish waits at most. When its turn comes an older one is answered 503 and not stored; while one set takes
longer than that, no further wish is taken.
"""

HEAL_SECONDS = 0.5
"""How often a writer that failed looks whether the database can be written again."""


class Writer:
    """The thread that writes.

    Its queue is bounded in length and in age, and no account may fill more than half of it: whoever cannot
    be served soon is told so at once, and an account that sends much does not keep the others waiting.
    """

    def __init__(self, database: Database, *, reserve_bytes: int = 0) -> None:
        self._database = database
        self._reserve_bytes = reserve_bytes
        self._is_well = True
        self._waiting: dict[int, deque[_Waiting]] = {}
        self._count = 0
        self._busy_since = math.inf
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

    @property
    def is_well(self) -> bool:
        """Whether writing works, as far as is known. It heals by itself once the database can be written."""
        return self._is_well and not self._is_stuck() and self._has_room()

    def _is_stuck(self) -> bool:
        """Whether one set takes longer than a wish waits: the disk hangs, or somebody else holds the database."""
        return clock.monotonic() - self._busy_since > MOST_SECONDS

    async def carry_out(self, wish: Wish) -> Accepted:
        """Store a wish; returns after the commit, or raises the refusal.

        A wish that was taken is finished even if nobody waits for it any more.
        """
        (outcome,) = await self.carry_out_all([wish])
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    async def carry_out_all(self, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        """Store wishes of one verb and one account in one transaction, each of them whole or not at all; answers what
        became of each after the commit.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(wishes, loop, loop.create_future(), clock.monotonic())
        self._queue(waiting)
        return await waiting.answer

    def _queue(self, waiting: _Waiting) -> None:
        account_id = waiting.wishes[0].actor.account_id
        with self._changed:
            mine = self._waiting.setdefault(account_id, deque())
            is_full = self._count >= MOST_WAITING or len(mine) >= MOST_WAITING // 2
            if self._closing or is_full or self._is_stuck():
                if not mine:
                    del self._waiting[account_id]
                raise Unavailable
            mine.append(waiting)
            self._count += 1
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._count and not self._closing and self._is_well:
                    self._changed.wait()
                if not self._count and not self._closing:
                    self._changed.wait(HEAL_SECONDS)
                if not self._count and self._closing:
                    return
                taken, late = self._take()
            if not self._is_well and not taken:
                self._heal()
            _tell(late, [Unavailable() for waiting in late for _ in waiting.wishes])
            if taken:
                self._busy_since = clock.monotonic()
                outcomes = self._outcomes([wish for waiting in taken for wish in waiting.wishes])
                self._busy_since = math.inf
                _tell(taken, outcomes)

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
            elif not taken or (first.verb is taken[0].verb and rows + first.rows <= MOST_ROWS):
                taken.append(mine.popleft())
                rows += first.rows
            else:
                continue
            self._count -= 1
            if mine:
                turn.append(account_id)
            else:
                del self._waiting[account_id]
        # Whoever was served goes behind those who were not.
        for account_id in {waiting.wishes[0].actor.account_id for waiting in taken} & self._waiting.keys():
            self._waiting[account_id] = self._waiting.pop(account_id)
        return taken, late

    def _outcomes(self, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        """What became of some wishes. Nothing gets out of here: without its thread nobody is answered any more."""
        if not self._has_room():
            # What is left is for checkpoints, backups and whoever comes to tidy up.
            return [Unavailable("The disk has no room to spare. Nothing was stored.") for _ in wishes]
        try:
            outcomes = write_set(self._database, wishes)
        except Exception:
            log.exception("set_failed", wishes=len(wishes))
            return [Refusal() for _ in wishes]
        self._is_well = not any(isinstance(outcome, Unavailable) for outcome in outcomes)
        return outcomes

    def _has_room(self) -> bool:
        try:
            room = self._database.room()
        except OSError:
            # A disk that does not even tell takes nothing.
            log.exception("room_unknown")
            return False
        return room is None or room >= self._reserve_bytes

    def _heal(self) -> None:
        try:
            self._database.try_out()
        except CannotOpen:
            return
        except Exception:
            log.exception("healing_failed")
            return
        self._is_well = True
        log.info("writing_works_again")


class _Waiting(NamedTuple):
    wishes: Sequence[Wish]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Sequence[Outcome]]
    since: float

    @property
    def verb(self) -> Verb:
        return self.wishes[0].verb

    @property
    def rows(self) -> int:
        return sum(len(wish.wanted) for wish in self.wishes)


def _tell(waiting: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    """Give outcomes to those who wait, waking each event loop once."""
    left = iter(outcomes)
    told = [(each, list(islice(left, len(each.wishes)))) for each in waiting]
    for loop in {each.loop for each in waiting}:
        # A loop that was closed has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, [pair for pair in told if pair[0].loop is loop])


def _settle(pairs: Sequence[tuple[_Waiting, Sequence[Outcome]]]) -> None:
    for waiting, outcomes in pairs:
        if not waiting.answer.done():
            waiting.answer.set_result(outcomes)
