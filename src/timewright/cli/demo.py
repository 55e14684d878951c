"""`timewright demo`: a server with sample data, for trying and for building against."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from timewright.cli.ground import tell

if TYPE_CHECKING:
    from timewright.database import Database
    from timewright.demo import Sample

DATABASE, TOKENS, SEEDED = "timewright.db", "tokens.json", "seeded.db"

SANDBOX_NOW = "2026-11-19T09:00:00"
"""What time it is in a sandbox when nobody says, in UTC."""

IN_MEMORY, ROOM_IN_MEMORY_BYTES = Path("/dev/shm"), 256 * 1024 * 1024  # noqa: S108 - a folder of its own within
"""Where a sandbox lies when there is room: it keeps nothing, and waits for no disk."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def demo(
    data: Annotated[
        Path | None, typer.Option(help="The folder that holds the sample data.", show_default="timewright-demo")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 picks a free one.")] = 8000,
    seed: Annotated[int, typer.Option(help="Which sample data; the same number, the same ids.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it is as one line of JSON.")] = False,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="For tests: time, faults and a reset at /sandbox. Keeps nothing.")
    ] = False,
    now: Annotated[
        datetime | None,
        typer.Option(help="In a sandbox: what time it is, in UTC.", show_default=SANDBOX_NOW),
    ] = None,
    until_input_ends: Annotated[
        bool, typer.Option("--until-input-ends", help="Stop when standard input ends, with whoever started it.")
    ] = False,
) -> None:
    """Run a server with sample data: an agency, its clients, projects, people and some weeks of time.

    Started again on the same folder it keeps every row, and its tokens go on working. As a sandbox it keeps nothing,
    and its time, its faults and its state are steered at /sandbox.

    Example: timewright demo --port 0 --json
    """
    if sandbox and data is not None:
        raise typer.BadParameter("A sandbox keeps nothing: it has no folder.", param_hint="--data")
    if sandbox and host not in LOOPBACK:
        raise typer.BadParameter("A sandbox listens on this machine alone.", param_hint="--host")
    if now is not None and not sandbox:
        raise typer.BadParameter("The time can be set in a sandbox only.", param_hint="--now")
    if sandbox:
        # Whoever stops it before it serves: its folder goes too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if until_input_ends:
        threading.Thread(target=_stop_with_input, name="input", daemon=True).start()
    with _folder(data, sandbox) as folder:
        _serve(folder, host, port, seed, as_json=as_json, sandbox_from=_start(now) if sandbox else None)


def _stop_with_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    # A signal that comes while the server takes its place is lost; a second one means no more than the first.
    while True:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)


def _start(now: datetime | None) -> datetime:
    return (now or datetime.fromisoformat(SANDBOX_NOW)).replace(tzinfo=UTC)


@contextmanager
def _folder(data: Path | None, sandbox: bool) -> Iterator[Path]:
    if sandbox:
        has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM_IN_MEMORY_BYTES
        with tempfile.TemporaryDirectory(prefix="timewright-sandbox-", dir=IN_MEMORY if has_room else None) as name:
            yield Path(name)
        return
    folder = data or Path("timewright-demo")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


def _serve(folder: Path, host: str, port: int, seed: int, *, as_json: bool, sandbox_from: datetime | None) -> None:
    from timewright import settings
    from timewright.api.app import application
    from timewright.database import file_url
    from timewright.demo import is_seeded, sample
    from timewright.demo import seed as fill
    from timewright.resources import REGISTRY
    from timewright.server import open_database, run, write_logs

    url = file_url(folder / DATABASE)
    chosen, _ = settings.load(host=host, port=port, database_url=url, log_format="json" if as_json else "text")
    write_logs(chosen.log_format)
    if sandbox_from is not None:
        from timewright.sandbox.held_clock import HeldClock

        held = HeldClock(sandbox_from)
    database = open_database(chosen, serving=True)
    try:
        with database.read() as tx:
            present = is_seeded(tx)
        if not present:
            fill(database, seed=seed)
        with database.read() as tx:
            made = sample(tx)
        tokens = _tokens(database, made, folder / TOKENS)
        app = application(database, REGISTRY, chosen)
        say = partial(_say_json if as_json else _say, made=made, tokens=tokens, sandbox=sandbox_from is not None)
        if sandbox_from is None:
            run(app, chosen, say)
            return
        from timewright.sandbox.app import Sandbox
        from timewright.sandbox.connection import Breakable

        database.copy_to(folder / SEEDED, lambda *_: None)
        run(Sandbox(app, database, folder / SEEDED, held, tokens), chosen, say, Breakable)
    finally:
        database.close()


def _tokens(database: Database, made: Sample, path: Path) -> dict[str, str]:
    """A token for each part of the sample account, the same at every start while it works.

    The file is written before the tokens are stored, so that a kill in between leaves no token that
    nobody knows.
    """
    from timewright import tokens
    from timewright.actor import people

    known: dict[str, str] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    with database.read() as tx:
        stored = {part for part, token in known.items() if tokens.is_stored(tx, token)}
        working = set(people(tx, "token_hash", [tokens.hashed(token) for token in known.values()]).actors)
    current = {}
    for part in made.people:
        spent = part in stored and tokens.hashed(known[part]) not in working
        current[part] = known[part] if part in known and not spent else tokens.new_token()
    if current != known:
        _write_privately(path, msgspec.json.encode(current))
    with database.write() as tx:
        for part, token in current.items():
            if not tokens.is_stored(tx, token):
                tokens.add(tx, token, user_id=made.people[part], name=f"demo {part}")
    return current


def _write_privately(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _say_json(address: str, *, made: Sample, tokens: dict[str, str], sandbox: bool) -> None:
    tell(
        {
            "base_url": f"{address}/api/v1",
            "web_url": address,
            "tokens": tokens,
            "account_id": made.account_id,
            "workspace_id": made.workspace_id,
            "story_id": made.story_id,
            **({"sandbox_url": f"{address}/sandbox"} if sandbox else {}),
        }
    )


def _say(address: str, *, made: Sample, tokens: dict[str, str], sandbox: bool) -> None:
    from timewright import clock

    print(
        f"""
Timewright answers on {address}/api/v1

Log time as Kim, a consultant:

curl {address}/api/v1/time_entries \\
  -H 'Authorization: Bearer {tokens["consultant"]}' -H 'Content-Type: application/json' \\
  -d '{{"time_entry": {{"workspace_id": {made.workspace_id}, "story_id": {made.story_id}, \
"date_performed": "{clock.today()}", "time_in_minutes": 90}}}}'

Tokens of the other parts:
""",
        *[f"  {part:14} {token}\n" for part, token in tokens.items()],
        f"\nIts sandbox is steered at {address}/sandbox. Stopped, it keeps nothing."
        if sandbox
        else "\nStop it with Ctrl-C; started again it keeps every row.",
        sep="",
        flush=True,
    )
