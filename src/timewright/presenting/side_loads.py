"""What stands beside a page: for each include one statement, whatever the page size, and one more where pairs of ids
say who belongs to whom.

Permissions are conditions in these very statements: rows pass the `visible_to` of their own resource.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from timewright.actor import Actor
from timewright.database import Row, Transaction, among, unindexed
from timewright.presenting.declare import Include, Key, Resource
from timewright.presenting.records import Record, batched, reading
from timewright.presenting.registry import Registry

Pairs = Mapping[Key, Sequence[Key]]
"""The keys of the others, by the key of each row."""


def side_load(
    tx: Transaction, actor: Actor, resource: Resource, target: Resource, include: Include, rows: Sequence[Row]
) -> tuple[dict[Key, Record], dict[Key, Any]]:
    """The records that an include leads to, and what its member is for each row."""
    pairs = _linked(tx, actor, resource, target, include, rows) if include.links else {}
    records = _records(tx, actor, resource, target, include, _wanted(resource, target, include, rows, pairs))
    return records, _members(resource, include, rows, records, pairs)


def of_several_kinds(
    tx: Transaction, actor: Actor, registry: Registry, resource: Resource, include: Include, rows: Sequence[Row]
) -> tuple[dict[str, dict[Key, Record]], dict[Key, Any]]:
    """The records of each kind by section, and the section and id that the member holds for each row. Of a kind of
    which nothing was found there is no section (contract: external_references.subject).
    """
    sections: dict[str, dict[Key, Record]] = {}
    members: dict[Key, Any] = dict.fromkeys(resource.key(row) for row in rows)
    for word in sorted({row[include.kind_column] for row in rows} & include.targets.keys()):
        name, section = include.targets[word]
        of_kind = [row for row in rows if row[include.kind_column] == word]
        records, ids = side_load(tx, actor, resource, registry[name], include, of_kind)
        if records:
            sections.setdefault(section, {}).update(records)
        members |= {key: {"key": section, "id": id_} for key, id_ in ids.items()}
    return sections, members


def none_of_it(resource: Resource, include: Include, rows: Sequence[Row]) -> dict[Key, Any]:
    """The member of an include of which nothing is kept."""
    return {resource.key(row): [] if include.to_many else None for row in rows}


def _linked(
    tx: Transaction, actor: Actor, resource: Resource, target: Resource, include: Include, rows: Sequence[Row]
) -> Pairs:
    """Each pair that `links` selects, once and in its order."""
    found: dict[Key, dict[Key, None]] = {resource.key(row): {} for row in rows}
    if include.links is None or not rows:
        return {}
    pairs = include.links(actor)
    account, own, other = pairs.selected_columns
    asked = [among(own, {row["id"] for row in rows})]
    if resource.is_tenant:
        asked.append(among(account, {row["account_id"] for row in rows}))
    for row in tx.rows(pairs.where(*asked)):
        account_id, own_id, other_id = (row[str(column.key)] for column in (account, own, other))
        # The set of ids and the set of accounts were asked for apart: keep the pairs that were meant.
        others = found.get((account_id, own_id) if resource.is_tenant else (own_id,))
        if others is not None:
            others[(account_id, other_id) if target.is_tenant else (other_id,)] = None
    return {key: list(others) for key, others in found.items()}


def _wanted(resource: Resource, target: Resource, include: Include, rows: Sequence[Row], pairs: Pairs) -> set[Key]:
    """The keys of the others; where they point back, the keys of the rows."""
    if include.points_back:
        return {resource.key(row) for row in rows}
    if not include.column:
        return {key for others in pairs.values() for key in (others if include.to_many else others[:1])}
    ids = [(row, row[include.column]) for row in rows]
    return {(row["account_id"], each) if target.is_tenant else (each,) for row, each in ids if each is not None}


def _records(
    tx: Transaction, actor: Actor, resource: Resource, target: Resource, include: Include, wanted: set[Key]
) -> dict[Key, Record]:
    if not wanted:
        return {}
    table = target.table
    column = table.c[include.points_back] if include.points_back else table.c.id
    conditions = [among(column, [key[-1] for key in wanted])]
    of_account = target.is_tenant and (resource.is_tenant or not include.points_back)
    if of_account:
        conditions.append(among(table.c.account_id, [key[0] for key in wanted]))
    if include.where is not None:
        conditions.append(include.where(table))
    visible = (include.visible_to or target.visible_to)(actor)
    statement = reading(actor, target, frozenset())
    if include.glimpse:
        statement = statement.add_columns(visible.label("_visible"))
    else:
        conditions.append(visible)
    # Few rows are sorted after they were found: SQLite would rather look through all in the order of the key.
    found = tx.rows(statement.where(*conditions).order_by(*(unindexed(each) for each in target.key_columns)))
    # The set of ids and the set of accounts were asked for apart: keep the pairs that were meant.
    found = [
        row for row in found if ((row["account_id"], row[column.name]) if of_account else (row[column.name],)) in wanted
    ]
    full = [row for row in found if not include.glimpse or row["_visible"]]
    told = batched(tx, actor, target, full, frozenset())
    return {
        target.key(row): Record(
            target, row, told, glimpse=None if not include.glimpse or row["_visible"] else include.glimpse
        )
        for row in found
    }


def _members(
    resource: Resource, include: Include, rows: Sequence[Row], records: Mapping[Key, Record], pairs: Pairs
) -> dict[Key, Any]:
    if include.column:
        return {resource.key(row): row[include.column] for row in rows}
    if include.links and include.to_many:
        return {key: sorted(other[-1] for other in others if other in records) for key, others in pairs.items()}
    if include.links:
        return {key: others[0][-1] if others else None for key, others in pairs.items()}
    back: dict[Key, list[int]] = {resource.key(row): [] for row in rows}
    for record in records.values():
        owner = (record.row[include.points_back or ""],)
        back[(record.row["account_id"], *owner) if resource.is_tenant else owner].append(record.row["id"])
    return back
