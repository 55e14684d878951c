"""`timewright doctor`: what it finds, and that it disturbs nobody."""

import contextlib
import json
import resource
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.test_backup import altered, an_index_of_another, names, opened
from tests.test_cli import demo, run
from timewright import clock, disks, doctor
from timewright.database import CannotOpen, Database, file_url

ORDER = [
    "program", "settings", "open files", "file system", "free disk", "permissions", "server", "write-ahead log",
    "database", "durability", "schema", "integrity", "rows", "clock", "backups",
]  # fmt: skip


@pytest.fixture
def examined(sample, tmp_path, monkeypatch):
    """Look at the database as it now is; what is not ok, by name."""
    monkeypatch.setenv("TIMEWRIGHT_BACKUP_FOLDER", str(tmp_path / "backups"))
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / f"timewright-{clock.now():%Y%m%dT%H%M%SZ}.backup").write_text("")

    def examine(**how):
        found = doctor.examine(url=file_url(sample), **how)
        assert all(check.advice for check in found if check.state != "ok")
        return {check.name: check for check in found if check.state != "ok"}

    return examine


def test_all_is_well_with_a_new_database_and_nothing_is_left_behind(sample, examined):
    before = sample.read_bytes()
    assert examined() == {}
    assert examined(quick=True) == {}
    assert [check.name for check in doctor.examine(url=file_url(sample))] == ORDER
    assert names(sample.parent) == ["timewright.db"]
    # Bytes 18 and 19 say that it is kept with a write-ahead log: a new file may not have been opened yet.
    assert sample.read_bytes()[100:] == before[100:]


def test_it_works_beside_a_server_that_writes(sample, examined):
    with opened(sample) as server:
        server.serve_alone()
        with server.write():
            assert examined() == {}
            assert "A server runs" in next(c.told for c in doctor.examine(url=file_url(sample)) if c.name == "server")
        assert Path(f"{sample}-wal").exists()
    assert "No server runs" in next(c.told for c in doctor.examine(url=file_url(sample)) if c.name == "server")


def test_a_database_that_is_not_there_is_a_problem_and_is_not_made(tmp_path):
    url = file_url(tmp_path / "none" / "timewright.db")
    (found,) = [check for check in doctor.examine(url=url) if check.state == "problem"]
    assert found.name == "database"
    assert "There is no database" in found.told
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("statement", "name", "state", "said"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "schema", "problem", "does not know"),
        ("DELETE FROM alembic_version", "schema", "warning", "empty"),
        ("DELETE FROM account_people", "integrity", "problem", "points to none"),
        ("DELETE FROM time_entries WHERE id = 9", "rows", "problem", "are not there"),
        ("DELETE FROM changes WHERE id > 9", "rows", "problem", "no line in the change log"),
        ("UPDATE accounts SET rolled_up_to = 9", "rows", "problem", "counts are wrong"),
        ("UPDATE id_counters SET last_id = 1", "rows", "problem", "given out again"),
        ("UPDATE changes SET created_at = created_at + 400000000000000", "clock", "warning", "after now"),
    ],
)
def test_what_is_wrong_in_the_database_is_named(sample, examined, statement, name, state, said):
    with altered(sample) as beside:
        beside.execute(statement)
    found = examined()[name]
    assert found.state == state
    assert said in found.told


def test_an_index_that_does_not_fit_its_rows_is_a_problem(sample, examined):
    an_index_of_another(sample)
    assert examined()["integrity"].state == "problem"


def test_a_file_that_is_no_database_is_a_problem(sample, examined):
    sample.write_bytes(b"a diary\n" * 500)
    found = examined()["database"]
    assert found.state == "problem"
    assert "not a database" in found.told
    assert sample.read_bytes() == b"a diary\n" * 500


def test_what_others_may_read_is_a_warning(sample, examined):
    sample.chmod(0o644)
    assert examined()["permissions"].state == "warning"
    sample.chmod(0o640)
    assert "permissions" not in examined()


def test_a_disk_that_fills_up_is_named(sample, examined, monkeypatch):
    monkeypatch.setenv("TIMEWRIGHT_DISK_RESERVE_BYTES", str(2**60))
    assert examined()["free disk"].state == "problem"


def test_a_long_log_is_a_warning(sample, examined):
    with contextlib.closing(sqlite3.connect(sample)) as reader, opened(sample) as server:
        with server.write():
            pass
        reader.execute("PRAGMA wal_autocheckpoint = 0")
        reader.execute("SELECT count(*) FROM users").fetchone()
        log = Path(f"{sample}-wal")
        with log.open("ab") as file:
            file.truncate(doctor.LONG_LOG_BYTES + 1)
        assert examined()["write-ahead log"].state == "warning"


@pytest.mark.parametrize(("limits", "is_told"), [((512, 512), True), ((512, 4_096), False)])
def test_few_open_files_are_a_warning_unless_the_server_may_raise_the_limit(examined, monkeypatch, limits, is_told):
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    assert ("open files" in examined()) is is_told


def test_a_clock_that_is_far_back_is_a_problem(examined, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(1970, 1, 2, tzinfo=UTC))
    assert examined()["clock"].state == "problem"


def test_backups_are_missed(tmp_path, examined, monkeypatch):
    folder = tmp_path / "backups"
    (newest,) = folder.iterdir()
    newest.rename(folder / f"timewright-{clock.now() - timedelta(days=3):%Y%m%dT%H%M%SZ}.backup")
    assert "It is old" in examined()["backups"].told
    next(folder.iterdir()).unlink()
    assert "There is no backup" in examined()["backups"].told
    folder.rmdir()
    assert examined()["backups"].state == "problem"
    monkeypatch.delenv("TIMEWRIGHT_BACKUP_FOLDER")
    assert "not known" in examined()["backups"].told


def test_a_setting_of_the_wrong_form_is_a_problem(monkeypatch):
    monkeypatch.setenv("TIMEWRIGHT_PORT", "many")
    found = doctor.examine()
    assert [(check.name, check.state) for check in found] == [("program", "ok"), ("settings", "problem")]
    assert "TIMEWRIGHT_PORT" in found[1].told


def test_the_checks_of_rows_are_made_on_either_engine(house):
    found = {check.name: check.state for check in doctor.examine(url=house.database.url)}
    assert found["database"] == found["schema"] == "ok"
    assert {"rows", "clock"} <= found.keys()


def test_the_command_says_it_on_a_page_or_as_json(tmp_path):
    with demo(tmp_path) as process:
        process.stdout.readline()
        url = f"sqlite:///{tmp_path}/timewright.db"
        page = run("doctor", "--quick", "--database", url).stdout
        assert page.startswith("ok       program          Timewright ")
        assert "A server runs on this database." in page
    told = json.loads(run("doctor", "--database", f"{url}.none", "--json", code=1).stdout)
    assert told["is_well"] is False
    assert {"name", "state", "told", "advice"} == set(told["checks"][0])


# Where the file lies ------------------------------------------------------------------------------

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:44 / /srv rw - nfs4 files:/srv rw,vers=4.2
41 40 0:45 / /srv/local\\040disk rw - xfs /dev/vdb rw
42 22 0:46 / /mnt rw - ext4 /dev/vdc rw
43 22 0:47 / /mnt rw shared:7 master:2 - fuse.sshfs me@there: rw
no line of a mount
"""


@pytest.mark.parametrize(
    ("at", "kind"),
    [
        ("/var/lib/a.db", "ext4"),
        ("/srv/a.db", "nfs4"),
        ("/srv/local disk/a.db", "xfs"),
        ("/srv/local disks/a.db", "nfs4"),
        ("/mnt/deep/down/a.db", "fuse.sshfs"),
    ],
)
def test_the_innermost_and_latest_mount_is_where_a_file_lies(tmp_path, monkeypatch, at, kind):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr(disks, "MOUNTS", mounts)
    assert disks.file_system(Path(at)) == kind
    monkeypatch.setattr(disks, "MOUNTS", tmp_path / "none")
    assert disks.file_system(Path(at)) is None


def test_the_kernel_is_asked():
    assert disks.file_system(Path("/proc/self")) == "proc"


def test_a_network_share_is_not_served_from_unless_that_is_allowed(sample, examined, monkeypatch):
    mounts = sample.parent.parent / "mounts"
    mounts.write_text(f"40 22 0:44 / {sample.parent.resolve()} rw - cifs //files/share rw\n")
    monkeypatch.setattr(disks, "MOUNTS", mounts)
    assert examined()["file system"].state == "problem"
    with opened(sample) as server:
        with pytest.raises(CannotOpen, match=r"network file system \(cifs\).*ALLOW_NETWORK_DISK"):
            server.serve_alone()
        server.serve_alone(on_any_disk=True)
        with pytest.raises(CannotOpen, match="Another server"):
            Database(file_url(sample)).serve_alone(on_any_disk=True)
    monkeypatch.setenv("TIMEWRIGHT_ALLOW_NETWORK_DISK", "true")
    assert examined()["file system"].state == "warning"
