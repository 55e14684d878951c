"""Declarations: what a resource is on the wire, as frozen values that check themselves.

A resource is declared once, in its own file. From the declaration the engine answers index and show, reads
bodies, side-loads, and writes the reference page. Every declared thing carries a sentence that becomes
its documentation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor
from timewright.database import Row, Transaction
from timewright.presenting.actions import Action, Question, Step
from timewright.presenting.kinds import Id, Kind

Key = tuple[int, ...]
"""The primary key of a row: `(account_id, id)` of a tenant's table, `(id,)` of a global one."""

Expression = Callable[[Actor], sa.ColumnElement[Any]]
"""Something asked of a row in SQL, for an actor."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A named question about a row, asked in SQL in the same statement that reads the row."""

    name: str
    sentence: str
    holds: Expression


@dataclass(frozen=True, kw_only=True)
class Field:
    """A member of an object. Its value is, in this order of preference:

    `batched`: a function from all rows of a page to a mapping by key, called once for all fields that share it;
    `value`: a pure function of the row, or of what `batched` gave for it; else what the row holds under the field's
    name, which is a column or the `expression`, SQL read beside it. `reads` are further conditions read beside the
    row for `value`, as `_name`.
    """

    name: str
    kind: Kind
    sentence: str
    nullable: bool = False
    optional: bool = False
    value: Callable[[Any], Any] | None = None
    expression: Expression | None = None
    batched: Callable[[Transaction, Actor, Sequence[Row]], Mapping[Key, Any]] | None = None
    visible_if: Condition | None = None
    null_unless: Condition | None = None
    reads: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition that is read beside a row to show this field."""
        return tuple(c for c in (self.visible_if, self.null_unless, *self.reads) if c)


@dataclass(frozen=True, kw_only=True)
class Include:
    """An association. To one: `column` holds the other's id. To many: `points_back` is the other's column, or
    `links` selects pairs: an account, an id of ours, an id of the other's. To the `first` of such pairs: to one.
    To one of several kinds: `targets` are the resource and the section by the word in the column `kind_column`.

    `always` says that the member stands on the object without the include as well. `glimpse` names the
    fields that are shown even of an object that is out of the actor's own sight. One `with_only` works together
    with `only` alone. Of what is `absent` nothing is kept here: it leads to nothing. `visible_to` stands for the
    target's own where whoever sees the object sees what it leads to.
    """

    name: str
    member: str
    sentence: str
    target: str = ""
    column: str | None = None
    points_back: str | None = None
    where: Callable[[sa.Table], sa.ColumnElement[bool]] | None = None
    links: Callable[[Actor], sa.Select[Any]] | None = None
    first: bool = False
    kind_column: str = ""
    targets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    visible_to: Callable[[Actor], sa.ColumnElement[bool]] | None = None
    always: bool = False
    glimpse: tuple[str, ...] = ()
    with_only: bool = False
    absent: bool = False

    @property
    def follows(self) -> bool:
        """Whether it leads on from a field, which says the same without it."""
        return self.always and self.links is not None

    @property
    def to_many(self) -> bool:
        """Whether it leads to several objects."""
        return self.points_back is not None or (self.column is None and not self.first)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A way to narrow a list. `where` may answer None: then this value narrows nothing.

    Filters with the same `together` say something of one and the same other row each, and `where` is then a
    condition on that: `together` makes one condition of all that were sent. `seen_by` may take the caller for
    one who stands in fewer accounts. When the filter is sent, the defaults of those it `replaces` do not apply.

    A search `ranks` rows: they come by that number first. A list without a `required` filter is refused, as
    unreadable where `missing_is_unreadable`.
    """

    name: str
    kind: Kind
    sentence: str
    where: Callable[[Actor, Any], sa.ColumnElement[bool] | None] = lambda *_: None
    together: Callable[[Actor, Sequence[sa.ColumnElement[bool]]], sa.ColumnElement[bool]] | None = None
    ranks: Callable[[Any], sa.ColumnElement[int]] | None = None
    required: bool = False
    missing_is_unreadable: bool = False
    seen_by: Callable[[Actor, Any], Actor] = lambda actor, _: actor
    default: Any = None
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Order:
    """A way to sort a list: by a column, or by an `expression` of what the actor may see, which is never null; `then`
    by further columns, where it is the same.
    """

    name: str
    sentence: str
    column: sa.ColumnElement[Any] | None = None
    expression: Expression | None = None
    then: tuple[sa.ColumnElement[Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Param:
    """A member of a request. `keeps_blank` tells an empty string from null. `only_in` names the one kind of body that
    holds it: `create` or `update`.
    """

    name: str
    kind: Kind
    sentence: str
    required: bool = False
    keeps_blank: bool = False
    only_in: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """Everything the engine needs to answer for one resource. There is one of each: it is equal to itself alone.

    `roll_ups` say how many rows (`entries`) are alike in their other columns, of those whose id is not above
    `rolled_up_to`, a column of the account. The smallest stands first. It is served below each object of the resource
    `under` as well, whose id a filter and a member of it name. `previewed` is shown of what would be stored. A create
    takes an array of up to `most_in_a_batch` objects, where that is more than one.
    """

    name: str
    singular: str
    type: str
    table: sa.Table
    sentence: str
    visible_to: Callable[[Actor], sa.ColumnElement[bool]]
    fields: tuple[Field, ...]
    includes: tuple[Include, ...] = ()
    filters: tuple[Filter, ...] = ()
    orders: tuple[Order, ...] = ()
    default_order: tuple[str, str] | None = None
    params: tuple[Param, ...] = ()
    under: str | None = None
    endpoints: frozenset[str] = field(default=frozenset({"index", "show"}))
    actions: Mapping[str, Action] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    questions: tuple[Question, ...] = ()
    previewed: tuple[Field, ...] = ()
    most_in_a_batch: int = 1
    me: Callable[[Actor], int] | None = None
    roll_ups: tuple[sa.Table, ...] = ()
    rolled_up_to: sa.Column[int] | None = None

    def __post_init__(self) -> None:
        """Refuse a declaration that contradicts itself, when the program starts."""
        for kind, named in (
            ("field", [f.name for f in self.fields] + [i.member for i in self.includes if not i.follows]),
            ("include", [i.name for i in self.includes]),
            ("filter", [f.name for f in self.filters]),
            ("order", [o.name for o in self.orders]),
            ("parameter", [p.name for p in self.params]),
            ("question or step", [q.name for q in self.questions] + [s.name for s in self.steps]),
        ):
            twice = {name for name in named if named.count(name) > 1}
            if twice:
                raise ValueError(f"{self.name} declares the {kind} {sorted(twice)} twice.")
        if self.default_order and self.default_order[0] not in {order.name for order in self.orders}:
            raise ValueError(f"{self.name} has a default order that it does not declare.")

    def members_of(self, body: str) -> tuple[Param, ...]:
        """The members of a kind of body. An update says what changes: none of its members is required."""
        held = (each for each in self.params if each.only_in in {None, body})
        return tuple(replace(each, required=False) if body == "update" else each for each in held)

    @cached_property
    def fields_and_members(self) -> tuple[Field, ...]:
        """The fields, and the members of to-one associations that are always there."""
        return self.fields + tuple(
            Field(
                name=i.member,
                kind=Id(),
                sentence=i.sentence,
                nullable=bool(self.table.c[i.column].nullable),
                value=_held_in(i.column),
            )
            for i in self.includes
            if i.always and i.column
        )

    @cached_property
    def key_columns(self) -> tuple[sa.Column[Any], ...]:
        """The columns of its primary key, in order."""
        return tuple(self.table.primary_key.columns)

    def key(self, row: Row) -> Key:
        """The primary key of one of its rows."""
        return (row["account_id"], row["id"]) if self.is_tenant else (row["id"],)

    @cached_property
    def is_tenant(self) -> bool:
        """Whether its rows belong to an account."""
        return "account_id" in self.table.primary_key.columns


def _held_in(column: str) -> Callable[[Row], Any]:
    return lambda row: row[column]
