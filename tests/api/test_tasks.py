"""Tasks: every filter, order, include and optional field of their page, and who sees what of them.

Each case names what the page says (contract: stories). Ids: 1 task, 2 meeting, 3 put away, 4 thrown away, 5 closed,
6 in another project, 7 hidden, 8 below 1; 101 below 8, 102 a to-do, 103 in an archived project.
"""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from tests.api.test_external_reference_filters import GROUP as OF_REFERENCES
from tests.builders import Builder
from tests.cast import CANARY
from tests.conftest import open_house
from timewright import clock, rollups
from timewright import tables as t
from timewright.resources import REGISTRY

STORIES = REGISTRY["stories"]
DAY = date(2026, 3, 1)
OURS = {1, 2, 5, 6, 8, 101}
OPTIONAL = (
    "custom_task_status_id,read_only,can_edit,can_post,archived_editable,is_time_trackable_type,has_out_of_bounds_sads,"
    "can_align_time,formatted_description,parsed_description,render_description_markdown"
)


@pytest.fixture(scope="module")
def planned(engine):
    """The house with tasks that are planned, done, due and deep."""
    with open_house(engine) as house:
        world = house.world
        with house.database.write() as tx:
            _plan(tx, world)
        yield house


def _plan(tx, world):
    def change(id_, **how):
        tx.execute(sa.update(t.stories).where(t.stories.c.account_id == 1, t.stories.c.id == id_).values(**how))

    change(
        1, priority="critical", state="started", start_date=DAY, due_date=date(2026, 3, 10), position=3,
        description="<b>a & b</b>\nc",
    )  # fmt: skip
    change(
        2, priority="low", state="completed", due_date=date(2026, 2, 5), position=1,
        completed_at=datetime(2026, 2, 10, 12, tzinfo=UTC),
    )  # fmt: skip
    change(
        5, priority="high", story_type="issue", state="can't repro", due_date=DAY, position=2,
        completed_at=datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
    )  # fmt: skip
    change(8, position=9, time_estimate_in_minutes=30, budget_estimate_in_cents=700)
    make = Builder(tx)
    make._last["stories", 1] = 100
    make._last["time_entries", 1] = 500
    ada, main = world.users["ada"], world.workspaces["main"]
    deep = make.story(
        main, ada, "Deep", parent_id=8, root_id=1, ancestry="1/8", time_estimate_in_minutes=12,
        budget_estimate_in_cents=50, creator_id=world.users["lee"]["id"],
    )  # fmt: skip
    make.story(main, ada, "To do", project_plan=False)
    make.story(world.workspaces["archived"], ada, "Of an archived project")
    invoice = world.invoices["new"]["id"]
    make.entry(main, world.users["kim"], story_id=deep["id"], rate_in_cents=1_001, time_in_minutes=30)
    make.entry(main, world.users["kim"], story_id=1, rate_in_cents=6_000, time_in_minutes=10, invoice_id=invoice)


def ids(house, part="kim", **asked):
    answer = house.get(part, "/stories", per_page=200, **asked)
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


FILTERED = [
    ({}, OURS),
    ({"workspace_id": 1}, OURS - {6}),
    ({"with_projects": "3,7"}, {6}),  # 7 is hidden from Kim
    ({"story_type": "issue"}, {5}),
    ({"story_types": "issue,task"}, OURS),
    ({"story_types": "milestone"}, set()),
    ({"show_archived": "true"}, OURS | {3}),
    ({"only_archived": "true"}, {3}),
    ({"archived": "include"}, OURS | {3}),
    ({"archived": "only"}, {3}),
    ({"archived": "exclude"}, OURS),
    ({"show_deleted": "true"}, OURS | {4}),
    ({"only_deleted": "true"}, {4}),
    ({"show_from_archived_workspaces": "true"}, OURS | {103}),
    ({"show_todos": "true"}, OURS | {102}),
    ({"only_todos": "true"}, {102}),
    ({"parents_only": "true"}, {1, 2, 5, 6}),
    ({"with_parent_id": 8}, {101}),
    ({"with_root_id": 1}, {8, 101}),
    ({"with_ancestry_depth": 0}, {1, 2, 5, 6}),
    ({"with_ancestry_depth": 1}, {8}),
    ({"with_ancestry_depth": 2}, {101}),
    ({"by_subtask_count": 1}, {1, 8}),
    ({"by_subtask_count": 0}, OURS - {1, 8}),
    ({"time_trackable_on_workspace_id": 1}, {1, 2, 8, 101}),  # 5 takes no time
    ({"time_trackable_on_workspace_id": 4, "show_from_archived_workspaces": "true"}, set()),  # nor do archived projects
    ({"time_trackable_on_workspace_id": 7}, set()),
    ({"with_assignees": "3"}, {1, 6}),
    ({"with_assignees": "2"}, set()),  # Lee's assignment does not hold any more
    ({"with_assignees": "unnamed"}, {2}),
    ({"with_assignees": "unassigned"}, {5, 8, 101}),
    ({"with_assignees": "unassigned,3"}, {1, 5, 6, 8, 101}),
    ({"assigned_to_current_user": "true"}, {1, 6}),
    ({"assigned_to_current_user": "false"}, OURS - {1, 6}),
    ({"not_assigned_to_user": 3}, OURS - {1, 6}),
    ({"not_assigned_to_resource": 4}, OURS - {2}),
    ({"with_followers": "4,6"}, {1}),  # what Max follows is hidden
    ({"creators": "2"}, {101}),
    ({"creators": "1"}, OURS - {101}),
    ({"priority": "low,critical"}, {1, 2}),
    ({"by_status": "started,can't repro"}, {1, 5}),
    ({"by_tag_name": "urgent"}, {1, 2}),
    ({"by_tag_name": "urgent,client"}, {1}),  # all of them
    ({"by_any_tag": "urgent,client,none"}, {1, 2}),
    ({"by_any_tag": f"{CANARY} word"}, set()),
    ({"completed": "true"}, {2, 5}),
    ({"completed": "false"}, OURS),  # no filtering
    ({"uncompleted": "true"}, OURS - {2, 5}),
    ({"uncompleted": "false"}, OURS),
    ({"without_past_completed": "true"}, OURS - {2, 5}),
    ({"without_past_completed": "false"}, OURS),
    ({"all_on_account": "true"}, OURS),  # Kim is no reports viewer
    ({"active_between": "2026-03-05:2026-03-06"}, {1}),
    ({"active_between": "2026-03-01:"}, {1, 5}),
    ({"active_between": ":2026-02-05"}, {2}),
    ({"due_between": "2026-02-05:2026-03-01"}, {2, 5}),
    ({"starting_between": "2026-03-01:2026-03-01"}, {1}),
    ({"completed_between": "2026-01-31:2026-01-31"}, {5}),
    ({"completed_between": "2026-02-01:"}, {2}),
    ({"due_on": "2026-03-01"}, {5}),
    ({"due_after": "2026-03-01"}, {1}),
    ({"due_before": "2026-03-01"}, {2}),
    ({"with_start_or_due_date": "true"}, {1, 2, 5}),
    ({"with_start_or_due_date": "false"}, OURS),
    ({"by_custom_date_field": "4:2026-03-01"}, {1}),
    ({"by_custom_date_field": "4:2026-03-02:2026-04-01"}, set()),
    ({"created_after": "2026-01-06"}, set()),
    ({"created_before": "2026-01-06"}, OURS),
    ({"updated_after": "2026-01-06"}, set()),
    ({"updated_before": "2026-01-06"}, OURS),
    ({"has_value_for_custom_field_ids": "3"}, {1, 5}),
    ({"has_value_for_custom_field_ids": "3,5"}, {1, 2, 5}),
    ({"has_value_for_custom_field_ids": "6"}, set()),  # only administrators read field 6
    ({"by_custom_choice_value": "5:1"}, {1}),
    ({"by_custom_choice_value": "5:1,2"}, {1, 2}),
    ({"by_custom_choice_value": "(5:2):(5:1)"}, {1}),  # both must hold
    ({"by_custom_choice_value": "5:2;5:1"}, {1}),
    ({"by_custom_choice_value": "5:blank"}, OURS - {1, 2}),
    ({"by_custom_choice_value": "6:blank"}, set()),  # nothing is told of a field that Kim may not read
    ({"by_custom_number_value": "(3:2.50)"}, {1}),
    ({"by_custom_number_value": "(3:8):(3:2.5)"}, set()),
    ({"by_custom_date_value": "(4:2026-02-28:2026-03-01)"}, {1}),
    ({"by_custom_date_value": "(4::2026-02-28)"}, set()),
    ({"by_custom_text_value": "6"}, set()),
    ({"by_custom_text_value": f"(6:{CANARY} told to nobody)"}, set()),
    ({"search": "below"}, {8}),
    ({"search": "main"}, set()),  # titles of projects are not searched
    ({"search": "below", "exclude_workspace_title_from_search": "true"}, {8}),
    ({"by_workspace_group": "1"}, OURS),
    ({"by_workspace_group": "3,4"}, set()),  # groups out of Kim's sight
    ({"by_custom_currency_value": "(2:150050)"}, set()),  # a field of projects
]  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), FILTERED, ids=lambda each: str(each)[:60])
def test_a_filter_narrows_as_its_page_says(planned, asked, expected, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2026, 3, 2))
    assert set(ids(planned, **asked)) == expected


def test_every_filter_has_a_case():
    assert {each.name for each in STORIES.filters} - OF_REFERENCES - {
        name for asked, _ in FILTERED for name in asked
    } == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("with_assignees", "nobody"),
        ("with_assignees", str(2**63)),
        ("by_custom_choice_value", "5"),
        ("by_custom_choice_value", "5:"),
        ("by_custom_choice_value", "5:x"),
        ("by_custom_number_value", "3:many"),
        ("by_custom_number_value", "3:1e999"),
        ("by_custom_number_value", "3:NaN"),
        ("by_custom_date_value", "4:tomorrow"),
        ("by_custom_currency_value", "2:10:EURO"),
        ("by_custom_text_value", "name:x"),
        ("by_custom_text_value", "():()"),
        ("by_custom_text_value", "(1:a)" + ":(1:a)" * 20),
        ("due_on", "soon"),
        ("active_between", "2026-01-01"),
    ],
)
def test_a_filter_value_that_cannot_be_read_is_refused(still_house, name, value):
    answer = still_house.get("kim", "/stories", **{name: value})
    assert answer.status_code == 400
    assert name in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("everything", [{}, {"all_on_account": "true"}, {"all_on_account": "false"}])
@pytest.mark.parametrize("part", ["ada", "vera"])
def test_who_sees_the_account_sees_all_tasks_of_it(planned, part, everything):
    assert set(ids(planned, part, **everything)) == OURS | {7}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("priority_level", [2, 6, 8, 101, 5, 1]),
        ("priority_level:desc", [1, 5, 6, 8, 101, 2]),
        ("importance:desc", [1, 6, 8, 101, 2, 5]),  # what is done counts least
        ("position", [2, 6, 101, 5, 1, 8]),
        ("due_date", [6, 8, 101, 2, 5, 1]),
        ("due_date:desc", [1, 5, 2, 6, 8, 101]),
        ("start_date:desc", [1, 2, 5, 6, 8, 101]),
        ("created_at", [1, 2, 5, 6, 8, 101]),
        ("updated_at:desc", [1, 2, 5, 6, 8, 101]),
        ("parent_and_position", [2, 6, 5, 1, 8, 101]),
        ("parent_and_position:desc", [101, 8, 1, 5, 2, 6]),
    ],
)
def test_an_order_sorts_as_its_page_says(planned, order, expected):
    assert ids(planned, order=order) == expected


def test_every_order_has_a_case():
    cases = test_an_order_sorts_as_its_page_says.pytestmark[0].args[1]
    assert {each.name for each in STORIES.orders} == {order.split(":")[0] for order, _ in cases}


@pytest.mark.parametrize(
    ("include", "story", "member", "expected", "section"),
    [
        ("ancestors", 101, "ancestor_ids", ["1", "8"], "stories"),
        ("ancestors", 1, "ancestor_ids", [], "stories"),
        ("descendants", 1, "descendant_ids", ["8", "101"], "stories"),
        ("sub_stories", 1, "sub_story_ids", ["8"], "stories"),
        ("parent", 101, "parent_id", "8", "stories"),
        ("root", 101, "root_id", "1", "stories"),
        ("workspace", 1, "workspace_id", "1", "workspaces"),
        ("creator", 101, "creator_id", "2", "users"),
        ("assignees", 1, "assignee_ids", ["3"], "users"),
        ("assignees", 2, "assignee_ids", [], "users"),
        ("current_assignments", 1, "current_assignment_ids", ["1"], "assignments"),
        ("current_assignments", 6, "current_assignment_ids", ["2"], "assignments"),  # 3 does not hold any more
        ("assigned_role", 1, "assigned_role_id", "1", "roles"),
        ("assigned_role", 2, "assigned_role_id", None, "roles"),
        ("followers", 1, "follower_ids", ["2", "4"], "users"),
        ("tags", 1, "tag_ids", ["1", "2"], "tags"),
        ("story_tasks", 1, "story_task_ids", ["1"], "story_tasks"),
        ("source_dependencies", 1, "source_dependency_ids", ["1"], "story_dependencies"),
        ("target_dependencies", 2, "target_dependency_ids", ["1"], "story_dependencies"),
        ("target_dependencies", 5, "target_dependency_ids", [], "story_dependencies"),  # of a hidden task
        ("custom_field_values", 1, "custom_field_value_ids", ["4", "7", "8"], "custom_field_values"),
        ("external_references", 1, "external_reference_ids", ["4"], "external_references"),
    ],
)
def test_an_include_sets_its_member_and_fills_its_section(planned, include, story, member, expected, section):
    told = planned.get("kim", f"/stories/{story}", include=include).json()
    shown = told["stories"][str(story)][member]
    assert shown == expected
    if section != "stories":
        assert set(told[section]) == set(expected if isinstance(expected, list) else [expected] if expected else [])
    else:
        assert set(told["stories"]) == {str(story), *([expected] if isinstance(expected, str) else expected)}


@pytest.mark.parametrize("name", ["attachments", "google_documents", "replies", "story_state_changes"])
def test_what_is_kept_nowhere_is_empty_and_works_with_only_alone(planned, name):
    member = {"replies": "reply_ids"}.get(name, f"{name[:-1]}_ids")
    assert planned.get("kim", "/stories", only="1", include=name).json()["stories"]["1"][member] == []
    assert member not in planned.get("kim", "/stories", include=name).json()["stories"]["1"]


def test_a_task_counts_what_stands_below_it(planned):
    told = planned.get("lee", "/stories", only="1,8,101").json()["stories"]
    assert [told["1"][name] for name in ("subtree_depth", "sub_story_count", "ancestor_ids")] == [2, 1, []]
    assert [told[each]["sub_stories_time_estimate_in_minutes"] for each in ("1", "8", "101")] == [42, 12, 0]
    assert [told[each]["sub_stories_billable_time_in_minutes"] for each in ("1", "8", "101")] == [30, 30, 0]
    assert [told[each]["sub_stories_budget_estimate_in_cents"] for each in ("1", "8", "101")] == [750, 50, 0]
    # 30 minutes at 10.01: 5.005, rounded once, half up.
    assert [told[each]["sub_stories_budget_used_in_cents"] for each in ("1", "8", "101")] == [501, 501, 0]


@pytest.mark.parametrize("rolled_up", [False, True])
def test_a_task_tells_what_its_time_is_worth_and_what_was_billed(planned, rolled_up):
    if rolled_up:
        rollups.fold(planned.database)
    told = planned.get("lee", "/stories/1").json()["stories"]["1"]
    # An hour at 50.00, and ten minutes at 60.00 that stand on an invoice.
    assert told["budget_used_in_cents"] == 6_000
    assert told["invoiced_balance_in_cents"] == 1_000
    assert told["uninvoiced_balance_in_cents"] == 5_000


def test_the_optional_fields_of_a_task(planned):
    kim, cleo = (
        planned.get(part, "/stories/1", optional_fields=OPTIONAL).json()["stories"]["1"] for part in ("kim", "cleo")
    )
    assert {name: kim[name] for name in OPTIONAL.split(",")} == {
        "custom_task_status_id": None, "read_only": False, "can_edit": True, "can_post": True,
        "archived_editable": True, "is_time_trackable_type": True, "has_out_of_bounds_sads": False,
        "can_align_time": False, "formatted_description": "&lt;b&gt;a &amp; b&lt;/b&gt;<br />c",
        "parsed_description": "<b>a & b</b>\nc", "render_description_markdown": False,
    }  # fmt: skip
    assert (cleo["read_only"], cleo["can_edit"], cleo["can_post"]) == (True, False, True)
    assert planned.get("vera", "/stories/1", optional_fields="can_post").json()["stories"]["1"]["can_post"] is False
    assert not set(OPTIONAL.split(",")) & set(planned.get("kim", "/stories/1").json()["stories"]["1"])


EVERY = (
    "ancestors,descendants,assignees,current_assignments,assigned_role,followers,tags,story_tasks,source_dependencies,"
    "target_dependencies,custom_field_values,external_references,sub_stories,parent,root,workspace,creator"
)


@pytest.mark.parametrize("part", ["lee", "kim", "cleo", "eve", "fred"])
def test_nothing_of_a_hidden_project_is_told(planned, part):
    told = planned.get(
        part, "/stories", include=EVERY, apply_default_filters="false", per_page=200, optional_fields=OPTIONAL
    )
    assert told.status_code == 200
    assert CANARY not in told.text
    assert "7" not in told.json()["stories"]
    assert planned.get(part, "/stories/7", include=EVERY).status_code == 404


@pytest.mark.parametrize("part", ["max", "nora"])
def test_those_in_the_hidden_project_see_it(planned, part):
    told = planned.get(part, "/stories/7", include=EVERY).json()
    assert told["stories"]["7"]["tag_ids"] == ["3"]
    assert told["stories"]["7"]["follower_ids"] == ["6"]
    # A field that only administrators read has no values for others.
    assert set(told["custom_field_values"]) == {"6"}
    # The other task of the dependency is out of Max's sight: so is the dependency.
    assert told["stories"]["7"]["source_dependency_ids"] == (["2"] if part == "nora" else [])
