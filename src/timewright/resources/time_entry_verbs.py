"""What is done with time entries: log time.

A verb takes a set of wishes and answers a set of outcomes: it loads what the set needs in a handful of
statements, decides each wish by the pure rules of `rules/time_entries.py`, and stores what was accepted. Long because
each kind of fact says here which rows and columns of it are read.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from timewright import actor as who
from timewright import changes, clock, idempotency
from timewright.database import Row, Transaction, among_given, among_pairs_given
from timewright.errors import Forbidden, Invalid, Unauthenticated
from timewright.resources import external_reference_verbs
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
    workspaces,
)
from timewright.wishes import Accepted, Outcome, Wish

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


def create(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """Log time: each wish whole or not at all, whatever its neighbours do, and none twice that has a key."""
    return idempotency.once(tx, wishes, _create)


def _create(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """Log time.

    Load what the set needs, decide each wish by pure rules, store what was accepted: a handful of
    statements each, however many entries there are.
    """
    people, facts = _facts(tx, wishes, held=True)
    verdicts = [_verdict(wish, people, facts) for wish in wishes]
    now = clock.now()
    accepted = [
        (wish, decision)
        for wish, verdict in zip(wishes, verdicts, strict=True)
        if isinstance(verdict, list)
        for decision in verdict
    ]
    ids = tx.allocate(time_entries, len(accepted))
    for id_, (wish, decision) in zip(ids, accepted, strict=True):
        decision.entry |= {
            "id": id_,
            "taxable": False,
            "approved": False,
            "active_submission_id": None,
            "recent_submission_id": None,
            "invoice_id": None,
            "created_by_id": wish.actor.user_id,
            "operation_id": wish.operation_id,
            "request_key": wish.key.name if wish.key else None,
            "created_at": now,
            "updated_at": now,
        }
    tx.insert(time_entries, [decision.entry for _, decision in accepted])
    referring = [(decision.entry, decision.reference) for _, decision in accepted if decision.reference]
    references = external_reference_verbs.attach(tx, "TimeEntry", referring)
    changes.append(tx, _changes(accepted, references))
    return [_outcome(wish, verdict, people) for wish, verdict in zip(wishes, verdicts, strict=True)]


def check(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """What `create` would refuse, without writing: every fault, of reading and of the rules together."""
    people, facts = _facts(tx, wishes, held=False)
    return [_outcome(wish, _verdict(wish, people, facts), people) for wish in wishes]


_Verdict = list[rules.Decision] | Forbidden | Invalid | Unauthenticated


def _verdict(wish: Wish, people: who.People, facts: rules.Facts) -> _Verdict:
    actor = people.actors.get(wish.actor.token_id)
    if actor is None:
        return Unauthenticated()
    if not actor.can_write:
        return Forbidden("This token may only read.")
    decisions = [rules.decide(actor, each.index, each.values, each.ignored, facts) for each in wish.wanted]
    forbidden = [decision.index for decision in decisions if decision.is_forbidden]
    if forbidden:
        message = "You may not log time in this workspace."
        return Forbidden(message, indexes=forbidden if wish.is_batch else ())
    faults = [*wish.faults, *(fault for decision in decisions for fault in decision.faults)]
    if wish.strict:
        faults += [fault for decision in decisions for fault in rules.strict_faults(decision)]
    return Invalid(faults) if faults else decisions


def _outcome(wish: Wish, verdict: _Verdict, people: who.People) -> Outcome:
    if not isinstance(verdict, list):
        return verdict
    ignored = [{"index": decision.index, "field": name} for decision in verdict for name in decision.ignored]
    rows = [decision.entry | decision.beside for decision in verdict]
    return Accepted(rows, people.actors[wish.actor.token_id], ignored)


def _changes(
    accepted: Sequence[tuple[Wish, rules.Decision]], references: Sequence[dict[str, Any]]
) -> list[changes.Change]:
    made = [
        _created("TimeEntry", decision.entry, wish, on_behalf_of_id=decision.on_behalf_of_id)
        for wish, decision in accepted
    ]
    referring = [wish for wish, decision in accepted if decision.reference]
    return made + [_created("ExternalReference", row, wish) for row, wish in zip(references, referring, strict=True)]


def _created(subject_type: str, row: Row, wish: Wish, *, on_behalf_of_id: int | None = None) -> changes.Change:
    # The log belongs to the account of the row. In an account where the actor does not stand, nothing can
    # be written: its people are checked by a foreign key.
    return changes.Change(
        account_id=row["account_id"],
        subject_type=subject_type,
        subject_id=row["id"],
        verb="create",
        after=row,
        user_id=wish.actor.user_id,
        on_behalf_of_id=on_behalf_of_id,
        token_id=wish.actor.token_id,
        request_id=wish.operation_id,
    )


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
_TAKING_PART = "workspace_id user_id role access_level can_edit_time workspace_role_id rate_in_cents cost_in_cents"
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


def _facts(
    tx: Transaction, wishes: Sequence[Wish], *, held: bool, joined: Collection[int] = ()
) -> tuple[who.People, rules.Facts]:
    """Everything the rules read for a set of wishes, one statement for each kind of fact that is named.

    `joined` are accounts in which somebody stands who did not when the wish was queued.
    """
    read = tx.held if held else tx.rows
    named = {
        name: {each.values[name] for wish in wishes for each in wish.wanted if each.values.get(name) is not None}
        for name in ("workspace_id", "user_id", "role_id", "story_id", "location")
    }
    account_ids = {account_id for wish in wishes for account_id in wish.actor.account_ids}.union(joined)

    def of(statement: Statement, values: Collection[Any], **further: Collection[Any]) -> list[Row]:
        return read(statement, account_ids=account_ids, values=values, **further) if values else []

    def with_persons(name: str) -> set[tuple[int, int]]:
        """What is named under a name, each with the person who asks and the person who is named with it."""
        return {
            (each.values[name], person)
            for wish in wishes
            for each in wish.wanted
            if each.values.get(name) is not None
            for person in (wish.actor.user_id, each.values.get("user_id"))
            if person is not None
        }

    by_account = read(_ACCOUNTS, account_ids=account_ids)
    people = who.people(
        tx,
        "id",
        [wish.actor.token_id for wish in wishes],
        others=named["user_id"],
        account_ids=account_ids,
        held=held,
    )
    since_joined = {account_id for actor in people.actors.values() for account_id in actor.account_ids} - account_ids
    if since_joined:
        return _facts(tx, wishes, held=held, joined={*joined, *since_joined})
    open_workspaces = of(_WORKSPACES, named["workspace_id"])
    # The members through whom an administrator may log for others matter only when somebody is named.
    taking_part = of(
        _PARTICIPATIONS_AND_PROXIED if named["user_id"] else _PARTICIPATIONS,
        {row["id"] for row in open_workspaces},
        pairs=with_persons("workspace_id"),
    )
    facts = rules.Facts(
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
        roles=_by_id(of(_ROLES, named["role_id"])),
        locations={(row["account_id"], row["name"]): row for row in of(_LOCATIONS, named["location"])},
        cards=_cards(read, {row["rate_card_id"] for row in open_workspaces} - {None}, account_ids),
        stories=_by_id(of(_STORIES, named["story_id"])),
        assignments={
            (row["account_id"], row["story_id"], row["assignee_id"]): row
            for row in of(_ASSIGNMENTS, named["story_id"], pairs=with_persons("story_id"))
        },
    )
    return people, facts


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
