"""People, members of the account, project members, roles, locations and time off: every filter, order, include and
field of their pages, and who sees what. The comment beside a case names the entry of the page that it comes from.
"""

from datetime import date

import pytest
import sqlalchemy as sa

from tests.builders import MADE_AT, Builder
from tests.cast import CANARY
from timewright import tables as t

PEOPLE = ("ada", "lee", "kim", "cleo", "vera", "max", "nora", "eve", "fred")


def results(house, part, path, **parameters):
    answer = house.get(part, path, per_page=200, **parameters)
    assert answer.status_code == 200, answer.text
    key = path.split("/")[1]
    return [answer.json()[key][each["id"]] for each in answer.json()["results"]]


def people(house, part, path="/users", **parameters):
    """Who is listed, by their names in the cast."""
    by_id = {str(user["id"]): name for name, user in house.world.users.items()}
    member = "id" if path == "/users" else "user_id"
    return [by_id[each[member]] for each in results(house, part, path, **parameters)]


def members(house, part, **parameters):
    return people(house, part, "/account_memberships", **parameters)


def team(house, part, workspace_id=1, **parameters):
    return people(house, part, "/participations", workspace_id=workspace_id, **parameters)


# Users --------------------------------------------------------------------------------------------

BY_DEFAULT = {"ada", "cleo", "fred", "kim", "lee", "max", "nora"}
AT_HOME = {"ada", "cleo", "eve", "kim", "lee", "max", "nora", "vera"}
MAIN = {"ada", "cleo", "fred", "kim", "lee", "nora"}
WEEK = "2026-01-04:2026-01-10"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"account_id": 1}, AT_HOME),
        ({"account_id": 3}, {"fred"}),
        ({"account_id": 2}, set()),  # users.visibility: nobody shares a project with them
        ({"not_participant_in": 1}, {"max"}),
        ({"not_participant_in": 7}, BY_DEFAULT - {"max", "nora"}),
        ({"write_access_in": 1}, {"ada", "fred", "kim", "lee", "nora"}),
        ({"can_be_approver_in_workspace": 1}, {"ada", "lee"}),
        ({"can_be_approver_in_workspace": 7}, {"nora"}),
        ({"on_my_account_or_participant_in_workspace": 1}, AT_HOME | {"fred"}),
        ({"on_my_account_or_participant_in_workspace": 12}, AT_HOME),
        ({"by_email_addresses": "KIM.example@1.example.com,max.example@1.example.com,nobody@x"}, {"kim", "max"}),
        ({"by_full_name": "RA EX"}, {"nora"}),
        ({"by_full_name_or_account_role": "design"}, {"cleo"}),
        ({"by_full_name_or_account_role": "kim"}, {"kim"}),
        ({"matching": "ada.EXAMPLE@"}, {"ada"}),
        ({"matching": "freelance"}, {"fred"}),
        ({"account_role_ids": "2,999"}, {"cleo"}),
        ({"account_role_ids": "1"}, set()),
        ({"with_users": "1,3,11,999"}, {"ada", "kim"}),
        ({"without_users": "1,3"}, BY_DEFAULT - {"ada", "kim"}),
        ({"without_users": "1"}, BY_DEFAULT - {"ada"}),
        ({"consultants_only": "true"}, BY_DEFAULT - {"cleo"}),
        ({"consultants_only": "false"}, BY_DEFAULT),
        ({"consultants_only": "true", "participant_in": 1}, MAIN - {"cleo"}),
        ({"clients_only": "true"}, {"cleo"}),
        ({"clients_only": "true", "participant_in": 7}, set()),
        ({"can_view_reports": "true", "on_my_account": "true"}, {"ada", "vera"}),
        ({"can_view_reports": "false"}, BY_DEFAULT - {"ada"}),
        ({"is_project_lead": "true"}, {"lee"}),
        ({"is_project_lead": "false"}, BY_DEFAULT - {"lee"}),
        ({"managers": "true"}, {"ada", "lee"}),
        ({"managers": "false"}, BY_DEFAULT),
        ({"with_created_estimates": "true"}, set()),
        ({"with_created_estimates": "false"}, BY_DEFAULT),
        ({"not_assigned_to": 1}, BY_DEFAULT - {"kim"}),
        ({"not_assigned_to": 2}, BY_DEFAULT),
        ({"not_following": 1}, BY_DEFAULT - {"lee", "cleo"}),
        ({"potential_followers_for_story": 1}, MAIN),
        ({"potential_followers_for_story": 7}, {"max", "nora"}),
        ({"without_timesheet_submission": f"1:{WEEK}"}, MAIN - {"kim"}),
        ({"without_timesheet_submission": "1:2026-01-11:2026-01-17"}, MAIN),
        ({"without_timesheet_submission": f"7:{WEEK}"}, {"max", "nora"}),
        ({"all_contacts": "true"}, AT_HOME | {"fred"}),
        ({"all_contacts": "false"}, BY_DEFAULT),
        ({"contacts_on_different_account": "true"}, {"fred"}),
        ({"contacts_on_different_account": "false"}, BY_DEFAULT),
        ({"only_possible_managers": "true"}, AT_HOME - {"ada", "lee"}),
        ({"only_possible_managers": "false"}, AT_HOME | {"fred"}),
        ({"only_possible_managees": "true"}, AT_HOME - {"ada"}),
        ({"provider_leads_on_account_projects": "true"}, {"lee"}),
        ({"provider_leads_on_account_projects": "false"}, BY_DEFAULT),
        ({"show_users_in_insights_groups": "true"}, BY_DEFAULT),
        ({"with_organizations": "true"}, set()),
        ({"with_organizations": "false"}, BY_DEFAULT),
        ({"belonging_to_orgs": "1"}, set()),
        ({"not_on_calendars": "1"}, BY_DEFAULT),
        ({"with_skills": "1"}, set()),
        ({"without_skills": "1"}, BY_DEFAULT),
        ({"participant_in": 7, "by_full_name": "max"}, {"max"}),
    ],
)
def test_an_administrator_narrows_the_list_of_people(still_house, parameters, expected):
    told = people(still_house, "ada", **parameters)
    assert set(told) == expected
    assert told == sorted(told)  # users.orders: alphabetical


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"only_possible_managers": "true"}, {"ada", "cleo", "lee", "nora"}),
        ({"only_possible_managees": "true"}, {"ada", "cleo", "nora"}),  # not lee, who manages kim
        ({"can_be_approver_in_workspace": 7}, set()),
        ({"write_access_in": 7}, set()),
        ({"not_participant_in": 7}, MAIN),  # tells nothing of a hidden project
        ({"potential_followers_for_story": 7}, set()),
        ({"without_timesheet_submission": f"7:{WEEK}"}, set()),
        # Only kim's own: kim does not see the time of colleagues.
        ({"without_timesheet_submission": "1:2026-01-11:2026-01-17"}, {"kim"}),
        ({"without_timesheet_submission": f"1:{WEEK}"}, set()),
        ({"account_id": 2}, set()),
        ({"all_contacts": "true"}, MAIN),
    ],
)
def test_a_collaborator_hears_no_more_from_filters_than_from_lists(still_house, parameters, expected):
    assert set(people(still_house, "kim", **parameters)) == expected


def test_who_made_an_estimate_is_told_of_projects_that_the_caller_sees(house):
    with house.database.write() as tx:
        where = t.workspaces.c.account_id == 1, t.workspaces.c.id == 7
        tx.execute(sa.update(t.workspaces).where(*where).values(stage="estimate", creator_id=7))
    assert people(house, "ada", with_created_estimates="true") == ["nora"]
    assert people(house, "kim", with_created_estimates="true") == []


@pytest.mark.parametrize(
    "value",
    ["1", "1:2026-01-04", "x:2026-01-04:2026-01-10", "1:2026-01-04:2026-02-30", f"{WEEK}", f"{2**63}:{WEEK}"],
)
def test_a_place_and_two_days_are_written_with_colons(still_house, value):
    assert still_house.get("ada", "/users", without_timesheet_submission=value).status_code == 400


def test_no_more_than_two_hundred_addresses_are_asked_for(still_house):  # users.by_email_addresses
    addresses = [f"{n}@example.com" for n in range(201)]
    assert still_house.get("ada", "/users", by_email_addresses=",".join(addresses[:200])).status_code == 200
    assert still_house.get("ada", "/users", by_email_addresses=",".join(addresses)).status_code == 400


def test_a_person_leads_to_membership_role_and_manager(still_house):
    told = still_house.get("ada", "/users", only="3,4,10", include="account_membership,role,manager").json()
    kim, cleo, fred = (told["users"][each] for each in ("3", "4", "10"))
    assert (kim["account_membership_id"], kim["role_id"], kim["manager_id"]) == ("3", None, "2")
    assert (cleo["account_membership_id"], cleo["role_id"], cleo["manager_id"]) == ("4", "2", None)
    # The caller does not stand in fred's account.
    assert (fred["account_membership_id"], fred["role_id"], fred["manager_id"]) == (None, None, None)
    assert sorted(told["account_memberships"]) == ["3", "4"]
    assert told["roles"]["2"]["name"] == "Designer"
    assert told["users"]["2"]["full_name"] == "Lee Example"
    assert [each["id"] for each in told["results"]] == ["4", "10", "3"]
    assert "role_id" not in still_house.get("ada", "/users/4").json()["users"]["4"]


# Account memberships ------------------------------------------------------------------------------

ACTIVE = {"ada", "cleo", "eve", "kim", "lee", "max", "nora", "vera"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ACTIVE),
        ({"only_active": "false"}, ACTIVE | {"dan"}),
        ({"only_inactive": "true"}, {"dan"}),
        ({"only_inactive": "false"}, ACTIVE | {"dan"}),
        ({"by_user_id": 3}, {"kim"}),
        ({"by_user_id": 9}, set()),
        ({"with_user_ids": "1,3,9,11"}, {"ada", "kim"}),
        ({"by_full_name": "RA"}, {"nora", "vera"}),
        ({"can_log_in": "true"}, ACTIVE),
        ({"can_log_in": "false"}, {"dan"}),
        ({"search": "max.example@"}, {"max"}),
        ({"created_after": "2026-01-05T09:00:00Z"}, ACTIVE),
        ({"created_before": "2026-01-05T09:00:00Z"}, set()),
        ({"updated_after": "2026-01-06"}, set()),
        ({"updated_before": "2026-01-06"}, ACTIVE),
    ],
)
def test_which_members_are_listed(still_house, parameters, expected):
    assert set(members(still_house, "ada", **parameters)) == expected


@pytest.mark.parametrize(
    ("order", "begins", "ends"),
    [
        ("bill_rate:desc", ["lee", "kim"], []),
        ("bill_rate:asc", [], ["kim", "lee"]),
        ("cost_rate:desc", ["kim"], []),
        ("full_name:asc", ["ada", "cleo", "eve"], ["nora", "vera"]),
        ("full_name:desc", ["vera", "nora"], ["cleo", "ada"]),
        ("permission:asc", ["kim", "max", "nora", "eve", "cleo", "lee", "vera", "ada"], []),
        ("permission:desc", ["ada", "vera", "lee", "cleo"], []),
        ("role:desc", ["cleo"], []),
        ("created_at:desc", ["ada", "lee", "kim"], []),
        ("updated_at", ["ada", "lee", "kim"], []),
        ("nothing:asc", ["ada", "lee", "kim"], []),  # account_memberships.orders: created_at:desc, ties by id
    ],
)
def test_members_are_sorted(still_house, order, begins, ends):
    told = members(still_house, "ada", order=order)
    assert told[: len(begins)] == begins
    assert told[len(told) - len(ends) :] == ends


@pytest.mark.parametrize("order", ["bill_rate", "cost_rate"])
def test_an_order_tells_nothing_of_rates_that_are_not_shown(still_house, order):
    told = [members(still_house, "kim", order=f"{order}:{direction}") for direction in ("asc", "desc")]
    assert told[0] == told[1] == ["ada", "lee", "kim", "cleo", "nora"]


def test_the_cost_order_is_for_administrators_and_the_bill_order_for_leads(still_house):
    assert members(still_house, "lee", order="cost_rate:desc")[0] == "ada"
    assert members(still_house, "lee", order="bill_rate:desc")[:2] == ["lee", "kim"]


def test_a_member_is_shown_in_full_to_an_administrator(still_house):
    told = still_house.get("ada", "/account_memberships/3", optional_fields="can_log_in,non_participant").json()
    assert told["account_memberships"]["3"] == {
        "id": "3",
        "permission": "collaborator",
        "is_administrator": False,
        "is_owner": False,
        "is_project_lead": False,
        "is_punch_clock_user": False,
        "is_backup_approver": False,
        "can_create_workspace": False,
        "can_view_reports": False,
        "default_read_only": False,
        "manager_can_approve": False,
        "manager_can_edit_skills": False,
        "should_show_alert_on_timesheet_submission": False,
        "collaborator_only_license": False,
        "bill_rate_in_cents": 9_000,
        "billability_target": None,
        "cost_rate_in_cents": 4_000,
        "disabled_at": None,
        "created_at": "2026-01-05T09:00:00Z",
        "updated_at": "2026-01-05T09:00:00Z",
        "can_log_in": True,
        "non_participant": False,
        "require_time_entry_location": False,
        "enforce_workweek_minimum_on_timesheet_submission": False,
        "enforce_workweek_maximum_on_timesheet_submission": False,
        "resource_request_approver": False,
        "user_id": "3",
        "default_role_id": None,
    }


@pytest.mark.parametrize(
    ("who", "flags"),
    [
        ("ada", {"is_administrator", "is_owner", "can_create_workspace", "can_view_reports"}),
        ("lee", {"is_project_lead", "can_create_workspace"}),
        ("vera", {"can_create_workspace", "can_view_reports"}),
        ("max", {"require_time_entry_location"}),
        ("eve", set()),
    ],
)
def test_what_a_permission_opens_is_told(still_house, who, flags):
    (member,) = results(still_house, "ada", "/account_memberships", by_user_id=still_house.world.users[who]["id"])
    assert {name for name, value in member.items() if value is True and name != "collaborator_only_license"} == flags


@pytest.mark.parametrize(
    ("part", "guarded"),
    [
        # account_memberships.fields, visible_if
        ("ada", {"collaborator_only_license", "bill_rate_in_cents", "billability_target", "cost_rate_in_cents"}),
        ("lee", {"collaborator_only_license", "bill_rate_in_cents", "billability_target"}),
        ("vera", {"collaborator_only_license", "bill_rate_in_cents", "billability_target"}),
        ("kim", {"collaborator_only_license"}),
        ("cleo", {"collaborator_only_license"}),
        ("fred", set()),  # a guest
    ],
)
def test_the_rates_of_a_member_are_guarded(still_house, part, guarded):
    every = {"collaborator_only_license", "bill_rate_in_cents", "billability_target", "cost_rate_in_cents"}
    member = still_house.get(part, "/account_memberships/3").json()["account_memberships"]["3"]
    assert every & set(member) == guarded


def test_a_disabled_member_is_not_shown_unless_asked_for(still_house):  # account_memberships.show
    assert still_house.get("ada", "/account_memberships/9").status_code == 404
    told = still_house.get("ada", "/account_memberships/9", only_active="false", optional_fields="can_log_in").json()
    assert told["account_memberships"]["9"]["disabled_at"] == "2026-01-05T09:00:00Z"
    assert told["account_memberships"]["9"]["can_log_in"] is False


def test_a_member_in_no_project_is_told_apart(still_house):
    told = results(still_house, "ada", "/account_memberships", optional_fields="non_participant")
    assert {each["user_id"] for each in told if each["non_participant"]} == {"5", "8"}


def test_a_member_leads_to_people_and_a_role(still_house):
    includes = "user,default_role,manager,managees,possible_managers,possible_managees"
    told = still_house.get("ada", "/account_memberships", only="2,4", include=includes).json()
    lee, cleo = told["account_memberships"]["2"], told["account_memberships"]["4"]
    assert (lee["user_id"], lee["default_role_id"], lee["manager_id"]) == ("2", None, "1")
    assert (cleo["default_role_id"], cleo["manager_id"], cleo["managee_ids"]) == ("2", None, [])
    assert lee["managee_ids"] == ["3"]
    assert lee["possible_manager_ids"] == ["1", "4", "5", "6", "7", "8"]  # not kim, whom lee manages
    assert lee["possible_managee_ids"] == ["3", "4", "5", "6", "7", "8"]  # not ada, who manages lee
    assert sorted(told["roles"]) == ["2"]
    assert sorted(told["users"]) == ["1", "2", "3", "4", "5", "6", "7", "8"]


def test_who_could_manage_is_told_of_every_member(still_house):
    told = still_house.get("ada", "/account_memberships", include="possible_managers").json()
    shown = {id_: each["possible_manager_ids"] for id_, each in told["account_memberships"].items()}
    assert all(shown.values())
    assert shown["2"] == ["1", "4", "5", "6", "7", "8"]


def test_people_out_of_sight_are_no_managers(still_house):
    includes = "possible_managers,managees"
    told = still_house.get("kim", "/account_memberships", only="2", include=includes).json()
    assert told["account_memberships"]["2"]["possible_manager_ids"] == ["1", "4", "7"]
    assert told["account_memberships"]["2"]["managee_ids"] == ["3"]


# Participations -----------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [{}, {"workspace_id": ""}, {"by_user": 3}, {"only": "1"}])
def test_project_members_are_listed_of_one_project(still_house, parameters):  # participations.workspace_id
    answer = still_house.get("ada", "/participations", **parameters)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["type"], error["field"], error["index"]) == ("validation", "workspace_id", 0)
    assert "workspace_id" in error["message"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, MAIN | {"dan"}),
        ({"by_user": 3}, {"kim"}),
        ({"by_user": 6}, set()),
        ({"by_user_full_name": "RA EXAMPLE"}, {"nora"}),
        ({"by_user_full_name": "freelance"}, {"fred"}),
        ({"mavens_only": "true"}, (MAIN | {"dan"}) - {"cleo"}),
        ({"mavens_only": "false"}, MAIN | {"dan"}),
        ({"not_assigned_to_story": 1}, (MAIN | {"dan"}) - {"kim"}),
        ({"not_assigned_to_story": 6}, MAIN | {"dan"}),  # a task of another project
        ({"not_following_story": 1}, (MAIN | {"dan"}) - {"lee", "cleo"}),
        ({"created_before": "2026-01-05"}, set()),
        ({"updated_after": "2026-01-05"}, MAIN | {"dan"}),
        ({"only": "1,2,13"}, {"ada", "lee"}),
    ],
)
def test_which_project_members_are_listed(still_house, parameters, expected):
    assert set(team(still_house, "kim", **parameters)) == expected


def test_project_members_are_sorted(house):
    with house.database.write() as tx:
        later = sa.update(t.participations).where(t.participations.c.account_id == 1, t.participations.c.id == 3)
        tx.execute(later.values(updated_at=MADE_AT.replace(year=2027)))
    assert team(house, "ada")[0] == "kim"  # participations.orders: updated_at:desc
    assert team(house, "ada", order="updated_at:asc")[-1] == "kim"
    by_name = ["ada", "cleo", "dan", "fred", "kim", "lee", "nora"]
    assert team(house, "ada", order="user_name:asc") == by_name
    assert team(house, "ada", order="user_name:desc") == by_name[::-1]


RIGHTS = {"can_edit", "can_post", "can_edit_time", "can_edit_expense", "access_level"}
RATES = {"rate_in_cents", "default_rate_in_cents"}
MINUTES = {"allocated_workspace_minutes", "estimated_workspace_minutes"}
OPTIONAL = "access_level,is_foreign_participant,can_schedule_their_hours,can_schedule_team_hours,permissions_label"


@pytest.mark.parametrize(
    ("part", "guarded"),
    [
        # participations.fields, visible_if
        ("ada", RIGHTS | RATES | MINUTES | {"cost_in_cents"}),
        ("lee", RATES),
        ("vera", MINUTES),
        ("kim", set()),
        ("nora", set()),
        ("cleo", set()),
        ("fred", set()),
    ],
)
def test_what_a_project_member_may_and_costs_is_guarded(still_house, part, guarded):
    for each in results(still_house, part, "/participations", workspace_id=1, optional_fields=OPTIONAL):
        assert set(each) & (RIGHTS | RATES | MINUTES | {"cost_in_cents"}) == guarded


def test_the_clients_team_sees_no_rates_whatever_its_level(house):
    with house.database.write() as tx:
        cleo = t.participations.c.account_id == 1, t.participations.c.id == 4
        tx.execute(sa.update(t.participations).where(*cleo).values(access_level="admin"))
    for each in results(house, "cleo", "/participations", workspace_id=1, optional_fields="access_level"):
        assert not set(each) & (RATES | {"cost_in_cents"})
        assert "access_level" in each


def test_a_project_member_is_shown_in_full(still_house):
    told = still_house.get("ada", "/participations/31", optional_fields=OPTIONAL).json()["participations"]["31"]
    assert told == {
        "id": "31",
        "role": "maven",
        "is_team_lead": False,
        "can_invite": False,
        "show_as_read_only": False,
        "can_edit": True,
        "can_post": True,
        "can_edit_time": True,
        "can_edit_expense": True,
        "rate_in_cents": None,
        "default_rate_in_cents": None,
        "cost_in_cents": 3_000,
        "allocated_workspace_minutes": 0,
        "estimated_workspace_minutes": 0,
        "created_at": "2026-01-05T09:00:00Z",
        "updated_at": "2026-01-05T09:00:00Z",
        "access_level": "edit_tasks",
        "is_foreign_participant": False,
        "can_schedule_their_hours": False,
        "can_schedule_team_hours": False,
        "permissions_label": "edit",
        "user_id": "7",
        "workspace_id": "1",
    }


def test_the_default_rate_is_that_of_the_account(still_house):
    lee, kim = (still_house.get("ada", f"/participations/{n}").json()["participations"][str(n)] for n in (2, 3))
    assert (lee["rate_in_cents"], lee["default_rate_in_cents"]) == (15_000, 12_000)
    assert (kim["rate_in_cents"], kim["default_rate_in_cents"]) == (None, 9_000)


@pytest.mark.parametrize(
    ("values", "label", "read_only"),
    [
        ({"access_level": "edit_tasks", "can_post": False}, "edit", False),
        ({"access_level": "view_financials", "can_post": True}, "view_with_custom", False),
        ({"access_level": "view_tasks", "can_post": False, "can_edit_expense": False}, "view_with_custom", False),
        (
            {"access_level": "view_tasks", "can_post": False, "can_edit_expense": False, "can_edit_time": False},
            "view_only",
            True,
        ),
    ],
)
def test_what_somebody_may_has_a_label(house, values, label, read_only):
    with house.database.write() as tx:
        kim = t.participations.c.account_id == 1, t.participations.c.id == 3
        tx.execute(sa.update(t.participations).where(*kim).values(**values))
    told = house.get("cleo", "/participations/3", optional_fields="permissions_label").json()["participations"]["3"]
    assert (told["permissions_label"], told["show_as_read_only"]) == (label, read_only)


def test_the_minutes_planned_are_those_of_tasks_that_are_there(house):
    assignment = t.assignments.c
    with house.database.write() as tx:
        mine = assignment.account_id == 1, assignment.story_id == 1
        tx.execute(sa.update(t.assignments).where(*mine).values(allocated_minutes=90, estimated_minutes=120))
        make = Builder(tx)
        make._last["assignments", 1] = 500
        for story, how in ((2, {}), (4, {}), (5, {"current": False})):
            made = {**house.world.stories["task"], "id": story}
            make.assignment(made, house.world.users["kim"], allocated_minutes=7, estimated_minutes=11, **how)
    told = house.get("vera", "/participations/3").json()["participations"]["3"]
    # The fourth task is deleted, and the fifth assignment is over.
    assert (told["allocated_workspace_minutes"], told["estimated_workspace_minutes"]) == (97, 131)


def test_a_guest_is_a_foreign_participant(still_house):
    told = results(still_house, "kim", "/participations", workspace_id=1, optional_fields="is_foreign_participant")
    assert [each["user_id"] for each in told if each["is_foreign_participant"]] == ["10"]


def test_a_project_member_leads_to_person_project_and_roles(house):
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["external_references", 1] = make._last["external_references", 2] = 500
        make.reference("Participation", {"account_id": 1, "id": 31}, "planner")
        make.reference("Participation", {"account_id": 2, "id": 1}, f"{CANARY} planner")
    includes = "user,workspace,workspace_role,primary_role,active_roles,external_references"
    told = house.get("lee", "/participations", workspace_id=1, include=includes).json()
    kim, cleo, nora = (told["participations"][each] for each in ("3", "4", "31"))
    assert (kim["workspace_role_id"], kim["primary_role_id"], kim["active_role_ids"]) == (None, None, ["1"])
    assert (cleo["workspace_role_id"], cleo["primary_role_id"], cleo["active_role_ids"]) == (None, "2", [])
    assert (nora["workspace_role_id"], nora["primary_role_id"], nora["active_role_ids"]) == ("2", None, ["2"])
    assert nora["external_reference_ids"] == ["501"]
    assert kim["external_reference_ids"] == []
    assert sorted(told["workspaces"]) == ["1"]
    assert sorted(told["roles"]) == ["1", "2"]
    assert len(told["users"]) == 7
    # participations.primary_role: for callers of the same account
    guest = house.get("fred", "/participations", workspace_id=1, include="primary_role").json()["participations"]
    assert guest["4"]["primary_role_id"] is None


def test_a_deleted_role_is_not_active(house):
    with house.database.write() as tx:
        tx.execute(sa.update(t.participations).where(t.participations.c.id == 31).values(workspace_role_id=3))
    told = house.get("lee", "/participations/31", include="active_roles,workspace_role").json()
    assert (told["participations"]["31"]["active_role_ids"], told["participations"]["31"]["workspace_role_id"]) == (
        [],
        "3",
    )


@pytest.mark.parametrize(
    ("part", "seen"),
    [("ada", 2), ("vera", 2), ("max", 2), ("nora", 2), ("kim", 0), ("lee", 0), ("cleo", 0), ("fred", 0), ("eve", 0)],
)
def test_the_team_of_a_hidden_project_is_hidden(still_house, part, seen):
    told = results(still_house, part, "/participations", workspace_id=7)
    assert len(told) == seen
    shown = still_house.get(part, "/participations/32")
    absent = still_house.get(part, "/participations/999")
    assert absent.status_code == 404
    if not seen:
        assert (shown.status_code, shown.content) == (404, absent.content)


# Roles --------------------------------------------------------------------------------------------


def role_names(house, part, **parameters):
    return [each["name"] for each in results(house, part, "/roles", **parameters)]


@pytest.mark.parametrize(
    ("part", "parameters", "expected"),
    [
        ("kim", {}, ["Designer", "Engineer"]),
        ("kim", {"order": "alphabetical:desc"}, ["Engineer", "Designer"]),
        ("kim", {"only_active": "false"}, ["Designer", "Engineer", "Typesetter"]),
        ("kim", {"matching": "SIGN"}, ["Designer"]),
        ("kim", {"matching": "%"}, []),
        ("kim", {"for_workspace": 1}, ["Designer", "Engineer"]),
        ("kim", {"for_workspace": 3}, ["Engineer"]),
        ("kim", {"for_workspace": 2}, []),
        ("eve", {"for_workspace": 1}, []),  # eve sees no project
        ("kim", {"for_workspace_rate_card": 3}, ["Engineer"]),
        ("kim", {"for_workspace_rate_card": 1}, []),
        ("eve", {"for_workspace_rate_card": 3}, []),
        ("kim", {"for_rate_card": 1}, ["Engineer"]),
        ("kim", {"for_rate_card": 2}, []),
        ("kim", {"created_after": "2026-01-06"}, []),
        ("kim", {"updated_before": "2026-01-06"}, ["Designer", "Engineer"]),
    ],
)
def test_which_roles_are_listed(still_house, part, parameters, expected):
    assert role_names(still_house, part, **parameters) == expected


def test_a_deleted_role_is_shown_when_asked_for(still_house):
    assert still_house.get("kim", "/roles/3").status_code == 404
    told = still_house.get("kim", "/roles/3", only_active="false").json()["roles"]["3"]
    assert told == {
        "id": "3",
        "name": "Typesetter",
        "created_at": "2026-01-05T09:00:00Z",
        "updated_at": "2026-01-05T09:00:00Z",
        "deleted_at": "2026-01-05T09:00:00Z",
    }


def test_a_role_leads_to_its_references(house):
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["external_references", 1] = make._last["external_references", 2] = 500
        make.reference("Role", {"account_id": 1, "id": 2}, "ledger")
        make.reference("Role", {"account_id": 2, "id": 2}, f"{CANARY} ledger")
    told = house.get("kim", "/roles", include="external_references").json()
    assert told["roles"]["2"]["external_reference_ids"] == ["501"]
    assert sorted(told["external_references"]) == ["501"]


# Account locations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "parameters", "expected"),
    [
        ("kim", {}, ["Office"]),
        ("kim", {"archived": "exclude"}, ["Office"]),
        ("kim", {"archived": "only"}, ["Old mill"]),
        ("kim", {"archived": "include"}, ["Office", "Old mill"]),
        ("kim", {"archived": "include", "order": "name:desc"}, ["Old mill", "Office"]),
        ("kim", {"archived": "include", "order": "name"}, ["Office", "Old mill"]),
        ("kim", {"workspace_id": 1}, ["Office"]),
        ("kim", {"workspace_id": 7}, []),  # kim does not see it
        ("max", {"workspace_id": 7}, ["Office"]),
        ("fred", {"workspace_id": 1}, ["Office"]),  # a guest who logs time there names it
        ("kim", {"workspace_id": 12}, []),
    ],
)
def test_which_locations_are_listed(still_house, part, parameters, expected):
    assert [each["name"] for each in results(still_house, part, "/account_locations", **parameters)] == expected


def test_a_location_tells_whether_time_names_it(still_house):
    told = results(still_house, "kim", "/account_locations", archived="include")
    assert told == [
        {"id": "1", "name": "Office", "archived": False, "in_use": True},
        {"id": "2", "name": "Old mill", "archived": True, "in_use": False},
    ]


@pytest.mark.parametrize("path", ["/account_locations/1", "/time_off_entries/1"])
def test_what_a_page_does_not_offer_is_not_found(still_house, path):  # not_offered: show
    assert still_house.get("ada", path).status_code == 404


# Time off -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["1", "2", "3"]),
        ({"start_date": "2026-01-13"}, ["2", "3"]),
        ({"end_date": "2026-01-13"}, ["1", "2"]),
        ({"start_date": "2026-01-13", "end_date": "2026-01-13"}, ["2"]),
        ({"user_id": 6}, ["3"]),
        ({"user_id": 11}, []),
        ({"user_ids": "3,11"}, ["1", "2"]),
        ({"workspace_id": 1}, ["1", "2"]),
        ({"workspace_id": 7}, []),  # kim does not see it
        ({"created_after": "2026-01-06"}, []),
        ({"updated_before": "2026-01-06"}, ["1", "2", "3"]),
        ({"order": "hours:desc"}, ["1", "2", "3"]),  # time_off_entries.orders: none, by id
    ],
)
def test_which_time_off_is_listed(still_house, parameters, expected):
    assert [each["id"] for each in results(still_house, "kim", "/time_off_entries", **parameters)] == expected


def test_time_off_in_a_project_is_that_of_its_people(still_house):
    assert [each["id"] for each in results(still_house, "ada", "/time_off_entries", workspace_id=7)] == ["3"]


def test_time_off_is_shown_in_hours_and_days(still_house):
    told = results(still_house, "kim", "/time_off_entries")
    assert told[1] == {
        "id": "2",
        "hours": 4.25,
        "requested_date": "2026-01-13",
        "submission_date": "2026-01-05",
        "user_id": "3",
    }
    assert told[0]["hours"] == 8


def test_time_off_leads_to_person_role_and_references(house):
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["external_references", 1] = make._last["time_off_entries", 1] = 500
        made = make.time_off(house.world.account, house.world.users["cleo"], date(2026, 5, 1))
        make.reference("TimeOffEntry", made, "payroll")
    told = house.get("kim", "/time_off_entries", include="user,role,external_references").json()
    assert [each["role_id"] for each in told["time_off_entries"].values()] == [None, None, None, "2"]
    assert told["time_off_entries"]["501"]["external_reference_ids"] == ["501"]
    assert sorted(told["users"]) == ["3", "4"]  # not max, whom kim does not see
    assert told["time_off_entries"]["3"]["user_id"] == "6"
    assert sorted(told["roles"]) == ["2"]


@pytest.mark.parametrize(("part", "count"), [("ada", 3), ("cleo", 3), ("eve", 3), ("fred", 0), ("otto", 5)])
def test_time_off_is_seen_in_its_account(still_house, part, count):  # time_off_entries.visibility
    assert still_house.get(part, "/time_off_entries").json()["count"] == count


# Who sees what ------------------------------------------------------------------------------------

EVERYTHING = {
    "/users": "account_membership,role,manager,external_references",
    "/account_memberships": "user,default_role,manager,managees,possible_managers,possible_managees",
    "/participations": "user,workspace,workspace_role,primary_role,active_roles,external_references",
    "/roles": "external_references",
    "/account_locations": "",
    "/time_off_entries": "user,role,external_references",
}
WIDEST = {"show_disabled": "true", "all_contacts": "true", "only_active": "false", "archived": "include"}


@pytest.mark.parametrize("path", EVERYTHING)
@pytest.mark.parametrize("part", PEOPLE)
def test_nothing_of_another_account_is_told(still_house, part, path):
    for workspace_id in (1, 7, 12):
        for only in ({}, {"only": ",".join(map(str, range(1, 60)))}):
            more = {"workspace_id": workspace_id} if path == "/participations" else {}
            parameters = {**WIDEST, **more, **only, "include": EVERYTHING[path], "optional_fields": OPTIONAL}
            answer = still_house.get(part, path, per_page=200, **parameters)
            assert answer.status_code == 200
            own = f"{CANARY} Hidden" if part in {"ada", "vera", "max", "nora"} else None
            text = answer.text.replace(f"{CANARY} secret", "") if own else answer.text
            assert CANARY not in (text.replace(own, "") if own else text)


@pytest.mark.parametrize("path", ["/users", "/account_memberships", "/participations", "/roles"])
@pytest.mark.parametrize("part", [*PEOPLE, "otto"])
def test_a_list_and_a_single_object_agree_and_hidden_is_absent(still_house, part, path):
    def listed(only):
        ids = set()
        for workspace_id in (*range(1, 16),) if path == "/participations" else (None,):
            more = {} if workspace_id is None else {"workspace_id": workspace_id}
            ids |= {each["id"] for each in results(still_house, part, path, only=only, **WIDEST, **more)}
        return ids

    ids = [*range(1, 38), 999]
    seen = listed(",".join(map(str, ids)))
    absent = still_house.get(part, f"{path}/999")
    for each in ids:
        answer = still_house.get(part, f"{path}/{each}", **WIDEST)
        assert (answer.status_code == 200) is (str(each) in seen), each
        if str(each) not in seen:
            assert (answer.status_code, answer.content) == (404, absent.content)
