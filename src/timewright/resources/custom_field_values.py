"""A custom field value says of one object what a custom field asks. It is seen by whoever sees the object and may
read the field.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, reads_custom_field, writes_custom_field
from timewright.database import Row, Transaction, among
from timewright.presenting.custom_kinds import Anything, number
from timewright.presenting.declare import Condition, Field, Filter, Include, Key, Order, Resource
from timewright.presenting.kinds import Boolean, Ids, Number, Text
from timewright.resources import stories, time_entries, users, workspace_groups, workspace_resources, workspaces
from timewright.resources.shared_declarations import STAMPS, external_reference_filters, external_references, timestamps
from timewright.resources.subjects import sees_subject, snake_case
from timewright.rules import currencies
from timewright.tables import custom_field_choices, custom_field_value_choices, custom_field_values, custom_fields

_V = custom_field_values.c
SUBJECTS = {
    **{
        snake_case(each.type): each
        for each in (
            stories.RESOURCE,
            users.RESOURCE,
            workspaces.RESOURCE,
            workspace_groups.RESOURCE,
            time_entries.RESOURCE,
        )
    },
    # A place in a team goes by another name here (contract: custom_fields.filters.subject_type).
    "resource": workspace_resources.RESOURCE,
}


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The values of objects that the actor sees, of fields that are open to the actor's permission."""
    return sa.and_(
        sees_subject(actor, custom_field_values, SUBJECTS),
        reads_custom_field(actor, _V.account_id, _V.custom_field_id),
    )


_MAY_SET = Condition(
    name="may_set",
    sentence="the caller's permission sets values of the field",
    holds=lambda actor: writes_custom_field(actor, _V.account_id, _V.custom_field_id),
)


def _of_field(column: sa.Column[Any]) -> Any:
    told = sa.select(column).where(
        custom_fields.c.account_id == _V.account_id, custom_fields.c.id == _V.custom_field_id
    )
    return lambda _: told.scalar_subquery()


_Told = tuple[Any, str]


def _told(tx: Transaction, _: Actor, rows: Sequence[Row]) -> Mapping[Key, _Told]:
    """Each value as the wire holds it and for reading. The choices of all rows are read at once."""
    held, choices = custom_field_value_choices.c, custom_field_choices.c
    statement = (
        sa.select(held.account_id, held.custom_field_value_id, choices.id, choices.label)
        .where(
            choices.account_id == held.account_id,
            choices.id == held.custom_field_choice_id,
            among(held.account_id, {row["account_id"] for row in rows}),
            among(held.custom_field_value_id, {row["id"] for row in rows}),
        )
        .order_by(choices.position, choices.id)
    )
    chosen: dict[Key, list[Row]] = {(row["account_id"], row["id"]): [] for row in rows}
    for each in tx.rows(statement):
        of_value = chosen.get((each["account_id"], each["custom_field_value_id"]))
        if of_value is not None:
            of_value.append(each)
    return {(row["account_id"], row["id"]): _value(row, chosen[row["account_id"], row["id"]]) for row in rows}


def _value(row: Row, chosen: Sequence[Row]) -> _Told:
    """By type: text, a day, a number, subunits with their currency, ids of choices (contract: value)."""
    if row["text"] is not None:
        return row["text"], row["text"]
    if row["date"] is not None:
        return row["date"].isoformat(), row["date"].isoformat()
    if row["number"] is not None:
        return number(row["number"]), row["number"]
    if row["amount_in_cents"] is not None:
        shown = currencies.display_amount(row["amount_in_cents"], row["currency"])
        return [row["amount_in_cents"], row["currency"]], shown
    return [str(each["id"]) for each in chosen], ", ".join(each["label"] for each in chosen)


def _selected(_: Actor) -> sa.Select[Any]:
    held = custom_field_value_choices.c
    return sa.select(held.account_id, held.custom_field_value_id, held.custom_field_choice_id)


def _ids(name: str, column: sa.Column[int], sentence: str) -> Filter:
    return Filter(name=name, kind=Ids(), sentence=sentence, where=lambda _, ids: among(column, ids))


RESOURCE = Resource(
    name="custom_field_values",
    singular="custom_field_value",
    type="CustomFieldValue",
    table=custom_field_values,
    sentence="What a custom field says of one object.",
    visible_to=visible_to,
    fields=(
        Field(name="subject_type", kind=Text(), sentence="What the object is: story, user, workspace or time_entry."),
        Field(name="subject_id", kind=Number(), sentence="The object's id, a JSON number."),
        Field(
            name="value",
            kind=Anything(),
            sentence="Text, a day, a number, [subunits, currency], or the ids of choices.",
            batched=_told,
            value=lambda told: told[0],
        ),
        Field(
            name="display_value",
            kind=Text(),
            sentence="The same for reading.",
            batched=_told,
            value=lambda told: told[1],
        ),
        Field(
            name="type",
            kind=Text(),
            sentence="string, date, number, currency, single or multi.",
            expression=_of_field(custom_fields.c.value_type),
        ),
        Field(name="account_id", kind=Number(), sentence="The account, a JSON number."),
        Field(
            name="custom_field_name",
            kind=Text(),
            sentence="What the field is called.",
            expression=_of_field(custom_fields.c.name),
        ),
        Field(
            name="can_edit",
            kind=Boolean(),
            sentence="Whether the caller's permission sets values of the field.",
            reads=(_MAY_SET,),
            value=lambda row: bool(row["_may_set"]),
        ),
        *STAMPS,
    ),
    includes=(
        Include(
            name="custom_field",
            target="custom_fields",
            member="custom_field_id",
            column="custom_field_id",
            always=True,
            sentence="The field.",
        ),
        Include(
            name="setter",
            target="users",
            member="setter_id",
            column="setter_id",
            always=True,
            sentence="Who set it.",
        ),
        Include(
            name="selected_choices",
            target="custom_field_choices",
            member="selected_choice_ids",
            links=_selected,
            sentence="The choices that it holds.",
        ),
        Include(
            name="subject",
            member="subject_ref",
            column="subject_id",
            kind_column="subject_type",
            targets={word: (each.name, each.name) for word, each in SUBJECTS.items()},
            sentence="The object, as its section and id.",
        ),
        external_references("CustomFieldValue"),
    ),
    filters=(
        *timestamps(custom_field_values),
        *external_reference_filters(custom_field_values, "CustomFieldValue"),
        Filter(
            name="subject_type",
            kind=Text(),
            required=True,
            missing_is_unreadable=True,
            sentence="Values of this type of object: Story, User, Workspace or TimeEntry.",
            where=lambda _, word: _V.subject_type == snake_case(word),
        ),
        _ids("with_custom_field_id", _V.custom_field_id, "Values of these fields."),
        _ids("with_setter_id", _V.setter_id, "Values that these people set."),
        _ids("with_subject_id", _V.subject_id, "Values of the objects with these ids."),
    ),
    orders=(
        Order(name="created_at", column=_V.created_at, sentence="By when it was made."),
        Order(name="subject_id", column=_V.subject_id, sentence="By the object's id."),
        Order(name="updated_at", column=_V.updated_at, sentence="By when it last changed."),
    ),
    default_order=("created_at", "asc"),
)
