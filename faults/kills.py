"""F1: the server is killed again and again under load. Nothing acknowledged is lost, nothing is doubled."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from timewright import demo, migrations, tokens
from timewright import tables as t
from timewright.database import Database, file_url

CLIENTS = 8
START_SECONDS = 20


@dataclass
class Report:
    """What a run found. `lost`, `doubled`, `torn` (a bulk stored in part) and `ghosts` (rows nobody sent) are
    what must be zero.
    """

    kills: int = 0
    acknowledged: int = 0
    outages: int = 0
    unexpected: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    torn: int = 0
    ghosts: int = 0
    integrity: str = ""
    slowest_restart: float = 0.0

    def told(self) -> str:
        """The figures in a line."""
        return (
            f"{self.acknowledged} acknowledged, {self.outages} requests met an outage, {self.lost} lost, "
            f"{self.doubled} doubled, {self.torn} torn, {self.ghosts} ghosts, integrity {self.integrity}, "
            f"slowest restart {self.slowest_restart:.2f} s"
        )

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.torn or self.ghosts or self.unexpected) and self.integrity == "ok"


def prepared(folder: Path) -> tuple[str, str, int]:
    """A database with sample data, and a consultant's token: address, token, project."""
    url = file_url(folder / "timewright.db")
    database = Database(url)
    migrations.upgrade(database)
    demo.seed(database)
    token = tokens.new_token()
    with database.write() as tx:
        made = demo.sample(tx)
        tokens.add(tx, token, user_id=made.people["consultant"], name="ledger")
    database.close()
    return url, token, made.workspace_id


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(
    url: str, port: int, log: Path, build: str = "timewright.cli", environment: Mapping[str, str] | None = None
) -> tuple[subprocess.Popen[bytes], float]:
    """A server in a process of its own, once it answers; and how many seconds that took.

    `environment` holds further variables: the settings.
    """
    begun = time.monotonic()
    program = [sys.executable, "-c", f"from {build} import main; main()"]
    with log.open("wb") as told:
        process = subprocess.Popen(
            [*program, "serve", "--port", str(port), "--database", url],
            stderr=told,
            env={**os.environ, **(environment or {})},
        )
    while b"answers on" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() - begun > START_SECONDS:
            process.kill()
            raise RuntimeError(f"the server did not start: {log.read_text()}")
        time.sleep(0.005)
    return process, time.monotonic() - begun


def run(folder: Path, kills: int, *, seed: int = 1, build: str = "timewright.cli") -> Report:
    """Kill a server so many times under load, and compare."""
    chance, report = random.Random(seed), Report(kills=kills)
    url, token, workspace_id = prepared(folder)
    port, path = free_port(), folder / "ledger"
    arguments = [str(path), str(port), token, str(workspace_id), str(CLIENTS)]
    log = folder / "server.log"
    server, _ = started(url, port, log, build)
    ledger = subprocess.Popen([sys.executable, "-m", "faults.ledger", *arguments])
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.15, 0.45))
            server.kill()
            server.wait()
            server, seconds = started(url, port, log, build)
            report.slowest_restart = max(report.slowest_restart, seconds)
        time.sleep(0.5)
        ledger.send_signal(signal.SIGKILL)
        ledger.wait()
    finally:
        ledger.kill()
        server.kill()
        server.wait()
    compared(url, path, report)
    return report


def compared(url: str, path: Path, report: Report) -> None:
    """Compare the ledger with the rows."""
    sent: dict[str, int] = {}
    kept: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        word, key, *rest = line.split()
        if word == "sent":
            sent[key] = int(rest[0])
        elif word == "kept":
            kept[key] = rest
        elif word == "outage":
            report.outages += 1
        elif rest[0] != "503":
            report.unexpected[" ".join(rest)] += 1
    database = Database(url)
    with database.read() as tx:
        entry = t.time_entries.c
        rows = tx.rows(sa.select(entry.id, entry.notes).where(entry.operation_id.not_like("demo%")))
        logged = tx.number(sa.select(sa.func.count()).select_from(t.changes).where(t.changes.c.request_id.is_not(None)))
        report.integrity = str(tx.connection.exec_driver_sql("PRAGMA integrity_check").scalar())
    database.close()
    stored: dict[str, list[str]] = {}
    for row in rows:
        if row["notes"] is not None and len(row["notes"]) == 32:
            stored.setdefault(row["notes"], []).append(str(row["id"]))
    report.acknowledged = sum(len(ids) for ids in kept.values())
    report.lost = sum(1 for key, ids in kept.items() for id_ in ids if id_ not in stored.get(key, ()))
    report.doubled = sum(len(ids) - sent.get(key, 0) for key, ids in stored.items() if len(ids) > sent.get(key, 0) > 0)
    report.torn = sum(1 for key, ids in stored.items() if len(ids) < sent.get(key, 0))
    report.ghosts = sum(len(ids) for key, ids in stored.items() if key not in sent)
    if logged < sum(len(ids) for ids in stored.values()):
        report.integrity = "the change log has gaps"
