"""F7: hostile requests, seeded, over loopback against a server process. Every answer is documented and on schema,
nobody is shown what is not theirs, and afterwards the rows are exactly those that were acknowledged.

The world is the cast's (`tests/cast.py`): two accounts in which every id is the same, with a canary in whatever a
part may not see. Request N of a seed is always the same: `python -m faults.hostile SEED N` shows it.

Long because all that is compared afterwards stands here.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from faults import serving
from faults.hostile_client import digest
from faults.hostile_requests import Grammar, Ground
from faults.hostile_values import NOTED
from tests import cast
from tests.builders import Builder
from timewright import actor as who
from timewright import migrations
from timewright import tables as t
from timewright.database import Database, Row, Transaction, file_url

MOST_GROWN_BYTES = 50 * 1024 * 1024
"""How much the server may grow between the first tenth of the requests and the last."""

BROKEN = {
    "answers with a bug": "faults.broken_lets_a_bug_out",
    "shows what is hidden": "faults.broken_shows_the_hidden",
    "keeps memory, forgets whom it told": "faults.broken_keeps_and_forgets",
}
"""Builds that must be caught, by what is wrong with them."""


@dataclass
class Report:
    """What a run found. All of `wrong`, `rows` and `logged` must be empty.

    `wrong` are answers that should not be, by what is wrong with them; `rows` are rows that should not be or are
    not, likewise; `logged` is what the log should not hold. `cut_short` counts reads that a deadline ended.
    `examples` are requests that were answered wrongly, and what was logged.
    """

    requests: int
    seconds: float = 0.0
    stored: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    logged: Counter[str] = field(default_factory=Counter)
    cut_short: int = 0
    integrity: str = ""
    grown_bytes: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> str:
        """The figures in a line."""
        statuses = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"{statuses}; {self.stored} entries stored; {self.wrong.total()} wrong answers, {self.rows.total()} wrong "
            f"rows, {self.logged.total()} wrong log lines, integrity {self.integrity}, "
            f"grown by {self.grown_bytes / 1024 / 1024:.1f} MB, {self.requests / (self.seconds or 1):.0f} requests/s"
        )

    @property
    def is_clean(self) -> bool:
        return (
            not (self.wrong or self.rows or self.logged)
            and self.statuses.total() == self.requests
            and self.integrity == "ok"
            and self.grown_bytes < MOST_GROWN_BYTES
        )


def run(folder: Path, requests: int, *, seed: int = 1, build: str = "timewright.cli") -> Report:
    """Send so many hostile requests to a server of its own, and compare."""
    report = Report(requests)
    url, ground = prepared(folder)
    before = _ids(url)
    port, log, ids = serving.free_port(), folder / "server.log", folder / "ids"
    server, _ = serving.started(url, port, log, build)
    arguments = [str(port), str(seed), str(requests), json.dumps(asdict(ground)), str(ids)]
    program = [sys.executable, "-m", "faults.hostile_client", *arguments]
    stored: list[dict[str, Any]] = []
    deleting: set[str] = set()
    warm_bytes = 0
    try:
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as client:
            for line in client.stdout or ():
                told = json.loads(line)
                word = told.pop("word")
                if word == "stored":
                    stored.append(told)
                elif word == "deleted":
                    deleting.add(told["request_id"])
                elif word == "warm":
                    warm_bytes = resident_bytes(server.pid)
                elif word == "wrong":
                    report.wrong[told["why"]] += 1
                    report.examples.append(told)
                else:
                    report.statuses.update(told["statuses"])
                    report.seconds = told["seconds"]
                    report.wrong["told no more"] += told["wrong"] - report.wrong.total()
                    report.grown_bytes = resident_bytes(server.pid) - warm_bytes
    finally:
        server.terminate()
        server.wait()
    report.wrong += Counter()
    compared(url, before, stored, deleting, report)
    read(log, ids, ground, report)
    return report


def prepared_world(folder: Path) -> tuple[str, cast.World]:
    """A database with the cast's world."""
    url = file_url(folder / "timewright.db")
    database = Database(url)
    migrations.upgrade(database)
    world = cast.build(database)
    database.close()
    return url, world


def prepared(folder: Path) -> tuple[str, Ground]:
    """A database with the cast's world, and who may ask in it."""
    url, world = prepared_world(folder)
    database = Database(url)
    past = datetime(2026, 1, 1, tzinfo=UTC)
    with database.write() as tx:
        make, kim = Builder(tx), world.users["kim"]
        reader = make.token(kim, scopes=("read",))
        expired, revoked = make.token(kim, expires_at=past), make.token(kim)
        last = sa.select(sa.func.max(t.tokens.c.id)).scalar_subquery()
        tx.execute(sa.update(t.tokens).where(t.tokens.c.id == last).values(revoked_at=past))
    database.close()
    return url, Ground(
        tokens={part: world.tokens[part] for part in ("kim", "lee", "ada", "cleo", "vera", "nora", "otto")}
        | {"reader": reader},
        stale={"expired": expired, "revoked": revoked, "disabled": world.tokens["dan"]},
        users={name: user["id"] for name, user in world.users.items()},
    )


def resident_bytes(pid: int) -> int:
    """How much memory a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


_TABLES = (t.time_entries, t.external_references, t.changes)


def _ids(url: str) -> dict[str, int]:
    database = Database(url)
    with database.read() as tx:
        found = {table.name: tx.number(sa.select(sa.func.max(table.c.id))) for table in _TABLES[:2]}
        found["changes"] = _kept(tx)
    database.close()
    return found


# The rows ----------------------------------------------------------------------------------------


def compared(
    url: str, before: dict[str, int], stored: list[dict[str, Any]], deleting: set[str], report: Report
) -> None:
    """Compare what was acknowledged with what is there. `deleting` are the requests that were told 204."""
    database = Database(url)
    with database.read() as tx:
        entry, reference = t.time_entries.c, t.external_references.c
        entries = tx.rows(sa.select(t.time_entries).where(entry.id > before["time_entries"]))
        references = tx.rows(sa.select(t.external_references).where(reference.id > before["external_references"]))
        report.stored = len(entries)
        by_id = {str(row["id"]): row for row in entries}
        gone = _deleted(tx, before["time_entries"], deleting, report)
        for each in stored:
            each["entries"] = {id_: told for id_, told in each["entries"].items() if id_ not in gone}
        _acknowledged(by_id, stored, report)
        _allowed(tx, entries, report)
        _remembered(tx, entries, report)
        _in_the_log(tx, entries, references, before["changes"], gone, report)
        driver = tx.connection.exec_driver_sql
        report.integrity = str(driver("PRAGMA integrity_check").scalar())
        if driver("PRAGMA foreign_key_check").first() is not None:
            report.integrity = "a key leads nowhere"
    database.close()


def _deleted(tx: Transaction, last: int, deleting: set[str], report: Report) -> set[str]:
    """The ids of entries of this run that a hostile DELETE met. Each has a line in the log, of a request that was
    told 204; each such request has one.
    """
    change = t.changes.c
    lines = tx.rows(sa.select(t.changes).where(change.verb == "delete", change.subject_type == "TimeEntry"))
    asked = {row["request_id"] for row in lines}
    report.rows["deleted and nobody was told"] += len(asked - deleting)
    report.rows["told that it is deleted"] += len(deleting - asked)
    report.rows += Counter()
    return {str(row["subject_id"]) for row in lines if row["subject_id"] > last}


def _acknowledged(by_id: dict[str, Row], stored: list[dict[str, Any]], report: Report) -> None:
    """Each acknowledged entry is there as it was told; none is there that was not acknowledged."""
    first = {id_ for each in stored if not each["is_replay"] for id_ in each["entries"]}
    for each in stored:
        for id_, told in each["entries"].items():
            row = by_id.get(id_)
            if row is None or id_ not in first:
                report.rows["lost"] += 1
            elif told != [
                str(row["workspace_id"]),
                str(row["user_id"]),
                row["story_id"] and str(row["story_id"]),
                row["date_performed"].isoformat(),
                row["time_in_minutes"],
                row["billable"],
                digest(row["notes"]),
            ]:
                report.rows["otherwise than told"] += 1
            elif not each["is_replay"] and row["operation_id"] != each["request_id"]:
                report.rows["of another request"] += 1
    report.rows["not acknowledged"] += len(by_id.keys() - first)
    report.rows += Counter()


def _allowed(tx: Transaction, entries: list[Row], report: Report) -> None:
    """Each entry is one that its maker could make."""
    workspaces = {(row["account_id"], row["id"]): row for row in tx.rows(sa.select(t.workspaces))}
    parts = {
        (row["account_id"], row["workspace_id"], row["user_id"]): row for row in tx.rows(sa.select(t.participations))
    }
    stories = {(row["account_id"], row["id"]): row for row in tx.rows(sa.select(t.stories))}
    gone_roles = {(r["account_id"], r["id"]) for r in tx.rows(sa.select(t.roles)) if r["deleted_at"] is not None}
    locked = {row["id"]: row["lock_date"] for row in tx.rows(sa.select(t.accounts))}
    administrators = {
        (row["account_id"], row["user_id"])
        for row in tx.rows(sa.select(t.account_memberships))
        if row["permission"] == "administrator" and row["may_proxy"]
    }
    for row in entries:
        account_id, maker, notes = row["account_id"], row["created_by_id"], row["notes"] or ""
        workspace = workspaces[account_id, row["workspace_id"]]
        story = stories.get((account_id, row["story_id"] or 0))
        mine = parts.get((account_id, row["workspace_id"], maker))
        theirs = parts.get((account_id, row["workspace_id"], row["user_id"]))
        rules = {
            "in a closed project": workspace["archived"] or not workspace["time_trackable"],
            "of one who may not log": not who.may_log_in(theirs),
            "for another without the right": maker != row["user_id"]
            and not (who.sets_money(mine) or (account_id, maker) in administrators),
            "on a closed task": bool(
                story and (story["archived"] or story["deleted_at"] is not None or not story["time_trackable"])
            ),
            "in a role that is gone": (account_id, row["role_id"]) in gone_roles,
            "in a locked time": row["date_performed"] < locked[account_id],
            "with notes that cannot be kept": "\0" in notes or len(notes.encode()) > t.MOST_NOTES_BYTES,
            "without notes": workspace["require_notes_on_time_entries"] and not notes.strip(),
            "that is closed already": row["approved"] or row["invoice_id"] is not None,
            "minutes out of range": not 1 <= row["time_in_minutes"] <= t.MOST_MINUTES,
        }
        report.rows.update(name for name, broken in rules.items() if broken)


def _remembered(tx: Transaction, entries: list[Row], report: Report) -> None:
    """Each key's record names the entries that carry it, and each entry with a key has its record."""
    carrying: dict[tuple[int, str], set[tuple[int, int, str]]] = {}
    for row in entries:
        if row["request_key"] is not None:
            name = row["created_by_id"], row["request_key"]
            carrying.setdefault(name, set()).add((row["account_id"], row["id"], row["operation_id"]))
    for record in tx.rows(sa.select(t.idempotency_records)):
        meant = {(account_id, id_, record["operation_id"]) for account_id, id_ in json.loads(record["created_ids"])}
        if carrying.pop((record["user_id"], record["request_key"]), set()) != meant:
            report.rows["a key that names other entries"] += 1
    report.rows["a key without a record"] += len(carrying)
    report.rows += Counter()


def _in_the_log(
    tx: Transaction, entries: list[Row], references: list[Row], before: int, gone: set[str], report: Report
) -> None:
    """One line of the change log for each row, and no other but those of entries that are gone."""
    change = t.changes.c
    logged = Counter(
        (row["account_id"], row["subject_type"], row["subject_id"], row["request_id"])
        for row in tx.rows(sa.select(t.changes).where(change.request_id.is_not(None), change.verb == "create"))
    )
    operations = {(row["account_id"], row["id"]): row["operation_id"] for row in entries}
    wanted = Counter((row["account_id"], "TimeEntry", row["id"], row["operation_id"]) for row in entries)
    wanted.update(
        (row["account_id"], "ExternalReference", row["id"], operations.get((row["account_id"], row["subject_id"])))
        for row in references
    )
    of_gone = Counter({line: n for line, n in logged.items() if line[1] == "TimeEntry" and str(line[2]) in gone})
    logged -= of_gone
    report.rows["not in the change log as they are"] += ((logged - wanted) + (wanted - logged)).total()
    report.rows["changes too many"] += abs(_kept(tx) - before - wanted.total() - of_gone.total())
    report.rows += Counter()


def _kept(tx: Transaction) -> int:
    """How many lines the change log has of what was not deleted: a hostile DELETE may meet an entry of the ground."""
    return tx.number(sa.select(sa.func.count()).select_from(t.changes).where(t.changes.c.verb != "delete"))


# The log -----------------------------------------------------------------------------------------


_CUT_SHORT = {"read_failed": "interrupted", "side_loads_failed": "errors.Unavailable"}
"""What the log says of a read that a deadline ended, by event: on a busy machine that is no fault."""


def read(log: Path, ids: Path, ground: Ground, report: Report) -> None:
    """Read the server's log: a JSON object a line, one for each request, no bug, no secret."""
    asked = ids.read_bytes()
    missing = {asked[at : at + 16] for at in range(0, len(asked), 16)}
    secrets = [*ground.tokens.values(), *ground.stale.values(), NOTED, cast.CANARY]
    for line in log.read_text(encoding="utf-8").splitlines():
        if any(secret in line for secret in secrets):
            report.logged["a secret"] += 1
        try:
            told = json.loads(line)
        except ValueError:
            if not line.startswith("Timewright answers on "):
                report.logged[f"no JSON: {line[:80]}"] += 1
            continue
        if told["level"] in {"error", "critical"}:
            if _CUT_SHORT.get(told["event"], "no event") in told.get("exception", ""):
                report.cut_short += 1
            else:
                report.logged[told["event"]] += 1
                report.examples.append(told)
        elif "request_id" in told:
            missing.discard(bytes.fromhex(told["request_id"]))
    report.logged["a request that is not there"] += len(missing)
    report.logged += Counter()


if __name__ == "__main__":
    seed, number = map(int, sys.argv[1:3])
    nobody = dict.fromkeys(("kim", "lee", "ada", "cleo", "vera", "nora", "otto", "reader"), "tw_" + "0" * 38)
    print(Grammar(Ground(tokens=nobody, stale={"x": "tw_"}, users={"kim": 3}), seed).request(number))
