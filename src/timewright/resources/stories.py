"""A story, shown to people as a task, is a piece of work in a project: what time is logged on."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, sees_money, sees_time, sees_workspace
from timewright.database import Row, Transaction, among
from timewright.presenting.declare import Condition, Expression, Field, Filter, Include, Key, Order, Resource
from timewright.presenting.kinds import Boolean, Choice, Day, Ids, Instant, Integer, Text, Words
from timewright.resources.shared_declarations import (
    STAMPS,
    external_reference_filters,
    external_references,
    minutes_logged,
    of_archived_workspaces,
    search,
    timestamps,
)
from timewright.tables import entries_by_story, stories, time_entries

_S = stories.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The stories of projects that the actor sees."""
    return sees_workspace(actor, _S.account_id, _S.workspace_id)


_SEES_TIME = Condition(
    name="sees_time",
    sentence="the caller sees the time of colleagues in the project",
    holds=lambda actor: sees_time(actor, _S.account_id, _S.workspace_id),
)
_SEES_MONEY = Condition(
    name="sees_money",
    sentence="the caller has financial access in the project or administers the account",
    holds=lambda actor: sees_money(actor, _S.account_id, _S.workspace_id),
)


def _ancestors(row: Row) -> list[int]:
    return [int(each) for each in row["ancestry"].split("/") if each]


def _subtree_depth(tx: Transaction, _: Actor, rows: Sequence[Row]) -> Mapping[Key, int]:
    """How many levels stand below each story. Below a story stand those whose ancestry names it."""
    keys = [(row["account_id"], row["id"]) for row in rows]
    roots = {row["root_id"] or row["id"] for row in rows}
    statement = sa.select(_S.account_id, _S.ancestry).where(
        among(_S.account_id, [row["account_id"] for row in rows]), among(_S.root_id, roots), _S.deleted_at.is_(None)
    )
    deepest: dict[Key, int] = dict.fromkeys(keys, 0)
    for below in tx.rows(statement.distinct()):
        above = _ancestors(below)
        for level, ancestor in enumerate(above):
            key = (below["account_id"], ancestor)
            if key in deepest:
                deepest[key] = max(deepest[key], len(above) - level)
    return deepest


_BELOW = stories.alias("below")
_SUB_STORY_COUNT = (
    sa.select(sa.func.count())
    .where(_BELOW.c.account_id == _S.account_id, _BELOW.c.parent_id == _S.id, _BELOW.c.deleted_at.is_(None))
    .scalar_subquery()
)


def _logged(billable: bool) -> Expression:
    return minutes_logged(stories, entries_by_story.c.story_id, time_entries.c.story_id, billable)


def _minutes(name: str, sentence: str, **how: Any) -> Field:
    return Field(name=name, kind=Integer(), nullable=True, sentence=sentence, visible_if=_SEES_TIME, **how)


def _show(condition: sa.ColumnElement[bool]) -> Any:
    return lambda _, shown: None if shown else sa.not_(condition)


def _only(condition: sa.ColumnElement[bool]) -> Any:
    return lambda _, only: condition if only else None


RESOURCE = Resource(
    name="stories",
    singular="story",
    type="Story",
    table=stories,
    sentence="A task: a piece of work in a project.",
    visible_to=visible_to,
    fields=(
        Field(name="title", kind=Text(), sentence="The title."),
        Field(name="description", kind=Text(), nullable=True, sentence="What is to be done."),
        Field(name="story_type", kind=Text(), sentence="task, deliverable, milestone or issue."),
        Field(name="state", kind=Text(), sentence="How far it is."),
        Field(name="status", kind=Text(), sentence="The same as state.", value=lambda row: row["state"]),
        Field(name="priority", kind=Text(), sentence="low, normal, high or critical."),
        Field(name="position", kind=Integer(), sentence="Its place among its siblings."),
        Field(name="archived", kind=Boolean(), sentence="Whether it was put away."),
        Field(
            name="deleted_at", kind=Instant(), nullable=True, sentence="When it was deleted; null while it is there."
        ),
        *STAMPS,
        Field(
            name="assignment_timestamped_at",
            kind=Instant(),
            nullable=True,
            sentence="When its assignments last changed.",
        ),
        Field(name="start_date", kind=Day(), nullable=True, sentence="The first day."),
        Field(name="due_date", kind=Day(), nullable=True, sentence="The day it is due."),
        Field(name="percentage_complete", kind=Integer(), sentence="How much of it is done, 0 to 100."),
        Field(name="project_plan", kind=Boolean(), sentence="Whether it is part of the plan; false for a to-do."),
        Field(name="time_trackable", kind=Boolean(), sentence="Whether time may be logged on it."),
        Field(name="billable", kind=Boolean(), sentence="Whether time on it is billable when nobody says."),
        Field(name="fixed_fee", kind=Boolean(), sentence="Whether it is done for a fixed fee."),
        Field(name="ancestor_ids", kind=Ids(), sentence="The stories above it, from the top.", value=_ancestors),
        Field(
            name="ancestry_depth",
            kind=Integer(),
            sentence="How many stories stand above it.",
            value=lambda row: len(_ancestors(row)),
        ),
        Field(
            name="subtree_depth",
            kind=Integer(),
            sentence="How many levels stand below it.",
            batched=_subtree_depth,
        ),
        Field(
            name="sub_story_count",
            kind=Integer(),
            sentence="How many stories stand directly below it.",
            expression=lambda _: _SUB_STORY_COUNT,
        ),
        _minutes("time_estimate_in_minutes", "How long it should take."),
        _minutes(
            "logged_billable_time_in_minutes",
            "The billable time logged on it.",
            expression=_logged(billable=True),
        ),
        _minutes(
            "logged_nonbillable_time_in_minutes",
            "The time logged on it that is not billable.",
            expression=_logged(billable=False),
        ),
        _minutes("weight", "How much a milestone counts."),
        Field(
            name="budget_estimate_in_cents",
            kind=Integer(),
            nullable=True,
            sentence="What it should cost, in subunits.",
            visible_if=_SEES_MONEY,
        ),
    ),
    includes=(
        Include(
            name="workspace",
            target="workspaces",
            member="workspace_id",
            column="workspace_id",
            always=True,
            sentence="The project.",
        ),
        Include(
            name="creator",
            target="users",
            member="creator_id",
            column="creator_id",
            always=True,
            sentence="Who made it.",
        ),
        Include(
            name="parent",
            target="stories",
            member="parent_id",
            column="parent_id",
            always=True,
            sentence="The story directly above it.",
        ),
        Include(
            name="root",
            target="stories",
            member="root_id",
            column="root_id",
            always=True,
            sentence="The story at the top, null for one at the top itself.",
        ),
        Include(
            name="sub_stories",
            target="stories",
            member="sub_story_ids",
            points_back="parent_id",
            sentence="The stories directly below it.",
        ),
        external_references("Story"),
    ),
    filters=(
        *timestamps(stories),
        *external_reference_filters(stories, "Story"),
        search("With this in the title.", _S.title),
        Filter(
            name="workspace_id",
            kind=Integer(),
            sentence="Stories of this project.",
            where=lambda _, workspace_id: _S.workspace_id == workspace_id,
        ),
        Filter(
            name="with_projects",
            kind=Ids(),
            sentence="Stories of these projects.",
            where=lambda _, ids: among(_S.workspace_id, ids),
        ),
        Filter(
            name="story_type",
            kind=Words(),
            sentence="Stories of these types.",
            where=lambda _, types: among(_S.story_type, types),
        ),
        Filter(
            name="show_archived",
            kind=Boolean(),
            default=False,
            sentence="Whether archived stories are there as well.",
            where=_show(_S.archived),
        ),
        Filter(
            name="only_archived",
            kind=Boolean(),
            sentence="Archived stories only.",
            replaces=("show_archived",),
            where=_only(_S.archived),
        ),
        Filter(
            name="archived",
            kind=Choice(words=("include", "only", "exclude")),
            sentence="Archived stories as well, only, or not at all.",
            replaces=("show_archived",),
            where=lambda _, which: {"only": _S.archived, "exclude": sa.not_(_S.archived)}.get(which),
        ),
        Filter(
            name="show_deleted",
            kind=Boolean(),
            default=False,
            sentence="Whether deleted stories are there as well.",
            where=_show(_S.deleted_at.is_not(None)),
        ),
        Filter(
            name="show_from_archived_workspaces",
            kind=Boolean(),
            default=False,
            sentence="Whether stories of archived projects are there as well.",
            where=of_archived_workspaces(stories),
        ),
        Filter(
            name="show_todos",
            kind=Boolean(),
            default=False,
            sentence="Whether to-dos are there as well.",
            where=_show(sa.not_(_S.project_plan)),
        ),
        Filter(
            name="parents_only",
            kind=Boolean(),
            sentence="Stories at the top only.",
            where=_only(_S.parent_id.is_(None)),
        ),
        Filter(
            name="with_parent_id",
            kind=Integer(),
            sentence="The stories directly below this one.",
            where=lambda _, parent_id: _S.parent_id == parent_id,
        ),
    ),
    orders=(
        Order(name="created_at", column=_S.created_at, sentence="By when it was made."),
        Order(name="due_date", column=_S.due_date, sentence="By the day it is due."),
        Order(name="position", column=_S.position, sentence="By place."),
        Order(name="start_date", column=_S.start_date, sentence="By the first day."),
        Order(name="updated_at", column=_S.updated_at, sentence="By when it last changed."),
    ),
    default_order=("updated_at", "desc"),
)
