"""By what lists of projects are narrowed and sorted (contract: workspaces.filters, workspaces.orders).

Whatever a caller may not see of a project counts as nothing there, so that no filter and no order tells it. Long
because there are so many.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of, participates, sees_group, sees_submissions
from timewright.database import among, by_letters
from timewright.presenting.declare import Condition, Expression, Filter, Order
from timewright.presenting.kinds import Boolean, Choice, Day, Flag, Ids, Instant, Integer, Span
from timewright.resources import workspace_conditions as who
from timewright.resources.custom_declarations import custom_field_filters, custom_field_ranges
from timewright.resources.shared_declarations import external_reference_filters, timestamps
from timewright.resources.words import TYPED, search, words_begin
from timewright.resources.workspace_budgets import paid
from timewright.tables import (
    WORKSPACE_STAGES,
    participations,
    stories,
    timesheet_submissions,
    workspace_group_workspaces,
    workspaces,
)

_W, _P = workspaces.c, participations.c
_SOMETHING = sa.true()


def _archived(_: Actor, include_archived: bool) -> sa.ColumnElement[bool] | None:
    return None if include_archived else sa.not_(_W.archived)


def _by_archived(_: Actor, which: str) -> sa.ColumnElement[bool] | None:
    return {"only": _W.archived, "exclude": sa.not_(_W.archived)}.get(which)


def _on_my_account(actor: Actor, on_my_account: bool) -> sa.ColumnElement[bool]:
    at_home = _W.account_id == actor.account_id
    return at_home if on_my_account else in_accounts_of(actor, _W.account_id)


def _either(name: str, sentence: str, question: Expression) -> Filter:
    """True for the projects of which something holds, false for the others."""
    return Filter(
        name=name,
        kind=Boolean(),
        sentence=sentence,
        where=lambda actor, holds: question(actor) if holds else sa.not_(question(actor)),
    )


def _flagged(name: str, sentence: str, column: sa.ColumnElement[bool]) -> Filter:
    return _either(name, sentence, lambda _: column)


def _only(name: str, sentence: str, question: Expression) -> Filter:
    """True for the projects of which something holds, false for all."""
    return Filter(
        name=name, kind=Boolean(), sentence=sentence, where=lambda actor, only: question(actor) if only else None
    )


def _with(name: str, sentence: str, *conditions: sa.ColumnElement[bool]) -> Filter:
    """The projects in which a person takes part in such a way."""
    return Filter(
        name=name,
        kind=Integer(),
        sentence=sentence,
        where=lambda _, user_id: who.somebody(_P.user_id == user_id, *conditions),
    )


def _asked(condition: Condition) -> Expression:
    return condition.holds


def _led_by(_: Actor, ids: list[int]) -> sa.ColumnElement[bool]:
    return who.somebody(among(_P.user_id, ids), _P.role == "maven", _P.is_team_lead)


def _in_groups(actor: Actor, ids: list[int]) -> sa.ColumnElement[bool]:
    of = workspace_group_workspaces.c
    return sa.exists().where(
        of.account_id == _W.account_id,
        of.workspace_id == _W.id,
        among(of.workspace_group_id, ids),
        sees_group(actor, of.account_id, of.workspace_group_id),
    )


def _between(column: sa.ColumnElement[Any], span: tuple[Any, Any]) -> list[sa.ColumnElement[bool]]:
    first, last = span
    return [*([column >= first] if first is not None else []), *([column <= last] if last is not None else [])]


def _pending(actor: Actor, span: tuple[Any, Any]) -> sa.ColumnElement[bool]:
    of, (first, last) = timesheet_submissions.c, span
    return sa.exists().where(
        of.account_id == _W.account_id,
        of.workspace_id == _W.id,
        of.status == "pending",
        *([of.end_date >= first] if first else []),
        *([of.start_date <= last] if last else []),
        sees_submissions(actor, of.account_id, of.workspace_id, of.user_id),
    )


def _milestones(actor: Actor, span: tuple[Any, Any]) -> sa.ColumnElement[bool]:
    of = stories.c
    weighed = (
        sa.select(sa.cast(sa.func.sum(of.weight * of.percentage_complete) * 1.0, sa.Float) / sa.func.sum(of.weight))
        .where(
            of.account_id == _W.account_id,
            of.workspace_id == _W.id,
            of.story_type == "milestone",
            of.deleted_at.is_(None),
            of.weight > 0,
        )
        .scalar_subquery()
    )
    return sa.and_(who.SEES_TIME.holds(actor), *(_between(weighed, span) or [weighed.is_not(None)]))


def _by_day(name: str, sentence: str, condition: Callable[[Any], sa.ColumnElement[bool]]) -> Filter:
    return Filter(name=name, kind=Day(), sentence=sentence, where=lambda _, day: condition(day))


FILTERS = (
    *timestamps(workspaces),
    *external_reference_filters(workspaces, "Workspace"),
    *custom_field_filters(workspaces, "workspace"),
    *custom_field_ranges(workspaces, "workspace"),
    search("With this in the title.", _W.title),
    Filter(
        name="include_archived",
        kind=Boolean(),
        default=False,
        sentence="Whether archived projects are there as well.",
        where=_archived,
    ),
    Filter(
        name="archived",
        kind=Choice(words=("only", "exclude", "include")),
        sentence="Archived projects only, not at all, or as well.",
        replaces=("include_archived",),
        where=_by_archived,
    ),
    Filter(
        name="on_my_account",
        kind=Boolean(),
        sentence="True for projects of the caller's account; false for all.",
        where=_on_my_account,
    ),
    _flagged("budgeted", "Projects with a budget, or those without.", _W.budgeted),
    _either("can_create_line_items", "Projects in which the caller may log time, or the others.", _asked(who.CAN_LOG)),
    Filter(
        name="matching",
        kind=TYPED,
        sentence="Projects with a word in their title that begins with it, in any case; for each word that is typed.",
        where=lambda _, typed: words_begin(_W.title, typed),
    ),
    Filter(
        name="creator",
        kind=Ids(),
        sentence="Projects that one of these people made.",
        where=lambda _, ids: among(_W.creator_id, ids),
    ),
    Filter(
        name="provider_lead",
        kind=Ids(),
        sentence="Projects in which one of these people leads the provider's team.",
        where=_led_by,
    ),
    Filter(name="workspace_groups", kind=Ids(), sentence="Projects in one of these groups.", where=_in_groups),
    Filter(
        name="except",
        kind=Ids(),
        sentence="All projects but these.",
        where=lambda _, ids: sa.not_(among(_W.id, ids)),
    ),
    _with("has_participant", "Projects in which this user takes part."),
    _with("has_maven_participant", "Projects in which this user is on the provider's team.", _P.role == "maven"),
    Filter(
        name="user_not_participating",
        kind=Integer(),
        sentence="Projects in which this user takes no part.",
        where=lambda _, user_id: sa.not_(who.somebody(_P.user_id == user_id)),
    ),
    _with("for_approver", "Projects whose time this user approves.", _P.is_time_approver),
    _either("has_participation", "Projects in which the caller takes part, or the others.", _asked(who.PARTICIPATES)),
    _either(
        "has_approvers",
        "Projects whose time somebody approves, or the others.",
        lambda _: who.somebody(_P.is_time_approver),
    ),
    Filter(
        name="current_user_is_maven_participant",
        kind=Flag(),
        sentence="Projects in which the caller is on the provider's team.",
        where=lambda actor, _: participates(actor, _W.account_id, _W.id, roles=("maven",)),
    ),
    _only("financials_viewable_by_user", "Projects whose money the caller sees.", _asked(who.SEES_MONEY)),
    _either(
        "viewable_for_time_administration",
        "Projects whose time the caller approves, or the others.",
        _asked(who.APPROVES_TIME),
    ),
    _flagged(
        "require_time_approvals", "Projects whose time must be approved, or the others.", _W.require_time_approvals
    ),
    _flagged(
        "requiring_expense_approval",
        "Projects whose expenses must be approved, or the others.",
        _W.require_expense_approvals,
    ),
    Filter(
        name="stage",
        kind=Choice(words=WORKSPACE_STAGES),
        sentence="Projects that are only estimated yet, or those that are carried out.",
        where=lambda _, stage: _W.stage == stage,
    ),
    Filter(
        name="pending_timesheet_submissions",
        kind=Span(),
        sentence="Projects with a pending timesheet that the caller sees, of a week that these days touch.",
        where=_pending,
    ),
    _by_day("start_date_after", "Projects that start after this day.", lambda day: _W.start_date > day),
    _by_day("start_date_before", "Projects that start before this day.", lambda day: _W.start_date < day),
    _by_day("due_date_after", "Projects that are due after this day.", lambda day: _W.due_date > day),
    _by_day("due_date_before", "Projects that are due before this day.", lambda day: _W.due_date < day),
    Filter(
        name="created_at",
        kind=Span(of=Instant()),
        sentence="Projects made between these instants, which count.",
        where=lambda _, span: sa.and_(_SOMETHING, *_between(_W.created_at, span)),
    ),
    _only("only_joinable", "Nobody joins projects by themselves here: true finds none.", lambda _: sa.false()),
    _only("only_participating_or_joinable", "Projects in which the caller takes part.", _asked(who.PARTICIPATES)),
    _only(
        "only_project_manager_in",
        "Projects that the caller administers or whose provider's team the caller leads.",
        _asked(who.MANAGES),
    ),
    _only(
        "participant_or_org_member_in",
        "Projects in which the caller takes part: there are no organizations here.",
        _asked(who.PARTICIPATES),
    ),
    _only(
        "on_account_by_orgs",
        "Projects of the caller's account: there are no organizations here.",
        lambda actor: _W.account_id == actor.account_id,
    ),
    Filter(
        name="with_organizations",
        kind=Boolean(),
        sentence="There are no organizations here: it narrows nothing.",
    ),
    Filter(
        name="account_color_ids",
        kind=Ids(),
        sentence="Projects have no colours here: it finds none.",
        where=lambda *_: sa.false(),
    ),
    Filter(
        name="milestone_weight_percentage_complete",
        kind=Span(of=Integer(), mark=","),
        sentence="Projects whose milestones are done by so many percent, each counted by its weight; `low,high`.",
        where=_milestones,
    ),
)
"""The filters of projects."""


def _seen(condition: Condition, expression: Expression, otherwise: Any) -> Expression:
    """What an order says of a project to those who see it."""
    return lambda actor: sa.case((condition.holds(actor), expression(actor)), else_=otherwise)


_NO_ORDER = _W.account_id
"""Alike for all projects of an account: they then come by id."""

ORDERS = (
    Order(
        name="amount_paid",
        expression=_seen(who.SEES_MONEY, paid, 0),
        sentence="By the worth of time on invoices that were paid.",
    ),
    Order(name="color_name", column=_NO_ORDER, sentence="Projects have no colours here: by id."),
    Order(name="created_at", column=_W.created_at, sentence="By when it was made."),
    Order(name="due_date", column=_W.due_date, sentence="By the day it is due."),
    Order(name="last_viewed", column=_NO_ORDER, sentence="Who looked at what is not kept here: by id."),
    Order(name="percentage_complete", column=_W.percentage_complete, sentence="By how much of it is done."),
    Order(
        name="price",
        expression=_seen(who.SEES_PRICE, lambda _: sa.func.coalesce(_W.price_in_cents, -1), -1),
        sentence="By the price in subunits, where the caller sees it; without one first.",
    ),
    Order(
        name="provider_lead_name",
        expression=lambda _: by_letters(sa.func.coalesce(who.lead_name("maven"), "")),
        sentence="By the name of whoever leads the provider's team.",
    ),
    Order(name="start_date", column=_W.start_date, sentence="By the first day."),
    Order(
        name="status",
        expression=_seen(who.SEES_STATUS, lambda _: sa.func.coalesce(_W.status_key, -1), -1),
        sentence="By the key of its status, where the caller sees it.",
    ),
    Order(name="task_status_set", column=_NO_ORDER, sentence="There is one set of states for tasks here: by id."),
    Order(name="title", column=by_letters(_W.title), sentence="By title."),
    Order(name="updated_at", column=_W.updated_at, sentence="By when it last changed."),
)
"""The orders of projects."""
