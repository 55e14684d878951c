"""What leads from projects, people, tasks and expenses to each other, and who sees it. Comments name the entry of the
contract that a case comes from."""

from datetime import date

import pytest

from tests.builders import Builder
from tests.conftest import open_house

PARTS = ("ada", "lee", "kim", "cleo")
IN_MAIN = ["1", "2", "3", "4", "5", "31", "34"]


def told(house, part, path, member, **parameters):
    """What a list says in one member of each object."""
    answer = house.get(part, f"/{path}", **parameters)
    assert answer.status_code == 200, answer.text
    return {int(id_): shown[member] for id_, shown in answer.json()[path].items() if member in shown}


def listed(house, part, path, **parameters):
    answer = house.get(part, f"/{path}", **parameters)
    assert answer.status_code == 200, answer.text
    return {int(each["id"]) for each in answer.json()["results"]}


# Projects and their members -----------------------------------------------------------------------


@pytest.mark.parametrize(("part", "own"), [("ada", "1"), ("lee", "2"), ("kim", "3"), ("cleo", "4")])
def test_a_project_leads_to_its_members_and_to_how_the_caller_takes_part(still_house, part, own):
    asked = {"only": "1", "include": "participations,current_user_participation"}
    answer = still_house.get(part, "/workspaces", **asked).json()
    assert sorted(answer["participations"], key=int) == IN_MAIN
    assert answer["workspaces"]["1"]["participation_ids"] == IN_MAIN
    assert answer["workspaces"]["1"]["current_user_participation_id"] == own


def test_who_takes_no_part_has_no_participation(still_house):
    answer = still_house.get("ada", "/workspaces/7", include="current_user_participation").json()
    assert answer["workspaces"]["7"]["current_user_participation_id"] is None


@pytest.mark.parametrize("part", ["lee", "kim", "cleo"])
def test_a_place_leads_to_how_its_person_takes_part_and_back(still_house, part):
    there = {1: "2", 2: "3", 3: "3", 5: "13", 6: "4", 8: "12"}
    for include in ({}, {"include": "participation"}):
        assert told(still_house, part, "workspace_resources", "participation_id", **include) == there
    back = told(
        still_house, part, "participations", "workspace_resource_ids", workspace_id=1, include="workspace_resources"
    )
    assert back == {1: [], 2: ["1"], 3: ["2", "3"], 4: ["6"], 5: [], 31: [], 34: []}


# Money ---------------------------------------------------------------------------------------------


def test_the_expenses_of_a_project_are_added_up_for_who_administers_it(still_house):
    # The field total_expenses_in_cents of workspaces.
    assert told(still_house, "ada", "workspaces", "total_expenses_in_cents")[1] == 5 * 1_250 + 300
    for part in ("lee", "kim", "cleo"):
        assert 1 not in told(still_house, part, "workspaces", "total_expenses_in_cents")


def test_a_project_says_whether_some_report_of_it_is_open(still_house):
    # The field has_active_expense_report_submissions of workspaces.
    shown = told(still_house, "kim", "workspaces", "has_active_expense_report_submissions")
    assert {id_ for id_, holds in shown.items() if holds} == {1}


@pytest.mark.parametrize(("part", "seen"), [("ada", {1, 2, 3, 4, 5, 6}), ("lee", {1, 2, 3, 4}), ("kim", set())])
def test_an_invoice_leads_to_the_expenses_on_it(still_house, part, seen):
    shown = told(still_house, part, "invoices", "expense_ids", include="expenses")
    assert shown == {id_: ["5"] if id_ == 1 else [] for id_ in seen}


# Tasks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_a_task_leads_to_the_places_that_work_on_it(still_house, part):
    named, all_ = "workspace_resources", "workspace_resources_with_unnamed"
    asked = {"include": f"{named},{all_}"}
    assert told(still_house, part, "stories", "workspace_resource_ids", **asked).items() >= {
        1: ["2"], 2: [], 5: [], 6: ["5"], 8: [],
    }.items()  # fmt: skip
    assert told(still_house, part, "stories", f"{all_}_ids", **asked).items() >= {1: ["2"], 2: ["4"]}.items()


@pytest.mark.parametrize("part", PARTS)
def test_the_places_that_could_work_on_a_task_are_told_with_only(still_house, part):
    # contract README, include: only_with
    some, all_ = "potential_workspace_resources", "potential_workspace_resources_with_unnamed"
    asked = {"include": f"{some},{all_}"}
    assert told(still_house, part, "stories", "potential_workspace_resource_ids", **asked) == {}
    asked["only"] = "1,2,7" if part != "ada" else "1,2"
    assert told(still_house, part, "stories", "potential_workspace_resource_ids", **asked) == {
        1: ["1", "3", "6"], 2: ["1", "2", "3", "6"],
    }  # fmt: skip
    assert told(still_house, part, "stories", f"{all_}_ids", **asked) == {
        1: ["1", "3", "4", "6"], 2: ["1", "2", "3", "6"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("part", "groups", "found"),
    [
        ("ada", "1", {1, 2, 5, 6, 8}),
        ("ada", "2,3", {7}),
        ("kim", "1", {1, 2, 5, 6, 8}),
        ("kim", "2,3", set()),
        ("cleo", "1", set()),  # a client sees no group
        ("otto", "1", {1}),
    ],
)
def test_tasks_of_groups_are_those_of_groups_that_the_caller_sees(still_house, part, groups, found):
    assert listed(still_house, part, "stories", by_workspace_group=groups) == found


@pytest.mark.parametrize("story", [1, 7, 999])
def test_who_does_not_follow_a_task(still_house, story):
    followers = {1: {2, 4}, 7: {6}, 999: set()}[story]
    everyone = listed(still_house, "ada", "users")
    assert listed(still_house, "ada", "users", not_following=story) == everyone - followers
    # Who follows what stands out of sight is not told.
    everyone = listed(still_house, "kim", "users", all_contacts="true")
    seen = followers if story == 1 else set()
    assert listed(still_house, "kim", "users", all_contacts="true", not_following=story) == everyone - seen
    members = listed(still_house, "kim", "participations", workspace_id=1)
    following = {2, 4} if story == 1 else set()
    assert (
        listed(still_house, "kim", "participations", workspace_id=1, not_following_story=story) == members - following
    )


# Custom fields of projects, groups and places ------------------------------------------------------


@pytest.fixture(scope="module")
def described_house(engine):
    """The house with custom fields of every subject: of projects a choice, a day and a number."""
    with open_house(engine) as house:
        world = house.world
        with house.database.write() as tx:
            make = Builder(tx)
            fields = {}
            for name, subject, type_ in (
                ("size", "workspace", "single"),
                ("begun", "workspace", "date"),
                ("floors", "workspace", "number"),
                ("branch", "workspace_group", "string"),
                ("desk", "resource", "string"),
            ):
                number = 101 + len(fields)
                fields[name] = make.custom_field(
                    world.account, world.users["ada"], subject, type_, id=number, name=name
                )
            small, large = (make.choice(fields["size"], label, id=id_) for label, id_ in (("S", 101), ("L", 102)))
            ada, projects = world.users["ada"], world.workspaces
            make.custom_value(fields["size"], projects["main"], ada, small, id=101)
            make.custom_value(fields["size"], projects["notes"], ada, large, id=102)
            make.custom_value(fields["begun"], projects["main"], ada, date=date(2026, 1, 31), id=103)
            make.custom_value(fields["begun"], projects["notes"], ada, date=date(2026, 2, 1), id=104)
            make.custom_value(fields["floors"], projects["main"], ada, number="9", id=105)
            make.custom_value(fields["floors"], projects["notes"], ada, number="10.5", id=106)
            make.custom_value(fields["branch"], world.groups["client"], ada, text="north", id=107)
            make.custom_value(fields["desk"], world.resources["kim"], ada, text="by the door", id=108)
        yield house


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"selected_choices": "101:101"}, {1}),
        ({"selected_choices": "101:101,102"}, {1, 2}),
        ({"selected_choices": "101:none"}, {3, 5, 6}),
        ({"selected_choices": "101:102,none"}, {2, 3, 5, 6}),
        ({"selected_choices": "101:101;101:102"}, set()),
        ({"selected_choices": "999:none"}, set()),
        ({"custom_date_range": "102:2026-01-31:2026-01-31"}, {1}),
        ({"custom_date_range": "102:2026-02-01:"}, {2}),
        ({"custom_date_range": "102::"}, {1, 2}),
        ({"custom_date_range": "102:2026-01-01:2026-12-31;102::2026-01-31"}, {1}),
        ({"custom_integer_ranges": "103:9:10"}, {1}),
        ({"custom_integer_ranges": "103:10:11"}, {2}),
        ({"custom_integer_ranges": "103::10"}, {1}),
        ({"custom_integer_ranges": "103:1:100"}, {1, 2}),
    ],
)
def test_projects_are_found_by_ranges_of_their_custom_fields(described_house, asked, found):
    # workspaces.filters: selected_choices, custom_date_range, custom_integer_ranges
    assert listed(described_house, "kim", "workspaces", **asked) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("selected_choices", "101"),
        ("selected_choices", "101:"),
        ("selected_choices", "101:all"),
        ("custom_date_range", "102:2026-01-31"),
        ("custom_date_range", "102:x:y"),
        ("custom_integer_ranges", "103:1.5:2"),
        ("custom_integer_ranges", ";"),
        ("custom_integer_ranges", ";".join(["103:1:2"] * 21)),
    ],
)
def test_a_range_that_cannot_be_read_is_refused(still_house, name, value):
    answer = still_house.get("kim", "/workspaces", **{name: value})
    assert answer.status_code == 400
    assert name in answer.json()["errors"][0]["message"]


def test_groups_and_places_have_custom_fields(described_house):
    assert listed(described_house, "kim", "workspace_groups", by_custom_text_value="(104:north)") == {1}
    assert listed(described_house, "kim", "workspace_resources", has_value_for_custom_field_ids="105") == {2}
    for path, id_, value in (("workspace_groups", 1, "107"), ("workspace_resources", 2, "108")):
        shown = told(described_house, "kim", path, "custom_field_value_ids", include="custom_field_values")
        assert {number for number, ids in shown.items() if ids} == {id_}
        assert shown[id_] == [value]
    for subject, value, section in (
        ("WorkspaceGroup", 107, "workspace_groups"),
        ("Resource", 108, "workspace_resources"),
    ):
        answer = described_house.get("kim", "/custom_field_values", subject_type=subject, include="subject").json()
        (shown,) = answer["custom_field_values"].values()
        assert (shown["id"], shown["subject_ref"]["key"]) == (str(value), section)
        assert shown["subject_ref"]["id"] in answer[section]
    # A client sees no group, and so nothing that is said of one.
    assert described_house.get("cleo", "/custom_field_values", subject_type="WorkspaceGroup").json()["count"] == 0


# References ----------------------------------------------------------------------------------------


def test_references_of_members_places_groups_cards_and_time_off_are_listed_for_who_sees_them(house):
    world = house.world
    subjects = {
        "Participation": ({"id": 3, "account_id": 1}, PARTS),
        "WorkspaceGroup": (world.groups["client"], ("ada", "lee", "kim")),
        "WorkspaceResource": (world.resources["kim"], PARTS),
        "RateCard": (world.cards["standard"], ("ada", "lee")),
        "TimeOffEntry": (world.time_off["kims"], PARTS),
    }
    with house.database.write() as tx:
        make = Builder(tx)
        for number, (type_, (subject, _)) in enumerate(subjects.items(), start=101):
            make.reference(type_, subject, "across", id=number)
    for number, (type_, (_, seen_by)) in enumerate(subjects.items(), start=101):
        for part in PARTS:
            asked = {"subject_type": type_, "service_name": "across", "include": "subject"}
            found = listed(house, part, "external_references", **asked)
            assert found == ({number} if part in seen_by else set()), (type_, part)
