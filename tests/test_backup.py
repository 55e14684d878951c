"""Backups of the embedded database: made beside a server, looked through, and put back."""

import contextlib
import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from tests.test_cli import run
from timewright import backups, database, migrations, restores
from timewright import tables as t
from timewright.database import CannotOpen, Damaged, Database, file_url


@contextlib.contextmanager
def opened(path):
    made = Database(file_url(path))
    try:
        yield made
    finally:
        made.close()


def back_up(path, target, *, reserve_bytes=0, tell=lambda left, of: None):
    with opened(path) as source:
        return backups.create(source, target, reserve_bytes=reserve_bytes, tell=tell)


def accounts(path):
    with opened(path) as made, made.read() as tx:
        return [row["name"] for row in tx.rows(sa.select(t.accounts.c.name).order_by(t.accounts.c.id))]


def account(tx, name):
    return Builder(tx).account(id=tx.allocate(t.accounts, 1)[0], name=name)["id"]


def left_by_a_kill(path, name):
    """Add an account as a server does that is killed afterwards: it stands in the log only."""
    aside = path.parent / "aside"
    with opened(path) as made:
        with made.write() as tx:
            account(tx, name)
        aside.mkdir()
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", aside / f"{path.name}{end}")
    for each in aside.iterdir():
        each.replace(path.parent / each.name)
    aside.rmdir()
    assert Path(f"{path}-wal").stat().st_size > 0


@contextlib.contextmanager
def altered(path):
    """The file of a database, without its guards."""
    beside = sqlite3.connect(path, isolation_level=None)
    try:
        for name in ("time_entries", "changes"):
            for (trigger,) in beside.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (name,)
            ).fetchall():
                beside.execute(f"DROP TRIGGER {trigger}")
        yield beside
        beside.execute("PRAGMA journal_mode = DELETE")
    finally:
        beside.close()


def names(folder):
    return sorted(each.name for each in folder.iterdir())


# Making -------------------------------------------------------------------------------------------


def test_a_backup_is_one_file_that_needs_no_other(sample, tmp_path):
    target = tmp_path / "made" / "a.backup"
    target.parent.mkdir()
    told = []
    facts = back_up(sample, target, tell=lambda left, of: told.append((left, of)))
    assert names(target.parent) == ["a.backup", "a.backup.sha256"]
    assert {each.stat().st_mode & 0o777 for each in target.parent.iterdir()} == {0o600}
    assert told[-1][0] == 0
    assert (facts.path, facts.bytes, facts.step) == (str(target), target.stat().st_size, migrations.HEAD)
    assert facts.time_entries > 100
    assert facts.last_change_id > facts.time_entries
    assert backups.examine(target) == facts
    subprocess.run(["sha256sum", "--check", "--quiet", "a.backup.sha256"], cwd=target.parent, check=True)


def test_a_backup_needs_no_lock_and_holds_what_was_committed(sample, tmp_path):
    with opened(sample) as server:
        server.serve_alone()
        with server.write() as tx:
            account(tx, "committed")
        with server.write() as tx:
            account(tx, "under way")
            back_up(sample, tmp_path / "a.backup")
    assert accounts(tmp_path / "a.backup")[-1] == "committed"


def test_a_backup_is_of_one_instant_and_comes_to_its_end_under_load(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_PAGES_AT_ONCE", 10)
    left = []
    with opened(sample) as server:

        def write_meanwhile(pages, of):
            left.append(pages)
            assert len(left) < 200, "it begins anew for ever"
            with server.write() as tx:
                account(tx, "meanwhile")

        back_up(sample, tmp_path / "a.backup", tell=write_meanwhile)
    assert len(left) > 5
    assert left == sorted(left, reverse=True)
    assert "meanwhile" not in accounts(tmp_path / "a.backup")
    assert accounts(sample).count("meanwhile") == len(left)


def test_a_backup_overwrites_nothing(sample, tmp_path):
    for name in ("a.backup", "b.backup.sha256", "c.backup.part"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(backups.Refused, match="is there"):
            back_up(sample, tmp_path / name[:8])
        assert (tmp_path / name).read_text() == "mine"
    with pytest.raises(backups.Refused, match="is there"):
        back_up(sample, sample)
    with pytest.raises(backups.Refused, match="belongs to the database"):
        back_up(sample, sample.with_name(f"{sample.name}-journal"))
    assert names(tmp_path) == ["a.backup", "b.backup.sha256", "c.backup.part", "data"]


def test_a_backup_that_fails_leaves_nothing(sample, tmp_path):
    target = tmp_path / "a.backup"
    with pytest.raises(backups.Refused, match="stay free"):
        back_up(sample, target, reserve_bytes=2**60)
    with pytest.raises(backups.Refused, match="none of Timewright"):
        empty = tmp_path / "data" / "empty.db"
        back_up(empty, target)
    with altered(sample) as beside:
        beside.execute("DELETE FROM time_entries WHERE id = (SELECT max(id) FROM time_entries)")
    with pytest.raises(backups.Refused, match="that the change log names are not there"):
        back_up(sample, target)
    with pytest.raises(backups.Refused, match="No such file or directory"):
        back_up(sample, tmp_path / "nowhere" / "a.backup")
    assert names(tmp_path) == ["data"]


def test_only_old_backups_of_the_default_name_are_deleted(tmp_path):
    made = [f"timewright-2026010{n}T000000Z.backup" for n in range(1, 6)]
    others = ["mine.backup", "timewright-20250101T000000Z.backup.old", "timewright-2025.backup", "timewright.db"]
    unfinished = ["timewright-20251231T000000Z.backup.part", "timewright-20260105T000001Z.backup.part"]
    for name in [*made, *others, *unfinished, f"{made[0]}.sha256", f"{made[4]}.sha256"]:
        (tmp_path / name).write_text("")
    assert [old.name for old in backups.forget(tmp_path, 2)] == made[:3]
    assert names(tmp_path) == sorted([*made[3:], *others, unfinished[1], f"{made[4]}.sha256"])
    assert backups.made_in(tmp_path)[0] == (datetime(2026, 1, 4, tzinfo=UTC), tmp_path / made[3])


# Looking through ----------------------------------------------------------------------------------


def half(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def one_letter(file):
    content = file.read_bytes()
    at = content.rindex(b"Harbour")
    file.write_bytes(content[:at] + b"h" + content[at + 1 :])


def an_index_of_another(file):
    with altered(file) as beside:
        beside.execute("PRAGMA writable_schema = ON")
        other = beside.execute("SELECT rootpage FROM sqlite_master WHERE name LIKE 'ix_users%'").fetchone()
        beside.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = 'ix_time_entries_by_day'", other)


def statement(text):
    def carry_out(file):
        with altered(file) as beside:
            beside.execute(text)

    return carry_out


def foreign(file):
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as beside:
        beside.execute("CREATE TABLE recipes (id INTEGER)")


def without_checksum(change):
    def carry_out(file):
        Path(f"{file}.sha256").unlink()
        change(file)

    return carry_out


HARMS = {
    "half": (without_checksum(half), "is cut off"),
    "half, with its checksum": (half, "checksum differs"),
    "a letter": (one_letter, "checksum differs"),
    "nothing": (without_checksum(lambda file: file.write_bytes(b"")), "is empty"),
    "a text": (without_checksum(lambda file: file.write_text("a diary\n" * 99)), "is no database"),
    "a shred": (without_checksum(lambda file: file.write_bytes(file.read_bytes()[:50])), "is no database"),
    "not there": (lambda file: file.unlink(), "There is no file"),
    "a folder": (lambda file: (file.unlink(), file.mkdir()), "There is no file"),
    "foreign": (without_checksum(foreign), "none of Timewright"),
    "newer": (without_checksum(statement("UPDATE alembic_version SET version_num = '9999'")), "newer Timewright"),
    "a log beside it": (lambda file: Path(f"{file}-wal").write_bytes(b"frames"), "a database in use"),
    "index": (without_checksum(an_index_of_another), "is damaged"),
    "foreign key": (without_checksum(statement("DELETE FROM account_people")), "points to none"),
    "entry": (without_checksum(statement("DELETE FROM time_entries WHERE id = 9")), "change log names are not there"),
    "log": (without_checksum(statement("DELETE FROM changes WHERE id > 9")), "no line in the change log"),
    "counter": (without_checksum(statement("UPDATE id_counters SET last_id = 1")), "given out again"),
    "record": (
        without_checksum(
            statement(
                "INSERT INTO idempotency_records SELECT account_id, id, 'k', 'f', 'o', '[[1, 1]]', '[]', 0 FROM users "
                "LIMIT 1"
            )
        ),
        "there in part",
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_backup_that_is_not_whole_is_told_in_a_sentence_and_not_restored(sample, tmp_path, harm):
    target = tmp_path / "a.backup"
    back_up(sample, target)
    change, said = HARMS[harm]
    change(target)
    with pytest.raises(Damaged, match=said) as told:
        backups.examine(target)
    assert str(target) in str(told.value)
    before = sample.read_bytes()
    with pytest.raises(CannotOpen, match=said):
        restores.restore(target, sample, replace=True)
    assert sample.read_bytes() == before
    assert names(sample.parent) == ["timewright.db", "timewright.db.lock"]


def test_looking_through_writes_nothing_beside_it(sample, tmp_path):
    target = tmp_path / "made" / "a.backup"
    target.parent.mkdir()
    back_up(sample, target)
    before = {each.name: each.stat().st_mtime_ns for each in [target.parent, *target.parent.iterdir()]}
    backups.examine(target)
    with database.stored(target) as tx:
        assert names(target.parent) == ["a.backup", "a.backup.sha256"]
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            tx.execute(sa.delete(t.tokens))
    assert {each.name: each.stat().st_mtime_ns for each in [target.parent, *target.parent.iterdir()]} == before


# Putting back -------------------------------------------------------------------------------------


def test_a_backup_is_put_where_nothing_was(sample, tmp_path):
    back_up(sample, tmp_path / "a.backup")
    place = tmp_path / "new" / "timewright.db"
    facts, kept = restores.restore(tmp_path / "a.backup", place, replace=False)
    assert kept is None
    assert facts.time_entries > 100
    assert names(place.parent) == ["timewright.db", "timewright.db.lock"]
    assert place.stat().st_mode & 0o777 == 0o600
    assert accounts(place) == accounts(sample)


def test_what_was_there_is_kept_whole_with_what_stood_in_its_log(sample, tmp_path):
    back_up(sample, tmp_path / "a.backup")
    left_by_a_kill(sample, "later")
    with pytest.raises(backups.Refused, match="--replace"):
        restores.restore(tmp_path / "a.backup", sample, replace=False)
    _, kept = restores.restore(tmp_path / "a.backup", sample, replace=True)
    assert names(sample.parent) == ["timewright.db", "timewright.db.lock", kept.name]
    assert kept.name.startswith("timewright.db.replaced-2")
    assert accounts(kept)[-1] == "later"
    assert "later" not in accounts(sample)
    _, again = restores.restore(tmp_path / "a.backup", sample, replace=True)
    assert again != kept
    assert accounts(kept)[-1] == "later"


def test_a_broken_database_is_kept_with_its_log(sample, tmp_path):
    back_up(sample, tmp_path / "a.backup")
    sample.write_bytes(b"broken" * 1000)
    Path(f"{sample}-wal").write_bytes(b"log" * 1000)
    _, kept = restores.restore(tmp_path / "a.backup", sample, replace=True)
    assert kept.read_bytes() == b"broken" * 1000
    assert Path(f"{kept}-wal").read_bytes() == b"log" * 1000
    assert names(sample.parent) == ["timewright.db", "timewright.db.lock", kept.name, f"{kept.name}-wal"]
    assert len(accounts(sample)) > 0


def test_a_log_without_its_database_is_put_aside_too(sample, tmp_path):
    back_up(sample, tmp_path / "a.backup")
    left_by_a_kill(sample, "later")
    sample.unlink()
    with pytest.raises(backups.Refused, match="-wal is there already"):
        restores.restore(tmp_path / "a.backup", sample, replace=False)
    restores.restore(tmp_path / "a.backup", sample, replace=True)
    assert not Path(f"{sample}-wal").exists()
    assert "later" not in accounts(sample)


def test_nothing_is_restored_under_a_server_or_another_program(sample, tmp_path):
    back_up(sample, tmp_path / "a.backup")
    with opened(sample) as server:
        server.serve_alone()
        with pytest.raises(backups.Refused, match=r"Another server runs.*Stop it first"):
            restores.restore(tmp_path / "a.backup", sample, replace=True)
    with contextlib.closing(sqlite3.connect(sample)) as shell:
        shell.execute("SELECT count(*) FROM users").fetchone()
        with pytest.raises(CannotOpen, match="End every program"):
            restores.restore(tmp_path / "a.backup", sample, replace=True)
    with pytest.raises(backups.Refused, match="the database itself"):
        restores.restore(sample, sample, replace=True)
    assert names(sample.parent) == ["timewright.db", "timewright.db.lock"]


def test_nothing_opens_a_database_that_is_being_restored(sample, tmp_path):
    back_up(sample, tmp_path / "a.backup")
    with restores.Restore(tmp_path / "a.backup", sample, replace=True) as underway:
        for step in underway.steps():
            if step == underway.put_in_place:
                with pytest.raises(CannotOpen, match="is being restored"):
                    Database(file_url(sample))
            step()
    assert accounts(sample)


def test_a_database_that_appears_meanwhile_is_not_replaced(sample, tmp_path):
    back_up(sample, tmp_path / "a.backup")
    place = tmp_path / "new" / "timewright.db"
    with (
        pytest.raises(backups.Refused, match="meanwhile"),
        restores.Restore(tmp_path / "a.backup", place, replace=False) as underway,
    ):
        for step in underway.steps():
            if step == underway.put_in_place:
                place.write_bytes(b"another's")
            step()
    assert place.read_bytes() == b"another's"
    assert names(place.parent) == ["timewright.db", "timewright.db.lock"]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("step", ["put_in_place", "look_again"])
def test_a_restore_that_fails_after_it_replaced_says_so(sample, tmp_path, monkeypatch, step, there):
    """Whoever is told that the old database is still in place would start the server on the new one."""
    backup, path = tmp_path / "backup", sample
    back_up(path, backup)
    if not there:
        path.unlink()

    def replaced_and_failed(restore):
        done(restore)
        raise OSError(errno.EIO, "Input/output error")

    def damaged(restore):
        with path.open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 8_000)
        done(restore)

    done = getattr(restores.Restore, step)
    monkeypatch.setattr(restores.Restore, step, {"put_in_place": replaced_and_failed, "look_again": damaged}[step])
    with pytest.raises(backups.Refused) as told:
        restores.restore(backup, path, replace=True)
    kept = list(path.parent.glob("*.replaced-*"))
    assert len(kept) == there
    assert f"{path} was replaced" in str(told.value)
    assert (f"What was there is kept as {kept[0]}." if there else "Nothing was there before.") in str(told.value)


def test_no_id_that_was_given_out_after_the_backup_names_another_row(sample, tmp_path):
    back_up(sample, tmp_path / "a.backup")
    with opened(sample) as made, made.write() as tx:
        tx.skip_ids(t.time_entries, 50 * restores.ID_MARGIN)
        given = account(tx, "later")
    restores.restore(tmp_path / "a.backup", sample, replace=True)
    with opened(sample) as made, made.write() as tx:
        assert tx.allocate(t.time_entries, 1) == [51 * restores.ID_MARGIN + 1]
        assert tx.allocate(t.accounts, 1) == [given + restores.ID_MARGIN + 1]
    elsewhere = tmp_path / "elsewhere.db"
    restores.restore(tmp_path / "a.backup", elsewhere, replace=False)
    with opened(elsewhere) as made, made.write() as tx:
        # Here nothing is known of what came later: the margin has to do.
        assert tx.allocate(t.accounts, 1) == [given + restores.ID_MARGIN]


def test_a_restored_database_belongs_to_the_owner_of_the_old_one(sample, tmp_path, monkeypatch):
    back_up(sample, tmp_path / "a.backup")
    given = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda name, user, group: given.append((Path(name).name, user, group)))
    restores.restore(tmp_path / "a.backup", sample, replace=True)
    owner = sample.stat().st_uid, sample.stat().st_gid
    assert given == [("timewright.db.restoring", *owner), ("timewright.db.lock", *owner)]


@pytest.mark.parametrize("by", ["steps", "operations"])
@pytest.mark.parametrize("is_broken", [False, True], ids=["whole", "broken"])
def test_a_restore_killed_anywhere_leaves_the_old_or_the_new_database_whole(sample, tmp_path, by, is_broken):
    backup = tmp_path / "a.backup"
    back_up(sample, backup)
    if is_broken:
        sample.write_bytes(b"broken" * 1000)
        Path(f"{sample}-wal").write_bytes(b"log" * 1000)
    else:
        left_by_a_kill(sample, "later")
    script = [
        sys.executable,
        "-m",
        "tests.killed_restores",
        by,
        str(backup),
        str(sample.parent),
        str(tmp_path / "tries"),
    ]
    subprocess.run(script, check=True, timeout=120)
    tries = sorted((tmp_path / "tries").iterdir())
    assert len(tries) == 8 if by == "steps" else len(tries) > 15
    found = [_found(each / "timewright.db", is_broken=is_broken) for each in tries]
    assert found == sorted(found, reverse=True)
    assert set(found) == {"old", "new"}
    for each in tries[:-1]:
        restores.restore(backup, each / "timewright.db", replace=True)
        assert _found(each / "timewright.db", is_broken=is_broken) == "new"
        if is_broken:
            assert any(log.read_bytes() == b"log" * 1000 for log in each.glob("*.replaced-*-wal"))
        else:
            assert all(kept.stat().st_nlink == 1 for kept in each.iterdir())
        assert any(_found(kept, is_broken=is_broken) == "old" for kept in each.glob("*.replaced-*[Z0-9]"))


def _found(path, *, is_broken):
    """What stands at a path: the `old` database or the `new` one, whole."""
    if is_broken and path.read_bytes() == b"broken" * 1000:
        return "old"
    has_log = Path(f"{path}-wal").exists()
    with opened(path) as made, made.read() as tx:
        assert database.faults_of_engine(tx) == []
        is_old = tx.number(sa.select(sa.func.count()).where(t.accounts.c.name == "later")) == 1
    assert is_old or not has_log
    return "old" if is_old else "new"


# As commands --------------------------------------------------------------------------------------


def test_from_a_backup_to_its_rehearsal_by_commands(sample, tmp_path):
    url, folder = file_url(sample), tmp_path / "kept"
    folder.mkdir()
    made = json.loads(run("backup", "create", str(folder), "--keep", "2", "--database", url, "--json").stdout)
    assert set(made) >= {"path", "bytes", "time_entries", "last_change_id", "sha256", "seconds", "deleted"}
    done = run("backup", "create", "--database", url, TIMEWRIGHT_BACKUP_FOLDER=str(tmp_path))
    assert str(tmp_path) in done.stdout
    assert "time entries, last change" in done.stdout
    assert done.stderr == ""
    assert "is whole" in run("backup", "verify", made["path"]).stdout
    assert json.loads(run("backup", "verify", made["path"], "--json").stdout)["sha256"] == made["sha256"]
    rehearsal = file_url(tmp_path / "rehearsal" / "timewright.db")
    assert "revoke them again" in run("backup", "restore", made["path"], "--database", rehearsal).stdout
    again = run("backup", "restore", made["path"], "--database", rehearsal, "--replace", "--json")
    assert Path(json.loads(again.stdout)["kept"]).is_file()
    assert json.loads(run("doctor", "--database", rehearsal, "--json").stdout)["is_well"]


def test_commands_that_cannot_be_done_say_why(sample, tmp_path):
    url = file_url(sample)
    (tmp_path / "text").write_text("text")
    missing = f"sqlite:///{tmp_path}/none/timewright.db"
    server = "postgresql://nobody@127.0.0.1:1/none"
    for arguments, code, said in [
        (("create", "--database", missing), 4, "no database"),
        (("create", "--database", server), 5, "pg_dump"),
        (("restore", "x", "--database", server), 5, "pg_dump"),
        (("create", "--database", "nonsense"), 2, "cannot be opened"),
        (("create", "--database", "sqlite://"), 2, "names no file"),
        (("create", str(tmp_path / "text"), "--database", url), 5, "is there already"),
        (("create", str(tmp_path / "a"), "--keep", "3", "--database", url), 2, "--keep"),
        (("verify", str(tmp_path / "text")), 1, "no database"),
        (("restore", str(tmp_path / "text"), "--replace", "--database", url), 1, "Nothing was replaced"),
        (("restore", str(tmp_path / "text"), "--database", url), 5, "--replace"),
    ]:
        done = run("backup", *arguments, code=code)
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
    assert names(tmp_path) == ["data", "text"]
