"""Groups of projects, and places in their teams. Comments name the entry of the contract's pages (workspace_groups,
workspace_resources) that a case comes from."""

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from timewright import clock
from timewright import tables as t

MADE = "2026-01-05T09:00:00Z"


def listed(house, part, name, **parameters):
    answer = house.get(part, f"/{name}", per_page=200, **parameters)
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


# Groups -------------------------------------------------------------------------------------------


def test_a_group_is_shown_whole(still_house):
    told = still_house.get("kim", "/workspace_groups/2", include="workspaces,external_references").json()
    assert told["workspace_groups"]["2"] == {
        "id": "2", "name": "In the house", "company": False, "contact_name": None, "email": None, "phone_number": None,
        "address": None, "website": None, "notes": None, "created_at": MADE, "updated_at": MADE,
        "workspace_ids": ["2"], "external_reference_ids": [],
    }  # fmt: skip
    assert (set(told["workspaces"]), told["external_references"]) == ({"2"}, {})


GROUPS_SEEN = {
    "ada": {1, 2, 3, 4}, "lee": {1, 2, 3, 4}, "vera": {1, 2, 3, 4},  # who makes projects in the account, and above
    "kim": {1, 2}, "nora": {1, 3}, "max": {3}, "fred": {1},  # on the provider's team of a project in it
    "cleo": set(), "eve": set(),
    "otto": set(range(1, 16)),
}  # fmt: skip


@pytest.mark.parametrize("part", GROUPS_SEEN)
def test_which_groups_somebody_sees(still_house, part):
    assert set(listed(still_house, part, "workspace_groups")) == GROUPS_SEEN[part]
    for id_ in range(1, 20):
        answer = still_house.get(part, f"/workspace_groups/{id_}")
        assert answer.status_code == (200 if id_ in GROUPS_SEEN[part] else 404)


def test_a_project_out_of_sight_is_left_out_of_its_group(still_house):
    told = still_house.get("lee", "/workspace_groups/3", include="workspaces").json()
    assert (told["workspace_groups"]["3"]["workspace_ids"], told["workspaces"]) == ([], {})
    told = still_house.get("ada", "/workspace_groups/3", include="workspaces").json()
    assert (told["workspace_groups"]["3"]["workspace_ids"], set(told["workspaces"])) == (["7"], {"7"})


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"companies_only": "true"}, [1, 3]),
        ({"companies_only": "false"}, [1, 2, 4, 3]),
        ({"matching": "CLI"}, [1]),
        ({"matching": "lient"}, []),
        ({"matching": "in the"}, [1, 2, 4, 3]),  # nothing but words that do not count
        ({"matching": "house"}, [2]),
        ({"created_after": "2026-01-06"}, []),
        ({"created_before": "2026-01-06"}, [1, 2, 4, 3]),
        ({"updated_after": "2026-01-05T09:00:00Z"}, [1, 2, 4, 3]),
        ({"updated_before": "2026-01-05T09:00:00Z"}, []),
        ({"only": "1,3"}, [1, 3]),
        ({"order": "name:desc"}, [3, 4, 2, 1]),
        ({"order": "created_at:desc"}, [1, 2, 3, 4]),  # all made at once: ties by id
        ({"order": "updated_at"}, [1, 2, 3, 4]),
        ({}, [1, 2, 4, 3]),  # orders.default: by name
    ],
    ids=str,
)
def test_groups_are_narrowed_and_sorted(still_house, parameters, expected):
    assert listed(still_house, "ada", "workspace_groups", **parameters) == expected


# Places -------------------------------------------------------------------------------------------


def test_a_place_is_shown_whole(still_house):
    told = still_house.get("kim", "/workspace_resources/2", include="user,role,workspace,external_references").json()
    assert told["workspace_resources"]["2"] == {
        "id": "2", "label": None, "display_label": "Kim Example (Engineer)", "full_name": "Kim Example",
        "role_name": "Engineer", "role_initials": "E", "photo_path": "/photos/none.png", "workspace_title": "Main",
        "created_at": MADE, "updated_at": MADE, "workspace_id": "1", "user_id": "3", "role_id": "1",
        "participation_id": "3", "external_reference_ids": [],
    }  # fmt: skip
    assert (set(told["users"]), set(told["roles"]), set(told["workspaces"])) == ({"3"}, {"1"}, {"1"})


def test_a_place_that_nobody_has_yet(still_house):
    assert still_house.get("kim", "/workspace_resources/4").status_code == 404  # README: show obeys default filters
    told = still_house.get("kim", "/workspace_resources/4", include_unnamed="true").json()["workspace_resources"]["4"]
    shown = {name: told[name] for name in ("user_id", "full_name", "photo_path", "participation_id", "display_label")}
    assert shown == {
        "user_id": None, "full_name": None, "photo_path": None, "participation_id": None, "display_label": "Designer",
    }  # fmt: skip
    labelled = still_house.get("kim", "/workspace_resources/3").json()["workspace_resources"]["3"]
    assert (labelled["label"], labelled["display_label"]) == ("Kim, drawing", "Kim, drawing")
    bare = still_house.get("kim", "/workspace_resources/1").json()["workspace_resources"]["1"]
    assert (bare["display_label"], bare["role_name"], bare["role_initials"]) == ("Lee Example", None, None)


PLACES_SEEN = {
    "ada": {1, 2, 3, 4, 5, 6, 7, 8}, "vera": {1, 2, 3, 4, 5, 6, 7, 8}, "lee": {1, 2, 3, 4, 5, 6, 8},
    "kim": {1, 2, 3, 4, 5, 6, 8}, "cleo": {1, 2, 3, 4, 5, 6, 8}, "nora": {1, 2, 3, 4, 6, 7}, "max": {7},
    "fred": {1, 2, 3, 4, 6}, "eve": set(), "otto": set(range(1, 16)),
}  # fmt: skip


@pytest.mark.parametrize("part", PLACES_SEEN)
def test_which_places_somebody_sees(still_house, part):
    seen = PLACES_SEEN[part]
    assert set(listed(still_house, part, "workspace_resources", include_unnamed="true")) == seen
    for id_ in range(1, 20):
        answer = still_house.get(part, f"/workspace_resources/{id_}", include_unnamed="true")
        assert answer.status_code == (200 if id_ in seen else 404)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, {1, 2, 3, 5, 6, 8}),
        ({"include_unnamed": "true"}, {1, 2, 3, 4, 5, 6, 8}),
        ({"include_unnamed": "false"}, {1, 2, 3, 5, 6, 8}),
        ({"apply_default_filters": "false"}, {1, 2, 3, 4, 5, 6, 8}),
        ({"only_unnamed": "true"}, {4}),
        ({"only_unnamed": "false"}, {1, 2, 3, 5, 6, 8}),
        ({"workspace_id": "1"}, {1, 2, 3, 6}),
        ({"workspace_id": "7"}, set()),
        ({"user_id": "3"}, {2, 3, 5}),
        ({"role_id": "1"}, {2, 5}),
        ({"role_id": "2", "include_unnamed": "true"}, {3, 4}),
        ({"matching": "kim"}, {2, 3, 5}),  # user or role name
        ({"matching": "DESIGN", "include_unnamed": "true"}, {3, 4}),
        ({"matching": "kim engin"}, {2, 5}),
        ({"matching": "im"}, set()),
        ({"providers": "true"}, {1, 2, 3, 5, 8}),
        ({"providers": "false"}, {1, 2, 3, 5, 6, 8}),
        ({"providers_with_unnamed": "true"}, {1, 2, 3, 4, 5, 8}),
        ({"potential_workspace_resources_for_story": "1"}, {1, 6}),  # Kim is assigned to it
        ({"potential_workspace_resources_for_story": "2"}, {1, 2, 3, 6}),
        ({"potential_workspace_resources_for_story": "7"}, set()),  # a story out of sight
        ({"potential_workspace_resources_for_story": "999"}, set()),
        ({"potential_workspace_resource_for_story_with_unnamed_resources": "1"}, {1, 4, 6}),
        ({"potential_workspace_resources_for_reassignment": "2"}, {1, 3, 4, 6}),
        ({"potential_workspace_resources_for_reassignment": "7"}, set()),
        ({"with_organizations": "true"}, {1, 2, 3, 5, 6, 8}),
        ({"created_after": "2026-01-06"}, set()),
        ({"created_before": "2026-01-06"}, {1, 2, 3, 5, 6, 8}),
        ({"updated_after": "2026-01-06"}, set()),
        ({"updated_before": "2026-01-06"}, {1, 2, 3, 5, 6, 8}),
    ],
    ids=str,
)
def test_places_are_narrowed(still_house, parameters, expected):
    assert set(listed(still_house, "kim", "workspace_resources", **parameters)) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, [1, 2, 3, 4, 5, 6, 8]),  # orders.default: updated_at:desc, here all at once
        ("created_at", [1, 2, 3, 4, 5, 6, 8]),
        ("updated_at:desc", [1, 2, 3, 4, 5, 6, 8]),
        ("alphabetical", [6, 4, 2, 3, 5, 1, 8]),  # Cleo, Designer, Kim, Lee
        ("alphabetically:desc", [1, 8, 2, 3, 5, 4, 6]),
    ],
)
def test_places_are_sorted(still_house, order, expected):
    parameters = {"order": order} if order else {}
    assert listed(still_house, "kim", "workspace_resources", include_unnamed="true", **parameters) == expected


# What an hour costs -------------------------------------------------------------------------------

RATES = {"optional_fields": "resource_bill_rate,resource_cost_rate", "include_unnamed": "true"}


def rates(house, part, **parameters):
    told = house.get(part, "/workspace_resources", **RATES, **parameters).json()["workspace_resources"]
    return {
        int(id_): (each["resource_bill_rate"], each["resource_cost_rate"])
        for id_, each in told.items()
        if "resource_bill_rate" in each
    }


def test_a_place_costs_what_an_entry_of_today_would(still_house, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: clock.datetime(2025, 6, 1, tzinfo=clock.UTC))
    assert rates(still_house, "lee") == {
        1: (15_000, None),  # the participation's: a per-project override wins
        2: (9_000, 4_000),  # the membership's
        3: (9_000, 4_000),
        4: (5_000, None),  # the project's, for nobody yet
        5: (8_000, 4_000),  # the role's on the rate card
        6: (5_000, None),
        8: (7_000, None),  # what the card says for all other roles
    }
    monkeypatch.setattr(clock, "now", lambda: clock.datetime(2026, 6, 1, tzinfo=clock.UTC))
    assert rates(still_house, "lee", only="5") == {5: (8_500, 4_000)}  # a later version of the card


def test_a_card_costs_its_default_for_other_roles(house, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: clock.datetime(2026, 6, 1, tzinfo=clock.UTC))
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["workspace_resources", 1] = 100
        make.workspace_resource(house.world.workspaces["card"], None, house.world.roles["designer"])
        tx.execute(
            sa.update(t.participations)
            .where(t.participations.c.account_id == 1, t.participations.c.user_id == 3)
            .values(cost_in_cents=4_200)
        )
    assert rates(house, "lee", workspace_id=3) == {5: (8_500, 4_200), 8: (7_500, None), 101: (7_500, None)}


@pytest.mark.parametrize(
    ("part", "sees"),
    [
        ("ada", {1, 2, 3, 4, 5, 6, 7, 8}), ("lee", {1, 2, 3, 4, 5, 6, 8}), ("nora", {7}),  # providers
        ("kim", set()), ("cleo", set()), ("vera", set()), ("max", set()), ("fred", set()),
    ],
)  # fmt: skip
def test_what_a_place_costs_is_told_to_providers_with_financial_access(still_house, part, sees):
    assert set(rates(still_house, part)) == sees


def test_a_client_with_financial_access_is_not_told_what_a_place_costs(house):
    with house.database.write() as tx:
        of = t.participations.c
        tx.execute(
            sa.update(t.participations)
            .where(of.account_id == 1, of.role == "buyer")
            .values(access_level="view_financials")
        )
    assert rates(house, "cleo") == {}
