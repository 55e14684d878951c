"""An expense is money that somebody spent in a project on a day. It is read here; it comes from other systems."""

from datetime import date

import sqlalchemy as sa

from timewright import actor as who
from timewright.actor import Actor
from timewright.database import among, by_letters
from timewright.presenting.declare import Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Day, DayRange, Ids, Integer, Text
from timewright.resources.shared_declarations import (
    STAMPS,
    currency_fields,
    external_reference_filters,
    external_references,
    of_archived_workspaces,
    timestamps,
)
from timewright.tables import expenses, participations, workspaces

_E = expenses.c
_SPENDS = participations.alias("spends")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The expenses that this actor may see: their own, those of projects in which they see the time and expenses of
    colleagues, and for reports viewers and administrators all in the account.
    """
    return sa.and_(
        who.in_accounts_of(actor, _E.account_id),
        who.sees_time(actor, _E.account_id, _E.workspace_id, _E.user_id == actor.user_id),
    )


def editable_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Those that this actor may change: neither approved nor invoiced; their own while on no report; and those that
    financial access or the administration of the account opens.
    """
    mine = _SPENDS
    spends = sa.exists().where(
        mine.c.account_id == _E.account_id,
        mine.c.workspace_id == _E.workspace_id,
        mine.c.user_id == actor.user_id,
        mine.c.role == "maven",
    )
    return sa.and_(
        sa.not_(_E.approved),
        _E.invoice_id.is_(None),
        sa.or_(
            sa.and_(_E.user_id == actor.user_id, _E.active_expense_report_id.is_(None), spends),
            who.participates(actor, _E.account_id, _E.workspace_id, levels=who.SETS_MONEY, roles=("maven",)),
            who.holds(actor, _E.account_id, ("administrator",)),
        ),
    )


_NEEDS_APPROVAL = sa.exists().where(
    workspaces.c.account_id == _E.account_id,
    workspaces.c.id == _E.workspace_id,
    workspaces.c.require_expense_approvals,
)


def _between(_: Actor, days: tuple[date | None, date | None]) -> sa.ColumnElement[bool]:
    first, last = days
    return sa.and_(_E.date >= first if first else sa.true(), _E.date <= last if last else sa.true())


def _is(name: str, sentence: str, condition: sa.ColumnElement[bool]) -> Filter:
    return Filter(
        name=name, kind=Boolean(), sentence=sentence, where=lambda _, holds: condition if holds else sa.not_(condition)
    )


def _id(name: str, column: sa.Column[int], sentence: str) -> Filter:
    return Filter(name=name, kind=Integer(), sentence=sentence, where=lambda _, id_: column == id_)


def _by_letters(name: str, sentence: str) -> Order:
    return Order(name=name, column=by_letters(sa.func.coalesce(_E[name], "")), sentence=sentence)


def _flag(name: str, sentence: str) -> Field:
    return Field(name=name, kind=Boolean(), sentence=sentence)


def _one(name: str, target: str, sentence: str, *, always: bool = True, glimpse: tuple[str, ...] = ()) -> Include:
    member = f"{name}_id"
    return Include(
        name=name, target=target, member=member, column=member, always=always, glimpse=glimpse, sentence=sentence
    )


RESOURCE = Resource(
    name="expenses",
    singular="expense",
    type="Expense",
    table=expenses,
    sentence="Money that somebody spent in a project on a day.",
    visible_to=visible_to,
    fields=(
        *STAMPS,
        Field(name="date", kind=Day(), sentence="The day it was spent."),
        Field(name="notes", kind=Text(), nullable=True, sentence="What it was for; null when never said."),
        Field(name="category", kind=Text(), sentence="The name of its category."),
        Field(name="amount_in_cents", kind=Integer(), sentence="How much it was, in subunits."),
        *currency_fields(),
        Field(
            name="is_invoiced",
            kind=Boolean(),
            sentence="Whether an invoice that was not cancelled holds it.",
            value=lambda row: row["invoice_id"] is not None,
        ),
        _flag("is_billable", "Whether it is billed."),
        _flag("taxable", "Whether tax is added on an invoice."),
        _flag("reimbursable", "Whether the person gets it back."),
        Field(
            name="user_can_edit",
            kind=Boolean(),
            optional=True,
            sentence="Whether the caller may change it.",
            expression=editable_by,
        ),
    ),
    includes=(
        _one("user", "users", "Who spent it.", glimpse=("full_name",)),
        _one("workspace", "workspaces", "The project it was spent in."),
        _one("story", "stories", "The task it was spent on."),
        _one("role", "roles", "The role it was spent in.", always=False),
        external_references("Expense"),
    ),
    filters=(
        *timestamps(expenses),
        *external_reference_filters(expenses, "Expense"),
        _is("approved", "On an approved report, or not.", _E.approved),
        _id("created_by", _E.created_by_id, "Entered by this person."),
        Filter(
            name="date_expensed_between",
            kind=DayRange(),
            sentence="Spent from the first to the last of two days, both included; an empty side is open.",
            where=_between,
        ),
        Filter(
            name="from_archived_workspaces",
            kind=Boolean(),
            default=False,
            sentence="Whether expenses of archived projects are there as well.",
            where=of_archived_workspaces(expenses),
        ),
        Filter(
            name="on_my_account",
            kind=Boolean(),
            default=True,
            sentence="Expenses of the caller's account; false for those of other accounts' projects as well.",
            seen_by=lambda actor, only: who.at_home(actor) if only else actor,
        ),
        _id("in_active_invoice_id", _E.invoice_id, "On this invoice, unless it was cancelled."),
        _is("invoiced", "On an invoice, or on none.", _E.invoice_id.is_not(None)),
        _is("uninvoiced", "On no invoice, or on one.", _E.invoice_id.is_(None)),
        _is("submitted", "On a pending or approved report, or on none.", _E.active_expense_report_id.is_not(None)),
        _is("unsubmitted", "On no pending or approved report, or on one.", _E.active_expense_report_id.is_(None)),
        Filter(
            name="mine",
            kind=Boolean(),
            sentence="The caller's own, or those of others.",
            where=lambda actor, own: _E.user_id == actor.user_id if own else _E.user_id != actor.user_id,
        ),
        _is("reimbursable", "Those that the person gets back, or the others.", _E.reimbursable),
        _is("with_expense_approvals", "In projects where expenses are approved, or in the others.", _NEEDS_APPROVAL),
        _id("with_expense_report_id", _E.active_expense_report_id, "On this report while it is pending or approved."),
        Filter(
            name="with_recent_expense_report_ids",
            kind=Ids(),
            sentence="Of which one of these is the latest report, whatever became of it.",
            where=lambda _, ids: among(_E.recent_expense_report_id, ids),
        ),
        _id("workspace_id", _E.workspace_id, "Expenses of this project."),
    ),
    orders=(
        Order(name="amount", column=_E.amount_in_cents, sentence="By how much it was."),
        _by_letters("category", "By the name of the category."),
        Order(name="created_at", column=_E.created_at, sentence="By when it was made."),
        Order(name="date", column=_E.date, sentence="By the day it was spent."),
        _by_letters("notes", "By what it was for."),
        _by_letters("vendor_name", "By who was paid."),
    ),
    default_order=("date", "desc"),
)
