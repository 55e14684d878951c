"""What an object would be on the wire if it were stored."""

from typing import Any

from timewright.database import Row
from timewright.presenting.declare import Resource
from timewright.presenting.envelope import shown
from timewright.presenting.kinds import Wire
from timewright.presenting.records import Record


def preview(resource: Resource, row: Row, wire: Wire) -> dict[str, Any]:
    """An object that was not stored, as the wire would hold it: without the members that storing gives, and with
    those that are `previewed`.
    """
    given = {column.name: None for column in resource.table.c if column.name not in row}
    members = shown(Record(resource, {**given, **row}, {}), wire)
    told = {name: value for name, value in members.items() if name not in given}
    for each in resource.previewed:
        is_hidden = each.null_unless is not None and not row[f"_{each.null_unless.name}"]
        told[each.name] = None if is_hidden else each.kind.show(row[each.name], wire)
    return told
