"""Wishes and outcomes, and how a set of wishes of one verb becomes one transaction. Names no resource.

A wish is one request to write. It is stored whole or not at all and never fails its neighbours; what it is told
is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from timewright import changes
from timewright.actor import Actor
from timewright.database import Database, Row, Transaction
from timewright.errors import OutcomeUnknown, Refusal, Unavailable

log = structlog.get_logger(__name__)

_MOST_REPEATS = 5


class RequestKey(msgspec.Struct, frozen=True):
    """What names a request that must not be carried out twice: `name` is the hash of its idempotency key
    for its user, client, method and path; `fingerprint` is the hash of what it asks.
    """

    name: str
    fingerprint: str


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One request to write: what is wanted, by whom, and how.

    `actor` is who was found before the wish was queued; the verb reads rights again in its transaction
    and its word is final. `strict` turns ignored members into faults. `operation_id` names the request
    in the rows it stores.
    """

    verb: Verb
    actor: Actor
    wanted: Sequence[Any]
    operation_id: str
    strict: bool = False
    is_batch: bool = False
    faults: tuple[Any, ...] = ()
    key: RequestKey | None = None


class Accepted(msgspec.Struct, frozen=True):
    """A wish that was stored: the rows in the order of the request, by whom, and the members that were ignored.

    `actor` is who asked as the verb found them in its transaction: what is shown goes by their rights.
    `is_replay` says that it was stored before, under the same idempotency key: the rows then hold their
    keys only, and some may be gone.
    """

    rows: Sequence[Row]
    actor: Actor
    ignored: Sequence[Mapping[str, Any]] = ()
    is_replay: bool = False


Outcome = Accepted | Refusal
Verb = Callable[[Transaction, Sequence[Wish]], Sequence[Outcome]]


def write_set(database: Database, wishes: Sequence[Wish]) -> Sequence[Outcome]:
    """Carry out wishes of one verb in one transaction, and answer after the commit.

    An outage before the commit stored nothing. What became of one during the commit the database is asked
    (`Database.settle`). Two transactions that met are carried out again. Any other surprise says nothing
    about its neighbours: the set is carried out again wish by wish, and what fails alone is undone alone.
    """
    verb: Verb = wishes[0].verb
    for _ in range(_MOST_REPEATS):
        outcomes: Sequence[Outcome] = []
        committing = False
        try:
            with database.write() as tx:
                outcomes = verb(tx, wishes)
                committing = True
            return outcomes
        except Exception as error:
            if committing:
                return _after_commit_failed(database, wishes, outcomes, error)
            if database.is_conflict(error):
                continue
            if database.is_outage(error):
                log.exception("write_failed", wishes=len(wishes))
                return [Unavailable() for _ in wishes]
            if isinstance(verb, _OneByOne):
                raise
            log.exception("set_failed", wishes=len(wishes))
            verb = _OneByOne(verb)
    return [Unavailable() for _ in wishes]


@dataclass(frozen=True)
class _OneByOne:
    """A verb carried out wish by wish, each under a savepoint: what fails is undone alone."""

    verb: Verb

    def __call__(self, tx: Transaction, wishes: Sequence[Wish]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for wish in wishes:
            try:
                with tx.savepoint():
                    outcomes += self.verb(tx, [wish])
            except Exception as error:
                if Database.is_conflict(error) or Database.is_outage(error):
                    raise
                log.exception("wish_failed", operation_id=wish.operation_id)
                outcomes.append(Refusal())
        return outcomes


def _after_commit_failed(
    database: Database, wishes: Sequence[Wish], outcomes: Sequence[Outcome], error: Exception
) -> list[Outcome]:
    """What to tell when the commit itself failed: only what is certain (reliability: a 503 never lies)."""
    log.error("commit_failed", wishes=len(wishes), error=str(error))
    accounts = {row["account_id"] for outcome in outcomes if isinstance(outcome, Accepted) for row in outcome.rows}
    operations = {wish.operation_id for wish in wishes}
    stored = database.settle(lambda tx: changes.stored_by(tx, accounts, operations))
    log.error("commit_settled", stored=None if stored is None else len(stored))
    told: list[Outcome] = []
    for wish, outcome in zip(wishes, outcomes, strict=True):
        if isinstance(outcome, Refusal) or (stored is not None and wish.operation_id in stored):
            told.append(outcome)
        elif stored is None or outcome.is_replay:
            # What a replay repeats may be there under the first one's operation: it must not hear "nothing".
            told.append(OutcomeUnknown())
        else:
            told.append(Unavailable())
    return told
