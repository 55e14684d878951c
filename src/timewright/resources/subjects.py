"""What other rows name by a word and an id, where a row may be about one of several kinds of thing."""

import re
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.sql.elements import False_

from timewright.actor import Actor, in_accounts_of
from timewright.presenting.declare import Resource


def by_word(*resources: Resource) -> dict[str, Resource]:
    """Resources by what the wire calls an object of them: `TimeEntry`."""
    return {each.type: each for each in resources}


def snake_case(word: str) -> str:
    """`time_entry` for `TimeEntry`. Both are published (contract: custom_field_values.subject_type)."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower()


def sees_subject(actor: Actor, table: sa.Table, subjects: Mapping[str, Resource]) -> sa.ColumnElement[bool]:
    """The rows whose subject the actor sees, in accounts where the actor stands. Whatever the columns `subject_type`
    and `subject_id` name that is no subject is nobody's.
    """
    return sa.and_(
        in_accounts_of(actor, table.c.account_id),
        sa.or_(
            *(
                sa.and_(table.c.subject_type == sa.literal_column(f"'{word}'"), _sees(actor, table, each))
                for word, each in subjects.items()
            )
        ),
    )


def _sees(actor: Actor, table: sa.Table, subject: Resource) -> sa.ColumnElement[bool]:
    visible = subject.visible_to(actor)
    if isinstance(visible, False_):
        return visible
    conditions = [subject.table.c.id == table.c.subject_id, visible]
    if subject.is_tenant:
        conditions.append(subject.table.c.account_id == table.c.account_id)
    return sa.exists().where(*conditions)
