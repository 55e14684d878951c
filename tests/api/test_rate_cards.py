"""Rate cards and the rates of roles on them. Comments name the entry of the contract's page (rate_cards) that a case
comes from."""

import pytest

from tests.cast import CANARY
from timewright import clock


def listed(house, part, name, **parameters):
    answer = house.get(part, f"/{name}", per_page=200, **parameters)
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


def test_a_card_is_listed_whole(still_house):
    include = "rate_card_set,rate_card_versions,external_references"
    told = still_house.get("lee", "/rate_cards", currencies="USD", include=include).json()
    assert told == {
        "count": 1,
        "results": [{"key": "rate_cards", "id": "1"}],
        "rate_cards": {
            "1": {
                "id": "1", "currency": "USD", "uses": 1, "rate_card_set_id": "1", "rate_card_version_ids": ["1", "2"],
                "external_reference_ids": [],
            }
        },
        "rate_card_sets": {"1": {"id": "1", "title": "Standard"}},
        "rate_card_versions": {
            "1": {"id": "1", "default_rate": 7_000, "rate_card_id": "1", "rate_card_set_version_id": "1"},
            "2": {"id": "2", "default_rate": 7_500, "rate_card_id": "1", "rate_card_set_version_id": "2"},
        },
        "external_references": {},
        "meta": {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("year", "version"),
    [(2024, None), (2025, "1"), (2026, "2"), (2030, "2")],  # model: the latest that has begun
)
def test_the_version_in_force_is_told_together_with_only(still_house, monkeypatch, year, version):
    monkeypatch.setattr(clock, "now", lambda: clock.datetime(year, 6, 1, tzinfo=clock.UTC))
    told = still_house.get("lee", "/rate_cards", only="1,2", include="effective_rate_card_version").json()
    # The second card has a version that was not published.
    members = [told["rate_cards"][id_]["effective_rate_card_version_id"] for id_ in ("1", "2")]
    assert (members, set(told["rate_card_versions"])) == ([version, None], {version} - {None})
    plain = still_house.get("lee", "/rate_cards", include="effective_rate_card_version").json()
    assert "rate_card_versions" not in plain
    assert "effective_rate_card_version_id" not in plain["rate_cards"]["1"]


def test_a_version_is_in_force_from_its_first_day_on(still_house, monkeypatch):
    for day, version in ((31, "1"), (1, "2")):
        year, month = (2025, 12) if day == 31 else (2026, 1)
        now = clock.datetime(year, month, day, 12, tzinfo=clock.UTC)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        told = still_house.get("lee", "/rate_cards", only="1", include="effective_rate_card_version").json()
        assert told["rate_cards"]["1"]["effective_rate_card_version_id"] == version


@pytest.mark.parametrize(
    ("part", "cards", "roles"),
    [
        ("ada", {1, 2}, {1, 2}),  # access: administrators read the rates of roles
        ("lee", {1, 2}, set()),  # project lead or above reads cards
        ("vera", {1, 2}, set()),
        ("kim", set(), set()),
        ("cleo", set(), set()),
        ("nora", set(), set()),
        ("fred", set(), set()),  # an administrator at home, where there are none
        ("otto", {1, 2, 3}, {1, 2, 3}),
    ],
)
def test_who_sees_rate_cards(still_house, part, cards, roles):
    assert set(listed(still_house, part, "rate_cards")) == cards
    assert set(listed(still_house, part, "rate_card_roles")) == roles
    for id_ in range(1, 6):
        answer = still_house.get(part, f"/rate_card_roles/{id_}")
        assert answer.status_code == (200 if id_ in roles else 404)
    include = "rate_card_set,rate_card_versions,effective_rate_card_version,rate_card_version,role"
    if part != "otto":
        for name in ("rate_cards", "rate_card_roles"):
            assert CANARY not in still_house.get(part, f"/{name}", only="1,2,3,4", include=include).text


def test_a_card_is_not_shown_by_itself(still_house):
    assert still_house.get("ada", "/rate_cards/1").status_code == 404  # endpoints: list and create


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, [1, 2]),
        ({"active": "true"}, [1]),  # published only
        ({"active": "false"}, [1, 2]),
        ({"currencies": "EUR"}, [2]),
        ({"currencies": "EUR,USD"}, [1, 2]),
        ({"currencies": "eur"}, []),
        ({"rate_card_set_id": "2"}, [2]),
        ({"rate_card_set_id": "3"}, []),
        ({"matching": "STAND"}, [1]),  # set title contains
        ({"matching": "rates"}, [2]),
        ({"matching": "%"}, []),
        ({"matching_title_or_currency": "usd"}, [1]),
        ({"matching_title_or_currency": "agency"}, [2]),
        ({"matching_title_or_currency": "a"}, [1, 2]),
        ({"created_after": "2026-01-06"}, []),
        ({"created_before": "2026-01-06"}, [1, 2]),
        ({"updated_after": "2026-01-06"}, []),
        ({"updated_before": "2026-01-06"}, [1, 2]),
        ({"order": "created_at"}, [1, 2]),
        ({"order": "created_at:desc"}, [1, 2]),  # made at once: ties by id
    ],
    ids=str,
)
def test_cards_are_narrowed_and_sorted(still_house, parameters, expected):
    assert listed(still_house, "lee", "rate_cards", **parameters) == expected


def test_the_rate_of_a_role_is_shown_whole(still_house):
    told = still_house.get("ada", "/rate_card_roles/2", include="rate_card_version,role").json()
    assert told["rate_card_roles"]["2"] == {"id": "2", "rate": 8_500, "rate_card_version_id": "2", "role_id": "1"}
    assert (set(told["rate_card_versions"]), set(told["roles"])) == ({"2"}, {"1"})


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"rate_card_version_id": "1"}, [1]),
        ({"rate_card_version_id": "3"}, []),
        ({"with_role_ids": "1,2"}, [1, 2]),
        ({"with_role_ids": "2"}, []),
        ({"created_after": "2026-01-06"}, []),
        ({"created_before": "2026-01-06"}, [1, 2]),
        ({"updated_after": "2026-01-06"}, []),
        ({"updated_before": "2026-01-06"}, [1, 2]),
        ({"order": "created_at:asc"}, [1, 2]),
    ],
    ids=str,
)
def test_rates_of_roles_are_narrowed_and_sorted(still_house, parameters, expected):
    assert listed(still_house, "ada", "rate_card_roles", **parameters) == expected


def test_the_value_of_a_card_is_read_where_it_is_side_loaded(still_house):
    told = still_house.get("ada", "/rate_card_roles", include="rate_card_version").json()
    assert {each["default_rate"] for each in told["rate_card_versions"].values()} == {7_000, 7_500}
