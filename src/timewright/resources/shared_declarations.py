"""Declarations that several resources share, each written once: stamps, money, the groups of filters."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of
from timewright.database import Row, among, none_of
from timewright.presenting.declare import Expression, Field, Filter, Include, Param
from timewright.presenting.kinds import Boolean, Choice, Instant, Integer, Kind, Link, Nested, Text, Words
from timewright.rules import currencies
from timewright.tables import REFERENCE_STATUSES, accounts, time_entries, workspaces
from timewright.tables import external_references as references

MOST_REFS = 200
"""How many ids of another system a filter takes."""

_STATUSES = {"fail": "failed"}
"""The published filter says fail where the field says failed (contract: common.filter_groups.external_references)."""

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


def external_reference_filters(table: sa.Table, subject_type: str) -> tuple[Filter, ...]:
    """The external_references group (contract: common.filter_groups.external_references). What is asked of
    references in one request must hold for one and the same.
    """
    of = references.c

    # Every id is above 0. Said aloud, it leads SQLite to the index of subjects and not to that of the last exchange.
    of_type = of.subject_type == subject_type, of.subject_id > sa.literal_column("0")

    def have(actor: Actor, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
        those = sa.select(of.subject_id).where(in_accounts_of(actor, of.account_id), *of_type, *conditions)
        if _of_one_account(actor, table):
            # Read once, and not for every row.
            return table.c.id.in_(those)
        return those.where(of.account_id == table.c.account_id, of.subject_id == table.c.id).exists()

    def have_none(actor: Actor, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        if _of_one_account(actor, table):
            return none_of(
                table.c.id,
                sa.select(of.subject_id).where(in_accounts_of(actor, of.account_id), *of_type, *conditions),
            )
        return sa.not_(have(actor, conditions))

    def asked(member: str, sentence: str, kind: Kind | None = None, read: Callable[[Any], Any] = str) -> Filter:
        column = of[member]
        return Filter(
            name=f"external_reference_{member}",
            kind=kind or Text(),
            sentence=sentence,
            where=lambda _, value: column == read(value),
            together=have,
        )

    return (
        asked("service_name", "With a reference to this system."),
        asked("service_model", "Called this in another system."),
        # Published as an integer, although it is text (contract: common.filter_groups.external_references).
        asked("service_model_ref", "With this id in another system.", Text(numbers_too=True)),
        Filter(
            name="external_reference_service_model_refs",
            kind=Words(most=MOST_REFS),
            sentence=f"With one of these ids in another system, {MOST_REFS} at most.",
            where=lambda _, refs: among(of.service_model_ref, refs),
            together=have,
        ),
        asked(
            "status",
            "Whose last exchange was successful, is pending, or failed (fail is the same).",
            read=lambda word: _STATUSES.get(word.lower(), word.lower()),
        ),
        asked("external_status", "In this state in another system."),
        asked("external_message", "Of which another system said exactly this."),
        Filter(
            name="has_external_references",
            kind=Boolean(),
            sentence="With a reference to some other system, or with none.",
            where=lambda actor, has_some: have(actor, ()) if has_some else have_none(actor),
        ),
        Filter(
            name="without_external_reference_service_name",
            kind=Text(),
            sentence="Without a reference to this system.",
            where=lambda actor, name: have_none(actor, of.service_name == name),
        ),
    )


def _of_one_account(actor: Actor, table: sa.Table) -> bool:
    """Whether an id alone says which row is meant: of this actor's rows, or of a global table's."""
    return len(actor.account_ids) == 1 or "account_id" not in table.primary_key.columns


def of_workspaces(table: sa.Table, condition: sa.ColumnElement[bool]) -> Expression:
    """The row is of a project for which a condition holds."""

    def where(actor: Actor) -> sa.ColumnElement[bool]:
        those = sa.select(workspaces.c.id).where(condition)
        if len(actor.account_ids) == 1:
            # Read once, and not for every row.
            return table.c.workspace_id.in_(those.where(in_accounts_of(actor, workspaces.c.account_id)))
        of_row = workspaces.c.account_id == table.c.account_id, workspaces.c.id == table.c.workspace_id
        return those.where(*of_row).exists()

    return where


def of_archived_workspaces(table: sa.Table) -> Callable[[Actor, bool], sa.ColumnElement[bool] | None]:
    """Whether rows of archived projects are there as well: what `where` of such a filter says."""
    are_archived = of_workspaces(table, workspaces.c.archived)
    return lambda actor, shown: None if shown else sa.not_(are_archived(actor))


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
