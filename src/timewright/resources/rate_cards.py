"""Rate cards say what an hour costs by role, from a day on, in a currency (contract: rate_cards.model).

A set has a card for each currency and a dated version for each change; a card says its rates in each of them. One
file, as they are one page: none means anything without the others.
"""

from typing import Any

import sqlalchemy as sa

from timewright import clock
from timewright.actor import LEADS_PROJECTS, Actor, holds
from timewright.database import among, sought
from timewright.presenting.declare import Expression, Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Day, Id, Ids, Integer, Text, Words
from timewright.resources.shared_declarations import external_reference_filters, external_references, timestamps
from timewright.resources.words import TYPED
from timewright.tables import (
    rate_card_roles,
    rate_card_set_versions,
    rate_card_sets,
    rate_card_versions,
    rate_cards,
    workspaces,
)

_CARD, _SET, _DATED, _VERSION, _ROLE = (
    table.c for table in (rate_cards, rate_card_sets, rate_card_set_versions, rate_card_versions, rate_card_roles)
)


def _read_by_leads(table: sa.Table) -> Expression:
    """Those of the actor's account, for project leads and above (contract: rate_cards.access)."""
    return lambda actor: holds(actor, table.c.account_id, LEADS_PROJECTS)


def _uses(_: Actor) -> sa.ColumnElement[int]:
    of = workspaces.c
    return (
        sa.select(sa.func.count())
        .where(of.account_id == _CARD.account_id, of.rate_card_id == _CARD.id)
        .correlate(rate_cards)
        .scalar_subquery()
    )


_TITLE = (
    sa.select(_SET.title)
    .where(_SET.account_id == _CARD.account_id, _SET.id == _CARD.rate_card_set_id)
    .correlate(rate_cards)
    .scalar_subquery()
)


def _is_published(_: Actor, only: bool) -> sa.ColumnElement[bool] | None:
    published = sa.exists().where(
        _VERSION.account_id == _CARD.account_id,
        _VERSION.rate_card_id == _CARD.id,
        _DATED.account_id == _VERSION.account_id,
        _DATED.id == _VERSION.rate_card_set_version_id,
        _DATED.active,
    )
    return published if only else None


def _in_force(_: Actor) -> sa.Select[Any]:
    """The active versions that have begun, the latest first: of these the first is in force."""
    return (
        sa.select(_VERSION.account_id, _VERSION.rate_card_id, _VERSION.id)
        .join(
            rate_card_set_versions,
            (_DATED.account_id == _VERSION.account_id) & (_DATED.id == _VERSION.rate_card_set_version_id),
        )
        .where(_DATED.active, _DATED.effective_date <= clock.today())
        .order_by(_DATED.effective_date.desc(), _VERSION.id)
    )


def _to(target: str, member: str, sentence: str) -> Include:
    """What a row belongs to, which it always names."""
    return Include(
        name=member.removesuffix("_id"),
        target=target,
        member=member,
        column=member,
        always=True,
        sentence=sentence,
    )


RATE_CARDS = Resource(
    name="rate_cards",
    singular="rate_card",
    type="RateCard",
    table=rate_cards,
    sentence="What an hour costs in a currency, by role and by date.",
    visible_to=_read_by_leads(rate_cards),
    endpoints=frozenset({"index"}),
    fields=(
        Field(name="currency", kind=Text(), sentence="The ISO code of the currency."),
        Field(name="uses", kind=Integer(), sentence="How many projects use it.", expression=_uses),
    ),
    includes=(
        _to("rate_card_sets", "rate_card_set_id", "The set it belongs to."),
        Include(
            name="rate_card_versions",
            target="rate_card_versions",
            member="rate_card_version_ids",
            points_back="rate_card_id",
            sentence="What it says from each date on.",
        ),
        Include(
            name="effective_rate_card_version",
            target="rate_card_versions",
            member="effective_rate_card_version_id",
            links=_in_force,
            first=True,
            with_only=True,
            sentence="What it says today; works together with `only` alone.",
        ),
        external_references("RateCard"),
    ),
    filters=(
        *timestamps(rate_cards),
        *external_reference_filters(rate_cards, "RateCard"),
        Filter(
            name="active",
            kind=Boolean(),
            sentence="Cards of which some version was published; false for all.",
            where=_is_published,
        ),
        Filter(
            name="currencies",
            kind=Words(),
            sentence="Cards in these currencies.",
            where=lambda _, codes: among(_CARD.currency, codes),
        ),
        Filter(
            name="rate_card_set_id",
            kind=Integer(),
            sentence="Cards of this set.",
            where=lambda _, set_id: _CARD.rate_card_set_id == set_id,
        ),
        Filter(
            name="matching",
            kind=TYPED,
            sentence="Cards of a set whose title holds this, in any case.",
            where=lambda _, typed: sought(typed, _TITLE)[0],
        ),
        Filter(
            name="matching_title_or_currency",
            kind=TYPED,
            sentence="Cards of a set whose title holds this, or whose currency does, in any case.",
            where=lambda _, typed: sought(typed, _TITLE, _CARD.currency)[0],
        ),
    ),
    orders=(Order(name="created_at", column=_CARD.created_at, sentence="By when it was made."),),
    default_order=("created_at", "desc"),
)

RATE_CARD_SETS = Resource(
    name="rate_card_sets",
    singular="rate_card_set",
    type="RateCardSet",
    table=rate_card_sets,
    sentence="Rate cards that change together, one for each currency.",
    visible_to=_read_by_leads(rate_card_sets),
    endpoints=frozenset(),
    fields=(Field(name="title", kind=Text(), sentence="The title."),),
)

RATE_CARD_SET_VERSIONS = Resource(
    name="rate_card_set_versions",
    singular="rate_card_set_version",
    type="RateCardSetVersion",
    table=rate_card_set_versions,
    sentence="From which day on the cards of a set say something else.",
    visible_to=_read_by_leads(rate_card_set_versions),
    endpoints=frozenset(),
    fields=(
        Field(name="active", kind=Boolean(), sentence="Whether it was published."),
        Field(name="effective_date", kind=Day(), sentence="The first day on which it holds."),
        Field(name="rate_card_set_id", kind=Id(), sentence="The set it belongs to."),
    ),
)

RATE_CARD_VERSIONS = Resource(
    name="rate_card_versions",
    singular="rate_card_version",
    type="RateCardVersion",
    table=rate_card_versions,
    sentence="What a card says from a day on.",
    visible_to=_read_by_leads(rate_card_versions),
    endpoints=frozenset(),
    fields=(
        Field(name="default_rate", kind=Integer(), sentence="What an hour of any other role costs, in subunits."),
        Field(name="rate_card_id", kind=Id(), sentence="The card."),
        Field(name="rate_card_set_version_id", kind=Id(), sentence="From which day on."),
    ),
)

RATE_CARD_ROLES = Resource(
    name="rate_card_roles",
    singular="rate_card_role",
    type="RateCardRole",
    table=rate_card_roles,
    sentence="What an hour of one role costs on a card, from a day on.",
    visible_to=lambda actor: holds(actor, _ROLE.account_id, ("administrator",)),
    fields=(Field(name="rate", kind=Integer(), sentence="What an hour costs, in subunits."),),
    includes=(
        _to("rate_card_versions", "rate_card_version_id", "The version of the card."),
        _to("roles", "role_id", "The role."),
    ),
    filters=(
        *timestamps(rate_card_roles),
        Filter(
            name="rate_card_version_id",
            kind=Integer(),
            sentence="Rates of this version of a card.",
            where=lambda _, version_id: _ROLE.rate_card_version_id == version_id,
        ),
        Filter(
            name="with_role_ids",
            kind=Ids(),
            sentence="Rates of these roles.",
            where=lambda _, ids: among(_ROLE.role_id, ids),
        ),
    ),
    orders=(Order(name="created_at", column=_ROLE.created_at, sentence="By when it was made."),),
    default_order=("created_at", "asc"),
)
