"""The application: routes from the list of resources, refusals to JSON, a request id on every answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from zoneinfo import ZoneInfo

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from timewright import clock, migrations
from timewright.api.authorization import Doorkeeper
from timewright.api.below import Below
from timewright.api.compression import asks_for_gzip, compressing
from timewright.api.described import Described
from timewright.api.endpoints import Endpoint, Endpoints
from timewright.api.upkeep import kept_up
from timewright.database import Database, Transaction
from timewright.errors import NotFound, OutcomeUnknown, Refusal, Unavailable, UriTooLong
from timewright.presenting.declare import Resource
from timewright.presenting.kinds import Wire
from timewright.presenting.registry import Registry
from timewright.reader import Reader
from timewright.rules import currencies
from timewright.settings import Settings
from timewright.writer import Writer

BASE = "/api/v1"

QUICK_SECONDS = 5.0
"""How long a token, a single object or a check may take: everyone's tokens wait behind it."""

log = structlog.get_logger(__name__)


def application(database: Database, registry: Registry, settings: Settings) -> Edge:
    """The server's application on an open, migrated database. It closes what it opened, not the database.

    Starlette's router and requests without its application: that wraps each request three times over to
    turn exceptions into answers, which the edge does once.
    """
    quick = Reader(database, name="quick", seconds=QUICK_SECONDS)
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
    async def lifespan(_: object) -> AsyncIterator[None]:
        currencies.load()
        writer.start()
        async with kept_up(database):
            yield
        writer.stop()
        quick.close()
        lists.close()

    router = Router(
        routes=[
            *(route for each in registry for route in _routes(endpoints, each)),
            *_health(quick, writer),
            *_description(Described(registry, BASE)),
        ],
        redirect_slashes=False,
        default=_nothing_here,
        lifespan=lifespan,
    )
    return Edge(router, most_address_bytes=settings.most_address_bytes)


async def _nothing_here(*_: object) -> None:
    raise NotFound


def _routes(endpoints: Endpoints, resource: Resource) -> list[BaseRoute]:
    all_, one = f"{BASE}/{resource.name}", f"{BASE}/{resource.name}/{{id}}"
    # A path that has a name stands before the one that takes any name for an id.
    offered = (
        ("index", all_, "GET", endpoints.index),
        ("create", all_, "POST", endpoints.create),
        ("bulk_delete", all_, "DELETE", endpoints.bulk_delete),
        ("create_or_update", f"{all_}/create_or_update", "POST", endpoints.create_or_update),
        ("validate", f"{all_}/validate", "POST", endpoints.validate),
        ("batch", f"{all_}/batch", "POST", endpoints.batch),
        ("show", one, "GET", endpoints.show),
        ("update", one, "PUT", endpoints.update),
        ("update", one, "PATCH", endpoints.update),
        ("delete", one, "DELETE", endpoints.delete),
    )
    by_path: dict[str, dict[str, Endpoint]] = {}
    for each in resource.questions:
        path = f"{all_}/{each.name}" if each.of_none else f"{one}/{each.name}"
        by_path[path] = {"GET": partial(endpoints.question, resource=resource, question=each)}
    if resource.me is not None:
        by_path[f"{all_}/me"] = {"GET": partial(endpoints.me, resource=resource)}
    for name, path, method, endpoint in offered:
        if name in resource.endpoints:
            by_path.setdefault(path, {})[method] = partial(endpoint, resource=resource)
    for step in resource.steps:
        by_path[f"{one}/{step.name}"] = {"PUT": partial(endpoints.step, resource=resource, step=step)}
    if resource.under is not None:
        by_path |= _below(Below(endpoints, endpoints.resources[resource.under], resource), by_path)
    return [Route(path, _Offered(methods)) for path, methods in by_path.items()]


def _below(nested: Below, by_path: Mapping[str, Mapping[str, Endpoint]]) -> dict[str, dict[str, Endpoint]]:
    """The same addresses below another resource. Only what lists or makes is offered for all of them at once."""
    plain = f"{BASE}/{nested.resource.name}"
    path = f"{BASE}/{nested.outer.name}/{{outer_id}}/{nested.resource.name}"
    all_of_them, one_of_them = by_path.get(plain, {}), by_path.get(f"{plain}/{{id}}", {})
    return {
        path: {name: nested.all_of_them(each) for name, each in all_of_them.items() if name in {"GET", "POST"}},
        f"{path}/{{id}}": {name: nested.one_of_them(each) for name, each in one_of_them.items()},
    }


class _Offered:
    """What is offered at one path, by method."""

    def __init__(self, methods: Mapping[str, Endpoint]) -> None:
        self.methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        endpoint = self.methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            # A method that is not offered on a known path is not found (contract README, errors).
            raise NotFound
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


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

    return [Route("/healthz", _Offered({"GET": healthz})), Route("/readyz", _Offered({"GET": readyz}))]


def _description(described: Described) -> list[BaseRoute]:
    page = _Offered({"GET": described.page})
    return [
        Route("/openapi.json", _Offered({"GET": described.openapi})),
        Route("/docs", page),
        Route("/docs/{file}", page),
    ]


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


# The edge -----------------------------------------------------------------------------------------

_SUFFIXES = (".json", "/")

CLIENT_GONE = 499
"""What the log says of a request whose client went away before it was whole."""


class Edge:
    """What is the same for every request: its id, its log line, the headers of its answer, refusals as
    answers, and the ways of writing an address (`.json`, a trailing slash) brought to one.
    """

    def __init__(self, router: Router, most_address_bytes: int) -> None:
        self.routes = router.routes
        self._router = router
        self._by_path: dict[str, ASGIApp] = {
            route.path: route.app for route in router.routes if isinstance(route, Route) and not route.param_convertors
        }
        self._most_address_bytes = most_address_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer what never gets to a route."""
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        request_id = new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        # Each request runs in a context of its own: nothing has to be unbound.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started, status = clock.monotonic(), 0
        is_read, in_gzip = scope["method"] in {"GET", "HEAD"}, asks_for_gzip(scope["headers"])

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", ())
                headers = [*given, (b"x-request-id", request_id.encode()), _NOSNIFF]
                if not any(name == b"cache-control" for name, _ in given):
                    headers.append(_NO_STORE)
                if is_read and not any(name == b"vary" for name, _ in given):
                    headers.append(_VARY)
                message["headers"] = headers
            await send(message)

        try:
            await (compressing(self._routed) if in_gzip else self._routed)(scope, receive, answer)
        except Refusal as refusal:
            await refusal_response(refusal)(scope, receive, answer)
        except ClientDisconnect:
            status = CLIENT_GONE
        except asyncio.CancelledError:
            # The server stops and waits no longer. What was queued to be written is written all the same.
            if not status:
                told = Unavailable() if is_read else OutcomeUnknown()
                await refusal_response(told)(scope, receive, answer)
        except Exception:
            # A bug. Whoever asked is told so in the wire's shape, with the id under which the log tells more.
            log.exception("bug", method=scope["method"], path=scope["path"])
            if not status:
                await refusal_response(Refusal())(scope, receive, answer)
        finally:
            milliseconds = round((clock.monotonic() - started) * 1000, 2)
            # The query is not logged: it may hold what only its caller should see.
            log.info("request", method=scope["method"], path=scope["path"], status=status, milliseconds=milliseconds)

    async def _routed(self, scope: Scope, receive: Receive, answer: Send) -> None:
        path: str = scope["path"]
        if len(scope["raw_path"] or b"") + len(scope["query_string"]) > self._most_address_bytes:
            raise UriTooLong
        if "\n" in path:
            # A route's pattern takes a line break for the end.
            raise NotFound
        if path.startswith(BASE) and path.endswith(_SUFFIXES):
            scope["path"] = path.removesuffix("/") if path.endswith("/") else path.removesuffix(".json")
        # The router looks through its list; most requests ask for a path that has one name only.
        await self._by_path.get(scope["path"], self._router)(scope, receive, answer)


_chance = random.Random()  # noqa: S311 - a name, no secret: whoever knows one may do nothing more


def new_request_id() -> str:
    """A name for a request: 48 bits of time, then 80 of chance. Names in order of time lie side by side in an
    index; by chance alone each would cost it a page.
    """
    return f"{int(clock.now().timestamp() * 1000):012x}{_chance.getrandbits(80):020x}"


_VARY = (b"vary", b"Accept-Encoding")
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_NO_STORE = (b"cache-control", b"no-store")
"""What an answer says that does not say itself how long it may be kept."""
