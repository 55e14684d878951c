"""A tag is a word that marks stories. Reached through the stories that it marks."""

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of, sees_workspace
from timewright.presenting.declare import Field, Resource
from timewright.presenting.kinds import Text
from timewright.tables import stories, story_tags, tags

_MARKED = stories.alias("marked")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The tags of stories of projects that the actor sees."""
    marked = sa.exists().where(
        story_tags.c.account_id == tags.c.account_id,
        story_tags.c.tag_id == tags.c.id,
        _MARKED.c.account_id == story_tags.c.account_id,
        _MARKED.c.id == story_tags.c.story_id,
        sees_workspace(actor, _MARKED.c.account_id, _MARKED.c.workspace_id),
    )
    return sa.and_(in_accounts_of(actor, tags.c.account_id), marked)


RESOURCE = Resource(
    name="tags",
    singular="tag",
    type="Tag",
    table=tags,
    sentence="A word that marks tasks.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(Field(name="name", kind=Text(), sentence="The word."),),
)
