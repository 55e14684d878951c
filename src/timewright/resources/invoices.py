"""An invoice bills time to a client. Entries on it are frozen until it is cancelled."""

import sqlalchemy as sa

from timewright.actor import SEES_MONEY, Actor, holds, participates
from timewright.database import Row
from timewright.presenting.declare import Field, Include, Resource
from timewright.presenting.kinds import Boolean, Day, Integer, Number, Text
from timewright.resources.shared_declarations import STAMPS, currency_fields, external_references
from timewright.tables import invoice_workspaces, invoices


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


RESOURCE = Resource(
    name="invoices",
    singular="invoice",
    type="Invoice",
    table=invoices,
    sentence="A bill for time, sent to a client.",
    visible_to=visible_to,
    endpoints=frozenset(),
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
    ),
)
