"""What is sent again, after how long, and what is never sent twice: the steps of a call, with nothing sent."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from timewright.client import OutcomeUnknown, RateLimited, Refused, Retries, ServerFailed, Unreachable, calls
from timewright.client.calls import Answer, Call, Request
from timewright.client.exchange import Exchange, Trouble, Wait

RETRIES = Retries(attempts=4, first_seconds=1.0, longest_seconds=10.0, chance=lambda: 0.0)

CREATE: Call[Any] = calls.create("time_entries", "time_entry", {"workspace_id": 1})
SHOW: Call[Any] = calls.one("time_entries", 5, {})
CHANGE: Call[Any] = calls.update("time_entries", "time_entry", 5, {"notes": "n"})
LOOK: Call[Any] = calls.validate("time_entries", [], {})
REMOVE: Call[None] = calls.delete("time_entries", 5)

LOST = Trouble("the connection broke", may_have_arrived=True)
NOT_SENT = Trouble("no connection", may_have_arrived=False)
OK = Answer(200, {}, b'{"count":1,"results":[{"key":"time_entries","id":"5"}],"time_entries":{"5":{"id":"5"}}}')
GONE = Answer(204, {}, b"")


def answer(status: int, kind: str = "system", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, msgspec.json.encode({"errors": [{"type": kind, "message": "No."}]}))


TIMEWRIGHT = answer(401, "oauth", www_authenticate='Bearer realm="timewright", error="invalid_token"')
ANOTHER = answer(401, "oauth")
STORED_NOTHING = answer(503, "unavailable", retry_after="2")


def told(call: Call[Any], replies: Iterable[Answer | Trouble], **knows: Any) -> tuple[list[str], list[float], Any]:
    """What was sent (`?` asks who the server is), how long was waited, and what came of it."""
    steps = Exchange(RETRIES, keeps_keys=knows.get("keeps_keys")).steps(call)
    sent: list[str] = []
    waits: list[float] = []
    coming = iter(replies)
    step = next(steps)
    while True:
        try:
            if isinstance(step, Wait):
                waits.append(step.seconds)
                step = steps.send(None)
            else:
                assert step.is_anonymous or step is call.request
                sent.append("?" if step.is_anonymous else step.method)
                step = steps.send(next(coming))
        except StopIteration as done:
            assert next(coming, None) is None, "not every reply was asked for"
            return sent, waits, done.value
        except (Refused, Unreachable, OutcomeUnknown) as error:
            assert next(coming, None) is None, "not every reply was asked for"
            return sent, waits, error


@pytest.mark.parametrize("call", [CREATE, SHOW, CHANGE])
def test_an_answer_is_taken_as_it_comes(call: Call[Any]) -> None:
    assert told(call, [OK]) == ([call.request.method], [], {"id": "5"})


@pytest.mark.parametrize("call", [CREATE, SHOW, CHANGE])
@pytest.mark.parametrize("refusal", [answer(429, "rate_limit"), STORED_NOTHING, NOT_SENT])
def test_what_was_certainly_not_done_is_sent_again_whoever_answers(call: Call[Any], refusal: Answer | Trouble) -> None:
    sent, waits, result = told(call, [refusal, refusal, OK], keeps_keys=False)
    assert sent == [call.request.method] * 3
    assert len(waits) == 2
    assert result == {"id": "5"}


@pytest.mark.parametrize("call", [SHOW, CHANGE])
@pytest.mark.parametrize("loss", [LOST, answer(502), answer(503), answer(504), answer(503, "outcome_unknown")])
def test_what_may_be_repeated_is_sent_again_when_its_answer_is_lost(call: Call[Any], loss: Answer | Trouble) -> None:
    assert told(call, [loss, OK])[0] == [call.request.method] * 2


@pytest.mark.parametrize("loss", [LOST, answer(502), answer(503), answer(504), answer(503, "outcome_unknown")])
def test_a_create_whose_answer_is_lost_is_sent_again_only_where_keys_are_kept(loss: Answer | Trouble) -> None:
    assert told(CREATE, [loss, OK], keeps_keys=True)[::2] == (["POST", "POST"], {"id": "5"})
    assert told(CREATE, [loss, TIMEWRIGHT, OK])[::2] == (["POST", "?", "POST"], {"id": "5"})
    for replies, knows in (([loss, ANOTHER], {}), ([loss], {"keeps_keys": False})):
        sent, _, error = told(CREATE, replies, **knows)
        assert sent.count("POST") == 1
        assert isinstance(error, OutcomeUnknown)
        assert error.idempotency_key == CREATE.key


def test_what_stores_nothing_is_sent_again_wherever_its_answer_is_lost() -> None:
    assert told(LOOK, [LOST, answer(404)])[0] == ["POST", "POST"]


def test_who_the_server_is_may_take_asking_and_is_asked_once() -> None:
    exchange = Exchange(RETRIES, keeps_keys=None)
    for expected in (["POST", "?", "?", "POST"], ["POST", "POST"]):
        steps, sent = exchange.steps(CREATE), []
        replies = iter([LOST, LOST, TIMEWRIGHT, OK] if "?" in expected else [LOST, OK])
        step: Request | Wait = next(steps)
        with pytest.raises(StopIteration):
            while True:
                if isinstance(step, Request):
                    sent.append("?" if step.is_anonymous else step.method)
                step = steps.send(None if isinstance(step, Wait) else next(replies))
        assert sent == expected


def test_whoever_answers_that_a_key_is_in_flight_keeps_keys() -> None:
    in_flight = answer(409, "idempotency", retry_after="1")
    assert told(CREATE, [in_flight, OK]) == (["POST", "POST"], [1.0], {"id": "5"})


def test_a_create_is_sent_with_one_key_however_often() -> None:
    assert CREATE.request.headers["idempotency-key"] == CREATE.key
    again: Call[Any] = calls.create("time_entries", "time_entry", {"workspace_id": 1})
    assert again.key != CREATE.key
    own: Call[Any] = calls.create("time_entries", "time_entry", {"workspace_id": 1, "idempotency_key": "mine"})
    assert own.key == "mine"
    assert msgspec.json.decode(own.request.body or b"") == {"time_entry": {"workspace_id": 1}}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
@pytest.mark.parametrize("call", [CREATE, SHOW, CHANGE, REMOVE])
def test_a_refusal_is_final(call: Call[Any], status: int) -> None:
    sent, waits, error = told(call, [answer(status)])
    assert (len(sent), waits, error.status) == (1, [], status)


def test_the_attempts_have_an_end() -> None:
    sent, waits, error = told(SHOW, [LOST] * 4)
    assert (sent, waits) == (["GET"] * 4, [1.0, 2.0, 4.0])
    assert isinstance(error, Unreachable)
    assert isinstance(told(CREATE, [NOT_SENT] * 4)[2], Unreachable)
    assert isinstance(told(CREATE, [LOST] * 4, keeps_keys=True)[2], OutcomeUnknown)
    assert isinstance(told(CREATE, [STORED_NOTHING] * 4)[2], ServerFailed)
    lost_then_refused = told(CREATE, [LOST, STORED_NOTHING, STORED_NOTHING, STORED_NOTHING], keeps_keys=True)[2]
    assert isinstance(lost_then_refused, OutcomeUnknown), "the first may have been stored"


def test_a_refusal_after_a_lost_answer_says_so() -> None:
    for call in (REMOVE, CHANGE):
        assert told(call, [LOST, answer(404)])[2].answer_was_lost
        assert not told(call, [NOT_SENT, answer(404)])[2].answer_was_lost
    assert told(REMOVE, [LOST, GONE])[2] is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after": "Tue, 24 Nov 2026 10:00:09 GMT", "date": "Tue, 24 Nov 2026 10:00:04 GMT"}, 5.0),
        ({"retry_after": "Tue, 24 Nov 2026 10:00:00 GMT", "date": "Tue, 24 Nov 2026 10:00:04 GMT"}, 0.0),
        ({"retry_after": "Tue, 24 Nov 2026 10:00:09 GMT"}, 1.0),
        ({"retry_after": "soon"}, 1.0),
        ({"retry_after": "-4"}, 1.0),
        ({"retry_after": "Tue, 24 Nov 2026 10:00:09 GMT", "date": "Tue, 24 Nov 2026 10:00:09"}, 1.0),
        ({}, 1.0),
    ],
)
def test_the_server_says_when_to_come_back(headers: dict[str, str], seconds: float) -> None:
    assert told(SHOW, [answer(429, "rate_limit", **headers), OK])[1] == [seconds]


def test_nobody_waits_longer_than_they_said_they_would() -> None:
    sent, waits, error = told(SHOW, [answer(429, "rate_limit", retry_after="11")])
    assert (sent, waits) == (["GET"], [])
    assert isinstance(error, RateLimited)
    assert error.headers["retry-after"] == "11"


def test_pauses_grow_and_scatter_up_to_the_longest() -> None:
    assert [RETRIES.pause(attempt) for attempt in range(1, 7)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    least = Retries(first_seconds=1.0, longest_seconds=10.0, chance=lambda: 1.0)
    assert [least.pause(attempt) for attempt in range(1, 6)] == [0.5, 1.0, 2.0, 4.0, 5.0]
    assert 0.25 <= Retries().pause(1) <= 0.5


def test_a_call_is_sent_at_least_once():
    with pytest.raises(ValueError, match="at least once"):
        Retries(attempts=0)
