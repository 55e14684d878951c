"""From a `Page` to the wire: count, results, keyed records, meta, sections. Ids become strings here.

The shape is the contract's (`contract/README.md`, response envelope): `results` alone gives order and
membership, objects are keyed by id, and the key of each asked-for association is there, `{}` when empty.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from timewright.presenting.declare import Field
from timewright.presenting.kinds import BlankDay, Id, Ids, Wire
from timewright.presenting.load import Page, Record


def envelope(page: Page, wire: Wire, meta: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answer to index, show and create. `meta` are further members of its `meta`."""
    name = page.resource.name
    answer: dict[str, Any] = {
        "count": page.count,
        "results": [{"key": name, "id": str(record.row["id"])} for record in page.records],
        name: {str(record.row["id"]): shown(record, wire) for record in page.records},
    }
    for section in dict.fromkeys(include.target for include in page.ask.includes):
        side_loaded = page.sections.get(section, {})
        merged = answer.setdefault(section, {})
        for record in side_loaded.values():
            merged.setdefault(str(record.row["id"]), shown(record, wire))
    answer["meta"] = {**_meta(page), **(meta or {})}
    if page.incomplete:
        answer["meta"]["incomplete"] = True
    return answer


def encode(answer: Mapping[str, Any]) -> bytes:
    """The bytes of an answer."""
    return msgspec.json.encode(answer)


def shown(record: Record, wire: Wire) -> dict[str, Any]:
    """One object as the wire holds it."""
    members: dict[str, Any] = {"id": str(record.row["id"])}
    if record.glimpse is not None:
        fields = {f.name: f for f in record.resource.fields}
        return members | {name: _value(fields[name], record, wire) for name in record.glimpse}
    for each in record.resource.fields_and_members():
        if each.optional and each.name not in record.optional_fields:
            continue
        if each.visible_if and not record.row[f"_{each.visible_if.name}"]:
            continue
        members[each.name] = _value(each, record, wire)
    for member, value in record.members.items():
        members[member] = _ids(value, wire)
    return members


def _value(each: Field, record: Record, wire: Wire) -> Any:
    if each.null_unless and not record.row[f"_{each.null_unless.name}"]:
        return None
    if each.batched:
        value = record.batched.get(each.name, {}).get(record.resource.key(record.row))
    elif each.value:
        value = each.value(record.row)
    else:
        value = record.row[each.name]
    if value is None:
        return "" if isinstance(each.kind, BlankDay) else None
    return each.kind.show(value, wire)


def _ids(value: Any, wire: Wire) -> Any:
    if value is None:
        return None
    return Ids().show(value, wire) if isinstance(value, list) else Id().show(value, wire)


def _meta(page: Page) -> dict[str, int]:
    # page_number is the parameter as it was sent, not clamped, and 0 when nothing matches (contract README).
    pages = -(-page.count // page.page_size)
    return {
        "count": page.count,
        "page_count": pages,
        "page_number": page.ask.page if page.count else 0,
        "page_size": page.page_size,
    }
