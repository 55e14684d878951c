"""DELETE of an entry, and of many at once: all of them or none, with what hangs on them."""

import json

import pytest
import sqlalchemy as sa

from tests.api.test_changing_time import MAY, NOT_FOUND, fold_up_to, log_of, sound
from tests.api.test_every_error import fingerprint
from tests.presenting.test_load import actor_of
from timewright import soundness
from timewright import tables as t
from timewright.errors import NotFound
from timewright.presenting.body import Wanted
from timewright.resources import time_entry_verbs as verbs
from timewright.wishes import Accepted, Wish

E = t.time_entries.c


def delete(house, part, id_):
    return house.request(part, "DELETE", f"/time_entries/{id_}")


def delete_all(house, part, ids, **how):
    return house.request(part, "DELETE", "/time_entries", json={"ids": ids}, **how)


def there(house):
    return {row["id"] for row in house.rows(sa.select(E.id).where(E.account_id == 1))}


def errors(answer):
    assert answer.status_code == 422, answer.text
    return [(error["index"], error["field"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize("path", ["/time_entries/1", "/time_entries/1.json", "/time_entries?ids=1", "/time_entries/1/"])
def test_a_deleted_entry_is_gone_with_its_references_and_the_log_keeps_what_it_was(house, path):
    was = house.rows(sa.select(t.time_entries).where(E.account_id == 1, E.id == 1))[0]
    answer = house.request("kim", "DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert 1 not in there(house)
    assert house.get("kim", "/time_entries/1").content == NOT_FOUND
    of = t.external_references.c
    of_it = of.account_id == 1, of.subject_type == "TimeEntry", of.subject_id == 1
    assert house.rows(sa.select(t.external_references).where(*of_it)) == []
    (line,) = log_of(house)
    assert (line["verb"], line["subject_id"], line["user_id"], line["after"]) == ("delete", 1, 3, None)
    assert line["request_id"] == answer.headers["x-request-id"]
    before = json.loads(line["before"])
    assert before.keys() == was.keys()
    assert (before["notes"], before["time_in_minutes"]) == ("plain", 60)
    lines = log_of(house, "ExternalReference")
    assert [(row["verb"], json.loads(row["before"])["service_name"]) for row in lines] == [
        ("delete", "tracker"), ("delete", "ledger"),
    ]  # fmt: skip


def test_an_entry_that_was_on_a_timesheet_leaves_it(house):
    assert delete(house, "kim", 4).status_code == 204  # its timesheet was rejected
    assert delete(house, "lee", 2).status_code == 204  # its timesheet is pending, and Lee approves time
    held = house.rows(sa.select(t.timesheet_submission_entries.c.time_entry_id).where(E_OF_SHEET == 1))
    assert {row["time_entry_id"] for row in held} == {3}
    assert len(house.rows(sa.select(t.timesheet_submissions).where(t.timesheet_submissions.c.account_id == 1))) == 3


E_OF_SHEET = t.timesheet_submission_entries.c.account_id


def test_an_entry_of_a_cancelled_invoice_leaves_it(house):
    with house.database.write() as tx:
        tx.insert(t.invoice_time_entries, [{"account_id": 1, "invoice_id": 1, "time_entry_id": 1}])
    assert delete(house, "kim", 1).status_code == 204
    assert house.rows(sa.select(t.invoice_time_entries)) == []


@pytest.mark.parametrize("part", MAY)
def test_who_may_delete_which_entry(house, part):
    for name, entry in house.world.entries.items():
        before, expected = fingerprint(house), MAY[part].get(name, 404)
        bulk = None if expected == 200 else delete_all(house, part, [entry["id"]])
        answer = delete(house, part, entry["id"])
        if expected == 200:
            assert answer.status_code == 204, (part, name, answer.text)
            continue
        assert fingerprint(house) == before
        if expected == 404:
            assert answer.content == NOT_FOUND
            assert errors(bulk) == [(0, "ids")]
        else:
            assert errors(answer) == errors(bulk) == [(0, expected)]


def test_an_entry_is_deleted_once(house):
    assert delete(house, "kim", 1).status_code == 204
    before = fingerprint(house)
    assert delete(house, "kim", 1).content == NOT_FOUND
    assert house.request("kim", "PUT", "/time_entries/1", json={"time_entry": {}}).content == NOT_FOUND
    assert fingerprint(house) == before


def test_the_id_of_a_deleted_entry_is_not_given_again(house):
    made = int(house.log("kim").json()["results"][0]["id"])
    assert delete(house, "kim", made).status_code == 204
    assert int(house.log("kim").json()["results"][0]["id"]) > made


def test_a_deleted_entry_is_left_out_of_a_replay(house):
    entry = {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30}
    body, key = {"time_entries": [entry, entry]}, {"Idempotency-Key": "once"}
    first, second = house.post("kim", "/time_entries", body, headers=key).json()["meta"]["created_ids"]
    assert delete(house, "kim", first).status_code == 204
    told = house.post("kim", "/time_entries", body, headers=key)
    assert told.headers["idempotency-replayed"] == "true"
    assert list(told.json()["time_entries"]) == [second]
    assert told.json()["meta"]["created_ids"] == [first, second]
    with house.database.read() as tx:
        assert [fault for fault in soundness.faults_of_rows(tx, has_counters=False) if "no line" not in fault] == []


# Many ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "how"),
    [
        ("?ids=1,4,7", {}),
        ("", {"json": {"ids": "1, 4 ,7"}}),
        ("", {"json": {"ids": [1, "4", 7]}}),
        ("", {"json": {"ids": "1,4,7,,1"}}),
        ("?ids=99", {"json": {"ids": "1,4,7"}}),
        ("?ids[]=1&ids[]=4&ids[]=7", {}),
        ("", {"content": b"ids=1,4,7", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
    ],
)
def test_many_are_deleted_at_once(house, query, how):
    before = there(house)
    answer = house.request("kim", "DELETE", f"/time_entries{query}", **how)
    assert (answer.status_code, answer.content) == (204, b"")
    assert before - there(house) == {1, 4, 7}
    assert [row["subject_id"] for row in log_of(house)] == [1, 4, 7]


@pytest.mark.parametrize("ids", [None, "", [], ",", " , ", ",".join(map(str, range(1, 102))), list(range(1, 102))])
def test_none_and_more_than_a_hundred_are_refused(house, ids):
    before = fingerprint(house)
    answer = delete_all(house, "kim", ids)
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (400, "system")
    assert fingerprint(house) == before
    assert house.request("kim", "DELETE", "/time_entries").status_code == 400


def test_one_that_cannot_go_keeps_all_and_each_is_named_by_its_place(house):
    before = fingerprint(house)
    answer = delete_all(house, "kim", [1, 3, 999, 5, 8, 6, 12, 4, 2])
    assert errors(answer) == [
        (1, "base"), (2, "ids"), (3, "base"), (4, "ids"), (5, "date_performed"), (6, "ids"), (8, "base"),
    ]  # fmt: skip
    absent = {error["message"] for error in answer.json()["errors"] if error["field"] == "ids"}
    assert len(absent) == 1
    assert fingerprint(house) == before
    assert errors(delete_all(house, "kim", ["1", "zebra", True, {}, "0", 5])) == [
        (1, "ids"), (2, "ids"), (3, "ids"), (4, "ids"), (5, "base"),
    ]  # fmt: skip
    assert fingerprint(house) == before


def test_a_hundred_are_deleted(house):
    entry = {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30}
    ids = house.post("kim", "/time_entries", {"time_entries": [entry] * 100}).json()["meta"]["created_ids"]
    assert delete_all(house, "kim", ",".join([*ids[:-1], "3"])).status_code == 422
    assert there(house) >= set(map(int, ids))
    assert delete_all(house, "kim", ids).status_code == 204
    assert not there(house) & set(map(int, ids))


def test_a_delete_keeps_the_sums_right_whether_they_hold_the_entry_or_not(house):
    for folded, id_ in ((0, 1), (6, 4), (6, 7), (100, 10)):
        fold_up_to(house, folded)
        assert delete(house, "kim", id_).status_code == 204
        assert sound(house) == []


def test_two_wishes_for_one_entry_come_out_as_if_one_after_the_other(house):
    def wish(part, *ids):
        wanted = [Wanted(index, {"id": id_}, ()) for index, id_ in enumerate(ids)]
        how = {"is_batch": len(ids) > 1, "operation_id": f"{part} {ids}"}
        return Wish(verb=verbs.delete, actor=actor_of(house, part), wanted=wanted, **how)

    wishes = [wish("kim", 1, 3), wish("lee", 1, 1), wish("kim", 1), wish("kim", 4, 1), wish("kim", 4)]
    with house.database.write() as tx:
        outcomes = verbs.delete(tx, wishes)
    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [False, True, False, False, True]
    assert isinstance(outcomes[2], NotFound)
    assert not there(house) & {1, 4}
    assert [(row["subject_id"], row["request_id"]) for row in log_of(house)] == [(1, "lee (1, 1)"), (4, "kim (4,)")]


def test_what_should_not_be_there_or_hang_on_nothing_is_found(house):
    assert delete(house, "kim", 1).status_code == 204
    was = json.loads(log_of(house)[0]["before"])
    with house.database.write() as tx:
        row = {**was, "date_performed": "2026-01-05"}
        stamps = house.rows(sa.select(E.created_at).where(E.account_id == 1, E.id == 4))[0]["created_at"]
        day = house.rows(sa.select(E.date_performed).where(E.account_id == 1, E.id == 4))[0]["date_performed"]
        tx.insert(t.time_entries, [{**row, "date_performed": day, "created_at": stamps, "updated_at": stamps}])
        tx.execute(sa.update(t.external_references).values(subject_id=t.external_references.c.id + 900))
    with house.database.read() as tx:
        told = " ".join(soundness.faults_of_rows(tx, has_counters=False))
    assert "1 time entries are there that were deleted" in told
    assert "external references name time entries that are not there" in told
