"""What every verb on the resources around time entries has in common: who asks, what they see, what is stored.

These are written rarely and named by entries all the time. So a write holds the rows of the accounts *alone* before it
reads anything, and whatever logs, changes or deletes time holds them as well, together: what a verb here reads does
not change under it, and what it writes does not change under an entry that is being logged. No further row is held,
and there is no order of holding to keep (decisions/0012). Wishes are carried out one after the other, each with as
many statements whatever it holds; the next one finds what the one before it made.

A verb is a `Planning`: it reads, and puts down in a `Draft` what is to be stored. `action` makes of it the verb and
its dry run. Long because all that a verb may say of its draft stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import sqlalchemy as sa

from timewright import actor as who
from timewright import changes, clock, idempotency
from timewright.actor import Actor
from timewright.database import Row, Transaction, among, among_given
from timewright.errors import Fault, Forbidden, Invalid, NotFound, Refusal, Unauthenticated, would_be_ignored
from timewright.presenting.actions import Action
from timewright.presenting.body import Wanted, label
from timewright.presenting.declare import Expression
from timewright.resources import external_reference_verbs
from timewright.statements import Statement
from timewright.tables import accounts, external_references
from timewright.wishes import Accepted, Outcome, Wish

_ALONE = Statement(sa.select(accounts).where(among_given(accounts.c.id, "account_ids")), accounts, alone=True)
_LOOKED_AT = Statement(sa.select(accounts).where(among_given(accounts.c.id, "account_ids")))

MAY = "_may"
"""Under which name a row says whether the caller may do to it what they ask."""


class Subject(Protocol):
    """A kind of object: what the change log calls it, where it is kept, and who sees it. A `Resource` is one."""

    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def table(self) -> sa.Table: ...  # noqa: D102
    @property
    def visible_to(self) -> Callable[[Actor], sa.ColumnElement[bool]]: ...  # noqa: D102


@dataclass(frozen=True)
class Kept:
    """A `Subject` for a file of verbs, which the file that declares the resource reads."""

    type: str
    table: sa.Table
    visible_to: Callable[[Actor], sa.ColumnElement[bool]]


@dataclass
class Draft:
    """What one wish is to store, while it is decided: `put` says it, `fault` that it must not be. `accounts` are the
    rows of those in which the actor stands.
    """

    tx: Transaction
    wish: Wish
    actor: Actor
    accounts: Mapping[int, Row]
    is_dry: bool
    now: Any = field(default_factory=clock.now)
    faults: list[Fault] = field(default_factory=list)
    ignored: list[Mapping[str, Any]] = field(default_factory=list)
    _made: list[_Made] = field(default_factory=list)
    _referring: list[tuple[str, Row, Row]] = field(default_factory=list)

    @property
    def wanted(self) -> Sequence[Wanted]:
        """The objects of the request."""
        return self.wish.wanted

    def fault(self, index: int, name: str, message: str) -> None:
        """Something is wrong with a member of an object: the wish will not be stored."""
        self.faults.append(Fault(index, name, message))

    def must(self, allowed: bool, message: str | None = None) -> None:
        """The caller may not do this to anything, if it is not allowed."""
        if not allowed:
            raise Forbidden(message)

    def given(self, each: Wanted, *names: str, never_blank: Collection[str] = ()) -> dict[str, Any]:
        """The members among these that an object was sent with. A blank clears one; those that are never blank are
        refused then.
        """
        values = {name: each.values[name] for name in names if name in each.values}
        for name in never_blank:
            if name in values and values[name] is None:
                self.fault(each.index, name, f"{label(name)} must be given.")
        return values

    def absent(self, index: int, name: str) -> None:
        """A member names what is not there, or out of the caller's sight: the two are told apart by nothing."""
        self.fault(index, name, f"{label(name)} could not be found.")

    def ignore(self, index: int, name: str) -> None:
        """A member has no effect, and its sender is told so."""
        self.ignored.append({"index": index, "field": name})

    def ids(self, table: sa.Table, count: int) -> list[int]:
        """New ids for a table. In a dry run, where nothing is stored, they are ids of nothing."""
        return [-at for at in range(1, count + 1)] if self.is_dry else self.tx.allocate(table, count)

    def stamps(self) -> dict[str, Any]:
        """When a new row was made and last changed."""
        return {"created_at": self.now, "updated_at": self.now}

    def put(self, what: Subject, before: Row | None, after: Row | None) -> None:
        """An object is to be stored (`before` None), changed or deleted (`after` None), and the change log to say so.
        Rows of one table that are put one after the other become one statement.
        """
        self._made.append(_Made(what.table, what.type, _kept(what.table, before), _kept(what.table, after)))

    def put_row(self, table: sa.Table, before: Row | None, after: Row | None) -> None:
        """The same of a row that is no object of its own: a link between two."""
        self._made.append(_Made(table, None, _kept(table, before), _kept(table, after)))

    def change(self, resource: Subject, row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give a row other values, and say when; without a difference nothing is put down. Answers the row as it is
        then, its columns alone.
        """
        was = {column.name: row[column.name] for column in resource.table.c}
        now = {**was, **{name: value for name, value in values.items() if name in was}}
        if now == was:
            return was
        if "updated_at" in was:
            now["updated_at"] = self.now
        self.put(resource, was, now)
        return now

    def refer(self, resource: Subject, row: Row, reference: Mapping[str, Any] | None) -> None:
        """A row is to have this reference to another system, if one was sent (decisions B11)."""
        if reference:
            self._referring.append((resource.type, row, reference))

    # What the caller sees -------------------------------------------------------------------------

    def seen(
        self,
        resource: Subject,
        ids: Collection[int],
        *where: sa.ColumnElement[bool],
        may: Expression | None = None,
        account_id: int | None = None,
    ) -> dict[int, Row]:
        """The rows with these ids that the caller sees, by id: all their columns, and whether the caller `may`, as
        `MAY`. Of one account, or else one at home before others: two accounts may hold the same id.
        """
        wanted = {id_ for id_ in ids if id_ is not None}
        if not wanted:
            return {}
        table = resource.table
        told = [may(self.actor).label(MAY)] if may is not None else []
        if account_id is not None:
            where = (*where, table.c.account_id == account_id)
        rows = self.tx.rows(
            sa.select(*table.c, *told).where(among(table.c.id, wanted), resource.visible_to(self.actor), *where)
        )
        found: dict[int, Row] = {}
        for row in rows:
            if row["id"] not in found or row["account_id"] == self.actor.account_id:
                found[row["id"]] = row
        return found

    def target(self, resource: Subject, may: Expression, *where: sa.ColumnElement[bool]) -> Row:
        """The object that the wish names by its id. Out of sight it is not found; seen, and not the caller's to
        change, it is forbidden.
        """
        (each,) = self.wanted
        row = self.seen(resource, [each.values["id"]], *where, may=may).get(each.values["id"])
        if row is None:
            raise NotFound
        if not row[MAY]:
            raise Forbidden
        return row

    # The end --------------------------------------------------------------------------------------

    def stored(self) -> None:
        """Store what was put down, in its order, and the lines of the change log."""
        logged = [
            change(each.subject_type, self.wish, each.before, each.after) for each in self._made if each.subject_type
        ]
        begin = 0
        for at in range(1, len(self._made) + 1):
            if at == len(self._made) or self._made[at].kind != self._made[begin].kind:
                _store(self.tx, self._made[begin:at])
                begin = at
        for subject_type in dict.fromkeys(each for each, _, _ in self._referring):
            pairs = [(row, reference) for each, row, reference in self._referring if each == subject_type]
            there = external_reference_verbs.of(self.tx, subject_type, [row for row, _ in pairs])
            for before, after in external_reference_verbs.put(self.tx, subject_type, pairs, there):
                logged.append(change(external_reference_verbs.SUBJECT, self.wish, before, after))
        changes.append(self.tx, logged)

    def detached(self, resource: Subject, rows: Sequence[Row]) -> None:
        """The references of objects that are deleted go with them."""
        references = external_reference_verbs.of(self.tx, resource.type, rows) if rows else {}
        for each in references.values():
            self._made.append(_Made(external_references, external_reference_verbs.SUBJECT, each, None))


def _kept(table: sa.Table, row: Row | None) -> Row | None:
    """What a table keeps of a row."""
    return None if row is None else {column.name: row[column.name] for column in table.c}


@dataclass(frozen=True)
class _Made:
    table: sa.Table
    subject_type: str | None
    before: Row | None
    after: Row | None

    @property
    def kind(self) -> tuple[str, bool, bool]:
        """Rows of one kind are stored together."""
        return self.table.name, self.before is None, self.after is None


def _store(tx: Transaction, made: Sequence[_Made]) -> None:
    table = made[0].table
    if made[0].before is None:
        tx.insert(table, [each.after for each in made if each.after is not None])
    elif made[0].after is None:
        keys = [column.name for column in table.primary_key.columns]
        tx.delete(table, [{name: each.before[name] for name in keys} for each in made if each.before is not None])
    else:
        # Of two changes of one row the later one holds both.
        last = {tuple(each.after[c.name] for c in table.primary_key.columns): each.after for each in made if each.after}
        tx.update(table, list(last.values()))


Planning = Callable[[Draft], Sequence[Row]]
"""Decides a wish: puts down what is to be stored, and answers the rows of the objects that the caller is shown, in the
order of the request. It may raise a refusal, and stores nothing itself.
"""


def action(planning: Planning) -> Action:
    """The verb that stores what a planning puts down, no request twice that has a key, and its dry run."""
    return Action(
        carry_out=partial(_once, planning=planning),
        check=partial(_carried_out, planning=planning, is_dry=True),
    )


def _once(tx: Transaction, wishes: Sequence[Wish], *, planning: Planning) -> list[Outcome]:
    return idempotency.once(tx, wishes, partial(_carried_out, planning=planning, is_dry=False))


def _carried_out(tx: Transaction, wishes: Sequence[Wish], *, planning: Planning, is_dry: bool) -> list[Outcome]:
    people, held = _held(tx, wishes, is_dry=is_dry)
    return [_outcome(tx, wish, people, held, planning, is_dry=is_dry) for wish in wishes]


def _held(tx: Transaction, wishes: Sequence[Wish], *, is_dry: bool) -> tuple[who.People, Mapping[int, Row]]:
    """Who asks, and the accounts in which they stand; nobody else writes there until the transaction ends."""
    account_ids = {account_id for wish in wishes for account_id in wish.actor.account_ids}
    while True:
        held = tx.rows(_LOOKED_AT, account_ids=account_ids) if is_dry else tx.held(_ALONE, account_ids=account_ids)
        people = who.people(tx, "id", [wish.actor.token_id for wish in wishes], held=not is_dry)
        standing = {account_id for actor in people.actors.values() for account_id in actor.account_ids}
        if standing <= account_ids:
            return people, {row["id"]: row for row in held}
        # Somebody came to stand in an account since they were looked up.
        account_ids |= standing


def _outcome(
    tx: Transaction, wish: Wish, people: who.People, held: Mapping[int, Row], planning: Planning, *, is_dry: bool
) -> Outcome:
    actor = writer_of(wish, people)
    if isinstance(actor, Refusal):
        return actor
    draft = Draft(tx, wish, actor, held, is_dry, faults=list(wish.faults))
    try:
        rows = planning(draft)
    except Refusal as refusal:
        return refusal
    # What was read badly is told together with what is wrong with the rest.
    draft.ignored += [{"index": each.index, "field": name} for each in wish.wanted for name in each.ignored]
    if wish.strict:
        draft.faults += [would_be_ignored(each["index"], each["field"]) for each in draft.ignored]
    if draft.faults:
        return Invalid(draft.faults)
    if not is_dry:
        draft.stored()
    return Accepted(rows, actor, draft.ignored)


def writer_of(wish: Wish, people: who.People) -> Actor | Refusal:
    """Who asks, if they may write, as the transaction that writes finds them."""
    actor = people.actors.get(wish.actor.token_id)
    if actor is None:
        return Unauthenticated()
    return actor if actor.can_write else Forbidden("This token may only read.")


def change(
    subject_type: str, wish: Wish, before: Row | None, after: Row | None, *, on_behalf_of_id: int | None = None
) -> changes.Change:
    """The line of the log for one write of one object."""
    # The log belongs to the account of the row. In an account where the actor does not stand, nothing can
    # be written: its people are checked by a foreign key.
    row = after or before or {}
    return changes.Change(
        account_id=row["account_id"],
        subject_type=subject_type,
        subject_id=row["id"],
        verb="update" if before and after else "create" if after else "delete",
        before=before,
        after=after,
        user_id=wish.actor.user_id,
        on_behalf_of_id=on_behalf_of_id,
        token_id=wish.actor.token_id,
        request_id=wish.operation_id,
    )
