"""A line item lock closes all days before one for writing, in the whole account. The latest one is in force, and
stands on the account as its lock date.
"""

import sqlalchemy as sa

from timewright.actor import Actor
from timewright.presenting.declare import Field, Include, Resource
from timewright.presenting.kinds import Day, Number
from timewright.tables import line_item_locks


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The locks of the actor's own account: whoever logs time there runs into them."""
    return line_item_locks.c.account_id == actor.account_id


RESOURCE = Resource(
    name="line_item_locks",
    singular="line_item_lock",
    type="LineItemLock",
    table=line_item_locks,
    sentence="That the days before one are closed for writing.",
    visible_to=visible_to,
    fields=(
        Field(name="account_id", kind=Number(), sentence="The account, a JSON number."),
        Field(name="locked_to", kind=Day(), sentence="Days before it are closed; the day itself is open."),
    ),
    includes=(
        Include(
            name="creator",
            target="users",
            member="creator_id",
            column="creator_id",
            always=True,
            sentence="Who closed them.",
        ),
    ),
)
