"""A custom field is something that an account wants to know of its projects, tasks, people or time entries.

Whoever stands in the account sees the fields that their permission opens.
"""

from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, opened, reads_custom_field
from timewright.database import by_letters
from timewright.presenting.declare import Condition, Expression, Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Integer, Text
from timewright.resources.shared_declarations import STAMPS, external_reference_filters, external_references, timestamps
from timewright.resources.subjects import snake_case
from timewright.resources.words import holding
from timewright.tables import custom_field_values, custom_fields

_F = custom_fields.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The fields of accounts where the actor stands that are open to the actor's permission."""
    return reads_custom_field(actor, _F.account_id, _F.id)


_SEES_ACCOUNT = Condition(
    name="sees_account",
    sentence="the caller sees everything of the account",
    # How often something is said tells of projects and people that the caller may not see.
    holds=lambda actor: opened(actor, _F.account_id, sa.false()),
)
_VALUES = (
    custom_field_values.c.account_id == _F.account_id,
    custom_field_values.c.custom_field_id == _F.id,
)


def _counted(_: Actor) -> sa.ColumnElement[int]:
    return sa.select(sa.func.count()).select_from(custom_field_values).where(*_VALUES).scalar_subquery()


def _told(name: str, kind: Boolean | Integer, sentence: str, expression: Expression) -> Field:
    return Field(
        name=name, kind=kind, nullable=True, sentence=sentence, expression=expression, null_unless=_SEES_ACCOUNT
    )


def _text(name: str, sentence: str, **how: Any) -> Field:
    return Field(name=name, kind=Text(), sentence=sentence, **how)


def _flag(name: str, sentence: str) -> Field:
    return Field(name=name, kind=Boolean(), sentence=sentence)


RESOURCE = Resource(
    name="custom_fields",
    singular="custom_field",
    type="CustomField",
    table=custom_fields,
    sentence="Something that an account wants to know of its projects, tasks, people or time entries.",
    visible_to=visible_to,
    endpoints=frozenset({"index"}),
    fields=(
        _text("name", "What it is called."),
        _text("value_type", "string, date, number, currency, single or multi."),
        _text("default_text", "What a value is when nothing was said.", nullable=True),
        _flag("unique_constraint", "Whether no two objects may have the same value."),
        _text("write_access", "The lowest permission that sets values; null for every member.", nullable=True),
        _text("read_access", "The lowest permission that sees values; null for everyone.", nullable=True),
        *STAMPS,
        _told("values_count", Integer(), "How many values there are.", _counted),
        _told("has_values", Boolean(), "Whether there are any.", lambda _: sa.exists().where(*_VALUES)),
        _flag("hidden_in_user_interface", "Whether it is for programs only."),
        _text("currency", "The currency of its amounts, where they are all of one.", nullable=True),
        _flag("available_on_estimates", "Whether estimates have it."),
        _flag("available_to_resources", "Whether places in a team have it."),
    ),
    includes=(
        Include(
            name="choices",
            target="custom_field_choices",
            member="choice_ids",
            points_back="custom_field_id",
            sentence="What a value may be chosen from.",
        ),
        Include(
            name="creator",
            target="users",
            member="creator_id",
            column="creator_id",
            always=True,
            sentence="Who made it.",
        ),
        Include(
            name="custom_field_set",
            target="custom_field_sets",
            member="custom_field_set_id",
            column="custom_field_set_id",
            always=True,
            sentence="The set it belongs to.",
        ),
        external_references("CustomField"),
    ),
    filters=(
        *timestamps(custom_fields),
        *external_reference_filters(custom_fields, "CustomField"),
        holding("matching", "Fields with this in their name.", _F.name),
        Filter(
            name="subject_type",
            kind=Text(),
            sentence="Fields of this type of object: Story, User, Workspace, WorkspaceGroup, Resource or TimeEntry.",
            where=lambda _, word: _F.subject_type == snake_case(word),
        ),
    ),
    orders=(
        Order(name="name", column=by_letters(_F.name), sentence="By name."),
        Order(name="updated_at", column=_F.updated_at, sentence="By when it last changed."),
    ),
    default_order=("name", "asc"),
)
