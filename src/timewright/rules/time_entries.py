"""What becomes of one wished-for time entry: the entry as it would be stored, or every fault it has.

Pure: the facts were loaded for the whole set before, and nothing is looked up here. Which facts a rule
reads is what the verb holds (`resources/time_entries.py`). Faults never echo what was sent and say the
same of an id that does not exist and one that is out of the caller's sight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from timewright.actor import Actor, may_log_in, may_see_cost, may_see_money, may_see_workspace, sets_money
from timewright.errors import BASE, Fault
from timewright.rules import billable, locking, rates, roles

Row = Mapping[str, Any]
Pair = tuple[int, int]


NOBODY = 0
"""The id of no user."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rules read, for a whole set. Keys begin with the account; persons are user ids.

    `participations` are by (account, workspace, user), `assignments` by (account, story, user),
    `locations` by (account, name), `cards` by (account, rate card), `proxied` names for each (account,
    workspace) the member through whom an administrator may log for others.
    """

    accounts: Mapping[int, Row]
    users: Mapping[int, Row]
    memberships: Mapping[Pair, Row]
    workspaces: Mapping[Pair, Row]
    participations: Mapping[tuple[int, int, int], Row]
    proxied: Mapping[Pair, int]
    roles: Mapping[Pair, Row]
    locations: Mapping[tuple[int, str], Row]
    cards: Mapping[Pair, Sequence[rates.RateCardVersion]]
    stories: Mapping[Pair, Row]
    assignments: Mapping[tuple[int, int, int], Row]


@dataclass
class Decision:
    """The answer for one wished-for entry. It may be stored when there is no fault and it is allowed.

    `beside` holds what the resource reads beside the entry's row (its conditions and expressions), so that
    an entry just stored is shown without being read again.
    """

    index: int
    entry: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    reference: Row | None = None
    on_behalf_of_id: int | None = None
    ignored: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    is_forbidden: bool = False

    def fault(self, name: str, message: str) -> None:
        """Note one thing that is wrong."""
        self.faults.append(Fault(self.index, name, message))


def decide(actor: Actor, index: int, values: Row, unknown: Sequence[str], facts: Facts) -> Decision:
    """Decide one wished-for entry. `values` are the typed members that were sent, `unknown` the names of
    those that no entry has.
    """
    decision = Decision(index, ignored=list(unknown))
    workspace = _workspace(actor, values, facts, decision)
    if workspace is None:
        return decision
    account_id, workspace_id = workspace["account_id"], workspace["id"]
    mine = facts.participations.get((account_id, workspace_id, actor.user_id))
    user_id = _user(actor, workspace, mine, values, facts, decision)
    if decision.is_forbidden:
        return decision
    participation = facts.participations.get((account_id, workspace_id, user_id))
    membership = facts.memberships.get((account_id, user_id)) or {}
    story = _story(workspace, values, facts, decision)
    role_id = _role(workspace, user_id, participation, membership, values, facts, decision)
    _day(facts.accounts[account_id], values, decision)
    _notes(workspace, values, decision)
    location_id = _location(account_id, membership, values, facts, decision)
    is_billable = values.get("billable")
    if is_billable is None:
        is_billable = billable.default_billable(story["billable"] if story else None)
    asked_rate = _asked_rate(actor, account_id, mine, is_billable, values, decision)
    asked_cost = _asked_cost(actor, account_id, values, decision)
    if decision.faults or values.get("date_performed") is None or values.get("time_in_minutes") is None:
        return decision
    rate = rates.rate(
        rates.RateFacts(
            billable=is_billable,
            date_performed=values["date_performed"],
            role_id=role_id,
            asked=asked_rate,
            card=facts.cards.get((account_id, workspace["rate_card_id"]), ()) if workspace["rate_card_id"] else None,
            participation=participation["rate_in_cents"] if participation else None,
            account_membership=membership.get("bill_rate_in_cents"),
            workspace=workspace["default_rate_in_cents"],
        )
    )
    decision.entry = {
        "account_id": account_id,
        "workspace_id": workspace_id,
        "story_id": story["id"] if story else None,
        "user_id": user_id,
        "role_id": role_id,
        "location_id": location_id,
        "date_performed": values["date_performed"],
        "time_in_minutes": values["time_in_minutes"],
        "billable": is_billable,
        "notes": values.get("notes"),
        "rate_in_cents": rate.rate_in_cents,
        "rate_rule": rate.rule,
        "cost_rate_in_cents": rates.cost_rate(
            asked_cost,
            participation["cost_in_cents"] if participation else None,
            membership.get("cost_rate_in_cents"),
        ),
        "currency": workspace["currency"],
    }
    decision.reference = values.get("external_reference")
    decision.beside = {
        "_sees_money": may_see_money(actor, account_id, mine),
        "_sees_cost": may_see_cost(actor, account_id),
        "_has_locations": facts.accounts[account_id]["has_locations"],
        "location": values.get("location"),
    }
    return decision


def _workspace(actor: Actor, values: Row, facts: Facts, decision: Decision) -> Row | None:
    workspace_id = values.get("workspace_id")
    if workspace_id is None:
        return None
    for account_id in sorted(actor.account_ids, key=lambda each: each != actor.account_id):
        workspace = facts.workspaces.get((account_id, workspace_id))
        participation = facts.participations.get((account_id, workspace_id, actor.user_id))
        if workspace and account_id in facts.accounts and may_see_workspace(actor, account_id, participation):
            if workspace["archived"]:
                decision.fault("workspace_id", "Workspace is archived.")
            elif not workspace["time_trackable"]:
                decision.fault("workspace_id", "Workspace does not accept time entries.")
            return workspace
    decision.fault("workspace_id", "Workspace could not be found.")
    return None


def _user(actor: Actor, workspace: Row, mine: Row | None, values: Row, facts: Facts, decision: Decision) -> int:
    """Whose time it is (contract: time_entries.create.user_id). Without the right to say so it is the
    caller's own, and that is announced (decisions B8).
    """
    account_id, workspace_id = workspace["account_id"], workspace["id"]
    asked = values.get("user_id")
    if asked is None or asked == actor.user_id:
        decision.is_forbidden = not may_log_in(mine)
        return actor.user_id
    proxied = facts.proxied.get((account_id, workspace_id))
    if not sets_money(mine):
        if not (actor.administers(account_id) and actor.may_proxy and proxied):
            decision.ignored.append("user_id")
            decision.is_forbidden = not may_log_in(mine)
            return actor.user_id
        decision.on_behalf_of_id = proxied
    theirs = facts.participations.get((account_id, workspace_id, asked))
    disabled_here = (account_id, asked) in facts.memberships and facts.memberships[account_id, asked]["disabled_at"]
    if asked not in facts.users or disabled_here or not may_log_in(theirs):
        decision.fault("user_id", "User could not be found in this workspace.")
        # Nothing is asked of a person who may not be named: the answer would tell that there is such a person.
        return NOBODY
    return int(asked)


def _story(workspace: Row, values: Row, facts: Facts, decision: Decision) -> Row | None:
    story_id = values.get("story_id")
    if story_id is None:
        return None
    story = facts.stories.get((workspace["account_id"], story_id))
    if story is None or story["workspace_id"] != workspace["id"] or story["deleted_at"] is not None:
        decision.fault("story_id", "Story could not be found in this workspace.")
    elif story["archived"]:
        decision.fault("story_id", "Story is archived.")
    elif not story["time_trackable"]:
        decision.fault("story_id", "Story does not accept time entries.")
    return story


def _role(
    workspace: Row,
    user_id: int,
    participation: Row | None,
    membership: Row,
    values: Row,
    facts: Facts,
    decision: Decision,
) -> int | None:
    account_id, asked = workspace["account_id"], values.get("role_id")
    if asked is not None:
        role = facts.roles.get((account_id, asked))
        if role is None or role["deleted_at"] is not None:
            decision.fault("role_id", "Role could not be found.")
    assignment = facts.assignments.get((account_id, values.get("story_id") or 0, user_id))
    return roles.role(
        asked,
        assignment["role_id"] if assignment else None,
        participation["workspace_role_id"] if participation else None,
        membership.get("default_role_id"),
    )


def _day(account: Row, values: Row, decision: Decision) -> None:
    day = values.get("date_performed")
    if day is not None and locking.is_locked(day, account["lock_date"]):
        decision.fault("date_performed", "Date performed lies before the date up to which time is locked.")


def _notes(workspace: Row, values: Row, decision: Decision) -> None:
    if workspace["require_notes_on_time_entries"] and not (values.get("notes") or "").strip():
        decision.fault("notes", "Notes must be given in this workspace.")


def _location(account_id: int, membership: Row, values: Row, facts: Facts, decision: Decision) -> int | None:
    name = values.get("location")
    if name is None:
        if membership.get("require_time_entry_location"):
            decision.fault("location", "Location must be given.")
        return None
    location = facts.locations.get((account_id, name))
    if location is None or location["archived"]:
        decision.fault("location", "Location must be the name of a location of the account.")
        return None
    return int(location["id"])


def _asked_rate(
    actor: Actor, account_id: int, mine: Row | None, is_billable: bool, values: Row, decision: Decision
) -> int | None:
    asked: int | None = values.get("rate_in_cents")
    if asked is None:
        return None
    if not (sets_money(mine) or actor.administers(account_id)) or (asked and not is_billable):
        decision.ignored.append("rate_in_cents")
        return None
    return asked


def _asked_cost(actor: Actor, account_id: int, values: Row, decision: Decision) -> int | None:
    asked: int | None = values.get("cost_rate_in_cents")
    if asked is not None and not actor.administers(account_id):
        decision.ignored.append("cost_rate_in_cents")
        return None
    return asked


def strict_faults(decision: Decision) -> list[Fault]:
    """What a strict caller is told: each member that would be ignored is a fault (decisions C1)."""
    message = "This member would be ignored."
    return [Fault(decision.index, name or BASE, message) for name in decision.ignored]
