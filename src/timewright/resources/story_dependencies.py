"""A story dependency says in which order two stories are worked on."""

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of, sees_workspace
from timewright.presenting.declare import Field, Resource
from timewright.presenting.kinds import Id, Text
from timewright.resources.shared_declarations import STAMPS
from timewright.tables import stories, story_dependencies

_D = story_dependencies.c
_FIRST, _SECOND = stories.alias("first"), stories.alias("second")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The dependencies between stories of projects that the actor sees, both of them."""
    both = (
        sa.exists().where(
            end.c.account_id == _D.account_id,
            end.c.id == column,
            sees_workspace(actor, end.c.account_id, end.c.workspace_id),
        )
        for end, column in ((_FIRST, _D.source_id), (_SECOND, _D.target_id))
    )
    return sa.and_(in_accounts_of(actor, _D.account_id), *both)


RESOURCE = Resource(
    name="story_dependencies",
    singular="story_dependency",
    type="StoryDependency",
    table=story_dependencies,
    sentence="In which order two tasks are worked on.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(
        Field(name="type", kind=Text(), sentence="How the two hang together, like finish_to_start."),
        Field(name="source_id", kind=Id(), sentence="The task that the other waits for."),
        Field(name="target_id", kind=Id(), sentence="The task that waits."),
        *STAMPS,
    ),
)
