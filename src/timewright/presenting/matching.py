"""Which rows match an `Ask`: their conditions and order, their exact number, and where a page of them begins.

A roll-up (`Resource.roll_ups`) answers whatever asks only for columns that it has: rows that are alike in those
match together or not at all. It holds the rows up to some id; those after it are counted one by one.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BooleanClauseList, Grouping

from timewright.actor import Actor, in_accounts_of
from timewright.database import Instant, Transaction, unindexed
from timewright.presenting.ask import Ask
from timewright.presenting.declare import Resource

Conditions = Sequence[sa.ColumnElement[bool]]

_FEW = 1_000
"""Up to how many rows are rather sorted than looked for in the order of an index."""

_FAR = 20_000
"""From how many rows on it is worth while to find out how not to pass over them."""


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
    of_others: dict[Any, list[sa.ColumnElement[bool]]] = {}
    for each, value in ask.filters:
        condition = each.where(actor, value)
        if condition is not None:
            (of_others.setdefault(each.together, []) if each.together else conditions).append(condition)
    conditions += [together(actor, parts) for together, parts in of_others.items()]
    return _apart(conditions)


def _apart(conditions: Conditions) -> list[sa.ColumnElement[bool]]:
    """The parts that must all hold, each once: what is said twice misleads the guesses of SQLite."""
    parts: list[sa.ColumnElement[bool]] = []
    for each in conditions:
        is_and = isinstance(each, BooleanClauseList) and each.operator is operators.and_
        for clause in each.clauses if is_and else [each]:
            part: Any = clause.element if isinstance(clause, Grouping) else clause
            if not any(part.compare(other) for other in parts):
                parts.append(part)
    return parts


def are_few(resource: Resource, conditions: Conditions, count: int) -> bool:
    """Whether the rows are named by their ids and not many: then they are better looked up than come across."""
    id_ = resource.table.c.id
    return count <= _FEW and any(
        isinstance(each, sa.BinaryExpression) and each.operator is operators.in_op and each.left is id_
        for each in conditions
    )


def sorting(resource: Resource, ask: Ask, *, are_few: bool = False) -> list[sa.ColumnElement[Any]]:
    """In which order they come. Few rows are sorted after they were found: SQLite, which does not know how many there
    are, would rather look through all rows for them in the order of an index.
    """
    ranks = [each.ranks(value) for each, value in ask.filters if each.ranks]
    tie_break: list[sa.ColumnElement[Any]] = [resource.table.c.id.asc()]
    order, column = ask.order, ask.order.column if ask.order else None
    if order is None or column is None:
        return [*ranks, *tie_break]
    nullable = getattr(column, "nullable", False)
    if are_few and isinstance(column, sa.Column):
        column = unindexed(column)
    sorting = column.desc() if ask.descending else column.asc()
    if nullable:
        # The engines disagree about where nothing stands. An index in the plain order serves the others.
        sorting = sorting.nulls_last() if ask.descending else sorting.nulls_first()
    then = [each.desc() if ask.descending else each.asc() for each in order.then]
    return [*ranks, sorting, *then, *tie_break]


def counting(actor: Actor, resource: Resource, conditions: Conditions) -> sa.Select[Any]:
    """The statement that says how many rows match."""
    roll_up = _roll_up(resource, conditions)
    if roll_up is not None:
        return _rolled_up(actor, resource, roll_up, conditions)
    in_two_parts = _in_two_parts(actor, resource, conditions)
    return in_two_parts if in_two_parts is not None else _by_the_other_side(actor, resource, conditions)


def _in_two_parts(actor: Actor, resource: Resource, conditions: Conditions) -> sa.Select[Any] | None:
    """Where one of two things is to hold and a roll-up knows one of them: its rows, and the others of the other."""
    for either in conditions:
        if not (
            isinstance(either, BooleanClauseList) and either.operator is operators.or_ and len(either.clauses) == 2
        ):
            continue
        others = [each for each in conditions if each is not either]
        for one, other in (either.clauses, reversed(either.clauses)):
            is_told = not any(column.nullable for column in _columns(resource.table, one))
            if is_told and _roll_up(resource, [*others, one]) is not None:
                parts = [*others, one], [*others, other, sa.not_(one)]
                first, second = (counting(actor, resource, _apart(part)).scalar_subquery() for part in parts)
                return sa.select(first + second)
    return None


def _by_the_other_side(actor: Actor, resource: Resource, conditions: Conditions) -> sa.Select[Any]:
    """Where rows since an instant are asked for, or before it, and most are: all, but for the others."""
    plain = _plain(resource, conditions)
    since = [each for each in conditions if _is_since_or_before(each)]
    others = [each for each in conditions if not _is_since_or_before(each)]
    roll_up = _roll_up(resource, others)
    if roll_up is None or len(since) != 1 or len(actor.account_ids) != 1:
        return plain
    most = _is_most(actor, resource, since[0])
    rest = _plain(resource, [*others, sa.not_(since[0])]).scalar_subquery()
    all_others = _rolled_up(actor, resource, roll_up, others).scalar_subquery()
    return sa.select(sa.case((most, all_others - rest), else_=plain.scalar_subquery()))


def _plain(resource: Resource, conditions: Conditions) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(resource.table).where(*conditions)


def _rolled_up(actor: Actor, resource: Resource, roll_up: sa.Table, conditions: Conditions) -> sa.Select[Any]:
    table = resource.table
    asked = _asked_of(roll_up, table, conditions)
    rolled_up = sa.select(sa.func.coalesce(sa.func.sum(roll_up.c.entries), 0)).where(*asked).scalar_subquery()
    return (
        sa.select(sa.func.count() + rolled_up)
        .select_from(table)
        .where(_comes_after(actor, resource), *_asked_of_few(table, conditions))
    )


def _is_since_or_before(condition: sa.ColumnElement[bool]) -> bool:
    return (
        isinstance(condition, sa.BinaryExpression)
        and isinstance(condition.left, sa.Column)
        and isinstance(condition.left.type, Instant)
        and condition.operator in {operators.gt, operators.ge, operators.lt, operators.le}
    )


def _is_most(actor: Actor, resource: Resource, condition: Any) -> sa.ColumnElement[bool]:
    """A guess whether most rows lie on this side of an instant: then those on the other are counted."""
    column, bound = condition.left, condition.right
    of_account = resource.table.c.account_id == actor.account_ids[0]
    first, last = (sa.select(end(column)).where(of_account).scalar_subquery() for end in (sa.func.min, sa.func.max))
    is_early: sa.ColumnElement[bool] = sa.type_coerce(bound, Instant) - first < last - sa.type_coerce(bound, Instant)
    return is_early if condition.operator in {operators.gt, operators.ge} else sa.not_(is_early)


def beginning(
    tx: Transaction, actor: Actor, resource: Resource, ask: Ask, conditions: Conditions, count: int
) -> tuple[Conditions, int]:
    """Where a page begins in a list of so many rows: a further condition on rows, and how many of those that then
    match are passed over.

    To pass over a million rows takes as long as to read their index. Where a roll-up says how many there are
    of each value of the order, only those with the same value as the first of the page are passed over.
    """
    column = ask.order.column if ask.order else None
    if ask.offset < _FAR or not isinstance(column, sa.Column) or column.nullable:
        return (), ask.offset
    roll_up = _roll_up(resource, conditions, column)
    if roll_up is None:
        return (), ask.offset
    # From the nearer end.
    is_near_end = ask.offset > count // 2
    left = count - 1 - ask.offset if is_near_end else ask.offset
    for value, alike in _per_value(tx, actor, resource, roll_up, conditions, column, ask.descending != is_near_end):
        if 0 <= left < alike:
            passed_over = alike - 1 - left if is_near_end else left
            return [column <= value if ask.descending else column >= value], passed_over
        left -= alike
    return [sa.false()], 0


def _per_value(
    tx: Transaction,
    actor: Actor,
    resource: Resource,
    roll_up: sa.Table,
    conditions: Conditions,
    column: sa.Column[Any],
    descending: bool,
) -> Iterator[tuple[Any, int]]:
    """How many rows match of each value of a column, in its order: those of the roll-up and those after it."""
    table, name = resource.table, column.name
    since = [_comes_after(actor, resource), *_asked_of_few(table, conditions)]
    value = unindexed(table.c[name])
    recent = sa.select(value.label("value"), sa.func.count().label("count")).where(*since).group_by(value)
    further = {row["value"]: row["count"] for row in tx.rows(recent)}
    summed, total = roll_up.c[name], sa.func.sum(roll_up.c.entries)
    rolled_up = (
        sa.select(summed.label("value"), sa.cast(total, sa.BigInteger).label("count"))
        .where(*_asked_of(roll_up, table, conditions))
        .group_by(summed)
        .order_by(summed.desc() if descending else summed)
    )
    counts = ((row["value"], row["count"]) for row in tx.each(rolled_up))
    alone = sorted(further.items(), reverse=descending)
    merged = heapq.merge(counts, alone, key=lambda pair: pair[0], reverse=descending)
    for value, pairs in itertools.groupby(merged, key=lambda pair: pair[0]):
        yield value, sum(count for _, count in pairs)


def _roll_up(resource: Resource, conditions: Conditions, *columns: sa.ColumnElement[Any]) -> sa.Table | None:
    """The first roll-up that has all columns of the resource's table that are asked for.

    Rows that hold nothing in such a column are not in it: a condition must ask for one value there.
    """
    asked = [column for each in (*conditions, *columns) for column in _columns(resource.table, each)]
    names = {column.name for column in asked}
    given = [
        each.left for each in conditions if isinstance(each, sa.BinaryExpression) and each.operator is operators.eq
    ]
    if any(column.nullable and not any(column is each for each in given) for column in asked):
        return None
    return next((roll_up for roll_up in resource.roll_ups if names <= set(roll_up.c.keys())), None)


def _columns(table: sa.Table, condition: sa.ColumnElement[Any]) -> Iterable[sa.Column[Any]]:
    return (each for each in visitors.iterate(condition) if isinstance(each, sa.Column) and each.table is table)


def _asked_of(roll_up: sa.Table, table: sa.Table, conditions: Conditions) -> list[sa.ColumnElement[bool]]:
    return [_replaced(table, each, lambda column: roll_up.c[column.name]) for each in conditions]


def _asked_of_few(table: sa.Table, conditions: Conditions) -> list[sa.ColumnElement[bool]]:
    """The same conditions for rows that were found already: no index is chosen for their sake."""
    return [_replaced(table, each, unindexed) for each in conditions]


def _replaced(table: sa.Table, condition: Any, replacement: Any) -> sa.ColumnElement[bool]:
    def replace(element: Any, **_: Any) -> Any:
        return replacement(element) if isinstance(element, sa.Column) and element.table is table else None

    replaced: sa.ColumnElement[bool] = visitors.replacement_traverse(condition, {}, replace)
    return replaced


def _comes_after(actor: Actor, resource: Resource) -> sa.ColumnElement[bool]:
    """The row is not in the roll-ups yet."""
    own = resource.table.c
    assert resource.rolled_up_to is not None
    through, account = resource.rolled_up_to, resource.rolled_up_to.table.c.id
    return sa.or_(
        *(
            sa.and_(own.account_id == each, own.id > sa.select(through).where(account == each).scalar_subquery())
            for each in actor.account_ids
        )
    )
