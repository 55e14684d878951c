"""The threads that read: bounded, and done with when the server is."""

import asyncio
import time

import pytest
import sqlalchemy as sa

from timewright import reader
from timewright.errors import Unavailable
from timewright.reader import Reader

ENDLESS = sa.text(
    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1000000000) "
    "SELECT max(n) FROM counted"
)


def test_too_many_questions_are_refused_at_once(empty_database, monkeypatch):
    monkeypatch.setattr(reader, "MOST_WAITING", 3)
    asked = Reader(empty_database, name="lists", seconds=30)

    async def ask_all():
        return await asyncio.gather(*(asked.read(slow) for _ in range(5)), return_exceptions=True)

    def slow(tx):
        time.sleep(0.05)
        return tx.number(sa.select(1))

    answers = asyncio.run(ask_all())
    assert [isinstance(answer, Unavailable) for answer in answers] == [False, False, False, True, True]
    assert asyncio.run(asked.read(slow)) == 1
    asked.close()


def test_a_question_that_takes_too_long_is_refused_and_the_next_is_answered(empty_database):
    asked = Reader(empty_database, name="lists", seconds=0.2)
    with pytest.raises(Unavailable):
        asyncio.run(asked.read(lambda tx: tx.number(ENDLESS)))
    assert asyncio.run(asked.read(lambda tx: tx.number(sa.select(2)))) == 2
    asked.close()


def test_a_reader_that_is_closed_waits_for_no_long_answer(empty_database):
    if not empty_database.is_embedded:
        return
    asked = Reader(empty_database, name="lists", seconds=30)

    async def close_meanwhile():
        question = asyncio.create_task(asked.read(lambda tx: tx.number(ENDLESS)))
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        await asyncio.to_thread(asked.close)
        with pytest.raises(Unavailable):
            await question
        return time.monotonic() - begun

    assert asyncio.run(close_meanwhile()) < 10
