"""The steps end where `tables.py` stands, on both engines."""

import pytest
import sqlalchemy as sa

from timewright import migrations
from timewright import tables as t
from timewright.database import create_schema, describe_schema


def _described(database):
    with database.read() as tx:
        return [each for each in describe_schema(tx) if "alembic_version" not in " ".join(each)]


def test_a_migrated_schema_equals_a_fresh_one(engine, empty_database):
    with engine.bare() as fresh:
        with fresh.write() as tx:
            create_schema(tx, t.metadata)
        made, migrated = _described(fresh), _described(empty_database)
    assert migrated == made
    kinds = {each[0] for each in made}
    assert {"index", "trigger"} <= kinds
    assert any("CHECK" in each[2] for each in made)


def test_the_steps_are_linear_and_end_at_head():
    steps = migrations.known_steps()
    assert steps == [f"{number:04d}" for number in range(1, len(steps) + 1)]
    assert steps[-1] == migrations.HEAD


def test_a_current_database_is_left_alone(empty_database):
    assert migrations.upgrade(empty_database) is False
    with empty_database.read() as tx:
        assert migrations.step(tx) == migrations.HEAD


def test_an_empty_database_has_no_step(engine):
    with engine.bare() as database:
        with database.read() as tx:
            assert migrations.step(tx) is None
        assert migrations.upgrade(database) is True


def test_a_newer_database_is_refused_and_left_alone(empty_database):
    with empty_database.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    before = _described(empty_database)
    with pytest.raises(migrations.NewerSchema, match="newer Timewright"):
        migrations.upgrade(empty_database)
    assert _described(empty_database) == before


def test_a_step_that_fails_leaves_nothing_behind(engine, monkeypatch):
    with engine.bare() as database:
        monkeypatch.setattr(migrations, "_run", _create_and_fail)
        with pytest.raises(ZeroDivisionError):
            migrations.upgrade(database)
        monkeypatch.undo()
        assert migrations.upgrade(database) is True


def _create_and_fail(tx):
    create_schema(tx, t.metadata)
    raise ZeroDivisionError
