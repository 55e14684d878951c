"""Search: the same rows in the same order on every engine, whatever the letters."""

import random

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from tests.test_query_plans import is_embedded, plans
from timewright import tables as t
from timewright.database import sought

NAMES = [
    "Harbour",
    "harbour at 100%",
    "Old HARBOUR",
    "Größe_x",
    "GRÖSSE",
    "Νίκος",
    "ΝΊΚΟΣ",
    "Ünal [a]*?",
    "ünal\\b ]^-",
    "Петров (x|y).+",
    "пЕТРОВ",
    "\u212aelvin",
    "東京 office",
]


def found(database, text):
    condition, rank = sought(text, t.accounts.c.name)
    statement = sa.select(t.accounts.c.name).where(condition).order_by(rank, t.accounts.c.id)
    with database.read() as tx:
        return [row["name"] for row in tx.rows(statement)]


@pytest.fixture
def named(empty_database):
    with empty_database.write() as tx:
        make = Builder(tx)
        for name in NAMES:
            make.account(name=name)
    return empty_database


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("harbour", ["Harbour", "harbour at 100%", "Old HARBOUR"]),
        ("HARBOUR", ["Harbour", "harbour at 100%", "Old HARBOUR"]),
        ("old", ["Old HARBOUR"]),
        ("100%", ["harbour at 100%"]),
        ("%", ["harbour at 100%"]),
        ("_", ["Größe_x"]),
        ("h_rbour", []),
        ("größe", ["Größe_x"]),
        ("GRÖẞE", ["Größe_x"]),
        ("grösse", ["GRÖSSE"]),
        ("groesse", []),
        ("νίκος", ["Νίκος", "ΝΊΚΟΣ"]),
        ("νίκοσ", ["Νίκος", "ΝΊΚΟΣ"]),
        ("ΝΊΚΟΣ", ["Νίκος", "ΝΊΚΟΣ"]),
        ("ünal", ["Ünal [a]*?", "ünal\\b ]^-"]),
        ("ÜNAL [A]*?", ["Ünal [a]*?"]),
        ("[a]", ["Ünal [a]*?"]),
        ("*", ["Ünal [a]*?"]),
        ("?", ["Ünal [a]*?"]),
        ("\\", ["ünal\\b ]^-"]),
        ("Ünal\\B ]^-", ["ünal\\b ]^-"]),
        ("петров", ["Петров (x|y).+", "пЕТРОВ"]),
        ("петров (X|Y).+", ["Петров (x|y).+"]),
        ("kelvin", []),  # the sign of the kelvin is no plain letter
        ("\u212aELVIN", ["\u212aelvin"]),
        ("東京", ["東京 office"]),
        ("京 OFF", ["東京 office"]),
        ("'", []),
    ],
)
def test_a_text_is_found_in_small_letters_and_capitals_and_at_the_beginning_first(named, text, expected):
    assert found(named, text) == expected


def _folded(text):
    return [each.lower() if each.isascii() else each.casefold() for each in text]


def _stands_in(text, name):
    wanted, letters = _folded(text), _folded(name)
    return any(letters[at : at + len(wanted)] == wanted for at in range(len(letters)))


def test_what_is_found_is_what_folds_alike(named):
    chance = random.Random(1)
    letters = sorted(set("".join(NAMES)))
    for _ in range(200):
        name = chance.choice(NAMES)
        begin = chance.randrange(len(name))
        cut = name[begin : begin + chance.randint(1, 5)]
        text = "".join(chance.choice((each, each.lower(), each.upper()[:1], chance.choice(letters))) for each in cut)
        expected = [each for each in NAMES if _stands_in(text, each)]
        first = [each for each in expected if _folded(each)[: len(text)] == _folded(text)]
        assert found(named, text) == first + [each for each in expected if each not in first], text


def test_nothing_stands_in_what_is_not_there(house):
    condition, rank = sought("engineer", t.users.c.headline)
    with house.database.read() as tx:
        assert tx.rows(sa.select(t.users.c.id).where(condition).order_by(rank)) == []


def listed(house, part, path, **parameters):
    told = house.get(part, path, **parameters).json()
    key = path.strip("/")
    return [told[key][each["id"]] for each in told["results"]]


def names(house, part, **parameters):
    return [each["full_name"] for each in listed(house, part, "/users", **parameters)]


@pytest.fixture
def searched(house):
    with house.database.write() as tx:
        make = Builder(tx)
        make._last.update({("users", 0): 500, ("workspaces", 1): 500, ("stories", 1): 500, ("participations", 1): 500})
        account, main, ada = house.world.account, house.world.workspaces["main"], house.world.users["ada"]
        for name in ("Aram Leesen", "Zoë Ünal", "Leevi ÜNAL", "Bo Lee"):
            make.participation(main, make.user(account, name))
        for title in ("A harbour", "Harbour, again", "Größe"):
            make.participation(make.workspace(account, ada, title), ada, "admin")
            make.story(main, ada, title)
    return house


# README, search: by relevance, which here is who begins with it, then the order of the list


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"search": "lee"}, ["Lee Example", "Leevi ÜNAL", "Aram Leesen", "Bo Lee"]),
        ({"search": " LEE "}, ["Lee Example", "Leevi ÜNAL", "Aram Leesen", "Bo Lee"]),
        ({"search": "lee", "order": "alphabetical:desc"}, ["Leevi ÜNAL", "Lee Example", "Bo Lee", "Aram Leesen"]),
        ({"search": "lee", "per_page": 1, "page": 2}, ["Leevi ÜNAL"]),
        ({"search": "lee", "limit": 2, "offset": 1}, ["Leevi ÜNAL", "Aram Leesen"]),
        ({"search": "ünal"}, ["Leevi ÜNAL", "Zoë Ünal"]),
        ({"search": "bo.lee@1."}, ["Bo Lee"]),  # the e-mail address too
        ({"search": "nobody"}, []),
        ({"search": "lee", "by_full_name": "example"}, ["Lee Example"]),
        ({"search": "lee", "only": "3"}, ["Kim Example"]),  # README, search: ids win over a search
    ],
)
def test_people_are_searched(searched, parameters, expected):
    assert names(searched, "kim", **parameters) == expected


@pytest.mark.parametrize("path", ["/workspaces", "/stories"])
def test_projects_and_tasks_are_searched_by_title(searched, path):
    assert [each["title"] for each in listed(searched, "ada", path, search="HARBOUR")] == [
        "Harbour, again",
        "A harbour",
    ]
    assert [each["title"] for each in listed(searched, "ada", path, search="größe")] == ["Größe"]


@pytest.mark.parametrize("path", ["/users", "/workspaces", "/stories", "/account_memberships"])
def test_a_search_finds_no_more_than_the_list_shows(searched, path):
    assert searched.get("lee", path, search="canary").json()["count"] == 0
    assert searched.get("otto", path, search="canary-7F3A").json()["count"] > 0


@pytest.mark.parametrize("path", ["/users", "/workspaces", "/stories", "/account_memberships"])
def test_a_blank_search_is_none(still_house, path):
    assert still_house.get("ada", path, search="  ").json() == still_house.get("ada", path).json()


def test_what_no_name_is_as_long_as_is_not_searched_for(still_house):
    assert still_house.get("ada", "/users", search="x" * 255).json()["count"] == 0
    assert still_house.get("ada", "/users", search="x" * 256).status_code == 400


def test_a_search_costs_what_a_list_costs(still_house):
    with still_house.statements() as plain:
        still_house.get("ada", "/users", per_page=200)
    with still_house.statements() as searched:
        still_house.get("ada", "/users", per_page=200, search="KIM")
    assert searched == plain


def test_a_search_reads_one_accounts_rows_alone(house):
    condition, rank = sought("größe", t.stories.c.title)
    statement = sa.select(t.stories).where(t.stories.c.account_id == 1, condition).order_by(rank, t.stories.c.id)
    if is_embedded(house):
        ((_, steps),) = plans(house, [_text(house, statement)])
        assert steps[0].startswith("SEARCH stories USING INDEX")


def _text(house, statement):
    with house.database.read() as tx:
        return str(statement.compile(dialect=tx.connection.dialect))
