"""Requests that are not quite HTTP, sent to a running server as bytes: none is seen as two, none is a failure,
none is left waiting. The cases are in `malformed_requests.py`.
"""

import asyncio
from collections import Counter

import pytest

from tests.api.malformed_requests import STRICT, Corpus
from tests.sockets import served

pytestmark = pytest.mark.xdist_group("malformed_http")  # one server, and one worker that asks it

LIKE_A_TOKEN = "tw_" + "x" * 38
CASES = {case.name: case for case in Corpus(LIKE_A_TOKEN, 1).cases()}

HANG_SECONDS = 10.0
AT_ONCE = 50


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What was answered to every case, what each stored, and a good request after all of them."""
    how = {"header_seconds": 1.5, "body_seconds": 1.5, "body_grace_seconds": 1, "idle_seconds": 0.5}
    with served(tmp_path_factory.mktemp("served"), **how) as server:
        heard = asyncio.run(_heard(server))
        after = server.ask(server.post(server.entry("after all")))
        stored = Counter(notes.rstrip(".") for notes in server.notes())
    return heard, stored, after


async def _heard(server):
    cases = Corpus(server.token, server.workspace_id).cases()
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(case):
        async with turns:
            try:
                return await server.heard(case.parts, seconds=HANG_SECONDS)
            except TimeoutError:
                return None

    heard = await asyncio.gather(*(one(case) for case in cases))
    return dict(zip([case.name for case in cases], heard, strict=True))


def test_there_are_enough_cases():
    assert len(CASES) >= 400


@pytest.mark.parametrize("name", CASES)
def test_a_malformed_request_is_one_request_at_most_and_no_failure(told, name):
    case, (all_heard, stored, _) = CASES[name], told
    heard = all_heard[name]
    assert heard is not None, "hung"
    assert stored[name] <= case.rows
    assert 1 <= len(heard.statuses) <= case.answers
    assert heard.rest == b""
    assert heard.statuses[0] in case.statuses
    assert all(status < 500 for status in heard.statuses)
    if case.statuses == (200,):
        assert stored[name] == case.rows
    if case.statuses == STRICT:
        # The authorization of a request that is well-formed is the application's to refuse.
        closes = heard.answers[0].headers.get("connection") == "close"
        assert closes or name.startswith("authorizations")
        assert heard.answers[0].error["type"] == "system"


def test_the_server_answers_a_good_request_after_all_of_them(told):
    _, stored, after = told
    assert after.statuses == [200]
    assert stored["after all"] == 1
