"""Projects: who takes part, what is left of the budget, by what they are narrowed and sorted. Comments name the
entry of the contract's page (workspaces) that a case comes from."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from tests.conftest import open_house
from timewright import rollups
from timewright import tables as t
from timewright.resources import REGISTRY

W = t.workspaces.c
TEAM = {1, 2, 3, 5, 6}  # the projects of Ada, Lee, Kim and Cleo that are not archived
ALL = TEAM | {7}
BUDGET = ("budget_used", "budget_used_in_cents", "budget_remaining", "percent_of_budget_used", "target_margin")
ADMINISTERED = (
    "over_budget", "total_expenses_in_cents", "expenses_in_burn_rate", "actual_fees_includes_expenses",
    "actual_fees_includes_additional_line_items", "stories_are_fixed_fee_by_default",
)  # fmt: skip


def listed(house, part, **parameters):
    answer = house.get(part, "/workspaces", per_page=200, **parameters)
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


def project(house, part, id_=1, **parameters):
    answer = house.get(part, f"/workspaces/{id_}", **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["workspaces"][str(id_)]


def change(house, id_, **values):
    with house.database.write() as tx:
        tx.execute(sa.update(t.workspaces).where(W.account_id == 1, W.id == id_).values(**values))


# The budget ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "sees", "administers"),
    [
        ("ada", True, True),  # fields.conditional: on the provider team, and project administrator
        ("lee", True, False),  # financial access
        ("kim", False, False),  # on the provider team without
        ("cleo", False, False),
        ("vera", False, False),  # a reports viewer who is not on the provider team
    ],
)
def test_the_budget_is_told_to_those_who_may_see_it(still_house, part, sees, administers):
    told = project(still_house, part)
    assert [name in told for name in BUDGET] == [sees] * len(BUDGET)
    assert [name in told for name in ADMINISTERED] == [administers] * len(ADMINISTERED)
    assert "external_link" not in told  # visible_if: project button feature on


def test_a_reports_viewer_of_the_provider_team_sees_the_budget(house):
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["participations", 1] = 900
        make.participation(house.world.workspaces["main"], house.world.users["vera"], "view_tasks")
    assert set(BUDGET) <= set(project(house, "vera"))


USED = 55_000  # seven hours of Kim's and one of Eve's at 50, one of Lee's at 150; Ada's is not billable


def test_the_budget_used_is_the_worth_of_the_time_logged(house):
    told = project(house, "ada")
    assert (told["budget_used"], told["budget_used_in_cents"]) == ("$550", USED)
    # price: TBD when null
    assert (told["budget_remaining"], told["percent_of_budget_used"], told["over_budget"]) == ("TBD", 0, False)
    change(house, 1, price_in_cents=100_000)
    told = project(house, "ada")
    assert (told["budget_remaining"], told["percent_of_budget_used"], told["over_budget"]) == ("$450", 55, False)
    change(house, 1, price_in_cents=40_000)
    told = project(house, "ada")
    assert (told["budget_remaining"], told["percent_of_budget_used"], told["over_budget"]) == ("-$150", 137, True)
    change(house, 1, budgeted=False)
    told = project(house, "ada")
    assert (told["budget_remaining"], told["percent_of_budget_used"], told["over_budget"]) == ("TBD", 0, False)


def test_the_worth_is_rounded_once_whoever_counts_it(house, monkeypatch):
    """Entries of 20 minutes at 1.00 an hour, told from the roll-up, from the entries, or from both."""
    monkeypatch.setattr(rollups, "_PAUSE_SECONDS", 0)
    for number in range(1, 4):
        assert house.log("lee", time_in_minutes=20, rate_in_cents=100).status_code == 200
        expected = USED + [33, 67, 100][number - 1]
        assert project(house, "lee")["budget_used_in_cents"] == expected
        if number != 2:
            rollups.fold(house.database, at_once=1)
        assert project(house, "lee")["budget_used_in_cents"] == expected


def test_a_change_of_a_rate_that_was_taken_in_is_told(house, monkeypatch):
    monkeypatch.setattr(rollups, "_PAUSE_SECONDS", 0)
    rollups.fold(house.database, at_once=1)
    with house.database.write() as tx:
        entry = house.world.entries["plain"]["id"]
        where = (t.time_entries.c.account_id == 1, t.time_entries.c.id == entry)
        tx.execute(sa.update(t.time_entries).where(*where).values(rate_in_cents=9_000))
    assert project(house, "lee")["budget_used_in_cents"] == USED + 4_000


# Optional fields ----------------------------------------------------------------------------------

NAMES = (
    "provider_lead_name,client_lead_name,estimated_minutes,total_invoiced,incoming_email_address,"
    "revenue_recognition_method_id,revenue_recognition_method_name"
)


def test_optional_fields(house):
    with house.database.write() as tx:
        of = t.stories.c
        tx.execute(
            sa.update(t.stories).where(of.account_id == 1, of.id.in_([1, 4])).values(time_estimate_in_minutes=90)
        )
        tx.execute(
            sa.update(t.participations)
            .where(t.participations.c.account_id == 1, t.participations.c.role == "buyer")
            .values(is_team_lead=True)
        )
    shown = {part: project(house, part, optional_fields=NAMES) for part in ("lee", "kim", "vera")}
    assert [shown["lee"][name] for name in NAMES.split(",")] == [
        "Lee Example", "Cleo Example", 90, "$50", None, None, None,
    ]  # fmt: skip
    # optional_visible_if names others: these two are there, and null where what they sum is hidden
    assert (shown["kim"]["estimated_minutes"], shown["kim"]["total_invoiced"]) == (None, None)
    assert (shown["vera"]["estimated_minutes"], shown["vera"]["total_invoiced"]) == (90, None)
    assert not set(NAMES.split(",")) & set(project(house, "lee"))


# Includes -----------------------------------------------------------------------------------------


def ids_of(house, *names):
    return sorted((str(house.world.users[name]["id"]) for name in names), key=int)


@pytest.mark.parametrize(
    ("include", "member", "expected"),
    [
        ("participants", "participant_ids", ("ada", "lee", "kim", "cleo", "dan", "nora", "fred")),
        ("approvers", "approver_ids", ("lee",)),
        ("possible_approvers", "possible_approver_ids", ("ada", "lee")),
        ("financial_viewers", "financial_viewer_ids", ("ada", "lee")),
    ],
)
def test_people_of_a_project(still_house, include, member, expected):
    told = still_house.get("lee", "/workspaces/1", include=include).json()
    assert told["workspaces"]["1"][member] == ids_of(still_house, *expected)
    assert sorted(told["users"], key=int) == ids_of(still_house, *expected)


def test_who_sees_money_is_told_to_those_who_do(still_house):
    told = still_house.get("kim", "/workspaces/1", include="financial_viewers").json()
    assert (told["workspaces"]["1"]["financial_viewer_ids"], told["users"]) == ([], {})


def test_one_person_of_a_project(house):
    lee, cleo = str(house.world.users["lee"]["id"]), str(house.world.users["cleo"]["id"])
    assert project(house, "kim", include="approver")["approver_id"] == lee
    assert project(house, "max", 7, include="approver")["approver_id"] is None
    # includes.primary_counterpart: whoever leads the other side
    assert project(house, "cleo", include="primary_counterpart")["primary_counterpart_id"] == lee
    assert project(house, "kim", include="primary_counterpart")["primary_counterpart_id"] is None
    with house.database.write() as tx:
        of = t.participations.c
        tx.execute(sa.update(t.participations).where(of.account_id == 1, of.role == "buyer").values(is_team_lead=True))
    told = house.get("kim", "/workspaces/1", include="primary_counterpart").json()
    assert (told["workspaces"]["1"]["primary_counterpart_id"], set(told["users"])) == (cleo, {cleo})
    assert project(house, "cleo", include="primary_counterpart")["primary_counterpart_id"] == lee


def test_the_next_milestone_is_the_open_one_due_first(house):
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["stories", 1] = 100
        main, ada = house.world.workspaces["main"], house.world.users["ada"]
        for due, how in (
            (None, {}),
            (date(2026, 5, 1), {"state": "completed"}),
            (date(2026, 6, 1), {}),
            (date(2026, 5, 1), {"deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}),
            (date(2026, 5, 1), {"archived": True}),
            (date(2026, 7, 1), {}),
        ):
            make.story(main, ada, "Milestone", story_type="milestone", due_date=due, **how)
    told = house.get("kim", "/workspaces", only="1,2", include="next_uncompleted_milestone").json()
    members = [told["workspaces"][each]["next_uncompleted_milestone_id"] for each in ("1", "2")]
    assert (members, set(told["stories"])) == (["103", None], {"103"})


def test_groups_and_places_of_a_project(house):
    group = house.world.groups["client"]["id"]
    change(house, 1, primary_workspace_group_id=group)
    names = "primary_workspace_group,workspace_groups,workspace_resources,workspace_resources_with_unnamed"
    told = house.get("kim", "/workspaces/1", include=names).json()
    main = told["workspaces"]["1"]
    assert (main["primary_workspace_group_id"], main["workspace_group_ids"]) == (str(group), [str(group)])
    assert set(told["workspace_groups"]) == {str(group)}
    assert main["workspace_resource_ids"] == ["1", "2", "3", "6"]
    assert main["workspace_resources_with_unnamed_ids"] == ["1", "2", "3", "4", "6"]
    assert set(told["workspace_resources"]) == {"1", "2", "3", "4", "6"}
    # A client does not see groups: the bare id stays on the row (decisions D5).
    told = house.get("cleo", "/workspaces/1", include=names).json()
    assert told["workspaces"]["1"]["primary_workspace_group_id"] == str(group)
    assert (told["workspaces"]["1"]["workspace_group_ids"], told["workspace_groups"]) == ([], {})


@pytest.mark.parametrize(("part", "ids"), [("lee", ["1"]), ("ada", ["1"]), ("kim", []), ("vera", [])])
def test_timesheets_of_a_project_that_the_caller_may_approve(still_house, part, ids):
    told = still_house.get(part, "/workspaces/1", include="timesheet_submissions").json()
    assert told["workspaces"]["1"]["timesheet_submission_ids"] == ids  # only those the caller can approve
    assert sorted(told["timesheet_submissions"]) == ids


def test_a_project_has_no_colour(still_house):
    told = still_house.get("kim", "/workspaces", include="account_color").json()
    assert told["account_colors"] == {}
    assert {each["account_color_id"] for each in told["workspaces"].values()} == {None}


def test_every_include_that_the_page_publishes_fills_its_section_at_once(still_house):
    includes = REGISTRY["workspaces"].includes
    told = still_house.get("ada", "/workspaces", include=",".join(each.name for each in includes)).json()
    for each in includes:
        assert each.target in told, each.name
        assert all(each.member in row for row in told["workspaces"].values()), each.name


# Filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "parameters", "expected"),
    [
        ("kim", {"budgeted": "true"}, TEAM),
        ("kim", {"budgeted": "false"}, set()),
        ("kim", {"can_create_line_items": "true"}, TEAM - {5}),
        ("kim", {"can_create_line_items": "false"}, {5}),
        ("cleo", {"can_create_line_items": "true"}, set()),
        ("kim", {"matching": "MAI"}, {1}),  # case-insensitive, each term starts some word
        ("kim", {"matching": "ain"}, set()),
        ("kim", {"matching": "the main"}, {1}),  # stop words dropped
        ("kim", {"matching": "the of"}, TEAM),
        ("kim", {"matching": "main notes"}, set()),  # each term
        ("kim", {"matching": "%"}, set()),
        ("kim", {"matching": "_"}, set()),
        ("kim", {"matching": "hid"}, set()),
        ("max", {"matching": "hid cana"}, {7}),
        ("kim", {"creator": "1"}, TEAM),
        ("kim", {"creator": "2,3"}, set()),
        ("kim", {"provider_lead": "2"}, TEAM),
        ("kim", {"provider_lead": "1,3"}, set()),
        ("kim", {"workspace_groups": "1,2"}, {1, 2, 3}),
        ("ada", {"workspace_groups": "3"}, {7}),
        ("nora", {"workspace_groups": "2"}, set()),
        ("cleo", {"workspace_groups": "1"}, set()),  # a client is not told of groups
        ("kim", {"except": "1,2,999"}, TEAM - {1, 2}),
        ("kim", {"has_maven_participant": "3"}, TEAM),
        ("kim", {"has_maven_participant": "4"}, set()),  # Cleo is a client
        ("kim", {"has_participant": "4"}, TEAM),
        ("kim", {"user_not_participating": "7"}, TEAM - {1}),
        ("ada", {"user_not_participating": "3"}, {7}),
        ("kim", {"for_approver": "2"}, TEAM),
        ("kim", {"for_approver": "3"}, set()),
        ("ada", {"has_participation": "true"}, TEAM),
        ("ada", {"has_participation": "false"}, {7}),
        ("vera", {"has_participation": "false"}, ALL),
        ("ada", {"has_approvers": "true"}, TEAM),
        ("ada", {"has_approvers": "false"}, {7}),
        ("cleo", {"current_user_is_maven_participant": "1"}, set()),
        ("kim", {"current_user_is_maven_participant": "false"}, TEAM),  # a flag: any value switches it on
        ("lee", {"financials_viewable_by_user": "true"}, TEAM),
        ("kim", {"financials_viewable_by_user": "true"}, set()),
        ("kim", {"financials_viewable_by_user": "false"}, TEAM),  # false = no filtering
        ("nora", {"financials_viewable_by_user": "true"}, {7}),
        ("lee", {"viewable_for_time_administration": "true"}, TEAM),
        ("kim", {"viewable_for_time_administration": "true"}, set()),
        ("kim", {"viewable_for_time_administration": "false"}, TEAM),
        ("ada", {"require_time_approvals": "true"}, {2}),
        ("ada", {"require_time_approvals": "false"}, ALL - {2}),
        ("ada", {"requiring_expense_approval": "true"}, {3}),
        ("ada", {"requiring_expense_approval": "false"}, ALL - {3}),
        ("ada", {"stage": "estimate"}, {5}),
        ("ada", {"stage": "PROJECT"}, ALL - {5}),
        ("lee", {"pending_timesheet_submissions": "2026-01-10;2026-01-20"}, {1}),
        ("lee", {"pending_timesheet_submissions": "2026-01-11;2026-01-20"}, set()),
        ("lee", {"pending_timesheet_submissions": ";2026-01-04"}, {1}),
        ("kim", {"pending_timesheet_submissions": "2026-01-04;"}, {1}),  # Kim's own
        ("nora", {"pending_timesheet_submissions": ";"}, set()),  # not told of Kim's
        ("ada", {"start_date_after": "2026-02-28"}, {1}),
        ("ada", {"start_date_after": "2026-03-01"}, set()),
        ("ada", {"start_date_before": "2026-03-02"}, {1}),
        ("ada", {"start_date_before": "2026-03-01"}, set()),
        ("ada", {"due_date_after": "2026-03-30"}, {1}),
        ("ada", {"due_date_before": "2026-03-31"}, set()),
        ("ada", {"created_at": "2026-01-05;2026-01-06"}, ALL),
        ("ada", {"created_at": "2026-01-05T09:00:00.123456Z;2026-01-05T09:00:00.123456Z"}, ALL),
        ("ada", {"created_at": ";2026-01-05"}, set()),
        ("ada", {"created_at": "2026-01-06;"}, set()),
        ("kim", {"only_joinable": "true"}, set()),
        ("kim", {"only_joinable": "false"}, TEAM),
        ("ada", {"only_participating_or_joinable": "true"}, TEAM),
        ("ada", {"only_project_manager_in": "true"}, TEAM),
        ("lee", {"only_project_manager_in": "true"}, TEAM),
        ("kim", {"only_project_manager_in": "true"}, set()),
        ("ada", {"participant_or_org_member_in": "true"}, TEAM),
        ("fred", {"on_account_by_orgs": "true"}, set()),
        ("kim", {"on_account_by_orgs": "true"}, TEAM),
        ("kim", {"with_organizations": "true"}, TEAM),
        ("kim", {"account_color_ids": "1"}, set()),
        ("lee", {"milestone_weight_percentage_complete": "0,100"}, {1}),
        (
            "lee",
            {"milestone_weight_percentage_complete": "25,25"},
            {1},
        ),  # one at 10 percent weighs 10, one at 30 weighs 30
        ("lee", {"milestone_weight_percentage_complete": "26,"}, set()),
        ("lee", {"milestone_weight_percentage_complete": ",25"}, {1}),
        ("kim", {"milestone_weight_percentage_complete": "0,100"}, set()),  # who does not see weights
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_filters(shaped_house, part, parameters, expected):
    assert set(listed(shaped_house, part, **parameters)) == expected


@pytest.fixture(scope="module")
def shaped_house(engine):
    """The house with projects that differ in what filters ask of them."""
    with open_house(engine) as house:
        change(house, 2, require_time_approvals=True)
        change(house, 3, require_expense_approvals=True)
        change(house, 5, stage="estimate")
        change(house, 1, start_date=date(2026, 3, 1), due_date=date(2026, 3, 31))
        with house.database.write() as tx:
            make = Builder(tx)
            make._last["stories", 1] = 100
            main, ada = house.world.workspaces["main"], house.world.users["ada"]
            for weight, done in ((10, 10), (30, 30), (None, 90)):
                make.story(main, ada, "M", story_type="milestone", weight=weight, percentage_complete=done)
        yield house


@pytest.mark.parametrize(
    "parameters",
    [
        {"budgeted": "perhaps"}, {"creator": "one"}, {"stage": "idea"}, {"start_date_after": "soon"},
        {"pending_timesheet_submissions": "2026-01-01"}, {"pending_timesheet_submissions": "2026-01-01:2026-01-02"},
        {"created_at": "a;b"}, {"milestone_weight_percentage_complete": "1"},
        {"milestone_weight_percentage_complete": "1,2,3"}, {"has_maven_participant": "Lee"}, {"matching": "x" * 256},
    ],
    ids=str,
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_named(still_house, parameters):
    answer = still_house.get("kim", "/workspaces", **parameters)
    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.json()["errors"][0]["message"]


# Orders -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "order", "expected"),
    [
        ("ada", "percentage_complete:desc", [3, 1, 2, 5, 6, 7]),
        ("ada", "price", [1, 5, 6, 7, 3, 2]),  # without a price first
        ("ada", "price:desc", [2, 3, 1, 5, 6, 7]),
        ("kim", "price:desc", [1, 2, 3, 5, 6]),  # who sees no price is not told which is higher
        ("ada", "status:desc", [2, 1, 3, 5, 6, 7]),
        ("cleo", "status:desc", [1, 2, 3, 5, 6]),
        ("lee", "amount_paid:desc", [3, 1, 2, 5, 6]),
        ("kim", "amount_paid:desc", [1, 2, 3, 5, 6]),
        ("ada", "provider_lead_name", [7, 1, 2, 3, 5, 6]),  # nobody leads the last
        ("ada", "provider_lead_name:desc", [1, 2, 3, 5, 6, 7]),
        ("kim", "color_name:desc", [1, 2, 3, 5, 6]),
        ("kim", "last_viewed:desc", [1, 2, 3, 5, 6]),
        ("kim", "task_status_set:desc", [1, 2, 3, 5, 6]),
    ],
)
def test_orders(priced_house, part, order, expected):
    assert listed(priced_house, part, order=order) == expected


@pytest.fixture(scope="module")
def priced_house(engine):
    """The house with prices, states, and an entry on the invoice that was paid."""
    with open_house(engine) as house:
        change(house, 2, price_in_cents=900_000, status_key=300)
        change(house, 3, price_in_cents=100_000, percentage_complete=70)
        with house.database.write() as tx:
            make = Builder(tx)
            make._last["time_entries", 1] = 900
            paid = house.world.invoices["paid"]["id"]
            make.entry(house.world.workspaces["card"], house.world.users["kim"], invoice_id=paid)
        yield house
