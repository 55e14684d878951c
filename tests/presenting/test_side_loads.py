"""Side-loads through pairs of ids, of what works with `only` alone, and of what is not kept here."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from tests.presenting.test_load import WORKSPACES, actor_of, index, keys
from timewright import tables as t
from timewright.presenting import load
from timewright.presenting.ask import ask
from timewright.presenting.declare import Field, Include, Order
from timewright.presenting.envelope import envelope
from timewright.presenting.kinds import Id, Wire
from timewright.presenting.registry import Registry
from timewright.resources import REGISTRY

CARDS, GROUPS = REGISTRY["rate_cards"], REGISTRY["workspace_groups"]
_L = t.workspace_group_workspaces.c


@pytest.fixture
def straddling(house):
    """Kim stands in the other account as well, in the project 2 there, and group 2 there holds project 2 alone.

    At home group 1 holds projects 1 and 3, and group 2 holds project 2.
    """
    other = house.world.other
    with house.database.write() as tx:
        make = Builder(tx)
        make.stands_in(other.account, house.world.users["kim"])
        make._last["participations", 2] = 900
        make.participation(other.workspaces["2"], house.world.users["kim"])
    return house


def test_pairs_of_two_accounts_are_kept_apart(straddling):
    page = index(straddling, "kim", GROUPS, include="workspaces")
    assert keys(page.records) == {(1, 1), (1, 2), (2, 2)}
    members = {record.resource.key(record.row): record.members["workspace_ids"] for record in page.records}
    assert members == {(1, 1): [1, 3], (1, 2): [2], (2, 2): [2]}
    assert set(page.sections["workspaces"]) == {(1, 1), (1, 2), (1, 3), (2, 2)}


def test_an_id_that_is_seen_in_another_account_only_is_not_shown(straddling):
    """Project 2 of the other account is seen; project 2 at home, which Kim has left, is not."""
    of = t.participations.c
    with straddling.database.write() as tx:
        tx.execute(sa.delete(t.participations).where(of.account_id == 1, of.workspace_id == 2, of.user_id == 3))
        tx.insert(t.workspace_group_workspaces, [{"account_id": 1, "workspace_group_id": 1, "workspace_id": 2}])
    page = index(straddling, "kim", GROUPS, include="workspaces")
    members = {record.resource.key(record.row): record.members["workspace_ids"] for record in page.records}
    assert members == {(1, 1): [1, 3], (2, 2): [2]}


def pairs(*order):
    return lambda _: sa.select(_L.account_id, _L.workspace_group_id, _L.workspace_id).order_by(*order)


def including(house, part, include, **parameters):
    resource = replace(GROUPS, includes=(include,))
    with house.database.read() as tx:
        asked = ask(resource, {"include": include.name, **parameters}, Wire())
        return load.index(tx, actor_of(house, part), REGISTRY, resource, asked)


def test_the_first_of_pairs_is_the_first_of_the_select(still_house):
    for order, first in ((_L.workspace_id, 1), (_L.workspace_id.desc(), 3)):
        one = Include(
            name="one", target="workspaces", member="one_id", links=pairs(order), first=True, sentence="One of them."
        )
        page = including(still_house, "kim", one, only="1")
        assert page.records[0].members == {"one_id": first}
        assert set(page.sections["workspaces"]) == {(1, first)}


def test_the_first_of_pairs_stays_as_a_bare_id_when_it_is_out_of_sight(still_house):
    # decisions D5
    one = Include(
        name="one", target="workspaces", member="one_id", links=pairs(_L.workspace_id), first=True, sentence="One."
    )
    page = including(still_house, "lee", one, only="3")
    assert (page.records[0].members, page.sections["workspaces"]) == ({"one_id": 7}, {})


def test_nobody_in_pairs_is_none_or_an_empty_list(still_house):
    many = Include(name="all", target="workspaces", member="all_ids", links=pairs(_L.workspace_id), sentence="All.")
    one = replace(many, name="one", member="one_id", first=True)
    for include, nobody in ((many, []), (one, None)):
        page = including(still_house, "ada", include, only="4")
        assert page.records[0].members == {include.member: nobody}


def test_what_is_not_kept_leads_to_nothing_and_need_not_be_declared(still_house):
    many = Include(name="colours", target="colours", member="colour_ids", absent=True, sentence="None.")
    one = replace(many, name="colour", member="colour_id", first=True)
    for include, nothing in ((many, []), (one, None)):
        Registry([*REGISTRY, replace(GROUPS, includes=(include,))])
        page = including(still_house, "ada", include)
        assert {str(record.members[include.member]) for record in page.records} == {str(nothing)}
        assert page.sections == {}


def test_an_include_that_is_always_there_may_lead_on_from_a_field(still_house):
    name = Field(name="one_id", kind=Id(), nullable=True, sentence="One.", value=lambda row: 7 if row["id"] == 3 else 1)
    one = Include(
        name="one", target="workspaces", member="one_id", links=pairs(_L.workspace_id), first=True, always=True,
        sentence="One of them.",
    )  # fmt: skip
    resource = replace(GROUPS, fields=(*GROUPS.fields, name), includes=(one,))
    for parameters in ({}, {"include": "one"}):
        with still_house.database.read() as tx:
            asked = ask(resource, {"only": "1,3", **parameters}, Wire())
            page = load.index(tx, actor_of(still_house, "ada"), REGISTRY, resource, asked)
        told = envelope(page, Wire())
        assert {id_: each["one_id"] for id_, each in told["workspace_groups"].items()} == {"1": "1", "3": "7"}
        assert set(told.get("workspaces", ())) == ({"1", "7"} if parameters else set())
    with pytest.raises(ValueError, match="declares the field"):
        replace(resource, includes=(replace(one, always=False),))


def test_pairs_need_a_target_that_is_declared():
    lost = Include(name="all", target="nowhere", member="all_ids", links=pairs(_L.workspace_id), sentence="All.")
    with pytest.raises(ValueError, match="leads nowhere"):
        Registry([*REGISTRY, replace(GROUPS, includes=(lost,))])


@pytest.mark.parametrize(
    ("sent", "works"),
    [({"only": "1"}, True), ({"only": "x"}, True), ({"only": ""}, False), ({"only": " "}, False), ({}, False)],
)
def test_some_includes_work_with_only_alone(sent, works):
    # contract README, include: otherwise they are ignored, and known all the same
    asked = ask(CARDS, {"include": "effective_rate_card_version,rate_card_set", **sent}, Wire())
    names = [each.name for each in asked.includes]
    assert names == ["rate_card_set", *(["effective_rate_card_version"] if works else [])]
    assert asked.unknown == ()


def test_fields_that_share_a_batch_are_read_at_once(still_house):
    budgets = [each.batched for each in WORKSPACES.fields if each.batched]
    assert len(budgets) > 1
    assert len(set(budgets)) == 1
    with still_house.statements() as seen:
        still_house.get("ada", "/workspaces")
    assert seen.count("read entries_by_person") == 1


# Orders by what the actor may see -----------------------------------------------------------------

_BY_TITLE_FOR_ADA = Order(
    name="title",
    expression=lambda actor: sa.case((sa.literal(actor.user_id) == 1, t.workspaces.c.title), else_=""),
    sentence="By title.",
)


@pytest.mark.parametrize(("part", "expected"), [("ada", [2, 1, 6, 5, 3]), ("kim", [1, 2, 3, 5, 6])])
def test_an_order_by_what_the_actor_may_see(still_house, part, expected):
    resource = replace(WORKSPACES, orders=(_BY_TITLE_FOR_ADA,), default_order=("title", "desc"))
    with still_house.database.read() as tx:
        asked = ask(resource, {"has_participant": "3"}, Wire())
        page = load.index(tx, actor_of(still_house, part), REGISTRY, resource, asked)
    assert [record.row["id"] for record in page.records] == expected


def test_rows_that_were_written_are_read_again_for_an_order_that_they_do_not_hold(still_house):
    resource = replace(WORKSPACES, fields=WORKSPACES.fields[:1], orders=(_BY_TITLE_FOR_ADA,), default_order=None)
    with still_house.database.read() as tx:
        rows = tx.rows(sa.select(t.workspaces).where(t.workspaces.c.account_id == 1, t.workspaces.c.id.in_([1, 2, 3])))
        by_title = ask(resource, {"order": "title:desc"}, Wire())
        assert not load.is_known(resource, rows, by_title)
        assert load.is_known(resource, rows, ask(resource, {}, Wire()))
        page = load.written(tx, actor_of(still_house, "ada"), REGISTRY, resource, rows, by_title)
        assert [record.row["id"] for record in page.records] == [2, 1, 3]
        # When they cannot be read again they come by id (decisions D10).
        assert [record.row["id"] for record in load.known(resource, rows, by_title).records] == [1, 2, 3]
