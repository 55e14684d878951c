"""The examples of the reference: requests that are carried out on the sample account, and what was answered.

Nothing of them is written by hand but the requests of those who write. They are made anew with the pages, and a
page whose example is no longer true is not current. Ids are those of `timewright demo`. Instants follow the clock
and are shown as one.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message
from structlog.testing import capture_logs

from timewright import demo, migrations, tokens
from timewright.api.app import BASE, application
from timewright.database import Database, file_url
from timewright.demo import Sample
from timewright.presenting.body import JSON
from timewright.presenting.declare import Resource
from timewright.presenting.describe import asked
from timewright.presenting.openapi import Examples
from timewright.presenting.operations import IDEMPOTENCY_KEY, IDS, Operation, offered
from timewright.resources import REGISTRY
from timewright.settings import Settings

TODAY = date(2026, 3, 6)
"""The day on which the examples happen."""

_MOMENT = "2026-03-06T09:00:00Z"

_SHOWN = 1
"""How many objects the example of a list shows."""


def made() -> Examples:
    """Every example, from a database that is made for them and thrown away."""
    with tempfile.TemporaryDirectory(prefix="timewright-examples-") as folder:
        database = Database(file_url(Path(folder) / "timewright.db"))
        try:
            migrations.upgrade(database)
            # What a server logs of them belongs to no page.
            with capture_logs():
                return carried_out(database)
        finally:
            database.close()


def carried_out(database: Database) -> Examples:
    """Every example, carried out on an empty, migrated database: the sample account is put into it first."""
    demo.seed(database, today=TODAY)
    with database.read() as tx:
        sample = demo.sample(tx)
    held = {part: tokens.new_token() for part in sample.people}
    with database.write() as tx:
        for part, token in held.items():
            tokens.add(tx, token, user_id=sample.people[part], name=part)
    return asyncio.run(_carried_out(database, sample, held))


async def _carried_out(database: Database, sample: Sample, held: Mapping[str, str]) -> Examples:
    found: dict[str, dict[str, Any]] = {}
    async with _running(application(database, REGISTRY, Settings())) as app:
        for resource in REGISTRY:
            of_resource: dict[str, Any] = {}
            for operation in offered(resource):
                request = _request(resource, operation, sample, of_resource)
                answer = await _answer(app, resource, operation, request, held[request["as"]])
                of_resource[operation.name] = {"request": request, "answer": answer}
            if of_resource:
                found[resource.name] = of_resource
    return found


# What is asked ------------------------------------------------------------------------------------


def _request(resource: Resource, operation: Operation, sample: Sample, earlier: Mapping[str, Any]) -> dict[str, Any]:
    """Who asks, for which object, with which parameters, and what is sent."""
    writes = operation.shows not in {"page", "one", "answer"}
    request: dict[str, Any] = {"as": _WRITES.get(resource.name, "administrator") if writes else "administrator"}
    if operation.names_one:
        request["id"] = _first(earlier, "create" if writes and "create" in earlier else "index")
    query = _query(resource, operation, sample)
    if IDS in operation.query:
        query = {IDS.name: earlier["batch"]["answer"]["body"]["outcomes"][0]["id"]}
    if query:
        request["query"] = query
    if IDEMPOTENCY_KEY in operation.headers:
        request["headers"] = {IDEMPOTENCY_KEY.name: f"{resource.singular} {TODAY} 1"}
    if operation.body in {"create", "update"}:
        request["body"] = {resource.singular: _MEMBERS[resource.name, operation.body](sample)}
    return request


def _query(resource: Resource, operation: Operation, sample: Sample) -> dict[str, str]:
    if operation.shows != "page":
        return {}
    required = [each.name for each in resource.filters if each.required]
    query = {name: _ASKED[resource.name, name](sample) for name in required} | {"per_page": str(_SHOWN)}
    if resource.default_order:
        query["order"] = ":".join(resource.default_order)
    if resource.includes:
        query["include"] = resource.includes[-1].name
    return query


def _first(earlier: Mapping[str, Any], name: str) -> str:
    """The id of the first object of an example before this one."""
    id_: str = earlier[name]["answer"]["body"]["results"][0]["id"]
    return id_


_WRITES: Mapping[str, str] = {"time_entries": "consultant"}
"""Who makes and changes what, where it is not an administrator."""

_ASKED: Mapping[tuple[str, str], Callable[[Sample], str]] = {
    ("participations", "workspace_id"): lambda sample: str(sample.workspace_id),
    ("external_references", "subject_type"): lambda _: "TimeEntry",
    ("custom_field_values", "subject_type"): lambda _: "story",
}
"""By what a list is narrowed that asks for it, by resource and filter."""

_MEMBERS: Mapping[tuple[str, str], Callable[[Sample], dict[str, Any]]] = {
    ("time_entries", "create"): lambda sample: {
        "workspace_id": sample.workspace_id,
        "story_id": sample.story_id,
        "date_performed": str(TODAY),
        "time_in_minutes": 90,
        "notes": "Went through the first drafts.",
    },
    ("time_entries", "update"): lambda _: {"time_in_minutes": 105},
    ("roles", "create"): lambda _: {"name": "Illustrator"},
    ("roles", "update"): lambda _: {"name": "Senior illustrator"},
    ("account_locations", "create"): lambda _: {"name": "Warehouse"},
    ("account_locations", "update"): lambda _: {"name": "Old warehouse", "archived": True},
}
"""What is sent, by resource and kind of body."""


# How it is carried out ----------------------------------------------------------------------------


@asynccontextmanager
async def _running(app: ASGIApp) -> AsyncIterator[ASGIApp]:
    """The application between its start and its end, as a server runs it."""
    told: asyncio.Queue[Message] = asyncio.Queue()
    heard: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, told.get, heard.put))
    told.put_nowait({"type": "lifespan.startup"})
    await heard.get()
    try:
        yield app
    finally:
        told.put_nowait({"type": "lifespan.shutdown"})
        await life


async def _answer(
    app: ASGIApp, resource: Resource, operation: Operation, request: Mapping[str, Any], token: str
) -> dict[str, Any]:
    path, _, query = asked(BASE, resource, operation, request).partition("?")
    named = {"authorization": f"Bearer {token}", **request.get("headers", {})}
    content = b""
    if "body" in request:
        content = msgspec.json.encode(request["body"])
        named["content-type"] = JSON
    scope = {
        "type": "http",
        "method": operation.methods[0],
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
    }
    answered: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        answered.append(message)

    await app(scope, receive, send)
    whole = b"".join(message.get("body", b"") for message in answered)
    return {"status": answered[0]["status"], **({"body": _timeless(json.loads(whole))} if whole else {})}


def _timeless(shown: Any) -> Any:
    """What was answered, with every instant shown as the same one."""
    if isinstance(shown, list):
        return [_timeless(each) for each in shown]
    if not isinstance(shown, dict):
        return shown
    return {
        name: _MOMENT if name.endswith("_at") and isinstance(value, str) else _timeless(value)
        for name, value in shown.items()
    }
