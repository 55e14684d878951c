"""The queue and the one writer: whole or not at all, told after the commit, and told the truth."""

import asyncio
import dataclasses
import threading
import time

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from starlette.testclient import TestClient

from tests.api.test_idempotency import _wish as wish_of
from timewright import tables as t
from timewright import writer as w
from timewright.api.app import application
from timewright.database import CannotOpen, Database
from timewright.errors import Invalid, OutcomeUnknown, Refusal, Unavailable
from timewright.resources import REGISTRY
from timewright.resources import time_entry_verbs as verbs
from timewright.settings import Settings
from timewright.wishes import Accepted, write_set
from timewright.writer import Writer


def stored(house, operation_id):
    entries = sa.select(t.time_entries.c.id).where(t.time_entries.c.operation_id == operation_id)
    return len(house.rows(entries))


def wish(house, operation_id, part="kim", **how):
    return replace(wish_of(house, None, part=part), operation_id=operation_id, **how)


def fail_for(operation_id, error):
    """A verb that breaks after it has stored a certain wish."""

    def verb(tx, wishes):
        outcomes = verbs.create(tx, wishes)
        if any(each.operation_id == operation_id for each in wishes):
            raise error
        return outcomes

    return verb


def test_a_surprise_is_undone_alone(house):
    verb = fail_for("bad", ZeroDivisionError())
    wishes = [wish(house, name, verb=verb) for name in ("first", "bad", "last")]
    first, bad, last = write_set(house.database, wishes)
    assert isinstance(first, Accepted)
    assert isinstance(last, Accepted)
    assert type(bad) is Refusal
    assert [stored(house, name) for name in ("first", "bad", "last")] == [1, 0, 1]


def test_a_refusal_leaves_its_neighbours_alone(house):
    outcomes = write_set(house.database, [wish(house, "one"), wish(house, "two", part="eve"), wish(house, "three")])
    assert [type(each) for each in outcomes] == [Accepted, Invalid, Accepted]
    assert [stored(house, name) for name in ("one", "two", "three")] == [1, 0, 1]


def _outage():
    return sa.exc.OperationalError("COMMIT", {}, Exception("disk I/O error"))


def test_an_outage_before_the_commit_stored_nothing_and_says_so(house):
    verb = fail_for("bad", _outage())
    outcomes = write_set(house.database, [wish(house, "first", verb=verb), wish(house, "bad", verb=verb)])
    assert [type(each) for each in outcomes] == [Unavailable, Unavailable]
    assert stored(house, "first") == stored(house, "bad") == 0


@pytest.fixture
def failing_commit(house):
    """Fail the next commit of the writer: before the database saw it, or after it was carried out."""
    engine = house.database.engines()[0]
    plan = []

    def commit(connection):
        # Only this test's own commits: the server beside it tidies up in threads of its own.
        if plan and threading.current_thread() is threading.main_thread():
            if plan.pop(0) == "after":
                connection.connection.dbapi_connection.commit()
            raise _outage()

    sa.event.listen(engine, "commit", commit)
    yield plan
    sa.event.remove(engine, "commit", commit)


def test_a_commit_that_failed_and_stored_nothing_is_not_acknowledged(house, failing_commit):
    wishes = [wish(house, "lost")]
    failing_commit.append("before")
    (outcome,) = write_set(house.database, wishes)
    # SQLite is certain after a fence; what PostgreSQL does not show yet may still come.
    assert type(outcome) is (Unavailable if house.database.is_embedded else OutcomeUnknown)
    assert stored(house, "lost") == 0
    assert type(write_set(house.database, [wish(house, "next")])[0]) is Accepted


def test_a_commit_that_succeeded_though_its_answer_was_lost_is_acknowledged(house, failing_commit):
    wishes = [wish(house, "kept"), wish(house, "refused", part="eve")]
    failing_commit.append("after")
    outcomes = write_set(house.database, wishes)
    assert [type(each) for each in outcomes] == [Accepted, Invalid]
    assert stored(house, "kept") == 1


def test_whoever_follows_a_request_that_was_stored_is_not_told_that_nothing_was(house, failing_commit):
    """Two requests with one key in one set, and the commit's answer is lost."""
    first = replace(wish_of(house, "one-key"), operation_id="first")
    failing_commit.append("after")
    leader, follower = write_set(house.database, [first, replace(first, operation_id="second")])
    assert isinstance(leader, Accepted)
    assert type(follower) is OutcomeUnknown
    assert stored(house, "first") == 1


def test_what_cannot_be_found_out_is_called_unknown(house, failing_commit, monkeypatch):
    monkeypatch.setattr("timewright.database.SETTLE_SECONDS", 0.3)
    wishes = [wish(house, "lost")]
    failing_commit.extend(["before"] * 100)
    (outcome,) = write_set(house.database, wishes)
    assert type(outcome) is OutcomeUnknown
    failing_commit.clear()
    assert type(write_set(house.database, [wish(house, "next")])[0]) is Accepted


# The queue ---------------------------------------------------------------------------------------


class Gate:
    """A verb that waits until it is let through, and notes the sets it was given."""

    def __init__(self):
        self.open = threading.Event()
        self.entered = threading.Event()
        self.sets = []

    def __call__(self, _tx, wishes):
        self.sets.append([each.operation_id for each in wishes])
        self.entered.set()
        self.open.wait(10)
        return [Accepted([], wish.actor) for wish in wishes]


def _in_account(asked, account_id):
    return replace(asked, actor=dataclasses.replace(asked.actor, account_id=account_id))


async def _outcome(writer, asked):
    try:
        return await writer.carry_out(asked)
    except Refusal as refusal:
        return refusal


def _play(house, play):
    """Run a play with a writer whose first set is held at a gate."""
    gate, writer = Gate(), Writer(house.database)
    writer.start()
    first = wish(house, "first", verb=gate)

    async def whole():
        held = asyncio.create_task(_outcome(writer, first))
        await asyncio.to_thread(gate.entered.wait, 5)
        outcomes = await play(gate, writer, first)
        gate.open.set()
        assert isinstance(await held, Accepted)
        return outcomes

    try:
        return gate, asyncio.run(whole())
    finally:
        gate.open.set()
        writer.stop()


def test_what_gathers_during_a_commit_is_one_set(house):
    async def play(gate, writer, first):
        tasks = [asyncio.create_task(_outcome(writer, replace(first, operation_id=str(n)))) for n in range(10)]
        await asyncio.sleep(0.05)
        gate.open.set()
        return await asyncio.gather(*tasks)

    gate, outcomes = _play(house, play)
    assert all(isinstance(each, Accepted) for each in outcomes)
    assert gate.sets == [["first"], [str(n) for n in range(10)]]


def test_a_full_queue_refuses_at_once_and_one_account_fills_half_of_it(house, monkeypatch):
    monkeypatch.setattr(w, "MOST_WAITING", 6)

    async def play(gate, writer, first):
        loud, quiet = _in_account(first, 1), _in_account(first, 2)
        third = _in_account(first, 3)
        tasks = [asyncio.create_task(_outcome(writer, each)) for each in [loud] * 5 + [quiet] * 2 + [third] * 2]
        await asyncio.sleep(0.05)
        gate.open.set()
        return await asyncio.gather(*tasks)

    _, outcomes = _play(house, play)
    accepted = [isinstance(each, Accepted) for each in outcomes]
    assert accepted == [True, True, True, False, False, True, True, True, False]
    assert all(type(each) is Unavailable for each, good in zip(outcomes, accepted, strict=True) if not good)


def test_what_waited_too_long_is_refused_and_not_stored(house, monkeypatch):
    monkeypatch.setattr(w, "MOST_SECONDS", 0.1)

    async def play(gate, writer, first):
        late = asyncio.create_task(_outcome(writer, replace(first, operation_id="late", verb=verbs.create)))
        await asyncio.sleep(0.3)
        gate.open.set()
        return await late

    _, outcome = _play(house, play)
    assert type(outcome) is Unavailable
    assert stored(house, "late") == 0


def _until_well(writer):
    while not writer.is_well:
        time.sleep(0.01)


def test_while_a_set_is_stuck_nobody_is_let_in_to_wait_and_readiness_says_so(house, monkeypatch):
    monkeypatch.setattr(w, "MOST_SECONDS", 0.2)

    async def play(gate, writer, first):
        assert writer.is_well
        await asyncio.sleep(0.4)
        refused = await asyncio.wait_for(_outcome(writer, replace(first, operation_id="late")), 5)
        assert not writer.is_well
        gate.open.set()
        await asyncio.to_thread(_until_well, writer)
        return refused, await _outcome(writer, replace(first, operation_id="after"))

    gate, (refused, after) = _play(house, play)
    assert type(refused) is Unavailable
    assert isinstance(after, Accepted)
    assert gate.sets == [["first"], ["after"]]


def test_accounts_take_turns(house, monkeypatch):
    monkeypatch.setattr(w, "MOST_ROWS", 2)

    async def play(gate, writer, first):
        wishes = [_in_account(replace(first, operation_id=f"loud {n}"), 1) for n in range(4)]
        wishes += [_in_account(replace(first, operation_id="quiet"), 2)]
        tasks = [asyncio.create_task(_outcome(writer, each)) for each in wishes]
        await asyncio.sleep(0.05)
        gate.open.set()
        return await asyncio.gather(*tasks)

    gate, _ = _play(house, play)
    assert gate.sets == [["first"], ["loud 0", "quiet"], ["loud 1", "loud 2"], ["loud 3"]]


def test_a_writer_that_stops_finishes_what_waits_and_takes_no_more(house):
    gate, writer = Gate(), Writer(house.database)
    writer.start()

    async def whole():
        first = asyncio.create_task(_outcome(writer, wish(house, "first", verb=gate)))
        await asyncio.to_thread(gate.entered.wait, 5)
        second = asyncio.create_task(_outcome(writer, wish(house, "second", verb=gate)))
        await asyncio.sleep(0.05)
        stopping = asyncio.create_task(asyncio.to_thread(writer.stop))
        await asyncio.sleep(0.05)
        third = await _outcome(writer, wish(house, "third", verb=gate))
        gate.open.set()
        await stopping
        return await first, await second, third

    first, second, third = asyncio.run(whole())
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert type(third) is Unavailable


def test_a_disk_that_is_nearly_full_stores_nothing_more_and_reads_on(house):
    if not house.database.is_embedded:
        return
    app = application(house.database, REGISTRY, Settings(disk_reserve_bytes=2**62))
    before = stored(house, "made-by-a-builder")
    with TestClient(app) as client:
        headers = {"Authorization": f"Bearer {house.world.tokens['kim']}"}
        entry = {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 1}
        answer = client.post("/api/v1/time_entries", json={"time_entry": entry}, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["type"]) == (503, "unavailable")
        assert client.get("/api/v1/time_entries", headers=headers).status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
    assert stored(house, "made-by-a-builder") == before


def test_readiness_turns_red_with_a_failure_and_heals_by_itself(house):
    assert house.client.get("/readyz").status_code == 200
    writing = house.database.engines()[0]
    broken = [True]

    def begin(_connection):
        if broken and threading.current_thread().name == "writer":
            raise _outage()

    sa.event.listen(writing, "begin", begin)
    try:
        answer = house.log("kim")
        assert answer.status_code == 503
        assert 1 <= int(answer.headers["retry-after"]) <= 30
        assert house.client.get("/readyz").status_code == 503
        broken.clear()
        end = time.monotonic() + 5
        while house.client.get("/readyz").status_code == 503 and time.monotonic() < end:
            time.sleep(0.05)
        assert house.client.get("/readyz").status_code == 200
        assert house.log("kim").status_code == 200
    finally:
        sa.event.remove(writing, "begin", begin)


@pytest.mark.parametrize("broken", ["room", "try_out"])
def test_the_writer_outlives_whatever_the_disk_says(house, monkeypatch, broken):
    """Its thread must not end: whoever asked would wait for ever."""
    writer = Writer(house.database)
    writer.start()

    def fail(*_):
        raise OSError("no disk")

    async def ask():
        return await asyncio.wait_for(_outcome(writer, wish(house, "asked")), 5)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(house.database, broken, fail)
            writer._is_well = broken == "room"
            if broken == "room":
                assert type(asyncio.run(ask())) is Unavailable
                assert not writer.is_well
            else:
                with writer._changed:
                    writer._changed.notify()
                time.sleep(2 * w.HEAL_SECONDS)
        assert isinstance(asyncio.run(ask()), Accepted)
        assert writer.is_well
    finally:
        writer.stop()


def test_whoever_left_the_loop_does_not_end_the_writer(house):
    gate, writer = Gate(), Writer(house.database)
    writer.start()

    async def leave():
        leaving = asyncio.create_task(_outcome(writer, wish(house, "left", verb=gate)))
        await asyncio.to_thread(gate.entered.wait, 5)
        assert not leaving.done()

    async def stay():
        return await asyncio.wait_for(_outcome(writer, wish(house, "stays")), 5)

    try:
        asyncio.run(leave())
        gate.open.set()
        assert isinstance(asyncio.run(stay()), Accepted)
    finally:
        gate.open.set()
        writer.stop()


def test_a_file_has_one_server(tmp_path):
    url = f"sqlite:///{tmp_path}/timewright.db"
    first, second = Database(url), Database(url)
    first.serve_alone()
    with pytest.raises(CannotOpen, match="one server"):
        second.serve_alone()
    first.close()
    second.serve_alone()
    second.close()
