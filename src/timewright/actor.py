"""Who asks, and what they may do: the SQL condition and the question side by side.

On rows a permission is a WHERE condition, used by index, show, update and every side-load. On a wish it is a
plain question about facts already loaded. Both read the same levels, which are the contract's
(`account_memberships.permissions_ladder`, `participations.access_levels`). Long because conditions and questions
are to be read side by side.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from timewright import clock
from timewright.database import Row, Transaction, among, among_given
from timewright.statements import Statement
from timewright.tables import (
    ACCESS_LEVELS,
    ACCOUNT_PERMISSIONS,
    account_memberships,
    account_people,
    custom_fields,
    participations,
    tokens,
    users,
    workspace_group_workspaces,
)

SEES_TIME = ACCESS_LEVELS[ACCESS_LEVELS.index("view_time_and_expenses") :]
"""Access levels that open the time of colleagues in a project."""

SEES_MONEY = ACCESS_LEVELS[ACCESS_LEVELS.index("view_financials") :]
"""Access levels that open rates and invoices: financial access, to look."""

SETS_MONEY = ACCESS_LEVELS[ACCESS_LEVELS.index("edit_financials") :]
"""Access levels that set rates and log for others: financial access, to change."""

SEES_ACCOUNT = ACCOUNT_PERMISSIONS[ACCOUNT_PERMISSIONS.index("reports_viewer") :]
"""Permissions that open every project, entry and person of the account."""

LEADS_PROJECTS = ACCOUNT_PERMISSIONS[ACCOUNT_PERMISSIONS.index("project_lead") :]
"""Permissions that open the rates of people in the account, and its rate cards (contract: rate_cards.access)."""

EDITS_TASKS = ("edit_tasks", "edit_time_and_expenses", "edit_financials", "admin")
"""Access levels that change the tasks of a project."""

SEES_COST = ("reports_viewer_with_cost", "administrator")
"""Permissions that open cost rates."""

FILES_PROJECTS = ACCOUNT_PERMISSIONS[ACCOUNT_PERMISSIONS.index("project_creator") :]
"""Permissions that open all groups of the account's projects: of those who make projects and put them into groups."""


ROLES = ("maven", "buyer")
"""The provider's team and the client's."""


class Place(NamedTuple):
    """A project in which somebody takes part: their access level in it, and on which team."""

    account_id: int
    workspace_id: int
    access_level: str
    role: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks, through a token, standing in one account at home and perhaps in others.

    `permission` is that of the home account's membership, None for a person without one. `account_ids`
    are all accounts in whose rows the person may stand. `places` are the projects they take part in, once
    `placed` has read them.
    """

    user_id: int
    account_id: int
    account_ids: tuple[int, ...]
    permission: str | None
    may_proxy: bool
    token_id: int
    can_read: bool
    can_write: bool
    places: tuple[Place, ...] | None = None

    @property
    def is_administrator(self) -> bool:
        """Whether this is an administrator of the home account."""
        return self.permission == "administrator"

    @property
    def client(self) -> str:
        """The program that asks: personal tokens are one client, whichever of them is used."""
        return "personal"

    def administers(self, account_id: int) -> bool:
        """Whether this is an administrator of that very account."""
        return self.is_administrator and account_id == self.account_id


@dataclass(frozen=True, slots=True)
class People:
    """The actors behind some tokens, by the value they were asked for, and what is known of everyone named.

    `users` are by id and hold no disabled person; `memberships` are by account and user.
    """

    actors: Mapping[Any, Actor]
    users: Mapping[int, Row]
    memberships: Mapping[tuple[int, int], Row]


# Only what is asked of them: most of what a person or a membership holds is for showing.
_TOKENS = {
    column.name: Statement(
        sa.select(
            tokens.c.id,
            tokens.c.token_hash,
            tokens.c.user_id,
            tokens.c.can_read,
            tokens.c.can_write,
            tokens.c.expires_at,
            tokens.c.revoked_at,
        ).where(among_given(column, "values")),
        tokens,
    )
    for column in (tokens.c.id, tokens.c.token_hash)
}
_USERS = Statement(
    sa.select(users.c.id, users.c.account_id, users.c.disabled_at).where(among_given(users.c.id, "user_ids")), users
)
_STANDING = Statement(
    sa.select(account_people.c.account_id, account_people.c.user_id).where(
        among_given(account_people.c.user_id, "user_ids")
    ),
    account_people,
)
_MEMBERSHIPS = Statement(
    sa.select(
        account_memberships.c.account_id,
        account_memberships.c.user_id,
        account_memberships.c.permission,
        account_memberships.c.may_proxy,
        account_memberships.c.disabled_at,
        account_memberships.c.default_role_id,
        account_memberships.c.bill_rate_in_cents,
        account_memberships.c.cost_rate_in_cents,
        account_memberships.c.require_time_entry_location,
    ).where(
        among_given(account_memberships.c.account_id, "account_ids"),
        among_given(account_memberships.c.user_id, "user_ids"),
    ),
    account_memberships,
)


def people(
    tx: Transaction,
    column: str,
    values: Sequence[Any],
    *,
    others: Collection[int] = (),
    account_ids: Collection[int] = (),
    held: bool = False,
) -> People:
    """Find the actors of a set of tokens by the tokens' `column` (`id` or `token_hash`).

    A token that is unknown, revoked or expired, or whose person is disabled, has no actor. `others` are
    further users to look up, with their memberships in `account_ids`. With `held`, what the answer rests
    on does not change before the transaction ends.
    """
    read = tx.held if held else tx.rows
    found = read(_TOKENS[column], values=values)
    good = [token for token in found if _is_good(token)]
    wanted = {token["user_id"] for token in good} | set(others)
    if not good:
        return People({}, {}, {})
    everyone = read(_USERS, user_ids=wanted)
    present = {row["id"]: row for row in everyone if row["disabled_at"] is None}
    standing: dict[int, set[int]] = {}
    for row in read(_STANDING, user_ids=wanted):
        standing.setdefault(row["user_id"], set()).add(row["account_id"])
    homes = {row["account_id"] for row in everyone}
    memberships = read(_MEMBERSHIPS, account_ids=homes | set(account_ids), user_ids=wanted)
    by_person = {(row["account_id"], row["user_id"]): row for row in memberships}
    actors = {}
    for token in good:
        person = present.get(token["user_id"])
        membership = by_person.get((person["account_id"], person["id"])) if person else None
        if person and not (membership and membership["disabled_at"]):
            actors[token[column]] = _actor(person, membership, token, standing.get(person["id"], set()))
    return People(actors, present, by_person)


def _is_good(token: Row) -> bool:
    return token["revoked_at"] is None and (token["expires_at"] is None or token["expires_at"] > clock.now())


def _actor(person: Row, membership: Row | None, token: Row, accounts: Collection[int]) -> Actor:
    return Actor(
        user_id=person["id"],
        account_id=person["account_id"],
        account_ids=tuple(sorted({*accounts, person["account_id"]})),
        permission=membership["permission"] if membership else None,
        may_proxy=bool(membership and membership["may_proxy"]),
        token_id=token["id"],
        can_read=token["can_read"],
        can_write=token["can_write"],
    )


_PLACES = Statement(
    sa.select(*(participations.c[name] for name in Place._fields)).where(
        participations.c.user_id == sa.bindparam("user_id"), among_given(participations.c.account_id, "account_ids")
    )
)


def placed(tx: Transaction, actor: Actor) -> Actor:
    """The actor with the projects they take part in, read once for all conditions of this transaction.

    A permission is then a set of projects, which the engine looks up once, where it would ask of every row.
    """
    rows = tx.rows(_PLACES, user_id=actor.user_id, account_ids=actor.account_ids)
    return replace(actor, places=tuple(Place(**row) for row in rows))


def at_home(actor: Actor) -> Actor:
    """The actor as far as rows of the home account go."""
    places = None if actor.places is None else tuple(p for p in actor.places if p.account_id == actor.account_id)
    return replace(actor, account_ids=(actor.account_id,), places=places)


_READ = custom_fields.alias("asked")
_MINE, _THEIRS = participations.alias("mine"), participations.alias("theirs")
"""Made once, as every alias is: it copies all columns of its table."""
_APPROVING = participations.alias("approving")


# Conditions on rows ------------------------------------------------------------------------------


def in_accounts_of(actor: Actor, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The row belongs to an account in which the actor stands. Every look-up names the account."""
    return among(column, actor.account_ids)


def participates(
    actor: Actor,
    account: sa.ColumnElement[Any],
    workspace: sa.ColumnElement[Any],
    *,
    levels: Sequence[str] = ACCESS_LEVELS,
    roles: Sequence[str] = ROLES,
) -> sa.ColumnElement[bool]:
    """The actor takes part in the project, with one of these access levels, on one of these teams."""
    if actor.places is not None:
        open_ = [place for place in actor.places if place.access_level in levels and place.role in roles]
        by_account = [
            sa.and_(account == each, among(workspace, [p.workspace_id for p in open_ if p.account_id == each]))
            for each in sorted({place.account_id for place in open_})
        ]
        return sa.or_(*by_account) if by_account else sa.false()
    mine = _MINE
    return sa.exists().where(
        mine.c.account_id == account,
        mine.c.workspace_id == workspace,
        mine.c.user_id == actor.user_id,
        is_one_of(mine.c.access_level, levels),
        is_one_of(mine.c.role, roles),
    )


def holds(actor: Actor, account: sa.ColumnElement[Any], permissions: Sequence[str]) -> sa.ColumnElement[bool]:
    """The row belongs to the actor's own account and the actor holds one of these permissions there."""
    return account == actor.account_id if actor.permission in permissions else sa.false()


def opened(actor: Actor, account: sa.ColumnElement[Any], *otherwise: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Everything in an account that the actor sees as a whole; elsewhere, what one of these conditions opens."""
    if actor.permission not in SEES_ACCOUNT:
        return sa.or_(*otherwise)
    whole = account == actor.account_id
    return whole if actor.account_ids == (actor.account_id,) else sa.or_(whole, *otherwise)


def is_one_of(column: sa.ColumnElement[Any], words: Sequence[str]) -> sa.ColumnElement[bool]:
    """The column is one of some words of ours, which stand in the statement's text: it is compiled once."""
    return column.in_([sa.literal_column("'" + word.replace("'", "''") + "'") for word in words])


def sees_money(
    actor: Actor, account: sa.ColumnElement[Any], workspace: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """The actor may see the rates of a project (decisions B10)."""
    administers = holds(actor, account, ("administrator",))
    return sa.or_(administers, participates(actor, account, workspace, levels=SEES_MONEY))


def provides_with_money(
    actor: Actor, account: sa.ColumnElement[Any], workspace: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """The actor is on the provider's team with financial access, or administers the account."""
    administers = holds(actor, account, ("administrator",))
    return sa.or_(administers, participates(actor, account, workspace, levels=SEES_MONEY, roles=("maven",)))


def approves_time(
    actor: Actor, account: sa.ColumnElement[Any], workspace: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """The actor approves the time of a project: as its time approver, or as administrator of its account."""
    mine = _APPROVING
    approves = sa.exists().where(
        mine.c.account_id == account,
        mine.c.workspace_id == workspace,
        mine.c.user_id == actor.user_id,
        mine.c.is_time_approver,
    )
    return sa.or_(holds(actor, account, ("administrator",)), approves)


def sees_submissions(
    actor: Actor, account: sa.ColumnElement[Any], workspace: sa.ColumnElement[Any], user: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """The actor sees the timesheets of a person in a project: their own, and those of whoever's time they see or
    approve.
    """
    own = sa.and_(in_accounts_of(actor, account), user == actor.user_id)
    return sees_time(actor, account, workspace, own, approves_time(actor, account, workspace))


def runs_workspace(
    actor: Actor, account: sa.ColumnElement[Any], workspace: sa.ColumnElement[Any], *, roles: Sequence[str] = ROLES
) -> sa.ColumnElement[bool]:
    """The actor administers the project, on one of these teams, or its account."""
    administers = holds(actor, account, ("administrator",))
    return sa.or_(administers, participates(actor, account, workspace, levels=("admin",), roles=roles))


def sees_workspace(
    actor: Actor, account: sa.ColumnElement[Any], workspace: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """The actor takes part in the project, or sees everything of its account."""
    return opened(actor, account, participates(actor, account, workspace))


def sees_time(
    actor: Actor, account: sa.ColumnElement[Any], workspace: sa.ColumnElement[Any], *otherwise: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """The actor sees the time of colleagues in the project, or everything of its account; or else, what one of
    these conditions opens.
    """
    return opened(actor, account, participates(actor, account, workspace, levels=SEES_TIME), *otherwise)


def sees_person(actor: Actor, user_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """It is the actor, someone who shares a project with them, or someone who stands in an account that the actor
    sees as a whole.
    """
    mine, theirs = _MINE, _THEIRS
    shares_a_project = user_id.in_(
        sa.select(theirs.c.user_id).where(
            in_accounts_of(actor, mine.c.account_id),
            mine.c.user_id == actor.user_id,
            theirs.c.account_id == mine.c.account_id,
            theirs.c.workspace_id == mine.c.workspace_id,
        )
    )
    whole_account = user_id.in_(
        sa.select(account_people.c.user_id).where(account_people.c.account_id == actor.account_id)
    )
    return sa.or_(
        user_id == actor.user_id,
        shares_a_project,
        whole_account if actor.permission in SEES_ACCOUNT else sa.false(),
    )


def sees_group(actor: Actor, account: sa.ColumnElement[Any], group: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The actor may make projects in the account of a group, or is on the provider's team of a project in it.

    The contract names nobody. A group may be a client and says what the provider notes of them: not for clients.
    """
    of = workspace_group_workspaces.c
    provides = participates(actor, of.account_id, of.workspace_id, roles=("maven",))
    in_group = sa.exists().where(of.account_id == account, of.workspace_group_id == group, provides)
    return sa.or_(holds(actor, account, FILES_PROJECTS), in_group)


def reads_custom_field(
    actor: Actor, account: sa.ColumnElement[Any], field: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """A custom field of an account in which the actor stands is open to their permission there, or to everyone."""
    asked = _READ.c
    open_to = [
        sa.and_(asked.account_id == actor.account_id, is_one_of(asked.read_access, _up_to(actor.permission))),
        asked.read_access.is_(None),
    ]
    return sa.and_(
        in_accounts_of(actor, account),
        sa.exists().where(asked.account_id == account, asked.id == field, sa.or_(*open_to)),
    )


def writes_custom_field(
    actor: Actor, account: sa.ColumnElement[Any], field: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """A custom field of the actor's own account whose values the actor's permission may set."""
    asked = _READ.c
    if actor.permission is None:
        return sa.false()
    return sa.and_(
        account == actor.account_id,
        sa.exists().where(
            asked.account_id == account,
            asked.id == field,
            sa.or_(asked.write_access.is_(None), is_one_of(asked.write_access, _up_to(actor.permission))),
        ),
    )


def _up_to(permission: str | None) -> Sequence[str]:
    """The permissions that one holds: itself, and those below it on the ladder."""
    return ACCOUNT_PERMISSIONS[: ACCOUNT_PERMISSIONS.index(permission) + 1] if permission else ("nobody",)


# Questions about facts already loaded -------------------------------------------------------------


def may_see_workspace(actor: Actor, account_id: int, participation: Row | None) -> bool:
    """The question that `sees_workspace` asks of rows, about facts."""
    return participation is not None or (account_id == actor.account_id and actor.permission in SEES_ACCOUNT)


def may_see_time(actor: Actor, account_id: int, participation: Row | None) -> bool:
    """The question that `sees_time` asks of rows, about facts."""
    if account_id == actor.account_id and actor.permission in SEES_ACCOUNT:
        return True
    return participation is not None and participation["access_level"] in SEES_TIME


def may_see_money(actor: Actor, account_id: int, participation: Row | None) -> bool:
    """The question that `sees_money` asks of rows, about facts."""
    return actor.administers(account_id) or (participation is not None and participation["access_level"] in SEES_MONEY)


def may_see_cost(actor: Actor, account_id: int) -> bool:
    """Whether the actor may see cost rates in an account."""
    return account_id == actor.account_id and actor.permission in SEES_COST


def may_log_in(participation: Row | None) -> bool:
    """Whether someone with this participation may have time of their own in the project."""
    return participation is not None and participation["role"] == "maven" and participation["can_edit_time"]


def sets_money(participation: Row | None) -> bool:
    """Whether someone with this participation may set rates and log for colleagues."""
    return (
        participation is not None and participation["role"] == "maven" and participation["access_level"] in SETS_MONEY
    )
