"""Assignments: filters, orders, includes, and who sees which.

1 is Kim's to a task, 2 Kim's and 3 Lee's past one in another project, 4 of nobody by name, 5 to an archived task,
6 in a hidden project.
"""

import pytest

from tests.api.test_external_reference_filters import GROUP as OF_REFERENCES
from tests.builders import Builder
from tests.cast import CANARY
from timewright.resources import REGISTRY

ASSIGNMENTS = REGISTRY["assignments"]
MADE = "2026-01-05T09:00:00Z"


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


def test_an_assignment_is_shown_whole(still_house):
    told = still_house.get("kim", "/assignments/1").json()["assignments"]["1"]
    assert told == {
        "id": "1", "current": True, "estimated_minutes": None, "allocated_minutes": 0, "resource_id": 2,
        "created_at": MADE, "updated_at": MADE, "story_id": "1", "assignee_id": "3",
    }  # fmt: skip
    unnamed = still_house.get("kim", "/assignments/4", include_unnamed="true").json()["assignments"]["4"]
    assert (unnamed["assignee_id"], unnamed["resource_id"]) == (None, 4)


CASES = [
    ({}, {1, 2, 3}),
    ({"assignee_id": 3}, {1, 2}),
    ({"story_id": 6}, {2, 3}),
    ({"workspace_id": 3}, {2, 3}),
    ({"workspace_id": 7}, set()),
    ({"resource_id": 4, "include_unnamed": "true"}, {4}),
    ({"current": "true"}, {1, 2}),
    ({"current": "false"}, {3}),
    ({"uncurrent": "true"}, {3}),
    ({"uncurrent": "false"}, {1, 2}),
    ({"in_unarchived_stories": "false"}, {1, 2, 3, 5}),
    ({"in_unarchived_workspaces": "false"}, {1, 2, 3}),
    ({"include_unnamed": "true"}, {1, 2, 3, 4}),
    ({"plannable": "true"}, {1, 2}),
    ({"plannable": "false", "in_unarchived_stories": "false"}, {3, 5}),
    ({"created_after": "2026-01-06"}, set()),
    ({"created_before": "2026-01-06"}, {1, 2, 3}),
    ({"updated_after": "2026-01-06"}, set()),
    ({"updated_before": "2026-01-06"}, {1, 2, 3}),
    ({"apply_default_filters": "false"}, {1, 2, 3, 4, 5}),
]


@pytest.mark.parametrize(("asked", "expected"), CASES)
def test_a_filter_narrows_as_its_page_says(still_house, asked, expected):
    assert set(ids(still_house.get("kim", "/assignments", **asked))) == expected


def test_every_filter_has_a_case():
    assert {each.name for each in ASSIGNMENTS.filters} - OF_REFERENCES <= {name for asked, _ in CASES for name in asked}


def test_an_assignment_in_an_archived_project_is_shown_when_asked_for(house):
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["stories", 1] = make._last["assignments", 1] = 100
        story = make.story(house.world.workspaces["archived"], house.world.users["ada"])
        make.assignment(story, house.world.users["kim"])
    assert ids(house.get("kim", "/assignments", assignee_id=3)) == [1, 2]
    assert ids(house.get("kim", "/assignments", assignee_id=3, in_unarchived_workspaces="false")) == [1, 2, 101]


@pytest.mark.parametrize("order", ["", "created_at", "created_at:desc", "updated_at", "updated_at:desc"])
def test_an_order_sorts_by_when_it_was_made_or_changed(still_house, order):
    assert ids(still_house.get("kim", "/assignments", order=order)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("include", "member", "expected", "section"),
    [
        ("assignee", "assignee_id", "3", "users"),
        ("story", "story_id", "1", "stories"),
        ("external_references", "external_reference_ids", [], "external_references"),
    ],
)
def test_an_include_sets_its_member_and_fills_its_section(still_house, include, member, expected, section):
    told = still_house.get("kim", "/assignments/1", include=include).json()
    assert told["assignments"]["1"][member] == expected
    assert set(told[section]) == ({expected} if isinstance(expected, str) else set())


SEEN = {
    "ada": {1, 2, 3, 4, 5, 6}, "vera": {1, 2, 3, 4, 5, 6}, "lee": {1, 2, 3, 4, 5}, "kim": {1, 2, 3, 4, 5},
    "cleo": {1, 2, 3, 4, 5}, "nora": {1, 4, 5, 6}, "max": {6}, "eve": set(), "fred": {1, 4, 5},
}  # fmt: skip


@pytest.mark.parametrize("part", SEEN)
def test_who_sees_which(still_house, part):
    everything = {"apply_default_filters": "false", "include": "assignee,story,external_references"}
    told = still_house.get(part, "/assignments", **everything)
    assert set(ids(told)) == SEEN[part]
    assert (CANARY in told.text) is (6 in SEEN[part])
    for id_ in range(1, 31):
        show = still_house.get(part, f"/assignments/{id_}", **everything)
        assert show.status_code == (200 if id_ in SEEN[part] else 404), id_
