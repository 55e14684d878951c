"""How many statements the lists around projects cost: the same for one row and for two hundred, with every include and
every optional field; and by which indexes they are read."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from tests.api.test_statements import PLACE, WHO
from tests.builders import Builder
from tests.conftest import open_house
from tests.test_query_plans import is_embedded, plans, read_through
from timewright import tables as t
from timewright.resources import REGISTRY

COUNT = 200


@pytest.fixture(scope="module")
def full_house(engine):
    """The house with two hundred projects more, each with one of everything that belongs to one."""
    with open_house(engine) as house:
        world = house.world
        account, people = world.account, world.users
        with house.database.write() as tx:
            make = Builder(tx)
            for table in t.metadata.sorted_tables:
                make._last[table.name, 1] = 1_000
            versions = {world.roles["engineer"]["id"]: 8_000}
            for number in range(COUNT):
                card = make.rate_card(account, [(date(2025, 1, 1), 7_000, versions)], f"Card {number}")
                project = make.workspace(
                    account,
                    people["ada"],
                    f"Project {number}",
                    rate_card_id=card["id"],
                    primary_maven_id=people["lee"]["id"],
                    primary_workspace_group_id=world.groups["client"]["id"],
                )
                make.participation(project, people["ada"], "admin", is_time_approver=True)
                make.participation(project, people["lee"], "edit_financials", is_team_lead=True, is_time_approver=True)
                make.participation(project, people["cleo"], "view_tasks", role="buyer", is_team_lead=True)
                make.story(project, people["ada"], story_type="milestone", due_date=date(2026, 3, 1))
                make.workspace_group(account, f"Group {number}", project)
                place = make.workspace_resource(project, people["lee"], world.roles["engineer"])
                make.workspace_resource(project, None, world.roles["engineer"])
                submission = make.submission(project, people["lee"])
                bill = make.invoice(project, people["lee"], recipient_id=people["cleo"]["id"])
                entry = make.entry(project, people["lee"], invoice_id=bill["id"])
                make.holds(submission, entry)
                for type_, subject in (
                    ("Workspace", project), ("WorkspaceResource", place), ("Invoice", bill), ("RateCard", card),
                    ("WorkspaceGroup", {"account_id": account["id"], "id": make._last["workspace_groups", 1]}),
                ):  # fmt: skip
                    make.reference(type_, subject, f"service {number}")
        yield house


BUDGETS = "read entries_by_person"  # what was used of the budgets of all projects side-loaded
SIDE_LOADS = {
    "workspaces": [
        "read users",  # creators
        "read users",  # who leads for the provider
        "read participations",  # who takes part
        *["read participations", "read participations"],  # how the caller does
        "read custom_field_values",
        "read external_references",
        "read workspace_groups",  # the primary ones
        "read workspace_group_workspaces",
        "read workspace_groups",
        "read workspace_resources",  # named
        "read workspace_resources",  # and unnamed
        "read timesheet_submissions",  # which may be approved
        "read timesheet_submissions",
        "read stories",  # open milestones
        "read stories",
        "read stories",  # how deep their subtrees are
        *["read participations", "read users"] * 6,  # six kinds of people
        BUDGETS,
    ],
    "workspace_groups": [
        "read workspace_group_workspaces",
        "read workspaces",
        BUDGETS,
        "read custom_field_values",
        "read external_references",
    ],
    "workspace_resources": [
        "read workspaces",
        BUDGETS,
        "read users",
        "read roles",
        *["read workspace_resources", "read participations"],
        "read custom_field_values",
        "read external_references",
        *["read participations", "read account_memberships"],  # what was agreed with each person, for bill rates
        "read workspaces",
        "read rate_card_versions",
        *["read participations", "read account_memberships"],  # for cost rates
    ],
    "invoices": [
        "read users",
        "read users",
        "read external_references",
        "read time_entries",
        "read invoice_workspaces",
        "read workspaces",
        BUDGETS,
        "read expenses",
    ],
    "rate_cards": ["read rate_card_sets", "read rate_card_versions", "read external_references"],
    "rate_card_roles": ["read rate_card_versions", "read roles"],
}


def everything(name):
    resource = REGISTRY[name]
    return {
        "include": ",".join(each.name for each in resource.includes),
        "optional_fields": ",".join(each.name for each in resource.fields if each.optional),
    }


@pytest.mark.parametrize(
    ("part", "name"),
    # Lee does not see the rates of roles.
    [(part, name) for part in ("ada", "lee") for name in SIDE_LOADS if (part, name) != ("lee", "rate_card_roles")],
)
@pytest.mark.parametrize("size", [1, 200])
def test_a_list_with_everything_costs_the_same_at_every_size(full_house, part, name, size):
    # The rows that were added come first.
    order = {"order": "created_at", "created_after": "2026-01-01", "limit": size, "offset": 7}
    with full_house.statements() as seen:
        answer = full_house.get(part, f"/{name}", per_page=size, **order, **everything(name))
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == min(size, answer.json()["count"] - 7)
    assert seen == [*WHO, *PLACE, f"count {name}", f"read {name}", *SIDE_LOADS[name]]


@pytest.mark.parametrize("name", SIDE_LOADS)
@pytest.mark.parametrize("part", ["ada", "lee", "kim"])
def test_no_list_reads_a_table_through(full_house, texts, part, name):
    for more in ({}, everything(name), {"only": "1,2"} | everything(name)):
        assert full_house.get(part, f"/{name}", per_page=200, **more).status_code == 200
    if is_embedded(full_house):
        assert through(full_house, texts) == []


@pytest.fixture
def texts(full_house):
    """The texts of all statements that reach the database."""
    found = []

    def note(_c, _cursor, statement, *_):
        found.append(statement)

    full_house.database.seen = found.append
    for each in full_house.database.engines():
        sa.event.listen(each, "before_cursor_execute", note)
    yield found
    full_house.database.seen = None
    for each in full_house.database.engines():
        sa.event.remove(each, "before_cursor_execute", note)


def through(house, found):
    """The tables read from end to end. Where nothing can match, SQLite plans to and does not begin."""
    return [table for table, text in read_through(house, found) if not re.search(r"WHERE 0 = 1($|\s+ORDER BY )", text)]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("workspaces", "ix_workspaces_by_change"),
        ("workspace_groups", "ix_workspace_groups_account_id_name"),
        ("workspace_resources", "ix_workspace_resources_by_change"),
        ("invoices", "ix_invoices_by_creation"),
    ],
)
@pytest.mark.parametrize("part", ["ada", "vera"])
def test_a_page_is_read_in_the_order_of_its_index(full_house, texts, part, name, index):
    assert full_house.get(part, f"/{name}").status_code == 200
    if is_embedded(full_house):
        steps = [steps for text, steps in plans(full_house, texts) if f"ORDER BY {name}" in text]
        assert all(f"SEARCH {name} USING INDEX {index}" in each[0] for each in steps)
        assert not [step for each in steps for step in each if step == "USE TEMP B-TREE FOR ORDER BY"]


def test_what_was_invoiced_of_a_project_is_found_through_its_invoices(full_house, texts):
    assert full_house.get("ada", "/workspaces", optional_fields="total_invoiced").status_code == 200
    if is_embedded(full_house):
        ((_, steps),) = [each for each in plans(full_house, texts) if "ORDER BY workspaces" in each[0]]
        index = "ix_invoice_workspaces_account_id_workspace_id_invoice_id"
        found = {step for step in steps if "invoice" in step}
        assert found == {
            f"SEARCH invoice_workspaces USING COVERING INDEX {index} (account_id=? AND workspace_id=?)",
            "SEARCH invoices USING COVERING INDEX sqlite_autoindex_invoices_1 (account_id=? AND id=?)",
            "SEARCH time_entries USING INDEX ix_time_entries_by_invoice_id (account_id=? AND invoice_id=?)",
        }


def test_budgets_are_told_by_the_roll_up_and_the_entries_after_it(full_house, texts):
    assert full_house.get("ada", "/workspaces", per_page=200).status_code == 200
    if is_embedded(full_house):
        ((_, steps),) = [each for each in plans(full_house, texts) if "cent_minutes" in each[0]]
        assert {step for step in steps if "entries" in step} == {
            "SEARCH entries_by_person USING PRIMARY KEY (account_id=? AND workspace_id=?)",
            "SEARCH time_entries USING INDEX sqlite_autoindex_time_entries_1 (account_id=? AND id>?)",
        }


FILTERED = [
    ("workspaces", each.name, value)
    for each in REGISTRY["workspaces"].filters
    for value in [
        {
            "by_custom_choice_value": "1:1", "selected_choices": "1:1,none", "custom_integer_ranges": "1:1:9",
            "custom_date_range": "1:2026-01-01:2026-12-31",
            "matching": "pro", "archived": "include", "stage": "project", "created_at": "2026-01-01;",
            "pending_timesheet_submissions": "2026-01-01;2026-12-31", "milestone_weight_percentage_complete": "0,100",
        }.get(each.name, "2026-01-01" if each.name.endswith(("_after", "_before")) else "1"),
    ]
]  # fmt: skip


@pytest.mark.parametrize(("name", "filter_", "value"), FILTERED, ids=str)
@pytest.mark.parametrize("part", ["ada", "lee"])
def test_no_filter_of_projects_reads_a_table_through(full_house, texts, part, name, filter_, value):
    assert full_house.get(part, f"/{name}", **{filter_: value}).status_code == 200
    if is_embedded(full_house):
        assert through(full_house, texts) == []


@pytest.mark.parametrize("order", [each.name for each in REGISTRY["workspaces"].orders])
def test_no_order_of_projects_reads_a_table_through(full_house, texts, order):
    for part in ("ada", "lee"):
        assert full_house.get(part, "/workspaces", order=f"{order}:desc").status_code == 200
    if is_embedded(full_house):
        assert through(full_house, texts) == []
