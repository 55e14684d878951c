"""An external reference says what an object is called in another system, and how the last exchange went.

One object has at most one reference per service. A reference is seen by whoever sees its subject.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from timewright import clock
from timewright.actor import Actor, in_accounts_of
from timewright.database import Row, Transaction
from timewright.presenting.declare import Field, Resource
from timewright.presenting.kinds import Boolean, Instant, Link, Number, Text
from timewright.resources.shared_declarations import STAMPS
from timewright.tables import external_references


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The references in accounts where the actor stands. They are reached through their subject, which
    was seen already; a list of their own comes with their endpoints.
    """
    return in_accounts_of(actor, external_references.c.account_id)


RESOURCE = Resource(
    name="external_references",
    singular="external_reference",
    type="ExternalReference",
    table=external_references,
    sentence="What an object is called in another system.",
    visible_to=visible_to,
    endpoints=frozenset(),
    fields=(
        Field(name="service_name", kind=Text(), sentence="The other system."),
        Field(name="service_model", kind=Text(), sentence="What the object is called there."),
        Field(name="service_model_ref", kind=Text(), sentence="The object's id there."),
        Field(name="status", kind=Text(), sentence="How the last exchange went: pending, successful or failed."),
        Field(name="external_link", kind=Link(), nullable=True, sentence="Where to see the object there."),
        Field(name="external_message", kind=Text(), nullable=True, sentence="What the other system said."),
        Field(name="external_status", kind=Text(), nullable=True, sentence="The object's state there."),
        Field(name="locked", kind=Boolean(), sentence="Whether the reference is locked."),
        Field(name="subject_id", kind=Number(), sentence="The object's id here, a JSON number."),
        Field(name="subject_type", kind=Text(), sentence="What the object is here."),
        Field(name="last_synced_at", kind=Instant(), nullable=True, sentence="When it was last exchanged."),
        *STAMPS,
    ),
)


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
