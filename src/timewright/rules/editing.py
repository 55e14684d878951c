"""Who may change an entry, and what keeps it as it is: one rule, asked of rows in SQL and of facts in Python.

The answers that the rule rests on are its `Terms`: conditions in SQL for `user_can_edit`, truths for an update or a
delete. How they are put together stands here once (contract: time_entries.user_can_edit_rule, decisions B14), so
that the member and the verbs cannot come to differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Terms(Generic[T]):
    """What is asked of a caller and an entry.

    `owns` and `logs`: it is the caller's own, and they may own time in the project. `sets_money` and `approves`: on
    the provider team of the project, with financial access to change or as a time approver. `is_submitted`: a pending
    or approved timesheet holds it.
    """

    owns: T
    logs: T
    sets_money: T
    approves: T
    administers: T
    is_locked: T
    is_invoiced: T
    is_approved: T
    is_submitted: T


@dataclass(frozen=True)
class Logic(Generic[T]):
    """How answers of one kind are put together."""

    every: Callable[..., T]
    some: Callable[..., T]
    no: Callable[[T], T]


TRUTH: Logic[bool] = Logic(lambda *each: all(each), lambda *each: any(each), lambda each: not each)
"""The logic of answers that are known."""


def may_change(terms: Terms[T], logic: Logic[T]) -> T:
    """Whether the caller may change the entry at all. Who may not is told that there is none (decisions A, 404)."""
    return logic.some(logic.every(terms.owns, terms.logs), _overrules(terms, logic))


def obstacles(terms: Terms[T], logic: Logic[T]) -> dict[str, T]:
    """What keeps the entry as it is for now, even from those who may change it, by name."""
    return {
        "is_locked": terms.is_locked,
        "is_invoiced": terms.is_invoiced,
        "is_approved": terms.is_approved,
        "is_submitted": logic.every(
            terms.is_submitted, logic.no(terms.is_approved), logic.no(_overrules(terms, logic))
        ),
    }


def editable(terms: Terms[T], logic: Logic[T]) -> T:
    """Whether the caller can change the entry now: what `user_can_edit` says, and what an update goes by."""
    return logic.every(may_change(terms, logic), *map(logic.no, obstacles(terms, logic).values()))


def _overrules(terms: Terms[T], logic: Logic[T]) -> T:
    return logic.some(terms.sets_money, terms.approves, terms.administers)


TOLD: dict[str, tuple[str, str]] = {
    "is_locked": ("date_performed", "Date performed lies before the date up to which time is locked."),
    "is_invoiced": ("base", "The entry is on an invoice."),
    "is_approved": ("base", "The entry is approved. Its approval has to be cancelled first."),
    "is_submitted": ("base", "The entry is on a timesheet that was submitted."),
}
"""For each obstacle the field and the message of its fault."""


def met(obstacles: dict[str, Any]) -> list[tuple[str, str]]:
    """The faults of the obstacles that are there."""
    return [TOLD[name] for name, is_there in obstacles.items() if is_there]
