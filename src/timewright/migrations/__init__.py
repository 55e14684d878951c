"""Bring a database to the schema of this program, step by step, on either engine.

The steps are Alembic's, linear, in `versions/`. A database newer than the program is refused, since an
older program could damage what it does not know.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from timewright.database import Database, Transaction

HEAD = "0001"
"""The step that this program's `tables.py` stands at."""

_HERE = Path(__file__).parent


class NewerSchema(RuntimeError):
    """The database was written by a newer Timewright than this one."""


def step(transaction: Transaction) -> str | None:
    """The step a database stands at, or None when it is empty."""
    if not sa.inspect(transaction.connection).has_table("alembic_version"):
        return None
    row = transaction.one(sa.text("SELECT version_num FROM alembic_version"))
    return None if row is None else str(row["version_num"])


def is_behind(database: Database) -> bool:
    """Whether a database that is not empty stands at an earlier step than this program."""
    with database.read() as transaction:
        present = step(transaction)
    return present != HEAD and present in known_steps()


def upgrade(database: Database) -> bool:
    """Carry out every step that is missing, in one transaction; True when there were any.

    Alembic is imported only when something is to be done: a server that starts on a current database
    does not wait for it.
    """
    with database.write() as transaction:
        present = step(transaction)
        if present == HEAD:
            return False
        if present is not None and present not in known_steps():
            raise NewerSchema(
                f"The database stands at step {present}, which this Timewright does not know. "
                f"It knows steps up to {HEAD}: run a newer Timewright."
            )
        _run(transaction)
        return True


def known_steps() -> list[str]:
    """The steps of this program, oldest first."""
    return sorted(path.name[:4] for path in (_HERE / "versions").glob("[0-9]*.py"))


def _run(transaction: Transaction) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = transaction.connection
    command.upgrade(config, "head")
