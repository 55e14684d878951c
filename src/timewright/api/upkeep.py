"""What a server does by the way, in threads beside its requests: forget old idempotency records, fold roll-ups."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from timewright import idempotency, rollups
from timewright.database import Database

FIRST_TIDY_SECONDS, TIDY_SECONDS = 1, 3_600
"""How long after the start old idempotency records are looked for, and how often from then on."""

ROLL_UP_SECONDS = 1
"""How often what was stored since is taken into the roll-ups."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def kept_up(database: Database) -> AsyncIterator[None]:
    """Keep up a database until the block ends. What has begun by then ends as well, since the event loop waits for its
    threads; nothing further begins.
    """
    stopping = threading.Event()
    tasks = [
        asyncio.create_task(
            _again_and_again(lambda: _forget(database, stopping.is_set), FIRST_TIDY_SECONDS, TIDY_SECONDS)
        ),
        asyncio.create_task(
            _again_and_again(lambda: rollups.fold(database, ended=stopping.is_set), ROLL_UP_SECONDS, ROLL_UP_SECONDS)
        ),
    ]
    yield
    stopping.set()
    for task in tasks:
        task.cancel()


async def _again_and_again(work: Callable[[], object], first: float, then: float) -> None:
    pause = first
    while True:
        await asyncio.sleep(pause)
        pause = then
        try:
            await asyncio.to_thread(work)
        except Exception:
            log.exception("upkeep_failed")


def _forget(database: Database, ended: Callable[[], bool]) -> None:
    forgotten = idempotency.FORGOTTEN_AT_A_TIME
    while forgotten >= idempotency.FORGOTTEN_AT_A_TIME and not ended():
        with database.write() as tx:
            forgotten = idempotency.forget(tx)
