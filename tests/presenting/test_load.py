"""Pages read from a database: includes, glimpses, sums, and two accounts in which the same ids stand."""

import contextlib
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from tests import cast
from tests.builders import Builder
from tests.conftest import House
from timewright import migrations
from timewright import tables as t
from timewright.actor import people
from timewright.database import Database
from timewright.presenting import load
from timewright.presenting.ask import ask
from timewright.presenting.declare import Include
from timewright.presenting.kinds import Wire
from timewright.resources import REGISTRY
from timewright.tables import MOST_CENTS, MOST_MINUTES
from timewright.tokens import hashed

ENTRIES, STORIES, USERS, WORKSPACES = (REGISTRY[name] for name in ("time_entries", "stories", "users", "workspaces"))
EVERYTHING = {"per_page": 200, "from_archived_workspaces": "true", "on_my_account": "false"}


def actor_of(house, part):
    token_hash = hashed(house.world.tokens[part])
    with house.database.read() as tx:
        return people(tx, "token_hash", [token_hash]).actors[token_hash]


def index(house, part, resource=ENTRIES, **parameters):
    with house.database.read() as tx:
        return load.index(tx, actor_of(house, part), REGISTRY, resource, ask(resource, parameters, Wire()))


def show(house, part, resource, id_, **parameters):
    with house.database.read() as tx:
        return load.show(tx, actor_of(house, part), REGISTRY, resource, id_, ask(resource, parameters, Wire()))


def keys(records):
    return {record.resource.key(record.row) for record in records}


def entry(page, made):
    (found,) = [record for record in page.records if record.row["id"] == made["id"]]
    return found


# Two accounts with the same ids -------------------------------------------------------------------


def test_the_house_holds_the_same_ids_twice(still_house):
    for table in (t.time_entries, t.stories, t.workspaces, t.roles, t.timesheet_submissions, t.external_references):
        rows = still_house.rows(sa.select(table.c.account_id, table.c.id))
        mine, theirs = ({row["id"] for row in rows if row["account_id"] == account} for account in (1, 2))
        assert mine & theirs, table.name


@pytest.mark.parametrize("part", ["ada", "kim", "otto"])
@pytest.mark.parametrize("name", ["time_entries", "stories", "workspaces"])
def test_a_page_and_all_its_side_loads_are_of_one_account(still_house, part, name):
    resource = REGISTRY[name]
    home = still_house.world.users[part]["account_id"]
    asked = {"include": ",".join(each.name for each in resource.includes), "apply_default_filters": "0"}
    page = index(still_house, part, resource, per_page=200, **asked)
    assert page.count == len(page.records) > 0
    assert {key[0] for key in keys(page.records)} == {home}
    for section, records in page.sections.items():
        if REGISTRY[section].is_tenant:
            assert {key[0] for key in records} <= {home}, section


@pytest.mark.parametrize("name", ["time_entries", "stories", "workspaces"])
def test_an_id_of_both_accounts_is_shown_as_the_callers_own(still_house, name):
    for part in ("ada", "otto"):
        page = show(still_house, part, REGISTRY[name], 1, apply_default_filters="0")
        assert keys(page.records) == {(still_house.world.users[part]["account_id"], 1)}
    # 15 stands in the other account only.
    assert show(still_house, "ada", REGISTRY[name], 15, apply_default_filters="0") is None
    assert show(still_house, "otto", REGISTRY[name], 15, apply_default_filters="0") is not None


def test_only_finds_ids_of_the_callers_own_account(still_house):
    ids = ",".join(map(str, range(1, 30)))
    mine = index(still_house, "otto", only=ids)
    assert keys(mine.records) == {(2, number) for number in range(1, 16)}
    assert {key[0] for key in keys(index(still_house, "ada", only=ids, **EVERYTHING).records)} == {1}


@pytest.fixture
def straddling(house):
    """Kim stands in the other account as well, and logs there on a task whose number is another one at home."""
    world, other = house.world, house.world.other
    with house.database.write() as tx:
        make = Builder(tx)
        kim = world.users["kim"]
        make.stands_in(other.account, kim)
        make._last["participations", 2] = make._last["time_entries", 1] = make._last["time_entries", 2] = 900
        make._last["external_references", 1] = make._last["external_references", 2] = 900
        for number in ("1", "2"):
            make.participation(other.workspaces[number], kim)
        role = {"id": 1, "account_id": 1}
        here = make.entry(world.workspaces["main"], kim, id=901, story_id=1, role_id=role["id"])
        there = make.entry(other.workspaces["2"], kim, id=902, story_id=2, role_id=2)
        make.reference("TimeEntry", {"account_id": 1, "id": 901}, "here")
        make.reference("TimeEntry", {"account_id": 2, "id": 901}, "nobody's")
        make.reference("TimeEntry", {"account_id": 2, "id": 902}, "there")
    return house, here, there


def test_ids_and_accounts_are_asked_for_as_pairs(straddling):
    """Story 1 at home and story 2 in the other account: not story 2 at home, nor story 1 in the other."""
    house, here, there = straddling
    page = index(house, "kim", only="901,902", include="story,workspace,role,external_references", **EVERYTHING)
    assert keys(page.records) == {(1, 901), (2, 902)}
    assert set(page.sections["stories"]) == {(1, 1), (2, 2)}
    assert set(page.sections["workspaces"]) == {(1, 1), (2, 2)}
    assert set(page.sections["roles"]) == {(1, 1), (2, 2)}
    references = page.sections["external_references"]
    assert {record.row["service_name"] for record in references.values()} == {"here", "there"}
    for made, service in ((here, "here"), (there, "there")):
        ids = entry(page, made).members["external_reference_ids"]
        assert [references[made["account_id"], id_].row["service_name"] for id_ in ids] == [service]


def test_a_list_is_of_the_home_account_unless_the_others_are_asked_for(straddling):
    house, _, there = straddling
    assert {key[0] for key in keys(index(house, "kim", per_page=200).records)} == {1}
    assert show(house, "kim", ENTRIES, there["id"]) is None
    assert show(house, "kim", ENTRIES, there["id"], on_my_account="false") is not None


# Includes -----------------------------------------------------------------------------------------


def test_every_include_of_an_entry_leads_where_it_should(still_house):
    world = still_house.world
    names = [each.name for each in ENTRIES.includes]
    page = index(still_house, "ada", include=",".join(names), **EVERYTHING)
    assert len(names) == 8
    assert {name: {key[-1] for key in records} for name, records in page.sections.items()} == {
        "timesheet_submissions": {made["id"] for made in world.submissions.values()},
        "external_references": {world.references[name]["id"] for name in ("plain", "second", "hidden")},
        "invoices": {world.invoices["new"]["id"]},
        "roles": {world.roles["engineer"]["id"]},
        "stories": {world.stories["task"]["id"], world.stories["hidden"]["id"]},
        "users": {world.users[name]["id"] for name in ("ada", "lee", "kim", "max", "eve")},
        "workspaces": {world.workspaces[name]["id"] for name in ("main", "archived", "hidden")},
    }
    members = entry(page, world.entries["plain"]).members
    assert members == {
        "active_submission_id": None, "recent_submission_id": None, "external_reference_ids": [1, 2],
        "invoice_id": None, "role_id": None, "story_id": None, "user_id": 3, "workspace_id": 1,
    }  # fmt: skip
    assert entry(page, world.entries["pending"]).members["external_reference_ids"] == []


def test_what_was_not_asked_for_is_not_loaded(still_house):
    page = index(still_house, "ada", include="role")
    assert set(page.sections) == {"roles"}
    assert set(page.records[0].members) == {"role_id"}
    assert index(still_house, "ada").sections == {}


def test_an_include_of_the_same_kind_is_a_section_of_its_own_list(still_house):
    page = index(still_house, "kim", STORIES, only="8", include="parent,sub_stories")
    assert [record.row["id"] for record in page.records] == [8]
    assert set(page.sections["stories"]) == {(1, 1)}
    assert page.records[0].members == {"parent_id": 1, "sub_story_ids": []}
    above = index(still_house, "kim", STORIES, only="1", include="sub_stories")
    assert above.records[0].members == {"sub_story_ids": [8]}


def test_side_loaded_records_have_no_optional_fields_and_no_members_of_their_own(still_house):
    page = index(still_house, "ada", include="workspace,user,story", optional_fields="location_id")
    assert all(record.optional_fields == {"location_id"} for record in page.records)
    for records in page.sections.values():
        for record in records.values():
            assert (record.optional_fields, record.members) == (frozenset(), {})


def test_a_batched_field_is_read_of_side_loaded_records_too(still_house):
    page = index(still_house, "kim", only=str(still_house.world.entries["story"]["id"]), include="story")
    (story,) = page.sections["stories"].values()
    assert {key: below.depth for key, below in story.batched["subtree_depth"].items()} == {(1, 1): 1}


def test_records_out_of_sight_are_left_out_while_the_bare_id_stays(still_house):
    # Kim may not see invoices; the one on the entry stays on it by its number.
    page = index(still_house, "kim", include="invoice")
    assert page.sections["invoices"] == {}
    assert entry(page, still_house.world.entries["invoiced"]).members == {
        "invoice_id": still_house.world.invoices["new"]["id"]
    }


def test_default_filters_of_a_list_do_not_cut_side_loads(still_house):
    page = index(still_house, "kim", include="workspace", **EVERYTHING)
    archived = still_house.world.workspaces["archived"]["id"]
    assert (1, archived) in page.sections["workspaces"]
    assert show(still_house, "kim", WORKSPACES, archived) is None


# Glimpses -----------------------------------------------------------------------------------------


def test_a_person_out_of_sight_is_glimpsed_where_the_declaration_says_so(still_house):
    eve, lee = (still_house.world.users[name]["id"] for name in ("eve", "lee"))
    page = index(still_house, "lee", include="user", **EVERYTHING)
    told = {key[0]: record.glimpse for key, record in page.sections["users"].items()}
    assert told[eve] == ("full_name",)
    assert told[lee] is None
    assert show(still_house, "lee", USERS, eve, apply_default_filters="0") is None


def test_a_person_glimpsed_through_one_include_is_not_shown_whole_through_another(still_house):
    maker = Include(name="maker", target="users", member="maker_id", column="created_by_id", sentence="Who made it.")
    (user,) = [each for each in ENTRIES.includes if each.name == "user"]
    asked = ask(ENTRIES, {"with_user_ids": str(still_house.world.users["eve"]["id"])}, Wire())
    for includes in ((user, maker), (maker, user), (maker,)):
        with still_house.database.read() as tx:
            page = load.index(tx, actor_of(still_house, "lee"), REGISTRY, ENTRIES, replace(asked, includes=includes))
        told = [record.glimpse for record in page.sections["users"].values()]
        assert told == ([("full_name",)] if user in includes else [])
        assert page.records[0].members["maker_id"] == still_house.world.users["eve"]["id"]


# Sums ---------------------------------------------------------------------------------------------


def test_the_worth_of_a_timesheet_is_exact_however_large(house):
    world = house.world
    kim, main = world.users["kim"], world.workspaces["main"]
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["time_entries", 1] = make._last["timesheet_submissions", 1] = 900
        submission = make.submission(main, kim, title="Large")
        for number in range(200):
            made = make.entry(
                main, kim, rate_in_cents=MOST_CENTS - number, time_in_minutes=MOST_MINUTES - number,
                date_performed=date(2026, 3, 1), active_submission_id=submission["id"],
                recent_submission_id=submission["id"],
            )  # fmt: skip
            make.holds(submission, made)
    page = index(house, "lee", only="901", include="active_submission")
    (told,) = page.sections["timesheet_submissions"].values()
    exact = sum((MOST_CENTS - n) * (MOST_MINUTES - n) for n in range(200))
    assert told.row["line_item_total_in_cents"] == exact
    assert type(told.row["line_item_total_in_cents"]) is int
    shown = house.get("lee", "/time_entries", only="901", include="active_submission").json()
    (sheet,) = shown["timesheet_submissions"].values()
    assert sheet["line_item_total_in_cents"] == (2 * exact + 60) // 120


# Order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["start_date", "due_date"])
@pytest.mark.parametrize("name", ["workspaces", "stories"])
def test_what_has_no_day_comes_before_what_has_one_on_every_engine(house, name, order):
    """Ascending the unset come first, descending last: a page holds the same rows on SQLite and PostgreSQL."""
    resource = REGISTRY[name]
    with house.database.write() as tx:
        for id_, day in ((1, date(2026, 3, 1)), (2, date(2026, 2, 1))):
            where = (resource.table.c.account_id == 1, resource.table.c.id == id_)
            tx.execute(sa.update(resource.table).where(*where).values({order: day}))
    ids = [record.row["id"] for record in index(house, "kim", resource, order=f"{order}:asc", per_page=200).records]
    assert ids[-2:] == [2, 1]
    ids = [record.row["id"] for record in index(house, "kim", resource, order=f"{order}:desc", per_page=200).records]
    assert ids[:2] == [1, 2]


@contextlib.contextmanager
def speaking_english(engine):
    """An empty database whose own order of letters is that of a language, as most clusters are made."""
    if not hasattr(engine, "_statement"):
        with engine.bare() as database:
            yield database
        return
    engine._statement("CREATE DATABASE speaks_english TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
    database = Database(engine.url("speaks_english"))
    try:
        yield database
    finally:
        database.close()
        engine._statement("DROP DATABASE speaks_english WITH (FORCE)")


def test_names_are_sorted_alike_on_every_engine_whatever_its_language(engine):
    with speaking_english(engine) as database:
        migrations.upgrade(database)
        world = cast.build(database)
        with database.write() as tx:
            for id_, name in ((1, "beta"), (2, "Alpha"), (3, "alpha"), (4, "Beta"), (7, "Ähre")):
                tx.execute(sa.update(t.users).where(t.users.c.id == id_).values(full_name=name))
        page = index(House(database, world, None), "kim", USERS)
    names = [record.row["full_name"] for record in page.records]
    assert names == ["Alpha", "Beta", "Fred Freelance", "alpha", "beta", "Ähre"]


def test_ties_are_broken_by_ascending_ids_in_both_directions(still_house):
    for order in ("created_at:asc", "created_at:desc", "updated_at:asc", "updated_at:desc"):
        page = index(still_house, "ada", order=order, **EVERYTHING)
        ids = [record.row["id"] for record in page.records]
        assert ids == sorted(ids)


# Filters at the ends of what they take ------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    [
        {"workspace_id": str(2**63 - 1)}, {"workspace_id": str(-(2**63))}, {"workspace_ids": f"{-(2**63)},{2**63 - 1}"},
        {"only": ",".join(str(2**63 - 1 - n) for n in range(1_500))}, {"offset": str(10**30), "limit": "1"},
        {"page": str(10**30)}, {"created_after": "9999-12-31T23:59:59.999999Z"}, {"created_before": "0001-01-01"},
        {"date_performed_between": "9999-12-31:"}, {"date_performed_between": ":0001-01-01"},
        {"with_user_ids": ",".join(map(str, range(100_000, 110_000)))},
    ],
    ids=lambda parameters: next(iter(parameters)),
)  # fmt: skip
def test_values_at_the_ends_find_nothing_and_break_nothing(still_house, parameters):
    assert list(index(still_house, "ada", **parameters).records) == []


# What was written ---------------------------------------------------------------------------------


def test_what_was_written_is_shown_like_the_list_and_not_cut_by_it(straddling):
    house, here, there = straddling
    rows = [{"account_id": made["account_id"], "id": made["id"]} for made in (there, here)]
    asked = ask(ENTRIES, {"per_page": "1", "include": "workspace"}, Wire())
    with house.database.read() as tx:
        page = load.written(tx, actor_of(house, "kim"), REGISTRY, ENTRIES, rows, asked)
    assert [record.row["id"] for record in page.records] == [901, 902]
    assert (page.count, page.page_size) == (2, 2)
    assert set(page.sections["workspaces"]) == {(1, 1), (2, 2)}


def test_a_written_row_that_its_caller_no_longer_sees_is_left_out(still_house):
    hidden, plain = (still_house.world.entries[name] for name in ("hidden", "plain"))
    rows = [{"account_id": 1, "id": made["id"]} for made in (hidden, plain)]
    with still_house.database.read() as tx:
        page = load.written(tx, actor_of(still_house, "kim"), REGISTRY, ENTRIES, rows, ask(ENTRIES, {}, Wire()))
    assert keys(page.records) == {(1, plain["id"])}
