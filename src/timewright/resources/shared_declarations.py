"""Declarations that several resources share, each written once: stamps, money, the groups of filters."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of
from timewright.database import Row
from timewright.presenting.declare import Expression, Field, Filter, Include, Param
from timewright.presenting.kinds import Boolean, Choice, Instant, Integer, Link, Nested, Text
from timewright.rules import currencies
from timewright.tables import REFERENCE_STATUSES, accounts, time_entries, workspaces
from timewright.tables import external_references as references

STAMPS = (
    Field(name="created_at", kind=Instant(), sentence="When it was made."),
    Field(name="updated_at", kind=Instant(), sentence="When it last changed."),
)


def currency_fields(**guards: Any) -> tuple[Field, ...]:
    """The currency of a row, its symbol and its subunits. `guards` are for the code alone."""
    return (
        Field(name="currency", kind=Text(), sentence="The ISO code of the currency.", **guards),
        Field(
            name="currency_symbol",
            kind=Text(),
            sentence="The display symbol of the currency.",
            value=_of_currency(currencies.symbol),
        ),
        Field(
            name="currency_base_unit",
            kind=Integer(),
            sentence="How many subunits make one unit of the currency.",
            value=_of_currency(currencies.base_unit),
        ),
    )


def _of_currency(fact: Callable[[str], Any]) -> Callable[[Row], Any]:
    return lambda row: fact(row["currency"])


def timestamps(table: sa.Table) -> tuple[Filter, ...]:
    """The timestamps group (contract: common.filter_groups.timestamps). Strict, to the microsecond
    (decisions D8): an incremental reader resumes from the last instant it saw.
    """
    created, updated = table.c.created_at, table.c.updated_at
    return (
        Filter(
            name="created_after",
            kind=Instant(),
            sentence="Made after this instant.",
            where=lambda _, instant: created > instant,
        ),
        Filter(
            name="created_before",
            kind=Instant(),
            sentence="Made before this instant.",
            where=lambda _, instant: created < instant,
        ),
        Filter(
            name="updated_after",
            kind=Instant(),
            sentence="Changed after this instant.",
            where=lambda _, instant: updated > instant,
        ),
        Filter(
            name="updated_before",
            kind=Instant(),
            sentence="Changed before this instant.",
            where=lambda _, instant: updated < instant,
        ),
    )


def of_archived_workspaces(table: sa.Table) -> Callable[[Actor, bool], sa.ColumnElement[bool] | None]:
    """Whether rows of archived projects are there as well: what `where` of such a filter says."""

    def where(actor: Actor, shown: bool) -> sa.ColumnElement[bool] | None:
        if shown:
            return None
        archived = sa.select(workspaces.c.id).where(workspaces.c.archived)
        if len(actor.account_ids) == 1:
            # Read once, and not for every row.
            return table.c.workspace_id.not_in(archived.where(in_accounts_of(actor, workspaces.c.account_id)))
        of_row = workspaces.c.account_id == table.c.account_id, workspaces.c.id == table.c.workspace_id
        return ~archived.where(*of_row).exists()

    return where


def minutes_logged(
    of: sa.Table, rolled_up: sa.Column[Any], stored: sa.ColumnElement[Any], billable: bool | None = None
) -> Expression:
    """The minutes logged on each row of a table: those that a roll-up holds, and those stored since.

    `rolled_up` and `stored` are the columns of the roll-up and of the entries that name the row.
    """
    return _summed(of, rolled_up, stored, billable, "minutes", time_entries.c.time_in_minutes)


def worth_logged(of: sa.Table, rolled_up: sa.Column[Any], stored: sa.ColumnElement[Any]) -> Expression:
    """What the time logged on each row of a table is worth, in cents times minutes, told like `minutes_logged`."""
    return _summed(of, rolled_up, stored, None, "cent_minutes", CENT_MINUTES)


CENT_MINUTES = sa.cast(time_entries.c.rate_in_cents, sa.BigInteger) * time_entries.c.time_in_minutes
"""The worth of an entry before it is divided: worth is rounded once, at the end."""


def _summed(
    of: sa.Table,
    rolled_up: sa.Column[Any],
    stored: sa.ColumnElement[Any],
    billable: bool | None,
    sum_: str,
    each: sa.ColumnElement[Any],
) -> Expression:
    entries = time_entries
    mark = sa.select(accounts.c.rolled_up_to).where(accounts.c.id == of.c.account_id).correlate(of).scalar_subquery()

    def total(columns: Any, summed: sa.ColumnElement[Any], of_row: sa.ColumnElement[Any], *more: Any) -> Any:
        conditions = [columns.account_id == of.c.account_id, of_row == of.c.id, *more]
        if billable is not None:
            conditions.append(columns.billable if billable else sa.not_(columns.billable))
        return sa.func.coalesce(sa.select(sa.func.sum(summed)).where(*conditions).scalar_subquery(), 0)

    held = rolled_up.table.c
    told = total(held, held[sum_], rolled_up) + total(entries.c, each, stored, entries.c.id > mark)
    return lambda _: sa.cast(told, sa.BigInteger)


def external_references(subject_type: str) -> Include:
    """The external references of a resource."""
    return Include(
        name="external_references",
        target="external_references",
        member="external_reference_ids",
        points_back="subject_id",
        where=lambda table: table.c.subject_type == subject_type,
        visible_to=lambda actor: in_accounts_of(actor, references.c.account_id),
        sentence="The references to other systems.",
    )


_NAME_BYTES = 255

EXTERNAL_REFERENCE_PARAM = Param(
    name="external_reference",
    sentence="A reference to another system, stored with the object; one per service.",
    kind=Nested(
        params=(
            Param(
                name="service_name",
                kind=Text(most_bytes=_NAME_BYTES),
                required=True,
                sentence="The other system. Unique among the references of one object.",
            ),
            Param(
                name="service_model",
                kind=Text(most_bytes=_NAME_BYTES),
                required=True,
                sentence="What the object is called there.",
            ),
            Param(
                name="service_model_ref",
                kind=Text(most_bytes=_NAME_BYTES, numbers_too=True),
                required=True,
                sentence="The object's id there.",
            ),
            Param(
                name="status",
                kind=Choice(words=REFERENCE_STATUSES),
                sentence="How the last exchange went; successful when not given.",
            ),
            Param(name="external_message", kind=Text(), sentence="What the other system said."),
            Param(
                name="external_link",
                kind=Link(),
                sentence="Where to see the object there; http or https, never fetched.",
            ),
            Param(
                name="external_status",
                kind=Text(most_bytes=_NAME_BYTES),
                sentence="The object's state there.",
            ),
            Param(name="locked", kind=Boolean(), sentence="Whether the reference is locked; false when not given."),
        )
    ),
)
"""The nested member of creates and updates (contract: common.external_reference_param)."""
