"""What the rules read to decide about time entries: one statement for each kind of fact, for a whole set of wishes.

Rows that a decision rests on are held until the transaction ends, in `tables.LOCK_ORDER`. Long because each kind of
fact says here which rows and columns of it are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from timewright import actor as who
from timewright.database import Row, Transaction, among, among_given, among_pairs_given
from timewright.rules import time_entries as rules
from timewright.rules.rates import RateCardVersion
from timewright.statements import Statement
from timewright.tables import (
    account_locations,
    accounts,
    assignments,
    participations,
    rate_card_roles,
    rate_card_set_versions,
    rate_card_versions,
    roles,
    stories,
    time_entries,
    timesheet_submissions,
    workspaces,
)
from timewright.wishes import Wish

CREATE_RESTS_ON = (
    "accounts",
    "tokens",
    "users",
    "account_people",
    "account_memberships",
    "workspaces",
    "participations",
    "roles",
    "account_locations",
    "rate_card_set_versions",
    "rate_card_versions",
    "rate_card_roles",
    "stories",
    "assignments",
)
"""The rows that the decision of a create rests on, held until its transaction ends, in `tables.LOCK_ORDER`."""

UPDATE_RESTS_ON = (*CREATE_RESTS_ON[:-1], "timesheet_submissions", "time_entries")
"""The same of an update. The entries themselves are held alone: they are to be changed."""

DELETE_RESTS_ON = (
    "accounts",
    "tokens",
    "users",
    "account_people",
    "account_memberships",
    "participations",
    "time_entries",
)
"""The same of a delete."""


def _of(table: sa.Table, names: str, *conditions: sa.ColumnElement[bool]) -> Statement:
    """Some columns of the rows of a table in some accounts: only what the rules ask."""
    columns = [table.c[name] for name in ("account_id", *names.split())]
    return Statement(sa.select(*columns).where(among_given(table.c.account_id, "account_ids"), *conditions), table)


_HAS_LOCATIONS = sa.exists().where(account_locations.c.account_id == accounts.c.id).label("has_locations")
_ACCOUNTS = Statement(
    sa.select(accounts.c.id, accounts.c.lock_date, _HAS_LOCATIONS).where(among_given(accounts.c.id, "account_ids")),
    accounts,
)
_WORKSPACES = _of(
    workspaces,
    "id archived time_trackable require_notes_on_time_entries currency default_rate_in_cents rate_card_id",
    among_given(workspaces.c.id, "values"),
)
_TAKING_PART = (
    "workspace_id user_id role access_level can_edit_time is_time_approver workspace_role_id "
    "rate_in_cents cost_in_cents"
)
_THEIRS = among_pairs_given(participations.c.workspace_id, participations.c.user_id, "pairs")
_SETS_MONEY = sa.and_(
    participations.c.role == "maven",
    who.is_one_of(participations.c.access_level, who.SETS_MONEY),
    among_given(participations.c.workspace_id, "values"),
)
_PARTICIPATIONS = _of(participations, _TAKING_PART, _THEIRS)
_PARTICIPATIONS_AND_PROXIED = _of(participations, _TAKING_PART, sa.or_(_THEIRS, _SETS_MONEY))
_ROLES = _of(roles, "id deleted_at", among_given(roles.c.id, "values"))
_LOCATIONS = _of(account_locations, "id name archived", among_given(account_locations.c.name, "values"))
_STORIES = _of(
    stories,
    "id workspace_id archived deleted_at time_trackable billable",
    among_given(stories.c.id, "values"),
)
_ASSIGNMENTS = _of(
    assignments,
    "story_id assignee_id role_id",
    among_pairs_given(assignments.c.story_id, assignments.c.assignee_id, "pairs"),
)
_SUBMISSIONS = _of(timesheet_submissions, "id start_date end_date", among_given(timesheet_submissions.c.id, "values"))
_CARD_VERSIONS = Statement(
    sa.select(rate_card_versions, rate_card_set_versions.c.effective_date)
    .join(
        rate_card_set_versions,
        (rate_card_set_versions.c.account_id == rate_card_versions.c.account_id)
        & (rate_card_set_versions.c.id == rate_card_versions.c.rate_card_set_version_id),
    )
    .where(
        among_given(rate_card_versions.c.account_id, "account_ids"),
        among_given(rate_card_versions.c.rate_card_id, "values"),
        rate_card_set_versions.c.active,
    ),
    rate_card_set_versions,
    rate_card_versions,
)
_CARD_RATES = _of(
    rate_card_roles, "rate_card_version_id role_id rate", among_given(rate_card_roles.c.rate_card_version_id, "values")
)


@dataclass
class Named:
    """What a set of wishes names, by kind. `taking_part` and `assigned` are pairs with a person."""

    workspaces: set[int] = field(default_factory=set)
    users: set[int] = field(default_factory=set)
    roles: set[int] = field(default_factory=set)
    stories: set[int] = field(default_factory=set)
    locations: set[str] = field(default_factory=set)
    submissions: set[int] = field(default_factory=set)
    taking_part: set[tuple[int, int]] = field(default_factory=set)
    assigned: set[tuple[int, int]] = field(default_factory=set)
    is_owner_named: bool = False


def named_in_new(wishes: Sequence[Wish]) -> Named:
    """What wishes for new entries name."""
    named = Named()
    for wish in wishes:
        for each in wish.wanted:
            values, persons = each.values, {wish.actor.user_id, each.values.get("user_id")} - {None}
            _add(named.users, values.get("user_id"))
            _add(named.roles, values.get("role_id"))
            _add(named.locations, values.get("location"))
            if values.get("workspace_id") is not None:
                named.workspaces.add(values["workspace_id"])
                named.taking_part |= {(values["workspace_id"], person) for person in persons}
            if values.get("story_id") is not None:
                named.stories.add(values["story_id"])
                named.assigned |= {(values["story_id"], person) for person in persons}
    # The members through whom an administrator may log for others matter only when somebody is named.
    named.is_owner_named = bool(named.users)
    return named


def _add(into: set[Any], value: Any) -> None:
    if value is not None:
        into.add(value)


def facts(
    tx: Transaction, wishes: Sequence[Wish], named: Named, *, held: bool, joined: Collection[int] = ()
) -> tuple[who.People, rules.Facts]:
    """Everything the rules read for a set of wishes, one statement for each kind of fact that is named.

    `joined` are accounts in which somebody stands who did not when the wish was queued.
    """
    read = tx.held if held else tx.rows
    account_ids = {account_id for wish in wishes for account_id in wish.actor.account_ids}.union(joined)

    def of(statement: Statement, values: Collection[Any], **further: Collection[Any]) -> list[Row]:
        return read(statement, account_ids=account_ids, values=values, **further) if values else []

    by_account = read(_ACCOUNTS, account_ids=account_ids)
    people = who.people(
        tx,
        "id",
        [wish.actor.token_id for wish in wishes],
        others=named.users,
        account_ids=account_ids,
        held=held,
    )
    since_joined = {account_id for actor in people.actors.values() for account_id in actor.account_ids} - account_ids
    if since_joined:
        return facts(tx, wishes, named, held=held, joined={*joined, *since_joined})
    open_workspaces = of(_WORKSPACES, named.workspaces)
    taking_part = of(
        _PARTICIPATIONS_AND_PROXIED if named.is_owner_named else _PARTICIPATIONS,
        {row["id"] for row in open_workspaces} if named.workspaces else named.taking_part,
        pairs=named.taking_part,
    )
    found = rules.Facts(
        accounts={row["id"]: row for row in by_account},
        users=people.users,
        memberships=people.memberships,
        workspaces=_by_id(open_workspaces),
        participations={(row["account_id"], row["workspace_id"], row["user_id"]): row for row in taking_part},
        proxied={
            (row["account_id"], row["workspace_id"]): row["user_id"]
            for row in sorted(taking_part, key=lambda row: row["user_id"], reverse=True)
            if who.sets_money(row)
        },
        roles=_by_id(of(_ROLES, named.roles)),
        locations={(row["account_id"], row["name"]): row for row in of(_LOCATIONS, named.locations)},
        cards=_cards(read, {row["rate_card_id"] for row in open_workspaces} - {None}, account_ids),
        stories=_by_id(of(_STORIES, named.stories)),
        assignments={
            (row["account_id"], row["story_id"], row["assignee_id"]): row
            for row in of(_ASSIGNMENTS, {story_id for story_id, _ in named.assigned}, pairs=named.assigned)
        },
        submissions=_by_id(of(_SUBMISSIONS, named.submissions)),
    )
    return people, found


def _by_id(rows: Sequence[Row]) -> dict[tuple[int, int], Row]:
    return {(row["account_id"], row["id"]): row for row in rows}


def _cards(read: Any, card_ids: set[int], account_ids: Collection[int]) -> dict[tuple[int, int], list[RateCardVersion]]:
    if not card_ids:
        return {}
    versions = read(_CARD_VERSIONS, account_ids=account_ids, values=card_ids)
    role_rates = read(_CARD_RATES, account_ids=account_ids, values=[row["id"] for row in versions])
    cards: dict[tuple[int, int], list[RateCardVersion]] = defaultdict(list)
    for row in versions:
        rates = {
            rate["role_id"]: rate["rate"]
            for rate in role_rates
            if (rate["account_id"], rate["rate_card_version_id"]) == (row["account_id"], row["id"])
        }
        cards[row["account_id"], row["rate_card_id"]].append(
            RateCardVersion(row["effective_date"], row["default_rate"], rates)
        )
    return cards


# Entries that are there ---------------------------------------------------------------------------

_LOCATION_NAME = (
    sa.select(account_locations.c.name)
    .where(account_locations.c.account_id == time_entries.c.account_id)
    .where(account_locations.c.id == time_entries.c.location_id)
    .scalar_subquery()
    .label("location")
)
_ENTRIES = sa.select(*time_entries.c, _LOCATION_NAME).where(
    among_given(time_entries.c.account_id, "account_ids"), among_given(time_entries.c.id, "values")
)
_LOOKED_AT = Statement(_ENTRIES)
_HELD = Statement(_ENTRIES, time_entries, alone=True)
_NAMED_BY_ENTRIES = ("workspace_id", "user_id", "active_submission_id", "location_id")

Entries = dict[tuple[int, int], Row]
"""Entries by account and id, each with the name of its `location`."""


def entries_and_facts(
    tx: Transaction, wishes: Sequence[Wish], *, held: bool, deleted: bool = False
) -> tuple[Entries, who.People, rules.Facts]:
    """The entries that wishes name by `id`, and what a change of them rests on; less of it when they are `deleted`.

    Which facts are needed only the entries tell, and they come last in the order of holding: they are looked at,
    then the facts are held, then they. When another transaction came between and made them name something else,
    that is looked up as well.
    """
    ids = {each.values["id"] for wish in wishes for each in wish.wanted}
    accounts_of = {account_id for wish in wishes for account_id in wish.actor.account_ids}
    looked_at = tx.rows(_LOOKED_AT, account_ids=accounts_of, values=ids)
    while True:
        people, found = facts(tx, wishes, _named_with(wishes, looked_at, deleted=deleted), held=held)
        standing = {account_id for actor in people.actors.values() for account_id in actor.account_ids} | accounts_of
        if held:
            entries = tx.held(_HELD, account_ids=standing, values=ids)
        elif standing != accounts_of:
            entries = tx.rows(_LOOKED_AT, account_ids=standing, values=ids)
        else:
            entries = looked_at
        if _naming(entries) <= _naming(looked_at):
            return {(row["account_id"], row["id"]): row for row in entries}, people, found
        looked_at = entries


def _naming(entries: Sequence[Row]) -> set[tuple[Any, ...]]:
    return {(row["account_id"], row["id"], *(row[name] for name in _NAMED_BY_ENTRIES)) for row in entries}


def _named_with(wishes: Sequence[Wish], entries: Sequence[Row], *, deleted: bool) -> Named:
    """What wishes for entries that are there name, they and the entries. Several wishes may change one entry: what
    one of them says, the next one finds.
    """
    named, persons, places = Named(), defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for row in entries:
        persons[row["id"]].add(row["user_id"])
        places[row["id"]].add(row["workspace_id"])
        if not deleted:
            _add(named.submissions, row["active_submission_id"])
    for wish in wishes:
        for each in wish.wanted:
            id_, values = each.values["id"], each.values
            persons[id_].add(wish.actor.user_id)
            _add(persons[id_], values.get("user_id"))
            _add(places[id_], values.get("workspace_id"))
            _add(named.roles, values.get("role_id"))
            _add(named.stories, values.get("story_id"))
            _add(named.locations, values.get("location"))
            named.is_owner_named |= values.get("user_id") is not None
    named.taking_part = {(place, person) for id_ in places for place in places[id_] for person in persons[id_]}
    if not deleted:
        named.workspaces = {place for of_one in places.values() for place in of_one}
        named.users = {person for of_one in persons.values() for person in of_one}
    return named


# Entries that say the same ------------------------------------------------------------------------

_ALIKE_IN = ("account_id", "workspace_id", "user_id", "story_id", "date_performed", "time_in_minutes", "notes")


def alike(tx: Transaction, rows: Mapping[int, Row], visible: sa.ColumnElement[bool]) -> dict[int, dict[str, Any]]:
    """For entries that would be stored, by their places: the ids of those `visible` ones that say the same, and the
    places of those before that do. Only places with either are there.
    """
    found = defaultdict[tuple[Any, ...], list[str]](list)
    if rows:
        entry = time_entries.c
        each_of = ("account_id", "user_id", "date_performed", "time_in_minutes")
        same = [among(entry[name], {row[name] for row in rows.values()}) for name in each_of]
        for row in tx.rows(sa.select(entry.id, *(entry[name] for name in _ALIKE_IN)).where(*same, visible)):
            found[_said_by(row)].append(str(row["id"]))
    before = defaultdict[tuple[Any, ...], list[int]](list)
    hints = {}
    for place, row in rows.items():
        ids, places = sorted(found[_said_by(row)], key=int), list(before[_said_by(row)])
        before[_said_by(row)].append(place)
        if ids or places:
            hints[place] = {"ids": ids, "indexes": places}
    return hints


def _said_by(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _ALIKE_IN)
