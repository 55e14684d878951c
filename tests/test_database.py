"""The promises that both engines keep."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from timewright import tables as t
from timewright.database import SQLITE_SETTINGS, STATEMENTS_KEPT, CannotOpen, Database, among, file_url, none_of


def _account(tx, **how):
    return Builder(tx).account(**how)


def test_values_come_back_as_they_went_in(empty_database):
    moment = datetime(2026, 2, 3, 4, 5, 6, 789_012, tzinfo=UTC)
    with empty_database.write() as tx:
        account = _account(
            tx, id=2**62, name="Ünïcode \u202e \U0001f600", lock_date=date(1990, 1, 1), created_at=moment
        )
        Builder(tx).role(account, "Engineer", deleted_at=None)
    with empty_database.read() as tx:
        (row,) = tx.rows(sa.select(t.accounts))
    assert dict(row) == account
    assert row["created_at"].tzinfo is UTC


@pytest.mark.parametrize(
    "moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]
)
def test_instants_are_kept_from_year_1_to_9999(empty_database, moment):
    with empty_database.write() as tx:
        _account(tx, created_at=moment)
    with empty_database.read() as tx:
        assert tx.one(sa.select(t.accounts))["created_at"] == moment


def test_a_set_of_ten_thousand_is_one_parameter(empty_database):
    with empty_database.write() as tx:
        make = Builder(tx)
        for number in range(1, 6):
            make.account(name=str(number))
    with empty_database.read() as tx:
        wanted = tx.rows(sa.select(t.accounts.c.id).where(among(t.accounts.c.id, range(3, 10_003))))
        named = tx.rows(sa.select(t.accounts.c.id).where(among(t.accounts.c.name, ["1", "it's", '"'])))
        none = tx.rows(sa.select(t.accounts.c.id).where(among(t.accounts.c.id, [])))
    assert [row["id"] for row in wanted] == [3, 4, 5]
    assert [row["id"] for row in named] == [1]
    assert none == []


def test_what_none_of_those_found_is(empty_database):
    owner, subject = t.account_people.c.account_id, t.accounts.c.id
    with empty_database.write() as tx:
        make = Builder(tx)
        first, *_ = [make.account(name=str(number)) for number in range(1, 6)]
        for number in range(3):
            make.user(first if number < 2 else {"id": 4}, f"Person {number}")
    with empty_database.read() as tx:
        some = tx.rows(sa.select(subject).where(none_of(subject, sa.select(owner))).order_by(subject))
        every = tx.rows(sa.select(subject).where(none_of(subject, sa.select(owner).where(owner == 9))))
        not_none = tx.rows(
            sa.select(subject).where(sa.not_(none_of(subject, sa.select(owner))), subject > 1).order_by(subject)
        )
    assert [row["id"] for row in some] == [2, 3, 5]
    assert len(every) == 5
    assert [row["id"] for row in not_none] == [4]


def test_many_rows_are_one_statement(empty_database):
    seen = []
    empty_database.seen = seen.append
    rows = [{"id": n, "name": "x", "currency": "USD", "lock_date": None} for n in range(1, 1001)]
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    with empty_database.write() as tx:
        tx.insert(t.accounts, [{**row, "created_at": stamp, "updated_at": stamp} for row in rows])
    assert len([statement for statement in seen if statement.startswith("INSERT")]) == 1
    with empty_database.read() as tx:
        assert tx.number(sa.select(sa.func.count()).select_from(t.accounts)) == 1000


def test_many_rows_are_changed_and_deleted_by_one_statement_each(house):
    role, stamp = t.roles.c, datetime(2026, 2, 1, tzinfo=UTC)
    changed = [
        {"account_id": 1, "id": 1, "name": "It's \u202e", "deleted_at": None},
        {"account_id": 1, "id": 4, "name": "", "deleted_at": stamp},
    ]
    with house.database.write() as tx:
        make = Builder(tx)
        four = make.role({"id": 1}, "Fourth", id=4)
        five = make.role({"id": 1}, "Fifth", id=5)
    with house.statements() as seen, house.database.write() as tx:
        tx.update(t.roles, changed)
        tx.update(t.roles, [])
        tx.delete(t.roles, [{"account_id": 1, "id": 5}, {"account_id": 1, "id": 999}])
        tx.delete(t.roles, [])
    assert seen == ["update roles", "delete roles"]
    after = {(row["account_id"], row["id"]): row for row in house.rows(sa.select(t.roles))}
    assert (1, 5) not in after
    assert (2, 5) in after
    assert after[1, 4] == {**four, "name": "", "deleted_at": stamp}
    assert after[1, 1]["name"] == "It's \u202e"
    assert after[2, 1]["name"].endswith("role 1")
    assert five["name"] == "Fifth"
    with pytest.raises(LookupError, match="1 of 2"), house.database.write() as tx:
        tx.update(t.roles, [{**changed[0], "name": "x"}, {**changed[1], "id": 999}])
    assert house.rows(sa.select(role.name).where(role.account_id == 1, role.id == 1)) == [{"name": "It's \u202e"}]


def test_ids_ascend_and_are_never_given_twice(empty_database):
    with empty_database.write() as tx:
        first = tx.allocate(t.time_entries, 3)
        assert tx.allocate(t.stories, 1) == [1]
        assert tx.allocate(t.time_entries, 0) == []
    with empty_database.write() as tx:
        second = tx.allocate(t.time_entries, 2)
        tx.skip_ids(t.time_entries, 100)
        third = tx.allocate(t.time_entries, 1)
    assert first == [1, 2, 3]
    assert second == [4, 5]
    assert third == [101]


def test_an_acknowledged_id_survives_the_deletion_of_its_row(house):
    first = house.log("kim").json()["results"][0]["id"]
    with house.database.write() as tx:
        tx.execute(sa.delete(t.time_entries).where(t.time_entries.c.id == int(first)))
    second = house.log("kim").json()["results"][0]["id"]
    assert int(second) > int(first)


def test_an_error_undoes_the_whole_transaction(empty_database):
    with pytest.raises(ZeroDivisionError), empty_database.write() as tx:
        _account(tx)
        raise ZeroDivisionError
    with empty_database.read() as tx:
        assert tx.rows(sa.select(t.accounts)) == []


def test_a_reader_sees_one_state(house):
    with house.database.read() as tx:
        before = tx.number(sa.select(sa.func.count()).select_from(t.time_entries))
        assert house.log("kim").status_code == 200
        assert tx.number(sa.select(sa.func.count()).select_from(t.time_entries)) == before


def test_a_reader_cannot_write(empty_database):
    with pytest.raises(sa.exc.DBAPIError), empty_database.read() as tx:
        _account(tx)


def test_a_question_that_takes_too_long_is_ended(empty_database):
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < 500_000_000))
    with pytest.raises(sa.exc.OperationalError) as told, empty_database.read(seconds=0.1) as tx:
        tx.number(sa.select(sa.func.count()).select_from(numbers))
    assert Database.is_outage(told.value)
    with empty_database.read(seconds=5) as tx:
        assert tx.number(sa.select(sa.literal(7))) == 7


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("time_entries", {"time_in_minutes": 0}),
        ("time_entries", {"time_in_minutes": 1441}),
        ("time_entries", {"rate_in_cents": -1}),
        ("time_entries", {"rate_in_cents": 1_000_000_001}),
        ("time_entries", {"date_performed": date(1989, 12, 31)}),
        ("time_entries", {"date_performed": date(2101, 1, 1)}),
        ("time_entries", {"billable": False, "rate_in_cents": 1}),
        ("time_entries", {"approved": True}),
        ("time_entries", {"rate_rule": "a guess"}),
        ("time_entries", {"notes": "x" * 65_536}),
        ("time_entries", {"story_id": 7}),  # a story of another project of the account
        ("time_entries", {"workspace_id": 999}),
        ("time_entries", {"user_id": 999}),
        ("time_entries", {"role_id": 999}),
        ("time_entries", {"location_id": 999}),
        ("time_entries", {"active_submission_id": 999}),
        ("time_entries", {"recent_submission_id": 999}),
        ("time_entries", {"invoice_id": 999}),
        ("time_entries", {"created_by_id": 999}),
    ],
)
def test_the_database_refuses_what_no_rule_should_let_through(house, table, row):
    good = house.world.entries["lees"]
    with pytest.raises(sa.exc.IntegrityError), house.database.write() as tx:
        tx.insert(t.metadata.tables[table], [{**good, "id": 10_000, **row}])


def test_a_row_cannot_name_a_person_who_stands_in_another_account(house):
    otto = house.world.users["otto"]
    with pytest.raises(sa.exc.IntegrityError), house.database.write() as tx:
        tx.insert(t.time_entries, [{**house.world.entries["lees"], "id": 10_000, "user_id": otto["id"]}])


@pytest.mark.parametrize("name", ["approved", "invoiced"])
@pytest.mark.parametrize(
    "values", [{"time_in_minutes": 1}, {"rate_in_cents": 1}, {"notes": "other"}, {"date_performed": date(2026, 1, 3)}]
)
def test_closed_entries_do_not_change(house, name, values):
    entry = house.world.entries[name]
    with pytest.raises(sa.exc.DBAPIError), house.database.write() as tx:
        tx.execute(sa.update(t.time_entries).where(t.time_entries.c.id == entry["id"]).values(**values))


@pytest.mark.parametrize("name", ["approved", "invoiced"])
def test_closed_entries_are_not_deleted(house, name):
    with house.database.write() as tx:
        tx.execute(sa.delete(t.timesheet_submission_entries))
    with pytest.raises(sa.exc.DBAPIError) as told, house.database.write() as tx:
        tx.execute(sa.delete(t.time_entries).where(t.time_entries.c.id == house.world.entries[name]["id"]))
    assert "approved and invoiced time entries are not deleted" in str(told.value)


def test_an_approval_can_be_taken_back(house):
    entry = house.world.entries["approved"]
    with house.database.write() as tx:
        change = sa.update(t.time_entries).where(
            t.time_entries.c.account_id == entry["account_id"], t.time_entries.c.id == entry["id"]
        )
        assert tx.execute(change.values(approved=False, active_submission_id=None)) == 1


def test_the_change_log_only_grows(house):
    assert house.log("kim").status_code == 200
    for statement in (sa.update(t.changes).values(verb="delete"), sa.delete(t.changes)):
        with pytest.raises(sa.exc.DBAPIError), house.database.write() as tx:
            tx.execute(statement)


def test_every_embedded_connection_is_durable(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/new/folder/timewright.db")
    for opening in (database.write, database.read):
        with opening() as tx:
            told = {name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in SQLITE_SETTINGS}
            assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
    with database.read() as tx:
        assert tx.connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == 0
    database.close()


def _autocheckpoint(database):
    with database.write() as tx:
        return tx.connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar()


def test_only_the_server_writes_the_log_back(sample):
    server, command = Database(file_url(sample)), Database(file_url(sample))
    server.serve_alone()
    try:
        assert _autocheckpoint(server) > 0
        assert _autocheckpoint(command) == 0
        server.settle(_fails_once())
        assert _autocheckpoint(server) > 0
    finally:
        command.close()
        server.close()


def _fails_once():
    """Something to look up with that fails at first, as a disk does, so that every connection is closed."""
    left = [OSError("no disk")]

    def look_up(_tx):
        if left:
            raise left.pop()
        return {"found"}

    return look_up


@pytest.fixture
def written(monkeypatch):
    """What is written and synced by the program itself, SQLite aside."""
    seen = []
    write, sync = os.pwrite, os.fsync

    def name(descriptor):
        return Path(f"/proc/self/fd/{descriptor}").readlink().name

    def pwrite(descriptor, piece, at):
        seen.append((name(descriptor), at, bytes(piece)))
        return write(descriptor, piece, at)

    def fsync(descriptor):
        seen.append((name(descriptor), "synced"))
        sync(descriptor)

    monkeypatch.setattr(os, "pwrite", pwrite)
    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def test_a_log_that_was_recovered_is_written_again_before_anything_is_built_upon_it(sample, written):
    """What a failed sync lost the kernel still shows: a log found after one is believed only once it is written."""
    database, beside = Database(file_url(sample)), Database(file_url(sample))
    try:
        with beside.write() as tx:  # It keeps the log from being thrown away when the other one closes.
            tx.execute(sa.update(t.accounts).values(name="kept"))
        log = sample.with_name(f"{sample.name}-wal")
        found = log.read_bytes()
        assert found
        assert database.settle(_fails_once()) == {"found"}
        assert written == [(log.name, 0, found), (log.name, "synced")]
        database.try_out()
        assert len(written) == 2, "once is enough"
        with database.read() as tx:
            assert {row["name"] for row in tx.rows(sa.select(t.accounts.c.name))} == {"kept"}
    finally:
        beside.close()
        database.close()


def test_a_log_that_cannot_be_written_again_is_not_believed(sample, written, monkeypatch):
    database = Database(file_url(sample))
    monkeypatch.setattr("timewright.database.SETTLE_SECONDS", 0.3)
    real = os.fsync
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _no_disk)
            assert database.settle(_fails_once()) is None
            with pytest.raises(OSError, match="no disk") as raised, database.write():
                pass
            assert Database.is_outage(raised.value)
            with pytest.raises(CannotOpen):
                database.try_out()
        assert os.fsync is real
        database.try_out()
        assert written[-1][1] == "synced"
    finally:
        database.close()


def _no_disk(_descriptor):
    raise OSError("no disk")


def test_a_server_does_not_believe_the_log_that_it_finds(sample, written):
    beside, server = Database(file_url(sample)), Database(file_url(sample))
    try:
        with beside.write() as tx:
            tx.execute(sa.update(t.accounts).values(name="kept"))
        server.serve_alone()
        server.try_out()
        assert [each[1] for each in written] == [0, "synced"]
    finally:
        server.close()
        beside.close()


def test_a_database_that_cannot_be_durable_is_refused():
    database = Database("sqlite://")  # in memory: there is no write-ahead log
    with pytest.raises(RuntimeError, match="journal_mode"), database.write():
        pass
    database.close()


def test_a_page_that_the_disk_does_not_give_back_is_an_outage_and_no_bug(tmp_path):
    file = tmp_path / "timewright.db"
    database = Database(file_url(file))
    with database.write() as tx:
        tx.connection.exec_driver_sql("CREATE TABLE written (words TEXT)")
        tx.connection.exec_driver_sql("INSERT INTO written VALUES (?)", ("x" * 10_000,))
    database.close()
    content = bytearray(file.read_bytes())
    content[4096:8192] = os.urandom(4096)
    file.write_bytes(content)
    with pytest.raises(sa.exc.DatabaseError) as raised, database.read() as tx:
        tx.connection.exec_driver_sql("SELECT * FROM written").all()
    database.close()
    assert Database.is_outage(raised.value)
    assert not isinstance(raised.value, sa.exc.OperationalError)


def test_an_error_of_the_database_does_not_tell_what_people_wrote(house):
    with pytest.raises(sa.exc.DBAPIError) as raised, house.database.write() as tx:
        tx.rows(sa.select(sa.literal("a secret note")).where(sa.column("nowhere") == "a secret note"))
    assert "a secret note" not in str(raised.value)


def test_compiled_statements_are_not_kept_without_end(empty_database):
    """Whoever may ask can ask for ever new statements: what is kept of them is bounded."""
    kept = [engine._compiled_cache for engine in empty_database.engines()]
    for number in range(3 * STATEMENTS_KEPT):
        with empty_database.read() as tx:
            tx.rows(sa.select(sa.literal_column("1").label(f"a{number}")))
    assert 0 < max(len(cache) for cache in kept) <= STATEMENTS_KEPT * 1.5
