"""What becomes of an entry that is there and is to be changed or deleted. Pure, like `time_entries.py`.

What is not sent stays, and so does what is sent as it was: clients send whole records back, and what is in one that
was good when it was stored (a task that was archived since) does not keep it from being changed. A rate is found
anew when something changes that it rests on.
"""

from collections.abc import Mapping
from typing import Any

from timewright.actor import (
    Actor,
    may_log_in,
    may_see_cost,
    may_see_money,
    may_see_time,
    may_see_workspace,
    sets_money,
)
from timewright.rules import editing, locking, rates
from timewright.rules.time_entries import (
    NO_STORY,
    NO_USER,
    NO_WORKSPACE,
    Decision,
    Facts,
    Row,
    beside,
    cost_asked_for,
    cost_of,
    location_of,
    look_at_day,
    look_at_notes,
    look_at_role,
    look_at_workspace,
    may_name_owner,
    named_owner,
    rate_asked_for,
    rate_facts,
    story_of,
)

_NEVER_BLANK = {
    "workspace_id": "Workspace must be given.",
    "date_performed": "Date performed must be given.",
    "time_in_minutes": "Time in minutes must be given.",
}
_ON_TIMESHEET = "The entry is on a timesheet of its workspace and its user."
_OUT_OF_WEEK = "Date performed must lie on a day of the timesheet that holds the entry."


def terms(actor: Actor, entry: Row, facts: Facts) -> editing.Terms[bool]:
    """What is asked of a caller and an entry."""
    account_id = entry["account_id"]
    mine = facts.participations.get((account_id, entry["workspace_id"], actor.user_id))
    return editing.Terms(
        owns=entry["user_id"] == actor.user_id,
        logs=may_log_in(mine),
        sets_money=sets_money(mine),
        approves=mine is not None and mine["role"] == "maven" and mine["is_time_approver"],
        administers=actor.administers(account_id),
        is_locked=locking.is_locked(entry["date_performed"], facts.accounts[account_id]["lock_date"]),
        is_invoiced=entry["invoice_id"] is not None,
        is_approved=entry["approved"],
        is_submitted=entry["active_submission_id"] is not None,
    )


def is_seen(actor: Actor, entry: Row, facts: Facts) -> bool:
    """Whether the caller sees an entry: the question that its `visible_to` asks of rows, about facts."""
    account_id = entry["account_id"]
    mine = facts.participations.get((account_id, entry["workspace_id"], actor.user_id))
    return entry["user_id"] == actor.user_id or may_see_time(actor, account_id, mine)


def is_found(actor: Actor, entry: Row, facts: Facts) -> bool:
    """Whether there is such an entry to change for the caller: one that they see and may change."""
    return is_seen(actor, entry, facts) and editing.may_change(terms(actor, entry, facts), editing.TRUTH)


def faults_of_state(actor: Actor, entry: Row, facts: Facts) -> list[tuple[str, str]]:
    """What keeps an entry from being changed or deleted now: for each obstacle a field and a message."""
    return editing.met(editing.obstacles(terms(actor, entry, facts), editing.TRUTH))


def decide_change(
    actor: Actor, index: int, values: Row, unknown: tuple[str, ...], entry: Row, facts: Facts
) -> Decision:
    """Decide a change of an entry that the caller may change. `entry` holds the name of its `location` beside its
    columns; `values` are the typed members that were sent. The decision's entry is the whole row as it then is.
    """
    decision = Decision(index, ignored=list(unknown))
    for fault in faults_of_state(actor, entry, facts):
        decision.fault(*fault)
    for name, message in _NEVER_BLANK.items():
        if name in values and values[name] is None:
            decision.fault(name, message)
    account_id = entry["account_id"]
    workspace = _workspace(actor, values, entry, facts, decision)
    if workspace is None or decision.is_forbidden:
        return decision
    mine = facts.participations.get((account_id, workspace["id"], actor.user_id))
    user_id = _user(actor, workspace, mine, values, entry, facts, decision)
    membership = facts.memberships.get((account_id, user_id)) or {}
    after = {
        **{name: value for name, value in entry.items() if name != "location"},
        "workspace_id": workspace["id"],
        "user_id": user_id,
        "story_id": _story_id(workspace, values, entry, facts, decision),
        "billable": _given(values, entry, "billable"),
        "date_performed": _given(values, entry, "date_performed"),
        "time_in_minutes": _given(values, entry, "time_in_minutes"),
        "notes": values.get("notes", entry["notes"]),
        "role_id": values.get("role_id", entry["role_id"]),
    }
    changed = {name for name in after if after[name] != entry[name]}
    if "role_id" in changed:
        look_at_role(account_id, after["role_id"], facts, decision)
    if "date_performed" in changed:
        look_at_day(facts.accounts[account_id], after["date_performed"], decision)
    if changed & {"notes", "workspace_id"}:
        look_at_notes(workspace, after["notes"], decision)
    location = values.get("location", entry["location"])
    if location != entry["location"] or (location is None and "user_id" in changed):
        after["location_id"] = location_of(account_id, membership, location, facts, decision)
    _keep_on_timesheet(after, changed, facts, decision)
    _money(actor, mine, values, entry, after, changed, facts, decision)
    decision.entry, decision.was, decision.reference = after, entry, values.get("external_reference")
    decision.beside = beside(actor, after, location, facts)
    return decision


def _given(values: Row, entry: Row, name: str) -> Any:
    """What was sent; a blank where there has to be something is not taken for a value."""
    return entry[name] if values.get(name) is None else values[name]


def _workspace(actor: Actor, values: Row, entry: Row, facts: Facts, decision: Decision) -> Row | None:
    """The project in which the entry then is. Moved by whoever may change it here and there (contract:
    time_entries.update.workspace_id). An entry stays in its account.
    """
    account_id, asked = entry["account_id"], _given(values, entry, "workspace_id")
    workspace = facts.workspaces.get((account_id, asked))
    if asked == entry["workspace_id"]:
        return workspace
    there = facts.participations.get((account_id, asked, actor.user_id))
    if workspace is None or not may_see_workspace(actor, account_id, there):
        decision.fault("workspace_id", NO_WORKSPACE)
        return None
    # A change that its own maker could not see would not be theirs to make there.
    decision.is_forbidden = not is_found(actor, {**entry, "workspace_id": asked}, facts)
    look_at_workspace(workspace, decision)
    return workspace


def _user(
    actor: Actor, workspace: Row, mine: Row | None, values: Row, entry: Row, facts: Facts, decision: Decision
) -> int:
    """Whose time it then is. Whoever keeps an entry that is moved has to be one who may own time there."""
    asked = _given(values, entry, "user_id")
    if asked != entry["user_id"] and may_name_owner(actor, workspace, mine, facts, decision):
        return named_owner(workspace, asked, facts, decision)
    theirs = facts.participations.get((entry["account_id"], workspace["id"], entry["user_id"]))
    if workspace["id"] != entry["workspace_id"] and not may_log_in(theirs):
        decision.fault("user_id", NO_USER)
    return int(entry["user_id"])


def _story_id(workspace: Row, values: Row, entry: Row, facts: Facts, decision: Decision) -> int | None:
    asked: int | None = values.get("story_id", entry["story_id"])
    if asked != entry["story_id"]:
        story_of(workspace, asked, facts, decision)
    elif asked is not None and workspace["id"] != entry["workspace_id"]:
        # The task stays behind. To drop it in silence would lose what the time was for.
        decision.fault("story_id", NO_STORY)
    return asked


def _keep_on_timesheet(after: Row, changed: set[str], facts: Facts, decision: Decision) -> None:
    """A timesheet holds the entries of one person in one project and week (contract: timesheet_submissions.create)."""
    if after["active_submission_id"] is None:
        return
    for name in ("user_id", "workspace_id"):
        if name in changed:
            decision.fault(name, _ON_TIMESHEET)
    if "date_performed" in changed:
        sheet = facts.submissions[after["account_id"], after["active_submission_id"]]
        if not sheet["start_date"] <= after["date_performed"] <= sheet["end_date"]:
            decision.fault("date_performed", _OUT_OF_WEEK)


_RATE_RESTS_ON = frozenset({"workspace_id", "user_id", "date_performed", "role_id", "billable"})
_SET_RATE_ENDS_WITH = frozenset({"workspace_id", "user_id", "billable"})


def _money(
    actor: Actor,
    mine: Row | None,
    values: Row,
    entry: Row,
    after: dict[str, Any],
    changed: set[str],
    facts: Facts,
    decision: Decision,
) -> None:
    """The rate, the rule that gave it, its currency and the cost, as they then are.

    A rate that somebody set stays when only the day or the role changes; it does not go along to another project,
    whose currency may be another, or to another person.
    """
    account_id = entry["account_id"]
    rests_on_other = bool(changed & _RATE_RESTS_ON)
    rate = None
    # Whoever may not see a rate is not told whether they guessed it: then even the same one is ignored.
    sees_rate = may_see_money(actor, account_id, mine)
    if rests_on_other or not sees_rate or values.get("rate_in_cents") != entry["rate_in_cents"]:
        rate = rate_asked_for(actor, account_id, mine, after["billable"], values, decision)
    was_set = entry["rate_rule"] == "rate_in_cents" and not changed & _SET_RATE_ENDS_WITH
    if not decision.faults and (rate is not None or (rests_on_other and not was_set)):
        found = rates.rate(rate_facts(after, rate, facts))
        workspace = facts.workspaces[account_id, after["workspace_id"]]
        after |= {"rate_in_cents": found.rate_in_cents, "rate_rule": found.rule, "currency": workspace["currency"]}
    cost = None
    if not may_see_cost(actor, account_id) or values.get("cost_rate_in_cents") != entry["cost_rate_in_cents"]:
        cost = cost_asked_for(actor, account_id, values, decision)
    if not decision.faults and (cost is not None or changed & {"workspace_id", "user_id"}):
        after["cost_rate_in_cents"] = cost_of(account_id, after["workspace_id"], after["user_id"], cost, facts)


def explained(actor: Actor, entry: Row, facts: Facts) -> list[Mapping[str, Any]] | None:
    """Every rate rule in the order in which they are tried, with the rate that it has for an entry as things stand
    now, and which one gave the entry the rate that is stored with it (decisions C5); None for a caller who may see
    the entry and no rates.
    """
    mine = facts.participations.get((entry["account_id"], entry["workspace_id"], actor.user_id))
    if not may_see_money(actor, entry["account_id"], mine):
        return None
    was_set = entry["rate_in_cents"] if entry["rate_rule"] == "rate_in_cents" else None
    return [
        {"rule": rule, "rate_in_cents": cents, "won": rule == entry["rate_rule"]}
        for rule, cents in rates.tried(rate_facts(entry, was_set, facts))
    ]
