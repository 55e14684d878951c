"""An assignment says that a person, or a resource without a name yet, is to work on a story."""

from collections.abc import Callable

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of, opened, participates
from timewright.presenting.declare import Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Integer, Number
from timewright.resources.shared_declarations import STAMPS, external_reference_filters, external_references, timestamps
from timewright.tables import assignments, stories, workspaces

_A = assignments.c
_S = stories.alias("assigned")


def _of_story(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(_S.c.account_id == _A.account_id, _S.c.id == _A.story_id, *conditions)


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The assignments to stories of projects that the actor sees."""
    seen = _of_story(participates(actor, _S.c.account_id, _S.c.workspace_id))
    return sa.and_(in_accounts_of(actor, _A.account_id), opened(actor, _A.account_id, seen))


def _not_of(*conditions: sa.ColumnElement[bool]) -> Callable[[Actor, bool], sa.ColumnElement[bool] | None]:
    """Leaves out assignments to stories of which this holds."""

    def where(actor: Actor, only: bool) -> sa.ColumnElement[bool] | None:
        if not only:
            return None
        if len(actor.account_ids) == 1:
            # Read once, and not for every row.
            return _A.story_id.not_in(sa.select(_S.c.id).where(in_accounts_of(actor, _S.c.account_id), *conditions))
        return ~_of_story(*conditions)

    return where


_IN_ARCHIVED_WORKSPACE = sa.exists().where(
    workspaces.c.account_id == _S.c.account_id, workspaces.c.id == _S.c.workspace_id, workspaces.c.archived
)


def _column(column: sa.Column[int], sentence: str) -> Filter:
    return Filter(name=str(column.name), kind=Integer(), sentence=sentence, where=lambda _, id_: column == id_)


_PLANNABLE = sa.and_(_A.current, _of_story(sa.not_(_S.c.archived), _S.c.deleted_at.is_(None)))

RESOURCE = Resource(
    name="assignments",
    singular="assignment",
    type="Assignment",
    table=assignments,
    sentence="That somebody is to work on a task.",
    visible_to=visible_to,
    fields=(
        Field(name="current", kind=Boolean(), sentence="Whether it still holds."),
        Field(
            name="estimated_minutes",
            kind=Integer(),
            nullable=True,
            sentence="How long the work should take, in minutes.",
        ),
        Field(name="allocated_minutes", kind=Integer(), sentence="How many minutes are planned for it."),
        Field(name="resource_id", kind=Number(), sentence="The place in the project's team, a JSON number."),
        *STAMPS,
    ),
    includes=(
        Include(
            name="assignee",
            target="users",
            member="assignee_id",
            column="assignee_id",
            always=True,
            sentence="Who is to do it; null while the resource has no name.",
        ),
        Include(
            name="story", target="stories", member="story_id", column="story_id", always=True, sentence="The task."
        ),
        external_references("Assignment"),
    ),
    filters=(
        *timestamps(assignments),
        *external_reference_filters(assignments, "Assignment"),
        _column(_A.assignee_id, "Assignments of this person."),
        _column(_A.story_id, "Assignments to this task."),
        Filter(
            name="workspace_id",
            kind=Integer(),
            sentence="Assignments to tasks of this project.",
            where=lambda _, workspace_id: _of_story(_S.c.workspace_id == workspace_id),
        ),
        _column(_A.resource_id, "Assignments of this place in a team."),
        Filter(
            name="current",
            kind=Boolean(),
            sentence="Those that still hold, or those that do not.",
            where=lambda _, holds: _A.current if holds else sa.not_(_A.current),
        ),
        Filter(
            name="uncurrent",
            kind=Boolean(),
            sentence="Those that do not hold any more, or those that do.",
            where=lambda _, gone: sa.not_(_A.current) if gone else _A.current,
        ),
        Filter(
            name="in_unarchived_stories",
            kind=Boolean(),
            default=True,
            sentence="Whether those to archived tasks are left out.",
            where=_not_of(_S.c.archived),
        ),
        Filter(
            name="in_unarchived_workspaces",
            kind=Boolean(),
            default=True,
            sentence="Whether those in archived projects are left out.",
            where=_not_of(_IN_ARCHIVED_WORKSPACE),
        ),
        Filter(
            name="include_unnamed",
            kind=Boolean(),
            default=False,
            sentence="Whether those of resources without a name are there as well.",
            where=lambda _, shown: None if shown else _A.assignee_id.is_not(None),
        ),
        Filter(
            name="plannable",
            kind=Boolean(),
            sentence="Current ones to tasks that are neither archived nor deleted, or all others.",
            where=lambda _, only: _PLANNABLE if only else sa.not_(_PLANNABLE),
        ),
    ),
    orders=(
        Order(name="created_at", column=_A.created_at, sentence="By when it was made."),
        Order(name="updated_at", column=_A.updated_at, sentence="By when it last changed."),
    ),
    default_order=("created_at", "desc"),
)
