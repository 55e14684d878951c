"""What the work of projects is worth: for a page of them at once, from the roll-up and the entries after it."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from timewright.actor import Actor
from timewright.database import Row, Transaction, among, unindexed
from timewright.presenting.declare import Key
from timewright.rules import submissions
from timewright.rules.budgets import Budget
from timewright.tables import accounts, entries_by_person, invoice_workspaces, invoices, time_entries, workspaces

_SAID, _ENTRY = entries_by_person.c, time_entries.c
_WORTH = sa.cast(_ENTRY.rate_in_cents, sa.BigInteger) * _ENTRY.time_in_minutes


def budgets(tx: Transaction, _: Actor, rows: Sequence[Row]) -> Mapping[Key, Budget]:
    """What was used of each project's budget: the worth of its time, rounded once."""
    account_ids, ids = {row["account_id"] for row in rows}, {row["id"] for row in rows}
    rolled_up = sa.select(_SAID.account_id, _SAID.workspace_id, _SAID.cent_minutes).where(
        among(_SAID.account_id, account_ids), among(_SAID.workspace_id, ids)
    )
    since = (
        sa.select(_ENTRY.account_id, _ENTRY.workspace_id, _WORTH.label("cent_minutes"))
        .join(accounts, accounts.c.id == _ENTRY.account_id)
        .where(
            among(accounts.c.id, account_ids),
            _ENTRY.id > accounts.c.rolled_up_to,
            among(unindexed(_ENTRY.workspace_id), ids),
        )
    )
    both = sa.union_all(rolled_up, since).subquery()
    summed = sa.select(
        both.c.account_id,
        both.c.workspace_id,
        sa.cast(sa.func.sum(both.c.cent_minutes), sa.BigInteger).label("cent_minutes"),
    ).group_by(both.c.account_id, both.c.workspace_id)
    worth = {(row["account_id"], row["workspace_id"]): row["cent_minutes"] for row in tx.rows(summed)}
    return {
        (row["account_id"], row["id"]): Budget(
            used_in_cents=submissions.total_in_cents(worth.get((row["account_id"], row["id"]), 0)),
            price_in_cents=row["price_in_cents"] if row["budgeted"] else None,
            currency=row["currency"],
        )
        for row in rows
    }


def invoiced(_: Actor) -> sa.ColumnElement[int]:
    """The worth of a project's time that is on an invoice, in cents times minutes."""
    return _billed()


def paid(_: Actor) -> sa.ColumnElement[int]:
    """The same of invoices that were paid."""
    return _billed(invoices.c.status == "accepted payment")


def _billed(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    bill = invoice_workspaces.c
    return sa.cast(
        sa.func.coalesce(
            sa.select(sa.func.sum(_WORTH))
            .join_from(
                invoice_workspaces,
                invoices,
                (invoices.c.account_id == bill.account_id) & (invoices.c.id == bill.invoice_id),
            )
            .join(
                time_entries,
                (_ENTRY.account_id == bill.account_id)
                & (_ENTRY.invoice_id == bill.invoice_id)
                & (unindexed(_ENTRY.workspace_id) == bill.workspace_id),
            )
            .where(bill.account_id == workspaces.c.account_id, bill.workspace_id == workspaces.c.id, *conditions)
            .correlate(workspaces)
            .scalar_subquery(),
            0,
        ),
        sa.BigInteger,
    )
