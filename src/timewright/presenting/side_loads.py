"""What stands beside a page: for each include the objects it leads to, in a number of statements that does not
depend on how many rows the page has.

A side-loaded row passes the `visible_to` of its own resource. One out of sight is left out of its section, while
its bare id stays on the row that names it (decisions D5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from timewright.actor import Actor
from timewright.database import Row, Transaction, among
from timewright.presenting.declare import Include, Key, Registry, Resource
from timewright.presenting.reading import Record, batched_fields, reading

Sections = dict[str, dict[Key, Record]]
Members = dict[str, dict[Key, Any]]


def side_loads(
    tx: Transaction,
    actor: Actor,
    registry: Registry,
    resource: Resource,
    includes: Sequence[Include],
    rows: Sequence[Row],
) -> tuple[Sections, Members]:
    """The sections that the includes fill, and the members that they set, by key of the row."""
    sections: Sections = {}
    members: Members = {}
    for include in includes:
        if include.targets:
            members[include.member] = _of_several_kinds(tx, actor, registry, resource, include, rows, sections)
            continue
        target = registry[include.target]
        ids = include.leads_to(tx, actor, rows) if include.leads_to and rows else {}
        records = _records(tx, actor, target, include, _wanted(resource, target, include, rows, ids))
        _add(sections.setdefault(target.name, {}), records)
        members[include.member] = _members(resource, include, rows, ids, records)
    return sections, members


def _add(section: dict[Key, Record], records: Mapping[Key, Record]) -> None:
    # A full record is never replaced by a glimpse of the same object.
    section.update({key: each for key, each in records.items() if each.glimpse is None or key not in section})


def _of_several_kinds(
    tx: Transaction,
    actor: Actor,
    registry: Registry,
    resource: Resource,
    include: Include,
    rows: Sequence[Row],
    sections: Sections,
) -> dict[Key, Any]:
    """Each kind on its own. A section is there only when something was found (contract: external_references)."""
    members: dict[Key, Any] = dict.fromkeys(resource.key(row) for row in rows)
    for word in sorted({row[include.kind_column] for row in rows} & include.targets.keys()):
        name, section = include.targets[word]
        of_kind = [row for row in rows if row[include.kind_column] == word]
        to_one = replace(include, target=name, targets={})
        target = registry[name]
        records = _records(tx, actor, target, to_one, _wanted(resource, target, to_one, of_kind, {}))
        if records:
            _add(sections.setdefault(section, {}), records)
        members |= {resource.key(row): {"key": section, "id": row[include.column or ""]} for row in of_kind}
    return members


def _members(
    resource: Resource,
    include: Include,
    rows: Sequence[Row],
    ids: Mapping[Key, Sequence[int]],
    records: Mapping[Key, Record],
) -> dict[Key, Any]:
    keys = [resource.key(row) for row in rows]
    if include.leads_to:
        return {key: list(ids.get(key, ())) for key in keys}
    if not include.to_many:
        return {resource.key(row): row[include.column or ""] for row in rows}
    back: dict[Key, list[int]] = {key: [] for key in keys}
    for record in records.values():
        owner = (record.row[include.points_back or ""],)
        back[(record.row["account_id"], *owner) if resource.is_tenant else owner].append(record.row["id"])
    return back


def _wanted(
    resource: Resource, target: Resource, include: Include, rows: Sequence[Row], ids: Mapping[Key, Sequence[int]]
) -> set[Key]:
    """The keys of what is wanted: of the others, or, where they point back, of the rows themselves."""
    if include.points_back:
        return {resource.key(row) for row in rows}
    if include.leads_to:
        named = [(row, each) for row in rows for each in ids.get(resource.key(row), ())]
    else:
        named = [(row, row[include.column or ""]) for row in rows]
    return {(row["account_id"], each) if target.is_tenant else (each,) for row, each in named if each is not None}


def _records(tx: Transaction, actor: Actor, target: Resource, include: Include, wanted: set[Key]) -> dict[Key, Record]:
    if not wanted:
        return {}
    table = target.table
    column = table.c[include.points_back] if include.points_back else table.c.id
    conditions = [among(column, {key[-1] for key in wanted})]
    in_one_account = target.is_tenant and all(len(key) == 2 for key in wanted)
    if in_one_account:
        conditions.append(among(table.c.account_id, {key[0] for key in wanted}))
    if include.where is not None:
        conditions.append(include.where(table))
    visible = (include.visible_to or target.visible_to)(actor)
    statement = reading(actor, target, frozenset())
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
    batched = batched_fields(tx, actor, target, full, frozenset())
    return {
        target.key(row): Record(
            target, row, batched, glimpse=None if not include.glimpse or row["_visible"] else include.glimpse
        )
        for row in found
    }
