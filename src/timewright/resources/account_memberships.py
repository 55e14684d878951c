"""An account membership is somebody's place in the account: what they may do, and what an hour of them costs where
nothing else says so.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from timewright.actor import LEADS_PROJECTS, SEES_ACCOUNT, Actor, holds, in_accounts_of, is_one_of, sees_person
from timewright.database import among, by_letters
from timewright.presenting.declare import Condition, Expression, Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Ids, Instant, Integer, Text
from timewright.resources.shared_declarations import STAMPS, timestamps
from timewright.resources.words import holding, search
from timewright.tables import ACCOUNT_PERMISSIONS, account_memberships, participations, roles, users

_M = account_memberships.c
_OTHERS = account_memberships.alias("others")

CREATES_PROJECTS = ACCOUNT_PERMISSIONS[ACCOUNT_PERMISSIONS.index("project_creator") :]
"""Permissions that make projects in the account."""


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Those of people whom the actor sees, in the accounts in which the actor stands."""
    return sa.and_(in_accounts_of(actor, _M.account_id), sees_person(actor, _M.user_id))


_IN_SAME_ACCOUNT = Condition(
    name="in_same_account",
    sentence="it is of the caller's account",
    holds=lambda actor: _M.account_id == actor.account_id,
)
_SEES_RATE = Condition(
    name="sees_rate",
    sentence="it is of the caller's account and the caller is a project lead there or more",
    holds=lambda actor: holds(actor, _M.account_id, LEADS_PROJECTS),
)
_SEES_COST = Condition(
    name="sees_cost",
    sentence="the caller administers the account",
    holds=lambda actor: holds(actor, _M.account_id, ("administrator",)),
)


_FULL_NAME = sa.select(users.c.full_name).where(users.c.id == _M.user_id).scalar_subquery()
_NAMES = users.c.full_name, users.c.email_address
_ROLE_NAME = sa.func.coalesce(
    sa.select(roles.c.name)
    .where(roles.c.account_id == _M.account_id, roles.c.id == _M.default_role_id)
    .scalar_subquery(),
    "",
    type_=sa.Text(),
)
_MAY_LOG_IN = sa.and_(
    _M.disabled_at.is_(None), sa.exists().where(users.c.id == _M.user_id, users.c.disabled_at.is_(None))
)
_TAKES_PART = sa.exists().where(participations.c.account_id == _M.account_id, participations.c.user_id == _M.user_id)


def _active(_: Actor, only_active: bool) -> sa.ColumnElement[bool] | None:
    return _M.disabled_at.is_(None) if only_active else None


def _inactive(_: Actor, only_inactive: bool) -> sa.ColumnElement[bool] | None:
    return _M.disabled_at.is_not(None) if only_inactive else None


def _told(condition: Condition, cents: sa.ColumnElement[int]) -> Expression:
    """An amount to sort by, as far as the actor may see it: an order tells as much as the member."""
    nothing = sa.literal_column("-1", sa.Integer())
    return lambda actor: sa.case((condition.holds(actor), sa.func.coalesce(cents, nothing)), else_=nothing)


def _managees(_: Actor) -> sa.Select[Any]:
    return sa.select(_M.account_id, _M.id, _OTHERS.c.user_id).where(
        _OTHERS.c.account_id == _M.account_id, _OTHERS.c.manager_id == _M.user_id
    )


def _colleagues(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Each with the active others of the account for whom something holds."""
    return sa.select(_M.account_id, _M.id, _OTHERS.c.user_id).where(
        _OTHERS.c.account_id == _M.account_id,
        _OTHERS.c.user_id != _M.user_id,
        _OTHERS.c.disabled_at.is_(None),
        *conditions,
    )


def _possible_managers(_: Actor) -> sa.Select[Any]:
    """Not those whom the person manages."""
    return _colleagues(_OTHERS.c.manager_id.is_distinct_from(_M.user_id))


def _possible_managees(_: Actor) -> sa.Select[Any]:
    """Not the person's own manager."""
    return _colleagues(_M.manager_id.is_distinct_from(_OTHERS.c.user_id))


def _flag(name: str, sentence: str, **how: Any) -> Field:
    return Field(name=name, kind=Boolean(), sentence=sentence, **how)


def _has(name: str, sentence: str, permissions: Sequence[str]) -> Field:
    return _flag(name, sentence, value=lambda row: row["permission"] in permissions)


def _cents(name: str, sentence: str, visible_if: Condition) -> Field:
    return Field(name=name, kind=Integer(), nullable=True, sentence=sentence, visible_if=visible_if)


RESOURCE = Resource(
    name="account_memberships",
    singular="account_membership",
    type="AccountMembership",
    table=account_memberships,
    sentence="Somebody's place in the account.",
    visible_to=visible_to,
    fields=(
        Field(name="permission", kind=Text(), sentence="What the person may do in the account."),
        _has("is_administrator", "Whether the person administers the account.", ("administrator",)),
        _flag("is_owner", "Whether the person owns the account."),
        _has("is_project_lead", "Whether the person is a project lead.", ("project_lead",)),
        _has("is_punch_clock_user", "Whether the person only logs time.", ("punch_clock",)),
        _flag("is_backup_approver", "Always false: nobody approves for others here.", value=lambda _: False),
        _has("can_create_workspace", "Whether the person may make projects.", CREATES_PROJECTS),
        _has("can_view_reports", "Whether the person views reports.", SEES_ACCOUNT),
        _flag("default_read_only", "Whether the person only looks in projects they are added to."),
        _flag("manager_can_approve", "Whether the manager may approve the person's time."),
        _flag("manager_can_edit_skills", "Whether the manager may change the person's skills."),
        _flag(
            "should_show_alert_on_timesheet_submission", "Whether the person is warned before they submit a timesheet."
        ),
        _flag(
            "collaborator_only_license",
            "Whether the person may be no more than a collaborator.",
            visible_if=_IN_SAME_ACCOUNT,
        ),
        _cents(
            "bill_rate_in_cents", "The price of an hour where the project uses no rate card, in subunits.", _SEES_RATE
        ),
        _cents("billability_target", "How much of their time should be billable, in percent.", _SEES_RATE),
        _cents("cost_rate_in_cents", "The cost of an hour, in subunits.", _SEES_COST),
        Field(
            name="disabled_at",
            kind=Instant(),
            nullable=True,
            sentence="Since when the person may not log in; null while active.",
        ),
        *STAMPS,
        _flag("can_log_in", "Whether the person may log in.", optional=True, expression=lambda _: _MAY_LOG_IN),
        _flag(
            "non_participant",
            "Whether the person takes part in no project of the account.",
            optional=True,
            expression=lambda _: sa.not_(_TAKES_PART),
        ),
        _flag("require_time_entry_location", "Whether the person's time must say where it was spent."),
        _flag(
            "enforce_workweek_minimum_on_timesheet_submission",
            "Whether a timesheet must reach the hours of the workweek.",
        ),
        _flag(
            "enforce_workweek_maximum_on_timesheet_submission",
            "Whether a timesheet must not pass the hours of the workweek.",
        ),
        _flag("resource_request_approver", "Whether the person decides on requests for people."),
    ),
    includes=(
        Include(name="user", target="users", member="user_id", column="user_id", always=True, sentence="Who it is."),
        Include(
            name="default_role",
            target="roles",
            member="default_role_id",
            column="default_role_id",
            always=True,
            sentence="The role in the account.",
        ),
        Include(
            name="manager", target="users", member="manager_id", column="manager_id", sentence="Who manages the person."
        ),
        Include(
            name="managees", target="users", member="managee_ids", links=_managees, sentence="Whom the person manages."
        ),
        Include(
            name="possible_managers",
            target="users",
            member="possible_manager_ids",
            links=_possible_managers,
            sentence="Who could manage the person: everyone active in the account but themselves and whom they manage.",
        ),
        Include(
            name="possible_managees",
            target="users",
            member="possible_managee_ids",
            links=_possible_managees,
            sentence="Whom the person could manage: everyone active in the account but themselves and their manager.",
        ),
    ),
    filters=(
        *timestamps(account_memberships),
        search("Of people with this in their name or e-mail address.", *_NAMES, of=users.c.id == _M.user_id),
        Filter(
            name="only_active",
            kind=Boolean(),
            default=True,
            sentence="Whether disabled members are left out.",
            where=_active,
        ),
        Filter(
            name="only_inactive",
            kind=Boolean(),
            replaces=("only_active",),
            sentence="True for disabled members alone; false for all.",
            where=_inactive,
        ),
        Filter(name="by_user_id", kind=Integer(), sentence="Of this person.", where=lambda _, id_: _M.user_id == id_),
        Filter(
            name="with_user_ids",
            kind=Ids(),
            sentence="Of these people.",
            where=lambda _, ids: among(_M.user_id, ids),
        ),
        holding("by_full_name", "Of people with this in their name.", users.c.full_name, of=users.c.id == _M.user_id),
        Filter(
            name="can_log_in",
            kind=Boolean(),
            replaces=("only_active",),
            sentence="Of people who may log in, or of those who may not.",
            where=lambda _, may: _MAY_LOG_IN if may else sa.not_(_MAY_LOG_IN),
        ),
    ),
    orders=(
        Order(name="bill_rate", expression=_told(_SEES_RATE, _M.bill_rate_in_cents), sentence="By bill rate."),
        Order(name="cost_rate", expression=_told(_SEES_COST, _M.cost_rate_in_cents), sentence="By cost rate."),
        Order(name="created_at", column=_M.created_at, sentence="By when it was made."),
        Order(name="full_name", column=by_letters(_FULL_NAME), sentence="By the person's name."),
        Order(
            name="permission",
            column=sa.case(
                *(
                    (is_one_of(_M.permission, (word,)), sa.literal_column(str(number)))
                    for number, word in enumerate(ACCOUNT_PERMISSIONS)
                )
            ),
            sentence="By permission, low to high.",
        ),
        Order(name="role", column=by_letters(_ROLE_NAME), sentence="By the name of the role in the account."),
        Order(name="updated_at", column=_M.updated_at, sentence="By when it last changed."),
    ),
    default_order=("created_at", "desc"),
)
