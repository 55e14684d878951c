"""An account location is a place where work may be done. A time entry names it by its exact name."""

import sqlalchemy as sa

from timewright.actor import Actor
from timewright.database import among
from timewright.presenting.declare import Field, Resource
from timewright.presenting.kinds import Boolean, Text
from timewright.tables import account_locations, time_entries


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The locations of the actor's own account."""
    return among(account_locations.c.account_id, [actor.account_id])


def _in_use(_: Actor) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        time_entries.c.account_id == account_locations.c.account_id,
        time_entries.c.location_id == account_locations.c.id,
    )


RESOURCE = Resource(
    name="account_locations",
    singular="account_location",
    type="AccountLocation",
    table=account_locations,
    sentence="A place where work may be done.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(
        Field(name="name", kind=Text(), sentence="The name, unique in the account."),
        Field(name="archived", kind=Boolean(), sentence="Whether no new time may name it."),
        Field(name="in_use", kind=Boolean(), sentence="Whether some time entry names it.", expression=_in_use),
    ),
)
