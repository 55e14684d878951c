"""Index, show and create, for every resource. An endpoint reads the request, hands an ordinary function to a
thread, and renders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from timewright import idempotency
from timewright.actor import Actor
from timewright.api.authorization import Doorkeeper
from timewright.database import Row, Transaction
from timewright.errors import (
    Fault,
    Forbidden,
    InFlight,
    Invalid,
    NotFound,
    OutcomeUnknown,
    TooLarge,
    Unauthenticated,
    Unreadable,
    UnsupportedMediaType,
)
from timewright.presenting import body, load
from timewright.presenting.ask import DEFAULT_PER_PAGE, Ask, ask
from timewright.presenting.declare import Resource
from timewright.presenting.envelope import encode, envelope
from timewright.presenting.kinds import LARGEST, Wire
from timewright.presenting.registry import Registry
from timewright.reader import Reader
from timewright.wishes import Accepted, Wish
from timewright.writer import Writer

log = structlog.get_logger(__name__)

SIDE_LOAD_SECONDS = 2.0
"""How long the side-loads of a write may take before it is answered without them (decisions D10)."""

IN_FLIGHT_SECONDS = 5.0
"""How long a request waits for another with the same idempotency key (decisions A, 409)."""

_LARGE = 64 * 1024

_NOT_SHOWN = "This was stored before and cannot be shown now. Please send it again with the same Idempotency-Key."


@dataclass(frozen=True)
class Endpoints:
    """What the endpoints stand on."""

    resources: Registry
    wire: Wire
    doorkeeper: Doorkeeper
    quick: Reader
    lists: Reader
    writer: Writer
    most_body_bytes: int
    in_flight: set[tuple[int, str]] = field(default_factory=set)

    async def index(self, request: Request, resource: Resource) -> Response:
        """`GET /things`"""
        actor, asked, _ = await self._asked(request, resource)
        sent = [each for each, _ in asked.filters]
        missing = [each.name for each in resource.filters if each.required and each not in sent]
        if any(each.name in missing and each.missing_is_unreadable for each in resource.filters):
            raise Unreadable(f"The filter {missing[0]} must be given.")
        if missing:
            raise Invalid(Fault(0, name, f"{name} must be given.") for name in missing)
        return await self.lists.read(self._index, actor, resource, asked)

    async def show(self, request: Request, resource: Resource) -> Response:
        """`GET /things/5`"""
        actor, asked, _ = await self._asked(request, resource)
        return await self.quick.read(self._show, actor, resource, _path_id(request), asked)

    async def me(self, request: Request, resource: Resource) -> Response:
        """`GET /users/me`"""
        actor, asked, _ = await self._asked(request, resource)
        assert resource.me is not None
        return await self.quick.read(self._show, actor, resource, resource.me(actor), asked)

    async def create(self, request: Request, resource: Resource) -> Response:
        """`POST /things`, one or many."""
        assert resource.create is not None
        assert resource.check is not None
        actor = await self.doorkeeper.writing_actor(request)
        if not actor.can_write:
            raise Forbidden("This token may only read.")
        read = await self._parameters(request)
        strict = _is_strict(request)
        key = idempotency.request_key(
            request.headers.getlist("idempotency-key"),
            actor.user_id,
            actor.client,
            request.method,
            request.scope["path"],
            read,
        )
        raw, is_batch = body.objects(resource, read)
        asked = _seen_after_writing(resource, read, self.wire, strict)
        wanted, faults = body.wanted(resource.params, raw, self.wire)
        wish = Wish(
            verb=resource.create,
            actor=actor,
            wanted=wanted,
            operation_id=request.state.request_id,
            strict=strict,
            is_batch=is_batch,
            faults=tuple(faults),
            key=key,
        )
        try:
            if faults:
                # It cannot be stored; what else is wrong with it is found without keeping the writer busy.
                (refusal,) = await self.quick.read(resource.check, [wish])
                raise refusal
            accepted = await self._carried_out(wish)
        except (Unauthenticated, Forbidden):
            self.doorkeeper.forget(actor)
            raise
        return await self._created(resource, asked, accepted, is_batch)

    async def _carried_out(self, wish: Wish) -> Accepted:
        """Carry out a wish; one whose key is under way already waits for it for a while."""
        if wish.key is None:
            return await self.writer.carry_out(wish)
        name = (wish.actor.user_id, wish.key.name)
        if name in self.in_flight:
            try:
                return await asyncio.wait_for(self.writer.carry_out(wish), IN_FLIGHT_SECONDS)
            except TimeoutError:
                raise InFlight from None
        self.in_flight.add(name)
        try:
            return await self.writer.carry_out(wish)
        finally:
            self.in_flight.discard(name)

    async def _created(self, resource: Resource, asked: Ask, accepted: Accepted, is_batch: bool) -> Response:
        response = await self._seen(resource, asked, accepted, is_batch)
        if accepted.is_replay:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    async def _seen(self, resource: Resource, asked: Ask, accepted: Accepted, is_batch: bool) -> Response:
        meta: dict[str, Any] = {}
        if accepted.ignored:
            meta["ignored"] = list(accepted.ignored)
        if is_batch:
            meta["created_ids"] = [str(row["id"]) for row in accepted.rows]
        # The rows are stored: from here on nothing turns success into an error (decisions D10).
        try:
            if not asked.includes and load.is_known(resource, accepted.rows, asked):
                return _json(envelope(load.known(resource, accepted.rows, asked), self.wire, meta))
            # What is shown goes by the rights of the writing transaction, not by those the wish was queued with.
            arguments = accepted.actor, resource, accepted.rows, asked, meta
            return await self.quick.read(self._written, *arguments, seconds=SIDE_LOAD_SECONDS)
        except Exception:
            log.exception("side_loads_failed")
            if accepted.is_replay:
                # Of a replay only the keys are known: there is nothing to show before the rows are read.
                raise OutcomeUnknown(_NOT_SHOWN) from None
            return _json(envelope(load.known(resource, accepted.rows, asked, incomplete=True), self.wire, meta))

    async def _asked(self, request: Request, resource: Resource) -> tuple[Actor, Ask, Mapping[str, Any]]:
        actor = await self.doorkeeper.actor(request)
        if not actor.can_read:
            raise Forbidden("This token may not read.")
        read = body.form(_query(request), is_query=True)
        asked = ask(resource, read, self.wire)
        if _is_strict(request) and asked.unknown:
            raise Unreadable("The request asks for something that this endpoint does not know.")
        return actor, asked, read

    async def _parameters(self, request: Request) -> dict[str, Any]:
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise UnsupportedMediaType("Compressed request bodies are not read.")
        content = await _bytes(request, self.most_body_bytes)
        arguments = _query(request), request.headers.get("content-type", ""), content
        if len(content) > _LARGE:
            return await asyncio.to_thread(body.parameters, *arguments)
        return body.parameters(*arguments)

    def _index(self, tx: Transaction, actor: Actor, resource: Resource, asked: Ask) -> Response:
        return _json(envelope(load.index(tx, actor, self.resources, resource, asked), self.wire))

    def _show(self, tx: Transaction, actor: Actor, resource: Resource, id_: int, asked: Ask) -> Response:
        page = load.show(tx, actor, self.resources, resource, id_, asked)
        if page is None:
            raise NotFound
        return _json(envelope(page, self.wire))

    def _written(
        self, tx: Transaction, actor: Actor, resource: Resource, rows: list[Row], asked: Ask, meta: Mapping[str, Any]
    ) -> Response:
        return _json(envelope(load.written(tx, actor, self.resources, resource, rows, asked), self.wire, meta))


def _json(answer: Mapping[str, Any]) -> Response:
    return Response(encode(answer), media_type="application/json; charset=utf-8")


_SEEN = ("include", "optional_fields", "order")


def _seen_after_writing(resource: Resource, read: Mapping[str, Any], wire: Wire, strict: bool) -> Ask:
    """What a write shows: filters and paging do not cut it."""
    named = {name: read[name] for name in _SEEN if name in read}
    if not named:
        return _seen_unasked(resource)
    asked = ask(resource, named, wire)
    if strict and asked.unknown:
        raise Unreadable("The request asks for something that this endpoint does not know.")
    return _uncut(asked)


@cache
def _seen_unasked(resource: Resource) -> Ask:
    return _uncut(ask(resource, {}, Wire()))


def _uncut(asked: Ask) -> Ask:
    return replace(asked, filters=(), page=1, per_page=DEFAULT_PER_PAGE)


def _path_id(request: Request) -> int:
    text = request.path_params["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST):
        raise NotFound
    return int(text)


def _is_strict(request: Request) -> bool:
    """Whether the caller prefers to be refused rather than ignored (RFC 7240, decisions C1)."""
    sent = request.headers.getlist("prefer")
    if not sent:
        return False
    preferences = ",".join(sent).lower().replace(" ", "").replace('"', "")
    return "handling=strict" in {each.partition(";")[0] for each in preferences.split(",")}


def _query(request: Request) -> str:
    try:
        return str(request.scope["query_string"].decode("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable("The request is not valid UTF-8.") from None


async def _bytes(request: Request, most: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > most:
        raise TooLarge
    message = await request.receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        # Nearly every body comes in one piece, and is not copied.
        content: bytes = message.get("body", b"")
        if len(content) > most:
            raise TooLarge
        return content
    whole = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        whole += message.get("body", b"")
        if len(whole) > most:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(whole)
        message = await request.receive()
