"""An account location is a place where work may be done. A time entry names it by its exact name."""

from collections.abc import Sequence

import sqlalchemy as sa

from timewright.actor import Actor, holds, in_accounts_of, sees_workspace
from timewright.database import Row, by_letters
from timewright.errors import BASE
from timewright.presenting.declare import Field, Filter, Order, Param, Resource
from timewright.presenting.kinds import Boolean, Choice, Integer, Text
from timewright.resources.shared_verbs import Draft, action
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


# What is done with locations ----------------------------------------------------------------------


def _create(draft: Draft) -> Sequence[Row]:
    """Add locations to the caller's own account."""
    draft.must(draft.actor.is_administrator)
    rows = [
        {
            "account_id": draft.actor.account_id,
            "id": id_,
            "name": each.values.get("name"),
            "archived": each.values.get("archived") or False,
        }
        | draft.stamps()
        for id_, each in zip(draft.ids(account_locations, len(draft.wanted)), draft.wanted, strict=True)
    ]
    for each, row in zip(draft.wanted, rows, strict=True):
        _check_name(draft, each.index, row)
        draft.put(RESOURCE, None, row)
    return rows


def _update(draft: Draft) -> Sequence[Row]:
    """Rename, archive or open a location. Entries name it by its id: they all get its new name."""
    row, (each,) = draft.target(RESOURCE, _writes), draft.wanted
    now = draft.change(RESOURCE, row, draft.given(each, "name", "archived", never_blank=("name", "archived")))
    _check_name(draft, each.index, now)
    return [now]


def _delete(draft: Draft) -> Sequence[Row]:
    """Remove a location that no entry names."""
    row = draft.target(RESOURCE, _writes)
    if draft.tx.one(
        sa.select(_L.id).where(_L.account_id == row["account_id"], _L.id == row["id"], _in_use(draft.actor))
    ):
        draft.fault(0, BASE, "Time was worked at this location: it can be archived, not deleted.")
    draft.put(RESOURCE, row, None)
    return [row]


def _writes(actor: Actor) -> sa.ColumnElement[bool]:
    return holds(actor, _L.account_id, ("administrator",))


def _check_name(draft: Draft, index: int, row: Row) -> None:
    taken = sa.select(_L.id).where(_L.account_id == row["account_id"], _L.name == row["name"], _L.id != row["id"])
    if draft.tx.one(taken):
        draft.fault(index, "name", "Name must not be that of another location.")


RESOURCE = Resource(
    name="account_locations",
    singular="account_location",
    type="AccountLocation",
    table=account_locations,
    sentence="A place where work may be done.",
    visible_to=visible_to,
    endpoints=frozenset({"index", "create", "update", "delete"}),
    actions={"create": action(_create), "update": action(_update), "delete": action(_delete)},
    params=(
        Param(name="name", kind=Text(), required=True, sentence="The name, unique in the account."),
        Param(name="archived", kind=Boolean(), sentence="Whether no new time may name it."),
    ),
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
