"""Who may see and do what in a project: the conditions that its fields, filters and orders share."""

from typing import Any

import sqlalchemy as sa

from timewright.actor import (
    Actor,
    approves_time,
    holds,
    opened,
    participates,
    sees_money,
    sees_time,
    sees_workspace,
)
from timewright.database import unindexed
from timewright.presenting.declare import Condition, Expression
from timewright.tables import participations, users, workspaces

_W = workspaces.c
_LOGS, _LEAD = participations.alias("logs"), participations.alias("lead")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The projects in which the actor takes part, and for reports viewers and administrators all of the
    account.
    """
    return sees_workspace(actor, _W.account_id, _W.id)


def _takes_part(**how: Any) -> Expression:
    return lambda actor: participates(actor, _W.account_id, _W.id, **how)


def _can_log(actor: Actor) -> sa.ColumnElement[bool]:
    mine = _LOGS
    may = sa.exists().where(
        mine.c.account_id == _W.account_id,
        mine.c.workspace_id == _W.id,
        mine.c.user_id == actor.user_id,
        mine.c.role == "maven",
        mine.c.can_edit_time,
    )
    return sa.and_(may, _W.time_trackable, sa.not_(_W.archived))


def _mine(column: sa.ColumnElement[bool]) -> Expression:
    return lambda actor: sa.exists().where(
        participations.c.account_id == _W.account_id,
        participations.c.workspace_id == _W.id,
        participations.c.user_id == actor.user_id,
        column,
    )


def _condition(name: str, sentence: str, question: Expression) -> Condition:
    return Condition(name=name, sentence=sentence, holds=question)


IS_ADMINISTRATOR = _condition(
    "is_administrator",
    "the caller administers the project or its account",
    lambda actor: sa.or_(
        holds(actor, _W.account_id, ("administrator",)), participates(actor, _W.account_id, _W.id, levels=("admin",))
    ),
)
SEES_MONEY = _condition(
    "sees_money",
    "the caller has financial access in the project or administers the account",
    lambda actor: sees_money(actor, _W.account_id, _W.id),
)
SEES_PRICE = _condition(
    "sees_price",
    "the caller is a reports viewer of the account or has financial access in the project",
    lambda actor: opened(actor, _W.account_id, sees_money(actor, _W.account_id, _W.id)),
)
SEES_BUDGET = _condition(
    "sees_budget",
    "the caller is on the provider's team and views reports or has financial access",
    lambda actor: sa.and_(
        participates(actor, _W.account_id, _W.id, roles=("maven",)),
        opened(actor, _W.account_id, sees_money(actor, _W.account_id, _W.id)),
    ),
)
PARTICIPATES = _condition("participates", "the caller takes part in the project", _takes_part())
IS_CLIENT = _condition("is_client", "the caller is on the client's team", _takes_part(roles=("buyer",)))
LEADS = _condition("leads", "the caller leads a team", _mine(participations.c.is_team_lead))
CAN_INVITE = _condition("can_invite", "the caller may invite", _mine(participations.c.can_invite))
CAN_LOG = _condition("can_log", "the caller may log time", _can_log)
EDITS = _condition(
    "edits",
    "the caller may change tasks",
    _takes_part(levels=("edit_tasks", "edit_time_and_expenses", "edit_financials", "admin")),
)
SEES_TIME = _condition(
    "sees_time",
    "the caller sees the time of colleagues in the project",
    lambda actor: sees_time(actor, _W.account_id, _W.id),
)


SEES_STATUS = _condition(
    "sees_status",
    "the caller is on the provider's team or sees everything of the account",
    lambda actor: opened(actor, _W.account_id, participates(actor, _W.account_id, _W.id, roles=("maven",))),
)

ADMINISTERS_AT_HOME = _condition(
    "administers_at_home",
    "the project is of the caller's account and the caller administers it or the account",
    lambda actor: sa.and_(_W.account_id == actor.account_id, IS_ADMINISTRATOR.holds(actor)),
)
APPROVES_TIME = _condition(
    "approves_time",
    "the caller approves time in the project",
    lambda actor: approves_time(actor, _W.account_id, _W.id),
)
MANAGES = _condition(
    "manages",
    "the caller leads the provider's team or administers the project",
    lambda actor: sa.or_(
        _mine(sa.and_(participations.c.is_team_lead, participations.c.role == "maven"))(actor),
        participates(actor, _W.account_id, _W.id, levels=("admin",)),
    ),
)
HAS_BUTTON = _condition("has_button", "the project has a button, as none has here", lambda _: sa.false())


def somebody(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Somebody takes part in the project, in a participation of which all this holds."""
    return sa.exists().where(
        participations.c.account_id == _W.account_id, participations.c.workspace_id == _W.id, *conditions
    )


def lead_name(role: str) -> sa.ColumnElement[Any]:
    """The name of whoever leads a team of the project; null while nobody does."""
    return (
        sa.select(users.c.full_name)
        .join_from(_LEAD, users, users.c.id == _LEAD.c.user_id)
        .where(
            _LEAD.c.account_id == _W.account_id,
            _LEAD.c.workspace_id == _W.id,
            _LEAD.c.role == role,
            _LEAD.c.is_team_lead,
        )
        .order_by(unindexed(_LEAD.c.id))
        .limit(1)
        .scalar_subquery()
    )
