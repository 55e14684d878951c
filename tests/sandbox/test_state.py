"""Putting a database back to what a copy holds, under those who read it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from timewright.database import CannotOpen, Database, file_url
from timewright.tables import time_entries

COUNT = sa.select(sa.func.count()).select_from(time_entries)


def counted(database: Database) -> int:
    with database.read() as tx:
        return tx.number(COUNT)


def emptied(database: Database) -> None:
    with database.write() as tx:
        tx.execute(sa.text("DROP TABLE idempotency_records"))
        (last,) = tx.rows(sa.select(sa.func.max(time_entries.c.id).label("id")))
        assert tx.execute(sa.update(time_entries).values(taxable=True).where(time_entries.c.id == last["id"])) == 1


@pytest.fixture
def kept(sample: Path, tmp_path: Path) -> Path:
    database = Database(file_url(sample))
    database.copy_to(tmp_path / "kept", lambda *_: None)
    database.close()
    return tmp_path / "kept"


def test_a_copy_is_put_back_with_its_schema(sample: Path, kept: Path) -> None:
    database = Database(file_url(sample))
    settings = database.settings_kept()
    before = counted(database)
    for _ in range(3):
        emptied(database)
        database.copy_from(kept)
        with database.read() as tx:
            assert tx.number(sa.text("SELECT count(*) FROM idempotency_records")) == 0
            assert tx.number(sa.select(sa.func.count()).where(time_entries.c.taxable)) == 0
        assert counted(database) == before
        assert database.settings_kept() == settings
    database.close()


def test_who_reads_meanwhile_sees_one_state(sample: Path, kept: Path) -> None:
    database = Database(file_url(sample))
    emptied(database)
    with database.read() as tx:
        taxable = sa.select(sa.func.count()).where(time_entries.c.taxable)
        assert tx.number(taxable) == 1
        database.copy_from(kept)
        assert tx.number(taxable) == 1
    with database.read() as tx:
        assert tx.number(taxable) == 0
    database.close()


def test_what_is_no_copy_changes_nothing(sample: Path, tmp_path: Path) -> None:
    database = Database(file_url(sample))
    before = counted(database)
    (tmp_path / "none").write_text("no database at all " * 1_000)
    for path in (tmp_path / "none", tmp_path / "absent"):
        with pytest.raises(CannotOpen):
            database.copy_from(path)
    assert counted(database) == before
    database.close()
