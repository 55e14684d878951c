"""How a client is tested against a sandbox: run it with `pytest examples`.

Here are two clients of one program that logs time. The first sends again what had no answer. So does the second, with
an idempotency key. Both pass every test in which the line is good; the sandbox tells them apart.
"""

import uuid

import httpx2
import pytest


def naive(server, **entry):
    return _logged(server, entry, {})


def careful(server, **entry):
    return _logged(server, entry, {"Idempotency-Key": str(uuid.uuid4())})


def _logged(server, entry, headers):
    """Log time, and send it again while the line breaks."""
    headers = {"Authorization": f"Bearer {server.tokens['consultant']}", **headers}
    for _ in range(3):
        try:
            answer = httpx2.post(f"{server.base_url}/time_entries", json={"time_entry": entry}, headers=headers)
        except httpx2.TransportError:
            continue
        answer.raise_for_status()
        return answer.json()["results"][0]["id"]
    raise ConnectionError("The server does not answer.")


@pytest.fixture
def booked(timewright_server, timewright_client):
    """Log an hour with a client; how many entries there are for it."""

    def book(client):
        workspace_id = timewright_server.workspace_id
        client(
            timewright_server, workspace_id=workspace_id, date_performed="2026-11-18", time_in_minutes=60, notes="once"
        )
        day = timewright_client.time_entries.list(date_performed_between="2026-11-18:2026-11-18")
        return sum(entry["notes"] == "once" for entry in day)

    return book


@pytest.mark.parametrize("client", [naive, careful])
def test_an_hour_is_booked_once(booked, client):
    assert booked(client) == 1


@pytest.mark.parametrize("client", [naive, careful])
def test_an_hour_is_booked_once_over_a_line_that_breaks_before(booked, client, timewright_faults):
    timewright_faults.drop(method="POST", times=2)
    assert booked(client) == 1


def test_a_lost_answer_makes_the_naive_client_book_twice(booked, timewright_faults):
    timewright_faults.lose_answer(method="POST")
    assert booked(naive) == 2, "this is the fault: the first request had been stored"


def test_a_lost_answer_is_nothing_to_the_careful_client(booked, timewright_faults, timewright_server):
    timewright_faults.lose_answer(method="POST")
    assert booked(careful) == 1
    first, second = timewright_server.assert_requested("POST", "/time_entries", times=2)
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert (first.fault, second.fault) == ("lose_answer", None)
