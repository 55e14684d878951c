"""Two connections and a barrier: what a decision rests on does not change before it is stored."""

import threading
from datetime import date

import pytest
import sqlalchemy as sa

from tests.conftest import House
from timewright import tables as t
from timewright.actor import Actor
from timewright.database import Database
from timewright.errors import Forbidden, Invalid, Unauthenticated
from timewright.presenting.body import Wanted
from timewright.resources import time_entry_facts
from timewright.resources import time_entry_verbs as verbs
from timewright.wishes import Accepted, Wish

WAIT = 0.15
"""How long somebody who should wait is watched, in seconds."""


def _wish(house: House) -> Wish:
    """A wish of Kim's whose decision rests on a row of every kind."""
    world = house.world
    with house.database.read() as tx:
        token_id = tx.one(sa.select(t.tokens.c.id).where(t.tokens.c.user_id == world.users["lee"]["id"]))["id"]
    lee = world.users["lee"]["id"]
    actor = Actor(lee, world.account["id"], (world.account["id"],), "project_lead", False, token_id, True, True)
    values = {
        "workspace_id": world.workspaces["card"]["id"],
        "date_performed": date(2026, 2, 2),
        "time_in_minutes": 30,
        "user_id": world.users["kim"]["id"],
        "role_id": world.roles["engineer"]["id"],
        "story_id": world.stories["card"]["id"],
        "location": "Office",
    }
    return Wish(verb=verbs.create, actor=actor, wanted=[Wanted(0, values, ())], operation_id="barrier")


def _touch(tx, house: House, table: sa.Table) -> None:
    """Change the row of a table that the decision rests on, to what it is."""
    account, world = house.world.account["id"], house.world
    where = {
        "accounts": t.accounts.c.id == account,
        "tokens": t.tokens.c.user_id == world.users["lee"]["id"],
        "users": t.users.c.id == world.users["kim"]["id"],
        "account_people": t.account_people.c.user_id == world.users["lee"]["id"],
        "account_memberships": t.account_memberships.c.user_id == world.users["kim"]["id"],
        "workspaces": t.workspaces.c.id == world.workspaces["card"]["id"],
        "participations": t.participations.c.user_id == world.users["kim"]["id"],
        "roles": t.roles.c.id == world.roles["engineer"]["id"],
        "account_locations": t.account_locations.c.name == "Office",
        "stories": t.stories.c.id == world.stories["card"]["id"],
        "assignments": t.assignments.c.story_id == world.stories["card"]["id"],
    }.get(table.name, sa.true())
    column = table.c.get("updated_at", table.c.get("created_at"))
    assert tx.execute(sa.update(table).where(where).values({column.name: column})) > 0


@pytest.fixture
def beside(house):
    """A second connection to the same database, as another process would have it."""
    database = Database(house.database.url)
    yield database
    database.close()


@pytest.mark.parametrize("name", time_entry_facts.CREATE_RESTS_ON)
def test_what_a_create_rests_on_waits_for_it(house, beside, name):
    done = threading.Event()

    def change():
        with beside.write() as tx:
            _touch(tx, house, t.metadata.tables[name])
        done.set()

    other = threading.Thread(target=change)
    with house.database.write() as tx:
        (outcome,) = verbs.create(tx, [_wish(house)])
        assert isinstance(outcome, Accepted)
        other.start()
        assert not done.wait(WAIT), f"{name} changed under a decision that rests on it"
    other.join(5)
    assert done.is_set()


def _archive(tx, house):
    tx.execute(
        sa.update(t.workspaces).where(t.workspaces.c.account_id == house.world.account["id"]).values(archived=True)
    )


def _lock(tx, house):
    change = sa.update(t.accounts).where(t.accounts.c.id == house.world.account["id"])
    tx.execute(change.values(lock_date=date(2026, 2, 28)))


def _revoke(tx, house):
    tx.execute(sa.update(t.tokens).values(revoked_at=t.tokens.c.created_at))


def _remove_lee(tx, house):
    tx.execute(sa.delete(t.participations).where(t.participations.c.user_id == house.world.users["lee"]["id"]))


def _remove_kim(tx, house):
    tx.execute(sa.delete(t.participations).where(t.participations.c.user_id == house.world.users["kim"]["id"]))


def _delete_story(tx, house):
    tx.execute(sa.update(t.stories).values(deleted_at=t.stories.c.created_at))


@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    [
        (_archive, Invalid, "workspace_id"),
        (_lock, Invalid, "date_performed"),
        (_revoke, Unauthenticated, None),
        (_remove_lee, Invalid, "workspace_id"),
        (_remove_kim, Invalid, "user_id"),
        (_delete_story, Invalid, "story_id"),
    ],
)
def test_a_create_waits_for_a_change_under_way_and_obeys_it(house, beside, change, refusal, field):
    outcomes = []

    def log_time():
        with house.database.write() as tx:
            outcomes.extend(verbs.create(tx, [_wish(house)]))

    wishing = threading.Thread(target=log_time)
    with beside.write() as tx:
        change(tx, house)
        wishing.start()
        wishing.join(WAIT)
        assert outcomes == [], "a create decided while its facts were changing"
    wishing.join(5)
    (outcome,) = outcomes
    assert isinstance(outcome, refusal)
    if field is not None:
        assert [fault.field for fault in outcome.faults] == [field]
    assert house.rows(sa.select(t.time_entries).where(t.time_entries.c.operation_id == "barrier")) == []


def test_a_create_holds_its_rows_in_the_declared_order(house):
    with house.statements() as seen, house.database.write() as tx:
        verbs.create(tx, [_wish(house)])
    read = [name.removeprefix("read ") for name in seen if name.startswith("read ")]
    # The versions of a rate card and the days they begin are one statement that holds both.
    expected = [name for name in time_entry_facts.CREATE_RESTS_ON if name != "rate_card_set_versions"]
    assert read[-len(expected) :] == expected


def test_a_forbidden_wish_rests_on_the_same_rows(house):
    wish = _wish(house)
    cleo = house.world.users["cleo"]["id"]
    with house.database.read() as tx:
        token_id = tx.one(sa.select(t.tokens.c.id).where(t.tokens.c.user_id == cleo))["id"]
    actor = Actor(cleo, wish.actor.account_id, wish.actor.account_ids, None, False, token_id, True, True)
    with house.database.write() as tx:
        (outcome,) = verbs.create(tx, [Wish(verb=verbs.create, actor=actor, wanted=wish.wanted, operation_id="x")])
    assert isinstance(outcome, Forbidden)
