"""How the references of objects are looked up, stored and deleted with them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from timewright import clock
from timewright.database import Row, Transaction, among_given
from timewright.statements import Statement
from timewright.tables import external_references

SUBJECT = "ExternalReference"
"""What a reference is called, also in the change log."""

Name = tuple[int, int, str]
"""What one reference of a kind of object is known by: account, object, service."""

_OF_SUBJECTS = Statement(
    sa.select(external_references)
    .where(
        among_given(external_references.c.account_id, "account_ids"),
        external_references.c.subject_type == sa.bindparam("subject_type"),
        among_given(external_references.c.subject_id, "subject_ids"),
    )
    .order_by(*external_references.primary_key.columns)
)


def of(tx: Transaction, subject_type: str, subjects: Sequence[Row]) -> dict[Name, Row]:
    """The references of some objects, whose rows are held."""
    keys = {(row["account_id"], row["id"]) for row in subjects}
    found = tx.rows(
        _OF_SUBJECTS,
        account_ids={account_id for account_id, _ in keys},
        subject_type=subject_type,
        subject_ids={id_ for _, id_ in keys},
    )
    return {
        (row["account_id"], row["subject_id"], row["service_name"]): row
        for row in found
        if (row["account_id"], row["subject_id"]) in keys
    }


def put(
    tx: Transaction, subject_type: str, wanted: Sequence[tuple[Row, Row]], there: Mapping[Name, Row]
) -> list[tuple[Row | None, Row]]:
    """Store references: pairs of an object's row and the reference's members. One that is `there` under the name of
    its service is changed (decisions B11). Answers each as it was, None when it was not, and as it is.
    """
    now, states = clock.now(), dict(there)
    named = [(subject["account_id"], subject["id"], reference["service_name"]) for subject, reference in wanted]
    fresh = [name for name in dict.fromkeys(named) if name not in there]
    ids = dict(zip(fresh, tx.allocate(external_references, len(fresh)), strict=True))
    stored: list[tuple[Row | None, Row]] = []
    for name, (_, reference) in zip(named, wanted, strict=True):
        before = states.get(name)
        account_id, subject_id, _ = name
        plain: Row = before or {
            "account_id": account_id,
            "id": ids[name],
            "subject_type": subject_type,
            "subject_id": subject_id,
            **_BLANK,
            "created_at": now,
        }
        states[name] = {**plain, **_said(reference), "last_synced_at": now, "updated_at": now}
        stored.append((before, states[name]))
    tx.insert(external_references, [states[name] for name in fresh])
    tx.update(external_references, [states[name] for name in there if states[name] is not there[name]])
    return stored


_BLANK: Mapping[str, Any] = {
    "status": "successful",
    "external_link": None,
    "external_message": None,
    "external_status": None,
    "locked": False,
}


def _said(reference: Row) -> dict[str, Any]:
    """What a reference was sent with; a blank clears what may be empty, and else says nothing."""
    return {name: value for name, value in reference.items() if value is not None or _BLANK.get(name, "") is None}


def detach(tx: Transaction, subject_type: str, subjects: Sequence[Row]) -> list[Row]:
    """Delete the references of objects that are deleted; answers what they were."""
    found = list(of(tx, subject_type, subjects).values())
    tx.delete(external_references, [{"account_id": row["account_id"], "id": row["id"]} for row in found])
    return found
