"""What becomes of one wished-for time entry: the entry as it would be stored, or every fault it has.

Pure: the facts were loaded for the whole set before, and nothing is looked up here. Which facts a rule
reads is what the verb holds (`resources/time_entry_facts.py`). Faults never echo what was sent and say the
same of an id that does not exist and one that is out of the caller's sight. What becomes of an entry that is
there already stands in `changed_entries.py`, which asks the same of its members. Long because each member has its
rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from timewright.actor import Actor, may_log_in, may_see_cost, may_see_money, may_see_workspace, sets_money
from timewright.errors import BASE, Fault, would_be_ignored
from timewright.rules import billable, editing, locking, rates, roles

Row = Mapping[str, Any]
Pair = tuple[int, int]


NOBODY = 0
"""The id of no user."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rules read, for a whole set. Keys begin with the account; persons are user ids.

    `participations` are by (account, workspace, user), `assignments` by (account, story, user),
    `locations` by (account, name), `cards` by (account, rate card), `proxied` names for each (account,
    workspace) the member through whom an administrator may log for others. For entries that are there,
    `submissions` are the timesheets that hold some of them.
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
    submissions: Mapping[Pair, Row] = field(default_factory=dict)


@dataclass
class Decision:
    """The answer for one wished-for entry. It may be stored when there is no fault and it is allowed.

    `beside` holds what the resource reads beside the entry's row (its conditions and expressions), so that
    an entry just stored is shown without being read again. `was` is the entry before a change.
    """

    index: int
    entry: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    reference: Row | None = None
    was: Row = field(default_factory=dict)
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
    story = story_of(workspace, values.get("story_id"), facts, decision)
    role_id = _role(workspace, user_id, participation, membership, values, facts, decision)
    look_at_day(facts.accounts[account_id], values.get("date_performed"), decision)
    look_at_notes(workspace, values.get("notes"), decision)
    location_id = location_of(account_id, membership, values.get("location"), facts, decision)
    is_billable = values.get("billable")
    if is_billable is None:
        is_billable = billable.default_billable(story["billable"] if story else None)
    asked_rate = rate_asked_for(actor, account_id, mine, is_billable, values, decision)
    asked_cost = cost_asked_for(actor, account_id, values, decision)
    if decision.faults or values.get("date_performed") is None or values.get("time_in_minutes") is None:
        return decision
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
        "cost_rate_in_cents": cost_of(account_id, workspace_id, user_id, asked_cost, facts),
        "currency": workspace["currency"],
    }
    rate = rates.rate(rate_facts(decision.entry, asked_rate, facts))
    decision.entry |= {"rate_in_cents": rate.rate_in_cents, "rate_rule": rate.rule}
    decision.reference = values.get("external_reference")
    decision.beside = beside(actor, decision.entry, values.get("location"), facts)
    return decision


def beside(actor: Actor, entry: Row, location: str | None, facts: Facts) -> dict[str, Any]:
    """What the resource reads beside an entry's row. `location` is the name of where it was done."""
    account_id = entry["account_id"]
    mine = facts.participations.get((account_id, entry["workspace_id"], actor.user_id))
    return {
        "_sees_money": may_see_money(actor, account_id, mine),
        "_sees_cost": may_see_cost(actor, account_id),
        "_has_locations": facts.accounts[account_id]["has_locations"],
        "location": location,
    }


def rate_facts(entry: Row, asked: int | None, facts: Facts) -> rates.RateFacts:
    """What the rate of an entry rests on, when the rate `asked` for was sent by somebody who may set it."""
    account_id, user_id = entry["account_id"], entry["user_id"]
    workspace = facts.workspaces[account_id, entry["workspace_id"]]
    participation = facts.participations.get((account_id, entry["workspace_id"], user_id))
    card_id = workspace["rate_card_id"]
    return rates.RateFacts(
        billable=entry["billable"],
        date_performed=entry["date_performed"],
        role_id=entry["role_id"],
        asked=asked,
        card=facts.cards.get((account_id, card_id), ()) if card_id else None,
        participation=participation["rate_in_cents"] if participation else None,
        account_membership=(facts.memberships.get((account_id, user_id)) or {}).get("bill_rate_in_cents"),
        workspace=workspace["default_rate_in_cents"],
    )


def cost_of(account_id: int, workspace_id: int, user_id: int, asked: int | None, facts: Facts) -> int | None:
    """What an hour of somebody costs in a project."""
    participation = facts.participations.get((account_id, workspace_id, user_id))
    membership = facts.memberships.get((account_id, user_id)) or {}
    of_project = participation["cost_in_cents"] if participation else None
    return rates.cost_rate(asked, of_project, membership.get("cost_rate_in_cents"))


def _workspace(actor: Actor, values: Row, facts: Facts, decision: Decision) -> Row | None:
    workspace_id = values.get("workspace_id")
    if workspace_id is None:
        return None
    for account_id in sorted(actor.account_ids, key=lambda each: each != actor.account_id):
        workspace = facts.workspaces.get((account_id, workspace_id))
        participation = facts.participations.get((account_id, workspace_id, actor.user_id))
        if workspace and account_id in facts.accounts and may_see_workspace(actor, account_id, participation):
            look_at_workspace(workspace, decision)
            return workspace
    decision.fault("workspace_id", NO_WORKSPACE)
    return None


NO_WORKSPACE = "Workspace could not be found."


def look_at_workspace(workspace: Row, decision: Decision) -> None:
    """Whether time may get into a project."""
    if workspace["archived"]:
        decision.fault("workspace_id", "Workspace is archived.")
    elif not workspace["time_trackable"]:
        decision.fault("workspace_id", "Workspace does not accept time entries.")


def _user(actor: Actor, workspace: Row, mine: Row | None, values: Row, facts: Facts, decision: Decision) -> int:
    """Whose time it is (contract: time_entries.create.user_id). Without the right to say so it is the
    caller's own, and that is announced (decisions B8).
    """
    asked = values.get("user_id")
    if asked is None or asked == actor.user_id or not may_name_owner(actor, workspace, mine, facts, decision):
        decision.is_forbidden = not may_log_in(mine)
        return actor.user_id
    return named_owner(workspace, asked, facts, decision)


def may_name_owner(actor: Actor, workspace: Row, mine: Row | None, facts: Facts, decision: Decision) -> bool:
    """Whether the caller may say whose time in a project is; that an administrator does so through a member is noted.
    Without the right, what was said is ignored.
    """
    if sets_money(mine):
        return True
    account_id = workspace["account_id"]
    proxied = facts.proxied.get((account_id, workspace["id"]))
    if actor.administers(account_id) and actor.may_proxy and proxied:
        decision.on_behalf_of_id = proxied
        return True
    decision.ignored.append("user_id")
    return False


def named_owner(workspace: Row, asked: int, facts: Facts, decision: Decision) -> int:
    """A person named by somebody who may: one who may own time in the project."""
    account_id = workspace["account_id"]
    theirs = facts.participations.get((account_id, workspace["id"], asked))
    disabled_here = (account_id, asked) in facts.memberships and facts.memberships[account_id, asked]["disabled_at"]
    if asked not in facts.users or disabled_here or not may_log_in(theirs):
        decision.fault("user_id", NO_USER)
        # Nothing is asked of a person who may not be named: the answer would tell that there is such a person.
        return NOBODY
    return asked


NO_USER = "User could not be found in this workspace."
NO_STORY = "Story could not be found in this workspace."


def story_of(workspace: Row, story_id: int | None, facts: Facts, decision: Decision) -> Row | None:
    """The named task, on which time may be logged."""
    if story_id is None:
        return None
    story = facts.stories.get((workspace["account_id"], story_id))
    if story is None or story["workspace_id"] != workspace["id"] or story["deleted_at"] is not None:
        decision.fault("story_id", NO_STORY)
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
    look_at_role(account_id, asked, facts, decision)
    assignment = facts.assignments.get((account_id, values.get("story_id") or 0, user_id))
    return roles.role(
        asked,
        assignment["role_id"] if assignment else None,
        participation["workspace_role_id"] if participation else None,
        membership.get("default_role_id"),
    )


def look_at_role(account_id: int, asked: int | None, facts: Facts, decision: Decision) -> None:
    """Whether the named role is an active one of the account (decisions B20)."""
    if asked is not None:
        role = facts.roles.get((account_id, asked))
        if role is None or role["deleted_at"] is not None:
            decision.fault("role_id", "Role could not be found.")


def look_at_day(account: Row, day: date | None, decision: Decision) -> None:
    """Whether a day is open."""
    if day is not None and locking.is_locked(day, account["lock_date"]):
        decision.fault(*editing.TOLD["is_locked"])


def look_at_notes(workspace: Row, notes: str | None, decision: Decision) -> None:
    """Whether there are notes where the project wants some."""
    if workspace["require_notes_on_time_entries"] and not (notes or "").strip():
        decision.fault("notes", "Notes must be given in this workspace.")


def location_of(account_id: int, membership: Row, name: str | None, facts: Facts, decision: Decision) -> int | None:
    """The id of the named location, which is in use; none may be named where the person needs none."""
    if name is None:
        if membership.get("require_time_entry_location"):
            decision.fault("location", "Location must be given.")
        return None
    location = facts.locations.get((account_id, name))
    if location is None or location["archived"]:
        decision.fault("location", "Location must be the name of a location of the account.")
        return None
    return int(location["id"])


def rate_asked_for(
    actor: Actor, account_id: int, mine: Row | None, is_billable: bool, values: Row, decision: Decision
) -> int | None:
    """The rate that was sent, by somebody who may set it and for time that is billed (decisions B21, B22)."""
    asked: int | None = values.get("rate_in_cents")
    if asked is None:
        return None
    if not (sets_money(mine) or actor.administers(account_id)) or (asked and not is_billable):
        decision.ignored.append("rate_in_cents")
        return None
    return asked


def cost_asked_for(actor: Actor, account_id: int, values: Row, decision: Decision) -> int | None:
    """The cost that was sent, by an administrator."""
    asked: int | None = values.get("cost_rate_in_cents")
    if asked is not None and not actor.administers(account_id):
        decision.ignored.append("cost_rate_in_cents")
        return None
    return asked


def strict_faults(decision: Decision) -> list[Fault]:
    """What a strict caller is told: each member that would be ignored is a fault (decisions C1)."""
    return [would_be_ignored(decision.index, name or BASE) for name in decision.ignored]
