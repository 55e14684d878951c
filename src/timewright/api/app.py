"""The application: routes from the list of resources, refusals to JSON, a request id on every answer."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from timewright import clock, idempotency, migrations
from timewright.api.authorization import Doorkeeper
from timewright.api.endpoints import Endpoints
from timewright.database import Database, Transaction
from timewright.errors import NotFound, Refusal, UriTooLong
from timewright.presenting.declare import Registry, Resource
from timewright.presenting.kinds import Wire
from timewright.reader import Reader
from timewright.rules import currencies
from timewright.settings import Settings
from timewright.writer import Writer

BASE = "/api/v1"

TIDY_SECONDS = 3_600
"""How often old idempotency records are looked for."""

log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


def application(database: Database, registry: Registry, settings: Settings) -> Starlette:
    """The server's application on an open, migrated database. It closes what it opened, not the database."""
    quick = Reader(database, name="quick", seconds=settings.list_seconds)
    lists = Reader(database, name="lists", seconds=settings.list_seconds)
    writer = Writer(database, reserve_bytes=settings.disk_reserve_bytes)
    endpoints = Endpoints(
        resources=registry,
        wire=Wire(zone=ZoneInfo(settings.time_zone), us_dates=settings.accept_us_dates),
        doorkeeper=Doorkeeper(quick),
        quick=quick,
        lists=lists,
        writer=writer,
        most_body_bytes=settings.most_body_bytes,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        currencies.load()
        writer.start()
        tidying = asyncio.create_task(_tidy(database))
        yield
        tidying.cancel()
        writer.stop()
        quick.close()
        lists.close()

    app = Starlette(
        routes=[*_health(quick, writer), *(route for each in registry for route in _routes(endpoints, each))],
        exception_handlers={
            Refusal: _refused,
            HTTPException: _not_routed,
            ClientDisconnect: _gone,
        },
        lifespan=lifespan,
    )
    app.add_middleware(Edge, most_address_bytes=settings.most_address_bytes)
    app.router.redirect_slashes = False
    return app


async def _tidy(database: Database) -> None:
    """Forget old idempotency records, now and then, while the server runs."""
    while True:
        try:
            await asyncio.to_thread(_forget, database)
        except Exception:
            log.exception("tidying_failed")
        await asyncio.sleep(TIDY_SECONDS)


def _forget(database: Database) -> None:
    with database.write() as tx:
        idempotency.forget(tx)


def _routes(endpoints: Endpoints, resource: Resource) -> list[BaseRoute]:
    offered = {
        "index": (f"{BASE}/{resource.name}", "GET", endpoints.index),
        "create": (f"{BASE}/{resource.name}", "POST", endpoints.create),
        "show": (f"{BASE}/{resource.name}/{{id}}", "GET", endpoints.show),
    }
    by_path: dict[str, dict[str, Any]] = {}
    if resource.me is not None:
        by_path[f"{BASE}/{resource.name}/me"] = {"GET": endpoints.me}
    for name, (path, method, endpoint) in offered.items():
        if name in resource.endpoints:
            by_path.setdefault(path, {})[method] = endpoint
    return [Route(path, _by_method(resource, methods), methods=_METHODS) for path, methods in by_path.items()]


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def _by_method(resource: Resource, methods: dict[str, Any]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        offered = methods.get("GET" if request.method == "HEAD" else request.method)
        if offered is None:
            # A method that is not offered on a known path is not found (contract README, errors).
            raise NotFound
        response: Response = await offered(request, resource)
        return response

    return endpoint


def _health(quick: Reader, writer: Writer) -> list[BaseRoute]:
    async def healthz(_: Request) -> Response:
        """The process answers."""
        return Response(b'{"status":"ok"}', media_type="application/json")

    async def readyz(_: Request) -> Response:
        """The database answers, stands at this program's step, and can be written."""
        if not await quick.read(_stands_at_head):
            status = "migrations are missing"
        else:
            status = "ok" if writer.is_well else "nothing can be stored"
        ready = status == "ok"
        return Response(msgspec.json.encode({"status": status}), 200 if ready else 503, media_type="application/json")

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _stands_at_head(tx: Transaction) -> bool:
    return migrations.step(tx) == migrations.HEAD


# Refusals to answers ------------------------------------------------------------------------------


def refusal_response(refusal: Refusal) -> Response:
    """The wire's answer to a refusal."""
    return Response(
        msgspec.json.encode({"errors": refusal.errors()}),
        refusal.status,
        refusal.headers,
        media_type="application/json; charset=utf-8",
    )


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return refusal_response(error)


async def _not_routed(_: Request, __: Exception) -> Response:
    return refusal_response(NotFound())


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)


# The edge -----------------------------------------------------------------------------------------

_SUFFIX = re.compile(r"(\.json|/)$")


class Edge:
    """What is the same for every request: its id, its log line, the headers of its answer, and the ways of
    writing an address (`.json`, a trailing slash) brought to one.
    """

    def __init__(self, app: ASGIApp, most_address_bytes: int) -> None:
        self._app = app
        self._most_address_bytes = most_address_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer what never gets to a route."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started, status, has_begun = clock.monotonic(), 500, False

        async def answer(message: Message) -> None:
            nonlocal status, has_begun
            has_begun = True
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_headers(request_id)]
            await send(message)

        try:
            if len(scope["raw_path"] or b"") + len(scope["query_string"]) > self._most_address_bytes:
                await refusal_response(UriTooLong())(scope, receive, answer)
            elif "\n" in scope["path"]:
                # A route's pattern takes a line break for the end.
                await refusal_response(NotFound())(scope, receive, answer)
            else:
                if scope["path"].startswith(BASE):
                    scope["path"] = _SUFFIX.sub("", scope["path"])
                await self._app(scope, receive, answer)
        except Exception:
            # A bug. Whoever asked is told so in the wire's shape, with the id under which the log tells more.
            log.exception("bug", method=scope["method"], path=scope["path"])
            if not has_begun:
                await refusal_response(Refusal())(scope, receive, answer)
        finally:
            milliseconds = round((clock.monotonic() - started) * 1000, 2)
            # The query is not logged: it may hold what only its caller should see.
            log.info("request", method=scope["method"], path=scope["path"], status=status, milliseconds=milliseconds)
            structlog.contextvars.unbind_contextvars("request_id")


def _headers(request_id: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-request-id", request_id.encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
