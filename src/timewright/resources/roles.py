"""A role is what somebody does in a project: designer, engineer. Rate cards give roles their rates."""

from collections.abc import Sequence

import sqlalchemy as sa

from timewright.actor import Actor, holds, in_accounts_of, sees_workspace
from timewright.database import Row, by_letters
from timewright.presenting.declare import Field, Filter, Order, Param, Resource
from timewright.presenting.kinds import Boolean, Instant, Integer, Text
from timewright.resources.shared_declarations import (
    EXTERNAL_REFERENCE_PARAM,
    STAMPS,
    external_reference_filters,
    external_references,
    timestamps,
)
from timewright.resources.shared_verbs import Draft, action
from timewright.resources.words import holding
from timewright.tables import (
    assignments,
    participations,
    rate_card_roles,
    rate_card_versions,
    roles,
    stories,
    workspaces,
)

_R = roles.c
_P = participations.alias("takes_part")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The roles of the accounts in which the actor stands."""
    return in_accounts_of(actor, _R.account_id)


def _of_workspace(actor: Actor, workspace_id: int) -> sa.ColumnElement[bool]:
    """Somebody has the role in the project, or is assigned to one of its tasks in it."""
    held = sa.exists().where(
        _P.c.account_id == _R.account_id, _P.c.workspace_id == workspace_id, _P.c.workspace_role_id == _R.id
    )
    assigned = sa.exists().where(
        stories.c.account_id == _R.account_id,
        stories.c.workspace_id == workspace_id,
        stories.c.deleted_at.is_(None),
        assignments.c.account_id == stories.c.account_id,
        assignments.c.story_id == stories.c.id,
        assignments.c.role_id == _R.id,
        assignments.c.current,
    )
    # What is in a project is told only of projects that the caller sees.
    return sa.and_(sees_workspace(actor, _R.account_id, sa.literal(workspace_id, _R.id.type)), sa.or_(held, assigned))


def _has_rate(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    rate, version = rate_card_roles.c, rate_card_versions.c
    return sa.exists().where(
        version.account_id == _R.account_id,
        rate.account_id == version.account_id,
        rate.rate_card_version_id == version.id,
        rate.role_id == _R.id,
        *conditions,
    )


def _on_card_of_workspace(actor: Actor, workspace_id: int) -> sa.ColumnElement[bool]:
    return _has_rate(
        workspaces.c.account_id == _R.account_id,
        workspaces.c.id == workspace_id,
        rate_card_versions.c.rate_card_id == workspaces.c.rate_card_id,
        sees_workspace(actor, workspaces.c.account_id, workspaces.c.id),
    )


# What is done with roles --------------------------------------------------------------------------


def _create(draft: Draft) -> Sequence[Row]:
    """Make roles in the caller's own account."""
    draft.must(draft.actor.is_administrator)
    rows = [
        {"account_id": draft.actor.account_id, "id": id_, "name": each.values.get("name"), "deleted_at": None}
        | draft.stamps()
        for id_, each in zip(draft.ids(roles, len(draft.wanted)), draft.wanted, strict=True)
    ]
    for each, row in zip(draft.wanted, rows, strict=True):
        draft.put(RESOURCE, None, row)
        draft.refer(RESOURCE, row, each.values.get("external_reference"))
    return rows


def _update(draft: Draft) -> Sequence[Row]:
    """Give a role another name."""
    row, (each,) = draft.target(RESOURCE, _writes), draft.wanted
    given = draft.given(each, "name", never_blank=("name",))
    draft.refer(RESOURCE, row, each.values.get("external_reference"))
    return [draft.change(RESOURCE, row, given)]


def _delete(draft: Draft) -> Sequence[Row]:
    """No more work is done in the role. It keeps its name in what names it (contract: roles.endpoints.delete)."""
    row = draft.target(RESOURCE, _writes, _R.deleted_at.is_(None))
    return [draft.change(RESOURCE, row, {"deleted_at": draft.now})]


def _writes(actor: Actor) -> sa.ColumnElement[bool]:
    return holds(actor, _R.account_id, ("administrator",))


RESOURCE = Resource(
    name="roles",
    singular="role",
    type="Role",
    table=roles,
    sentence="What somebody does in a project.",
    visible_to=visible_to,
    endpoints=frozenset({"index", "show", "create", "update", "delete"}),
    actions={"create": action(_create), "update": action(_update), "delete": action(_delete)},
    params=(
        Param(name="name", kind=Text(), required=True, sentence="The name."),
        EXTERNAL_REFERENCE_PARAM,
    ),
    fields=(
        Field(name="name", kind=Text(), sentence="The name."),
        *STAMPS,
        Field(name="deleted_at", kind=Instant(), nullable=True, sentence="When it was deleted; null while active."),
    ),
    includes=(external_references("Role"),),
    filters=(
        *timestamps(roles),
        *external_reference_filters(roles, "Role"),
        Filter(
            name="only_active",
            kind=Boolean(),
            default=True,
            sentence="Whether deleted roles are left out.",
            where=lambda _, only_active: _R.deleted_at.is_(None) if only_active else None,
        ),
        holding("matching", "With this in the name.", _R.name),
        Filter(
            name="for_workspace",
            kind=Integer(),
            sentence="Which somebody has in this project or in one of its tasks.",
            where=_of_workspace,
        ),
        Filter(
            name="for_workspace_rate_card",
            kind=Integer(),
            sentence="With a rate of their own on the rate card of this project.",
            where=_on_card_of_workspace,
        ),
        Filter(
            name="for_rate_card",
            kind=Integer(),
            sentence="With a rate of their own on this rate card.",
            where=lambda _, card_id: _has_rate(rate_card_versions.c.rate_card_id == card_id),
        ),
    ),
    orders=(Order(name="alphabetical", column=by_letters(_R.name), sentence="By name."),),
    default_order=("alphabetical", "asc"),
)
