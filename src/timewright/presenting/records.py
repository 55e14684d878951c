"""Rows to be shown: what is read for their fields, in the same select and in batches."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from timewright.actor import Actor
from timewright.database import Row, Transaction
from timewright.presenting.declare import Expression, Field, Key, Resource

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


@lru_cache(maxsize=CHOICES_KEPT)
def shown_fields(resource: Resource, optional_fields: frozenset[str]) -> tuple[Field, ...]:
    """The fields that an answer shows: all, but of the optional ones those that were asked for."""
    return tuple(f for f in resource.fields_and_members if not f.optional or f.name in optional_fields)


@lru_cache(maxsize=CHOICES_KEPT)
def labels(resource: Resource, optional_fields: frozenset[str]) -> Mapping[str, Expression]:
    """What is read beside a row, by the label it stands under."""
    asked: dict[str, Expression] = {}
    for each in shown_fields(resource, optional_fields):
        if each.expression:
            asked[each.name] = each.expression
        for condition in each.conditions:
            asked[f"_{condition.name}"] = condition.holds
    return asked


@lru_cache(maxsize=_READINGS_KEPT)
def reading(actor: Actor, resource: Resource, optional_fields: frozenset[str]) -> sa.Select[Any]:
    """The select of rows with all that their fields rest on."""
    beside = labels(resource, optional_fields)
    return sa.select(*resource.table.c, *(holds(actor).label(name) for name, holds in beside.items()))


def batched(
    tx: Transaction, actor: Actor, resource: Resource, rows: Sequence[Row], optional_fields: frozenset[str]
) -> dict[str, Mapping[Key, Any]]:
    """What batched fields are, by name."""
    functions = {f.name: f.batched for f in shown_fields(resource, optional_fields) if f.batched and rows}
    told = {each: each(tx, actor, rows) for each in dict.fromkeys(functions.values())}
    return {name: told[each] for name, each in functions.items()}
