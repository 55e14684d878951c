"""A request with a key is carried out once, whoever sends it how often and whatever is lost on the way."""

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from starlette.testclient import TestClient

from timewright import clock, idempotency, tokens
from timewright import tables as t
from timewright.actor import people
from timewright.api import upkeep
from timewright.api.app import application
from timewright.database import Database
from timewright.errors import Invalid, KeyReused, Unauthenticated
from timewright.presenting.body import Wanted
from timewright.resources import REGISTRY
from timewright.resources import time_entry_verbs as verbs
from timewright.settings import Settings
from timewright.tokens import hashed
from timewright.wishes import Accepted, RequestKey, Wish, write_set

ENTRY = {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30}


def post(house, key, part="kim", path="/time_entries", **members):
    headers = {} if key is None else {"Idempotency-Key": key}
    return house.request(part, "POST", path, json={"time_entry": {**ENTRY, **members}}, headers=headers)


def post_many(house, key, entries, part="kim"):
    return house.request(
        part, "POST", "/time_entries", json={"time_entries": entries}, headers={"Idempotency-Key": key}
    )


def stored(house):
    return len(house.rows(sa.select(t.time_entries.c.id)))


def test_the_same_request_again_is_answered_and_not_stored_again(house):
    before = stored(house)
    first = post(house, "a-key", notes="once")
    again = post(house, "a-key", notes="once")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert stored(house) == before + 1


def test_without_a_key_a_repeated_request_stores_again(house):
    # The published contract: a repeated POST creates again.
    assert post(house, None).json()["results"] != post(house, None).json()["results"]


def test_a_quoted_key_and_a_bare_one_are_the_same(house):
    assert post(house, '"a key"').json()["results"] == post(house, "a key").json()["results"]


def test_a_bulk_is_remembered_with_its_ids_in_the_order_of_the_request_and_what_was_ignored(house):
    entries = [
        {**ENTRY, "date_performed": "2026-02-01"},
        {**ENTRY, "nothing": 1},
        {**ENTRY, "date_performed": "2026-02-05"},
    ]
    first, again = (post_many(house, "bulk", entries).json() for _ in range(2))
    assert first == again
    assert again["meta"]["created_ids"] == sorted(again["time_entries"], key=int)
    assert again["meta"]["ignored"] == [{"index": 1, "field": "nothing"}]


def test_another_request_under_the_same_key_is_refused(house):
    post(house, "a-key")
    before = stored(house)
    answer = post(house, "a-key", time_in_minutes=31)
    assert answer.status_code == 422
    assert [error["type"] for error in answer.json()["errors"]] == ["idempotency"]
    assert post(house, "a-key", path="/time_entries?include=user").status_code == 422
    assert stored(house) == before


def test_a_refused_request_is_not_remembered_so_that_it_can_be_mended_under_its_key(house):
    assert post(house, "a-key", workspace_id=4).status_code == 422
    assert post(house, "a-key", time_in_minutes=0).status_code == 422
    assert post(house, "a-key", part="cleo").status_code == 403
    assert post(house, "a-key").status_code == 200


def test_a_key_belongs_to_one_person(house):
    first, other = post(house, "a-key"), post(house, "a-key", part="lee", time_in_minutes=45)
    assert first.json()["results"] != other.json()["results"]
    assert "idempotency-replayed" not in other.headers


@pytest.mark.parametrize("key", ["", '""', "x" * 256, '"' + "x" * 256 + '"', "a\tb", 'a"b"c' + '"' * 260, '"open'])
def test_a_malformed_key_is_refused(house, key):
    answer = post(house, key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["type"] == "system"


def test_two_keys_are_refused(house):
    headers = [
        ("Authorization", f"Bearer {house.world.tokens['kim']}"),
        ("Idempotency-Key", "a"),
        ("Idempotency-Key", "b"),
    ]
    assert house.client.post("/api/v1/time_entries", json={"time_entry": ENTRY}, headers=headers).status_code == 400


def test_a_replay_shows_the_rows_as_they_now_are(house):
    first = post_many(house, "bulk", [ENTRY, {**ENTRY, "notes": "second"}]).json()
    gone, kept = first["meta"]["created_ids"]
    with house.database.write() as tx:
        tx.execute(sa.delete(t.time_entries).where(t.time_entries.c.id == int(gone)))
        tx.execute(sa.update(t.time_entries).where(t.time_entries.c.id == int(kept)).values(notes="changed"))
    again = post_many(house, "bulk", [ENTRY, {**ENTRY, "notes": "second"}]).json()
    assert list(again["time_entries"]) == [kept]
    assert again["time_entries"][kept]["notes"] == "changed"
    assert again["meta"]["created_ids"] == [gone, kept]


def test_a_replay_passes_the_same_questions_about_its_token(house):
    post(house, "a-key")
    with house.database.write() as tx:
        tx.execute(sa.update(t.tokens).values(can_write=False))
    assert post(house, "a-key").status_code == 403
    with house.database.write() as tx:
        tx.execute(sa.update(t.tokens).values(revoked_at=clock.now()))
    assert post(house, "a-key").status_code == 401


def test_the_hash_of_the_key_stays_on_the_rows_and_the_key_nowhere(house):
    post(house, "secret-key")
    (name,) = {r["request_key"] for r in house.rows(sa.select(t.time_entries.c.request_key)) if r["request_key"]}
    (record,) = house.rows(sa.select(t.idempotency_records))
    assert record["request_key"] == name
    assert len(name) == 64
    assert "secret-key" not in str(record)


def test_a_key_older_than_its_record_is_refused_and_stores_nothing(house):
    first = post(house, "a-key")
    assert first.status_code == 200
    with house.database.write() as tx:
        tx.execute(
            sa.update(t.idempotency_records).values(created_at=clock.now() - idempotency.KEPT - timedelta(hours=1))
        )
    before = stored(house)
    for forgotten in (0, 1):  # before old records were looked for, and after
        for members in ({}, {"time_in_minutes": 31}):
            answer = post(house, "a-key", **members)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["type"] == "idempotency"
        with house.database.write() as tx:
            assert idempotency.forget(tx) == 1 - forgotten
    assert stored(house) == before


def test_a_running_server_forgets_old_records_by_itself(house, monkeypatch):
    monkeypatch.setattr(upkeep, "FIRST_TIDY_SECONDS", 0.01)
    post(house, "a-key")
    with house.database.write() as tx:
        tx.execute(sa.update(t.idempotency_records).values(created_at=clock.now() - idempotency.KEPT * 2))
    end = time.monotonic() + 5
    with TestClient(application(house.database, REGISTRY, Settings())):
        while known(house) and time.monotonic() < end:
            time.sleep(0.02)
    assert known(house) == []


def known(house):
    """What the records know to answer."""
    return [r["created_ids"] for r in house.rows(sa.select(t.idempotency_records)) if r["created_ids"]]


def test_many_old_records_forget_a_few_at_a_time(house, monkeypatch):
    monkeypatch.setattr(idempotency, "FORGOTTEN_AT_A_TIME", 2)
    for number in range(5):
        post(house, f"key {number}")
        with house.database.write() as tx:
            age = idempotency.KEPT + timedelta(hours=10 - number)
            row = t.idempotency_records.c.created_at > clock.now() - timedelta(hours=1)
            tx.execute(sa.update(t.idempotency_records).where(row).values(created_at=clock.now() - age))
    seen = []
    for _ in range(4):
        with house.database.write() as tx:
            seen.append(idempotency.forget(tx))
    assert seen == [2, 2, 1, 0]
    assert post(house, "key 3").status_code == 422


def test_a_young_record_is_kept(house):
    post(house, "a-key")
    with house.database.write() as tx:
        assert idempotency.forget(tx) == 0


# In one set --------------------------------------------------------------------------------------


def _wish(house, key, fingerprint="f", part="kim", minutes=30):
    actor = _actor(house, part)
    values = {"workspace_id": 1, "date_performed": date(2026, 2, 2), "time_in_minutes": minutes}
    return Wish(
        verb=verbs.create,
        actor=actor,
        wanted=[Wanted(0, values, ())],
        operation_id=f"set-{key}-{fingerprint}",
        key=RequestKey(key, fingerprint) if key else None,
    )


def _actor(house, part):
    with house.database.read() as tx:
        token_hash = hashed(house.world.tokens[part])
        return people(tx, "token_hash", [token_hash]).actors[token_hash]


def test_equal_keys_in_one_set_are_one_entry(house):
    before = stored(house)
    wishes = [_wish(house, "k"), _wish(house, None), _wish(house, "k"), _wish(house, "k", "other"), _wish(house, "l")]
    outcomes = write_set(house.database, wishes)
    led, plain, followed, reused, fresh = outcomes
    assert isinstance(led, Accepted)
    assert not led.is_replay
    assert isinstance(followed, Accepted)
    assert followed.is_replay
    assert followed.rows == led.rows
    assert isinstance(reused, KeyReused)
    assert isinstance(plain, Accepted)
    assert isinstance(fresh, Accepted)
    assert stored(house) == before + 3


def test_a_follower_takes_the_refusal_of_its_leader(house):
    wishes = [_wish(house, "k", minutes=30, part="eve"), _wish(house, "k", minutes=30, part="eve")]
    outcomes = write_set(house.database, wishes)
    assert outcomes[0] is outcomes[1]
    assert isinstance(outcomes[0], Invalid)


def test_a_follower_whose_token_was_revoked_is_told_nothing(house):
    leader, follower = _wish(house, "k"), _wish(house, "k", part="kim")
    with house.database.write() as tx:
        token_id = _second_token(tx, house)
    follower = replace(follower, actor=dataclasses.replace(follower.actor, token_id=token_id))
    outcomes = write_set(house.database, [leader, follower])
    assert isinstance(outcomes[0], Accepted)
    assert isinstance(outcomes[1], Unauthenticated)


def _second_token(tx, house):
    id_ = tokens.add(tx, tokens.new_token(), user_id=house.world.users["kim"]["id"], name="second")
    tokens.revoke(tx, id_)
    return id_


def test_the_same_key_at_once_is_one_entry(house):
    """F12, short: 32 at once, five rounds."""
    before = stored(house)
    with ThreadPoolExecutor(32) as threads:
        for number in range(5):
            answers = list(threads.map(lambda _, n=number: post(house, f"round-{n}"), range(32)))
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.json()["results"][0]["id"] for answer in answers}) == 1
            assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert stored(house) == before + 5


def test_two_servers_that_get_the_same_key_at_once_store_one_entry(house):
    before = stored(house)
    beside = Database(house.database.url)
    try:
        wishes = [_wish(house, f"round-{number}") for number in range(20)]
        with ThreadPoolExecutor(2) as threads:
            for wish in wishes:
                either = [threads.submit(_alone, database, wish) for database in (house.database, beside)]
                ids = {outcome.result().rows[0]["id"] for outcome in either}
                assert len(ids) == 1
    finally:
        beside.close()
    assert stored(house) == before + 20


def _alone(database, wish):
    (outcome,) = write_set(database, [wish])
    assert isinstance(outcome, Accepted)
    return outcome


def test_a_replay_whose_rows_cannot_be_read_is_no_bug_and_does_not_say_that_nothing_was_stored(house, monkeypatch):
    first = post(house, "a-key")
    with monkeypatch.context() as broken:
        broken.setattr("timewright.presenting.load.written", lambda *_args, **_how: 1 / 0)
        again = post(house, "a-key")
    assert (again.status_code, 1 <= int(again.headers["retry-after"]) <= 30) == (503, True)
    assert [error["type"] for error in again.json()["errors"]] == ["outcome_unknown"]
    assert post(house, "a-key").json() == first.json()
