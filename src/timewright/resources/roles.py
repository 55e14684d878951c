"""A role is what somebody does in a project: designer, engineer. Rate cards give roles their rates."""

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of, sees_workspace
from timewright.database import by_letters
from timewright.presenting.declare import Field, Filter, Order, Resource
from timewright.presenting.kinds import Boolean, Instant, Integer, Text
from timewright.resources.shared_declarations import STAMPS, external_reference_filters, external_references, timestamps
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


RESOURCE = Resource(
    name="roles",
    singular="role",
    type="Role",
    table=roles,
    sentence="What somebody does in a project.",
    visible_to=visible_to,
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
