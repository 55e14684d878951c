"""What is done with time entries: log time, change it, delete it, and explain its rate.

A verb takes a set of wishes and answers a set of outcomes: it loads what the set needs in a handful of
statements (`time_entry_facts.py`), decides each wish by the pure rules of `rules/`, and stores what was accepted.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from timewright import actor as who
from timewright import changes, clock, idempotency
from timewright.actor import Actor
from timewright.database import Row, Transaction
from timewright.errors import Fault, Forbidden, Invalid, NotFound, Refusal
from timewright.presenting.body import Wanted
from timewright.resources import external_reference_verbs
from timewright.resources.shared_verbs import change, writer_of
from timewright.resources.time_entry_facts import Entries, entries_and_facts, facts, named_in_new
from timewright.rules import changed_entries
from timewright.rules import time_entries as rules
from timewright.tables import invoice_time_entries, time_entries, timesheet_submission_entries
from timewright.wishes import Accepted, Outcome, Wish

_SUBJECT = "TimeEntry"

# Log time -----------------------------------------------------------------------------------------


def create(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """Log time: each wish whole or not at all, whatever its neighbours do, and none twice that has a key."""
    return idempotency.once(tx, wishes, _create)


def _create(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """Log time.

    Load what the set needs, decide each wish by pure rules, store what was accepted: a handful of
    statements each, however many entries there are.
    """
    people, found = facts(tx, wishes, named_in_new(wishes), held=True)
    verdicts = [_verdict(wish, people, found) for wish in wishes]
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
            **_BEGINS_AS,
            "created_by_id": wish.actor.user_id,
            "operation_id": wish.operation_id,
            "request_key": wish.key.name if wish.key else None,
            "created_at": now,
            "updated_at": now,
        }
    tx.insert(time_entries, [decision.entry for _, decision in accepted])
    made = [
        change(_SUBJECT, wish, None, decision.entry, on_behalf_of_id=decision.on_behalf_of_id)
        for wish, decision in accepted
    ]
    changes.append(tx, made + _refer(tx, accepted, {}))
    return [_outcome(wish, verdict, people) for wish, verdict in zip(wishes, verdicts, strict=True)]


def check(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """What `create` would answer, without writing: the entries as they would be, or every fault, of reading and of the
    rules together.
    """
    people, found = facts(tx, wishes, named_in_new(wishes), held=False)
    verdicts = [_verdict(wish, people, found) for wish in wishes]
    for verdict in verdicts:
        for decision in verdict if isinstance(verdict, list) else ():
            decision.entry |= _BEGINS_AS
    return [_outcome(wish, verdict, people) for wish, verdict in zip(wishes, verdicts, strict=True)]


_BEGINS_AS: Mapping[str, Any] = {
    "taxable": False,
    "approved": False,
    "active_submission_id": None,
    "recent_submission_id": None,
    "invoice_id": None,
}


_Verdict = list[rules.Decision] | Refusal


def _verdict(wish: Wish, people: who.People, found: rules.Facts) -> _Verdict:
    actor = writer_of(wish, people)
    if isinstance(actor, Refusal):
        return actor
    decisions = [rules.decide(actor, each.index, each.values, each.ignored, found) for each in wish.wanted]
    return _of_decisions(wish, decisions, "You may not log time in this workspace.")


def _of_decisions(wish: Wish, decisions: list[rules.Decision], forbidden_because: str) -> _Verdict:
    forbidden = [decision.index for decision in decisions if decision.is_forbidden]
    if forbidden:
        return Forbidden(forbidden_because, indexes=forbidden if wish.is_batch else ())
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


# Change it ----------------------------------------------------------------------------------------


def update(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """Change entries, each named by the `id` of its wish. Of two wishes for one entry the second finds what the first
    made of it. A wish that changes nothing stores nothing.
    """
    entries, people, found = entries_and_facts(tx, wishes, held=True)
    now, before = clock.now(), dict(entries)
    verdicts: list[_Verdict] = []
    accepted: list[tuple[Wish, rules.Decision]] = []
    made: list[changes.Change] = []
    for wish in wishes:
        verdict = _verdict_on_change(wish, entries, people, found)
        verdicts.append(verdict)
        for decision in verdict if isinstance(verdict, list) else ():
            accepted.append((wish, decision))
            was = {name: decision.was[name] for name in decision.entry}
            if was != decision.entry:
                decision.entry["updated_at"] = now
                on_behalf_of_id = decision.on_behalf_of_id
                made.append(change(_SUBJECT, wish, was, decision.entry, on_behalf_of_id=on_behalf_of_id))
                key = decision.entry["account_id"], decision.entry["id"]
                entries[key] = decision.entry | {"location": decision.beside["location"]}
    changed = [key for key, row in entries.items() if row is not before[key]]
    tx.update(time_entries, [{c.name: entries[key][c.name] for c in time_entries.c} for key in changed])
    referring = [decision.entry for _, decision in accepted if decision.reference]
    there = external_reference_verbs.of(tx, _SUBJECT, referring) if referring else {}
    changes.append(tx, made + _refer(tx, accepted, there))
    return [_outcome(wish, verdict, people) for wish, verdict in zip(wishes, verdicts, strict=True)]


def check_update(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """What `update` would refuse, without writing."""
    entries, people, found = entries_and_facts(tx, wishes, held=False)
    return [_outcome(wish, _verdict_on_change(wish, entries, people, found), people) for wish in wishes]


def _verdict_on_change(wish: Wish, entries: Entries, people: who.People, found: rules.Facts) -> _Verdict:
    actor = writer_of(wish, people)
    if isinstance(actor, Refusal):
        return actor
    decisions = []
    for each in wish.wanted:
        entry = _found(actor, each.values["id"], entries, found)
        if entry is None:
            return NotFound()
        decisions.append(changed_entries.decide_change(actor, each.index, each.values, each.ignored, entry, found))
    return _of_decisions(wish, decisions, "You may not move time to this workspace.")


def _found(actor: Actor, id_: int, entries: Entries, found: rules.Facts) -> Row | None:
    """The entry with an id that the caller may change; one at home before others."""
    for account_id in sorted(actor.account_ids, key=lambda each: each != actor.account_id):
        entry = entries.get((account_id, id_))
        if entry is not None and changed_entries.is_found(actor, entry, found):
            return entry
    return None


# Delete it ----------------------------------------------------------------------------------------


def delete(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """Delete entries, those of one wish all or none, with what hangs on them. The change log keeps what they were."""
    entries, people, found = entries_and_facts(tx, wishes, held=True, deleted=True)
    outcomes: list[Outcome] = []
    gone: list[tuple[Wish, Row]] = []
    for wish in wishes:
        outcome = _outcome_of_delete(wish, entries, people, found)
        outcomes.append(outcome)
        for row in outcome.rows if isinstance(outcome, Accepted) else ():
            gone.append((wish, {c.name: row[c.name] for c in time_entries.c}))
            del entries[row["account_id"], row["id"]]
    rows = [row for _, row in gone]
    held_on = [{"account_id": row["account_id"], "time_entry_id": row["id"]} for row in rows]
    # Also of timesheets and invoices that were cancelled: their rows would point to nothing.
    tx.delete(timesheet_submission_entries, held_on)
    tx.delete(invoice_time_entries, held_on)
    references = external_reference_verbs.detach(tx, _SUBJECT, rows) if rows else []
    tx.delete(time_entries, [{"account_id": row["account_id"], "id": row["id"]} for row in rows])
    wish_of = {(row["account_id"], row["id"]): wish for wish, row in gone}
    made = [change(_SUBJECT, wish, row, None) for wish, row in gone]
    made += [
        change(external_reference_verbs.SUBJECT, wish_of[each["account_id"], each["subject_id"]], each, None)
        for each in references
    ]
    changes.append(tx, made)
    return outcomes


def check_delete(tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
    """What `delete` would refuse, without writing."""
    entries, people, found = entries_and_facts(tx, wishes, held=False, deleted=True)
    return [_outcome_of_delete(wish, entries, people, found) for wish in wishes]


def _outcome_of_delete(wish: Wish, entries: Entries, people: who.People, found: rules.Facts) -> Outcome:
    actor = writer_of(wish, people)
    if isinstance(actor, Refusal):
        return actor
    rows: dict[tuple[int, int], Row] = {}
    faults: list[Fault] = list(wish.faults)
    for each in wish.wanted:
        entry = _found(actor, each.values["id"], entries, found)
        if entry is not None:
            rows[entry["account_id"], entry["id"]] = entry
            faults += [Fault(each.index, *told) for told in changed_entries.faults_of_state(actor, entry, found)]
        elif wish.is_batch:
            faults.append(Fault(each.index, "ids", "There is no such entry to delete."))
        else:
            return NotFound()
    return Invalid(faults) if faults else Accepted(list(rows.values()), actor)


# Explain it ---------------------------------------------------------------------------------------


def rate(tx: Transaction, actor: Actor, id_: int) -> Mapping[str, Any] | None:
    """How an entry got its rate, for a caller who sees the entry (decisions C5): the rate and rule that are stored
    with it, and every rule with the rate that it would give now.
    """
    asked = Wish(verb=check_update, actor=actor, wanted=[Wanted(0, {"id": id_}, ())], operation_id="")
    entries, _, found = entries_and_facts(tx, [asked], held=False)
    for entry in sorted(entries.values(), key=lambda row: row["account_id"] != actor.account_id):
        if changed_entries.is_seen(actor, entry, found):
            rules_tried = changed_entries.explained(actor, entry, found)
            if rules_tried is None:
                raise Forbidden("You may not see rates in this workspace.")
            told = {name: entry[name] for name in ("rate_in_cents", "rate_rule", "currency")}
            return {"time_entry_id": str(id_), **told, "rules": rules_tried}
    return None


# The change log -----------------------------------------------------------------------------------


def _refer(
    tx: Transaction, accepted: Sequence[tuple[Wish, rules.Decision]], there: Mapping[external_reference_verbs.Name, Row]
) -> list[changes.Change]:
    """Store the references that came with entries; answers what to log of them."""
    referring = [(wish, decision) for wish, decision in accepted if decision.reference]
    stored = external_reference_verbs.put(tx, _SUBJECT, [(d.entry, d.reference or {}) for _, d in referring], there)
    return [
        change(external_reference_verbs.SUBJECT, wish, before, after)
        for (wish, _), (before, after) in zip(referring, stored, strict=True)
    ]
