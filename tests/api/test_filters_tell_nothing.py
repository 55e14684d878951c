"""A filter answers only about what its caller may see."""

import pytest

from tests.builders import Builder
from tests.cast import CANARY


def test_who_takes_part_in_a_hidden_project_is_not_told(still_house):
    hidden = still_house.world.workspaces["hidden"]["id"]
    main = still_house.world.workspaces["main"]["id"]
    nora = str(still_house.world.users["nora"]["id"])
    assert nora in still_house.get("kim", "/users", participant_in=main).json()["users"]
    assert still_house.get("kim", "/users", participant_in=hidden).json()["count"] == 0
    assert nora in still_house.get("max", "/users", participant_in=hidden).json()["users"]
    assert nora in still_house.get("ada", "/users", participant_in=hidden).json()["users"]


def test_a_person_out_of_sight_is_not_found_by_address(still_house):
    otto = still_house.world.users["otto"]["email_address"]
    assert still_house.get("ada", "/users", by_email_address=otto).json()["count"] == 0
    assert still_house.get("otto", "/users", by_email_address=otto.upper()).json()["count"] == 1


def test_entries_of_a_colleague_are_not_found_by_any_filter(still_house):
    world = still_house.world
    lees = {
        "with_user_ids": world.users["lee"]["id"],
        "workspace_id": world.workspaces["main"]["id"],
        "billable": "true",
    }
    assert still_house.get("kim", "/time_entries", **lees).json()["count"] == 0
    assert still_house.get("lee", "/time_entries", **lees).json()["count"] == 1
    hidden = {"workspace_id": world.workspaces["hidden"]["id"], "from_archived_workspaces": "true"}
    assert still_house.get("lee", "/time_entries", **hidden, on_my_account="false").json()["count"] == 0


@pytest.fixture
def logged_for_kim(house):
    """An entry of Kim's in the main project that each of these people made: its name by theirs."""
    world = house.world
    makers = ("kim", "lee", "ada", "vera", "max", "eve")
    with house.database.write() as tx:
        make = Builder(tx)
        for number, name in enumerate(makers, start=101):
            maker = world.users[name]["id"]
            make.entry(world.workspaces["notes"], world.users["kim"], id=number, created_by_id=maker)
    return {name: str(number) for number, name in enumerate(makers, start=101)}


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("kim", {"kim", "lee", "ada"}),  # those who share a project with her, and herself
        ("lee", {"kim", "lee", "ada"}),
        ("vera", {"kim", "lee", "ada", "vera", "max", "eve"}),  # she sees everyone in the account
        ("cleo", set()),  # the entries themselves are out of her sight
    ],
)
def test_who_made_an_entry_is_told_of_people_in_sight_only(house, logged_for_kim, part, told):
    """time_entries.filters.created_by; decisions B17: stored, not shown."""
    for name, id_ in logged_for_kim.items():
        maker = house.world.users[name]["id"]
        found = house.get(part, "/time_entries", created_by=maker, workspace_id=2).json()["time_entries"]
        assert set(found) == ({id_} if name in told else set()), name


def test_who_left_is_told_of_what_they_made_for_themselves(still_house):
    """time_entries.filters.created_by: whose an entry is is shown, of Eve as of everyone (decisions D5)."""
    eve = still_house.world.users["eve"]["id"]
    shown = {"created_by": eve, "with_user_ids": eve}
    assert eve not in map(int, still_house.get("lee", "/users", per_page=200).json()["users"])
    assert still_house.get("lee", "/time_entries", **shown).json()["count"] == 1


REFERENCE_FILTERS = {
    "external_reference_service_name": "tracker",
    "external_reference_service_model": "Issue",
    "external_reference_service_model_ref": "WEB-1",
    "external_reference_service_model_refs": "WEB-1,WEB-2",
    "external_reference_status": "successful",
    "external_reference_external_message": f"{CANARY} ref",
    "has_external_references": "true",
}


@pytest.mark.parametrize(("name", "value"), REFERENCE_FILTERS.items())
def test_references_of_hidden_entries_are_not_found(still_house, name, value):
    """common.filter_groups.external_references: Max works where Kim does not, and both entries have references."""
    hidden = str(still_house.world.entries["hidden"]["id"])
    assert hidden in still_house.get("ada", "/time_entries", **{name: value}).json()["time_entries"]
    for part in ("kim", "lee", "cleo", "otto"):
        told = still_house.get(part, "/time_entries", **{name: value}, on_my_account="false").json()
        # Otto's account has a project and an entry of the same ids.
        assert part == "otto" or hidden not in told["time_entries"]
        assert f"{CANARY} hidden" not in told["time_entries"].get(hidden, {}).get("notes", "")


def test_what_other_accounts_call_a_person_is_not_found(house):
    """common.filter_groups.external_references: Fred is at home elsewhere, and his account's references stay there."""
    world = house.world
    fred = world.users["fred"]
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["external_references", fred["account_id"]] = 500
        make.reference("User", fred, f"{CANARY} payroll")
        make.reference("User", {"account_id": world.account["id"], "id": fred["id"]}, "badge", id=501)
    asked = {"on_my_account": "false"}
    for part, service, count in (
        ("ada", f"{CANARY} payroll", 0), ("fred", f"{CANARY} payroll", 1), ("ada", "badge", 1), ("fred", "badge", 1),
        ("kim", "badge", 1), ("otto", "badge", 0),
    ):  # fmt: skip
        parameters = {"external_reference_service_name": service} | (asked if part != "fred" else {})
        assert house.get(part, "/users", **parameters).json()["count"] == count, (part, service)
    without = house.get("ada", "/users", **asked, without_external_reference_service_name=f"{CANARY} payroll")
    assert str(fred["id"]) in without.json()["users"]


@pytest.mark.parametrize("filter_", ["with_timesheet_id", "with_recent_timesheet_ids", "in_active_invoice_id"])
def test_timesheets_and_invoices_of_other_accounts_are_not_found(still_house, filter_):
    """time_entries.filters: both accounts have timesheets and invoices of the same ids."""
    every = {"from_archived_workspaces": "true", "on_my_account": "false"}
    for id_ in range(1, 16):
        for part in ("ada", "kim", "fred"):
            found = still_house.get(part, "/time_entries", **{filter_: id_}, **every)
            assert CANARY not in found.text.replace(f"{CANARY} hidden", "").replace(f"{CANARY} of a colleague", "")
            assert len(found.json()["results"]) == found.json()["count"] <= 1
