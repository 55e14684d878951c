"""`timewright demo`: a server with sample data, for trying and for building against."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from timewright.cli.ground import tell

if TYPE_CHECKING:
    from timewright.database import Database
    from timewright.demo import Sample

DATABASE, TOKENS = "timewright.db", "tokens.json"


def demo(
    data: Annotated[Path, typer.Option(help="The folder that holds the sample data.")] = Path("timewright-demo"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 picks a free one.")] = 8000,
    seed: Annotated[int, typer.Option(help="Which sample data; the same number, the same ids.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it is as one line of JSON.")] = False,
) -> None:
    """Run a server with sample data: an agency, its clients, projects, people and some weeks of time.

    Started again on the same folder it keeps every row, and its tokens go on working.

    Example: timewright demo --port 0 --json
    """
    from timewright import settings
    from timewright.api.app import application
    from timewright.database import file_url
    from timewright.demo import is_seeded, sample
    from timewright.demo import seed as fill
    from timewright.resources import REGISTRY
    from timewright.server import open_database, run, write_logs

    data.mkdir(parents=True, exist_ok=True)
    url = file_url(data / DATABASE)
    chosen, _ = settings.load(host=host, port=port, database_url=url, log_format="json" if as_json else "text")
    write_logs(chosen.log_format)
    database = open_database(chosen, serving=True)
    try:
        with database.read() as tx:
            present = is_seeded(tx)
        if not present:
            fill(database, seed=seed)
        with database.read() as tx:
            made = sample(tx)
        tokens = _tokens(database, made, data / TOKENS)
        say = _say_json if as_json else _say
        run(application(database, REGISTRY, chosen), chosen, lambda address: say(address, made, tokens))
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


def _say_json(address: str, made: Sample, tokens: dict[str, str]) -> None:
    tell(
        {
            "base_url": f"{address}/api/v1",
            "web_url": address,
            "tokens": tokens,
            "account_id": made.account_id,
            "workspace_id": made.workspace_id,
            "story_id": made.story_id,
        }
    )


def _say(address: str, made: Sample, tokens: dict[str, str]) -> None:
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
        "\nStop it with Ctrl-C; started again it keeps every row.",
        sep="",
        flush=True,
    )
