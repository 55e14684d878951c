"""An external reference says what an object is called in another system, and how the last exchange went.

One object has at most one reference per service. A reference is seen by whoever sees its subject.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor
from timewright.presenting.declare import Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Instant, Integer, Link, Number, Text
from timewright.resources import (
    assignments,
    custom_field_values,
    custom_fields,
    expenses,
    invoices,
    participations,
    rate_cards,
    roles,
    stories,
    time_entries,
    time_off_entries,
    timesheet_submissions,
    users,
    workspace_groups,
    workspace_resources,
    workspaces,
)
from timewright.resources.external_reference_verbs import SUBJECT
from timewright.resources.shared_declarations import STAMPS, timestamps
from timewright.resources.subjects import by_word, sees_subject
from timewright.tables import external_references

_R = external_references.c

SUBJECTS = {
    **by_word(
        time_entries.RESOURCE,
        workspaces.RESOURCE,
        stories.RESOURCE,
        users.RESOURCE,
        roles.RESOURCE,
        invoices.RESOURCE,
        assignments.RESOURCE,
        expenses.RESOURCE,
        custom_fields.RESOURCE,
        custom_field_values.RESOURCE,
        participations.RESOURCE,
        workspace_groups.RESOURCE,
        workspace_resources.RESOURCE,
        rate_cards.RATE_CARDS,
        time_off_entries.RESOURCE,
    ),
    # A timesheet goes by another name here (contract: external_references.subject_type_note).
    "Submission": timesheet_submissions.RESOURCE,
}
"""What has references, by the word that names it."""

_SECTIONS = {"Submission": "submissions"}


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The references of what the actor sees, in accounts where the actor stands."""
    return sees_subject(actor, external_references, SUBJECTS)


def _same(name: str, sentence: str, kind: Text | Integer | None = None, **how: Any) -> Filter:
    column = _R[name]
    return Filter(name=name, kind=kind or Text(), sentence=sentence, where=lambda _, value: column == value, **how)


def _synced(name: str, sentence: str, compared: Callable[[Any], sa.ColumnElement[bool]]) -> Filter:
    return Filter(name=name, kind=Instant(), sentence=sentence, where=lambda _, instant: compared(instant))


RESOURCE = Resource(
    name="external_references",
    singular="external_reference",
    type=SUBJECT,
    table=external_references,
    sentence="What an object is called in another system.",
    visible_to=visible_to,
    endpoints=frozenset({"index"}),
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
    includes=(
        Include(
            name="subject",
            member="subject_ref",
            column="subject_id",
            kind_column="subject_type",
            targets={word: (each.name, _SECTIONS.get(word, each.name)) for word, each in SUBJECTS.items()},
            sentence="The object, as its section and id.",
        ),
    ),
    filters=(
        *timestamps(external_references),
        _same(
            "subject_type",
            "References of this type of object, like TimeEntry.",
            required=True,
            missing_is_unreadable=True,
        ),
        _same("subject_id", "References of the object with this id.", Integer()),
        _same("service_name", "References to this system."),
        _same("service_model", "What the object is called there."),
        # Published as text, and often sent as a number.
        _same("service_model_ref", "The object's id there.", Text(numbers_too=True)),
        _same("status", "pending, successful or failed."),
        _same("external_status", "In this state there."),
        _same("external_message", "Of which the other system said exactly this."),
        _synced("last_synced_after", "Exchanged after this instant.", lambda at: _R.last_synced_at > at),
        _synced("last_synced_before", "Exchanged before this instant.", lambda at: _R.last_synced_at < at),
    ),
    orders=(
        Order(name="created_at", column=_R.created_at, sentence="By when it was made."),
        Order(name="last_synced_at", column=_R.last_synced_at, sentence="By when it was last exchanged."),
    ),
    default_order=("last_synced_at", "desc"),
)
