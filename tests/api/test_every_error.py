"""Every error of the contract and the decisions, live: a case for each slug of the facts, and nothing stored."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from timewright import clock
from timewright import tables as t

FACTS = Path(__file__).parent.parent / "contract" / "facts" / "time_entries_errors.json"
ROWS = {row["case"]: row for row in json.loads(FACTS.read_text(encoding="utf-8"))}
MARK = "zebra-4711"
"""Stands in what is sent wrongly; no answer repeats it."""

ELSEWHERE = {"database_is_out_of_reach", "outcome_is_not_known", "request_comes_too_slowly"}
"""Shown with a database that fails: `test_an_outage_...` below and tests/test_database.py; and with a server on a
socket: tests/test_protocol.py."""


def entry(**members):
    return {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}


def without(name):
    return {key: value for key, value in entry().items() if key != name}


def reference(**members):
    good = {"service_name": "s", "service_model": "m", "service_model_ref": "r"}
    return entry(external_reference={k: v for k, v in {**good, **members}.items() if v is not None})


def post(body=None, part="kim", query="", **how):
    """A request that posts JSON, or bytes as they are."""

    def send(house):
        headers = {"Content-Type": "application/json", **how.get("headers", {})}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return house.request(part, "POST", f"/time_entries{query}", content=content, headers=headers)

    return send


def one(part="kim", headers=None, **members):
    return post({"time_entry": entry(**members)}, part, headers=headers or {})


def get(path, part="kim", headers=None, method="GET"):
    return lambda house: house.request(part, method, path, headers=headers or {})


def bearing(make_header):
    """A list asked for with an Authorization header made of Kim's good token."""

    def send(house):
        headers = make_header(house, house.world.tokens["kim"])
        return house.client.get("/api/v1/time_entries", headers=headers)

    return send


def with_token(path="/time_entries", method="GET", **how):
    """A request with a new token of Kim's, made as told."""

    def send(house):
        with house.database.write() as tx:
            token = Builder(tx).token(house.world.users["kim"], **{k: v for k, v in how.items() if k != "revoked"})
            if how.get("revoked"):
                tx.execute(
                    sa.update(t.tokens)
                    .where(t.tokens.c.id == sa.select(sa.func.max(t.tokens.c.id)).scalar_subquery())
                    .values(revoked_at=clock.now())
                )
        headers = {"Authorization": f"Bearer {token}"}
        body = {"json": {"time_entry": entry()}} if method == "POST" else {}
        return house.client.request(method, f"/api/v1{path}", headers=headers, **body)

    return send


def put(id_=1, part="kim", headers=None, **members):
    """A request that changes an entry."""
    body = {"json": {"time_entry": members}, "headers": headers or {}}
    return lambda house: house.request(part, "PUT", f"/time_entries/{id_}", **body)


def delete(id_=1, part="kim"):
    return lambda house: house.request(part, "DELETE", f"/time_entries/{id_}")


def delete_all(ids, part="kim"):
    return lambda house: house.request(part, "DELETE", "/time_entries", json={"ids": ids})


STRICT = {"Prefer": "handling=strict"}

CASES = {
    "token_is_missing": get("/time_entries", part=None),
    "token_is_malformed": bearing(lambda _, token: {"Authorization": f"Bearer {token[:-1]}"}),
    "token_is_unknown": bearing(lambda *_: {"Authorization": f"Bearer {_unknown_token()}"}),
    "token_is_revoked": with_token(revoked=True),
    "token_is_expired": with_token(expires_at=clock.now() - timedelta(seconds=1)),
    "token_stands_in_the_query": lambda house: house.client.get(
        f"/api/v1/time_entries?access_token={house.world.tokens['kim']}"
    ),
    "scheme_is_not_bearer": bearing(lambda _, token: {"Authorization": f"Basic {token}"}),
    "token_may_not_read": with_token(scopes=("write",)),
    "token_may_not_write": with_token(method="POST", scopes=("read",)),
    "workspace_may_not_be_logged_in": one("cleo"),
    "one_of_a_batch_may_not_be_logged": post({"time_entries": [entry(), entry(workspace_id=7)]}, "ada"),
    "id_is_absent": get("/time_entries/999"),
    "id_is_invisible": get("/time_entries/12"),
    "id_is_no_id": get("/time_entries/1x"),
    "id_is_left_out_by_a_default_filter": get("/time_entries/10"),
    "route_is_unknown": get(f"/{MARK}"),
    "method_is_not_offered": get("/time_entries", method="PATCH"),
    "changed_id_is_absent": put(999, notes=MARK),
    "changed_id_is_invisible": put(12, notes=MARK),
    "changed_id_is_of_another_account": put(15, notes=MARK),
    "changed_entry_is_not_the_callers_to_change": put(1, "vera", notes=MARK),
    "changed_entry_is_of_someone_who_left": put(11, "eve", notes=MARK),
    "deleted_id_is_absent": delete(999),
    "deleted_id_is_invisible": delete(12),
    "deleted_entry_is_not_the_callers_to_delete": delete(1, "vera"),
    "rate_is_of_an_absent_id": get("/time_entries/999/rate"),
    "rate_is_of_an_invisible_id": get("/time_entries/12/rate"),
    "bulk_change_is_not_offered": lambda house: house.request(
        "kim", "PUT", "/time_entries", json={"time_entries": [{"id": 1, "notes": MARK}]}
    ),
    "rate_may_not_be_seen": get("/time_entries/1/rate"),
    "entry_may_not_be_moved_there": put(12, "nora", workspace_id=1, notes=MARK),
    "changed_root_is_absent": lambda house: house.request("kim", "PUT", "/time_entries/1", json={MARK: {}}),
    "changed_root_is_of_the_wrong_type": lambda house: house.request(
        "kim", "PUT", "/time_entries/1", json={"time_entry": [{"notes": MARK}]}
    ),
    "deleted_ids_are_none": delete_all(" , "),
    "deleted_ids_are_too_many": delete_all(["1"] * 101),
    "too_many_are_validated": lambda house: house.post(
        "kim", "/time_entries/validate", {"time_entries": [entry()] * 1_001}
    ),
    "too_many_are_in_a_batch_apart": lambda house: house.post(
        "kim", "/time_entries/batch", {"time_entries": [entry()] * 1_001}
    ),
    "json_is_malformed": post(b'{"time_entry": "' + MARK.encode()),
    "encoding_is_not_utf_8": post(b'{"time_entry": {"notes": "\xff\xfe"}}'),
    "json_names_a_member_twice": post(b'{"time_entry": {"notes": "a", "notes": "b"}}'),
    "json_holds_nan_or_infinity": post(b'{"time_entry": {"time_in_minutes": NaN}}'),
    "json_is_nested_too_deep": post(b'{"time_entry": ' + b"[" * 16 + b"]" * 16 + b"}"),
    "root_is_absent": post({MARK: entry()}),
    "root_is_of_the_wrong_type": post({"time_entry": [entry()]}),
    "batch_is_no_array_of_objects": post({"time_entries": [entry(), MARK]}),
    "batch_is_empty": post({"time_entries": []}),
    "batch_is_too_large": post({"time_entries": [entry()] * 101}),
    "filter_cannot_be_parsed": get(f"/time_entries?workspace_id={MARK}"),
    "strict_include_is_unknown": get(f"/time_entries?include={MARK}", headers=STRICT),
    "strict_order_is_unknown": get(f"/time_entries?order={MARK}", headers=STRICT),
    "strict_optional_field_is_unknown": get(f"/time_entries?optional_fields={MARK}", headers=STRICT),
    "strict_filter_is_unknown": get(f"/time_entries?{MARK}=1", headers=STRICT),
    "body_is_too_large": post(b" " * (8 * 1024 * 1024 + 1)),
    "address_is_too_long": get("/time_entries?x=" + "a" * 40_000),
    "media_type_is_not_read": post({"time_entry": entry()}, headers={"Content-Type": "text/plain"}),
    "workspace_id_is_blank": post({"time_entry": without("workspace_id")}),
    "date_performed_is_blank": one(date_performed=" "),
    "time_in_minutes_is_blank": one(time_in_minutes=None),
    "workspace_id_is_no_id": one(workspace_id=MARK),
    "workspace_is_absent": one(workspace_id=999),
    "workspace_is_invisible": one(workspace_id=7),
    "workspace_is_archived": one(workspace_id=4),
    "workspace_is_not_time_trackable": one(workspace_id=5),
    "story_id_is_no_id": one(story_id=MARK),
    "story_is_absent": one(story_id=999),
    "story_is_of_another_workspace": one(story_id=6),
    "story_is_deleted": one(story_id=4),
    "story_is_archived": one(story_id=3),
    "story_is_not_time_trackable": one(story_id=5),
    "date_performed_is_no_date": one(date_performed=MARK),
    "date_performed_is_written_the_us_way": one(date_performed="02/03/2026"),
    "date_performed_is_too_early": one(date_performed="1989-12-31"),
    "date_performed_is_too_late": one(date_performed="2101-01-01"),
    "date_performed_is_locked": one(date_performed="1999-12-24"),
    "time_in_minutes_is_no_integer": one(time_in_minutes=MARK),
    "time_in_minutes_is_below_one": one(time_in_minutes=0),
    "time_in_minutes_is_above_a_day": one(time_in_minutes=1441),
    "billable_is_no_boolean": one(billable=MARK),
    "rate_in_cents_is_no_integer": one("lee", rate_in_cents=MARK),
    "cost_rate_in_cents_is_no_integer": one("ada", cost_rate_in_cents=MARK),
    "notes_are_blank_where_required": one(workspace_id=2, notes=" \n"),
    "notes_are_too_long": one(notes=MARK + "x" * 65_536),
    "notes_hold_nul": one(notes=f"{MARK}\0"),
    "location_is_absent": one(location=MARK),
    "location_is_archived": one(location="Old mill"),
    "location_is_blank_where_required": one("max", workspace_id=7, location=""),
    "role_id_is_no_id": one(role_id=MARK),
    "role_is_absent": one(role_id=999),
    "role_is_deleted": one(role_id=3),
    "role_is_of_another_account": one(role_id=5),
    "user_id_is_no_id": one("lee", user_id=MARK),
    "user_is_absent": one("lee", user_id=999),
    "user_may_not_log": one("lee", user_id=4),
    "external_reference_is_no_object": one(external_reference=MARK),
    "external_reference_has_no_service_name": post({"time_entry": reference(service_name=None)}),
    "external_reference_has_no_service_model": post({"time_entry": reference(service_model=" ")}),
    "external_reference_has_no_service_model_ref": post({"time_entry": reference(service_model_ref="")}),
    "external_reference_has_an_unknown_status": post({"time_entry": reference(status=MARK)}),
    "external_reference_links_elsewhere_than_the_web": post(
        {"time_entry": reference(external_link=f"javascript:{MARK}")}
    ),
    "changed_workspace_id_is_blank": put(workspace_id=""),
    "changed_date_performed_is_blank": put(date_performed=None),
    "changed_time_in_minutes_is_blank": put(time_in_minutes=" "),
    "changed_time_in_minutes_is_above_a_day": put(time_in_minutes=1441),
    "changed_workspace_is_invisible": put(workspace_id=7),
    "changed_workspace_is_archived": put(workspace_id=4),
    "changed_workspace_is_not_time_trackable": put(workspace_id=5),
    "changed_story_is_of_another_workspace": put(story_id=6),
    "changed_story_stays_behind": put(7, workspace_id=2, notes=MARK),
    "changed_date_performed_is_locked": put(date_performed="1999-12-24"),
    "changed_notes_are_blank_where_required": put(4, workspace_id=2),
    "changed_location_is_absent": put(location=MARK),
    "changed_role_is_absent": put(role_id=999),
    "changed_user_may_not_log": put(1, "lee", user_id=4),
    "changed_owner_takes_no_part_there": put(1, "ada", workspace_id=7),
    "changed_external_reference_has_no_service_name": put(
        external_reference={"service_model": MARK, "service_model_ref": MARK}
    ),
    "changed_entry_was_locked": put(6, notes=MARK),
    "changed_entry_is_invoiced": put(5, "ada", notes=MARK),
    "changed_entry_is_approved": put(3, "ada", notes=MARK),
    "changed_entry_is_submitted": put(2, notes=MARK),
    "submitted_entry_leaves_its_workspace": put(2, "lee", workspace_id=2, notes=MARK),
    "submitted_entry_leaves_its_user": put(2, "lee", user_id=2),
    "submitted_entry_leaves_its_week": put(2, "lee", date_performed="2026-01-11"),
    "deleted_entry_is_locked": delete(6),
    "deleted_entry_is_invoiced": delete(5, "ada"),
    "deleted_entry_is_approved": delete(3, "ada"),
    "deleted_entry_is_submitted": delete(2),
    "deleted_ids_name_an_absent_one": delete_all("999"),
    "deleted_ids_name_one_that_is_not_the_callers": delete_all([8]),
    "deleted_ids_name_one_that_is_no_id": delete_all([MARK]),
    "deleted_ids_name_one_that_is_invoiced": delete_all("5"),
    "strict_change_of_what_is_read_only": put(headers=STRICT, approved=True, notes=MARK),
    "strict_change_of_a_rate_that_is_not_the_callers_to_set": put(headers=STRICT, rate_in_cents=4711),
    "strict_member_is_unknown": one(headers=STRICT, unheard_of=MARK),
    "strict_member_is_read_only": one(headers=STRICT, approved=True),
    "strict_rate_is_not_the_callers_to_set": one(headers=STRICT, rate_in_cents=4711),
    "strict_user_is_not_the_callers_to_set": one(headers=STRICT, user_id=2),
}


def _unknown_token():
    from timewright.tokens import new_token  # noqa: PLC0415

    return new_token()


def fingerprint(house):
    """Every row of every table but the tokens, which cases make for themselves."""
    with house.database.read() as tx:
        return {
            table.name: sorted(map(str, (dict(row) for row in tx.rows(sa.select(table)))))
            for table in t.metadata.sorted_tables
            if table.name != "tokens"
        }


def test_every_error_has_a_case():
    assert set(CASES) | ELSEWHERE == set(ROWS)


@pytest.mark.parametrize("case", CASES)
def test_an_error_is_answered_as_documented_and_stores_nothing(house, case):
    row, before = ROWS[case], fingerprint(house)
    answer = CASES[case](house)
    assert answer.status_code == row["status"], answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert len(answer.headers["x-request-id"]) == 32
    (error,) = answer.json()["errors"]
    members = {"type", "message"}
    assert error["type"] == row["type"]
    if row["status"] == 422:
        members |= {"field", "index"}
        assert error["field"] == row["field"]
        assert error["index"] == 0
    if case == "one_of_a_batch_may_not_be_logged":
        members |= {"index"}
        assert error["index"] == 1
    assert set(error) == members
    assert error["message"][0].isupper()
    assert error["message"].endswith(".") or error["message"] in {"Not found", "Invalid OAuth 2 Request"}
    assert MARK not in answer.text
    assert fingerprint(house) == before


def test_not_found_has_one_body_for_every_reason(still_house):
    cases = ("id_is_absent", "id_is_invisible", "id_is_no_id", "route_is_unknown", "method_is_not_offered")
    bodies = {CASES[case](still_house).content for case in cases}
    assert bodies == {b'{"errors":[{"type":"system","message":"Not found"}]}'}


def test_an_outage_is_told_and_stores_nothing(house):
    for engine in house.database.engines():
        sa.event.listen(engine, "begin", _fail)
    try:
        for answer in (house.log("kim"), house.get("kim", "/time_entries")):
            assert answer.status_code == 503
            assert 1 <= int(answer.headers["retry-after"]) <= 30
            assert answer.json()["errors"][0]["type"] == "unavailable"
    finally:
        for engine in house.database.engines():
            sa.event.remove(engine, "begin", _fail)
    assert house.log("kim").status_code == 200


def _fail(_connection):
    raise sa.exc.OperationalError("BEGIN", {}, Exception("unable to open database file"))
