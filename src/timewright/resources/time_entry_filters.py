"""The filters of time entries: what narrows their list (contract: time_entries.filters)."""

from datetime import date

import sqlalchemy as sa

from timewright import actor as who
from timewright.actor import Actor
from timewright.database import among
from timewright.presenting.declare import Filter
from timewright.presenting.kinds import Boolean, DayRange, Flag, Ids, Integer
from timewright.resources.shared_declarations import (
    external_reference_filters,
    of_archived_workspaces,
    of_workspaces,
    timestamps,
)
from timewright.tables import time_entries, workspaces

_T = time_entries.c


def _between(_: Actor, days: tuple[date | None, date | None]) -> sa.ColumnElement[bool]:
    first, last = days
    return sa.and_(
        _T.date_performed >= first if first else sa.true(),
        _T.date_performed <= last if last else sa.true(),
    )


def _on_my_account(actor: Actor, only: bool) -> Actor:
    return who.at_home(actor) if only else actor


_WITHOUT_APPROVALS = of_workspaces(time_entries, sa.not_(workspaces.c.require_time_approvals))


def _approved(actor: Actor, _: bool) -> sa.ColumnElement[bool]:
    # Entries of projects without approvals are shown as not approved and are there all the same (decisions B18).
    return sa.or_(_T.approved, _WITHOUT_APPROVALS(actor))


def _created_by(actor: Actor, user_id: int) -> sa.ColumnElement[bool]:
    # Who made an entry is not shown (decisions B17). It is told of people whom the caller sees, and of entries that
    # somebody made for themselves: whose they are is shown.
    creator = sa.literal(user_id, _T.created_by_id.type)
    return sa.and_(_T.created_by_id == user_id, sa.or_(_T.user_id == user_id, who.sees_person(actor, creator)))


def _on_submission(_: Actor, is_on_one: bool) -> sa.ColumnElement[bool]:
    return _T.active_submission_id.is_not(None) if is_on_one else _T.active_submission_id.is_(None)


FILTERS = (
    *timestamps(time_entries),
    *external_reference_filters(time_entries, "TimeEntry"),
    Filter(
        name="workspace_id",
        kind=Integer(),
        sentence="Entries of this project.",
        where=lambda _, workspace_id: _T.workspace_id == workspace_id,
    ),
    Filter(
        name="workspace_ids",
        kind=Ids(),
        sentence="Entries of these projects.",
        where=lambda _, ids: among(_T.workspace_id, ids),
    ),
    Filter(
        name="story_id",
        kind=Integer(),
        sentence="Entries on this task.",
        where=lambda _, story_id: _T.story_id == story_id,
    ),
    Filter(
        name="with_user_ids",
        kind=Ids(),
        sentence="Entries of these people.",
        where=lambda _, ids: among(_T.user_id, ids),
    ),
    Filter(
        name="created_by",
        kind=Integer(),
        sentence="Entries that this person made, for themselves or for others.",
        where=_created_by,
    ),
    Filter(
        name="date_performed_between",
        kind=DayRange(),
        sentence="Worked from the first to the last of two days, both included; an empty side is open.",
        where=_between,
    ),
    Filter(
        name="billable",
        kind=Boolean(),
        sentence="Billable entries, or those that are not.",
        where=lambda _, billable: _T.billable if billable else sa.not_(_T.billable),
    ),
    Filter(
        name="approved",
        kind=Flag(),
        sentence="Entries on approved timesheets, and all of projects without time approvals; any value will do.",
        where=_approved,
    ),
    Filter(
        name="in_active_submission",
        kind=Boolean(),
        sentence="Entries on a pending or approved timesheet, or those that are on none.",
        where=_on_submission,
    ),
    Filter(
        name="with_timesheet_id",
        kind=Integer(),
        sentence="Entries on this timesheet; none when it was cancelled or rejected.",
        where=lambda _, submission_id: _T.active_submission_id == submission_id,
    ),
    Filter(
        name="with_recent_timesheet_ids",
        kind=Ids(),
        sentence="Entries whose latest timesheet is one of these, whatever became of it.",
        where=lambda _, ids: among(_T.recent_submission_id, ids),
    ),
    # An entry names the invoice that holds it until that is cancelled: an active one.
    Filter(
        name="in_active_invoice_id",
        kind=Integer(),
        sentence="Entries on this invoice, unless it was cancelled.",
        where=lambda _, invoice_id: _T.invoice_id == invoice_id,
    ),
    Filter(
        name="invoiced",
        kind=Flag(),
        sentence="Entries on an invoice that was not cancelled; any value will do.",
        where=lambda *_: _T.invoice_id.is_not(None),
    ),
    Filter(
        name="uninvoiced",
        kind=Flag(),
        sentence="Entries on no invoice; any value will do.",
        where=lambda *_: _T.invoice_id.is_(None),
    ),
    Filter(
        name="from_archived_workspaces",
        kind=Boolean(),
        default=False,
        sentence="Whether entries of archived projects are there as well.",
        where=of_archived_workspaces(time_entries),
    ),
    Filter(
        name="on_my_account",
        kind=Boolean(),
        default=True,
        sentence="Entries of the caller's account; false for those of other accounts' projects as well.",
        seen_by=_on_my_account,
    ),
)
