"""What an hour of each place in a team costs, today: for a page of them at once, by the rules that give entries their
rates.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from timewright import clock
from timewright.actor import Actor
from timewright.database import Row, Transaction, among
from timewright.presenting.declare import Key
from timewright.rules import rates
from timewright.tables import (
    account_memberships,
    participations,
    rate_card_roles,
    rate_card_set_versions,
    rate_card_versions,
    workspaces,
)

_P, _M, _W = participations.c, account_memberships.c, workspaces.c
_VERSION, _DATED, _ROLE = rate_card_versions.c, rate_card_set_versions.c, rate_card_roles.c


def bill_rates(tx: Transaction, _: Actor, rows: Sequence[Row]) -> Mapping[Key, int]:
    """What the client pays for an hour of billable time in this role, as on an entry of today."""
    terms, projects = _terms(tx, rows), _projects(tx, rows)
    cards = _cards(tx, projects.values())
    found: dict[Key, int] = {}
    for row in rows:
        key, project = (row["account_id"], row["id"]), projects[row["account_id"], row["workspace_id"]]
        participation, membership = terms[key]
        card_id = project["rate_card_id"]
        facts = rates.RateFacts(
            billable=True,
            date_performed=clock.today(),
            role_id=row["role_id"],
            asked=None,
            card=cards[row["account_id"], card_id] if card_id else None,
            participation=participation.get("rate_in_cents"),
            account_membership=membership.get("bill_rate_in_cents"),
            workspace=project["default_rate_in_cents"],
        )
        found[key] = rates.rate(facts).rate_in_cents
    return found


def cost_rates(tx: Transaction, _: Actor, rows: Sequence[Row]) -> Mapping[Key, int | None]:
    """What an hour of the person costs the provider; None where it is unknown, and for whoever is not there yet."""
    terms = _terms(tx, rows)
    return {
        key: rates.cost_rate(None, participation.get("cost_in_cents"), membership.get("cost_rate_in_cents"))
        for key, (participation, membership) in terms.items()
    }


def _terms(tx: Transaction, rows: Sequence[Row]) -> dict[Key, tuple[Row, Row]]:
    """What was agreed with the person of each row in its project, and in its account."""
    account_ids = {row["account_id"] for row in rows}
    user_ids = {row["user_id"] for row in rows if row["user_id"] is not None}
    in_projects = tx.rows(
        sa.select(_P.account_id, _P.workspace_id, _P.user_id, _P.rate_in_cents, _P.cost_in_cents).where(
            among(_P.account_id, account_ids),
            among(_P.workspace_id, {row["workspace_id"] for row in rows}),
            among(_P.user_id, user_ids),
        )
    )
    in_accounts = tx.rows(
        sa.select(_M.account_id, _M.user_id, _M.bill_rate_in_cents, _M.cost_rate_in_cents).where(
            among(_M.account_id, account_ids), among(_M.user_id, user_ids)
        )
    )
    of_project = {(each["account_id"], each["workspace_id"], each["user_id"]): each for each in in_projects}
    of_account = {(each["account_id"], each["user_id"]): each for each in in_accounts}
    return {
        (row["account_id"], row["id"]): (
            of_project.get((row["account_id"], row["workspace_id"], row["user_id"]), {}),
            of_account.get((row["account_id"], row["user_id"]), {}),
        )
        for row in rows
    }


def _projects(tx: Transaction, rows: Sequence[Row]) -> dict[Key, Row]:
    found = tx.rows(
        sa.select(_W.account_id, _W.id, _W.rate_card_id, _W.default_rate_in_cents).where(
            among(_W.account_id, {row["account_id"] for row in rows}),
            among(_W.id, {row["workspace_id"] for row in rows}),
        )
    )
    return {(each["account_id"], each["id"]): each for each in found}


def _cards(tx: Transaction, projects: Any) -> dict[Key, list[rates.RateCardVersion]]:
    """What the active versions of the projects' rate cards say, each version with its roles."""
    on_card = [each for each in projects if each["rate_card_id"] is not None]
    found = tx.rows(
        sa.select(
            _VERSION.account_id,
            _VERSION.rate_card_id,
            _VERSION.default_rate,
            _DATED.effective_date,
            _ROLE.role_id,
            _ROLE.rate,
        )
        .select_from(rate_card_versions)
        .join(
            rate_card_set_versions,
            (_DATED.account_id == _VERSION.account_id) & (_DATED.id == _VERSION.rate_card_set_version_id),
        )
        .outerjoin(
            rate_card_roles,
            (_ROLE.account_id == _VERSION.account_id) & (_ROLE.rate_card_version_id == _VERSION.id),
        )
        .where(
            among(_VERSION.account_id, {each["account_id"] for each in on_card}),
            among(_VERSION.rate_card_id, {each["rate_card_id"] for each in on_card}),
            _DATED.active,
        )
    )
    said: dict[Any, dict[int, int]] = defaultdict(dict)
    for row in found:
        of = said[row["account_id"], row["rate_card_id"], row["effective_date"], row["default_rate"]]
        if row["role_id"] is not None:
            of[row["role_id"]] = row["rate"]
    cards: dict[Key, list[rates.RateCardVersion]] = defaultdict(list)
    for (account_id, card_id, effective_date, default_rate), by_role in said.items():
        cards[account_id, card_id].append(rates.RateCardVersion(effective_date, default_rate, by_role))
    return cards
