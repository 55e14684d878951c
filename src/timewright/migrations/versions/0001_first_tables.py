"""The first tables: who, where the work is, time, weeks and bills, and what happened.

The statements beside this file are what `tables.py` said at this step, as the schema compiler wrote them
for each engine. They are frozen: what a released database went through never changes.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first release."""
    engine = op.get_bind().dialect.name
    text = Path(__file__).with_name(f"0001_first_tables.{engine}.sql").read_text(encoding="utf-8")
    for statement in text.split(";;\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
