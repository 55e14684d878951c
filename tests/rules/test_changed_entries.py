"""What becomes of an entry that is changed: a pure decision over facts; and the one rule of who may change what."""

from dataclasses import fields, replace
from datetime import date
from itertools import product

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.test_time_entries import CARD, CLEO, FACTS, HIDDEN, HOME, KIM, LEE, MAIN, NOTES, participation, story
from timewright.actor import Actor
from timewright.rules import editing
from timewright.rules.changed_entries import decide_change, explained, faults_of_state, is_found

PLAIN = {
    "account_id": HOME, "id": 5, "workspace_id": MAIN, "story_id": None, "user_id": KIM, "role_id": None,
    "location_id": None, "date_performed": date(2026, 1, 5), "time_in_minutes": 60, "billable": True, "notes": None,
    "rate_in_cents": 4_321, "rate_rule": "workspace", "cost_rate_in_cents": None, "currency": "USD",
    "approved": False, "active_submission_id": None, "recent_submission_id": None, "invoice_id": None,
    "updated_at": None, "location": None,
}  # fmt: skip

FACTS = replace(
    FACTS,
    participations={key: {"is_time_approver": False, **row} for key, row in FACTS.participations.items()},
    submissions={(HOME, 9): {"start_date": date(2026, 1, 4), "end_date": date(2026, 1, 10)}},
    stories={(HOME, 31): story(31), (HOME, 32): story(32, workspace_id=CARD)},
)


def actor(user_id=KIM, permission="collaborator"):
    return Actor(user_id, HOME, (HOME,), permission, False, 1, True, True)


def change(entry=PLAIN, who=None, facts=FACTS, **values):
    return decide_change(who or actor(), 0, values, (), entry, facts)


def faults(decision):
    return sorted(fault.field for fault in decision.faults)


def other(decision):
    return {name: value for name, value in decision.entry.items() if value != PLAIN[name]}


def test_an_empty_change_is_the_entry_as_it_was():
    decision = change()
    assert decision.entry == {name: value for name, value in PLAIN.items() if name != "location"}
    assert decision.was == PLAIN
    assert (decision.faults, decision.ignored, decision.is_forbidden) == ([], [], False)


@given(st.sets(st.sampled_from(["story_id", "role_id", "notes", "location", "billable", "user_id"])))
def test_what_is_sent_as_it_was_changes_nothing(names):
    assert other(change(**{name: PLAIN[name] for name in names})) == {}


@pytest.mark.parametrize("name", ["workspace_id", "date_performed", "time_in_minutes"])
def test_what_has_to_be_there_cannot_be_cleared(name):
    assert faults(change(**{name: None})) == [name]


def test_a_task_stays_behind_unless_it_is_said_what_becomes_of_it():
    on_task = {**PLAIN, "story_id": 31}
    assert faults(change(on_task, workspace_id=CARD)) == ["story_id"]
    assert faults(change(on_task, workspace_id=CARD, story_id=31)) == ["story_id"]
    assert change(on_task, workspace_id=CARD, story_id=None).entry["story_id"] is None
    assert change(on_task, workspace_id=CARD, story_id=32).entry["story_id"] == 32


def test_a_project_out_of_sight_and_one_that_never_was_are_the_same():
    hidden, never = change(workspace_id=HIDDEN), change(workspace_id=999)
    assert hidden.faults == never.faults != []


def test_notes_are_wanted_of_what_moves_in_and_of_notes_that_change():
    assert faults(change(workspace_id=NOTES)) == ["notes"]
    there = {**PLAIN, "workspace_id": NOTES}
    assert faults(change(there, time_in_minutes=61)) == []
    assert faults(change(there, notes=" ")) == ["notes"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"notes": "x", "time_in_minutes": 61, "story_id": 31, "location": "Office"}, (4_321, "workspace")),
        ({"date_performed": date(2026, 1, 6)}, (9_000, "account_membership")),
        ({"billable": False}, (0, "not_billable")),
        ({"rate_in_cents": 1}, (4_321, "workspace")),  # Kim may not set it
    ],
)
def test_a_rate_is_found_anew_when_something_changes_that_it_rests_on(values, expected):
    entry = change(**values).entry
    assert (entry["rate_in_cents"], entry["rate_rule"]) == expected


def test_a_rate_that_was_set_stays_with_the_day_and_the_role():
    was_set = {**PLAIN, "rate_rule": "rate_in_cents"}
    assert change(was_set, date_performed=date(2026, 1, 6), role_id=1).entry["rate_in_cents"] == 4_321
    assert change(was_set, billable=False).entry["rate_in_cents"] == 0
    assert change(was_set, workspace_id=CARD).entry["rate_rule"] != "rate_in_cents"


def test_what_a_timesheet_holds_stays_in_its_week():
    held, lee = {**PLAIN, "active_submission_id": 9}, actor(LEE)
    assert faults(change(held, lee, date_performed=date(2026, 1, 10))) == []
    assert faults(change(held, lee, date_performed=date(2026, 1, 11))) == ["date_performed"]
    assert faults(change(held, lee, workspace_id=CARD, user_id=LEE)) == ["user_id", "workspace_id"]
    assert faults(change(held, date_performed=date(2026, 1, 6))) == ["base"]


def test_who_does_not_own_it_and_may_not_change_it_finds_none():
    assert is_found(actor(), PLAIN, FACTS)
    assert is_found(actor(LEE), PLAIN, FACTS)
    assert not is_found(actor(CLEO), PLAIN, FACTS)
    assert not is_found(actor(), {**PLAIN, "user_id": LEE}, FACTS)


def test_one_obstacle_is_told_once():
    closed = {**PLAIN, "approved": True, "active_submission_id": 9, "invoice_id": 1, "date_performed": date(1999, 1, 1)}
    assert [field for field, _ in faults_of_state(actor(), closed, FACTS)] == ["date_performed", "base", "base"]


def test_a_rate_is_explained_to_those_who_may_see_it():
    assert explained(actor(), PLAIN, FACTS) is None
    rules = explained(actor(LEE), PLAIN, FACTS)
    assert [each["rule"] for each in rules if each["won"]] == ["workspace"]


TERMS = [field.name for field in fields(editing.Terms)]


def test_in_sql_and_in_python_the_rule_says_the_same():
    asked = editing.Terms(**{name: sa.bindparam(name, type_=sa.Integer) == 1 for name in TERMS})
    condition = sa.select(editing.editable(asked, editing.Logic(sa.and_, sa.or_, sa.not_)))
    with sa.create_engine("sqlite://").connect() as connection:
        for answers in product([False, True], repeat=len(TERMS)):
            known = dict(zip(TERMS, answers, strict=True))
            told = editing.editable(editing.Terms(**known), editing.TRUTH)
            assert bool(connection.execute(condition, known).scalar_one()) is told, known


def test_the_rule_in_words():
    nothing = dict.fromkeys(TERMS, False)

    def can(**answers):
        return editing.editable(editing.Terms(**{**nothing, **answers}), editing.TRUTH)

    assert not can(owns=True)
    assert not can(logs=True)
    assert can(owns=True, logs=True)
    assert not can(owns=True, logs=True, is_submitted=True)
    for right in ("sets_money", "approves", "administers"):
        assert can(**{right: True, "is_submitted": True})
        for closed in ("is_locked", "is_invoiced", "is_approved"):
            assert not can(**{right: True, closed: True})


def test_the_participation_of_these_tests_is_that_of_the_others():
    assert {"is_time_approver"} | participation().keys() == FACTS.participations[HOME, MAIN, KIM].keys()
