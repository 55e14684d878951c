"""How many statements a request costs: the same for one row and for two hundred."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.builders import MADE_AT, Builder
from tests.presenting.test_load import actor_of
from timewright import tables as t
from timewright.presenting import kinds
from timewright.presenting.body import Wanted
from timewright.resources import REGISTRY
from timewright.resources import time_entry_verbs as verbs
from timewright.wishes import Accepted, Wish

INCLUDES = "active_submission,recent_submission,external_references,invoice,role,story,user,workspace"

WHO = [
    "read tokens",  # the token
    "read users",  # its person
    "read account_people",  # the accounts the person stands in
    "read account_memberships",  # what the person may do at home
]

PLACE = ["read participations"]  # where the caller takes part, once for all conditions of a list

DECIDE = [
    "read accounts",  # the lock date, and whether there are locations
    *WHO,  # once more, in the transaction that writes
    "read workspaces",  # the projects named
    "read participations",  # who takes part in them
]

STORE = [
    "allocate",  # ids of the entries
    "insert time_entries",
    "allocate",  # ids of the change-log rows
    "insert changes",
]

EVERYTHING = [
    "read accounts",
    *WHO,
    "read workspaces",
    "read participations",
    "read roles",  # the roles named
    "read account_locations",  # the locations named
    "read rate_card_versions",  # the rate card of the project, by date
    "read rate_card_roles",  # its rates by role
    "read stories",  # the tasks named
    "read assignments",  # in which role the people are assigned to them
    "allocate",
    "insert time_entries",
    "allocate",  # ids of the references
    "insert external_references",
    "allocate",
    "insert changes",
]

SIDE_LOADS = [
    "read timesheet_submissions",  # active
    "read timesheet_submissions",  # recent
    "read external_references",
    "read invoices",
    "read roles",
    "read stories",
    "read stories",  # how deep their subtrees are, for all of them
    "read users",
    "read workspaces",
    "read entries_by_person",  # what was used of their budgets, for all of them
]


def entry(**members):
    return {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}


def everything(number):
    return entry(
        workspace_id=3,
        story_id=6,
        role_id=1,
        user_id=3,
        location="Office",
        notes="n",
        billable=True,
        rate_in_cents=1,
        external_reference={"service_name": "s", "service_model": "m", "service_model_ref": str(number)},
    )


@pytest.mark.parametrize("count", [1, 100])
def test_a_create_costs_the_same_for_one_and_a_hundred(house, count):
    with house.statements() as seen:
        answer = house.post("kim", "/time_entries", {"time_entries": [entry()] * count})
    assert answer.status_code == 200
    assert seen == WHO + DECIDE + STORE


@pytest.mark.parametrize("count", [1, 100])
def test_a_create_with_every_member_costs_the_same_for_one_and_a_hundred(house, count):
    with house.statements() as seen:
        answer = house.post("lee", "/time_entries", {"time_entries": [everything(n) for n in range(count)]})
    assert answer.status_code == 200
    assert seen == WHO + EVERYTHING


def test_a_single_create_costs_what_a_batch_of_one_costs(house):
    with house.statements() as seen:
        assert house.log("kim").status_code == 200
    assert seen == WHO + DECIDE + STORE


def test_whose_a_token_is_is_looked_up_once_and_what_it_may_do_with_each_write(house):
    assert house.log("kim").status_code == 200
    with house.statements() as seen:
        assert house.log("kim").status_code == 200
    assert seen == DECIDE + STORE


UPDATE = [
    "read time_entries",  # what the entries name: their projects, people, timesheets
    "read accounts",
    *WHO,
    "read workspaces",
    "read participations",
]

UPDATE_EVERYTHING = [
    *UPDATE,
    "read roles",
    "read account_locations",
    "read rate_card_versions",
    "read rate_card_roles",
    "read stories",
    "read timesheet_submissions",  # the weeks of those that are submitted
    "read time_entries",  # held, the last in the order
    "update time_entries",
    "read external_references",  # those that the entries have
    "allocate",
    "insert external_references",
    "update external_references",
    "allocate",
    "insert changes",
]

DELETE = [
    "read time_entries",
    "read accounts",
    *WHO,
    "read participations",
    "read time_entries",  # held
    "delete timesheet_submission_entries",
    "delete invoice_time_entries",
    "read external_references",
    "delete external_references",
    "delete time_entries",
    "allocate",
    "insert changes",
]


def test_an_update_costs_what_it_names(house):
    house.log("kim")
    with house.statements() as seen:
        answer = house.request("kim", "PUT", "/time_entries/1", json={"time_entry": {"notes": "x"}})
    assert answer.status_code == 200
    assert seen == [*UPDATE, "read time_entries", "update time_entries", "allocate", "insert changes"]


@pytest.mark.parametrize("count", [3, 100])
def test_a_set_of_updates_with_every_member_costs_the_same_for_three_and_a_hundred(full_house, count):
    house, changed = full_house, everything(1) | {"workspace_id": 3, "date_performed": date(2026, 2, 2)}
    with house.database.write() as tx:
        none = {"invoice_id": None, "active_submission_id": None}
        entry_ = t.time_entries.c
        tx.execute(sa.update(t.time_entries).where(entry_.account_id == 1, entry_.id > 1_000).values(**none))
    reference = {"service_model": "m", "service_model_ref": "r"}
    # An entry of its own with a new reference, one that is submitted and may not leave its project, and others
    # that have a reference by the same name already.
    named = [(1, "new"), (2, "new"), *((1_001 + n, f"service {n}") for n in range(count - 2))]
    wishes = [
        Wish(
            verb=verbs.update,
            actor=actor_of(house, "lee"),
            wanted=[Wanted(0, {**changed, "id": id_, "external_reference": {"service_name": name, **reference}}, ())],
            operation_id=str(id_),
        )
        for id_, name in named
    ]
    with house.statements() as seen, house.database.write() as tx:
        outcomes = verbs.update(tx, wishes)
    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True, False, *[True] * (count - 2)]
    assert seen == UPDATE_EVERYTHING


@pytest.mark.parametrize("count", [1, 100])
def test_a_delete_costs_the_same_for_one_and_a_hundred(house, count):
    ids = house.post("kim", "/time_entries", {"time_entries": [referring(n) for n in range(count)]}).json()
    with house.statements() as seen:
        answer = house.request("kim", "DELETE", "/time_entries", json={"ids": ids["meta"]["created_ids"]})
    assert answer.status_code == 204
    assert seen == DELETE


def referring(number):
    reference = {"service_name": "s", "service_model": "m", "service_model_ref": str(number)}
    return entry(external_reference=reference)


@pytest.mark.parametrize("count", [1, 100])
def test_a_batch_apart_costs_what_a_bulk_costs(house, count):
    with house.statements() as seen:
        answer = house.post("kim", "/time_entries/batch", {"time_entries": [entry()] * count})
    assert {outcome["status"] for outcome in answer.json()["outcomes"]} == {"created"}
    assert seen == WHO + DECIDE + STORE


@pytest.mark.parametrize("count", [1, 100])
def test_to_validate_costs_what_deciding_costs_and_one_look_for_the_same(house, count):
    with house.statements() as seen:
        answer = house.post("kim", "/time_entries/validate", {"time_entries": [entry()] * count})
    assert {outcome["status"] for outcome in answer.json()["outcomes"]} == {"valid"}
    assert seen == [*WHO, *DECIDE, "read time_entries"]


@pytest.fixture
def full_house(house):
    """The house with some two hundred entries more, on every kind of thing."""
    world = house.world
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["time_entries", 1] = 1_000
        make._last["external_references", 1] = 1_000
        for number in range(200):
            made = make.entry(
                world.workspaces["main"],
                world.users["kim"],
                story_id=world.stories["task"]["id"],
                role_id=world.roles["engineer"]["id"],
                invoice_id=world.invoices["new"]["id"],
                active_submission_id=world.submissions["pending"]["id"],
                recent_submission_id=world.submissions["rejected"]["id"],
                date_performed=date(2026, 3, 1) + timedelta(days=number % 30),
            )
            make.reference("TimeEntry", made, f"service {number}")
    return house


@pytest.mark.parametrize("part", ["ada", "lee", "kim"])
@pytest.mark.parametrize("size", [1, 20, 200])
def test_a_list_costs_three_statements_whatever_its_size(full_house, part, size):
    with full_house.statements() as seen:
        told = full_house.get(part, "/time_entries", per_page=size).json()
    assert len(told["results"]) == size
    assert seen == [*WHO, *PLACE, "count time_entries", "read time_entries"]


VALUES = {kinds.Instant: "2026-01-05", kinds.DayRange: "2026-01-01:", kinds.Boolean: "true"}
"""What is sent to a filter by its kind: 1 to the others."""


@pytest.mark.parametrize("each", REGISTRY["time_entries"].filters, ids=lambda each: each.name)
def test_a_filter_costs_no_statement(full_house, each):
    value = "2026-02-01" if each.name.endswith("_before") else VALUES.get(type(each.kind), "1")
    with full_house.statements() as seen:
        assert full_house.get("ada", "/time_entries", **{each.name: value}).status_code == 200
    # A count of several parts has no name; a page of nothing is not read.
    assert seen[:5] == [*WHO, *PLACE]
    assert seen[5:] in (["count time_entries", "read time_entries"], ["count time_entries"], ["read time_entries"])


@pytest.mark.parametrize("count", [1, 200])
def test_what_is_asked_for_by_its_ids_is_not_counted(full_house, count):
    with full_house.statements() as seen:
        told = full_house.get("ada", "/time_entries", only=",".join(map(str, range(1_001, 1_001 + count)))).json()
    assert told["count"] == len(told["results"]) == count
    assert seen == [*WHO, *PLACE, "read time_entries"]


@pytest.mark.parametrize("part", ["ada", "lee", "kim"])
@pytest.mark.parametrize("size", [1, 20, 200])
def test_a_list_with_every_include_costs_one_more_for_each(full_house, part, size):
    with full_house.statements() as seen:
        told = full_house.get(
            part, "/time_entries", per_page=size, include=INCLUDES, optional_fields="location_id,user_can_edit"
        ).json()
    assert len(told["results"]) == size
    # A client without financial access is asked about the invoices all the same, and sees none.
    assert seen == [*WHO, *PLACE, "count time_entries", "read time_entries", *SIDE_LOADS]


@pytest.fixture
def crowded_house(house):
    """The house with some two hundred more of everything that people stand in, each linked to all it can be."""
    world, account = house.world, house.world.account
    main, engineer = world.workspaces["main"], world.roles["engineer"]
    with house.database.write() as tx:
        make = Builder(tx)
        for table in ("account_memberships", "participations", "roles", "account_locations", "time_off_entries"):
            make._last[table, 1] = 1_000
        make._last["users", 0] = make._last["assignments", 1] = make._last["external_references", 1] = 1_000
        first = None
        for number in range(200):
            # They come before the others in every list.
            user = make.user(account, f"Aaron {number:03}")
            first = first or user
            manager = world.users["lee"] if user is first else first
            managed = {"manager_id": manager["id"], "default_role_id": engineer["id"]}
            make.membership(account, user, updated_at=EARLIER, **managed)
            place = make.participation(main, user, updated_at=EARLIER, workspace_role_id=engineer["id"])
            make.assignment(world.stories["task"], user, role_id=world.roles["designer"]["id"])
            away = make.time_off(account, user, AWAY)
            role = make.role(account, f"Architect {number:03}")
            make.location(account, f"Place {number:03}")
            for kind, subject in (("Participation", place), ("TimeOffEntry", away), ("Role", role)):
                make.reference(kind, subject, f"service {number}")
            make.reference("User", {**user, "account_id": account["id"]}, f"service {number}")
    return house


EARLIER = MADE_AT - timedelta(days=1)
AWAY = date(2027, 1, 4)

OF_PEOPLE = [
    (
        "/users",
        "account_membership,role,manager,external_references",
        [
            "read account_memberships",  # which memberships
            "read account_memberships",
            "read account_memberships",  # which roles
            "read roles",
            "read account_memberships",  # which managers
            "read users",
            "read external_references",
        ],
    ),
    (
        "/account_memberships",
        "user,default_role,manager,managees",
        [
            "read users",
            "read roles",
            "read users",
            "read account_memberships",  # whom they manage
            "read users",
        ],
    ),
    (
        "/participations",
        "user,workspace,workspace_role,primary_role,active_roles,external_references",
        [
            "read users",
            *["read workspaces", "read entries_by_person"],
            "read roles",
            "read participations",  # which roles in the account
            "read roles",
            "read participations",  # which roles in the project
            "read roles",
            "read external_references",
        ],
    ),
    ("/roles", "external_references", ["read external_references"]),
    ("/account_locations", "", []),
    (
        "/time_off_entries",
        "user,role,external_references",
        [
            "read users",
            "read time_off_entries",  # which roles
            "read roles",
            "read external_references",
        ],
    ),
]


@pytest.mark.parametrize(("path", "includes", "side_loads"), OF_PEOPLE)
@pytest.mark.parametrize("part", ["ada", "kim"])
def test_lists_around_people_cost_the_same_at_every_size(crowded_house, part, path, includes, side_loads):
    name = path.strip("/")
    optional = "can_log_in,non_participant,access_level,is_foreign_participant,permissions_label,classification"
    asked = {"optional_fields": optional, "order": "updated_at:asc", "start_date": AWAY}
    if name == "participations":
        asked["workspace_id"] = 1
    for size in (1, 200):
        with crowded_house.statements() as seen:
            told = crowded_house.get(part, path, per_page=size, include=includes, **asked).json()
        assert len(told["results"]) == size
        assert seen == [*WHO, *PLACE, f"count {name}", f"read {name}", *side_loads]


@pytest.mark.parametrize("count", [1, 200])
def test_who_could_manage_costs_the_same_for_one_and_for_many(crowded_house, count):
    ids = ",".join(str(1_001 + n) for n in range(count))
    with crowded_house.statements() as seen:
        told = crowded_house.get(
            "ada", "/account_memberships", only=ids, include="possible_managers,possible_managees"
        ).json()
    assert len(told["results"]) == count
    links = ["read account_memberships", "read users"]
    assert seen == [*WHO, *PLACE, "read account_memberships", *links, *links]


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/users", [*PLACE, "count users", "read users"]),
        ("/users/me", ["read users"]),
        ("/workspaces", [*PLACE, "count workspaces", "read workspaces", "read entries_by_person"]),
        ("/stories", [*PLACE, "count stories", "read stories", "read stories"]),
        ("/time_entries/1", ["read time_entries"]),
    ],
)
@pytest.mark.parametrize("size", [1, 200])
def test_the_neighbours_cost_the_same_at_every_size(still_house, path, statements, size):
    with still_house.statements() as seen:
        assert still_house.get("ada", path, per_page=size).status_code == 200
    assert seen == WHO + statements
