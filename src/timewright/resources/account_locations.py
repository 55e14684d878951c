"""An account location is a place where work may be done. A time entry names it by its exact name."""

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of, sees_workspace
from timewright.database import by_letters
from timewright.presenting.declare import Field, Filter, Order, Resource
from timewright.presenting.kinds import Boolean, Choice, Integer, Text
from timewright.tables import account_locations, time_entries, workspaces

_L = account_locations.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The locations of the accounts in which the actor stands: a guest who logs time there has to name them."""
    return in_accounts_of(actor, _L.account_id)


def _in_use(_: Actor) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        time_entries.c.account_id == _L.account_id,
        time_entries.c.location_id == _L.id,
    )


def _by_archived(_: Actor, which: str) -> sa.ColumnElement[bool] | None:
    return {"only": _L.archived, "exclude": sa.not_(_L.archived)}.get(which)


def _of_workspace(actor: Actor, workspace_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        workspaces.c.account_id == _L.account_id,
        workspaces.c.id == workspace_id,
        sees_workspace(actor, workspaces.c.account_id, workspaces.c.id),
    )


RESOURCE = Resource(
    name="account_locations",
    singular="account_location",
    type="AccountLocation",
    table=account_locations,
    sentence="A place where work may be done.",
    visible_to=visible_to,
    endpoints=frozenset({"index"}),
    fields=(
        Field(name="name", kind=Text(), sentence="The name, unique in the account."),
        Field(name="archived", kind=Boolean(), sentence="Whether no new time may name it."),
        Field(name="in_use", kind=Boolean(), sentence="Whether some time entry names it.", expression=_in_use),
    ),
    filters=(
        Filter(
            name="archived",
            kind=Choice(words=("only", "exclude", "include")),
            default="exclude",
            sentence="Archived locations only, not at all, or as well.",
            where=_by_archived,
        ),
        Filter(
            name="workspace_id",
            kind=Integer(),
            sentence="Of the account to which this project belongs.",
            where=_of_workspace,
        ),
    ),
    orders=(Order(name="name", column=by_letters(_L.name), sentence="By name."),),
    default_order=("name", "asc"),
)
