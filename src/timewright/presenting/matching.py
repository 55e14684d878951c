"""Which rows match an `Ask`: conditions and order."""

from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of
from timewright.presenting.ask import Ask
from timewright.presenting.declare import Resource


def seen_by(actor: Actor, ask: Ask) -> Actor:
    """The caller as the filters take them."""
    for each, value in ask.filters:
        actor = each.seen_by(actor, value)
    return actor


def matching(actor: Actor, resource: Resource, ask: Ask) -> list[sa.ColumnElement[bool]]:
    """The conditions on rows that the actor may see and the filters let through."""
    conditions = [resource.visible_to(actor)]
    if resource.is_tenant:
        # Said once more where `visible_to` says it in parts: without it the engine reads other accounts' rows.
        conditions.append(in_accounts_of(actor, resource.table.c.account_id))
    for each, value in ask.filters:
        condition = each.where(actor, value)
        if condition is not None:
            conditions.append(condition)
    return conditions


def sorting(resource: Resource, ask: Ask) -> list[sa.ColumnElement[Any]]:
    """In which order they come."""
    tie_break: list[sa.ColumnElement[Any]] = [resource.table.c.id.asc()]
    if ask.order is None:
        return tie_break
    column = ask.order.column
    sorting = column.desc() if ask.descending else column.asc()
    if getattr(column, "nullable", False):
        # The engines disagree about where nothing stands. An index in the plain order serves the others.
        sorting = sorting.nulls_last() if ask.descending else sorting.nulls_first()
    return [sorting, *tie_break]
