"""Expenses and line item locks: filters, orders, includes, and who sees which.

Expenses 1 to 5 are Kim's: plain, on a pending, an approved and a rejected report, invoiced. 6 is Lee's, 7 in an
archived project, 8 in a hidden one.
"""

import pytest

from tests.api.test_external_reference_filters import GROUP as OF_REFERENCES
from tests.cast import CANARY
from timewright.resources import REGISTRY

EXPENSES = REGISTRY["expenses"]
MADE = "2026-01-05T09:00:00Z"
KIMS = {1, 2, 3, 4, 5}


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


def test_an_expense_is_shown_whole(still_house):
    told = still_house.get("kim", "/expenses/1").json()["expenses"]["1"]
    assert told == {
        "id": "1", "created_at": MADE, "updated_at": MADE, "date": "2026-01-05", "notes": "Train",
        "category": "Travel", "amount_in_cents": 1_250, "currency": "USD", "currency_symbol": "$",
        "currency_base_unit": 100, "is_invoiced": False, "is_billable": True, "taxable": False,
        "reimbursable": False, "workspace_id": "1", "user_id": "3", "story_id": "1",
    }  # fmt: skip
    assert still_house.get("kim", "/expenses/5").json()["expenses"]["5"]["is_invoiced"] is True


CASES = [
    ({}, KIMS | {6}),
    ({"approved": "true"}, {3}),
    ({"approved": "false"}, {1, 2, 4, 5, 6}),
    ({"created_by": 2}, {5, 6}),
    ({"date_expensed_between": "2026-01-05:2026-02-01"}, KIMS - {4} | {6}),
    ({"date_expensed_between": ":2025-12-31"}, {4}),
    ({"date_expensed_between": "2026-02-01:"}, {3}),
    ({"from_archived_workspaces": "true"}, KIMS | {6, 7}),
    ({"on_my_account": "true"}, KIMS | {6}),
    ({"on_my_account": "false"}, KIMS | {6}),
    ({"in_active_invoice_id": 1}, {5}),
    ({"invoiced": "true"}, {5}),
    ({"invoiced": "false"}, {1, 2, 3, 4, 6}),
    ({"uninvoiced": "true"}, {1, 2, 3, 4, 6}),
    ({"uninvoiced": "false"}, {5}),
    ({"submitted": "true"}, {2, 3}),
    ({"submitted": "false"}, {1, 4, 5, 6}),
    ({"unsubmitted": "true"}, {1, 4, 5, 6}),
    ({"unsubmitted": "false"}, {2, 3}),
    ({"mine": "true"}, {6}),
    ({"mine": "false"}, KIMS),
    ({"reimbursable": "true"}, {2}),
    ({"reimbursable": "false"}, {1, 3, 4, 5, 6}),
    ({"with_expense_approvals": "true"}, set()),
    ({"with_expense_approvals": "false"}, KIMS | {6}),
    ({"with_expense_report_id": 1}, {2}),
    ({"with_expense_report_id": 3}, set()),  # rejected: on no active report any more
    ({"with_recent_expense_report_ids": "1,3"}, {2, 4}),
    ({"workspace_id": 1}, KIMS | {6}),
    ({"workspace_id": 7}, set()),
    ({"created_after": "2026-01-06"}, set()),
    ({"created_before": "2026-01-06"}, KIMS | {6}),
    ({"updated_after": "2026-01-06"}, set()),
    ({"updated_before": "2026-01-06"}, KIMS | {6}),
]


@pytest.mark.parametrize(("asked", "expected"), CASES)
def test_a_filter_narrows_as_its_page_says(still_house, asked, expected):
    assert set(ids(still_house.get("lee", "/expenses", **asked))) == expected


def test_every_filter_has_a_case():
    assert {each.name for each in EXPENSES.filters} - OF_REFERENCES == {name for asked, _ in CASES for name in asked}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("", [3, 1, 2, 5, 6, 4]),
        ("date", [4, 1, 2, 5, 6, 3]),
        ("amount", [2, 1, 3, 4, 5, 6]),
        ("category", [2, 1, 3, 4, 5, 6]),
        ("category:desc", [1, 3, 4, 5, 6, 2]),
        ("notes:desc", [6, 1, 2, 3, 4, 5]),
        ("vendor_name:desc", [3, 1, 2, 4, 5, 6]),
        ("vendor_name", [1, 2, 4, 5, 6, 3]),
        ("created_at", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_an_order_sorts_as_its_page_says(still_house, order, expected):
    assert ids(still_house.get("lee", "/expenses", order=order)) == expected


@pytest.mark.parametrize(
    ("include", "member", "expected", "section"),
    [
        ("user", "user_id", "3", "users"),
        ("workspace", "workspace_id", "1", "workspaces"),
        ("story", "story_id", "1", "stories"),
        ("role", "role_id", "1", "roles"),
        ("external_references", "external_reference_ids", [], "external_references"),
    ],
)
def test_an_include_sets_its_member_and_fills_its_section(still_house, include, member, expected, section):
    told = still_house.get("kim", "/expenses/1", include=include).json()
    assert told["expenses"]["1"][member] == expected
    assert set(told[section]) == ({expected} if isinstance(expected, str) else set())


SEEN = {
    "ada": {*range(1, 9)}, "vera": {*range(1, 9)}, "lee": KIMS | {6, 7}, "kim": KIMS | {7}, "cleo": set(),
    "nora": {8}, "max": {8}, "eve": set(), "fred": set(),
}  # fmt: skip
EDITED = {"ada": {1, 2, 4, 6, 7, 8}, "lee": {1, 2, 4, 6, 7}, "kim": {1, 4, 7}, "vera": set(), "nora": {8}, "max": {8}}


@pytest.mark.parametrize("part", SEEN)
def test_who_sees_and_who_may_change_which(still_house, part):
    everything = {
        "apply_default_filters": "false",
        "include": "user,workspace,story,role,external_references",
        "optional_fields": "user_can_edit",
    }
    told = still_house.get(part, "/expenses", **everything)
    assert set(ids(told)) == SEEN[part]
    assert (CANARY in told.text) is bool({6, 8} & SEEN[part])
    edited = {int(each["id"]) for each in told.json()["expenses"].values() if each["user_can_edit"]}
    assert edited == EDITED.get(part, set())
    for id_ in range(1, 31):
        show = still_house.get(part, f"/expenses/{id_}", **everything)
        assert show.status_code == (200 if id_ in SEEN[part] else 404), id_


# Line item locks ------------------------------------------------------------------------------------------


def test_the_locks_of_an_account_come_by_id(still_house):
    told = still_house.get("kim", "/line_item_locks", include="creator").json()
    assert [each["id"] for each in told["results"]] == ["1", "2"]
    assert told["line_item_locks"]["2"] == {
        "id": "2", "account_id": 1, "locked_to": "1999-12-25", "creator_id": "1"
    }  # fmt: skip
    assert set(told["users"]) == {"1"}
    assert still_house.get("kim", "/line_item_locks/2", include="creator").json()["users"].keys() == {"1"}


def test_the_latest_lock_is_the_one_in_force(still_house):
    locks = still_house.get("kim", "/line_item_locks").json()["line_item_locks"].values()
    project = still_house.get("kim", "/workspaces/1", optional_fields="lock_date").json()["workspaces"]["1"]
    assert project["lock_date"] == max(each["locked_to"] for each in locks)


@pytest.mark.parametrize(
    ("part", "expected"), [("ada", [1, 2]), ("cleo", [1, 2]), ("eve", [1, 2]), ("fred", []), ("otto", [1])]
)
def test_locks_are_told_to_members_of_the_account(still_house, part, expected):
    told = still_house.get(part, "/line_item_locks", include="creator")
    assert ids(told) == expected
    if part != "otto":
        assert "2001-01-06" not in told.text
    assert still_house.get(part, "/line_item_locks/2").status_code == (200 if 2 in expected else 404)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/line_item_locks/1"), ("DELETE", "/line_item_locks/1")])
def test_a_lock_never_changes_or_goes_away(still_house, method, path):
    assert still_house.request("ada", method, path, json={"line_item_lock": {}}).status_code == 404
