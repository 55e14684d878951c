"""How external references come to be stored with the objects that they name."""

from collections.abc import Sequence
from typing import Any

from timewright import clock
from timewright.database import Row, Transaction
from timewright.tables import external_references


def attach(tx: Transaction, subject_type: str, wanted: Sequence[tuple[Row, Row]]) -> list[dict[str, Any]]:
    """Store the references of new objects: pairs of the object's row and the reference's members."""
    now = clock.now()
    ids = tx.allocate(external_references, len(wanted))
    rows = [
        {
            "account_id": subject["account_id"],
            "id": id_,
            "subject_type": subject_type,
            "subject_id": subject["id"],
            "service_name": reference["service_name"],
            "service_model": reference["service_model"],
            "service_model_ref": reference["service_model_ref"],
            "status": reference.get("status") or "successful",
            "external_link": reference.get("external_link"),
            "external_message": reference.get("external_message"),
            "external_status": reference.get("external_status"),
            "locked": bool(reference.get("locked")),
            "last_synced_at": now,
            "created_at": now,
            "updated_at": now,
        }
        for id_, (subject, reference) in zip(ids, wanted, strict=True)
    ]
    tx.insert(external_references, rows)
    return rows
