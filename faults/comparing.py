"""What a server was told and what it told, against what it kept: the ledger's lines and the database's rows."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from faults.ledger import minutes
from timewright import tables as t
from timewright.database import Database

_DOCUMENTED = (["503", "unavailable"], ["503", "outcome_unknown"], ["409", "idempotency"])
"""What a server in trouble may answer, always with a Retry-After."""


@dataclass
class Report:
    """What a run found.

    What must be zero: `lost` (acknowledged and not there), `doubled`, `torn` (a bulk stored in part),
    `altered` (stored with other minutes than were sent), `ghosts` (rows nobody sent, and rows of a request
    that was told "nothing was stored" and never sent again), `unexpected` answers, and `broken` promises
    beside the rows, each in a sentence.
    """

    rounds: int = 0
    acknowledged: int = 0
    not_stored: int = 0
    outages: int = 0
    unexpected: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    torn: int = 0
    altered: int = 0
    ghosts: int = 0
    integrity: str = ""
    broken: list[str] = field(default_factory=list)
    slowest_restart: float = 0.0
    beside: str = ""

    def told(self) -> str:
        """The figures in a line."""
        surprises = [*(f"{count} x {answer}" for answer, count in self.unexpected.items()), *self.broken]
        return (
            f"{self.acknowledged} acknowledged, {self.not_stored} told nothing was stored, {self.outages} requests "
            f"met an outage, {self.lost} lost, {self.doubled} doubled, {self.torn} torn, {self.altered} altered, "
            f"{self.ghosts} ghosts, integrity {self.integrity}"
            + (f", slowest restart {self.slowest_restart:.2f} s" if self.slowest_restart else "")
            + (f", {self.beside}" if self.beside else "")
            + "".join(f"; {each}" for each in surprises)
        )

    def add(self, other: "Report") -> None:
        """Take in what another run found."""
        for name in ("acknowledged", "not_stored", "outages", "lost", "doubled", "torn", "altered", "ghosts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unexpected += other.unexpected
        self.broken += other.broken
        self.integrity = other.integrity if self.integrity in {"", "ok"} else self.integrity
        self.slowest_restart = max(self.slowest_restart, other.slowest_restart)

    @property
    def is_clean(self) -> bool:
        bad = self.lost or self.doubled or self.torn or self.altered or self.ghosts or self.unexpected or self.broken
        return not bad and self.integrity == "ok"


def compared(url: str, path: Path, report: Report) -> None:
    """Compare the ledger with the rows. A database that cannot be read is a finding."""
    sent, kept, unstored = _written(path, report)
    try:
        stored, logged = _stored(url, report)
    except sa.exc.DatabaseError as error:
        report.integrity = f"unreadable: {error.orig}"
        return
    report.acknowledged = sum(len(ids) for ids in kept.values())
    report.not_stored = len(unstored)
    report.lost = sum(1 for key, ids in kept.items() for id_ in ids if id_ not in stored.get(key, ()))
    report.doubled = sum(max(0, len(ids) - sent[key]) for key, ids in stored.items() if key in sent)
    report.torn = sum(1 for key, ids in stored.items() if len(ids) < sent.get(key, 0))
    report.altered = sum(1 for key, ids in stored.items() if any(found != minutes(key) for found in ids.values()))
    report.ghosts = sum(len(ids) for key, ids in stored.items() if key not in sent or key in unstored)
    if logged < sum(len(ids) for ids in stored.values()):
        report.integrity = "the change log has gaps"


def _written(path: Path, report: Report) -> tuple[dict[str, int], dict[str, list[str]], set[str]]:
    """The ledger's lines: how many rows were sent under each key, the ids that were acknowledged, and the
    keys that were told "nothing was stored" at the last.
    """
    sent: dict[str, int] = {}
    kept: dict[str, list[str]] = {}
    unstored: set[str] = set()
    report.outages, report.unexpected = 0, Counter()
    for line in path.read_text().splitlines():
        word, key, *rest = line.split()
        if word == "sent":
            sent[key] = int(rest[0])
        elif word == "kept":
            kept[key] = rest
        elif word == "unstored":
            unstored.add(key)
        elif word == "outage":
            report.outages += 1
        elif rest not in _DOCUMENTED:
            report.unexpected[" ".join(rest)] += 1
    return sent, kept, unstored


def _stored(url: str, report: Report) -> tuple[dict[str, dict[str, int]], int]:
    """The rows that a ledger's client can have made: key to id to minutes; and how many changes were logged."""
    database = Database(url)
    try:
        with database.read() as tx:
            entry = t.time_entries.c
            columns = sa.select(entry.id, entry.notes, entry.time_in_minutes)
            rows = tx.rows(columns.where(entry.operation_id.not_like("demo%")))
            change = t.changes.c
            logged = tx.number(sa.select(sa.func.count()).where(change.request_id.is_not(None)))
            told = tx.connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    finally:
        database.close()
    report.integrity = "; ".join(str(each) for each in told[:3])
    stored: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["notes"] is not None and len(row["notes"]) == 32:
            stored.setdefault(row["notes"], {})[str(row["id"])] = row["time_in_minutes"]
    return stored, logged
