"""A participation, shown to people as a project member, is somebody's place in a project: on which team, and what it
opens to them.

Long because its published page is.
"""

from typing import Any

import sqlalchemy as sa

from timewright.actor import (
    EDITS_TASKS,
    SEES_ACCOUNT,
    SEES_MONEY,
    Actor,
    holds,
    is_one_of,
    participates,
    runs_workspace,
    sees_workspace,
)
from timewright.database import Row, by_letters
from timewright.presenting.declare import Condition, Expression, Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Integer, Text
from timewright.resources.shared_declarations import STAMPS, external_reference_filters, external_references, timestamps
from timewright.resources.words import holding
from timewright.tables import (
    account_memberships,
    assignments,
    participations,
    roles,
    stories,
    story_followers,
    users,
    workspace_resources,
)

_P = participations.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Those in the projects that the actor sees."""
    return sees_workspace(actor, _P.account_id, _P.workspace_id)


_RUNS = Condition(
    name="runs",
    sentence="the caller administers the project or its account",
    holds=lambda actor: runs_workspace(actor, _P.account_id, _P.workspace_id),
)
_SEES_RATES = Condition(
    name="sees_rates",
    sentence="the caller is on the provider's team with financial access, or administers the account",
    holds=lambda actor: sa.or_(
        holds(actor, _P.account_id, ("administrator",)),
        participates(actor, _P.account_id, _P.workspace_id, levels=SEES_MONEY, roles=("maven",)),
    ),
)
_SEES_COST = Condition(
    name="sees_cost",
    sentence="the caller administers the project for the provider, or administers the account",
    holds=lambda actor: runs_workspace(actor, _P.account_id, _P.workspace_id, roles=("maven",)),
)
_VIEWS_REPORTS = Condition(
    name="views_reports",
    sentence="the caller views reports of the project's account",
    holds=lambda actor: holds(actor, _P.account_id, SEES_ACCOUNT),
)


def _of_member(column: sa.ColumnElement[Any]) -> Expression:
    """What the membership of the person in the project's account says."""
    membership = account_memberships.c
    told = sa.select(column).where(membership.account_id == _P.account_id, membership.user_id == _P.user_id)
    return lambda _: told.scalar_subquery()


_FULL_NAME = sa.select(users.c.full_name).where(users.c.id == _P.user_id).scalar_subquery()


def _planned(minutes: sa.Column[Any]) -> Expression:
    """The minutes of the person's assignments in the project."""
    total = sa.select(sa.func.coalesce(sa.func.sum(minutes), 0)).where(
        assignments.c.account_id == _P.account_id,
        assignments.c.assignee_id == _P.user_id,
        assignments.c.current,
        stories.c.account_id == assignments.c.account_id,
        stories.c.id == assignments.c.story_id,
        stories.c.workspace_id == _P.workspace_id,
        stories.c.deleted_at.is_(None),
    )
    return lambda _: sa.cast(total.scalar_subquery(), sa.BigInteger)


def _is_foreign(_: Actor) -> sa.ColumnElement[bool]:
    return sa.exists().where(users.c.id == _P.user_id, users.c.account_id != _P.account_id)


def _edits(row: Row) -> bool:
    return row["access_level"] in EDITS_TASKS


def _label(row: Row) -> str:
    if _edits(row):
        return "edit"
    may_some = row["can_post"] or row["can_edit_time"] or row["can_edit_expense"]
    return "view_with_custom" if may_some else "view_only"


def _roles_of_members(actor: Actor) -> sa.Select[Any]:
    """The role in the account, told to people of that account (contract: participations.includes)."""
    membership = account_memberships.c
    return sa.select(_P.account_id, _P.id, membership.default_role_id).where(
        _P.account_id == actor.account_id,
        membership.account_id == _P.account_id,
        membership.user_id == _P.user_id,
        membership.default_role_id.is_not(None),
    )


def _active_roles(_: Actor) -> sa.Select[Any]:
    """The role in the project, and those in which the person is assigned to its tasks; no deleted ones."""
    assigned = sa.exists().where(
        assignments.c.account_id == _P.account_id,
        assignments.c.assignee_id == _P.user_id,
        assignments.c.role_id == roles.c.id,
        assignments.c.current,
        stories.c.account_id == assignments.c.account_id,
        stories.c.id == assignments.c.story_id,
        stories.c.workspace_id == _P.workspace_id,
        stories.c.deleted_at.is_(None),
    )
    return sa.select(_P.account_id, _P.id, roles.c.id.label("role_id")).where(
        roles.c.account_id == _P.account_id,
        roles.c.deleted_at.is_(None),
        sa.or_(roles.c.id == _P.workspace_role_id, assigned),
    )


def _places(_: Actor) -> sa.Select[Any]:
    place = workspace_resources.c
    return sa.select(_P.account_id, _P.id, place.id.label("resource_id")).where(
        place.account_id == _P.account_id, place.workspace_id == _P.workspace_id, place.user_id == _P.user_id
    )


def _not_following(_: Actor, story_id: int) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(
        story_followers.c.account_id == _P.account_id,
        story_followers.c.story_id == story_id,
        story_followers.c.user_id == _P.user_id,
        stories.c.account_id == story_followers.c.account_id,
        stories.c.id == story_followers.c.story_id,
        stories.c.workspace_id == _P.workspace_id,
    )


def _not_assigned_to(_: Actor, story_id: int) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(
        assignments.c.account_id == _P.account_id,
        assignments.c.story_id == story_id,
        assignments.c.assignee_id == _P.user_id,
        assignments.c.current,
        stories.c.account_id == assignments.c.account_id,
        stories.c.id == assignments.c.story_id,
        # Who is assigned is told only of the project whose members are listed, which the caller sees.
        stories.c.workspace_id == _P.workspace_id,
    )


def _flag(name: str, sentence: str, **how: Any) -> Field:
    return Field(name=name, kind=Boolean(), sentence=sentence, **how)


def _cents(name: str, sentence: str, visible_if: Condition, **how: Any) -> Field:
    return Field(name=name, kind=Integer(), nullable=True, sentence=sentence, visible_if=visible_if, **how)


def _minutes(name: str, sentence: str, minutes: sa.Column[Any]) -> Field:
    return Field(name=name, kind=Integer(), sentence=sentence, visible_if=_VIEWS_REPORTS, expression=_planned(minutes))


RESOURCE = Resource(
    name="participations",
    singular="participation",
    type="Participation",
    table=participations,
    sentence="Somebody's place in a project.",
    visible_to=visible_to,
    fields=(
        Field(name="role", kind=Text(), sentence="The team: maven is the provider's, buyer the client's."),
        _flag("is_team_lead", "Whether the person leads the team."),
        _flag("can_invite", "Whether the person may invite others."),
        _flag("show_as_read_only", "Whether the person may only look.", value=lambda row: _label(row) == "view_only"),
        _flag("can_edit", "Whether the person may change tasks.", visible_if=_RUNS, value=_edits),
        _flag("can_post", "Whether the person may post.", visible_if=_RUNS),
        _flag("can_edit_time", "Whether the person may log time.", visible_if=_RUNS),
        _flag("can_edit_expense", "Whether the person may log expenses.", visible_if=_RUNS),
        _cents("rate_in_cents", "The price of their hour in this project, in subunits.", _SEES_RATES),
        _cents(
            "default_rate_in_cents",
            "The price of their hour in the account, in subunits.",
            _SEES_RATES,
            expression=_of_member(account_memberships.c.bill_rate_in_cents),
        ),
        _cents("cost_in_cents", "The cost of their hour in this project, in subunits.", _SEES_COST),
        _minutes(
            "allocated_workspace_minutes", "The minutes allocated on their tasks.", assignments.c.allocated_minutes
        ),
        _minutes(
            "estimated_workspace_minutes", "The minutes estimated for their tasks.", assignments.c.estimated_minutes
        ),
        *STAMPS,
        Field(
            name="access_level",
            kind=Text(),
            optional=True,
            sentence="What the project opens to them.",
            visible_if=_RUNS,
        ),
        _flag(
            "is_foreign_participant",
            "Whether they are at home in another account.",
            optional=True,
            expression=_is_foreign,
        ),
        _flag("can_schedule_their_hours", "Whether they may plan their own hours.", optional=True),
        _flag("can_schedule_team_hours", "Whether they may plan the hours of the team.", optional=True),
        Field(
            name="permissions_label",
            kind=Text(),
            optional=True,
            sentence="edit, view_only, or view_with_custom for those who may post or log but not change tasks.",
            value=_label,
        ),
    ),
    includes=(
        Include(name="user", target="users", member="user_id", column="user_id", always=True, sentence="Who it is."),
        Include(
            name="workspace",
            target="workspaces",
            member="workspace_id",
            column="workspace_id",
            always=True,
            sentence="The project.",
        ),
        Include(
            name="workspace_role",
            target="roles",
            member="workspace_role_id",
            column="workspace_role_id",
            sentence="The role in the project.",
        ),
        Include(
            name="primary_role",
            target="roles",
            member="primary_role_id",
            links=_roles_of_members,
            first=True,
            sentence="The role in the account, for people of that account.",
        ),
        Include(
            name="active_roles",
            target="roles",
            member="active_role_ids",
            links=_active_roles,
            sentence="The role in the project and those in which they are assigned to its tasks.",
        ),
        Include(
            name="workspace_resources",
            target="workspace_resources",
            member="workspace_resource_ids",
            links=_places,
            sentence="Their places in the team.",
        ),
        external_references("Participation"),
    ),
    filters=(
        *timestamps(participations),
        *external_reference_filters(participations, "Participation"),
        Filter(
            name="workspace_id",
            kind=Integer(),
            required=True,
            sentence="In this project. A list has to name one.",
            where=lambda _, id_: _P.workspace_id == id_,
        ),
        Filter(name="by_user", kind=Integer(), sentence="Of this person.", where=lambda _, id_: _P.user_id == id_),
        holding(
            "by_user_full_name", "Of people with this in their name.", users.c.full_name, of=users.c.id == _P.user_id
        ),
        Filter(
            name="mavens_only",
            kind=Boolean(),
            sentence="True for the provider's team alone.",
            where=lambda _, mavens_only: is_one_of(_P.role, ("maven",)) if mavens_only else None,
        ),
        Filter(
            name="not_assigned_to_story",
            kind=Integer(),
            sentence="Of people who are not assigned to this task.",
            where=_not_assigned_to,
        ),
        Filter(
            name="not_following_story",
            kind=Integer(),
            sentence="Of people who do not follow this task.",
            where=_not_following,
        ),
    ),
    orders=(
        Order(name="updated_at", column=_P.updated_at, sentence="By when it last changed."),
        Order(name="user_name", column=by_letters(_FULL_NAME), sentence="By the person's name."),
    ),
    default_order=("updated_at", "desc"),
)
