"""PUT and PATCH of an entry: what is not sent stays, what may change and who may change it.

Ids are the cast's: projects 1 main, 2 notes, 3 card, 4 archived, 5 closed, 6 euro, 7 hidden; Kim owns 1 plain,
2 pending, 3 approved, 4 rejected, 5 invoiced, 6 locked, 7 story, 10 archived; 8 is Lee's, 9 Ada's, 11 Eve's, who left,
12 Max's in the hidden project.
"""

import json
from datetime import date

import pytest
import sqlalchemy as sa

from tests.api.test_every_error import fingerprint
from tests.builders import MADE_AT, Builder
from tests.presenting.test_load import actor_of
from timewright import soundness
from timewright import tables as t
from timewright.errors import NotFound
from timewright.presenting.body import Wanted
from timewright.resources import time_entry_verbs as verbs
from timewright.wishes import Accepted, Wish

E = t.time_entries.c
NOT_FOUND = b'{"errors":[{"type":"system","message":"Not found"}]}'
EXAMPLE = {"service_name": "tracker", "service_model": "Issue", "service_model_ref": "WEB-2"}


def put(house, part, id_, query="", method="PUT", **members):
    return house.request(part, method, f"/time_entries/{id_}{query}", json={"time_entry": members})


def stored(house, id_):
    (row,) = house.rows(sa.select(t.time_entries).where(E.account_id == 1, E.id == id_))
    return row


def changed(house, part, id_, **members):
    """What an update makes of an entry: the columns that are other than before, and when it changed apart."""
    before = stored(house, id_)
    answer = put(house, part, id_, **members)
    assert answer.status_code == 200, answer.text
    after = stored(house, id_)
    assert after["updated_at"] > before["updated_at"]
    return {name: after[name] for name in after if after[name] != before[name] and name != "updated_at"}


def faults(answer):
    assert answer.status_code == 422, answer.text
    assert {error["type"] for error in answer.json()["errors"]} == {"validation"}
    assert {error["index"] for error in answer.json()["errors"]} == {0}
    return [error["field"] for error in answer.json()["errors"]]


def log_of(house, subject_type="TimeEntry"):
    rows = house.rows(sa.select(t.changes).where(t.changes.c.account_id == 1, t.changes.c.subject_type == subject_type))
    return sorted(rows, key=lambda row: row["id"])


def sound(house):
    with house.database.read() as tx:
        return soundness.faults_of_roll_ups(tx)


# What is sent and what is not ---------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_is_not_sent_stays(house, method):
    before = stored(house, 1)
    answer = put(house, "kim", 1, method=method, notes="other")
    after = stored(house, 1)
    assert answer.status_code == 200
    assert {name for name in after if after[name] != before[name]} == {"notes", "updated_at"}
    told = answer.json()
    assert (told["count"], told["results"]) == (1, [{"key": "time_entries", "id": "1"}])
    assert told["time_entries"]["1"] == house.get("kim", "/time_entries/1").json()["time_entries"]["1"]
    assert told["time_entries"]["1"]["notes"] == "other"
    assert told["time_entries"]["1"]["location"] == "Office"
    assert set(told["meta"]) == {"count", "page_count", "page_number", "page_size"}


def test_a_form_changes_an_entry_too(house):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    content = b"time_entry[time_in_minutes]=90&time_entry[story_id]="
    answer = house.request("kim", "PUT", "/time_entries/7.json", content=content, headers=headers)
    assert answer.status_code == 200
    assert (stored(house, 7)["time_in_minutes"], stored(house, 7)["story_id"]) == (90, None)


@pytest.mark.parametrize(
    "members",
    [{}, {"notes": "plain", "time_in_minutes": "60"}, {"billable": None, "user_id": "", "rate_in_cents": None}],
)
def test_what_changes_nothing_stores_nothing(house, members):
    before = fingerprint(house)
    answer = put(house, "kim", 1, **members)
    assert answer.status_code == 200
    assert answer.json()["time_entries"]["1"]["notes"] == "plain"
    assert "ignored" not in answer.json()["meta"]
    assert fingerprint(house) == before


@pytest.mark.parametrize("part", ["kim", "lee", "ada"])
@pytest.mark.parametrize("id_", [1, 4, 7])
def test_a_whole_record_that_is_sent_back_changes_nothing_and_says_what_it_held_in_vain(house, part, id_):
    record = house.get(part, f"/time_entries/{id_}", include="role").json()["time_entries"][str(id_)]
    before = fingerprint(house)
    answer = put(house, part, id_, **record)
    assert answer.status_code == 200
    assert {each["field"] for each in answer.json()["meta"]["ignored"]} == {
        "id", "created_at", "updated_at", "approved", "taxable", "is_invoiced", "currency", "currency_symbol",
        "currency_base_unit", "active_submission_id", "recent_submission_id",
    }  # fmt: skip
    assert fingerprint(house) == before


def test_what_went_out_of_use_since_may_stay(house):
    with house.database.write() as tx:
        tx.execute(sa.update(t.stories).where(t.stories.c.id == 1).values(archived=True))
        tx.execute(sa.update(t.account_locations).values(archived=True))
        tx.execute(sa.update(t.roles).values(deleted_at=MADE_AT))
        tx.execute(sa.update(t.time_entries).where(E.account_id == 1, E.id == 7).values(role_id=1, location_id=1))
    assert changed(house, "kim", 7, story_id=1, role_id=1, location="Office", time_in_minutes=61) == {
        "time_in_minutes": 61
    }
    assert faults(put(house, "kim", 1, story_id=1)) == ["story_id"]


@pytest.mark.parametrize("blank", ["", None, " "])
@pytest.mark.parametrize("name", ["story_id", "role_id", "location"])
def test_a_blank_clears(house, name, blank):
    with house.database.write() as tx:
        tx.execute(sa.update(t.time_entries).where(E.account_id == 1, E.id == 7).values(role_id=1, location_id=1))
    column = "location_id" if name == "location" else name
    assert changed(house, "kim", 7, **{name: blank})[column] is None


def test_notes_are_cleared_by_null_and_an_empty_text_is_kept(house):
    assert changed(house, "kim", 1, notes="") == {"notes": ""}
    assert changed(house, "kim", 1, notes=None) == {"notes": None}


@pytest.mark.parametrize("name", ["workspace_id", "date_performed", "time_in_minutes"])
@pytest.mark.parametrize("blank", ["", None])
def test_what_an_entry_cannot_be_without_is_not_cleared(house, name, blank):
    before = fingerprint(house)
    assert faults(put(house, "kim", 1, **{name: blank})) == [name]
    assert fingerprint(house) == before


def test_every_fault_is_told_those_of_reading_with_those_of_the_rules(house):
    answer = put(
        house, "kim", 1, time_in_minutes=0, story_id=999, role_id=3, location="?", date_performed="1999-01-01",
        external_reference={},
    )  # fmt: skip
    assert faults(answer) == [
        "date_performed", "external_reference.service_model", "external_reference.service_model_ref",
        "external_reference.service_name", "location", "role_id", "story_id", "time_in_minutes",
    ]  # fmt: skip


def test_what_is_shown_may_be_asked_for(house):
    told = put(house, "kim", 1, "?include=story,workspace&optional_fields=user_can_edit", story_id=1).json()
    assert told["time_entries"]["1"]["user_can_edit"] is True
    assert set(told["stories"]) == {"1"}
    assert set(told["workspaces"]) == {"1"}


def test_the_answer_is_not_cut_by_default_filters(house):
    assert put(house, "kim", 10, notes="from the archive").json()["time_entries"]["10"]["notes"] == "from the archive"


def test_a_strict_caller_is_refused_what_would_be_ignored(house):
    before = fingerprint(house)
    strict = {"Prefer": "handling=strict"}
    body = {"time_entry": {"notes": "x", "approved": True, "rate_in_cents": 1, "user_id": 2}}
    answer = house.request("kim", "PUT", "/time_entries/1", json=body, headers=strict)
    assert faults(answer) == ["approved", "rate_in_cents", "user_id"]
    answer = house.request("kim", "PUT", "/time_entries/1?include=nobody", json=body, headers=strict)
    assert answer.status_code == 400
    assert fingerprint(house) == before


@pytest.mark.parametrize("members", [{"user_id": 2}, {"rate_in_cents": 1}, {"cost_rate_in_cents": 1}, {"xyz": 1}])
def test_what_is_ignored_is_announced(house, members):
    before = fingerprint(house)
    answer = put(house, "kim", 1, **members)
    assert answer.json()["meta"]["ignored"] == [{"index": 0, "field": next(iter(members))}]
    assert fingerprint(house) == before


@pytest.mark.parametrize("body", [{}, {"time_entry": []}, {"time_entry": None}, {"time_entries": [{"notes": "x"}]}])
def test_an_update_has_the_singular_root(house, body):
    answer = house.request("kim", "PUT", "/time_entries/1", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (400, "system")


def test_a_key_is_no_part_of_an_update(house):
    # Idempotency-Key is for POST (decisions C2): the same update again is the same update.
    headers = {"Idempotency-Key": "once"}
    for minutes in (61, 62):
        body = {"time_entry": {"time_in_minutes": minutes}}
        assert house.request("kim", "PUT", "/time_entries/1", json=body, headers=headers).status_code == 200
    assert stored(house, 1)["time_in_minutes"] == 62
    assert house.rows(sa.select(t.idempotency_records)) == []


# Who may, and when --------------------------------------------------------------------------------

NAMES = ("plain", "pending", "approved", "rejected", "invoiced", "locked", "story", "archived")
OF_KIM = dict(zip(NAMES, (200, "base", "base", 200, "base", "date_performed", 200, 200), strict=True))
TEAM = OF_KIM | {"pending": 200} | dict.fromkeys(("lees", "adas", "eves"), 200)
MAY = {
    "ada": TEAM | {"hidden": 200},
    "lee": TEAM,
    "kim": OF_KIM,
    "cleo": {},
    "vera": {},
    "max": {"hidden": 200},
    "nora": {"hidden": 200},
    "eve": {},
    "fred": {},
}


@pytest.mark.parametrize("part", MAY)
def test_who_may_change_which_entry(house, part):
    for name, entry in house.world.entries.items():
        before, expected = fingerprint(house), MAY[part].get(name, 404)
        answer = put(house, part, entry["id"], time_in_minutes=77)
        if expected == 200:
            assert answer.status_code == 200, (part, name, answer.text)
        else:
            assert (answer.content == NOT_FOUND) if expected == 404 else (faults(answer) == [expected]), (part, name)
            assert fingerprint(house) == before


@pytest.mark.parametrize("part", [*MAY, "otto"])
def test_user_can_edit_says_what_an_update_does(house, part):
    asked = {"from_archived_workspaces": "true", "on_my_account": "false", "per_page": 200}
    told = house.get(part, "/time_entries", **asked, optional_fields="user_can_edit").json()["time_entries"]
    said = {id_: entry["user_can_edit"] for id_, entry in told.items()}
    did = {id_: put(house, part, id_, notes="changed").status_code == 200 for id_ in said}
    assert said == did


def test_a_time_approver_changes_what_is_submitted(house):
    with house.database.write() as tx:
        tx.execute(sa.update(t.participations).where(t.participations.c.user_id == 7).values(is_time_approver=True))
    # One who may not see the time of colleagues is not told that there is some.
    assert put(house, "nora", 2, notes="x").content == NOT_FOUND
    with house.database.write() as tx:
        hers = t.participations.c.user_id == 7
        tx.execute(sa.update(t.participations).where(hers).values(access_level="view_time_and_expenses"))
    assert changed(house, "nora", 2, notes="x") == {"notes": "x"}
    assert put(house, "nora", 3, notes="x").status_code == 422


def test_whoever_may_not_change_an_entry_is_answered_as_if_it_had_never_been(house):
    def headers(answer):
        return {name: value for name, value in answer.headers.items() if name != "x-request-id"}

    answers = [put(house, "vera", id_, **how) for id_ in (1, 3, 8, 999) for how in ({"notes": "x"}, {"story_id": "?"})]
    answers += [put(house, "kim", id_, notes="x") for id_ in (8, 12, 999, 15, "1x", 2**63)]
    assert {answer.content for answer in answers} == {NOT_FOUND}
    assert all(headers(answer) == headers(answers[0]) for answer in answers)


def test_an_entry_of_another_account_is_not_there(house):
    with house.database.write() as tx:
        tx.execute(sa.delete(t.time_entries).where(E.account_id == 1, E.id == 8))
    assert put(house, "lee", 8, notes="x").content == NOT_FOUND
    assert put(house, "otto", 8, notes="mine").status_code == 200


def test_the_new_day_must_be_open_as_well(house):
    assert faults(put(house, "kim", 1, date_performed="1999-12-24")) == ["date_performed"]
    assert changed(house, "kim", 1, date_performed="1999-12-25")["date_performed"] == date(1999, 12, 25)


# To another project -------------------------------------------------------------------------------


def test_an_entry_moves_to_another_project_with_its_rate_and_currency(house):
    assert changed(house, "kim", 1, workspace_id=3) == {
        "workspace_id": 3, "rate_in_cents": 7_500, "rate_rule": "rate_card_default",
    }  # fmt: skip
    assert changed(house, "kim", 1, workspace_id=6) == {
        "workspace_id": 6, "currency": "EUR", "rate_in_cents": 9_000, "rate_rule": "account_membership",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("part", "id_", "workspace_id", "expected"),
    [
        ("kim", 1, 999, ["workspace_id"]),
        ("kim", 1, 7, ["workspace_id"]),  # out of Kim's sight
        ("kim", 1, 12, ["workspace_id"]),  # of another account
        ("kim", 1, 4, ["workspace_id"]),  # archived
        ("kim", 1, 5, ["workspace_id"]),  # takes no time
        ("kim", 1, 2, 200),
        ("lee", 1, 2, 200),
        ("ada", 1, 7, ["user_id"]),  # Kim takes no part there
        ("nora", 12, 1, ["user_id"]),  # Max takes no part there; Nora would have to own it
        ("kim", 7, 2, ["story_id"]),  # its task stays behind
        ("ada", 12, 999, ["workspace_id"]),
    ],
)
def test_who_may_move_an_entry_where(house, part, id_, workspace_id, expected):
    before = fingerprint(house)
    answer = put(house, part, id_, workspace_id=workspace_id, notes="why")
    if part == "nora":
        # Hidden from her is nothing here: she may log in the main project, and not change what Max owns there.
        assert answer.status_code == 403
        assert fingerprint(house) == before
    elif expected == 200:
        assert answer.status_code == 200
    else:
        assert faults(answer) == expected
        assert fingerprint(house) == before


def test_whoever_sees_the_other_project_and_may_not_change_time_there_is_forbidden_to_move(house):
    with house.database.write() as tx:
        kims = t.participations.c.user_id == 3, t.participations.c.workspace_id == 2
        tx.execute(sa.update(t.participations).where(*kims).values(can_edit_time=False))
    before = fingerprint(house)
    answer = put(house, "kim", 1, workspace_id=2, notes="why", time_in_minutes=0)
    assert answer.status_code == 403
    assert [(e["type"], set(e)) for e in answer.json()["errors"]] == [("system", {"type", "message"})]
    assert fingerprint(house) == before


def test_whoever_may_not_see_time_in_the_other_project_is_forbidden_to_move_a_colleagues_there(house):
    # A time approver there, who would be told that the entry is not there as soon as it was.
    with house.database.write() as tx:
        lees = t.participations.c.user_id == 2, t.participations.c.workspace_id == 3
        tx.execute(sa.update(t.participations).where(*lees).values(access_level="edit_tasks", is_time_approver=True))
    before = fingerprint(house)
    assert put(house, "lee", 1, workspace_id=3).status_code == 403
    assert fingerprint(house) == before
    assert changed(house, "lee", 8, workspace_id=3)["workspace_id"] == 3  # Lee's own


def test_an_entry_moves_with_another_task_or_without_one(house):
    assert faults(put(house, "kim", 7, workspace_id=3, story_id=1)) == ["story_id"]
    assert changed(house, "kim", 7, workspace_id=3, story_id=6)["story_id"] == 6
    assert changed(house, "kim", 7, workspace_id=1, story_id="")["story_id"] is None


def test_notes_are_wanted_where_the_other_project_wants_them(house):
    assert faults(put(house, "kim", 4, workspace_id=2)) == ["notes"]
    assert changed(house, "kim", 4, workspace_id=2, notes="why")["workspace_id"] == 2
    assert faults(put(house, "kim", 4, notes=" ")) == ["notes"]


def test_notes_that_were_not_wanted_then_are_not_wanted_for_another_change(house):
    with house.database.write() as tx:
        tx.execute(sa.update(t.workspaces).values(require_notes_on_time_entries=True))
    assert changed(house, "kim", 4, time_in_minutes=61) == {"time_in_minutes": 61}


def test_the_role_and_the_location_go_along(house):
    with house.database.write() as tx:
        tx.execute(sa.update(t.time_entries).where(E.account_id == 1, E.id == 1).values(role_id=1))
    assert changed(house, "kim", 1, workspace_id=3) == {
        "workspace_id": 3, "rate_in_cents": 8_500, "rate_rule": "rate_card_role",
    }  # fmt: skip
    assert (stored(house, 1)["role_id"], stored(house, 1)["location_id"]) == (1, 1)


def test_a_submitted_entry_stays_on_its_timesheet(house):
    for members, field in (
        ({"workspace_id": 2, "notes": "x"}, "workspace_id"),
        ({"user_id": 2}, "user_id"),
        ({"date_performed": "2026-01-11"}, "date_performed"),
    ):
        assert faults(put(house, "lee", 2, **members)) == [field]
    assert changed(house, "lee", 2, date_performed="2026-01-10")["date_performed"] == date(2026, 1, 10)


# Whose it is --------------------------------------------------------------------------------------


def test_whoever_sets_money_gives_an_entry_to_a_colleague(house):
    changed(house, "kim", 1, date_performed="2026-01-06")
    assert changed(house, "lee", 1, user_id=7) == {
        "user_id": 7, "rate_in_cents": 5_000, "rate_rule": "workspace", "cost_rate_in_cents": 3_000,
    }  # fmt: skip
    (_, line) = [row for row in log_of(house) if row["subject_id"] == 1]
    assert (line["verb"], line["user_id"], line["on_behalf_of_id"]) == ("update", 2, None)


def test_an_administrator_does_so_through_a_member_who_is_written_down(house):
    assert changed(house, "ada", 12, user_id=7)["user_id"] == 7
    (line,) = [row for row in log_of(house) if row["subject_id"] == 12]
    assert (line["user_id"], line["on_behalf_of_id"]) == (1, 7)


@pytest.mark.parametrize("user_id", [4, 6, 8, 9, 999])
def test_whoever_may_not_own_time_there_is_not_given_any(house, user_id):
    before = fingerprint(house)
    assert faults(put(house, "lee", 1, user_id=user_id)) == ["user_id"]
    assert fingerprint(house) == before


def test_a_location_is_wanted_of_the_new_owner(house):
    with house.database.write() as tx:
        hers = t.account_memberships.c.user_id == 7
        tx.execute(sa.update(t.account_memberships).where(hers).values(require_time_entry_location=True))
    assert faults(put(house, "lee", 4, user_id=7)) == ["location"]
    assert put(house, "lee", 4, user_id=7, location="Office").status_code == 200
    assert faults(put(house, "lee", 4, location="")) == ["location"]


# Rates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "members", "expected"),
    [
        # Nothing that the rate rests on changes: it is a snapshot, here of a rule that gives another now.
        ("kim", {"notes": "x", "time_in_minutes": 61, "story_id": 1, "location": ""}, (5_000, "workspace")),
        ("kim", {"date_performed": "2026-01-06"}, (9_000, "account_membership")),
        ("kim", {"role_id": 1}, (9_000, "account_membership")),
        ("kim", {"billable": False}, (0, "not_billable")),
        ("kim", {"workspace_id": 3}, (7_500, "rate_card_default")),
        ("kim", {"workspace_id": 3, "role_id": 1}, (8_500, "rate_card_role")),
        ("kim", {"workspace_id": 3, "date_performed": "2025-06-01"}, (7_000, "rate_card_default")),
        ("lee", {"rate_in_cents": 123}, (123, "rate_in_cents")),
        ("lee", {"rate_in_cents": 5_000, "notes": "x"}, (5_000, "workspace")),
        ("lee", {"rate_in_cents": 5_000, "date_performed": "2026-01-06"}, (5_000, "rate_in_cents")),
        ("lee", {"user_id": 2}, (15_000, "participation")),
        ("ada", {"rate_in_cents": 0}, (0, "rate_in_cents")),
        ("lee", {"billable": False, "rate_in_cents": 7}, (0, "not_billable")),
    ],
)
def test_when_a_rate_is_found_anew(house, part, members, expected):
    changed(house, part, 1, **members)
    row = stored(house, 1)
    assert (row["rate_in_cents"], row["rate_rule"]) == expected


def test_a_rate_that_was_set_stays_with_another_day_or_role_and_not_in_another_project(house):
    changed(house, "lee", 1, rate_in_cents=123)
    assert changed(house, "kim", 1, date_performed="2026-01-06", role_id=2) == {
        "date_performed": date(2026, 1, 6), "role_id": 2,
    }  # fmt: skip
    assert changed(house, "kim", 1, workspace_id=6)["rate_in_cents"] == 9_000
    changed(house, "lee", 1, rate_in_cents=123)
    changed(house, "kim", 1, billable=False)
    assert changed(house, "kim", 1, billable=True)["rate_in_cents"] == 9_000


def test_a_rate_that_was_set_is_gone_with_another_person(house):
    changed(house, "lee", 1, rate_in_cents=123)
    expected = {"rate_in_cents": 5_000, "rate_rule": "workspace"}
    assert changed(house, "lee", 1, user_id=7).items() >= expected.items()


def test_an_explicit_rate_of_time_that_is_not_billed_is_ignored(house):
    answer = put(house, "lee", 1, billable=False, rate_in_cents=7)
    assert answer.json()["meta"]["ignored"] == [{"index": 0, "field": "rate_in_cents"}]


def test_the_cost_is_an_administrators_to_set_and_found_anew_with_the_person_and_the_project(house):
    assert changed(house, "ada", 1, cost_rate_in_cents=77) == {"cost_rate_in_cents": 77}
    assert "cost_rate_in_cents" not in changed(house, "ada", 1, notes="x", date_performed="2026-01-06")
    assert changed(house, "lee", 1, user_id=7)["cost_rate_in_cents"] == 3_000
    with house.database.write() as tx:
        kims = t.participations.c.user_id == 3, t.participations.c.workspace_id == 3
        tx.execute(sa.update(t.participations).where(*kims).values(cost_in_cents=2_222))
    assert changed(house, "kim", 4, workspace_id=3)["cost_rate_in_cents"] == 2_222


def test_the_rate_is_shown_to_those_who_may_see_it(house):
    assert put(house, "kim", 1, date_performed="2026-01-06").json()["time_entries"]["1"]["rate_in_cents"] is None
    assert put(house, "lee", 1, date_performed="2026-01-07").json()["time_entries"]["1"]["rate_in_cents"] == 9_000


@pytest.mark.parametrize(("part", "name"), [("kim", "rate_in_cents"), ("lee", "cost_rate_in_cents")])
def test_whoever_may_not_see_a_rate_is_not_told_whether_they_guessed_it(house, part, name):
    before = fingerprint(house)
    told = [put(house, part, 1, **{name: stored(house, 1)[name] + off}).json() for off in (0, 1)]
    assert told[0] == told[1]
    assert told[0]["meta"]["ignored"] == [{"index": 0, "field": name}]
    assert fingerprint(house) == before


# References, log, sums ----------------------------------------------------------------------------


def references(house):
    of = t.external_references.c
    of_it = of.account_id == 1, of.subject_type == "TimeEntry", of.subject_id == 1
    rows = house.rows(sa.select(t.external_references).where(*of_it))
    return {row["service_name"]: row for row in rows}


def test_a_reference_is_changed_by_its_service_or_added(house):
    before, entry = references(house), stored(house, 1)
    reference = {**EXAMPLE, "external_message": "done"}
    assert put(house, "kim", 1, external_reference=reference).status_code == 200
    after = references(house)
    assert {name for name in after["tracker"] if after["tracker"][name] != before["tracker"][name]} == {
        "service_model_ref", "external_message", "updated_at", "last_synced_at",
    }  # fmt: skip
    assert after["ledger"] == before["ledger"]
    assert stored(house, 1) == entry
    assert put(house, "kim", 1, external_reference={**EXAMPLE, "service_name": "new"}).status_code == 200
    assert references(house)["new"]["status"] == "successful"
    clears = {**EXAMPLE, "external_message": "", "status": None}
    assert put(house, "kim", 1, external_reference=clears).status_code == 200
    assert references(house)["tracker"]["external_message"] is None
    verbs_logged = [(row["verb"], row["subject_id"]) for row in log_of(house, "ExternalReference")]
    assert [verb for verb, _ in verbs_logged] == ["update", "create", "update"]
    assert log_of(house) == []


def test_the_log_says_what_an_entry_was_and_is(house):
    answer = put(house, "lee", 1, notes="after", date_performed="2026-01-06")
    (line,) = log_of(house)
    assert (line["subject_id"], line["verb"], line["user_id"]) == (1, "update", 2)
    assert line["request_id"] == answer.headers["x-request-id"]
    before, after = json.loads(line["before"]), json.loads(line["after"])
    assert before.keys() == after.keys() == {column.name for column in t.time_entries.c}
    assert {name for name in after if after[name] != before[name]} == {
        "notes", "date_performed", "rate_in_cents", "rate_rule", "updated_at",
    }  # fmt: skip
    assert (before["notes"], after["notes"]) == ("plain", "after")


def test_a_change_keeps_the_sums_right_whether_they_hold_the_entry_or_not(house):
    for folded in (0, 6, 100):
        with house.database.write() as tx:
            tx.execute(sa.update(t.time_entries).where(E.account_id == 1).values(updated_at=E.updated_at))
        fold_up_to(house, folded)
        changed(house, "kim", 1, time_in_minutes=100 + folded, story_id=None if folded == 6 else 1)
        changed(house, "lee", 8, date_performed=date(2026, 2, 1 + folded % 7).isoformat(), workspace_id=6)
        changed(house, "lee", 8, workspace_id=1)
        assert sound(house) == []


def fold_up_to(house, last):
    """Have the roll-ups hold the entries up to an id, as `rollups.fold` does."""
    from timewright import rollups  # noqa: PLC0415

    with house.database.write() as tx:
        after = tx.one(sa.select(t.accounts.c.rolled_up_to).where(t.accounts.c.id == 1))["rolled_up_to"]
        if last > after:
            rollups._take_in(tx, {"account_id": 1, "after": after, "through": last})


# Sets ---------------------------------------------------------------------------------------------


def wish(house, part, id_, operation_id="set", **values):
    wanted = [Wanted(0, {"id": id_, **values}, ())]
    return Wish(verb=verbs.update, actor=actor_of(house, part), wanted=wanted, operation_id=operation_id)


def test_two_wishes_for_one_entry_come_out_as_if_one_after_the_other(house):
    wishes = [
        wish(house, "kim", 1, "a", notes="first", external_reference={**EXAMPLE, "service_name": "s"}),
        wish(house, "lee", 1, "b", workspace_id=6, time_in_minutes=30),
        wish(house, "kim", 1, "c", workspace_id=999),
        wish(house, "lee", 1, "d", user_id=2, external_reference={**EXAMPLE, "service_name": "s", "status": "failed"}),
        wish(house, "kim", 1, "e", notes="no longer Kim's"),
        wish(house, "kim", 4, "f", notes="beside"),
    ]
    with house.database.write() as tx:
        outcomes = verbs.update(tx, wishes)
    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True, True, False, True, False, True]
    assert isinstance(outcomes[4], NotFound)
    row = stored(house, 1)
    assert (row["notes"], row["workspace_id"], row["time_in_minutes"], row["user_id"]) == ("first", 6, 30, 2)
    assert (row["currency"], row["rate_in_cents"]) == ("EUR", 15_000)
    lines = [(row["request_id"], json.loads(row["before"]), json.loads(row["after"])) for row in log_of(house)]
    assert [operation for operation, _, _ in lines] == ["a", "b", "d", "f"]
    assert lines[0][2] == lines[1][1]
    assert lines[1][2] == lines[2][1]
    assert lines[2][2]["user_id"] == 2
    assert [row["verb"] for row in log_of(house, "ExternalReference")] == ["create", "update"]
    assert references(house)["s"]["status"] == "failed"
    assert [outcome.rows[0]["time_in_minutes"] for outcome in outcomes[:2]] == [60, 30]


def test_a_person_of_two_accounts_changes_what_is_in_either(house):
    kim = house.world.users["kim"]
    with house.database.write() as tx:
        make = Builder(tx)
        abroad = make.account(id=901, name="Abroad")
        make.stands_in(abroad, kim)
        workspace = make.workspace(abroad, kim, id=901)
        make.participation(workspace, kim, id=901)
        make.entry(workspace, kim, id=901)
        make.entry(workspace, kim, id=1)
    assert changed(house, "kim", 1, notes="at home") == {"notes": "at home"}  # of two by that id the one at home
    assert put(house, "kim", 901, notes="abroad").status_code == 200
    assert put(house, "kim", 901, workspace_id=1).status_code == 422  # an entry stays in its account
    assert put(house, "kim", 1, workspace_id=901).status_code == 422
