"""A bulk is stored whole or not at all, and its bad objects are named by their places."""

import pytest
import sqlalchemy as sa

from timewright import tables as t

BAD = [
    ({"time_in_minutes": "many"}, "time_in_minutes"),
    ({"time_in_minutes": 1441}, "time_in_minutes"),
    ({"date_performed": "2026-02-30"}, "date_performed"),
    ({"date_performed": "1999-12-24"}, "date_performed"),
    ({"workspace_id": 7}, "workspace_id"),
    ({"workspace_id": 4}, "workspace_id"),
    ({"story_id": 7}, "story_id"),
    ({"role_id": 3}, "role_id"),
    ({"location": "Nowhere"}, "location"),
    ({"notes": "a\0b"}, "notes"),
]


def entry(**members):
    return {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}


def fingerprint(house):
    """How many rows each table holds, and the last id given."""
    with house.database.read() as tx:
        counts = [tx.number(sa.select(sa.func.count()).select_from(table)) for table in t.metadata.sorted_tables]
        return counts, tx.number(sa.select(sa.func.max(t.time_entries.c.id)))


def test_one_bad_object_at_any_of_a_hundred_places_stores_nothing_and_is_named(house):
    before, named = fingerprint(house), 0
    for place in range(100):
        members, field = BAD[place % len(BAD)]
        entries = [entry(**members) if at == place else entry() for at in range(100)]
        answer = house.post("kim", "/time_entries", {"time_entries": entries})
        assert answer.status_code == 422
        errors = answer.json()["errors"]
        named += [(e["index"], e["field"], e["type"]) for e in errors] == [(place, field, "validation")]
    assert named == 100
    assert fingerprint(house) == before


def test_objects_that_may_not_be_logged_are_named_by_their_places(house):
    before = fingerprint(house)
    # Nora may not be seen logging in the other project; Cleo may log nowhere.
    answer = house.post("cleo", "/time_entries", {"time_entries": [entry(), entry(time_in_minutes=0), entry()]})
    assert answer.status_code == 403
    assert [(e["type"], e["index"]) for e in answer.json()["errors"]] == [("system", 0), ("system", 1), ("system", 2)]
    assert fingerprint(house) == before


def test_every_problem_of_every_object_is_told_in_order(house):
    entries = [entry(time_in_minutes=0, story_id=99), entry(), {"notes": "\0"}, entry(role_id=99, location="?")]
    answer = house.post("kim", "/time_entries", {"time_entries": entries})
    assert [(e["index"], e["field"]) for e in answer.json()["errors"]] == [
        (0, "story_id"),
        (0, "time_in_minutes"),
        (2, "date_performed"),
        (2, "notes"),
        (2, "time_in_minutes"),
        (2, "workspace_id"),
        (3, "location"),
        (3, "role_id"),
    ]


def test_at_most_five_hundred_problems_are_listed(house):
    bad = {"external_reference": {}, "time_in_minutes": 0, "date_performed": "x", "role_id": "x"}
    answer = house.post("kim", "/time_entries", {"time_entries": [bad] * 100})
    errors = answer.json()["errors"]
    assert len(errors) == 500
    assert [(e["index"], e["field"]) for e in errors] == sorted((e["index"], e["field"]) for e in errors)


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_holds_one_to_a_hundred(house, count):
    before = fingerprint(house)
    answer = house.post("kim", "/time_entries", {"time_entries": [entry()] * count})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["type"] == "system"
    assert fingerprint(house) == before


def test_a_hundred_are_stored_and_all_are_answered(house):
    days = [f"2026-02-{1 + n % 28:02d}" for n in range(100)]
    told = house.post("kim", "/time_entries", {"time_entries": [entry(date_performed=day) for day in days]}).json()
    assert told["count"] == len(told["results"]) == len(told["time_entries"]) == 100
    assert told["meta"]["page_size"] == 100
    assert told["meta"]["page_count"] == 1
    created = told["meta"]["created_ids"]
    assert [told["time_entries"][id_]["date_performed"] for id_ in created] == days
    order = [(told["time_entries"][r["id"]]["date_performed"], -int(r["id"])) for r in told["results"]]
    assert order == sorted(order, reverse=True)
    rows = house.rows(sa.select(t.time_entries.c.operation_id).where(t.time_entries.c.id >= int(created[0])))
    assert len(rows) == 100
    assert len({row["operation_id"] for row in rows}) == 1


def test_one_in_an_array_is_a_batch(house):
    told = house.post("kim", "/time_entries", {"time_entries": [entry()]}).json()
    assert told["meta"]["page_size"] == 20
    assert told["meta"]["created_ids"] == [told["results"][0]["id"]]
