"""The rules of logging time, live: billable, role, rate, cost, owner, and what is written beside the entry."""

import json

import pytest
import sqlalchemy as sa

from timewright import tables as t


def logged(house, part, **members):
    answer = house.log(part, **members)
    assert answer.status_code == 200, answer.text
    id_ = int(answer.json()["results"][0]["id"])
    (row,) = house.rows(sa.select(t.time_entries).where(t.time_entries.c.account_id == 1, t.time_entries.c.id == id_))
    return row


def rate(house, part, **members):
    row = logged(house, part, **members)
    return row["rate_in_cents"], row["rate_rule"]


def test_billable_is_as_the_task_is_when_nobody_says(house):
    assert logged(house, "kim")["billable"] is True
    assert logged(house, "kim", story_id=1)["billable"] is True
    assert logged(house, "kim", story_id=2)["billable"] is False
    assert logged(house, "kim", story_id=2, billable=True)["billable"] is True
    assert logged(house, "kim", story_id=1, billable="0")["billable"] is False


def test_the_role_comes_from_the_first_rule_that_knows_one(house):
    assert logged(house, "kim", role_id=2, story_id=1)["role_id"] == 2
    assert logged(house, "kim", story_id=1)["role_id"] == 1  # the assignment to the task
    assert logged(house, "nora", story_id=1)["role_id"] == 2  # the participation
    assert logged(house, "kim")["role_id"] is None
    with house.database.write() as tx:
        tx.execute(
            sa.update(t.account_memberships).where(t.account_memberships.c.account_id == 1).values(default_role_id=2)
        )
    assert logged(house, "kim")["role_id"] == 2  # the membership
    # decisions B20: a role that is neither the default nor assigned is stored
    assert logged(house, "kim", role_id=1)["role_id"] == 1


@pytest.mark.parametrize(
    ("part", "members", "expected"),
    [
        ("kim", {"billable": False}, (0, "not_billable")),
        ("lee", {"rate_in_cents": 4_321}, (4_321, "rate_in_cents")),
        ("ada", {"rate_in_cents": "0"}, (0, "rate_in_cents")),
        ("lee", {"rate_in_cents": 4_321, "billable": False}, (0, "not_billable")),
        ("kim", {"workspace_id": 3}, (7_500, "rate_card_default")),
        ("kim", {"workspace_id": 3, "role_id": 1}, (8_500, "rate_card_role")),
        ("kim", {"workspace_id": 3, "story_id": 6}, (8_500, "rate_card_role")),  # through the assignment's role
        ("kim", {"workspace_id": 3, "role_id": 1, "date_performed": "2025-12-31"}, (8_000, "rate_card_role")),
        ("kim", {"workspace_id": 3, "role_id": 2, "date_performed": "2025-12-31"}, (7_000, "rate_card_default")),
        ("kim", {"workspace_id": 3, "role_id": 1, "date_performed": "2024-12-31"}, (5_000, "workspace")),
        ("lee", {"workspace_id": 3}, (7_500, "rate_card_default")),  # participation rates are ignored with a card
        ("lee", {"workspace_id": 3, "rate_in_cents": 1}, (1, "rate_in_cents")),
        ("lee", {}, (15_000, "participation")),
        ("kim", {}, (9_000, "account_membership")),
        ("nora", {}, (5_000, "workspace")),
        ("ada", {"workspace_id": 6}, (0, "none")),
        ("kim", {"rate_in_cents": 4_321}, (9_000, "account_membership")),  # not the caller's to set
    ],
)
def test_the_rate_comes_from_the_first_rule_that_knows_one(house, part, members, expected):
    assert rate(house, part, **members) == expected


def test_a_rate_is_a_snapshot(house):
    row = logged(house, "kim")
    with house.database.write() as tx:
        tx.execute(sa.update(t.account_memberships).values(bill_rate_in_cents=1))
    (again,) = house.rows(
        sa.select(t.time_entries).where(t.time_entries.c.account_id == 1, t.time_entries.c.id == row["id"])
    )
    assert again["rate_in_cents"] == 9_000
    assert rate(house, "kim") == (1, "account_membership")


def test_the_cost_comes_from_the_participation_or_the_membership_or_an_administrator(house):
    assert logged(house, "nora")["cost_rate_in_cents"] == 3_000
    assert logged(house, "kim")["cost_rate_in_cents"] == 4_000
    assert logged(house, "lee")["cost_rate_in_cents"] is None
    assert logged(house, "ada", cost_rate_in_cents=77)["cost_rate_in_cents"] == 77
    told = house.log("lee", cost_rate_in_cents=77).json()
    assert told["meta"]["ignored"] == [{"index": 0, "field": "cost_rate_in_cents"}]


def test_the_currency_is_the_projects(house):
    row = logged(house, "kim", workspace_id=6)
    assert row["currency"] == "EUR"
    told = house.get("kim", f"/time_entries/{row['id']}").json()["time_entries"][str(row["id"])]
    assert (told["currency_symbol"], told["currency_base_unit"]) == ("€", 100)


def test_time_for_a_colleague_is_theirs_and_says_who_logged_it(house):
    row = logged(house, "lee", user_id=3)
    assert (row["user_id"], row["created_by_id"]) == (3, 2)
    assert row["rate_in_cents"] == 9_000  # the colleague's rate
    assert change(house, row)["on_behalf_of_id"] is None


def change(house, row, subject_type="TimeEntry"):
    log = t.changes
    (found,) = house.rows(
        sa.select(log).where(log.c.account_id == 1, log.c.subject_type == subject_type, log.c.subject_id == row["id"])
    )
    return found


def test_an_administrator_with_proxy_rights_logs_through_a_member_and_both_are_written_down(house):
    with house.database.write() as tx:
        tx.execute(
            sa.update(t.account_memberships)
            .where(t.account_memberships.c.user_id == 6)
            .values(require_time_entry_location=False)
        )
    row = logged(house, "ada", workspace_id=7, user_id=6)  # Ada takes no part in the hidden project
    assert (row["user_id"], row["created_by_id"]) == (6, 1)
    written = change(house, row)
    assert (written["user_id"], written["on_behalf_of_id"]) == (1, house.world.users["nora"]["id"])


def test_an_administrator_without_proxy_rights_does_not(house):
    with house.database.write() as tx:
        tx.execute(sa.update(t.account_memberships).values(may_proxy=False))
    assert house.log("ada", workspace_id=7, user_id=6).status_code == 403


def test_the_change_log_says_who_through_what_and_what_came_of_it(house):
    answer = house.log(
        "kim", notes="why", external_reference={"service_name": "s", "service_model": "m", "service_model_ref": 7}
    )
    row = {"id": int(answer.json()["results"][0]["id"])}
    written = change(house, row)
    assert (written["verb"], written["user_id"], written["before"]) == ("create", 3, None)
    assert written["request_id"] == answer.headers["x-request-id"]
    assert written["token_id"] is not None
    after = json.loads(written["after"])
    assert (after["notes"], after["time_in_minutes"], after["rate_rule"]) == ("why", 30, "account_membership")
    assert not {"_sees_money", "location"} & set(after)
    (reference,) = house.rows(
        sa.select(t.external_references).where(
            t.external_references.c.subject_id == row["id"], t.external_references.c.account_id == 1
        )
    )
    assert json.loads(change(house, reference, "ExternalReference")["after"])["service_model_ref"] == "7"


def test_a_reference_is_successful_unless_it_says_otherwise(house):
    reference = {"service_name": "s", "service_model": "m", "service_model_ref": "r"}
    for sent, kept in ((None, "successful"), ("PENDING", "pending"), ("Failed", "failed")):
        member = reference if sent is None else {**reference, "status": sent}
        told = house.post(
            "kim",
            "/time_entries?include=external_references",
            {
                "time_entry": {
                    "workspace_id": 1,
                    "date_performed": "2026-02-02",
                    "time_in_minutes": 1,
                    "external_reference": member,
                }
            },
        ).json()
        assert [each["status"] for each in told["external_references"].values()] == [kept]


def test_a_location_is_named_exactly(house):
    assert logged(house, "kim", location="Office")["location_id"] == 1
    assert logged(house, "kim", location=" ")["location_id"] is None
    for wrong in ("office", "Office ", "Old mill"):
        assert house.log("kim", location=wrong).status_code == 422


def test_the_location_is_left_out_where_the_account_has_none(house):
    with house.database.write() as tx:
        tx.execute(sa.update(t.time_entries).where(t.time_entries.c.id == 1).values(location_id=None))
        tx.execute(sa.delete(t.account_locations))
    (entry,) = house.log("kim").json()["time_entries"].values()
    assert "location" not in entry
    (shown,) = house.get("kim", "/time_entries", only=1, optional_fields="location_id").json()["time_entries"].values()
    assert not {"location", "location_id"} & set(shown)


def test_ignored_is_announced_and_strict_refuses_it(house):
    told = house.log("kim", user_id=2, rate_in_cents=1, cost_rate_in_cents=1, id=5, colour="blue").json()
    assert sorted(each["field"] for each in told["meta"]["ignored"]) == [
        "colour",
        "cost_rate_in_cents",
        "id",
        "rate_in_cents",
        "user_id",
    ]
    assert "ignored" not in house.log("kim").json()["meta"]
    body = {
        "time_entry": {
            "workspace_id": 1,
            "date_performed": "2026-02-02",
            "time_in_minutes": 1,
            "user_id": 2,
            "colour": "blue",
        }
    }
    for prefer in ("handling=strict", 'return=minimal, Handling="Strict"; x=y'):
        strict = house.post("kim", "/time_entries", body, headers={"Prefer": prefer})
        assert strict.status_code == 422
        assert [error["field"] for error in strict.json()["errors"]] == ["colour", "user_id"]
    assert house.post("kim", "/time_entries", body, headers={"Prefer": "handling=lenient"}).status_code == 200


def test_both_roots_the_plural_wins(house):
    entry = {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 1}
    told = house.post("kim", "/time_entries", {"time_entry": {}, "time_entries": [entry, entry]}).json()
    assert told["count"] == 2


def test_members_may_stand_in_the_query_and_the_body_wins(house):
    query = "time_entry[workspace_id]=1&time_entry[date_performed]=2026-02-02&time_entry[time_in_minutes]=5"
    (entry,) = house.request("kim", "POST", f"/time_entries?{query}").json()["time_entries"].values()
    assert entry["time_in_minutes"] == 5
    body = {"time_entry": {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 7}, "include": "user"}
    told = house.post("kim", f"/time_entries?{query}&include=story", body).json()
    assert [each["time_in_minutes"] for each in told["time_entries"].values()] == [7]
    assert "users" in told
    assert "stories" not in told
