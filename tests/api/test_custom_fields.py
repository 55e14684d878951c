"""Custom fields and their values: filters, orders, includes, every type of value, and who sees what.

Fields: 1 code and 2 price of projects, 3 points, 4 promised, 5 platforms and 6 secret of tasks, 7 office of people,
8 ticket of time entries. Values stand in the order of the cast.
"""

import pytest
import sqlalchemy as sa

from tests.api.test_external_reference_filters import GROUP as OF_REFERENCES
from tests.cast import CANARY
from timewright import tables as t
from timewright.resources import REGISTRY

FIELDS, VALUES = REGISTRY["custom_fields"], REGISTRY["custom_field_values"]
MADE = "2026-01-05T09:00:00Z"


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


def test_a_field_is_shown_whole(still_house):
    told = still_house.get("ada", "/custom_fields", only="3").json()["custom_fields"]["3"]
    assert told == {
        "id": "3", "name": "story number", "value_type": "number", "default_text": None, "unique_constraint": False,
        "write_access": None, "read_access": None, "created_at": MADE, "updated_at": MADE, "values_count": 3,
        "has_values": True, "hidden_in_user_interface": False, "currency": None, "available_on_estimates": False,
        "available_to_resources": False, "creator_id": "1", "custom_field_set_id": "1",
    }  # fmt: skip


def test_how_often_something_is_said_is_told_to_who_sees_the_account(still_house):
    for part, sees in (("ada", True), ("vera", True), ("lee", False), ("kim", False), ("fred", False)):
        told = still_house.get(part, "/custom_fields", only="3").json()["custom_fields"]["3"]
        assert (told["values_count"], told["has_values"]) == ((3, True) if sees else (None, None)), part


FIELD_CASES = [
    ({}, {1, 2, 3, 4, 5, 7, 8}),
    ({"subject_type": "Story"}, {3, 4, 5}),
    ({"subject_type": "story"}, {3, 4, 5}),
    ({"subject_type": "TimeEntry"}, {8}),
    ({"matching": "STORY"}, {3, 4, 5}),
    ({"subject_type": "Estimate"}, set()),
    ({"created_after": "2026-01-06"}, set()),
    ({"created_before": "2026-01-06"}, {1, 2, 3, 4, 5, 7, 8}),
    ({"updated_after": "2026-01-06"}, set()),
    ({"updated_before": "2026-01-06"}, {1, 2, 3, 4, 5, 7, 8}),
]


@pytest.mark.parametrize(("asked", "expected"), FIELD_CASES)
def test_which_fields_are_listed(still_house, asked, expected):
    assert set(ids(still_house.get("kim", "/custom_fields", **asked))) == expected


VALUE_CASES = [
    ({"subject_type": "Story"}, {4, 5, 7, 8, 9}),
    ({"subject_type": "story"}, {4, 5, 7, 8, 9}),
    ({"subject_type": "Workspace"}, {1, 3}),
    ({"subject_type": "User"}, {11}),
    ({"subject_type": "time_entry"}, {13}),
    ({"subject_type": "WorkspaceGroup"}, set()),
    ({"subject_type": "Story", "with_custom_field_id": "3,6"}, {4, 5}),
    ({"subject_type": "Story", "with_setter_id": "3"}, {4, 5, 7, 8, 9}),
    ({"subject_type": "Story", "with_setter_id": "1"}, set()),
    ({"subject_type": "Story", "with_subject_id": "1,7"}, {4, 7, 8}),
    ({"subject_type": "Story", "created_after": "2026-01-06"}, set()),
    ({"subject_type": "Story", "created_before": "2026-01-06"}, {4, 5, 7, 8, 9}),
    ({"subject_type": "Story", "updated_after": "2026-01-06"}, set()),
    ({"subject_type": "Story", "updated_before": "2026-01-06"}, {4, 5, 7, 8, 9}),
]


@pytest.mark.parametrize(("asked", "expected"), VALUE_CASES)
def test_which_values_are_listed(still_house, asked, expected):
    assert set(ids(still_house.get("kim", "/custom_field_values", **asked))) == expected


@pytest.mark.parametrize(
    ("resource", "cases"), [(FIELDS, FIELD_CASES), (VALUES, VALUE_CASES)], ids=["fields", "values"]
)
def test_every_filter_has_a_case(resource, cases):
    assert {each.name for each in resource.filters} - OF_REFERENCES == {name for asked, _ in cases for name in asked}


@pytest.mark.parametrize("asked", [{}, {"subject_type": ""}, {"only": "4"}])
def test_values_are_listed_by_type_of_object_only(still_house, asked):
    # contract: custom_field_values.endpoints: subject_type is required; a show needs none.
    answer = still_house.get("kim", "/custom_field_values", **asked)
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (400, "system")
    assert still_house.get("kim", "/custom_field_values/4").status_code == 200


@pytest.mark.parametrize(
    ("id_", "type_", "value", "display"),
    [
        (1, "string", "A (1): b", "A (1): b"),
        (3, "currency", [150_050, "USD"], "$1,500.50"),
        (4, "number", 2.5, "2.5"),
        (5, "number", 8, "8"),
        (7, "date", "2026-03-01", "2026-03-01"),
        (8, "multi", ["2", "1"], "Paper, Web"),
        (9, "multi", ["2"], "Paper"),
        (11, "single", ["3"], "North"),
    ],
)
def test_a_value_is_shown_by_its_type(still_house, id_, type_, value, display):
    told = still_house.get("kim", f"/custom_field_values/{id_}").json()["custom_field_values"][str(id_)]
    assert (told["type"], told["value"], told["display_value"]) == (type_, value, display)


def test_a_value_is_shown_whole(still_house):
    told = still_house.get("kim", "/custom_field_values/4").json()["custom_field_values"]["4"]
    assert told == {
        "id": "4", "subject_type": "story", "subject_id": 1, "value": 2.5, "display_value": "2.5", "type": "number",
        "account_id": 1, "custom_field_name": "story number", "can_edit": True, "created_at": MADE,
        "updated_at": MADE, "custom_field_id": "3", "setter_id": "3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("part", "id_", "may"),
    [("kim", 4, True), ("kim", 1, False), ("ada", 1, True), ("fred", 4, False), ("vera", 4, True)],
)
def test_who_may_set_a_value(still_house, part, id_, may):
    told = still_house.get(part, f"/custom_field_values/{id_}").json()["custom_field_values"][str(id_)]
    assert told["can_edit"] is may


@pytest.mark.parametrize(
    ("path", "include", "member", "expected", "section"),
    [
        ("/custom_field_values/4", "custom_field", "custom_field_id", "3", "custom_fields"),
        ("/custom_field_values/4", "setter", "setter_id", "3", "users"),
        ("/custom_field_values/8", "selected_choices", "selected_choice_ids", ["1", "2"], "custom_field_choices"),
        ("/custom_field_values/4", "selected_choices", "selected_choice_ids", [], "custom_field_choices"),
        ("/custom_field_values/4", "subject", "subject_ref", {"key": "stories", "id": "1"}, "stories"),
        ("/custom_field_values/1", "subject", "subject_ref", {"key": "workspaces", "id": "1"}, "workspaces"),
        ("/custom_field_values/11", "subject", "subject_ref", {"key": "users", "id": "3"}, "users"),
        ("/custom_field_values/13", "subject", "subject_ref", {"key": "time_entries", "id": "1"}, "time_entries"),
        ("/custom_field_values/4", "external_references", "external_reference_ids", [], "external_references"),
        ("/custom_fields?only=5", "choices", "choice_ids", ["1", "2"], "custom_field_choices"),
        ("/custom_fields?only=3", "creator", "creator_id", "1", "users"),
        ("/custom_fields?only=3", "custom_field_set", "custom_field_set_id", "1", "custom_field_sets"),
        ("/custom_fields?only=5", "custom_field_set", "custom_field_set_id", None, "custom_field_sets"),
        ("/custom_fields?only=3", "external_references", "external_reference_ids", [], "external_references"),
        ("/stories?only=1", "custom_field_values", "custom_field_value_ids", ["4", "7", "8"], "custom_field_values"),
        ("/workspaces/1", "custom_field_values", "custom_field_value_ids", ["1", "3"], "custom_field_values"),
        ("/users/3", "custom_field_values", "custom_field_value_ids", ["11"], "custom_field_values"),
    ],
)
def test_an_include_sets_its_member_and_fills_its_section(still_house, path, include, member, expected, section):
    joint = "&" if "?" in path else "?"
    told = still_house.request("kim", "GET", f"{path}{joint}include={include}").json()
    primary = told["results"][0]
    assert told[primary["key"]][primary["id"]][member] == expected
    found = [expected["id"]] if isinstance(expected, dict) else expected if isinstance(expected, list) else [expected]
    assert set(told[section]) == {each for each in found if each}


@pytest.mark.parametrize(
    ("path", "order", "expected"),
    [
        ("/custom_fields", "name", [4, 5, 3, 8, 7, 2, 1]),
        ("/custom_fields", "name:desc", [1, 2, 7, 8, 3, 5, 4]),
        ("/custom_fields", "", [4, 5, 3, 8, 7, 2, 1]),
        ("/custom_fields", "updated_at", [1, 2, 3, 4, 5, 7, 8]),
        ("/custom_field_values", "created_at:desc", [4, 5, 7, 8, 9]),
        ("/custom_field_values", "updated_at", [4, 5, 7, 8, 9]),
        ("/custom_field_values", "subject_id:desc", [5, 9, 4, 7, 8]),
        ("/custom_field_values", "", [4, 5, 7, 8, 9]),
    ],
)
def test_an_order_sorts_as_its_page_says(still_house, path, order, expected):
    assert ids(still_house.get("kim", path, subject_type="Story" if "values" in path else "", order=order)) == expected


# Filters by custom fields, on projects and people (those on tasks stand in test_tasks.py) -----------------


@pytest.mark.parametrize(
    ("part", "path", "asked", "expected"),
    [
        ("kim", "/workspaces", {"by_custom_text_value": "(1:A (1): b)"}, {1}),
        ("kim", "/workspaces", {"by_custom_text_value": "1"}, {1}),
        ("ada", "/workspaces", {"by_custom_text_value": "1"}, {1, 7}),
        ("kim", "/workspaces", {"by_custom_text_value": f"1:{CANARY} code"}, set()),
        ("kim", "/workspaces", {"by_custom_currency_value": "(2:150050:usd)"}, {1}),
        ("kim", "/workspaces", {"by_custom_currency_value": "(2:150050)"}, {1}),
        ("kim", "/workspaces", {"by_custom_currency_value": "2:150050:EUR"}, set()),
        ("kim", "/workspaces", {"has_value_for_custom_field_ids": "2"}, {1}),
        ("fred", "/workspaces", {"has_value_for_custom_field_ids": "2"}, {1}),
        ("kim", "/users", {"by_custom_choice_value": "7:3,4"}, {3}),
        ("ada", "/users", {"by_custom_choice_value": "7:3,4"}, {3, 6}),
        ("ada", "/users", {"by_custom_choice_value": "7:4"}, {6}),
        ("max", "/users", {"by_custom_choice_value": "7:blank"}, {7}),
        ("ada", "/stories", {"by_custom_text_value": f"6:{CANARY} told to nobody"}, {1}),
        ("ada", "/stories", {"by_custom_number_value": "3:2.5"}, {1, 7}),
    ],
)
def test_things_are_found_by_what_custom_fields_say(still_house, part, path, asked, expected):
    assert set(ids(still_house.get(part, path, **asked))) == expected


# Who sees what --------------------------------------------------------------------------------------------

TYPES = ("Story", "Workspace", "User", "TimeEntry")
SEEN = {
    "ada": set(range(1, 14)),
    "vera": set(range(1, 14)) - {10},
    "lee": {1, 3, 4, 5, 7, 8, 9, 11, 13},
    "kim": {1, 3, 4, 5, 7, 8, 9, 11, 13},
    "cleo": {1, 3, 4, 5, 7, 8, 9, 11},
    "max": {2, 6, 12},
    "nora": {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12},
    "eve": set(),
    "fred": {1, 3, 4, 5, 7, 8, 9, 11},
}


@pytest.mark.parametrize("part", SEEN)
def test_who_sees_which_values(still_house, part):
    includes = "custom_field,setter,selected_choices,subject,external_references"
    listed = set()
    for type_ in TYPES:
        answer = still_house.get(part, "/custom_field_values", subject_type=type_, include=includes, per_page=200)
        listed |= set(ids(answer))
        if part not in ("ada", "vera", "max", "nora"):
            assert CANARY not in answer.text
    assert listed == SEEN[part]
    for id_ in range(1, 31):
        show = still_house.get(part, f"/custom_field_values/{id_}", include=includes)
        assert show.status_code == (200 if id_ in SEEN[part] else 404), id_


@pytest.mark.parametrize("part", [*SEEN, "otto"])
def test_a_field_is_told_to_whose_permission_opens_it(still_house, part):
    told = still_house.get(part, "/custom_fields", include="choices,creator,custom_field_set", per_page=200)
    expected = {"ada": set(range(1, 9)), "otto": {1, 2}}.get(part, set(range(1, 9)) - {6})
    assert set(ids(told)) == expected
    assert (CANARY in told.text) is (part in ("ada", "otto"))


def test_a_field_that_is_opened_is_told(house):
    with house.database.write() as tx:
        opened = sa.update(t.custom_fields).where(t.custom_fields.c.account_id == 1, t.custom_fields.c.id == 6)
        tx.execute(opened.values(read_access="project_lead"))
    for part, sees in (("lee", True), ("vera", True), ("kim", False), ("fred", False)):
        listed = ids(house.get(part, "/custom_field_values", subject_type="Story", with_custom_field_id="6"))
        assert listed == ([10] if sees else []), part
