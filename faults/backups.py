"""F14: backups made while clients log time. Each is put back elsewhere and holds what was acknowledged before it
was begun, nothing that nobody sent, and nothing in part; and a server on it goes on with new ids.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults import comparing, ledger, serving
from timewright import backups, restores
from timewright.database import CannotOpen, file_url


@dataclass
class Report:
    """What a run found. All but `backups` and `compared` must be zero or empty."""

    backups: int = 0
    compared: int = 0
    refused: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    ids_named_again: int = 0
    silent_servers: int = 0

    def told(self) -> str:
        """The figures in a line."""
        faults = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items())) or "no fault"
        return (
            f"{self.compared} entries acknowledged before {self.backups} backups looked for: {faults}, "
            f"{len(self.refused)} backups refused, {self.ids_named_again} ids given out again, "
            f"{self.silent_servers} servers that did not answer"
        )

    @property
    def is_clean(self) -> bool:
        return not (self.refused or self.faults or self.ids_named_again or self.silent_servers)


@dataclass(frozen=True)
class _Made:
    """A backup, and what of the ledger stood when it was begun."""

    path: Path
    before: str


def run(folder: Path, count: int, *, seed: int = 1, build: str = "timewright.cli") -> Report:
    """Make so many backups under load, put each back, and compare."""
    chance, report = random.Random(seed), Report()
    place = serving.placed(folder)
    port, path = serving.free_port(), folder / "ledger"
    server, _ = serving.started(place.url, port, folder / "server.log", build)
    made: list[_Made] = []
    with _ended_after(server), serving.ledger(path, port, place):
        while not path.exists() or "kept" not in path.read_text():
            time.sleep(0.02)
        for number in range(count):
            time.sleep(chance.uniform(0.1, 0.4))
            backup = _Made(folder / f"{number}.backup", _whole_lines(path))
            told = _backed_up(backup.path, place.url, build)
            if told:
                report.refused.append(told)
            else:
                made.append(backup)
        time.sleep(0.3)
    for backup in made:
        _compare(backup, _whole_lines(path), place, report)
    return report


def _whole_lines(path: Path) -> str:
    text = path.read_text()
    return text[: text.rfind("\n") + 1]


def _backed_up(target: Path, url: str, build: str) -> str:
    """Make a backup as an operator would; what the command said when it failed."""
    program = [sys.executable, "-c", f"from {build} import main; main()"]
    command = [*program, "backup", "create", str(target), "--database", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stderr.strip() if done.returncode else ""


def _compare(backup: _Made, whole: str, place: serving.Place, report: Report) -> None:
    folder = backup.path.with_suffix(".restored")
    folder.mkdir()
    restored = folder / "timewright.db"
    try:
        restores.restore(backup.path, restored, replace=False)
    except (backups.Refused, CannotOpen) as reason:
        report.refused.append(str(reason))
        return
    # Whatever was sent may be there; what was acknowledged before must be.
    sent = [line for line in whole.splitlines() if line.startswith("sent ")]
    kept = [line for line in backup.before.splitlines() if line.startswith("kept ")]
    cut = folder / "ledger"
    cut.write_text("\n".join([*sent, *kept]) + "\n")
    found = comparing.Report()
    comparing.compared(file_url(restored), cut, found)
    report.backups += 1
    report.compared += found.acknowledged
    for name in ("lost", "doubled", "torn", "ghosts"):
        if getattr(found, name):
            report.faults[name] += getattr(found, name)
    if found.integrity != "ok":
        report.faults[found.integrity] += 1
    _serve(restored, whole, kept[-1].split()[-1], place, report)


def _serve(restored: Path, whole: str, known: str, place: serving.Place, report: Report) -> None:
    """A server on what was restored shows an entry that was acknowledged, and gives a new one a new id."""
    port = serving.free_port()
    server, _ = serving.started(file_url(restored), port, restored.with_suffix(".log"))
    with _ended_after(server):
        shown = serving.status(port, f"/api/v1/time_entries/{known}", place.token)
        entry = {"workspace_id": place.workspace_id, "date_performed": "2026-02-02", "time_in_minutes": 30}
        body = json.dumps({"time_entry": entry}).encode()
        status, _, told = asyncio.run(ledger.request(port, place.token, uuid.uuid4().hex, body))
    if (shown, status) != (200, 200):
        report.silent_servers += 1
        return
    acknowledged = {id_ for line in whole.splitlines() if line.startswith("kept ") for id_ in line.split()[2:]}
    report.ids_named_again += told["results"][0]["id"] in acknowledged


@contextmanager
def _ended_after(server: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        serving.ended(server)
