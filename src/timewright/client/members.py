"""What a write takes, as types: the members of a new object and of a change, and what else every write may be told.

`tests/client/test_objects.py` holds these types against the server's declarations. Long because all of them stand here.
"""

from __future__ import annotations

from typing import Required, TypedDict

from timewright.client.objects import Day, Id, Words

# What every write may be told ------------------------------------------------------------------------


class Strictly(TypedDict, total=False):
    """A write that would rather be refused than have a member ignored."""

    strict: bool


class Writing(Strictly, total=False):
    """What every write may be told beside its members."""

    include: Words
    optional_fields: Words


class Keyed(Strictly, total=False):
    """A key of the caller's own."""

    idempotency_key: str


class Creating(Writing, Keyed, total=False):
    """What every create may be told beside its members."""


class NewExternalReference(TypedDict, total=False):
    """A reference to another system, stored with its object."""

    service_name: Required[str]
    service_model: Required[str]
    service_model_ref: Required[Id]
    status: str | None
    external_message: str | None
    external_link: str | None
    external_status: str | None
    locked: bool | None


# Members ------------------------------------------------------------------------------------------


class _MoreOfATimeEntry(TypedDict, total=False):
    billable: bool | None
    rate_in_cents: int | None
    notes: str | None
    role_id: Id | None
    story_id: Id | None
    user_id: Id | None
    location: str | None
    external_reference: NewExternalReference | None
    cost_rate_in_cents: int | None


class NewTimeEntry(_MoreOfATimeEntry, total=False):
    """The members of a new time entry."""

    workspace_id: Required[Id]
    date_performed: Required[Day]
    time_in_minutes: Required[int]


class TimeEntryChange(_MoreOfATimeEntry, total=False):
    """The members of a time entry that a change may name; None clears one."""

    workspace_id: Id
    date_performed: Day
    time_in_minutes: int


class TimeEntryCreated(NewTimeEntry, Creating, total=False):
    """What a create of a time entry takes."""


class TimeEntryChanged(TimeEntryChange, Writing, total=False):
    """What a change of a time entry takes."""


class _MoreOfARole(TypedDict, total=False):
    external_reference: NewExternalReference | None


class NewRole(_MoreOfARole, total=False):
    """The members of a new role."""

    name: Required[str]


class RoleChange(_MoreOfARole, total=False):
    """The members of a role that a change may name; None clears one."""

    name: str


class RoleCreated(NewRole, Creating, total=False):
    """What a create of a role takes."""


class RoleChanged(RoleChange, Writing, total=False):
    """What a change of a role takes."""


class _MoreOfAnAccountLocation(TypedDict, total=False):
    archived: bool | None


class NewAccountLocation(_MoreOfAnAccountLocation, total=False):
    """The members of a new account location."""

    name: Required[str]


class AccountLocationChange(_MoreOfAnAccountLocation, total=False):
    """The members of an account location that a change may name; None clears one."""

    name: str


class AccountLocationCreated(NewAccountLocation, Creating, total=False):
    """What a create of an account location takes."""


class AccountLocationChanged(AccountLocationChange, Writing, total=False):
    """What a change of an account location takes."""
