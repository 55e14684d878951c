"""How many statements a request costs: the same for one row and for two hundred."""

from datetime import date, timedelta

import pytest

from tests.builders import MADE_AT, Builder

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
            "read workspaces",
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
    assert seen == [*WHO, *PLACE, "count account_memberships", "read account_memberships", *links, *links]


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/users", [*PLACE, "count users", "read users"]),
        ("/users/me", ["read users"]),
        ("/workspaces", [*PLACE, "count workspaces", "read workspaces"]),
        ("/stories", [*PLACE, "count stories", "read stories", "read stories"]),
        ("/time_entries/1", ["read time_entries"]),
    ],
)
@pytest.mark.parametrize("size", [1, 200])
def test_the_neighbours_cost_the_same_at_every_size(still_house, path, statements, size):
    with still_house.statements() as seen:
        assert still_house.get("ada", path, per_page=size).status_code == 200
    assert seen == WHO + statements
