"""By what stories are narrowed and sorted. Long because their published page is."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from timewright import clock
from timewright.actor import SEES_ACCOUNT, Actor, in_accounts_of, is_one_of, sees_group
from timewright.database import among
from timewright.presenting.declare import Filter, Order
from timewright.presenting.kinds import (
    Boolean,
    Choice,
    Day,
    DayRange,
    Ids,
    IdsOrWords,
    Integer,
    MomentRange,
    Text,
    Words,
)
from timewright.resources.custom_declarations import CUSTOM_DATE, custom_field_filters
from timewright.resources.shared_declarations import external_reference_filters, of_archived_workspaces, timestamps
from timewright.resources.words import search
from timewright.tables import (
    DONE_STATES,
    PRIORITIES,
    assignments,
    stories,
    story_followers,
    story_tags,
    tags,
    workspace_group_workspaces,
    workspaces,
)

_S = stories.c
_BELOW = stories.alias("below")
UNASSIGNED, UNNAMED = "unassigned", "unnamed"

SUB_STORY_COUNT = (
    sa.select(sa.func.count())
    .where(_BELOW.c.account_id == _S.account_id, _BELOW.c.parent_id == _S.id, _BELOW.c.deleted_at.is_(None))
    .scalar_subquery()
)
"""How many stories that were not deleted stand directly below one."""

_DEPTH = sa.case(
    (_S.ancestry == "", 0),
    else_=sa.func.length(_S.ancestry) - sa.func.length(sa.func.replace(_S.ancestry, "/", "")) + 1,
)
_IS_DONE = is_one_of(_S.state, DONE_STATES)
_PRIORITY_LEVEL = sa.case(*((_S.priority == word, level) for level, word in enumerate(PRIORITIES, start=1)), else_=0)


def _show(condition: sa.ColumnElement[bool]) -> Any:
    return lambda _, shown: None if shown else sa.not_(condition)


def _only(condition: sa.ColumnElement[bool]) -> Any:
    return lambda _, only: condition if only else None


def _assigned(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The story has a current assignment of which this holds."""
    return sa.exists().where(
        assignments.c.account_id == _S.account_id, assignments.c.story_id == _S.id, assignments.c.current, *conditions
    )


def _with_assignees(_: Actor, asked: Sequence[int | str]) -> sa.ColumnElement[bool]:
    conditions = [_assigned(among(assignments.c.assignee_id, [each for each in asked if isinstance(each, int)]))]
    if UNASSIGNED in asked:
        conditions.append(~_assigned())
    if UNNAMED in asked:
        conditions.append(_assigned(assignments.c.assignee_id.is_(None)))
    return sa.or_(*conditions)


def _mine(actor: Actor, assigned: bool) -> sa.ColumnElement[bool]:
    is_mine = _assigned(assignments.c.assignee_id == actor.user_id)
    return is_mine if assigned else ~is_mine


def _tagged(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        story_tags.c.account_id == _S.account_id,
        story_tags.c.story_id == _S.id,
        tags.c.account_id == story_tags.c.account_id,
        tags.c.id == story_tags.c.tag_id,
        *conditions,
    )


def _followed(_: Actor, ids: Sequence[int]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        story_followers.c.account_id == _S.account_id,
        story_followers.c.story_id == _S.id,
        among(story_followers.c.user_id, ids),
    )


def _all_on_account(actor: Actor, everything: bool) -> sa.ColumnElement[bool] | None:
    # For reports viewers and administrators (contract: stories.filters.all_on_account).
    return _S.account_id == actor.account_id if everything and actor.permission in SEES_ACCOUNT else None


def _in_groups(actor: Actor, ids: Sequence[int]) -> sa.ColumnElement[bool]:
    of = workspace_group_workspaces.c
    return sa.exists().where(
        of.account_id == _S.account_id,
        of.workspace_id == _S.workspace_id,
        among(of.workspace_group_id, ids),
        sees_group(actor, of.account_id, of.workspace_group_id),
    )


def _takes_time(actor: Actor, workspace_id: int) -> sa.ColumnElement[bool]:
    accepting = sa.select(workspaces.c.id).where(
        in_accounts_of(actor, workspaces.c.account_id),
        workspaces.c.account_id == _S.account_id,
        workspaces.c.id == workspace_id,
        workspaces.c.time_trackable,
        sa.not_(workspaces.c.archived),
    )
    return sa.and_(_S.workspace_id == workspace_id, _S.time_trackable, accepting.exists())


Days = tuple[date | None, date | None]


def _in_days(column: sa.ColumnElement[Any]) -> Callable[[Actor, Days], sa.ColumnElement[bool]]:
    return lambda _, days: sa.and_(
        column.is_not(None),
        column >= days[0] if days[0] else sa.true(),
        column <= days[1] if days[1] else sa.true(),
    )


def _active(_: Actor, days: Days) -> sa.ColumnElement[bool]:
    """Begun by the last day and not due before the first. A day that was not said is the other one."""
    first, last = days
    begins, ends = sa.func.coalesce(_S.start_date, _S.due_date), sa.func.coalesce(_S.due_date, _S.start_date)
    return sa.and_(
        begins.is_not(None),
        ends >= sa.literal(first, _S.due_date.type) if first else sa.true(),
        begins <= sa.literal(last, _S.due_date.type) if last else sa.true(),
    )


def _ids(name: str, column: sa.Column[int], sentence: str) -> Filter:
    return Filter(name=name, kind=Ids(), sentence=sentence, where=lambda _, ids: among(column, ids))


def _id(name: str, column: sa.ColumnElement[int], sentence: str) -> Filter:
    return Filter(name=name, kind=Integer(), sentence=sentence, where=lambda _, id_: column == id_)


def _words(name: str, column: sa.Column[str], sentence: str) -> Filter:
    return Filter(name=name, kind=Words(), sentence=sentence, where=lambda _, words: among(column, words))


def _switch(name: str, sentence: str, where: Any, *replaces: str, default: bool | None = None) -> Filter:
    return Filter(name=name, kind=Boolean(), sentence=sentence, where=where, replaces=replaces, default=default)


def _day(name: str, sentence: str, where: Callable[[date], sa.ColumnElement[bool]]) -> Filter:
    return Filter(name=name, kind=Day(), sentence=sentence, where=lambda _, day: where(day))


def _days(name: str, sentence: str, where: Any) -> Filter:
    return Filter(name=name, kind=DayRange(), sentence=f"{sentence} An empty side is open.", where=where)


_CUSTOM = custom_field_filters(stories, "story")

FILTERS = (
    *timestamps(stories),
    *external_reference_filters(stories, "Story"),
    *_CUSTOM,
    search("With this in the title.", _S.title),
    _id("workspace_id", _S.workspace_id, "Stories of this project."),
    _ids("with_projects", _S.workspace_id, "Stories of these projects."),
    _words("story_type", _S.story_type, "Stories of these types."),
    _words("story_types", _S.story_type, "The same as story_type."),
    _switch("show_archived", "Whether archived stories are there as well.", _show(_S.archived), default=False),
    _switch("only_archived", "Archived stories only.", _only(_S.archived), "show_archived"),
    Filter(
        name="archived",
        kind=Choice(words=("include", "only", "exclude")),
        sentence="Archived stories as well, only, or not at all.",
        replaces=("show_archived",),
        where=lambda _, which: {"only": _S.archived, "exclude": sa.not_(_S.archived)}.get(which),
    ),
    _switch(
        "show_deleted", "Whether deleted stories are there as well.", _show(_S.deleted_at.is_not(None)), default=False
    ),
    _switch("only_deleted", "Deleted stories only.", _only(_S.deleted_at.is_not(None)), "show_deleted"),
    _switch(
        "show_from_archived_workspaces",
        "Whether stories of archived projects are there as well.",
        of_archived_workspaces(stories),
        default=False,
    ),
    _switch("show_todos", "Whether to-dos are there as well.", _show(sa.not_(_S.project_plan)), default=False),
    _switch("only_todos", "To-dos only.", _only(sa.not_(_S.project_plan)), "show_todos"),
    _switch("parents_only", "Stories at the top only.", _only(_S.parent_id.is_(None))),
    _id("with_parent_id", _S.parent_id, "The stories directly below this one."),
    _id("with_root_id", _S.root_id, "The stories below this one at the top, on all levels."),
    _id("with_ancestry_depth", _DEPTH, "Stories with so many above them."),
    _id("by_subtask_count", SUB_STORY_COUNT, "Stories with so many directly below them."),
    Filter(
        name="time_trackable_on_workspace_id",
        kind=Integer(),
        sentence="Stories of this project on which time may be logged.",
        where=_takes_time,
    ),
    Filter(
        name="with_assignees",
        kind=IdsOrWords(words=(UNASSIGNED, UNNAMED)),
        sentence="Assigned to one of these people; unassigned for nobody, unnamed for a resource without a name.",
        where=_with_assignees,
    ),
    _switch("assigned_to_current_user", "Assigned to the caller, or not.", _mine),
    Filter(
        name="not_assigned_to_user",
        kind=Integer(),
        sentence="Not assigned to this person.",
        where=lambda _, user_id: ~_assigned(assignments.c.assignee_id == user_id),
    ),
    Filter(
        name="not_assigned_to_resource",
        kind=Integer(),
        sentence="Not assigned to this place in the project's team.",
        where=lambda _, resource_id: ~_assigned(assignments.c.resource_id == resource_id),
    ),
    Filter(name="with_followers", kind=Ids(), sentence="Followed by one of these people.", where=_followed),
    _ids("creators", _S.creator_id, "Made by one of these people."),
    _words("priority", _S.priority, "Of these priorities."),
    _words("by_status", _S.state, "In these states."),
    Filter(
        name="by_tag_name",
        kind=Words(),
        sentence="With all of these tags.",
        where=lambda _, names: sa.and_(*(_tagged(tags.c.name == name) for name in dict.fromkeys(names))),
    ),
    Filter(
        name="by_any_tag",
        kind=Words(),
        sentence="With one of these tags.",
        where=lambda _, names: _tagged(among(tags.c.name, names)),
    ),
    Filter(
        name="by_workspace_group",
        kind=Ids(),
        sentence="Of projects in one of these groups.",
        where=_in_groups,
    ),
    Filter(
        name="exclude_workspace_title_from_search",
        kind=Boolean(),
        sentence="Narrows nothing: a search never looks at the titles of projects.",
    ),
    # False narrows nothing (contract: stories.filters.completed).
    _switch("completed", "Stories that are done.", _only(_IS_DONE)),
    _switch("uncompleted", "Stories that are not done.", _only(sa.not_(_IS_DONE))),
    _switch(
        "without_past_completed",
        "Leaves out stories that are done and were due before today.",
        lambda _, left_out: (
            sa.not_(sa.and_(_IS_DONE, sa.func.coalesce(_S.due_date < clock.today(), sa.false()))) if left_out else None
        ),
    ),
    _switch(
        "all_on_account",
        "All stories of the account, for who sees everything of it; nothing for others.",
        _all_on_account,
    ),
    _days("active_between", "Worked on in these days, by their first day and the day they are due.", _active),
    _days("due_between", "Due in these days.", _in_days(_S.due_date)),
    _days("starting_between", "Begun in these days.", _in_days(_S.start_date)),
    Filter(
        name="completed_between",
        kind=MomentRange(),
        sentence="Done in these days, in the server's zone. An empty side is open.",
        where=lambda _, moments: sa.and_(
            _S.completed_at.is_not(None),
            _S.completed_at >= moments[0] if moments[0] else sa.true(),
            _S.completed_at < moments[1] if moments[1] else sa.true(),
        ),
    ),
    _day("due_on", "Due on this day.", lambda day: _S.due_date == day),
    _day("due_after", "Due after this day.", lambda day: _S.due_date > day),
    _day("due_before", "Due before this day.", lambda day: _S.due_date < day),
    Filter(
        name="with_start_or_due_date",
        kind=Text(),
        sentence="With a first day or a day they are due, whatever the value but false.",
        where=lambda _, word: (
            None if word.lower() == "false" else sa.or_(_S.start_date.is_not(None), _S.due_date.is_not(None))
        ),
    ),
    Filter(
        name="by_custom_date_field",
        kind=CUSTOM_DATE,
        sentence="The same as by_custom_date_value.",
        where=next(each.where for each in _CUSTOM if each.name == "by_custom_date_value"),
    ),
)

ORDERS = (
    Order(name="created_at", column=_S.created_at, sentence="By when it was made."),
    Order(name="due_date", column=_S.due_date, sentence="By the day it is due."),
    Order(
        name="importance",
        column=sa.case((_IS_DONE, 0), else_=_PRIORITY_LEVEL),
        sentence="By priority; what is done counts least.",
    ),
    Order(
        name="parent_and_position",
        column=_S.parent_id,
        then=(_S.position,),
        sentence="By the story above, and by place below it.",
    ),
    Order(name="position", column=_S.position, sentence="By place."),
    Order(name="priority_level", column=_PRIORITY_LEVEL, sentence="By priority."),
    Order(name="start_date", column=_S.start_date, sentence="By the first day."),
    Order(name="updated_at", column=_S.updated_at, sentence="By when it last changed."),
)
