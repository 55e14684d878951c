"""Which hourly rate applies to an entry, and which rule says so.

Pure, so that the same facts always give the same rate. The rules are tried in the contract's order
(`time_entries.rate_rules`); the first that has a rate wins, and its name is stored with the entry. Rates are
integer subunits per hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class RateCardVersion:
    """What a rate card says from a day on: its default, and the rates of roles by role id."""

    effective_date: date
    default_rate: int
    role_rates: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RateFacts:
    """What a rate rests on. `asked` is the rate a caller with the right to set it sent; `card` are the
    active versions of the project's rate card, None where the project uses none.
    """

    billable: bool
    date_performed: date
    role_id: int | None
    asked: int | None
    card: Sequence[RateCardVersion] | None
    participation: int | None
    account_membership: int | None
    workspace: int | None


@dataclass(frozen=True)
class Rate:
    """A rate in subunits per hour, and the rule that gave it (`tables.RATE_RULES`)."""

    rate_in_cents: int
    rule: str


def rate(facts: RateFacts) -> Rate:
    """The rate of an entry on the day it was worked."""
    return next(Rate(cents, rule) for rule, cents in tried(facts) if cents is not None)


def tried(facts: RateFacts) -> list[tuple[str, int | None]]:
    """Every rule in the order in which they are tried (`tables.RATE_RULES`), each with the rate that it has, or None
    where it has none to give.
    """
    # With a rate card, the rates of participations and memberships do not count.
    has_card = facts.card is not None
    version = effective(facts.card or (), facts.date_performed)
    of_role = version.role_rates.get(facts.role_id) if version and facts.role_id is not None else None
    return [
        ("not_billable", None if facts.billable else 0),
        ("rate_in_cents", facts.asked),
        ("rate_card_role", of_role),
        ("rate_card_default", version.default_rate if version else None),
        ("participation", None if has_card else facts.participation),
        ("account_membership", None if has_card else facts.account_membership),
        ("workspace", facts.workspace),
        ("none", 0),
    ]


def effective(card: Sequence[RateCardVersion], day: date) -> RateCardVersion | None:
    """The version in force on a day: the latest that is not after it."""
    begun = [version for version in card if version.effective_date <= day]
    return max(begun, key=lambda version: version.effective_date, default=None)


def cost_rate(asked: int | None, participation: int | None, account_membership: int | None) -> int | None:
    """The cost per hour (`time_entries.cost_rules`): as an administrator sent it, else the participation's,
    else the membership's, else unknown.
    """
    return next((cost for cost in (asked, participation, account_membership) if cost is not None), None)
