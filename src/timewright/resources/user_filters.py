"""The filters of users: who they are, where they take part, and whom they are to do with.

What a filter says of a project, a task or a timesheet it says only of those that the caller sees.
Long because the published page has so many.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from timewright.actor import (
    EDITS_TASKS,
    SEES_ACCOUNT,
    SEES_MONEY,
    Actor,
    in_accounts_of,
    is_one_of,
    sees_time,
    sees_workspace,
)
from timewright.database import among, sought
from timewright.presenting.declare import Filter
from timewright.presenting.kinds import Boolean, DaysIn, Ids, Integer, Text, Words
from timewright.resources.custom_declarations import custom_field_filters
from timewright.resources.shared_declarations import external_reference_filters, timestamps
from timewright.resources.words import TYPED, holding, search
from timewright.tables import (
    account_memberships,
    assignments,
    participations,
    roles,
    stories,
    story_followers,
    timesheet_submissions,
    users,
    workspaces,
)

MOST_ADDRESSES = 200
"""How many e-mail addresses a filter takes (contract: users.by_email_addresses)."""

_P, _M, _S = participations.c, account_memberships.c, stories.c
_OWN = account_memberships.alias("own").c

_IN_A_PROJECT = "in a project"
"""What on_my_account means when it is not sent: a member in no project is missing from the list
(contract: users.visibility)."""


def _is_active(_: Actor, show_disabled: bool) -> sa.ColumnElement[bool] | None:
    disabled_at_home = sa.exists().where(
        _M.account_id == users.c.account_id,
        _M.user_id == users.c.id,
        _M.disabled_at.is_not(None),
    )
    return None if show_disabled else sa.and_(users.c.disabled_at.is_(None), ~disabled_at_home)


def _on_my_account(actor: Actor, on_my_account: bool | str) -> sa.ColumnElement[bool]:
    if on_my_account == _IN_A_PROJECT:
        takes_part = sa.exists().where(in_accounts_of(actor, _P.account_id), _P.user_id == users.c.id)
        return sa.or_(takes_part, users.c.id == actor.user_id)
    at_home = users.c.account_id == actor.account_id
    return at_home if on_my_account else ~at_home


def _take_part(actor: Actor, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """Somebody takes part in a project that the caller sees, and so that all of this holds."""
    return sa.exists().where(
        in_accounts_of(actor, _P.account_id),
        _P.user_id == users.c.id,
        sees_workspace(actor, _P.account_id, _P.workspace_id),
        *conditions,
    )


def _takes_part(actor: Actor, workspace_id: int, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return _take_part(actor, [_P.workspace_id == workspace_id, *conditions])


def _at_home_or_takes_part(actor: Actor, workspace_id: int) -> sa.ColumnElement[bool]:
    return sa.or_(users.c.account_id == actor.account_id, _takes_part(actor, workspace_id))


def _is_member(actor: Actor, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Somebody is a member of an account in which the caller stands, and so that this holds."""
    return sa.exists().where(in_accounts_of(actor, _M.account_id), _M.user_id == users.c.id, *conditions)


def _by_name_or_role(actor: Actor, text: str) -> sa.ColumnElement[bool]:
    named, _ = sought(text.strip(), users.c.full_name)
    of_role, _ = sought(text.strip(), roles.c.name)
    has_role = _is_member(actor, roles.c.account_id == _M.account_id, roles.c.id == _M.default_role_id, of_role)
    return sa.or_(named, has_role)


def _manages(actor: Actor, managers: bool) -> sa.ColumnElement[bool] | None:
    managed = sa.exists().where(in_accounts_of(actor, _M.account_id), _M.manager_id == users.c.id)
    return managed if managers else None


def _made_estimates(actor: Actor, with_created_estimates: bool) -> sa.ColumnElement[bool] | None:
    made = sa.exists().where(
        in_accounts_of(actor, workspaces.c.account_id),
        workspaces.c.creator_id == users.c.id,
        is_one_of(workspaces.c.stage, ("estimate",)),
        sees_workspace(actor, workspaces.c.account_id, workspaces.c.id),
    )
    return made if with_created_estimates else None


def _not_assigned_to(actor: Actor, story_id: int) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(
        in_accounts_of(actor, _S.account_id),
        _S.id == story_id,
        sees_workspace(actor, _S.account_id, _S.workspace_id),
        assignments.c.account_id == _S.account_id,
        assignments.c.story_id == _S.id,
        assignments.c.assignee_id == users.c.id,
        assignments.c.current,
    )


def _not_following(actor: Actor, story_id: int) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(
        in_accounts_of(actor, _S.account_id),
        _S.id == story_id,
        sees_workspace(actor, _S.account_id, _S.workspace_id),
        story_followers.c.account_id == _S.account_id,
        story_followers.c.story_id == _S.id,
        story_followers.c.user_id == users.c.id,
    )


def _in_project_of(actor: Actor, story_id: int) -> sa.ColumnElement[bool]:
    of_story = [_S.account_id == _P.account_id, _S.workspace_id == _P.workspace_id, _S.id == story_id]
    return _take_part(actor, of_story)


def _has_not_submitted(actor: Actor, days: tuple[int, date, date]) -> sa.ColumnElement[bool]:
    workspace_id, first, last = days
    submission = timesheet_submissions.c
    submitted = sa.exists().where(
        submission.account_id == _P.account_id,
        submission.workspace_id == _P.workspace_id,
        submission.user_id == _P.user_id,
        is_one_of(submission.status, ("pending", "approved")),
        submission.start_date <= last,
        submission.end_date >= first,
    )
    # Of others it is told only where the caller sees their time.
    told = sees_time(actor, _P.account_id, _P.workspace_id, _P.user_id == actor.user_id)
    return _takes_part(actor, workspace_id, told, ~submitted)


def _could_manage(actor: Actor, could: bool) -> sa.ColumnElement[bool] | None:
    """Active members of the caller's account whom the caller does not manage."""
    free = _M.manager_id.is_distinct_from(actor.user_id)
    return _is_colleague(actor, free) if could else None


def _could_be_managed(actor: Actor, could: bool) -> sa.ColumnElement[bool] | None:
    """Active members of the caller's account but the caller's own manager."""
    mine = sa.exists().where(
        _OWN.account_id == _M.account_id, _OWN.user_id == actor.user_id, _OWN.manager_id == _M.user_id
    )
    return _is_colleague(actor, ~mine) if could else None


def _is_colleague(actor: Actor, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(
        users.c.id != actor.user_id,
        _is_member(actor, _M.account_id == actor.account_id, _M.disabled_at.is_(None), *conditions),
    )


def _contacts(actor: Actor, everyone: bool) -> sa.ColumnElement[bool] | None:
    return None if everyone else _on_my_account(actor, _IN_A_PROJECT)


def _contacts_elsewhere(actor: Actor, elsewhere: bool) -> sa.ColumnElement[bool]:
    return _on_my_account(actor, False if elsewhere else _IN_A_PROJECT)


def _leads_for_provider(actor: Actor, leads: bool) -> sa.ColumnElement[bool] | None:
    for_provider = [_P.account_id == actor.account_id, is_one_of(_P.role, ("maven",)), _P.is_team_lead]
    return _take_part(actor, for_provider) if leads else None


def _of_team(role: str) -> Any:
    return lambda _, only: is_one_of(_P.role, (role,)) if only else None


def _permitted(permissions: Sequence[str]) -> Any:
    def where(actor: Actor, wanted: bool) -> sa.ColumnElement[bool]:
        holds = _is_member(actor, is_one_of(_M.permission, permissions))
        return holds if wanted else sa.not_(holds)

    return where


def _boolean(name: str, sentence: str, where: Any, **how: Any) -> Filter:
    return Filter(name=name, kind=Boolean(), sentence=sentence, where=where, **how)


def _of(name: str, sentence: str, where: Any, **how: Any) -> Filter:
    return Filter(name=name, kind=Integer(), sentence=sentence, where=where, **how)


def _nothing_kept(name: str, sentence: str, where: Any, boolean: bool = False) -> Filter:
    """A filter by something of which nothing is kept here: nobody has any."""
    return Filter(name=name, kind=Boolean() if boolean else Text(), sentence=sentence, where=where)


_ABOUT_THEM = (
    search("With this in the name or the e-mail address.", users.c.full_name, users.c.email_address),
    holding("matching", "With this in the name or the e-mail address.", users.c.full_name, users.c.email_address),
    holding("by_full_name", "With this in the name.", users.c.full_name),
    Filter(
        name="by_full_name_or_account_role",
        kind=TYPED,
        sentence="With this in the name, or in the name of their role in the account.",
        where=_by_name_or_role,
    ),
    Filter(
        name="by_email_address",
        kind=Text(),
        sentence="Exactly this e-mail address.",
        where=lambda _, address: users.c.email_address == address.lower(),
    ),
    Filter(
        name="by_email_addresses",
        kind=Words(most=MOST_ADDRESSES),
        sentence=f"Exactly one of these e-mail addresses, {MOST_ADDRESSES} at most.",
        where=lambda _, addresses: among(users.c.email_address, [each.lower() for each in addresses]),
    ),
    Filter(
        name="with_users",
        kind=Ids(),
        sentence="These people alone.",
        where=lambda _, ids: among(users.c.id, ids),
    ),
    Filter(
        name="without_users",
        kind=Ids(),
        sentence="All but these people.",
        where=lambda _, ids: sa.not_(among(users.c.id, ids)),
    ),
    _boolean("show_disabled", "Whether disabled people are listed as well.", _is_active, default=False),
)

_IN_ACCOUNTS = (
    _boolean(
        "on_my_account",
        "People of the caller's account, in a project or not; false for all others. "
        "When not sent, people in some project.",
        _on_my_account,
        default=_IN_A_PROJECT,
    ),
    _of(
        "account_id",
        "People at home in this account, in a project or not.",
        lambda _, id_: users.c.account_id == id_,
        replaces=("on_my_account",),
    ),
    _boolean(
        "all_contacts", "Everyone whom the caller sees, in a project or not.", _contacts, replaces=("on_my_account",)
    ),
    _boolean(
        "contacts_on_different_account",
        "True for people who are at home in another account.",
        _contacts_elsewhere,
        replaces=("on_my_account",),
    ),
    Filter(
        name="account_role_ids",
        kind=Ids(),
        sentence="With one of these roles in the account.",
        where=lambda actor, ids: _is_member(actor, among(_M.default_role_id, ids)),
    ),
    _boolean("can_view_reports", "Who views reports of the account, or who does not.", _permitted(SEES_ACCOUNT)),
    _boolean("is_project_lead", "Who is a project lead in the account, or who is not.", _permitted(("project_lead",))),
    _boolean("managers", "True for those who manage somebody.", _manages, default=False),
    _boolean(
        "only_possible_managers",
        "True for those who could manage the caller: active members of the account whom the caller does not manage.",
        _could_manage,
        replaces=("on_my_account",),
    ),
    _boolean(
        "only_possible_managees",
        "True for those whom the caller could manage: active members of the account but the caller's manager.",
        _could_be_managed,
        replaces=("on_my_account",),
    ),
)

_IN_PROJECTS = (
    _of(
        "participant_in",
        "Who takes part in this project.",
        lambda _, id_: _P.workspace_id == id_,
        together=_take_part,
    ),
    _boolean(
        "consultants_only",
        "True for those on the provider's team, of the project in `participant_in` or of any.",
        _of_team("maven"),
        together=_take_part,
    ),
    _boolean(
        "clients_only",
        "True for those on the client's team, of the project in `participant_in` or of any.",
        _of_team("buyer"),
        together=_take_part,
    ),
    _of(
        "not_participant_in",
        "Who takes no part in this project.",
        lambda actor, id_: sa.not_(_takes_part(actor, id_)),
    ),
    _of(
        "write_access_in",
        "Who may change tasks in this project.",
        lambda actor, id_: _takes_part(actor, id_, is_one_of(_P.access_level, EDITS_TASKS)),
    ),
    _of(
        "can_be_approver_in_workspace",
        "Who is on the provider's team of this project with financial access.",
        lambda actor, id_: _takes_part(
            actor, id_, is_one_of(_P.role, ("maven",)), is_one_of(_P.access_level, SEES_MONEY)
        ),
    ),
    _of(
        "on_my_account_or_participant_in_workspace",
        "People of the caller's account, and who takes part in this project.",
        _at_home_or_takes_part,
        replaces=("on_my_account",),
    ),
    _boolean(
        "provider_leads_on_account_projects",
        "True for those who lead the provider's team in a project of the caller's account.",
        _leads_for_provider,
    ),
    _boolean(
        "with_created_estimates",
        "True for those who made a project that is an estimate.",
        _made_estimates,
        default=False,
    ),
    _of("not_assigned_to", "Who is not assigned to this task.", _not_assigned_to),
    _of("not_following", "Who does not follow this task.", _not_following),
    _of("potential_followers_for_story", "Who takes part in the project of this task.", _in_project_of),
    Filter(
        name="without_timesheet_submission",
        kind=DaysIn(),
        sentence="Who takes part in a project and has no timesheet there, pending or approved, between two days: "
        "`workspace_id:start_date:end_date`.",
        where=_has_not_submitted,
    ),
)

_OF_WHAT_IS_NOT_KEPT = (
    _nothing_kept("with_skills", "Finds nobody: no skills are kept here.", lambda *_: sa.false()),
    _nothing_kept("without_skills", "Narrows nothing: no skills are kept here.", lambda *_: None),
    _nothing_kept("belonging_to_orgs", "Finds nobody: no organizations are kept here.", lambda *_: sa.false()),
    _nothing_kept("not_on_calendars", "Narrows nothing: no calendars are kept here.", lambda *_: None),
    _nothing_kept(
        "with_organizations",
        "True finds nobody: no organizations are kept here.",
        lambda _, wanted: sa.false() if wanted else None,
        boolean=True,
    ),
    _nothing_kept(
        "show_users_in_insights_groups", "Narrows nothing: no such groups are kept here.", lambda *_: None, boolean=True
    ),
)

FILTERS = (
    *timestamps(users),
    *external_reference_filters(users, "User"),
    *custom_field_filters(users, "user"),
    *_ABOUT_THEM,
    *_IN_ACCOUNTS,
    *_IN_PROJECTS,
    *_OF_WHAT_IS_NOT_KEPT,
)
