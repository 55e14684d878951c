"""The life of an entry on the wire: logged with every member, read back with everything beside it, whole bodies."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from timewright import tables as t

INCLUDES = "active_submission,recent_submission,external_references,invoice,role,story,user,workspace"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
STRICT = {"Prefer": "handling=strict"}

REFERENCE = {
    "service_name": "tracker", "service_model": "Issue", "service_model_ref": "WEB-42", "status": "pending",
    "external_message": "mirrored\nhere", "external_link": "https://tracker.example/WEB-42?a=b#c",
    "external_status": "open", "locked": True,
}  # fmt: skip
EVERY_MEMBER = {
    "workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 90, "billable": True, "rate_in_cents": 12_345,
    "notes": "First line\nSecond line – “quoted” 👩🏽\u200d💻", "role_id": 2, "story_id": 1, "user_id": 3,
    "location": "Office", "external_reference": REFERENCE, "cost_rate_in_cents": 4_321,
}  # fmt: skip
NULLS = dict.fromkeys(("active_submission_id", "recent_submission_id", "role_id", "story_id", "location", "notes"))


def entry(**members):
    return {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}


def only(told):
    (one,) = told["time_entries"].values()
    return one


def stored(house, id_):
    entries = t.time_entries
    (row,) = house.rows(sa.select(entries).where(entries.c.account_id == 1, entries.c.id == int(id_)))
    return row


def written(row, name):
    """A stored instant as the wire shows it."""
    return row[name].strftime("%Y-%m-%dT%H:%M:%SZ")


# Whole bodies -------------------------------------------------------------------------------------


def test_a_single_entry_is_answered_whole(house):
    """The contract's single example."""
    body = {"time_entry": {**entry(), "notes": "Sketches", "story_id": 1}}
    answer = house.post("kim", "/time_entries", body)
    assert answer.status_code == 200  # never 201
    told = answer.json()
    (id_,) = told["time_entries"]
    row = stored(house, id_)
    assert told == {
        "count": 1,
        "results": [{"key": "time_entries", "id": id_}],
        "time_entries": {
            id_: {
                "id": id_, "created_at": written(row, "created_at"), "updated_at": written(row, "created_at"),
                "date_performed": "2026-02-02", "time_in_minutes": 30, "billable": True, "notes": "Sketches",
                "rate_in_cents": None, "cost_rate_in_cents": None, "currency": "USD", "currency_symbol": "$",
                "currency_base_unit": 100, "approved": False, "taxable": False, "is_invoiced": False, "location": None,
                "story_id": "1", "workspace_id": "1", "user_id": "3", "role_id": "1", "active_submission_id": None,
                "recent_submission_id": None,
            }
        },
        "meta": {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20},
    }  # fmt: skip
    assert (row["rate_in_cents"], row["rate_rule"]) == (9_000, "account_membership")
    assert house.get("kim", f"/time_entries/{id_}").json() == told


def test_a_bulk_of_two_is_answered_whole(house):
    """The contract's bulk example: in the list's order, with the ids in the order of the request beside it."""
    body = {"time_entries": [entry(time_in_minutes=60), entry(date_performed="2026-02-03", time_in_minutes=45)]}
    told = house.post("lee", "/time_entries", body).json()
    first, second = told["meta"]["created_ids"]
    assert told["results"] == [{"key": "time_entries", "id": second}, {"key": "time_entries", "id": first}]
    assert told["meta"] == {
        "count": 2, "page_count": 1, "page_number": 1, "page_size": 20, "created_ids": [first, second],
    }  # fmt: skip
    assert told["count"] == 2
    shown = {
        "billable": True, "rate_in_cents": 15_000, "cost_rate_in_cents": None, "currency": "USD",
        "currency_symbol": "$", "currency_base_unit": 100, "approved": False, "taxable": False, "is_invoiced": False,
        "workspace_id": "1", "user_id": "2", **NULLS,
    }  # fmt: skip
    for id_, day, minutes in ((first, "2026-02-02", 60), (second, "2026-02-03", 45)):
        made = told["time_entries"][id_]
        stamps = {name: written(stored(house, id_), name) for name in ("created_at", "updated_at")}
        assert made == {**shown, **stamps, "id": id_, "date_performed": day, "time_in_minutes": minutes}


@pytest.fixture
def logged(house):
    """Ada logs for Kim with every member set, and asks for everything beside it."""
    answer = house.post(
        "ada",
        f"/time_entries?include={INCLUDES}&optional_fields=location_id,user_can_edit",
        {"time_entry": EVERY_MEMBER},
    )
    assert answer.status_code == 200, answer.text
    return house, answer


def test_every_member_is_stored_and_answered(logged):
    house, answer = logged
    told = answer.json()
    assert "ignored" not in told["meta"]
    made, row = only(told), stored(house, only(told)["id"])
    kept = {name: EVERY_MEMBER[name] for name in ("time_in_minutes", "billable", "rate_in_cents", "notes", "location",
                                                  "cost_rate_in_cents", "date_performed")}  # fmt: skip
    assert made == {
        **kept, "id": made["id"], "created_at": written(row, "created_at"), "updated_at": written(row, "updated_at"),
        "currency": "USD", "currency_symbol": "$", "currency_base_unit": 100, "approved": False, "taxable": False,
        "is_invoiced": False, "location_id": 1, "user_can_edit": True, "story_id": "1", "workspace_id": "1",
        "user_id": "3", "role_id": "2", "active_submission_id": None, "recent_submission_id": None, "invoice_id": None,
        "external_reference_ids": list(told["external_references"]),
    }  # fmt: skip
    assert (row["rate_rule"], row["created_by_id"]) == ("rate_in_cents", house.world.users["ada"]["id"])
    assert row["operation_id"] == answer.headers["x-request-id"]


def test_everything_beside_it_is_answered(logged):
    _, answer = logged
    told = answer.json()
    (reference,) = told["external_references"].values()
    for name in ("id", "created_at", "updated_at", "last_synced_at"):
        assert reference.pop(name)
    assert reference == {**REFERENCE, "subject_id": int(only(told)["id"]), "subject_type": "TimeEntry"}
    assert {key: set(told[key]) for key in ("roles", "stories", "users", "workspaces")} == {
        "roles": {"2"}, "stories": {"1"}, "users": {"3"}, "workspaces": {"1"},
    }  # fmt: skip
    assert told["users"]["3"]["full_name"] == "Kim Example"
    assert told["timesheet_submissions"] == told["invoices"] == {}
    assert set(told) == {
        "count", "results", "meta", "time_entries", "timesheet_submissions", "external_references", "invoices", "roles",
        "stories", "users", "workspaces",
    }  # fmt: skip


def test_what_was_answered_is_what_is_read_later(logged):
    house, answer = logged
    told = answer.json()
    id_ = only(told)["id"]
    asked = {"include": INCLUDES, "optional_fields": "location_id,user_can_edit"}
    assert house.get("ada", f"/time_entries/{id_}", **asked).json() == told
    listed = house.get("ada", "/time_entries", only=id_, **asked).json()
    assert listed == told


def test_side_loads_of_an_entry_on_timesheets_and_an_invoice(house):
    """The members that no create can set: an entry that went its way is read with what holds it."""
    ids = {name: made["id"] for name, made in house.world.submissions.items()}
    told = house.get("lee", "/time_entries", only="2,3,4,5", include=INCLUDES).json()
    members = {
        id_: tuple(made[name] for name in ("active_submission_id", "recent_submission_id", "invoice_id", "approved",
                                           "is_invoiced"))
        for id_, made in told["time_entries"].items()
    }  # fmt: skip
    assert members == {
        "2": (str(ids["pending"]), str(ids["pending"]), None, False, False),
        "3": (str(ids["approved"]), str(ids["approved"]), None, True, False),
        "4": (None, str(ids["rejected"]), None, False, False),
        "5": (None, None, "1", False, True),
    }
    statuses = {id_: sheet["status"] for id_, sheet in told["timesheet_submissions"].items()}
    assert statuses == {str(id_): name for name, id_ in ids.items()}
    assert set(told["invoices"]) == {"1"}


# What it takes ------------------------------------------------------------------------------------


def test_ids_that_were_answered_can_be_sent_as_they_came(house):
    first = only(house.log("kim", story_id=1).json())
    again = {name: first[name] for name in ("workspace_id", "story_id", "role_id", "user_id", "date_performed")}
    second = only(house.post("kim", "/time_entries", {"time_entry": {**again, "time_in_minutes": "30"}}).json())
    assert {name: second[name] for name in again} == again


def test_a_whole_record_can_be_sent_back_and_makes_a_new_one(house):
    first = only(house.log("kim", story_id=1, notes="n").json())
    told = house.post("kim", "/time_entries", {"time_entry": first}).json()
    second = only(told)
    assert second["id"] != first["id"]
    assert {**second, "id": 0, "created_at": 0, "updated_at": 0} == {**first, "id": 0, "created_at": 0, "updated_at": 0}
    assert {"id", "created_at", "approved", "currency"} <= {each["field"] for each in told["meta"]["ignored"]}


def test_a_future_day_is_accepted(house):
    assert only(house.log("kim", date_performed="2099-12-31").json())["date_performed"] == "2099-12-31"


def test_a_day_may_hold_more_than_its_minutes(house):
    # decisions B5: a flag for the approver, not an error.
    for _ in range(2):
        assert house.log("kim", time_in_minutes=1440).status_code == 200


def test_an_entry_has_the_currency_of_its_project(house):
    made = only(house.log("lee", workspace_id=6).json())
    assert [made[f"currency{end}"] for end in ("", "_symbol", "_base_unit")] == ["EUR", "€", 100]
    with house.database.write() as tx:
        tx.execute(sa.update(t.workspaces).where(t.workspaces.c.id == 1).values(currency="JPY"))
    made = only(house.log("lee").json())
    assert [made[f"currency{end}"] for end in ("", "_symbol", "_base_unit")] == ["JPY", "¥", 1]
    # The currency at the time of entry stays.
    earlier = house.get("lee", "/time_entries/1").json()
    assert only(earlier)["currency"] == "USD"


@pytest.mark.parametrize(
    "body",
    [
        {"include": "user,story", "optional_fields": "location_id"},
        {"include": ["user", "story"], "optional_fields": ["location_id"]},
        {"include": ["user,story"], "optional_fields": "location_id, nothing"},
    ],
    ids=str,
)
def test_what_is_to_be_shown_may_stand_in_the_body(house, body):
    told = house.post("kim", "/time_entries", {"time_entry": entry(), **body}).json()
    assert set(told) == {"count", "results", "time_entries", "users", "stories", "meta"}
    assert only(told)["location_id"] is None


def test_paging_and_filters_do_not_cut_what_was_made(house):
    query = "per_page=1&page=9&limit=1&offset=5&only=1&workspace_id=999&billable=false&created_before=2000-01-01"
    told = house.post("kim", f"/time_entries?{query}", {"time_entries": [entry()] * 3}).json()
    assert told["count"] == len(told["results"]) == 3
    assert told["meta"]["page_size"] == 20
    # A filter that no list could read is nothing that a write reads.
    assert house.post("kim", "/time_entries?workspace_id=x", {"time_entry": entry()}).status_code == 200


def test_an_entry_may_be_posted_to_the_path_with_a_suffix(house):
    for path in ("/time_entries.json", "/time_entries/"):
        assert house.post("kim", path, {"time_entry": entry()}).status_code == 200


# Forms --------------------------------------------------------------------------------------------


def as_form(value, name):
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in as_form(inner, f"{name}[{key}]")]
    if isinstance(value, list):
        return [pair for inner in value for pair in as_form(inner, f"{name}[]")]
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return [f"{quote(name, safe='[]')}={quote(text)}"]


def stripped(told):
    """An answer without its ids and stamps, which no two creates share."""
    made = [told["time_entries"][each["id"]] for each in told["results"]]
    names = {"id", "created_at", "updated_at", "external_reference_ids"}
    references = told.get("external_references", {}).values()
    further = {*names, "last_synced_at", "subject_id"}
    return (
        [{k: v for k, v in each.items() if k not in names} for each in made],
        [{k: v for k, v in each.items() if k not in further} for each in references],
        {k: v for k, v in told["meta"].items() if k != "created_ids"},
    )


@pytest.mark.parametrize(
    "body",
    [
        {"time_entry": EVERY_MEMBER},
        {"time_entries": [EVERY_MEMBER, {**EVERY_MEMBER, "notes": "a&b=c+d%20[e]", "billable": False}]},
        {"time_entries": [EVERY_MEMBER]},
        {"time_entry": {**entry(), "story_id": "", "role_id": "", "location": "", "notes": "", "billable": ""}},
    ],
    ids=["single", "bulk", "bulk of one", "blanks"],
)
def test_a_form_and_json_say_the_same(house, body):
    path = f"/time_entries?include={INCLUDES}"
    by_json = house.post("ada", path, body)
    content = "&".join(pair for root, value in body.items() for pair in as_form(value, root))
    by_form = house.request("ada", "POST", path, content=content.encode(), headers=FORM)
    assert by_json.status_code == by_form.status_code == 200
    assert stripped(by_form.json()) == stripped(by_json.json())


def test_in_a_form_a_repeated_name_starts_the_next_entry(house):
    parts = ("workspace_id=1", "date_performed=2026-02-02", "time_in_minutes=5", "notes=one", "workspace_id=1")
    parts += ("date_performed=2026-02-03", "time_in_minutes=7")
    content = "&".join(f"time_entries[][{name}]={value}" for name, _, value in (part.partition("=") for part in parts))
    told = house.request("kim", "POST", "/time_entries", content=content.encode(), headers=FORM).json()
    made = [told["time_entries"][id_] for id_ in told["meta"]["created_ids"]]
    assert [(each["time_in_minutes"], each["notes"]) for each in made] == [(5, "one"), (7, None)]


def test_the_form_words_of_clients_become_what_they_mean(house):
    for word, billable in (("true", True), ("1", True), ("false", False), ("0", False)):
        content = "&".join(as_form({**entry(), "billable": word}, "time_entry"))
        told = house.request("kim", "POST", "/time_entries", content=content.encode(), headers=FORM).json()
        assert only(told)["billable"] is billable


# Ignored, announced, refused ----------------------------------------------------------------------


def test_what_is_ignored_is_announced_by_its_place(house):
    entries = [entry(), entry(user_id=2, colour="blue"), entry(), entry(external_reference={**REFERENCE, "shade": 1})]
    told = house.post("kim", "/time_entries", {"time_entries": entries}).json()
    assert told["meta"]["ignored"] == [
        {"index": 1, "field": "colour"},
        {"index": 1, "field": "user_id"},
        {"index": 3, "field": "external_reference.shade"},
    ]


def test_a_strict_caller_is_refused_by_place_and_nothing_is_stored(house):
    before = house.rows(sa.select(sa.func.count()).select_from(t.time_entries))
    entries = [entry(), entry(user_id=2, colour="blue"), entry(rate_in_cents=1)]
    answer = house.post("kim", "/time_entries", {"time_entries": entries}, headers=STRICT)
    assert answer.status_code == 422
    assert [(e["index"], e["field"], e["type"]) for e in answer.json()["errors"]] == [
        (1, "colour", "validation"),
        (1, "user_id", "validation"),
        (2, "rate_in_cents", "validation"),
    ]
    assert house.rows(sa.select(sa.func.count()).select_from(t.time_entries)) == before


@pytest.mark.parametrize("query", ["include=user,nope", "optional_fields=nope", "order=nope:desc", "include[]=nope"])
def test_a_strict_create_knows_what_it_is_asked_to_show(house, query):
    before = house.rows(sa.select(sa.func.count()).select_from(t.time_entries))
    answer = house.post("kim", f"/time_entries?{query}", {"time_entry": entry()}, headers=STRICT)
    assert answer.status_code == 400
    assert house.rows(sa.select(sa.func.count()).select_from(t.time_entries)) == before
    assert house.post("kim", f"/time_entries?{query}", {"time_entry": entry()}).status_code == 200


def test_a_strict_request_that_is_all_known_is_served(house):
    asked = f"?include={INCLUDES}&optional_fields=location_id&order=created_at:asc"
    assert house.post("ada", f"/time_entries{asked}", {"time_entry": EVERY_MEMBER}, headers=STRICT).status_code == 200
    listed = house.request("kim", "GET", f"/time_entries{asked}&per_page=3&page=2&billable=true", headers=STRICT)
    assert listed.status_code == 200


def test_a_lenient_list_ignores_what_a_strict_one_refuses(still_house):
    for query in ("colour=blue", "include=nope", "order=nope", "optional_fields=nope", "search=x"):
        assert still_house.request("kim", "GET", f"/time_entries?{query}").status_code == 200
        assert still_house.request("kim", "GET", f"/time_entries?{query}", headers=STRICT).status_code == 400


# Stamps and traces --------------------------------------------------------------------------------


def test_stamps_are_kept_to_the_microsecond_and_compared_so(house):
    # decisions D8: shown to the second, stored and filtered to the microsecond, strictly.
    id_ = only(house.log("kim").json())["id"]
    row = stored(house, id_)
    made = row["created_at"]
    assert made == row["updated_at"]

    def found(**filters):
        return id_ in house.get("kim", "/time_entries", per_page=200, **filters).json()["time_entries"]

    tick = timedelta(microseconds=1)
    for name in ("created", "updated"):
        at, earlier, later = ((made + by).isoformat() for by in (0 * tick, -tick, tick))
        assert [found(**{f"{name}_after": each}) for each in (earlier, at, later)] == [True, False, False]
        assert [found(**{f"{name}_before": each}) for each in (earlier, at, later)] == [False, False, True]


def test_all_of_a_batch_are_made_at_once_and_by_one_request(house):
    answer = house.post("kim", "/time_entries", {"time_entries": [entry(), entry(), entry()]})
    rows = [stored(house, id_) for id_ in answer.json()["meta"]["created_ids"]]
    assert len({row["created_at"] for row in rows}) == 1
    assert {row["operation_id"] for row in rows} == {answer.headers["x-request-id"]}


def test_the_change_log_holds_each_entry_and_each_reference_of_a_batch(house):
    entries = [entry(notes=f"n{number}", external_reference={**REFERENCE, "service_name": f"s{number}"})
               for number in range(3)]  # fmt: skip
    answer = house.post("lee", "/time_entries", {"time_entries": [{**each, "user_id": 3} for each in entries]})
    log = t.changes
    rows = house.rows(sa.select(log).where(log.c.request_id == answer.headers["x-request-id"]).order_by(log.c.id))
    assert [(row["subject_type"], row["verb"]) for row in rows] == [("TimeEntry", "create")] * 3 + [
        ("ExternalReference", "create")
    ] * 3
    lee = house.world.users["lee"]["id"]
    assert {(row["account_id"], row["user_id"], row["on_behalf_of_id"], row["before"]) for row in rows} == {
        (1, lee, None, None)
    }
    told = answer.json()["meta"]["created_ids"]
    assert [str(row["subject_id"]) for row in rows[:3]] == told
    for number, row in enumerate(rows[:3]):
        after, kept = json.loads(row["after"]), stored(house, row["subject_id"])
        assert after["notes"] == f"n{number}"
        assert (after["user_id"], after["created_by_id"]) == (3, lee)
        # The log holds the row as it was stored, every column of it.
        assert set(after) == set(kept)
        assert {k: after[k] for k in ("id", "rate_in_cents", "currency", "time_in_minutes")} == {
            k: kept[k] for k in ("id", "rate_in_cents", "currency", "time_in_minutes")
        }
    assert [json.loads(row["after"])["service_name"] for row in rows[3:]] == ["s0", "s1", "s2"]


def test_what_is_not_stored_leaves_no_trace(house):
    log = sa.select(sa.func.count()).select_from(t.changes)
    before = house.rows(log)
    assert house.log("kim", time_in_minutes=0).status_code == 422
    assert house.log("cleo").status_code == 403
    assert house.rows(log) == before


def test_equal_references_may_stand_on_two_entries(house):
    # decisions B11: no uniqueness across subjects.
    body = {"time_entries": [entry(external_reference=REFERENCE)] * 2}
    told = house.post("kim", "/time_entries?include=external_references", body).json()
    assert len(told["external_references"]) == 2
    assert {len(each["external_reference_ids"]) for each in told["time_entries"].values()} == {1}


def test_an_id_is_never_given_twice(house):
    seen = []
    for _ in range(3):
        seen += house.post("kim", "/time_entries", {"time_entries": [entry()] * 2}).json()["meta"]["created_ids"]
        assert house.log("kim", time_in_minutes=0).status_code == 422
    assert len(set(seen)) == 6
    assert [int(id_) for id_ in seen] == sorted(int(id_) for id_ in seen)


# Reading ------------------------------------------------------------------------------------------


def test_a_head_answers_like_a_get_without_its_body(still_house):
    for path in ("/time_entries", "/time_entries/1", "/time_entries/999", "/time_entries?workspace_id=x"):
        head, get = (still_house.request("kim", method, path) for method in ("HEAD", "GET"))
        assert head.status_code == get.status_code
        names = ("content-type", "content-length", "cache-control", "x-content-type-options")
        assert [head.headers[name] for name in names] == [get.headers[name] for name in names]


def test_an_answer_says_what_it_is_and_is_kept_by_nobody(still_house):
    answer = still_house.request("kim", "GET", "/time_entries", headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "transfer-encoding" not in answer.headers
    assert list(answer.json()) == ["count", "results", "time_entries", "meta"]


def test_a_show_takes_includes_and_filters_and_no_paging(still_house):
    # README, only and show: filters and includes work on show.
    told = still_house.get("kim", "/time_entries/1", include="user", per_page=5, page=3, only="2", offset=5, limit=5)
    assert told.status_code == 200
    assert list(told.json()["time_entries"]) == ["1"]
    assert still_house.get("kim", "/time_entries/1", billable="false").status_code == 404
    assert still_house.get("kim", "/time_entries/1", billable="true").status_code == 200
    assert still_house.get("kim", "/time_entries/1", workspace_id="x").status_code == 400
