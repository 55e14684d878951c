"""The memory of requests that must not be carried out twice.

A request with an `Idempotency-Key` leaves a record in the transaction that stores its rows: who asked, the
key's hash, a fingerprint of what was asked, the ids that were made and what was ignored. The same request
again is answered from those rows, as they now are and as its caller may now see them; another request under
the same key is refused. After 30 days a record forgets what was made and ignored; that the key was used stays
known for good, so that an old key is refused and never books twice (`decisions/0002-statuses.md`, C2).
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from timewright import clock
from timewright.actor import Actor, people
from timewright.database import Row, Transaction, among_given
from timewright.errors import Forbidden, KeyReused, Unauthenticated, Unreadable
from timewright.statements import Statement
from timewright.tables import idempotency_records
from timewright.wishes import Accepted, Outcome, RequestKey, Verb, Wish

KEPT = timedelta(days=30)
"""How long a record knows what to answer."""

FORGOTTEN_AT_A_TIME = 1_000
"""How many records forget in one transaction, so that no request waits for them."""

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode
_KEY = re.compile(r'"([\x20\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e][\x20-\x7e]{0,254})', re.ASCII)


def request_key(
    headers: Sequence[str], user_id: int, client: str, method: str, path: str, asked: Mapping[str, Any]
) -> RequestKey | None:
    """The key of a user's request, from its `Idempotency-Key` headers; None when it has none.

    The key is 1 to 255 printable ASCII characters, bare or in double quotes.
    """
    if not headers:
        return None
    found = _KEY.fullmatch(headers[0].strip()) if len(headers) == 1 else None
    if found is None:
        raise Unreadable("The Idempotency-Key must be 1 to 255 printable ASCII characters.")
    key = found[1] or found[2]
    return RequestKey(_hash(f"{user_id}\0{client}\0{method}\0{path}\0{key}"), _hash(_canonical(asked)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(asked: Mapping[str, Any]) -> str:
    # Numbers that were written differently but are the same (60, 60.0) are told apart: a retry is the same bytes.
    return _encode(asked)


Name = tuple[int, int, str]
"""Whose key: home account, user, and the request key's name, in which the user is hashed too: a look-up by many
users and many keys would try each with each.
"""


def once(tx: Transaction, wishes: Sequence[Wish], carry_out: Verb) -> list[Outcome]:
    """Carry out wishes, but none twice that has a key.

    A wish whose key has a record is answered from it. Of equal keys in one set the first leads and the
    others take its outcome, refusals included. Whoever is answered from memory has passed the same questions
    about token and scope.
    """
    names = [_name(wish) for wish in wishes]
    records = _remembered(tx, {name for name in names if name})
    leaders: dict[Name, int] = {}
    fresh: list[int] = []
    for index, name in enumerate(names):
        if name is None or (name not in records and name not in leaders):
            fresh.append(index)
            if name:
                leaders[name] = index
    stored = carry_out(tx, [wishes[index] for index in fresh]) if fresh else []
    outcomes = dict(zip(fresh, stored, strict=True))
    _remember(tx, [(name, wishes[i], outcomes[i]) for name, i in leaders.items()])
    again = [index for index in range(len(wishes)) if index not in outcomes]
    actors = people(tx, "id", [wishes[index].actor.token_id for index in again]).actors if again else {}
    for index in again:
        wish, name = wishes[index], names[index]
        assert name is not None
        actor = actors.get(wish.actor.token_id)
        if actor is None:
            outcomes[index] = Unauthenticated()
        elif not actor.can_write:
            outcomes[index] = Forbidden("This token may only read.")
        elif name in records:
            outcomes[index] = _replayed(wish, actor, records[name])
        else:
            outcomes[index] = _followed(wish, actor, wishes[leaders[name]], outcomes[leaders[name]])
    return [outcomes[index] for index in range(len(wishes))]


def _name(wish: Wish) -> Name | None:
    return (wish.actor.account_id, wish.actor.user_id, wish.key.name) if wish.key else None


def _replayed(wish: Wish, actor: Actor, record: Row) -> Outcome:
    # What is about to be forgotten is not known any more, however long ago that was last looked for.
    if record["created_ids"] is None or record["created_at"] < clock.now() - KEPT:
        return KeyReused("This Idempotency-Key was used too long ago to know for what.")
    if wish.key is None or record["fingerprint"] != wish.key.fingerprint:
        return KeyReused()
    rows = [{"account_id": account_id, "id": id_} for account_id, id_ in json.loads(record["created_ids"])]
    return Accepted(rows, actor, json.loads(record["ignored"]), is_replay=True)


def _followed(wish: Wish, actor: Actor, leader: Wish, outcome: Outcome) -> Outcome:
    if wish.key is None or leader.key is None or wish.key.fingerprint != leader.key.fingerprint:
        return KeyReused()
    if not isinstance(outcome, Accepted):
        return outcome
    return msgspec.structs.replace(outcome, actor=actor, is_replay=True)


_RECORDS = Statement(
    sa.select(idempotency_records).where(
        among_given(idempotency_records.c.account_id, "account_ids"),
        among_given(idempotency_records.c.request_key, "keys"),
    )
)


def _remembered(tx: Transaction, names: Collection[Name]) -> dict[Name, Row]:
    if not names:
        return {}
    rows = tx.rows(
        _RECORDS,
        account_ids={name[0] for name in names},
        keys={name[2] for name in names},
    )
    return {(row["account_id"], row["user_id"], row["request_key"]): row for row in rows}


def _remember(tx: Transaction, led: Sequence[tuple[Name, Wish, Outcome]]) -> None:
    """Store the records of what was accepted, in the order of their keys: two servers that store the same
    keys then wait for one another.
    """
    now = clock.now()
    records = [
        {
            "account_id": name[0],
            "user_id": name[1],
            "request_key": name[2],
            "fingerprint": wish.key.fingerprint if wish.key else "",
            "operation_id": wish.operation_id,
            "created_ids": _encode([[row["account_id"], row["id"]] for row in outcome.rows]),
            "ignored": _encode(list(outcome.ignored)),
            "created_at": now,
        }
        for name, wish, outcome in sorted(led, key=lambda each: each[0])
        if isinstance(outcome, Accepted)
    ]
    tx.insert(idempotency_records, records)


def forget(tx: Transaction) -> int:
    """Have some of the records that are older than they are kept forget, the oldest first; answers how many."""
    record = idempotency_records.c
    old = sa.and_(record.created_ids.is_not(None), record.created_at < clock.now() - KEPT)
    oldest = sa.select(record.created_at).where(old).order_by(record.created_at)
    last = tx.one(oldest.offset(FORGOTTEN_AT_A_TIME - 1).limit(1))
    until = record.created_at <= last["created_at"] if last else sa.true()
    return tx.execute(sa.update(idempotency_records).where(old, until).values(created_ids=None, ignored=None))
