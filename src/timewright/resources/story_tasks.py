"""A story task is a line of a story's checklist."""

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of, sees_workspace
from timewright.presenting.declare import Field, Resource
from timewright.presenting.kinds import Boolean, Id, Integer, Text
from timewright.resources.shared_declarations import STAMPS
from timewright.tables import stories, story_tasks

_LISTED = stories.alias("listed")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The lines of stories of projects that the actor sees."""
    listed = sa.exists().where(
        _LISTED.c.account_id == story_tasks.c.account_id,
        _LISTED.c.id == story_tasks.c.story_id,
        sees_workspace(actor, _LISTED.c.account_id, _LISTED.c.workspace_id),
    )
    return sa.and_(in_accounts_of(actor, story_tasks.c.account_id), listed)


RESOURCE = Resource(
    name="story_tasks",
    singular="story_task",
    type="StoryTask",
    table=story_tasks,
    sentence="A line of a task's checklist.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(
        Field(name="text", kind=Text(), sentence="What is to be done."),
        Field(name="position", kind=Integer(), sentence="Its place in the list."),
        Field(name="completed", kind=Boolean(), sentence="Whether it is done."),
        Field(name="story_id", kind=Id(), sentence="The task."),
        *STAMPS,
    ),
)
