"""What the work of projects is worth: for a page of them at once, from the roll-up and the entries after it."""

from collections import defaultdict
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
    rolled_up = _summed(_SAID.account_id, _SAID.workspace_id, _SAID.cent_minutes).where(
        among(_SAID.account_id, account_ids), among(_SAID.workspace_id, ids)
    )
    since = (
        _summed(_ENTRY.account_id, _ENTRY.workspace_id, _WORTH)
        .join(accounts, accounts.c.id == _ENTRY.account_id)
        .where(
            among(accounts.c.id, account_ids),
            _ENTRY.id > accounts.c.rolled_up_to,
            among(unindexed(_ENTRY.workspace_id), ids),
        )
    )
    worth: dict[Key, int] = defaultdict(int)
    for row in tx.rows(sa.union_all(rolled_up, since)):
        worth[row["account_id"], row["workspace_id"]] += row["cent_minutes"]
    return {
        (row["account_id"], row["id"]): Budget(
            used_in_cents=submissions.total_in_cents(worth[row["account_id"], row["id"]]),
            price_in_cents=row["price_in_cents"] if row["budgeted"] else None,
            currency=row["currency"],
        )
        for row in rows
    }


def _summed(
    account: sa.Column[int], workspace: sa.Column[int], worth: sa.ColumnElement[int]
) -> sa.Select[int, int, int]:
    total = sa.cast(sa.func.sum(worth), sa.BigInteger).label("cent_minutes")
    return sa.select(account, workspace, total).group_by(account, workspace)


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
                (invoices.c.account_id == unindexed(bill.account_id)) & (invoices.c.id == bill.invoice_id),
            )
            .join(
                time_entries,
                # From the project to its invoices, and from these to their entries: not through all entries.
                (_ENTRY.account_id == unindexed(bill.account_id))
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
