"""Declarations check themselves when the program starts, and the engine keeps accounts apart."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from timewright import tables as t
from timewright.actor import people
from timewright.presenting import load
from timewright.presenting.ask import Ask, ask, names
from timewright.presenting.declare import Order
from timewright.presenting.kinds import Wire
from timewright.presenting.registry import Registry
from timewright.resources import REGISTRY
from timewright.tokens import hashed

ENTRIES, USERS = REGISTRY["time_entries"], REGISTRY["users"]


def actor_of(house, part):
    token_hash = hashed(house.world.tokens[part])
    with house.database.read() as tx:
        return people(tx, "token_hash", [token_hash]).actors[token_hash]


def test_a_field_declared_twice_is_refused():
    with pytest.raises(ValueError, match="declares the field"):
        replace(ENTRIES, fields=(*ENTRIES.fields, ENTRIES.fields[0]))


def test_a_default_order_that_is_not_declared_is_refused():
    with pytest.raises(ValueError, match="default order"):
        replace(ENTRIES, default_order=("nothing", "asc"))


def test_an_include_that_leads_nowhere_is_refused():
    with pytest.raises(ValueError, match="leads nowhere"):
        Registry([ENTRIES])
    (user,) = [each for each in ENTRIES.includes if each.name == "user"]
    with pytest.raises(ValueError, match="column that is not there"):
        Registry(
            [replace(ENTRIES, includes=(replace(user, column="nothing", always=False),)), replace(USERS, includes=())]
        )


def test_an_order_declared_twice_is_refused():
    order = Order(name="date_performed", column=t.time_entries.c.id, sentence="By id.")
    with pytest.raises(ValueError, match="declares the order"):
        replace(ENTRIES, orders=(*ENTRIES.orders, order))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, []), ("", []), ("a", ["a"]), ("a, b ,,c", ["a", "b", "c"]), (["a", "b,c"], ["a", "b", "c"]),
        ('["a","b"]', ["a", "b"]), (['["a","b"]'], ["a", "b"]), ("[broken", []), (5, []), ([1, "a"], ["a"]),
    ],
)  # fmt: skip
def test_names_are_read_in_each_way(value, read):
    assert names(value) == read


def test_an_ask_knows_what_it_did_not_know():
    asked = ask(ENTRIES, {"include": "user,nope", "order": "x:asc", "optional_fields": "y", "z": 1}, Wire())
    assert asked.unknown == ("nope", "y", "x:asc", "z")
    assert [each.name for each in asked.includes] == ["user"]


def test_rows_of_two_accounts_with_the_same_ids_are_kept_apart(still_house):
    """A look-up that forgot the account would show Otto's rows to Ada, or hers to him."""
    actors = {part: actor_of(still_house, part) for part in ("ada", "otto")}
    with still_house.database.read() as tx:
        for part, actor in actors.items():
            page = load.index(tx, actor, REGISTRY, ENTRIES, Ask(includes=ENTRIES.includes, per_page=200, limit=200))
            home = still_house.world.users[part]["account_id"]
            assert {record.row["account_id"] for record in page.records} == {home}
            for section in page.sections.values():
                for record in section.values():
                    assert record.row.get("account_id", home) in {home, still_house.world.users["fred"]["account_id"]}
                    assert (
                        "account_id" not in record.resource.table.primary_key.columns
                        or record.row["account_id"] == home
                    )
        ids = [row["id"] for row in tx.rows(sa.select(t.time_entries.c.id).where(t.time_entries.c.account_id == 1))]
        theirs = [row["id"] for row in tx.rows(sa.select(t.time_entries.c.id).where(t.time_entries.c.account_id == 2))]
    assert set(ids) & set(theirs)
