"""A timesheet submission puts one person's entries of one project and week before an approver.

Pending and approved submissions are active: their entries stand still. Rejected and cancelled ones are not.
"""

import sqlalchemy as sa

from timewright.actor import Actor, approves_time, sees_money, sees_submissions
from timewright.database import Row
from timewright.presenting.declare import Condition, Field, Include, Resource
from timewright.presenting.kinds import Day, Instant, Integer, Number, Object, Text
from timewright.resources.shared_declarations import STAMPS, currency_fields, external_references
from timewright.rules import currencies, submissions
from timewright.tables import time_entries, timesheet_submission_entries, timesheet_submissions

_TABLE = timesheet_submissions


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The actor's own, those of projects where the actor sees the time of colleagues or approves it, and
    for reports viewers and administrators all of the account.
    """
    return sees_submissions(actor, _TABLE.c.account_id, _TABLE.c.workspace_id, _TABLE.c.user_id)


_APPROVES = Condition(
    name="approves",
    sentence="the caller may approve time in the project",
    holds=lambda actor: approves_time(actor, _TABLE.c.account_id, _TABLE.c.workspace_id),
)
_SUBMITTED = Condition(
    name="submitted",
    sentence="the caller submitted it",
    holds=lambda actor: _TABLE.c.user_id == actor.user_id,
)


_SEES_MONEY = Condition(
    name="sees_money",
    sentence="the caller has financial access in the project or administers the account",
    holds=lambda actor: sees_money(actor, _TABLE.c.account_id, _TABLE.c.workspace_id),
)


def _cent_minutes(_: Actor) -> sa.ColumnElement[int]:
    held, entries = timesheet_submission_entries, time_entries
    products = sa.func.sum(sa.cast(entries.c.rate_in_cents, sa.BigInteger) * entries.c.time_in_minutes)
    return (
        sa.select(sa.cast(sa.func.coalesce(products, 0), sa.BigInteger))
        .join_from(held, entries, (entries.c.account_id == held.c.account_id) & (entries.c.id == held.c.time_entry_id))
        .where(held.c.account_id == _TABLE.c.account_id, held.c.timesheet_submission_id == _TABLE.c.id)
        .scalar_subquery()
    )


def _permissions(row: Row) -> dict[str, bool]:
    return submissions.permissions(row["status"], approves=row["_approves"], submitted=row["_submitted"])


def _total(row: Row) -> int:
    return submissions.total_in_cents(row["line_item_total_in_cents"])


RESOURCE = Resource(
    name="timesheet_submissions",
    singular="timesheet_submission",
    type="TimesheetSubmission",
    table=timesheet_submissions,
    sentence="One person's entries of one project and week, put before an approver.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(
        Field(name="title", kind=Text(), sentence="The title."),
        Field(name="comment", kind=Text(), nullable=True, sentence="What the submitter said."),
        Field(
            name="type",
            kind=Text(),
            sentence="Always TimesheetSubmission.",
            value=lambda _: "TimesheetSubmission",
        ),
        Field(name="status", kind=Text(), sentence="pending, approved, rejected or cancelled."),
        Field(name="start_date", kind=Day(), sentence="The first day of the week."),
        Field(name="end_date", kind=Day(), sentence="The last day of the week."),
        *STAMPS,
        *currency_fields(),
        Field(
            name="line_item_total_in_cents",
            kind=Integer(),
            nullable=True,
            sentence="The worth of its entries in subunits, rounded once.",
            expression=_cent_minutes,
            value=_total,
            null_unless=_SEES_MONEY,
        ),
        Field(
            name="line_item_total_formatted",
            kind=Text(),
            nullable=True,
            sentence="The same for reading.",
            value=lambda row: currencies.display_amount(_total(row), row["currency"]),
            null_unless=_SEES_MONEY,
        ),
        Field(name="resolution_description", kind=Text(), nullable=True, sentence="What the approver said."),
        Field(
            name="current_resolution_description",
            kind=Text(),
            nullable=True,
            sentence="The same as resolution_description.",
            value=lambda row: row["resolution_description"],
        ),
        Field(
            name="current_resolution_creator_id",
            kind=Number(),
            nullable=True,
            sentence="Who approved, rejected or cancelled it, a JSON number.",
        ),
        Field(
            name="current_resolution_created_at_date",
            kind=Instant(),
            nullable=True,
            sentence="When it was approved, rejected or cancelled.",
            value=lambda row: row["current_resolution_created_at"],
        ),
        Field(
            name="permissions",
            kind=Object(),
            sentence="What the caller may do: cancel, approve, reject, resubmit.",
            value=_permissions,
            reads=(_APPROVES, _SUBMITTED),
        ),
    ),
    includes=(
        Include(
            name="user",
            target="users",
            member="user_id",
            column="user_id",
            always=True,
            sentence="Whose entries they are.",
        ),
        Include(
            name="workspace",
            target="workspaces",
            member="workspace_id",
            column="workspace_id",
            always=True,
            sentence="The project.",
        ),
        external_references("Submission"),
    ),
)
