"""From a `Page` to the wire: count, results, keyed records, meta, sections. Ids become strings here.

The shape is the contract's (`contract/README.md`, response envelope): `results` alone gives order and
membership, objects are keyed by id, and the key of each asked-for association is there, `{}` when empty.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from timewright.database import Row
from timewright.presenting.declare import Resource
from timewright.presenting.kinds import BlankDay, Id, Ids, Kind, Wire
from timewright.presenting.load import Page
from timewright.presenting.records import CHOICES_KEPT, Record, shown_fields


def envelope(page: Page, wire: Wire, meta: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answer to index, show and create. `meta` are further members of its `meta`."""
    name = page.resource.name
    answer: dict[str, Any] = {
        "count": page.count,
        "results": [{"key": name, "id": str(record.row["id"])} for record in page.records],
        name: {str(record.row["id"]): shown(record, wire) for record in page.records},
    }
    for section in dict.fromkeys([*(i.target for i in page.ask.includes if i.target), *page.sections]):
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
    row, glimpse = record.row, record.glimpse
    for name, visible_if, null_unless, is_batched, value_of, show, blank in _steps(
        record.resource, record.optional_fields
    ):
        if (visible_if and not row[visible_if]) or (glimpse is not None and name not in glimpse):
            continue
        if null_unless and not row[null_unless]:
            members[name] = None
            continue
        if is_batched:
            value = record.batched.get(name, {}).get(record.resource.key(row))
            value = value_of(value) if value_of and value is not None else value
        else:
            value = value_of(row) if value_of else row[name]
        if value is None:
            members[name] = blank
        else:
            members[name] = show(value, wire) if show else value
    if record.glimpse is None:
        for member, ids in record.members.items():
            members[member] = _ids(ids, wire)
    return members


class _Step(NamedTuple):
    """How one member gets its value: what a field says, ready to hand."""

    name: str
    visible_if: str | None
    null_unless: str | None
    is_batched: bool
    value: Callable[[Row], Any] | None
    show: Callable[[Any, Wire], Any] | None
    blank: str | None


@lru_cache(maxsize=CHOICES_KEPT)
def _steps(resource: Resource, optional_fields: frozenset[str]) -> tuple[_Step, ...]:
    return tuple(
        _Step(
            name=each.name,
            visible_if=f"_{each.visible_if.name}" if each.visible_if else None,
            null_unless=f"_{each.null_unless.name}" if each.null_unless else None,
            is_batched=each.batched is not None,
            value=each.value,
            show=None if type(each.kind).show is Kind.show else each.kind.show,
            blank="" if isinstance(each.kind, BlankDay) else None,
        )
        for each in shown_fields(resource, optional_fields)
    )


def _ids(value: Any, wire: Wire) -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        return {**value, "id": str(value["id"])}
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
