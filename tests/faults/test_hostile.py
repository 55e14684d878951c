"""F7, short. The long forms are in `make faults`."""

import pytest
import sqlalchemy as sa

from faults import hostile, parsing
from faults.hostile_answers import Envelopes, OffSchema, check_refusal, refusals
from faults.hostile_requests import Grammar, Ground
from timewright import changes
from timewright import tables as t
from timewright.database import Database

PARTS = ("kim", "lee", "ada", "cleo", "vera", "nora", "otto", "reader")
GROUND = Ground(tokens=dict.fromkeys(PARTS, "tw_x"), stale={"old": "tw_y"}, users={"kim": 3})


def test_hostile_requests_meet_a_server_that_stays_whole(tmp_path):
    report = hostile.run(tmp_path, 3_000)
    assert report.is_clean, report
    assert report.stored > 300
    assert {"200", "400", "401", "403", "404", "415", "422"} <= report.statuses.keys()


def test_a_build_that_lets_a_bug_out_is_caught(tmp_path):
    report = hostile.run(tmp_path, 400, build="faults.broken_lets_a_bug_out")
    assert report.wrong["a 500 of type system is not documented"]
    assert report.logged["bug"]


def test_a_build_that_shows_the_hidden_is_caught(tmp_path):
    report = hostile.run(tmp_path, 400, build="faults.broken_shows_the_hidden")
    assert any(why.startswith("shows canary") for why in report.wrong), report.wrong
    assert any("is_taxable" in why for why in report.wrong), report.wrong


def test_a_build_that_keeps_memory_and_forgets_whom_to_tell_is_caught(tmp_path):
    report = hostile.run(tmp_path, 1_200, build="faults.broken_keeps_and_forgets")
    assert report.grown_bytes > hostile.MOST_GROWN_BYTES
    assert report.rows["not acknowledged"]


def test_a_delete_is_excused_by_its_own_request_alone(tmp_path):
    url, _ = hostile.prepared(tmp_path)
    before = hostile._ids(url)
    database = Database(url)
    with database.write() as tx:
        entry = tx.rows(sa.select(t.time_entries).limit(1))[0]
        named = {"account_id": entry["account_id"], "subject_type": "TimeEntry", "subject_id": entry["id"]}
        changes.append(tx, [changes.Change(**named, verb="delete", before={}, request_id="told")])
    database.close()
    for deleting, wrong in (
        ({"told"}, {}),
        ({"another"}, {"deleted and nobody was told": 1, "told that it is deleted": 1}),
    ):
        report = hostile.Report(0)
        hostile.compared(url, before, [], deleting, report)
        assert report.rows == wrong


def test_whatever_reads_a_request_answers_or_refuses():
    report = parsing.run(12_000)
    assert report.is_clean, report


def test_a_request_is_the_same_whenever_it_is_made():
    first, second = Grammar(GROUND, 5), Grammar(GROUND, 5)
    backwards = [second.request(number) for number in reversed(range(300))]
    assert [first.request(number) for number in range(300)] == backwards[::-1]
    assert Grammar(GROUND, 6).request(0) != first.request(0)


def test_500_is_no_documented_status():
    assert {status for status, _ in refusals()} >= {400, 401, 403, 404, 409, 413, 414, 415, 422, 503}
    assert 500 not in {status for status, _ in refusals()}


FAULT = b'{"type":"validation","message":"x","field":"%b","index":%d}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"errors":[{"type":"system","message":"x"}]}'),
        (404, b'{"errors":[{"type":"oauth","message":"x"}]}'),
        (404, b'{"errors":[]}'),
        (404, b'{"errors":[{"type":"system","message":""}]}'),
        (404, b'{"errors":[{"type":"system"}]}'),
        (404, b'{"errors":[{"type":"system","message":"x","extra":1}]}'),
        (404, b'{"errors":[{"type":"system","message":"x"}],"extra":1}'),
        (404, b'{"error":"x"}'),
        (404, b""),
        (422, b'{"errors":[{"type":"validation","message":"x"}]}'),
        (422, b'{"errors":[{"type":"validation","message":"repeats","field":"a","index":0}]}'),
        (
            422,
            b'{"errors":[' + FAULT % (b"b", 0) + b"," + FAULT % (b"a", 0) + b"]}",
        ),
    ],
)
def test_a_refusal_out_of_shape_is_found(status, body):
    check_refusal(422, b'{"errors":[' + FAULT % (b"a", 0) + b"," + FAULT % (b"b", 0) + b"]}", echo="repeats")
    with pytest.raises(OffSchema):
        check_refusal(status, body, echo="repeats")


USER = (
    b'{"id":"1","full_name":"A","photo_path":"/a","email_address":"a@b","headline":null,"account_id":"1"}'
)  # fmt: skip
META = b'"meta":{"count":1,"page_count":1,"page_number":1,"page_size":20}}'
GOOD = b'{"count":1,"results":[{"key":"users","id":"1"}],"users":{"1":' + USER + b"}," + META


@pytest.mark.parametrize(
    "body",
    [
        GOOD.replace(b'"full_name":"A",', b""),
        GOOD.replace(b'"full_name":"A"', b'"full_name":null'),
        GOOD.replace(b'"full_name":"A"', b'"full_name":"A","password":"x"'),
        GOOD.replace(b'"id":"1","full_name"', b'"id":1,"full_name"'),
        GOOD.replace(b'"id":"1","full_name"', b'"id":"2","full_name"'),
        GOOD.replace(b'{"1":', b'{"2":'),
        GOOD.replace(b'"key":"users"', b'"key":"stories"'),
        GOOD.replace(b'{"count":1,"results"', b'{"count":2,"results"'),
        GOOD.replace(b'"page_size":20', b'"page_size":20,"more":1'),
        GOOD.replace(b',"users":{', b',"stories":{},"users":{'),
        GOOD.replace(b'"headline":null', b'"headline":null,"bio":"x"'),
        GOOD.replace(b',"users":{', b',"external_references":{},"users":{'),
        b"[]",
        b"",
    ],
)
def test_an_envelope_out_of_shape_is_found(body):
    envelopes = Envelopes()
    envelopes.check(GOOD, ("users", (), ()))
    with pytest.raises(OffSchema):
        envelopes.check(body, ("users", (), ()))


REFERENCE = (
    b'{"id":"5","service_name":"tracker","service_model":"Person","service_model_ref":"1","status":"successful",'
    b'"external_link":null,"external_message":null,"external_status":null,"locked":false,"subject_id":1,'
    b'"subject_type":"User","last_synced_at":null,"created_at":"2026-01-05T09:00:00Z",'
    b'"updated_at":"2026-01-05T09:00:00Z","subject_ref":{"key":"users","id":"1"}}'
)
OF_A_USER = b'{"count":1,"results":[{"key":"external_references","id":"5"}],"external_references":{"5":' + REFERENCE
OF_A_USER += b'},"users":{"1":' + USER + b"}," + META


@pytest.mark.parametrize(
    "body",
    [
        OF_A_USER.replace(b',"subject_ref":{"key":"users","id":"1"}', b""),
        OF_A_USER.replace(b'{"key":"users","id":"1"}', b'"1"'),
        OF_A_USER.replace(b'{"key":"users","id":"1"}', b'{"key":"users","id":"2"}'),
        OF_A_USER.replace(b'{"key":"users","id":"1"}', b'{"key":"roles","id":"1"}'),
        OF_A_USER.replace(b'"full_name":"A",', b""),
        OF_A_USER.replace(b'"users":{', b'"posts":{},"users":{'),
    ],
)
def test_what_leads_to_one_of_several_kinds_is_held_against_that_kind(body):
    envelopes = Envelopes()
    envelopes.check(OF_A_USER, ("external_references", ("subject",), ()))
    with pytest.raises(OffSchema):
        envelopes.check(body, ("external_references", ("subject",), ()))
