"""A story, shown to people as a task, is a piece of work in a project: what time is logged on.

By what stories are narrowed and sorted stands in `story_filters.py`. Long because their published page is.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from timewright.actor import (
    EDITS_TASKS,
    Actor,
    holds,
    in_accounts_of,
    participates,
    sees_money,
    sees_time,
    sees_workspace,
)
from timewright.database import Row, Transaction, among
from timewright.presenting.declare import Condition, Expression, Field, Include, Key, Resource
from timewright.presenting.kinds import Boolean, Day, Ids, Instant, Integer, Text
from timewright.resources.custom_declarations import custom_field_values
from timewright.resources.shared_declarations import (
    CENT_MINUTES,
    STAMPS,
    external_references,
    minutes_logged,
    worth_logged,
)
from timewright.resources.story_filters import FILTERS, ORDERS, SUB_STORY_COUNT
from timewright.rules import submissions
from timewright.tables import (
    assignments,
    entries_by_story,
    stories,
    story_followers,
    story_tags,
    time_entries,
    workspace_resources,
)

_S = stories.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The stories of projects that the actor sees."""
    return sees_workspace(actor, _S.account_id, _S.workspace_id)


def editable_by(actor: Actor) -> sa.ColumnElement[bool]:
    """The stories that the actor may change: of projects where they edit tasks, or whose account they administer."""
    return sa.or_(
        holds(actor, _S.account_id, ("administrator",)),
        participates(actor, _S.account_id, _S.workspace_id, levels=EDITS_TASKS),
    )


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
_EDITS = Condition(name="edits", sentence="the caller may change tasks of the project", holds=editable_by)
_POSTS = Condition(
    name="posts",
    sentence="the caller takes part in the project",
    holds=lambda actor: participates(actor, _S.account_id, _S.workspace_id),
)


def _ancestors(row: Row) -> list[int]:
    return [int(each) for each in row["ancestry"].split("/") if each]


# What was logged and what it is worth -------------------------------------------------------------


def _logged(billable: bool) -> Expression:
    return minutes_logged(stories, entries_by_story.c.story_id, time_entries.c.story_id, billable)


_WORTH = worth_logged(stories, entries_by_story.c.story_id, time_entries.c.story_id)


def _invoiced(_: Actor) -> sa.ColumnElement[int]:
    entry = time_entries.c
    total = sa.select(sa.func.sum(CENT_MINUTES)).where(
        entry.account_id == _S.account_id, entry.story_id == _S.id, entry.invoice_id.is_not(None)
    )
    return sa.cast(sa.func.coalesce(total.scalar_subquery(), 0), sa.BigInteger)


# What stands below a story ------------------------------------------------------------------------


class _Below(NamedTuple):
    """What stands below a story and was not deleted: on how many levels, and what is said of it in sum."""

    depth: int = 0
    estimate: int = 0
    billable: int = 0
    budget: int = 0
    cent_minutes: int = 0


def _below(tx: Transaction, actor: Actor, rows: Sequence[Row]) -> Mapping[Key, _Below]:
    """Below a story stand those whose ancestry names it. Those with one ancestry are added up by the database."""
    roots = {row["root_id"] or row["id"] for row in rows}
    sums = (_S.time_estimate_in_minutes, _logged(billable=True)(actor), _S.budget_estimate_in_cents, _WORTH(actor))
    statement = sa.select(
        _S.account_id,
        _S.ancestry,
        *(
            sa.cast(sa.func.coalesce(sa.func.sum(each), 0), sa.BigInteger).label(name)
            for name, each in zip(_Below._fields[1:], sums, strict=True)
        ),
    ).where(
        among(_S.account_id, {row["account_id"] for row in rows}), among(_S.root_id, roots), _S.deleted_at.is_(None)
    )
    found: dict[Key, _Below] = dict.fromkeys(((row["account_id"], row["id"]) for row in rows), _Below())
    for below in tx.rows(statement.group_by(_S.account_id, _S.ancestry)):
        above = _ancestors(below)
        for level, ancestor in enumerate(above):
            so_far = found.get((below["account_id"], ancestor))
            if so_far is not None:
                added = (held + below[name] for name, held in zip(_Below._fields[1:], so_far[1:], strict=True))
                found[below["account_id"], ancestor] = _Below(max(so_far.depth, len(above) - level), *added)
    return found


# Whom and what it leads to ------------------------------------------------------------------------

_ABOVE, _UNDER = stories.alias("above"), stories.alias("under")


def _in_line(_: Actor) -> sa.Select[Any]:
    """Each story with each of those above it."""
    path = "/" + _UNDER.c.ancestry + "/"
    at = path.like("%/" + sa.cast(_ABOVE.c.id, sa.Text) + "/%")
    tree = sa.or_(_ABOVE.c.id == _UNDER.c.root_id, _ABOVE.c.root_id == _UNDER.c.root_id)
    return sa.select(_UNDER.c.account_id, _UNDER.c.id.label("under_id"), _ABOVE.c.id.label("above_id")).where(
        _ABOVE.c.account_id == _UNDER.c.account_id, tree, at
    )


def _ancestor_pairs(actor: Actor) -> sa.Select[Any]:
    return _in_line(actor)


def _descendant_pairs(actor: Actor) -> sa.Select[Any]:
    account, under, above = _in_line(actor).selected_columns
    return _in_line(actor).with_only_columns(account, above, under)


def _assignee_pairs(actor: Actor) -> sa.Select[Any]:
    held = assignments.c
    return sa.select(held.account_id, held.story_id, held.assignee_id).where(
        in_accounts_of(actor, held.account_id), held.current, held.assignee_id.is_not(None)
    )


def _resource_pairs(actor: Actor) -> sa.Select[Any]:
    held = assignments.c
    return sa.select(held.account_id, held.story_id, held.resource_id).where(
        in_accounts_of(actor, held.account_id), held.current
    )


def _named_resource_pairs(actor: Actor) -> sa.Select[Any]:
    return _resource_pairs(actor).where(assignments.c.assignee_id.is_not(None))


def _free_resource_pairs(actor: Actor) -> sa.Select[Any]:
    """Each story with the places in the team of its project that are not assigned to it."""
    place, held = workspace_resources.c, assignments.c
    works_on_it = sa.exists().where(
        held.account_id == _S.account_id, held.story_id == _S.id, held.resource_id == place.id, held.current
    )
    return sa.select(_S.account_id, _S.id, place.id.label("resource_id")).where(
        in_accounts_of(actor, _S.account_id),
        place.account_id == _S.account_id,
        place.workspace_id == _S.workspace_id,
        ~works_on_it,
    )


def _free_named_resource_pairs(actor: Actor) -> sa.Select[Any]:
    return _free_resource_pairs(actor).where(workspace_resources.c.user_id.is_not(None))


def _role_pairs(actor: Actor) -> sa.Select[Any]:
    held = assignments.c
    return sa.select(held.account_id, held.story_id, held.role_id).where(
        in_accounts_of(actor, held.account_id),
        held.current,
        held.assignee_id == actor.user_id,
        held.role_id.is_not(None),
    )


def _linked(table: sa.Table) -> Callable[[Actor], sa.Select[Any]]:
    return lambda actor: sa.select(*table.primary_key.columns).where(in_accounts_of(actor, table.c.account_id))


# The declaration ----------------------------------------------------------------------------------


def _minutes(name: str, sentence: str, **how: Any) -> Field:
    return Field(name=name, kind=Integer(), nullable=True, sentence=sentence, visible_if=_SEES_TIME, **how)


def _cents(name: str, sentence: str, **how: Any) -> Field:
    return Field(name=name, kind=Integer(), nullable=True, sentence=sentence, visible_if=_SEES_MONEY, **how)


def _uninvoiced(row: Row) -> int:
    return submissions.total_in_cents(row["budget_used_in_cents"] - row["invoiced_balance_in_cents"])


def _asked(name: str, sentence: str, value: Callable[[Row], Any], *reads: Condition, **how: Any) -> Field:
    return Field(
        name=name, kind=how.pop("kind", Boolean()), optional=True, sentence=sentence, value=value, reads=reads, **how
    )


def _resources(name: str, member: str, links: Callable[[Actor], sa.Select[Any]], sentence: str, **how: Any) -> Include:
    return Include(name=name, target="workspace_resources", member=member, links=links, sentence=sentence, **how)


def _formatted(row: Row) -> str | None:
    """The description as HTML: its own marks are shown as they are, never carried out."""
    text = row["description"]
    return None if text is None else html.escape(text).replace("\n", "<br />")


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
            batched=_below,
            value=lambda below: below.depth,
        ),
        Field(
            name="sub_story_count",
            kind=Integer(),
            sentence="How many stories stand directly below it.",
            expression=lambda _: SUB_STORY_COUNT,
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
        _minutes(
            "sub_stories_time_estimate_in_minutes",
            "How long all that stands below it should take.",
            batched=_below,
            value=lambda below: below.estimate,
        ),
        _minutes(
            "sub_stories_billable_time_in_minutes",
            "The billable time logged on all that stands below it.",
            batched=_below,
            value=lambda below: below.billable,
        ),
        _minutes("weight", "How much a milestone counts."),
        _cents("budget_estimate_in_cents", "What it should cost, in subunits."),
        _cents(
            "budget_used_in_cents",
            "What the time logged on it is worth, in subunits.",
            expression=_WORTH,
            value=lambda row: submissions.total_in_cents(row["budget_used_in_cents"]),
        ),
        _cents("uninvoiced_balance_in_cents", "What of that is on no invoice.", value=_uninvoiced),
        _cents(
            "invoiced_balance_in_cents",
            "What of that is on an invoice that was not cancelled.",
            expression=_invoiced,
            value=lambda row: submissions.total_in_cents(row["invoiced_balance_in_cents"]),
        ),
        _cents(
            "sub_stories_budget_estimate_in_cents",
            "What all that stands below it should cost.",
            batched=_below,
            value=lambda below: below.budget,
        ),
        _cents(
            "sub_stories_budget_used_in_cents",
            "What the time logged on all that stands below it is worth.",
            batched=_below,
            value=lambda below: submissions.total_in_cents(below.cent_minutes),
        ),
        _asked("custom_task_status_id", "Always null: states are the same everywhere.", lambda _: None, nullable=True),
        _asked("read_only", "Whether the caller may not change it.", lambda row: not row["_edits"], _EDITS),
        _asked("can_edit", "Whether the caller may change it.", lambda row: bool(row["_edits"]), _EDITS),
        _asked("can_post", "Whether the caller takes part in the project.", lambda row: bool(row["_posts"]), _POSTS),
        _asked("archived_editable", "Whether the caller may put it away.", lambda row: bool(row["_edits"]), _EDITS),
        _asked("is_time_trackable_type", "Always true: time may be logged on every type.", lambda _: True),
        _asked("has_out_of_bounds_sads", "Always false: work is not planned by the day here.", lambda _: False),
        _asked("can_align_time", "Always false: work is not planned by the day here.", lambda _: False),
        _asked("formatted_description", "The description as HTML.", _formatted, kind=Text(), nullable=True),
        _asked(
            "parsed_description",
            "The same as description.",
            lambda row: row["description"],
            kind=Text(),
            nullable=True,
        ),
        _asked("render_description_markdown", "Always false: a description is plain text.", lambda _: False),
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
        Include(
            name="ancestors",
            target="stories",
            member="ancestor_ids",
            links=_ancestor_pairs,
            always=True,
            sentence="The stories above it.",
        ),
        Include(
            name="descendants",
            target="stories",
            member="descendant_ids",
            links=_descendant_pairs,
            sentence="The stories below it, on all levels.",
        ),
        Include(
            name="assignees",
            target="users",
            member="assignee_ids",
            links=_assignee_pairs,
            sentence="Who is to work on it.",
        ),
        Include(
            name="current_assignments",
            target="assignments",
            member="current_assignment_ids",
            points_back="story_id",
            where=lambda table: table.c.current,
            sentence="The assignments that still hold.",
        ),
        Include(
            name="assigned_role",
            target="roles",
            member="assigned_role_id",
            links=_role_pairs,
            first=True,
            sentence="The role in which the caller is assigned to it.",
        ),
        Include(
            name="followers",
            target="users",
            member="follower_ids",
            links=_linked(story_followers),
            sentence="Who is told of news about it.",
        ),
        Include(
            name="tags", target="tags", member="tag_ids", links=_linked(story_tags), sentence="The words that mark it."
        ),
        Include(
            name="story_tasks",
            target="story_tasks",
            member="story_task_ids",
            points_back="story_id",
            sentence="Its checklist.",
        ),
        Include(
            name="source_dependencies",
            target="story_dependencies",
            member="source_dependency_ids",
            points_back="source_id",
            sentence="What waits for it.",
        ),
        Include(
            name="target_dependencies",
            target="story_dependencies",
            member="target_dependency_ids",
            points_back="target_id",
            sentence="What it waits for.",
        ),
        *(
            Include(
                name=name,
                target=target,
                member=member,
                with_only=True,
                absent=True,
                sentence=f"Always empty: there are no {what} here.",
            )
            for name, target, member, what in (
                ("attachments", "attachments", "attachment_ids", "attachments"),
                ("google_documents", "google_documents", "google_document_ids", "documents of other systems"),
                ("replies", "posts", "reply_ids", "posts"),
                ("story_state_changes", "story_state_changes", "story_state_change_ids", "lists of past states"),
            )
        ),
        _resources(
            "workspace_resources",
            "workspace_resource_ids",
            _named_resource_pairs,
            "The places in the team that work on it.",
        ),
        _resources(
            "workspace_resources_with_unnamed",
            "workspace_resources_with_unnamed_ids",
            _resource_pairs,
            "The same, with those that nobody has yet.",
        ),
        _resources(
            "potential_workspace_resources",
            "potential_workspace_resource_ids",
            _free_named_resource_pairs,
            "The places in the team that do not work on it.",
            with_only=True,
        ),
        _resources(
            "potential_workspace_resources_with_unnamed",
            "potential_workspace_resources_with_unnamed_ids",
            _free_resource_pairs,
            "The same, with those that nobody has yet.",
            with_only=True,
        ),
        custom_field_values("story"),
        external_references("Story"),
    ),
    filters=FILTERS,
    orders=ORDERS,
    default_order=("updated_at", "desc"),
)
