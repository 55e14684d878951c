"""The change log: every write adds a row in its own transaction, and no row ever changes again.

A row says who did what to which object, on whose behalf, through which token and request, and what the
object was before and after. The database forbids changing or deleting such rows by trigger.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from timewright import clock
from timewright.database import Transaction, among
from timewright.tables import changes


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One write of one object. `before` is None for a create, `after` for a delete; `user_id` and
    `token_id` are None for a change made on the command line.
    """

    account_id: int
    subject_type: str
    subject_id: int
    verb: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    user_id: int | None = None
    on_behalf_of_id: int | None = None
    token_id: int | None = None
    request_id: str | None = None


def append(tx: Transaction, made: Sequence[Change]) -> None:
    """Add a set of changes to the log."""
    now = clock.now()
    rows = [
        {
            "account_id": change.account_id,
            "id": id_,
            "subject_type": change.subject_type,
            "subject_id": change.subject_id,
            "verb": change.verb,
            "user_id": change.user_id,
            "on_behalf_of_id": change.on_behalf_of_id,
            "token_id": change.token_id,
            "request_id": change.request_id,
            "before": _text(change.before),
            "after": _text(change.after),
            "created_at": now,
        }
        for id_, change in zip(tx.allocate(changes, len(made)), made, strict=True)
    ]
    tx.insert(changes, rows)


def stored_by(tx: Transaction, account_ids: Collection[int], operation_ids: Collection[str]) -> set[str]:
    """Which of some operations left rows: for finding out what became of a commit that failed."""
    rows = tx.rows(
        sa.select(changes.c.request_id)
        .where(among(changes.c.account_id, account_ids), among(changes.c.request_id, operation_ids))
        .distinct()
    )
    return {row["request_id"] for row in rows}


def _text(state: Mapping[str, Any] | None) -> str | None:
    return None if state is None else msgspec.json.encode(state).decode()
