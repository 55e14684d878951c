"""Roll-ups: whatever is stored, changed, deleted and taken in, a count is the number of rows."""

import contextlib
import random
import threading
import time
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.builders import MADE_AT, Builder
from tests.presenting.test_load import EVERYTHING, actor_of, index
from timewright import rollups
from timewright import tables as t
from timewright.api import upkeep
from timewright.api.app import application
from timewright.database import Database
from timewright.presenting import matching as far_back
from timewright.presenting.ask import ask
from timewright.presenting.kinds import Wire
from timewright.presenting.matching import counting, matching, seen_by
from timewright.resources import REGISTRY
from timewright.settings import Settings
from timewright.soundness import faults_of_roll_ups

ENTRIES = REGISTRY["time_entries"]
E = t.time_entries.c
OPEN = (sa.not_(E.approved), E.invoice_id.is_(None))


@pytest.fixture(autouse=True)
def _without_pause(monkeypatch):
    monkeypatch.setattr(rollups, "_PAUSE_SECONDS", 0)


class Life:
    """What may happen to entries, drawn by chance: on any id, above and below what the roll-ups hold.

    On PostgreSQL entries are also stored below.
    """

    def __init__(self, house, seed, ids):
        self.world, self.chance, self.ids = house.world, random.Random(seed), list(ids)
        self.is_embedded = house.database.is_embedded

    def happen(self, tx):
        self.chance.choice([self.store, self.store, self.change, self.delete])(tx)

    def some(self):
        task = self.chance.choice([None, self.world.stories["task"]])
        billable = self.chance.random() < 0.5
        return {
            "user_id": self.world.users[self.chance.choice(["kim", "lee"])]["id"],
            "story_id": task and task["id"],
            "date_performed": date(2026, 3, 1) + timedelta(days=self.chance.randrange(5)),
            "time_in_minutes": self.chance.randrange(1, 600),
            "billable": billable,
            "rate_in_cents": self.chance.randrange(1, t.MOST_CENTS) if billable else 0,
            **dict.fromkeys(("created_at", "updated_at"), MADE_AT + timedelta(hours=self.chance.randrange(48))),
        }

    def store(self, tx):
        free = self.chance.choice(self.ids)
        if self.is_embedded:
            # Ids are given in the transaction that stores the rows, by the only writer.
            (free,) = tx.allocate(t.time_entries, 1)
            self.ids.append(free)
        if not tx.rows(sa.select(E.id).where(E.account_id == 1, E.id == free)):
            Builder(tx).entry(self.world.workspaces["main"], self.world.users["kim"], id=free, **self.some())

    def change(self, tx):
        some = self.some()
        names = self.chance.sample(sorted(set(some) - {"billable", "rate_in_cents"}), 2)
        if self.chance.random() < 0.5:
            names = ["billable", "rate_in_cents"]
        values = {name: some[name] for name in names}
        tx.execute(sa.update(t.time_entries).where(*self.few(), *OPEN).values(values))

    def delete(self, tx):
        tx.execute(sa.delete(t.time_entries).where(*self.few(), *OPEN))

    def few(self):
        return E.account_id == 1, E.id.in_(self.chance.sample(self.ids, 3))


def faults(database: Database) -> list[str]:
    with database.read() as tx:
        return faults_of_roll_ups(tx)


STAMPED = ("created_after", "created_before", "updated_after", "updated_before")
INSTANTS = ("2026-01-01T00:00:00Z", "2026-01-05T09:00:00.123456Z", "2026-01-06T00:00:00Z", "2026-02-01T00:00:00Z")
ASKED = [
    {},
    EVERYTHING,
    {"workspace_id": 1},
    {"with_user_ids": "3"},
    {"billable": "true"},
    {"story_id": 1},
    {"date_performed_between": "2026-03-02:2026-03-04"},
    {"date_performed_between": "2026-03-02:", "billable": "false"},
    {"date_performed_between": ":2026-03-03", "workspace_ids": "1,2,3"},
    {"date_performed_between": "2026-03-02:2026-03-04", "with_user_ids": "2,3"},
    {"updated_after": "2020-01-01T00:00:00Z", "story_id": 1},
    *({name: instant} for name in STAMPED for instant in INSTANTS),
    {"updated_after": INSTANTS[0], "created_before": INSTANTS[1]},
    {"only": "1,2,3,500"},
]


def assert_counts_are_exact(house):
    for part in ("ada", "lee", "kim", "cleo", "vera", "nora", "fred", "otto"):
        for asked in ASKED:
            page = index(house, part, ENTRIES, **asked | {"per_page": 200})
            assert page.count == len(page.records), (part, asked)


@pytest.mark.parametrize("seed", range(3))
def test_a_count_is_exact_whatever_happens_to_entries(house, seed):
    life = Life(house, seed, range(500, 560))
    (before,) = house.rows(sa.select(sa.func.max(E.id).label("id")).where(E.account_id == 1))
    for _ in range(8):
        for _ in range(8):
            with house.database.write() as tx:
                life.happen(tx)
        rollups.fold(house.database, at_once=life.chance.choice([1, 5, 20]))
        assert faults(house.database) == []
    assert (
        house.rows(sa.select(t.accounts.c.rolled_up_to.label("to")).where(t.accounts.c.id == 1))[0]["to"] > before["id"]
    )
    assert_counts_are_exact(house)


def test_nothing_is_taken_in_before_there_is_enough(house):
    rollups.fold(house.database)
    assert house.rows(sa.select(t.entries_by_person)) == []
    assert_counts_are_exact(house)


def test_a_server_takes_in_what_was_stored(house, monkeypatch):
    monkeypatch.setattr(upkeep, "ROLL_UP_SECONDS", 0.01)
    monkeypatch.setattr(rollups, "AT_ONCE", 2)
    with TestClient(application(house.database, REGISTRY, Settings())):
        for _ in range(500):
            if house.rows(sa.select(t.entries_by_story)):
                break
            time.sleep(0.01)
    assert house.rows(sa.select(t.entries_by_story))
    assert faults(house.database) == []


def test_a_server_that_stops_leaves_the_rest_of_the_taking_in_for_later(house, monkeypatch):
    life = Life(house, 3, range(500, 700))
    with house.database.write() as tx:
        for _ in range(100):
            life.store(tx)
    monkeypatch.setattr(upkeep, "ROLL_UP_SECONDS", 0.01)
    monkeypatch.setattr(rollups, "AT_ONCE", 1)
    monkeypatch.setattr(rollups, "_PAUSE_SECONDS", 0.05)
    with TestClient(application(house.database, REGISTRY, Settings())):
        for _ in range(500):
            if house.rows(sa.select(t.entries_by_person)):
                break
            time.sleep(0.01)
    assert house.rows(sa.select(t.entries_by_person))
    assert rollups._due(house.database, 1)
    assert faults(house.database) == []


def test_a_folding_that_is_undone_has_changed_nothing(house):
    rollups.fold(house.database, at_once=2)
    before = house.rows(sa.select(t.entries_by_day)), house.rows(sa.select(t.accounts.c.rolled_up_to))
    (due, *_) = rollups._due(house.database, 1) or [None]
    if due is None:
        life = Life(house, 1, range(500, 510))
        with house.database.write() as tx:
            life.store(tx)
        (due, *_) = rollups._due(house.database, 1)
    with pytest.raises(ZeroDivisionError), house.database.write() as tx:
        rollups._take_in(tx, due)
        raise ZeroDivisionError
    assert (house.rows(sa.select(t.entries_by_day)), house.rows(sa.select(t.accounts.c.rolled_up_to))) == before
    assert faults(house.database) == []


def test_what_was_taken_in_meanwhile_is_not_taken_in_twice(house):
    (due, *_) = rollups._due(house.database, 2)
    for _ in range(2):
        with house.database.write() as tx:
            rollups._take_in(tx, due)
    assert faults(house.database) == []


def test_no_count_is_ever_wrong_while_several_write_and_take_in(house):
    """Ids are given before rows are stored: a lower one may be committed later than a higher one."""
    database, wrong, done = house.database, [], threading.Event()

    @contextlib.contextmanager
    def unless_they_met():
        try:
            yield
        except sa.exc.DBAPIError as error:
            if not database.is_conflict(error):
                wrong.append(error)

    actor = actor_of(house, "ada")

    def write(number):
        # Each has ids of its own, between those of the others.
        life = Life(house, number, range(500 + number, 800, 3))
        for _ in range(60):
            with unless_they_met(), database.write() as tx:
                life.happen(tx)
                life.happen(tx)

    def take_in():
        while not done.is_set():
            with unless_they_met():
                rollups.fold(database, at_once=3)

    def look():
        asked = ask(ENTRIES, {}, Wire())
        while not done.is_set():
            with database.read() as tx:
                conditions = matching(seen_by(actor, asked), ENTRIES, asked)
                told = tx.number(counting(seen_by(actor, asked), ENTRIES, conditions))
                there = tx.number(sa.select(sa.func.count()).select_from(t.time_entries).where(*conditions))
            if told != there:
                wrong.append((told, there))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    others = [threading.Thread(target=take_in), threading.Thread(target=look)]
    for thread in writers + others:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in others:
        thread.join()
    assert wrong == []
    assert faults(database) == []
    assert house.rows(sa.select(sa.func.sum(t.entries_by_person.c.entries).label("n")))[0]["n"] > 20


@pytest.mark.parametrize("table", t.ROLL_UPS, ids=lambda table: table.name)
def test_a_roll_up_that_is_wrong_is_found(house, table):
    rollups.fold(house.database, at_once=2)
    with house.database.write() as tx:
        (first, *_) = tx.rows(sa.select(table).order_by(*table.primary_key.columns))
        where = [column == first[column.name] for column in table.primary_key.columns]
        tx.execute(sa.update(table).where(*where).values(minutes=table.c.minutes + 1))
    (told,) = faults(house.database)
    assert table.name in told


@pytest.mark.parametrize("order", ["date_performed:desc", "date_performed:asc", "created_at:desc"])
def test_a_page_far_back_holds_what_it_would_hold_if_all_before_it_were_passed_over(house, order, monkeypatch):
    """Every page counts as far here, but for the whole list that it is compared with."""
    life = Life(house, 7, range(500, 620))
    for _ in range(60):
        with house.database.write() as tx:
            life.store(tx)
    for at_once in (25,):
        rollups.fold(house.database, at_once=at_once)
        for part in ("ada", "lee", "kim", "otto"):
            for asked in ASKED[:-1]:
                monkeypatch.setattr(far_back, "_FAR", 1_000)
                whole = index(house, part, ENTRIES, **asked | {"order": order, "per_page": 200}).records
                ids = [record.row["id"] for record in whole]
                monkeypatch.setattr(far_back, "_FAR", 0)
                for offset in range(0, len(ids) + 2, 11):
                    far = index(house, part, ENTRIES, **asked | {"order": order, "limit": 5, "offset": offset})
                    assert [r.row["id"] for r in far.records] == ids[offset : offset + 5], (part, asked, offset)
                    assert far.count == len(ids)
        with house.database.write() as tx:
            life.store(tx)
