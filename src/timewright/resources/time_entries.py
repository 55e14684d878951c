"""A time entry says that a user worked so many minutes in a workspace on a day.

It is editable until the timesheet submission holding it is approved or the invoice holding it is made; after
that it is read-only to everyone. Its rate is a snapshot: no later change of a rate rewrites it. The verbs
stand in `time_entry_verbs.py`, the filters in `time_entry_filters.py`. Long because its published page is.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa

from timewright import actor as who
from timewright.actor import Actor
from timewright.presenting.actions import Action, Question
from timewright.presenting.declare import Condition, Field, Include, Order, Param, Resource
from timewright.presenting.kinds import Boolean, Day, Id, Integer, Number, Text
from timewright.resources import time_entry_verbs as verbs
from timewright.resources.shared_declarations import (
    EXTERNAL_REFERENCE_PARAM,
    STAMPS,
    currency_fields,
    external_references,
)
from timewright.resources.time_entry_facts import alike
from timewright.resources.time_entry_filters import FILTERS
from timewright.rules import editing
from timewright.tables import (
    FIRST_DAY,
    LAST_DAY,
    MOST_CENTS,
    MOST_MINUTES,
    MOST_NOTES_BYTES,
    ROLL_UPS,
    account_locations,
    accounts,
    participations,
    time_entries,
)

_T = time_entries.c
_EDITS = participations.alias("edits")


# Who may see and change ---------------------------------------------------------------------------


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The entries this actor may see: their own, those of projects in which they see the time of
    colleagues, and for reports viewers and administrators all in the account.
    """
    return sa.and_(
        who.in_accounts_of(actor, _T.account_id),
        who.sees_time(actor, _T.account_id, _T.workspace_id, _T.user_id == actor.user_id),
    )


def editable_by(actor: Actor) -> sa.ColumnElement[bool]:
    """The entries this actor may change (contract: time_entries.user_can_edit_rule): neither locked nor
    invoiced nor approved; their own while on no active submission; and those that financial access,
    time approval or the administration of the account open. Updates and deletes ask the same of facts.
    """
    mine = _EDITS
    takes_part = (
        mine.c.account_id == _T.account_id,
        mine.c.workspace_id == _T.workspace_id,
        mine.c.user_id == actor.user_id,
        mine.c.role == "maven",
    )
    terms = editing.Terms[sa.ColumnElement[bool]](
        owns=_T.user_id == actor.user_id,
        logs=sa.exists().where(*takes_part, mine.c.can_edit_time),
        sets_money=who.participates(actor, _T.account_id, _T.workspace_id, levels=who.SETS_MONEY, roles=("maven",)),
        approves=sa.exists().where(*takes_part, mine.c.is_time_approver),
        administers=who.holds(actor, _T.account_id, ("administrator",)),
        is_locked=sa.exists().where(accounts.c.id == _T.account_id, accounts.c.lock_date > _T.date_performed),
        is_invoiced=_T.invoice_id.is_not(None),
        is_approved=_T.approved,
        is_submitted=_T.active_submission_id.is_not(None),
    )
    return editing.editable(terms, _SQL)


_SQL: editing.Logic[sa.ColumnElement[bool]] = editing.Logic(sa.and_, sa.or_, sa.not_)


_SEES_MONEY = Condition(
    name="sees_money",
    sentence="the caller has financial access in the project or administers the account",
    holds=lambda actor: who.sees_money(actor, _T.account_id, _T.workspace_id),
)
_SEES_COST = Condition(
    name="sees_cost",
    sentence="the caller administers the account or views its reports with cost",
    holds=lambda actor: who.holds(actor, _T.account_id, who.SEES_COST),
)
_HAS_LOCATIONS = Condition(
    name="has_locations",
    sentence="the account has locations",
    holds=lambda _: sa.exists().where(account_locations.c.account_id == _T.account_id),
)


def _location(_: Actor) -> sa.ColumnElement[Any]:
    place = account_locations.c
    return sa.select(place.name).where(place.account_id == _T.account_id, place.id == _T.location_id).scalar_subquery()


# Members of a create ------------------------------------------------------------------------------

PARAMS = (
    Param(name="workspace_id", kind=Id(), required=True, sentence="The project worked in."),
    Param(
        name="date_performed",
        kind=Day(date.fromisoformat(FIRST_DAY), date.fromisoformat(LAST_DAY)),
        required=True,
        sentence="The day of the work. A future day is accepted.",
    ),
    Param(
        name="time_in_minutes",
        kind=Integer(1, MOST_MINUTES),
        required=True,
        sentence="The time worked, in minutes.",
    ),
    Param(name="billable", kind=Boolean(), sentence="Whether it is billed; as the task is when not given, else true."),
    Param(
        name="rate_in_cents",
        kind=Integer(0, MOST_CENTS),
        sentence="The rate of an hour in subunits. Needs financial access; the rate rules decide when not given.",
    ),
    Param(
        name="notes",
        kind=Text(most_bytes=MOST_NOTES_BYTES),
        keeps_blank=True,
        sentence="What was done. Kept byte for byte; some projects require it.",
    ),
    Param(
        name="role_id",
        kind=Id(),
        sentence="The role worked in: any active role of the account. The role rules decide when not given.",
    ),
    Param(name="story_id", kind=Id(), sentence="The task worked on, one of the project."),
    Param(
        name="user_id",
        kind=Id(),
        sentence="Whose time it is; the caller's own when not given, and without the right to log for others.",
    ),
    Param(name="location", kind=Text(), sentence="The exact name of a location of the account."),
    EXTERNAL_REFERENCE_PARAM,
    Param(
        name="cost_rate_in_cents",
        kind=Integer(0, MOST_CENTS),
        sentence="The cost of an hour in subunits. Used when an account administrator sends it.",
    ),
)


# The declaration ----------------------------------------------------------------------------------

RESOURCE = Resource(
    name="time_entries",
    singular="time_entry",
    type="TimeEntry",
    table=time_entries,
    sentence="So many minutes that a user worked in a project on a day.",
    visible_to=visible_to,
    under="workspaces",
    endpoints=frozenset({"index", "show", "create", "update", "delete", "bulk_delete", "validate", "batch"}),
    most_in_a_batch=100,
    actions={
        "create": Action(
            carry_out=verbs.create,
            check=verbs.check,
            alike=lambda tx, actor, rows: alike(tx, rows, visible_to(actor)),
        ),
        "update": Action(carry_out=verbs.update, check=verbs.check_update),
        "delete": Action(carry_out=verbs.delete, check=verbs.check_delete),
    },
    questions=(
        Question(
            name="rate",
            sentence="How it got its rate: what each rule gives now, and which one gave the rate that is stored.",
            answer=verbs.rate,
        ),
    ),
    previewed=(
        Field(
            name="rate_rule",
            kind=Text(),
            nullable=True,
            sentence="The rule that gives the rate.",
            null_unless=_SEES_MONEY,
        ),
    ),
    params=PARAMS,
    fields=(
        *STAMPS,
        Field(name="date_performed", kind=Day(), sentence="The day of the work."),
        Field(name="time_in_minutes", kind=Integer(), sentence="The time worked, in minutes."),
        Field(name="billable", kind=Boolean(), sentence="Whether it is billed."),
        Field(name="notes", kind=Text(), nullable=True, sentence="What was done; null when never said."),
        Field(
            name="rate_in_cents",
            kind=Integer(),
            nullable=True,
            sentence="The rate of an hour in subunits, 0 when not billable.",
            null_unless=_SEES_MONEY,
        ),
        Field(
            name="cost_rate_in_cents",
            kind=Integer(),
            nullable=True,
            sentence="The cost of an hour in subunits.",
            null_unless=_SEES_COST,
        ),
        *currency_fields(),
        # Stays false in a project without approvals, while the approved filter takes such entries in: it
        # looks like a bug and is the published behaviour (decisions B18).
        Field(name="approved", kind=Boolean(), sentence="Whether an approved timesheet holds it."),
        Field(name="taxable", kind=Boolean(), sentence="Whether tax is added on an invoice."),
        Field(
            name="is_invoiced",
            kind=Boolean(),
            sentence="Whether an invoice that was not cancelled holds it.",
            value=lambda row: row["invoice_id"] is not None,
        ),
        Field(
            name="location",
            kind=Text(),
            nullable=True,
            sentence="Where it was done: the name of the location.",
            expression=_location,
            visible_if=_HAS_LOCATIONS,
        ),
        Field(
            name="location_id",
            kind=Number(),
            nullable=True,
            optional=True,
            sentence="The location's id, a JSON number unlike other ids.",
            visible_if=_HAS_LOCATIONS,
        ),
        Field(
            name="user_can_edit",
            kind=Boolean(),
            optional=True,
            sentence="Whether the caller may change it.",
            expression=editable_by,
        ),
    ),
    includes=(
        Include(
            name="active_submission",
            target="timesheet_submissions",
            member="active_submission_id",
            column="active_submission_id",
            always=True,
            sentence="The pending or approved timesheet it is on, if any. At most one exists.",
        ),
        Include(
            name="recent_submission",
            target="timesheet_submissions",
            member="recent_submission_id",
            column="recent_submission_id",
            always=True,
            sentence="The latest timesheet it was on, whatever became of it.",
        ),
        external_references("TimeEntry"),
        Include(
            name="invoice",
            target="invoices",
            member="invoice_id",
            column="invoice_id",
            sentence="The invoice that holds it.",
        ),
        Include(
            name="role",
            target="roles",
            member="role_id",
            column="role_id",
            always=True,
            sentence="The role worked in.",
        ),
        Include(
            name="story",
            target="stories",
            member="story_id",
            column="story_id",
            always=True,
            sentence="The task worked on.",
        ),
        Include(
            name="user",
            target="users",
            member="user_id",
            column="user_id",
            always=True,
            glimpse=("full_name",),
            sentence="Whose time it is.",
        ),
        Include(
            name="workspace",
            target="workspaces",
            member="workspace_id",
            column="workspace_id",
            always=True,
            sentence="The project worked in.",
        ),
    ),
    filters=FILTERS,
    orders=(
        Order(name="created_at", column=_T.created_at, sentence="By when it was made."),
        Order(name="date_performed", column=_T.date_performed, sentence="By the day of the work."),
        Order(name="updated_at", column=_T.updated_at, sentence="By when it last changed."),
    ),
    default_order=("date_performed", "desc"),
    roll_ups=ROLL_UPS,
    rolled_up_to=accounts.c.rolled_up_to,
)
