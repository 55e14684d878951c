"""A time-off entry says for how many hours of a day somebody is away."""

from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, sees_workspace
from timewright.database import among
from timewright.presenting.declare import Field, Filter, Include, Resource
from timewright.presenting.kinds import Day, Ids, Integer, Number
from timewright.resources.shared_declarations import external_reference_filters, external_references, timestamps
from timewright.tables import account_memberships, participations, time_off_entries

_T = time_off_entries.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Those of the actor's own account (contract: time_off_entries.visibility)."""
    return _T.account_id == actor.account_id


def _of_participants(actor: Actor, workspace_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        participations.c.account_id == _T.account_id,
        participations.c.workspace_id == workspace_id,
        participations.c.user_id == _T.user_id,
        sees_workspace(actor, participations.c.account_id, participations.c.workspace_id),
    )


def _default_roles(_: Actor) -> sa.Select[Any]:
    membership = account_memberships.c
    return sa.select(_T.account_id, _T.id, membership.default_role_id).where(
        membership.account_id == _T.account_id,
        membership.user_id == _T.user_id,
        membership.default_role_id.is_not(None),
    )


RESOURCE = Resource(
    name="time_off_entries",
    singular="time_off_entry",
    type="TimeOffEntry",
    table=time_off_entries,
    sentence="How long somebody is away on a day.",
    visible_to=visible_to,
    endpoints=frozenset({"index"}),
    fields=(
        Field(
            name="hours",
            kind=Number(),
            sentence="How many hours, to two places.",
            value=lambda row: row["hours_in_hundredths"] / 100,
        ),
        Field(name="requested_date", kind=Day(), sentence="The day."),
        Field(name="submission_date", kind=Day(), sentence="The day on which it was asked for."),
    ),
    includes=(
        Include(name="user", target="users", member="user_id", column="user_id", always=True, sentence="Who is away."),
        Include(
            name="role",
            target="roles",
            member="role_id",
            links=_default_roles,
            first=True,
            sentence="Their role in the account.",
        ),
        external_references("TimeOffEntry"),
    ),
    filters=(
        *timestamps(time_off_entries),
        *external_reference_filters(time_off_entries, "TimeOffEntry"),
        Filter(
            name="start_date",
            kind=Day(),
            sentence="On this day or later.",
            where=lambda _, day: _T.requested_date >= day,
        ),
        Filter(
            name="end_date",
            kind=Day(),
            sentence="On this day or earlier.",
            where=lambda _, day: _T.requested_date <= day,
        ),
        Filter(name="user_id", kind=Integer(), sentence="Of this person.", where=lambda _, id_: _T.user_id == id_),
        Filter(name="user_ids", kind=Ids(), sentence="Of these people.", where=lambda _, ids: among(_T.user_id, ids)),
        Filter(
            name="workspace_id",
            kind=Integer(),
            sentence="Of those who take part in this project.",
            where=_of_participants,
        ),
    ),
)
