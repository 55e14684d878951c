"""From an `Ask` to a `Page`: one statement counts, one reads the page, then one per include and one per
batched field, whatever the page size.

Permissions are conditions in these very statements: rows pass the resource's `visible_to`, side-loaded rows
that of their own resource.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, placed
from timewright.database import Row, Transaction, among
from timewright.presenting.ask import Ask
from timewright.presenting.declare import Key, Resource
from timewright.presenting.matching import are_few, beginning, counting, matching, seen_by, sorting
from timewright.presenting.records import Record, batched, labels, reading, shown_fields
from timewright.presenting.registry import Registry
from timewright.presenting.side_loads import none_of_it, of_several_kinds, side_load


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
    ask = _ordered(actor, ask)
    matches = matching(actor, resource, ask)
    statement = reading(actor, resource, ask.optional_fields)
    if ask.only is not None:
        # Paging does not apply (contract README, only and show): what is found is all there is.
        matches.append(among(resource.table.c.id, ask.only))
        rows = tx.rows(statement.where(*matches).order_by(*sorting(resource, ask, are_few=True)))
        return _page(tx, actor, registry, resource, ask, rows, len(rows))
    count = tx.number(counting(actor, resource, matches))
    begin, offset = beginning(tx, actor, resource, ask, matches, count)
    order = sorting(resource, ask, are_few=are_few(resource, matches, count))
    statement = statement.where(*matches, *begin).order_by(*order).limit(ask.limit).offset(offset)
    return _page(tx, actor, registry, resource, ask, tx.rows(statement) if count else [], count)


def show(tx: Transaction, actor: Actor, registry: Registry, resource: Resource, id_: int, ask: Ask) -> Page | None:
    """One object, or None when there is none that the actor may see under the filters."""
    actor = seen_by(actor, ask)
    matches = [*matching(actor, resource, ask), resource.table.c.id == id_]
    rows = tx.rows(reading(actor, resource, ask.optional_fields).where(*matches).limit(1))
    return _page(tx, actor, registry, resource, ask, rows, len(rows)) if rows else None


def is_seen(tx: Transaction, actor: Actor, resource: Resource, id_: int, ask: Ask) -> bool:
    """Whether there is one object that the actor may see under the filters."""
    matches = [*matching(seen_by(actor, ask), resource, ask), resource.table.c.id == id_]
    return bool(tx.rows(sa.select(resource.table.c.id).where(*matches).limit(1)))


def is_known(resource: Resource, rows: Sequence[Row], ask: Ask) -> bool:
    """Whether rows that were just written hold everything that the answer shows of them."""
    fields = shown_fields(resource, ask.optional_fields)
    beside = labels(resource, ask.optional_fields).keys() | _sorted_by(ask)
    return not any(each.batched for each in fields) and all(beside <= row.keys() for row in rows)


def written(
    tx: Transaction, actor: Actor, registry: Registry, resource: Resource, rows: Sequence[Row], ask: Ask
) -> Page:
    """The objects a write touched: all of them, in the list's order, not cut by default filters or paging.

    Rows that hold everything are not read again; side-loads are.
    """
    if is_known(resource, rows, ask):
        ordered = _sorted(rows, ask)
    else:
        keys, ask = {resource.key(row) for row in rows}, _ordered(actor, ask)
        table = resource.table
        matches = [among(table.c.id, [key[-1] for key in keys]), resource.visible_to(actor)]
        if resource.is_tenant:
            matches.append(among(table.c.account_id, [key[0] for key in keys]))
        statement = reading(actor, resource, ask.optional_fields).where(*matches).order_by(*sorting(resource, ask))
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
        hidden = dict.fromkeys(labels(resource, optional))
        ordered = [{**hidden, **row} for row in ordered]
    records = [Record(resource, row, {}, optional_fields=optional) for row in ordered]
    return Page(resource, records, len(rows), ask, {}, max(ask.per_page, len(rows)), incomplete=incomplete)


def _sorted(rows: Sequence[Row], ask: Ask) -> list[Row]:
    """Rows in the order in which `sorting` would have read them."""
    by_id = sorted(rows, key=lambda row: row["id"])
    return sorted(by_id, key=lambda row: [row.get(name) for name in _sorted_by(ask)], reverse=ask.descending)


def _sorted_by(ask: Ask) -> set[str]:
    """What a row must hold to be sorted: the column of the order, or something that no row holds."""
    if ask.order and ask.order.then:
        return {""}
    return {str(getattr(ask.order.column, "key", None))} if ask.order else set()


def _ordered(actor: Actor, ask: Ask) -> Ask:
    """The `Ask` with an order by a column: what the actor may see of what it says."""
    order = ask.order
    return replace(ask, order=replace(order, column=order.expression(actor))) if order and order.expression else ask


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
        if include.absent:
            members[include.member] = none_of_it(resource, include, rows)
            continue
        if include.targets:
            found, members[include.member] = of_several_kinds(tx, actor, registry, resource, include, rows)
            for name, of_kind in found.items():
                sections.setdefault(name, {}).update(of_kind)
            continue
        target = registry[include.target]
        section = sections.setdefault(target.name, {})
        records, members[include.member] = side_load(tx, actor, resource, target, include, rows)
        # A full record is never replaced by a glimpse of the same object.
        section.update({key: r for key, r in records.items() if r.glimpse is None or key not in section})
    told = batched(tx, actor, resource, rows, ask.optional_fields)
    shown = [
        Record(
            resource,
            row,
            told,
            {member: by_key[resource.key(row)] for member, by_key in members.items()},
            ask.optional_fields,
        )
        for row in rows
    ]
    return Page(resource, shown, count, ask, sections, page_size or ask.per_page)
