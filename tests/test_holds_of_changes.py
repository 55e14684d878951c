"""Two connections and a barrier: what an update or a delete rests on does not change before it is stored, and nobody
else changes the entries meanwhile."""

import threading
from datetime import date

import pytest
import sqlalchemy as sa

from tests import test_holds
from tests.presenting.test_load import actor_of
from timewright import soundness
from timewright import tables as t
from timewright.errors import Invalid, NotFound, Unauthenticated
from timewright.presenting.body import Wanted
from timewright.resources import time_entry_facts
from timewright.resources import time_entry_verbs as verbs
from timewright.wishes import Accepted, Wish, write_set

WAIT, E = test_holds.WAIT, t.time_entries.c
beside = test_holds.beside


def _update(house, **values):
    """A wish of Lee's whose decision rests on a row of every kind: a submitted entry of Kim's."""
    values = {"id": 2, "role_id": 1, "story_id": 1, "location": "Office", "date_performed": date(2026, 1, 7), **values}
    how = {"actor": actor_of(house, "lee"), "wanted": [Wanted(0, values, ())], "operation_id": "barrier"}
    return Wish(verb=verbs.update, **how)


def _delete(house, id_=2):
    how = {"actor": actor_of(house, "lee"), "wanted": [Wanted(0, {"id": id_}, ())], "operation_id": "barrier"}
    return Wish(verb=verbs.delete, **how)


def _touch(tx, house, table, person_id):
    """Change the row of a table that the decision rests on, to what it is."""
    if table.name in {"timesheet_submissions", "time_entries"}:
        of_it = table.c.account_id == 1, table.c.id == (2 if table.name == "time_entries" else 1)
        assert tx.execute(sa.update(table).where(*of_it).values(updated_at=table.c.updated_at)) == 1
    elif table.name in {"workspaces", "stories"}:
        of_it = table.c.account_id == 1, table.c.id == 1
        assert tx.execute(sa.update(table).where(*of_it).values(updated_at=table.c.updated_at)) == 1
    elif table.name in {"users", "account_memberships", "participations"}:
        # A delete rests on who asks alone, a change also on whose entry it is.
        person, column = table.c.get("user_id", table.c.id), table.c.updated_at
        assert tx.execute(sa.update(table).where(person == person_id).values(updated_at=column))
    else:
        test_holds._touch(tx, house, table)


# Without a rate card in the main project nothing of one is read.
_OF_CARDS = {"rate_card_set_versions", "rate_card_versions", "rate_card_roles"}
RESTS_ON = [(_update, name) for name in time_entry_facts.UPDATE_RESTS_ON if name not in _OF_CARDS]
RESTS_ON += [(_delete, name) for name in time_entry_facts.DELETE_RESTS_ON]


@pytest.mark.parametrize(("wished", "name"), RESTS_ON)
def test_what_a_change_rests_on_waits_for_it(house, beside, wished, name):
    done = threading.Event()

    def change():
        with beside.write() as tx:
            if name == "time_entries" and wished is _delete:
                tx.execute(
                    sa.update(t.time_entries).where(E.account_id == 1, E.id == 2).values(updated_at=E.updated_at)
                )
            else:
                _touch(tx, house, t.metadata.tables[name], 2 if wished is _delete else 3)
        done.set()

    wish = wished(house)
    other = threading.Thread(target=change)
    with house.database.write() as tx:
        (outcome,) = wish.verb(tx, [wish])
        assert isinstance(outcome, Accepted), outcome.errors()
        other.start()
        assert not done.wait(WAIT), f"{name} changed under a decision that rests on it"
    other.join(5)
    assert done.is_set()


def _approve(tx):
    tx.execute(sa.update(t.time_entries).where(E.account_id == 1, E.id == 2).values(approved=True))


def _invoice(tx):
    tx.execute(sa.update(t.time_entries).where(E.account_id == 1, E.id == 2).values(invoice_id=1))


def _remove(tx):
    tx.execute(sa.delete(t.timesheet_submission_entries).where(t.timesheet_submission_entries.c.time_entry_id == 2))
    tx.execute(sa.delete(t.time_entries).where(E.account_id == 1, E.id == 2))


def _lock(tx):
    tx.execute(sa.update(t.accounts).where(t.accounts.c.id == 1).values(lock_date=date(2026, 2, 28)))


def _revoke(tx):
    tx.execute(sa.update(t.tokens).values(revoked_at=t.tokens.c.created_at))


def _demote(tx):
    tx.execute(sa.delete(t.participations).where(t.participations.c.user_id == 2))


def _move(tx):
    """To a project where Lee takes no part: the facts of the wish were of another one."""
    elsewhere = {"workspace_id": 7, "story_id": None, "active_submission_id": None}
    tx.execute(sa.update(t.time_entries).where(E.account_id == 1, E.id == 2).values(**elsewhere))


@pytest.mark.parametrize("wished", [_update, _delete])
@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    [
        (_approve, Invalid, "base"),
        (_invoice, Invalid, "base"),
        (_remove, NotFound, None),
        (_lock, Invalid, "date_performed"),
        (_revoke, Unauthenticated, None),
        (_demote, NotFound, None),
        (_move, NotFound, None),
    ],
)
def test_a_change_waits_for_another_under_way_and_obeys_it(house, beside, wished, change, refusal, field):
    outcomes = []
    wish = wished(house)

    def carry_out():
        outcomes.extend(write_set(house.database, [wish]))

    wishing = threading.Thread(target=carry_out)
    with beside.write() as tx:
        change(tx)
        wishing.start()
        wishing.join(WAIT)
        assert outcomes == [], "a change was decided while its facts were changing"
    wishing.join(5)
    (outcome,) = outcomes
    assert isinstance(outcome, refusal), outcome
    if field is not None:
        assert {fault.field for fault in outcome.faults} == {field}
    assert house.rows(sa.select(t.changes).where(t.changes.c.request_id == "barrier")) == []


def test_what_an_entry_came_to_name_meanwhile_is_looked_up(house, beside):
    outcomes = []
    wish = _update(house, story_id=None, date_performed=date(2026, 1, 8))

    def carry_out():
        outcomes.extend(write_set(house.database, [wish]))

    wishing = threading.Thread(target=carry_out)
    with beside.write() as tx:
        elsewhere = {"workspace_id": 3, "active_submission_id": None, "user_id": 2}
        tx.execute(sa.update(t.time_entries).where(E.account_id == 1, E.id == 2).values(**elsewhere))
        wishing.start()
        wishing.join(WAIT)
        assert outcomes == []
    wishing.join(5)
    (outcome,) = outcomes
    assert isinstance(outcome, Accepted)
    # The rate is that of the project and the day in which it now is.
    assert (outcome.rows[0]["workspace_id"], outcome.rows[0]["rate_in_cents"]) == (3, 8_500)


@pytest.mark.parametrize(
    ("wished", "rests_on"), [(_update, time_entry_facts.UPDATE_RESTS_ON), (_delete, time_entry_facts.DELETE_RESTS_ON)]
)
def test_a_change_holds_its_rows_in_the_declared_order(house, wished, rests_on):
    wish = wished(house)
    with house.statements() as seen, house.database.write() as tx:
        wish.verb(tx, [wish])
    read = [name.removeprefix("read ") for name in seen if name.startswith("read ")]
    expected = [name for name in rests_on if name not in _OF_CARDS]
    # Before them the entries are looked at, after them what hangs on them: neither is held.
    assert read[1 : 1 + len(expected)] == expected
    assert read[0] == "time_entries"


def test_changes_of_the_same_entries_from_two_servers_come_out_one_after_the_other(house, beside):
    def change(database, by):
        for number in range(8):
            ids = (1, 4) if (by + number) % 2 else (4, 1)
            wishes = [
                Wish(
                    verb=verbs.update,
                    actor=actors[by],
                    wanted=[Wanted(0, {"id": id_, "notes": f"{by} {number}"}, ())],
                    operation_id=f"{by} {number}",
                )
                for id_ in ids
            ]
            told.extend(write_set(database, wishes))

    told, actors = [], [actor_of(house, "kim"), actor_of(house, "lee")]
    threads = [
        threading.Thread(target=change, args=(database, by)) for by, database in enumerate((house.database, beside))
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert [type(outcome) for outcome in told] == [Accepted] * 32
    lines = house.rows(sa.select(t.changes).where(t.changes.c.account_id == 1).order_by(t.changes.c.id))
    for id_ in (1, 4):
        mine = sorted((row for row in lines if row["subject_id"] == id_), key=lambda row: row["id"])
        assert len(mine) == 16
        # Each began with what the one before left.
        befores, afters = {row["before"] for row in mine[1:]}, {row["after"] for row in mine[:-1]}
        assert befores == afters
    with house.database.read() as tx:
        assert soundness.faults_of_roll_ups(tx) == []
