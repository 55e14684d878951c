"""From an `Ask` to a `Page`: one statement counts, one reads the page, then one per include and one per
batched field, whatever the page size.

Permissions are conditions in these very statements: rows pass the resource's `visible_to`, side-loaded rows
that of their own resource.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from timewright.actor import Actor, placed
from timewright.database import Row, Transaction, among
from timewright.presenting.ask import Ask
from timewright.presenting.declare import Expression, Field, Include, Key, Registry, Resource
from timewright.presenting.matching import are_few, beginning, counting, matching, seen_by, sorting

CHOICES_KEPT = 200
"""For how many choices of optional fields what they show is kept ready: whoever may ask can ask for each."""

_READINGS_KEPT = 100
"""How many selects are kept as they were built. To build one takes longer than the engine needs to answer it."""


class Record(msgspec.Struct, frozen=True):
    """One row to be shown: the row with what was asked beside it, and the members of its includes."""

    resource: Resource
    row: Row
    batched: Mapping[str, Mapping[Key, Any]]
    members: Mapping[str, Any] = msgspec.field(default_factory=dict)
    optional_fields: frozenset[str] = frozenset()
    glimpse: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Page:
    """What an answer shows: the records in order, how many match in all, and the sections side-loaded."""

    resource: Resource
    records: Sequence[Record]
    count: int
    ask: Ask
    sections: Mapping[str, Mapping[Key, Record]]
    page_size: int
    incomplete: bool = False


def index(tx: Transaction, actor: Actor, registry: Registry, resource: Resource, ask: Ask) -> Page:
    """A page of a list."""
    actor = placed(tx, seen_by(actor, ask))
    matches = matching(actor, resource, ask)
    reading = _reading(actor, resource, ask.optional_fields)
    if ask.only is not None:
        # Paging does not apply (contract README, only and show): what is found is all there is.
        matches.append(among(resource.table.c.id, ask.only))
        rows = tx.rows(reading.where(*matches).order_by(*sorting(resource, ask, are_few=True)))
        return _page(tx, actor, registry, resource, ask, rows, len(rows))
    count = tx.number(counting(actor, resource, matches))
    begin, offset = beginning(tx, actor, resource, ask, matches, count)
    order = sorting(resource, ask, are_few=are_few(resource, matches, count))
    statement = reading.where(*matches, *begin).order_by(*order).limit(ask.limit).offset(offset)
    return _page(tx, actor, registry, resource, ask, tx.rows(statement) if count else [], count)


def show(tx: Transaction, actor: Actor, registry: Registry, resource: Resource, id_: int, ask: Ask) -> Page | None:
    """One object, or None when there is none that the actor may see under the filters."""
    actor = seen_by(actor, ask)
    matches = [*matching(actor, resource, ask), resource.table.c.id == id_]
    rows = tx.rows(_reading(actor, resource, ask.optional_fields).where(*matches).limit(1))
    return _page(tx, actor, registry, resource, ask, rows, len(rows)) if rows else None


def is_known(resource: Resource, rows: Sequence[Row], ask: Ask) -> bool:
    """Whether rows that were just written hold everything that the answer shows of them."""
    fields = shown_fields(resource, ask.optional_fields)
    beside = _labels(resource, ask.optional_fields)
    return not any(each.batched for each in fields) and all(beside.keys() <= row.keys() for row in rows)


def written(
    tx: Transaction, actor: Actor, registry: Registry, resource: Resource, rows: Sequence[Row], ask: Ask
) -> Page:
    """The objects a write touched: all of them, in the list's order, not cut by default filters or paging.

    Rows that hold everything are not read again; side-loads are.
    """
    if is_known(resource, rows, ask):
        ordered = _sorted(rows, ask)
    else:
        keys = {resource.key(row) for row in rows}
        table = resource.table
        matches = [among(table.c.id, [key[-1] for key in keys]), resource.visible_to(actor)]
        if resource.is_tenant:
            matches.append(among(table.c.account_id, [key[0] for key in keys]))
        statement = _reading(actor, resource, ask.optional_fields).where(*matches).order_by(*sorting(resource, ask))
        ordered = [row for row in tx.rows(statement) if resource.key(row) in keys]
    return _page(tx, actor, registry, resource, ask, ordered, len(ordered), page_size=max(ask.per_page, len(ordered)))


def known(resource: Resource, rows: Sequence[Row], ask: Ask, *, incomplete: bool = False) -> Page:
    """The objects a write touched, from the written rows alone.

    `incomplete` says that more was asked for and cannot be read any more (decisions D10): optional fields
    that the rows do not hold are left out, what else they do not hold counts as hidden, and the asked-for
    sections are empty.
    """
    ordered, optional = _sorted(rows, ask), ask.optional_fields
    if incomplete:
        held = {name for name in optional if is_known(resource, rows, replace(ask, optional_fields=frozenset({name})))}
        optional = frozenset(held)
        hidden = dict.fromkeys(_labels(resource, optional))
        ordered = [{**hidden, **row} for row in ordered]
    records = [Record(resource, row, {}, optional_fields=optional) for row in ordered]
    return Page(resource, records, len(rows), ask, {}, max(ask.per_page, len(rows)), incomplete=incomplete)


def _sorted(rows: Sequence[Row], ask: Ask) -> list[Row]:
    """Rows in the order in which `sorting` would have read them."""
    by_id = sorted(rows, key=lambda row: row["id"])
    if ask.order is None:
        return by_id
    column = str(ask.order.column.key)
    return sorted(by_id, key=lambda row: row[column], reverse=ask.descending)


@lru_cache(maxsize=CHOICES_KEPT)
def shown_fields(resource: Resource, optional_fields: frozenset[str]) -> tuple[Field, ...]:
    """The fields that an answer shows: all, but of the optional ones those that were asked for."""
    return tuple(f for f in resource.fields_and_members if not f.optional or f.name in optional_fields)


@lru_cache(maxsize=CHOICES_KEPT)
def _labels(resource: Resource, optional_fields: frozenset[str]) -> Mapping[str, Expression]:
    """What is read beside a row, by the label it stands under."""
    asked: dict[str, Expression] = {}
    for each in shown_fields(resource, optional_fields):
        if each.expression:
            asked[each.name] = each.expression
        for condition in each.conditions:
            asked[f"_{condition.name}"] = condition.holds
    return asked


@lru_cache(maxsize=_READINGS_KEPT)
def _reading(actor: Actor, resource: Resource, optional_fields: frozenset[str]) -> sa.Select[Any]:
    labels = _labels(resource, optional_fields)
    return sa.select(*resource.table.c, *(holds(actor).label(name) for name, holds in labels.items()))


def _batched(
    tx: Transaction, actor: Actor, resource: Resource, rows: Sequence[Row], optional_fields: frozenset[str]
) -> dict[str, Mapping[Key, Any]]:
    fields = [f for f in shown_fields(resource, optional_fields) if f.batched]
    return {f.name: f.batched(tx, actor, rows) for f in fields if f.batched} if rows else {}


def _page(
    tx: Transaction,
    actor: Actor,
    registry: Registry,
    resource: Resource,
    ask: Ask,
    rows: Sequence[Row],
    count: int,
    *,
    page_size: int | None = None,
) -> Page:
    sections: dict[str, dict[Key, Record]] = {}
    members: dict[str, dict[Key, Any]] = {}
    for include in ask.includes:
        target = registry[include.target]
        section = sections.setdefault(target.name, {})
        records = _side_load(tx, actor, resource, target, include, rows)
        # A full record is never replaced by a glimpse of the same object.
        section.update({key: r for key, r in records.items() if r.glimpse is None or key not in section})
        members[include.member] = _members(resource, include, rows, records)
    batched = _batched(tx, actor, resource, rows, ask.optional_fields)
    shown = [
        Record(
            resource,
            row,
            batched,
            {member: by_key[resource.key(row)] for member, by_key in members.items()},
            ask.optional_fields,
        )
        for row in rows
    ]
    return Page(resource, shown, count, ask, sections, page_size or ask.per_page)


def _members(
    resource: Resource, include: Include, rows: Sequence[Row], records: Mapping[Key, Record]
) -> dict[Key, Any]:
    if not include.to_many:
        return {resource.key(row): row[include.column or ""] for row in rows}
    back: dict[Key, list[int]] = {resource.key(row): [] for row in rows}
    for record in records.values():
        owner = (record.row[include.points_back or ""],)
        back[(record.row["account_id"], *owner) if resource.is_tenant else owner].append(record.row["id"])
    return back


def _side_load(
    tx: Transaction, actor: Actor, resource: Resource, target: Resource, include: Include, rows: Sequence[Row]
) -> dict[Key, Record]:
    wanted = _wanted(resource, target, include, rows)
    if not wanted:
        return {}
    table = target.table
    column = table.c[include.points_back] if include.points_back else table.c.id
    conditions = [among(column, [key[-1] for key in wanted])]
    in_one_account = resource.is_tenant and target.is_tenant
    if in_one_account:
        conditions.append(among(table.c.account_id, [key[0] for key in wanted]))
    if include.where is not None:
        conditions.append(include.where(table))
    visible = target.visible_to(actor)
    statement = _reading(actor, target, frozenset())
    if include.glimpse:
        statement = statement.add_columns(visible.label("_visible"))
    else:
        conditions.append(visible)
    found = tx.rows(statement.where(*conditions).order_by(*target.key_columns))
    # The set of ids and the set of accounts were asked for apart: keep the pairs that were meant.
    found = [
        row
        for row in found
        if ((row["account_id"], row[column.name]) if in_one_account else (row[column.name],)) in wanted
    ]
    full = [row for row in found if not include.glimpse or row["_visible"]]
    batched = _batched(tx, actor, target, full, frozenset())
    return {
        target.key(row): Record(
            target, row, batched, glimpse=None if not include.glimpse or row["_visible"] else include.glimpse
        )
        for row in found
    }


def _wanted(resource: Resource, target: Resource, include: Include, rows: Sequence[Row]) -> set[Key]:
    if include.to_many:
        return {resource.key(row) for row in rows}
    ids = [(row, row[include.column or ""]) for row in rows]
    return {(row["account_id"], each) if target.is_tenant else (each,) for row, each in ids if each is not None}
