"""A custom field choice is one of the values among which those of a field are chosen."""

import sqlalchemy as sa

from timewright.actor import Actor, reads_custom_field
from timewright.presenting.declare import Field, Resource
from timewright.presenting.kinds import Id, Integer, Text
from timewright.resources.shared_declarations import STAMPS
from timewright.tables import custom_field_choices

_C = custom_field_choices.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The choices of fields that the actor sees."""
    return reads_custom_field(actor, _C.account_id, _C.custom_field_id)


RESOURCE = Resource(
    name="custom_field_choices",
    singular="custom_field_choice",
    type="CustomFieldChoice",
    table=custom_field_choices,
    sentence="One of the values among which those of a custom field are chosen.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(
        Field(name="label", kind=Text(), sentence="What it says."),
        Field(name="position", kind=Integer(), sentence="Its place among the choices."),
        Field(name="custom_field_id", kind=Id(), sentence="The field."),
        *STAMPS,
    ),
)
