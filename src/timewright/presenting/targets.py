"""Which objects a write is about, beyond those that a create brings: the one of an update, the ids of a bulk delete."""

from collections.abc import Mapping
from typing import Any

from timewright.errors import Fault, Unreadable
from timewright.presenting.body import Wanted
from timewright.presenting.declare import Resource
from timewright.presenting.kinds import Id, Misread, Wire

MOST_APART = 1_000
"""How many objects a request holds at most that are stored or looked at each on its own (decisions C3, C4)."""

_ID = Id()


def named(resource: Resource, read: Mapping[str, Any], wire: Wire) -> tuple[list[Wanted], list[Fault]]:
    """The objects that a bulk delete names by `ids`, a comma list or an array, and a fault for each that is no id
    (contract: time_entries.bulk_delete).
    """
    raw = read.get("ids")
    tokens = [token.strip() for token in raw.split(",")] if isinstance(raw, str) else raw
    tokens = [each for each in (tokens if isinstance(tokens, list) else [tokens]) if each not in (None, "")]
    if not 1 <= len(tokens) <= resource.most_in_a_batch:
        raise Unreadable(f"The member ids must hold 1 to {resource.most_in_a_batch} ids.")
    wanted, faults = [], []
    for index, token in enumerate(tokens):
        try:
            wanted.append(Wanted(index, {"id": _ID.read(token, wire)}, ()))
        except Misread as reason:
            faults.append(Fault(index, "ids", f"Each of ids {reason}."))
    return wanted, faults
