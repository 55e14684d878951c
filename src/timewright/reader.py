"""Threads that read. One for quick questions (tokens, one object, what was just written), one for lists."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog

from timewright.database import Database
from timewright.errors import Unavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST_WAITING = 200
"""How many questions wait for a reader's threads at most; one more is answered 503 at once."""


class Reader:
    """A small pool of threads, each question in a reading transaction of its own under a deadline.

    On SQLite more than one thread makes reading slower, since the interpreter is shared.
    """

    def __init__(self, database: Database, *, name: str, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(database.most_readers, thread_name_prefix=name)
        self._asked = 0
        self._is_closing = threading.Event()

    async def read(self, question: Callable[..., T], *arguments: Any, seconds: float | None = None) -> T:
        """The answer to `question(transaction, *arguments)`; 503 when the database or the time ran out, or when
        too many wait.

        The time counts from when a thread begins with the question.
        """
        if self._asked >= MOST_WAITING:
            raise Unavailable("The server has too many questions to answer. Please ask again.")
        self._asked += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._read, question, arguments, seconds or self._seconds)
        finally:
            self._asked -= 1

    def _read(self, question: Callable[..., T], arguments: tuple[Any, ...], seconds: float) -> T:
        try:
            with self._database.read(seconds=seconds, ended=self._is_closing.is_set) as tx:
                return question(tx, *arguments)
        except Exception as error:
            if not self._database.is_outage(error):
                raise
            log.exception("read_failed")
            raise Unavailable("The server could not answer in time. Please ask again.") from None

    def close(self) -> None:
        """End the threads. A question that is still being answered is broken off: nobody waits for it any more."""
        self._is_closing.set()
        self._threads.shutdown(cancel_futures=True)
