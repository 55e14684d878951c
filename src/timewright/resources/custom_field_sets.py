"""A custom field set holds the custom fields of one type of object that belong together."""

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of
from timewright.presenting.declare import Field, Resource
from timewright.presenting.kinds import Text
from timewright.resources.shared_declarations import STAMPS
from timewright.tables import custom_field_sets


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The sets of accounts where the actor stands."""
    return in_accounts_of(actor, custom_field_sets.c.account_id)


RESOURCE = Resource(
    name="custom_field_sets",
    singular="custom_field_set",
    type="CustomFieldSet",
    table=custom_field_sets,
    sentence="Custom fields that belong together.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(
        Field(name="name", kind=Text(), sentence="What it is called."),
        Field(name="subject_type", kind=Text(), sentence="Of what they are the fields: story, user, workspace …."),
        *STAMPS,
    ),
)
