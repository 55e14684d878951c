"""What must hold in the rows of a whole database, beyond what its engine checks.

The change log has a line for every time entry, every entry that the log and the idempotency records name is
there unless the log says that it was deleted (so a bulk is there whole), and none is there that it says was deleted;
no reference names an entry that is gone, the roll-ups say what the entries say, and no id stands above its counter.
"""

from __future__ import annotations

import json

import sqlalchemy as sa

from timewright.database import Transaction, among, id_counters
from timewright.tables import (
    ROLL_UPS,
    accounts,
    changes,
    external_references,
    idempotency_records,
    metadata,
    time_entries,
)

_ENTRY = "TimeEntry"
_AT_ONCE = 1_000


def faults_of_rows(tx: Transaction, *, has_counters: bool) -> list[str]:
    """What does not hold, in sentences; `has_counters` where ids are counted in a table."""
    return _log(tx) + _records(tx) + faults_of_roll_ups(tx) + (_ids(tx) if has_counters else [])


def _log(tx: Transaction) -> list[str]:
    entry, line = time_entries.c, changes.c

    def lines(verb: str) -> sa.Select[tuple[int]]:
        return sa.select(line.id).where(
            line.account_id == entry.account_id,
            line.subject_type == _ENTRY,
            line.subject_id == entry.id,
            line.verb == verb,
        )

    unlogged = tx.number(
        sa.select(sa.func.count()).select_from(time_entries).where(~lines("create").correlate(time_entries).exists())
    )
    made = changes.alias()
    deleted = changes.alias()
    there = sa.select(entry.id).where(entry.account_id == made.c.account_id, entry.id == made.c.subject_id)
    gone = sa.select(deleted.c.id).where(
        deleted.c.account_id == made.c.account_id,
        deleted.c.subject_type == _ENTRY,
        deleted.c.subject_id == made.c.subject_id,
        deleted.c.verb == "delete",
    )
    lost = tx.number(
        sa.select(sa.func.count())
        .select_from(made)
        .where(
            made.c.subject_type == _ENTRY,
            made.c.verb == "create",
            ~there.correlate(made).exists(),
            ~gone.correlate(made).exists(),
        )
    )
    undead = tx.number(
        sa.select(sa.func.count()).select_from(time_entries).where(lines("delete").correlate(time_entries).exists())
    )
    of_entry = sa.select(entry.id).where(
        entry.account_id == external_references.c.account_id, entry.id == external_references.c.subject_id
    )
    loose = tx.number(
        sa.select(sa.func.count())
        .select_from(external_references)
        .where(external_references.c.subject_type == _ENTRY, ~of_entry.correlate(external_references).exists())
    )
    told = []
    if undead:
        told.append(f"{undead} time entries are there that were deleted, as the change log says.")
    if loose:
        told.append(f"{loose} external references name time entries that are not there.")
    if unlogged:
        told.append(f"{unlogged} time entries have no line in the change log.")
    if lost:
        told.append(f"{lost} time entries that the change log names are not there.")
    return told


def _records(tx: Transaction) -> list[str]:
    """Each record names what its request made; all of that was logged in the same transaction."""
    record, line = idempotency_records.c, changes.c
    rows = tx.rows(sa.select(record.operation_id, record.created_ids).where(record.created_ids.is_not(None)))
    torn = 0
    for first in range(0, len(rows), _AT_ONCE):
        # The objects of a batch have a record each, all of one operation.
        made = [(row["operation_id"], json.loads(row["created_ids"])) for row in rows[first : first + _AT_ONCE]]
        found = tx.rows(
            sa.select(line.request_id, line.account_id, line.subject_id).where(
                among(line.account_id, {account_id for _, ids in made for account_id, _ in ids}),
                among(line.request_id, {operation_id for operation_id, _ in made}),
                line.subject_type == _ENTRY,
                line.verb == "create",
            )
        )
        logged = {(row["request_id"], row["account_id"], row["subject_id"]) for row in found}
        torn += sum(1 for operation_id, ids in made if any((operation_id, *each) not in logged for each in ids))
    return [f"{torn} requests with an idempotency key are there in part."] if torn else []


def faults_of_roll_ups(tx: Transaction) -> list[str]:
    """What a roll-up says and what its entries say are each other's opposite: together they are nothing."""
    told = []
    for roll_up in ROLL_UPS:
        keys = [column.name for column in roll_up.primary_key]
        sums = {name: sa.literal_column(f"({each})", sa.BigInteger) for name, each in roll_up.info["sums"].items()}
        said = sa.select(*roll_up.c)
        meant = (
            sa.select(*(time_entries.c[name] for name in keys), *(-each for each in sums.values()))
            .join(accounts, accounts.c.id == time_entries.c.account_id)
            .where(time_entries.c.id <= accounts.c.rolled_up_to, *(time_entries.c[key].is_not(None) for key in keys))
        )
        both = sa.union_all(said, meant).subquery()
        wrong = (
            sa.select(*(both.c[key] for key in keys))
            .group_by(*(both.c[key] for key in keys))
            .having(sa.or_(*(sa.func.sum(both.c[name]) != 0 for name in sums)))
        )
        count = tx.number(sa.select(sa.func.count()).select_from(wrong.subquery()))
        if count:
            told.append(f"{roll_up.name} says something else than the entries, {count} times: counts are wrong.")
    return told


def _ids(tx: Transaction) -> list[str]:
    last = id_counters(tx)
    told = []
    for name in metadata.info["counters"]:
        highest = tx.number(sa.select(sa.func.coalesce(sa.func.max(metadata.tables[name].c.id), 0)))
        if highest > last.get(name, 0):
            told.append(f"{name} holds ids above its counter: they would be given out again.")
    return told
