"""How calls are written and their answers read, in the shapes of the contract (contract README, response envelope;
contract: time_entries)."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from timewright.client import Malformed, calls
from timewright.client.calls import Answer, Call
from timewright.client.errors import refused


def ok(body: Any, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(200, named, msgspec.json.encode(body))


def asked(call: Call[Any]) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(call.request.path).query, keep_blank_values=True))


def sent(call: Call[Any]) -> tuple[str, str, Any]:
    body = call.request.body
    return call.request.method, call.request.path, None if body is None else msgspec.json.decode(body)


# Asking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"include": ["user", "story"]}, {"include": "user,story"}),
        ({"include": "user,story"}, {"include": "user,story"}),
        ({"only": (5, "6")}, {"only": "5,6"}),
        ({"billable": False, "invoiced": True}, {"billable": "false", "invoiced": "true"}),
        (
            {"updated_after": datetime(2026, 1, 2, 3, 4, 5, 6, UTC)},
            {"updated_after": "2026-01-02T03:04:05.000006+00:00"},
        ),
        ({"updated_after": date(2026, 1, 2)}, {"updated_after": "2026-01-02"}),
        ({"date_performed_between": (date(2026, 1, 2), None)}, {"date_performed_between": "2026-01-02:"}),
        ({"date_performed_between": (None, "2026-01-02")}, {"date_performed_between": ":2026-01-02"}),
        ({"date_performed_between": "2026-01-01:2026-01-02"}, {"date_performed_between": "2026-01-01:2026-01-02"}),
        ({"within_dates": (date(2026, 1, 2), None)}, {"within_dates": "2026-01-02:"}),
        ({"pending_timesheet_submissions": ("2026-01-02", None)}, {"pending_timesheet_submissions": "2026-01-02;"}),
        ({"milestone_weight_percentage_complete": (1, 5)}, {"milestone_weight_percentage_complete": "1,5"}),
        ({"external_reference_status": "ö &=+,"}, {"external_reference_status": "ö &=+,"}),
        ({"workspace_id": None}, {}),
        ({"with_user_ids": []}, {"with_user_ids": ""}),
    ],
)
def test_what_is_asked_is_written_as_the_wire_reads_it(given: dict[str, Any], written: dict[str, str]) -> None:
    assert asked(calls.page("time_entries", given)) == written
    assert calls.page("time_entries", given).request.path.isascii()


def test_an_id_cannot_lead_out_of_its_path() -> None:
    assert calls.one("users", "../workspaces/1?x=#", {}).request.path == "/users/..%2Fworkspaces%2F1%3Fx%3D%23"


@pytest.mark.parametrize("id_", ["", " ", ".", ".."])
def test_without_an_id_nothing_is_asked(id_: str) -> None:
    for call in (
        lambda: calls.one("time_entries", id_, {}),
        lambda: calls.update("time_entries", "time_entry", id_, {}),
        lambda: calls.delete("time_entries", id_),
    ):
        with pytest.raises(ValueError, match="An id is missing"):
            call()


# Writing --------------------------------------------------------------------------------------------


def test_a_create_has_the_singular_as_its_root() -> None:
    given = {"workspace_id": 1, "date_performed": date(2026, 1, 2), "notes": None, "include": "user", "strict": True}
    call: Call[Any] = calls.create("time_entries", "time_entry", given)
    members = {"workspace_id": 1, "date_performed": "2026-01-02", "notes": None}
    assert sent(call) == ("POST", "/time_entries?include=user", {"time_entry": members})
    assert call.request.headers["prefer"] == "handling=strict"


def test_a_bulk_has_the_plural_as_its_root() -> None:
    call: Call[Any] = calls.create_many("time_entries", iter([{"time_in_minutes": 1}, {"time_in_minutes": 2}]), {})
    entries = [{"time_in_minutes": 1}, {"time_in_minutes": 2}]
    assert sent(call) == ("POST", "/time_entries", {"time_entries": entries})
    assert "prefer" not in call.request.headers


def test_a_change_names_what_was_given_and_no_more() -> None:
    call: Call[Any] = calls.update("time_entries", "time_entry", 5, {"story_id": None, "optional_fields": "x"})
    assert sent(call) == ("PUT", "/time_entries/5?optional_fields=x", {"time_entry": {"story_id": None}})
    assert call.key is None


def test_deletes_have_no_body() -> None:
    assert sent(calls.delete("time_entries", 5)) == ("DELETE", "/time_entries/5", None)
    # One comma-separated string (contract: time_entries.bulk_delete).
    assert sent(calls.delete_many("time_entries", [5, "6"])) == ("DELETE", "/time_entries?ids=5%2C6", None)
    # A text is that string already, and not a list of its digits.
    assert sent(calls.delete_many("time_entries", "57")) == ("DELETE", "/time_entries?ids=57", None)
    for call in (calls.delete("time_entries", 5), calls.delete_many("time_entries", [5])):
        call.read(Answer(204, {}, b""))


def test_entries_apart_go_to_paths_of_their_own() -> None:
    entries = [{"time_in_minutes": 1}]
    batch = calls.batch("time_entries", entries, {"idempotency_key": "k", "strict": True})
    validate = calls.validate("time_entries", entries, {})
    assert sent(batch) == ("POST", "/time_entries/batch", {"time_entries": entries})
    assert sent(validate) == ("POST", "/time_entries/validate", {"time_entries": entries})
    assert (batch.key, batch.request.headers["prefer"]) == ("k", "handling=strict")
    assert validate.key is None, "nothing is stored: it may be sent again"
    outcomes = [{"index": 0, "status": "created", "id": "5", "errors": []}]
    assert batch.read(ok({"outcomes": outcomes})) == outcomes
    for body in ({}, [], {"outcomes": 1}):
        with pytest.raises(Malformed):
            validate.read(ok(body))


def test_any_path_can_be_asked() -> None:
    call = calls.any_request("POST", "expenses.json", {"include": "user"}, {"expense": {}}, "key")
    assert sent(call) == ("POST", "/expenses.json?include=user", {"expense": {}})
    assert call.key == "key"
    assert calls.any_request("PUT", "/expenses/1", {}, {}, None).key is None
    assert calls.any_request("post", "/expenses", {}, {}, "key").key == "key", "a POST, however it is written"
    assert call.read(Answer(204, {}, b"")) is None


# Reading --------------------------------------------------------------------------------------------

LISTED = {
    "count": 3,
    "results": [{"key": "time_entries", "id": "11"}, {"key": "time_entries", "id": "10"}],
    "time_entries": {
        "10": {"id": "10", "user_id": "2", "story_id": None, "external_reference_ids": ["7", "8"]},
        "11": {"id": "11", "user_id": "3", "story_id": "4", "external_reference_ids": []},
        "12": {"id": "12"},
    },
    "users": {"2": {"id": "2", "full_name": "Kim"}},
    "stories": {},
    "external_references": {"8": {"id": "8"}},
    "meta": {"count": 3, "page_count": 2, "page_number": 1, "page_size": 2},
}


def test_results_alone_give_order_and_membership() -> None:
    page = calls.page("time_entries", {}).read(ok(LISTED, x_request_id="r"))
    assert [each["id"] for each in page] == ["11", "10"]
    assert (len(page), page[0]["id"], page.count, page.request_id) == (2, "11", 3, "r")
    assert "user" not in page[0]


def test_an_include_stands_beside_its_member() -> None:
    call = calls.page("time_entries", {"include": "user, story,external_references,nonsense"})
    eleven, ten = call.read(ok(LISTED))
    assert ten["user"] == {"id": "2", "full_name": "Kim"}
    assert eleven["user"] is None, "out of the caller's sight, while the id is told"
    assert (ten["story"], eleven["story"]) == (None, None)
    assert ten["external_references"] == [{"id": "8"}]
    assert "role" not in ten


def test_objects_that_stand_beside_may_be_of_the_same_kind() -> None:
    body = {
        "count": 1,
        "results": [{"key": "stories", "id": "2"}],
        "stories": {"1": {"id": "1", "parent_id": None}, "2": {"id": "2", "parent_id": "1"}},
        "meta": {},
    }
    (story,) = calls.page("stories", {"include": ["parent"]}).read(ok(body))
    assert story["parent"]["id"] == "1"


def test_a_member_may_say_in_which_section_its_object_is() -> None:
    body = {
        "count": 3,
        "results": [{"key": "external_references", "id": id_} for id_ in ("1", "2", "3")],
        "external_references": {
            "1": {"id": "1", "subject_ref": {"key": "submissions", "id": "7"}},
            "2": {"id": "2", "subject_ref": {"key": "stories", "id": "7"}},
            "3": {"id": "3", "subject_ref": None},
        },
        "submissions": {"7": {"id": "7", "title": "Week"}},
        "meta": {},
    }
    found = calls.page("external_references", {"include": "subject"}).read(ok(body))
    assert [each["subject"] for each in found] == [{"id": "7", "title": "Week"}, None, None]


def test_what_a_bulk_says_beside_its_entries() -> None:
    meta = {"created_ids": ["10", "11"], "ignored": [{"index": 0, "field": "colour"}]}
    call: Call[Any] = calls.create_many("time_entries", [], {})
    page = call.read(ok({**LISTED, "meta": meta}, idempotency_replayed="true"))
    assert (page.created_ids, page.ignored, page.is_replayed) == (meta["created_ids"], meta["ignored"], True)
    plain = call.read(ok({**LISTED, "meta": {}}))
    assert (plain.created_ids, plain.ignored, plain.is_replayed) == (None, [], False)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"\xff", b"[]", b"null", b"{}", b'{"count": 1, "results": [{"key": "time_entries"}]}',
        b'{"count": 1, "results": [{"key": "time_entries", "id": "1"}], "time_entries": {}}', b'{"results": []}',
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        calls.page("time_entries", {}).read(Answer(200, {}, body))


def test_one_object_is_one() -> None:
    with pytest.raises(Malformed):
        calls.one("time_entries", 5, {}).read(ok(LISTED))


def test_a_refusal_tells_every_fault() -> None:
    errors = [
        {"type": "validation", "message": "Notes must be given.", "field": "notes", "index": 0},
        {"type": "validation", "message": "Minutes are missing.", "field": "time_in_minutes", "index": 3},
    ]
    error = refused(422, {"errors": errors}, {"x-request-id": "r"}, answer_was_lost=False)
    assert (error.status, error.type, error.request_id) == (422, "validation", "r")
    assert [(each.field, each.index) for each in error.errors] == [("notes", 0), ("time_in_minutes", 3)]
    assert error.messages == ("Notes must be given.", "Minutes are missing.")
    assert str(error) == "422: notes: Notes must be given.; [3] time_in_minutes: Minutes are missing."


@pytest.mark.parametrize("body", [None, [], "x", {"errors": "x"}, {"errors": [1]}, {"error": "x"}])
def test_a_refusal_may_come_in_any_shape(body: Any) -> None:
    error = refused(502, body, {}, answer_was_lost=False)
    assert (error.status, error.type, error.errors, error.request_id) == (502, "", (), None)
    assert str(error) == "502: no message"


# Page after page ------------------------------------------------------------------------------------


def following(asked: dict[str, Any], objects: int, meta: dict[str, int]) -> Any:
    page = calls.Page([{}] * objects, 9, meta, {}, {})
    told = calls.following({"page": 1, "per_page": 2, **asked}, page)
    return told and told["page"]


def test_pages_end_where_the_server_says() -> None:
    assert following({}, 2, {"page_count": 2}) == 2
    assert following({"page": 2}, 2, {"page_count": 2}) is None
    assert following({}, 0, {"page_count": 2}) is None, "what was there may be gone"
    assert following({"only": [1, 2]}, 2, {"page_count": 9}) is None, "only is not cut into pages"
    assert following({"limit": 2, "offset": 0}, 2, {"page_count": 9}) is None
    # What is blank was not sent, and one of the two alone is ignored (contract README, pagination and filters).
    for asked in ({"only": None}, {"only": []}, {"offset": 0}, {"limit": 2}, {"limit": None, "offset": 0}):
        assert following(asked, 2, {"page_count": 9}) == 2, asked


def test_every_page_is_asked_the_same_also_by_what_can_be_gone_through_once() -> None:
    asked_first = calls.beginning({"with_user_ids": iter([1, 2]), "include": (name for name in ["user"])})
    for number in (1, 2):
        call = calls.page("time_entries", {**asked_first, "page": number})
        assert asked(call) == {"page": str(number), "per_page": "200", "with_user_ids": "1,2", "include": "user"}
        assert call.read(ok(LISTED))[0]["user"] is None
    for told in (
        calls.one("time_entries", 5, {"include": iter(["user"])}),
        calls.any_request("GET", "/time_entries", {"include": iter(["user"])}, None, None),
    ):
        one = {**LISTED, "results": LISTED["results"][1:]}
        read = told.read(ok(one))
        assert (read[0] if isinstance(read, calls.Page) else read)["user"]["id"] == "2"


def test_a_server_that_does_not_count_pages_is_read_to_the_first_short_one() -> None:
    assert following({}, 2, {}) == 2
    assert following({}, 1, {}) is None
