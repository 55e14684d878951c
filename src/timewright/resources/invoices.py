"""An invoice bills time to a client. Entries on it are frozen until it is cancelled."""

from typing import Any

import sqlalchemy as sa

from timewright.actor import SEES_MONEY, Actor, holds, participates
from timewright.database import Row, among
from timewright.presenting.declare import Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Day, Ids, Integer, MomentRange, Number, Text, Words
from timewright.resources.shared_declarations import (
    STAMPS,
    currency_fields,
    external_reference_filters,
    external_references,
    timestamps,
)
from timewright.tables import invoice_workspaces, invoices

_I = invoices.c
_PAID = _I.status == "accepted payment"
_MOST_DIGITS = 10


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The invoices of projects in which the actor has financial access, each of whose projects must be
    such a one; for an account administrator, all of the account (contract: invoices.access).
    """
    billed = sa.select(invoice_workspaces.c.workspace_id).where(
        invoice_workspaces.c.account_id == invoices.c.account_id,
        invoice_workspaces.c.invoice_id == invoices.c.id,
    )
    open_to_actor = participates(
        actor, invoice_workspaces.c.account_id, invoice_workspaces.c.workspace_id, levels=SEES_MONEY
    )
    in_every_one = sa.and_(billed.exists(), ~billed.where(~open_to_actor).exists())
    return sa.or_(holds(actor, invoices.c.account_id, ("administrator",)), in_every_one)


def _title(row: Row) -> str:
    return f"{'Draft ' if row['draft'] else ''}Invoice #{row['user_invoice_number']}"


def _tax_rate(row: Row) -> float:
    return float(row["tax_rate_in_basis_points"] / 100)


def _workspaces(_: Actor) -> sa.Select[Any]:
    of = invoice_workspaces.c
    return sa.select(of.account_id, of.invoice_id, of.workspace_id)


def _of_workspaces(_: Actor, ids: list[int]) -> sa.ColumnElement[bool]:
    of = invoice_workspaces.c
    return sa.exists().where(of.account_id == _I.account_id, of.invoice_id == _I.id, among(of.workspace_id, ids))


def _switch(name: str, sentence: str, condition: sa.ColumnElement[bool]) -> Filter:
    """True for those of which it holds, false for all (contract: invoices.filters)."""
    return Filter(
        name=name,
        kind=Boolean(),
        default=False,
        sentence=sentence,
        where=lambda _, narrows: condition if narrows else None,
    )


def _numbered(_: Actor, numbers: list[str]) -> sa.ColumnElement[bool]:
    # What is no number is nobody's, and no error: the page calls them words.
    known = [int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) < _MOST_DIGITS]
    return among(_I.user_invoice_number, known)


def _made_within(_: Actor, range_: tuple[Any, Any]) -> sa.ColumnElement[bool]:
    begin, end = range_
    return sa.and_(
        sa.true(),
        *([_I.created_at >= begin] if begin is not None else []),
        *([_I.created_at < end] if end is not None else []),
    )


def _none(name: str, sentence: str) -> Include:
    return Include(name=name, target=name, member=f"{name[:-1]}_ids", absent=True, sentence=sentence)


RESOURCE = Resource(
    name="invoices",
    singular="invoice",
    type="Invoice",
    table=invoices,
    sentence="A bill for time, sent to a client.",
    visible_to=visible_to,
    fields=(
        *STAMPS,
        Field(name="invoice_date", kind=Day(), sentence="The day it is dated."),
        Field(name="due_date", kind=Day(), sentence="The invoice date plus the days of the payment schedule."),
        Field(name="status", kind=Text(), sentence="new, cancelled or accepted payment."),
        Field(
            name="title", kind=Text(), sentence="Made from the number: Invoice #N or Draft Invoice #N.", value=_title
        ),
        Field(name="user_invoice_number", kind=Integer(), sentence="Its number, unique in the account."),
        Field(name="user_invoice_title", kind=Text(), nullable=True, sentence="A title given by hand."),
        Field(name="tax_rate", kind=Number(), sentence="The tax in percent.", value=_tax_rate),
        Field(name="purchase_order", kind=Text(), nullable=True, sentence="The client's order number."),
        Field(name="project_code", kind=Text(), nullable=True, sentence="The client's project code."),
        Field(name="message", kind=Text(), nullable=True, sentence="What the client is told."),
        Field(name="draft", kind=Boolean(), sentence="Whether it was not sent yet."),
        Field(name="payment_schedule", kind=Integer(), sentence="How many days the client has to pay."),
        Field(name="balance_in_cents", kind=Integer(), sentence="What is still to be paid, in subunits."),
        *currency_fields(),
    ),
    includes=(
        Include(
            name="recipient",
            target="users",
            member="recipient_id",
            column="recipient_id",
            always=True,
            sentence="Who receives it.",
        ),
        Include(
            name="user",
            target="users",
            member="user_id",
            column="user_id",
            always=True,
            sentence="Who made it.",
        ),
        external_references("Invoice"),
        Include(
            name="time_entries",
            target="time_entries",
            member="time_entry_ids",
            points_back="invoice_id",
            sentence="The entries on it; none once it was cancelled.",
        ),
        Include(
            name="workspaces",
            target="workspaces",
            member="workspace_ids",
            links=_workspaces,
            sentence="The projects that it bills.",
        ),
        Include(
            name="expenses",
            target="expenses",
            member="expense_ids",
            points_back="invoice_id",
            sentence="The expenses on it.",
        ),
        _none("additional_items", "Always empty: only time and expenses are billed here."),
        _none("fixed_fee_items", "Always empty: fixed fees are not billed here."),
        _none("billing_milestones", "Always empty: milestones are not billed here."),
    ),
    filters=(
        *timestamps(invoices),
        *external_reference_filters(invoices, "Invoice"),
        Filter(
            name="workspace_id",
            kind=Ids(),
            sentence="Invoices that bill one of these projects.",
            where=_of_workspaces,
        ),
        _switch("paid", "Invoices that were paid.", _PAID),
        _switch("pending", "Invoices that were sent and not paid, cancelled ones as well.", sa.and_(~_PAID, ~_I.draft)),
        _switch("without_drafts", "Invoices that are no drafts.", sa.not_(_I.draft)),
        Filter(
            name="user_invoice_number",
            kind=Words(),
            sentence="Invoices with one of these numbers.",
            where=_numbered,
        ),
        Filter(
            name="within_dates",
            kind=MomentRange(),
            sentence="Invoices that were made on these days or between them.",
            where=_made_within,
        ),
    ),
    orders=(
        Order(name="created_at", column=_I.created_at, sentence="By when it was made."),
        Order(name="id", column=_I.id, sentence="By id."),
        Order(name="invoice_date", column=_I.invoice_date, sentence="By the day it is dated."),
        Order(name="updated_at", column=_I.updated_at, sentence="By when it last changed."),
    ),
    default_order=("created_at", "desc"),
)
