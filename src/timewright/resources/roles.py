"""A role is what somebody does in a project: designer, engineer. Rate cards give roles their rates."""

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of
from timewright.presenting.declare import Field, Resource
from timewright.presenting.kinds import Instant, Text
from timewright.resources.shared_declarations import STAMPS, external_references
from timewright.tables import roles


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The roles of the accounts in which the actor stands."""
    return in_accounts_of(actor, roles.c.account_id)


RESOURCE = Resource(
    name="roles",
    singular="role",
    type="Role",
    table=roles,
    sentence="What somebody does in a project.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(
        Field(name="name", kind=Text(), sentence="The name."),
        *STAMPS,
        Field(name="deleted_at", kind=Instant(), nullable=True, sentence="When it was deleted; null while active."),
    ),
    includes=(external_references("Role"),),
)
