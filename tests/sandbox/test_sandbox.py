"""The sandbox as a test sees it: rows, time, faults and what was asked, each in hand, and the seeded state again."""

import asyncio
import json
import socket
import time
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from timewright.client import Invalid, NotFound, OutcomeUnknown, RateLimited, Retries, ServerFailed, Unreachable
from timewright.sandbox.faults import Fault, Faults
from timewright.sandbox.steering import SandboxFailed

ONCE = Retries(attempts=1)
DAY = "2026-11-18"


def entry(server, **members):
    return {"workspace_id": server.workspace_id, "date_performed": DAY, "time_in_minutes": 30, **members}


def count(client):
    return next(client.time_entries.list().pages()).count


def bearing(server, part="consultant"):
    return {"Authorization": f"Bearer {server.tokens[part]}"}


def order(server, method, path, content=None):
    return httpx2.request(method, server.sandbox_url + path, content=content)


# State ----------------------------------------------------------------------------------------------


def test_a_reset_brings_back_rows_ids_and_time(timewright_server, timewright_client, timewright_clock):
    before = count(timewright_client)
    made = []
    for _ in range(3):
        made.append(timewright_client.time_entries.create(**entry(timewright_server))["id"])
        timewright_client.time_entries.create_many([entry(timewright_server)] * 5, idempotency_key="same key")
        assert count(timewright_client) == before + 6
        timewright_clock.advance(days=1)
        timewright_server.reset()
        assert count(timewright_client) == before
        assert timewright_clock.now == datetime(2026, 11, 19, 9, tzinfo=UTC)
        with pytest.raises(NotFound):
            timewright_client.time_entries.get(made[0])
    assert len(set(made)) == 1, "the same call makes the same id after each reset"


def test_a_reset_waits_for_what_is_under_way(timewright_server):
    async def work():
        async with timewright_server.async_client() as client:
            before = await first_page(client)
            writing = [client.time_entries.create(**entry(timewright_server)) for _ in range(20)]
            resetting = [asyncio.to_thread(timewright_server.reset) for _ in range(3)]
            outcomes = await asyncio.gather(*writing, *resetting, return_exceptions=True)
            assert [each for each in outcomes if isinstance(each, BaseException)] == []
            timewright_server.reset()
            assert await first_page(client) == before

    async def first_page(client):
        pages = client.time_entries.list().pages()
        return (await anext(pages)).count

    asyncio.run(work())


def awaited(server):
    while not server.requests("POST"):
        time.sleep(0.01)


def test_a_delayed_call_does_not_reach_into_the_state_after_a_reset(timewright_server, timewright_faults):
    timewright_faults.delay(0.4, method="POST")

    async def work():
        async with timewright_server.async_client(retries=ONCE) as client:
            late = asyncio.create_task(client.time_entries.create(**entry(timewright_server)))
            await asyncio.to_thread(awaited, timewright_server)
            timewright_server.reset()
            with pytest.raises((OutcomeUnknown, Unreachable)):
                await late

    asyncio.run(work())
    assert timewright_server.requests("POST") == []
    with timewright_server.client() as client:
        assert [each for each in client.time_entries.list(date_performed_between=(DAY, DAY)) if not each["notes"]] == []


# Time -----------------------------------------------------------------------------------------------


def test_the_clock_stands_still_until_it_is_set(timewright_server, timewright_client, timewright_clock):
    stamps = [timewright_client.time_entries.create(**entry(timewright_server))["created_at"] for _ in range(2)]
    assert stamps == ["2026-11-19T09:00:00Z"] * 2
    assert timewright_clock.advance(timedelta(hours=2), minutes=5) == datetime(2026, 11, 19, 11, 5, tzinfo=UTC)
    timewright_clock.set("2030-01-01T01:00:00+01:00")
    assert timewright_client.time_entries.create(**entry(timewright_server))["created_at"] == "2030-01-01T00:00:00Z"
    assert timewright_clock.set(datetime(2020, 1, 1, tzinfo=UTC)) == timewright_clock.now
    later = list(timewright_client.time_entries.list(created_after="2026-11-19T09:00:00Z"))
    assert len(later) == 1


def test_what_nobody_waits_weeks_for(timewright_server, timewright_client, timewright_clock):
    once = {**entry(timewright_server), "idempotency_key": "k"}
    first = timewright_client.time_entries.create(**once)
    timewright_clock.advance(days=29)
    assert timewright_client.time_entries.create(**once)["id"] == first["id"], "a key is good for thirty days"
    timewright_clock.advance(days=1, seconds=1)
    with pytest.raises(Invalid) as spent:
        timewright_client.time_entries.create(**once)
    assert spent.value.type == "idempotency"


@pytest.mark.parametrize("instant", ["1989-12-31T00:00:00Z", "2101-01-01T00:00:00Z", "2026-01-01T00:00:00", "soon"])
def test_a_time_that_is_none_is_refused(timewright_clock, instant):
    with pytest.raises(SandboxFailed):
        timewright_clock.set(instant)
    assert timewright_clock.now == datetime(2026, 11, 19, 9, tzinfo=UTC)


# Faults ---------------------------------------------------------------------------------------------


def test_too_many_requests(timewright_server, timewright_faults):
    timewright_faults.rate_limited(retry_after_seconds=7, method="POST")
    with timewright_server.client(retries=ONCE) as client:
        before = count(client)
        with pytest.raises(RateLimited) as refusal:
            client.time_entries.create(**entry(timewright_server))
        assert (refusal.value.type, refusal.value.headers["retry-after"]) == ("rate_limit", "7")
        assert refusal.value.headers["ratelimit-remaining"] == "0"
        assert refusal.value.request_id
        assert count(client) == before
        client.time_entries.create(**entry(timewright_server))
        assert count(client) == before + 1


def test_out_of_service(timewright_server, timewright_faults):
    timewright_faults.unavailable(times=2, retry_after_seconds=0)
    with timewright_server.client(retries=ONCE) as client:
        for _ in range(2):
            with pytest.raises(ServerFailed) as refusal:
                client.users.me()
            assert (refusal.value.status, refusal.value.type) == (503, "unavailable")
        assert client.users.me()["full_name"] == "Kim Sorel"


def test_a_fault_may_meet_the_nth_call_of_a_kind(timewright_server, timewright_faults):
    timewright_faults.unavailable(call=2, method="GET", path="/users/*")
    with timewright_server.client(retries=ONCE) as client:
        for _ in range(3):
            next(client.users.list().pages())
        client.users.me()
        with pytest.raises(ServerFailed):
            client.users.me()
        client.users.me()
        assert timewright_faults.met() == 1


def test_a_dropped_connection_stores_nothing(timewright_server, timewright_faults):
    timewright_faults.drop(method="POST")
    with timewright_server.client() as client:
        before = count(client)
        client.time_entries.create(**entry(timewright_server))
        assert count(client) == before + 1
    lost, kept = timewright_server.requests("POST")
    assert (lost.fault, lost.status, kept.status) == ("drop", None, 200)


def test_a_lost_answer_was_stored(timewright_server, timewright_faults):
    timewright_faults.lose_answer(method="POST")
    with timewright_server.client() as client:
        before = count(client)
        made = client.time_entries.create(**entry(timewright_server))
        assert count(client) == before + 1, "the client's key has it answered from memory"
        assert client.time_entries.get(made["id"])
    lost, again = timewright_server.assert_requested("POST", "/time_entries", times=2)
    assert (lost.status, again.status) == (200, 200)
    assert lost.headers["idempotency-key"] == again.headers["idempotency-key"]


def test_a_client_that_awaits_survives_the_same(timewright_server, timewright_faults):
    timewright_faults.lose_answer(method="POST")
    timewright_faults.rate_limited(method="POST", call=2, retry_after_seconds=0)

    async def work():
        async with timewright_server.async_client() as client:
            before = [each["id"] async for each in client.time_entries.list()]
            made = await client.time_entries.create(**entry(timewright_server), include="user")
            after = [each["id"] async for each in client.time_entries.list()]
            assert set(after) - set(before) == {made["id"]}
            assert made["user"]["full_name"] == "Kim Sorel"

    asyncio.run(work())
    assert len(timewright_server.requests("POST")) == 3


def test_a_delay_is_waited_for(timewright_server, timewright_client, timewright_faults):
    timewright_faults.delay(0.3, path="/users/me")
    with httpx2.Client(timeout=0.05) as hasty, pytest.raises(httpx2.ReadTimeout):
        hasty.get(timewright_server.base_url + "/users/me", headers=bearing(timewright_server))
    timewright_faults.delay(0.01, path="/users/me")
    assert timewright_client.users.me()["full_name"] == "Kim Sorel"


def test_the_first_fault_whose_turn_it_is_has_the_call():
    faults = Faults()
    for fault in (
        Fault(kind="drop", call=2, path="time_entries.json"),
        Fault(kind="delay", times=2, method="post"),
        Fault(kind="lose_answer", call=4),
    ):
        faults.order(fault)
    met = [faults.meeting("POST", "/time_entries") for _ in range(5)]
    assert [fault and fault.kind for fault in met] == ["delay", "drop", None, "lose_answer", None]
    assert [(each.seen, each.met) for each in faults.ordered] == [(5, 1), (5, 1), (5, 1)]


# What was asked -------------------------------------------------------------------------------------


def test_requests_are_recorded_as_they_came(timewright_server, timewright_client):
    body = entry(timewright_server, notes="é")
    timewright_client.time_entries.create(**body, include=["user", "story"], strict=True)
    (asked,) = timewright_server.assert_requested(
        "POST", "/time_entries", times=1, json={"time_entry": body}, headers={"Prefer": "handling=strict"}
    )
    assert (asked.part, asked.status, asked.fault) == ("consultant", 200, None)
    assert asked.query == [["include", "user,story"]]
    assert json.loads(asked.text) == asked.json
    assert asked.at == "2026-11-19T09:00:00Z"
    assert asked.request_id


def test_forms_and_paths_of_every_form_are_recorded(timewright_server):
    form = {"time_entry[time_in_minutes]": "30"}
    httpx2.post(
        timewright_server.base_url + "/time_entries.json?a=1&a=2", data=form, headers=bearing(timewright_server)
    )
    (asked,) = timewright_server.requests()
    assert (asked.method, asked.path, asked.query) == ("POST", "/time_entries", [["a", "1"], ["a", "2"]])
    assert (asked.text, asked.json, asked.status) == ("time_entry%5Btime_in_minutes%5D=30", None, 422)


def test_no_secret_is_recorded(timewright_server):
    token = timewright_server.tokens["lead"]
    httpx2.post(
        f"{timewright_server.base_url}/time_entries?access_token={token}",
        json={"time_entry": {"notes": f"my token is {token}"}},
        headers={"Authorization": f"Bearer {token}", "Cookie": "session=crumbly", "X-Note": token},
    )
    for scheme in ("Basic dXNlcjpwYXNz", "Bearer\tanother", "another", ""):
        httpx2.get(timewright_server.base_url + "/users/me", headers={"Authorization": scheme})
    recorded = order(timewright_server, "GET", "/requests").text
    assert len(json.loads(recorded)["requests"]) == 5
    for secret in (token, token[:20], "crumbly", "dXNlcjpwYXNz", "another"):
        assert secret not in recorded
    first, *others = timewright_server.requests()
    assert (first.part, *(each.part for each in others)) == ("lead", None, None, None, None)
    assert first.headers["authorization"] == "Bearer [redacted]"
    assert first.json == {"time_entry": {"notes": "my token is [redacted]"}}


def test_an_assertion_that_fails_tells_what_was_asked(timewright_server, timewright_client):
    timewright_client.users.me()
    with pytest.raises(AssertionError, match=r"(?s)POST /time_entries was expected 1 times.*GET /users/me 200"):
        timewright_server.assert_requested("POST", "/time_entries", times=1)
    with pytest.raises(AssertionError, match="came 0 times"):
        timewright_server.assert_requested("GET", "/users/me", headers={"x": "y"})
    timewright_server.assert_requested("DELETE", "/users/me", times=0)


# Over the wire, from any language -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/faults", '{"kind": "dropp"}', 400),
        ("POST", "/faults", '{"kind": "drop", "colour": "red"}', 400),
        ("POST", "/faults", '{"kind": "drop", "call": 0}', 400),
        ("POST", "/faults", "{", 400),
        ("POST", "/faults", "", 400),
        ("POST", "/faults", '{"kind": "drop", "path": "' + "x" * 70_000 + '"}', 400),
        ("POST", "/faults", '{"kind": "drop", "path": "/api/v1/time_entries"}', 400),
        ("POST", "/faults", '{"kind": "drop", "path": "api/v1"}', 400),
        ("POST", "/clock/advance", '{"seconds": 1e300}', 400),
        ("PUT", "/clock", '{"now": 5}', 400),
        ("GET", "/reset", None, 404),
        ("GET", "", None, 404),
        ("GET", "/nothing", None, 404),
        ("DELETE", "/faults", None, 204),
        ("DELETE", "/requests", None, 204),
        ("POST", "/reset/", None, 204),
        ("GET", "/clock", None, 200),
    ],
)
def test_orders_are_taken_or_refused_in_the_wires_shape(timewright_server, method, path, content, status):
    answer = order(timewright_server, method, path, content)
    assert answer.status_code == status
    assert answer.headers["x-request-id"] if status < 400 else answer.json()["errors"][0]["message"]
    assert json.loads(order(timewright_server, "GET", "/faults").text) == {"faults": []}


def test_orders_are_not_recorded_and_meet_no_fault(timewright_server, timewright_faults):
    timewright_faults.drop(times=100)
    assert order(timewright_server, "GET", "/clock").status_code == 200
    assert timewright_server.requests() == []


def test_it_listens_on_one_address_alone(timewright_server):
    # Whoever listens on every address answers on this one too.
    port = int(timewright_server.web_url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), 5).close()


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}]
)
def test_a_web_page_steers_nothing(timewright_server, timewright_client, headers):
    timewright_client.time_entries.create(**entry(timewright_server))
    before = count(timewright_client)
    assert httpx2.post(f"{timewright_server.sandbox_url}/reset", headers=headers).status_code == 403
    assert count(timewright_client) == before
