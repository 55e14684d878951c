"""Index, show, create, update and delete, for every resource. An endpoint reads the request, hands an ordinary
function to a thread, and renders. Long because every way to write has its own shape of request and answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
    Refusal,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unreadable,
    UnsupportedMediaType,
)
from timewright.presenting import body, load, targets
from timewright.presenting.actions import Action, Question, Step
from timewright.presenting.ask import Ask, ask
from timewright.presenting.declare import Resource
from timewright.presenting.envelope import encode, envelope
from timewright.presenting.kinds import LARGEST, Wire
from timewright.presenting.parameters import DEFAULT_PER_PAGE
from timewright.presenting.previews import preview
from timewright.presenting.registry import Registry
from timewright.reader import Reader
from timewright.wishes import Accepted, Outcome, RequestKey, Wish
from timewright.writer import Writer

log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]

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
        return await self.quick.read(self._show, actor, resource, path_id(request), asked)

    async def me(self, request: Request, resource: Resource) -> Response:
        """`GET /users/me`"""
        actor, asked, _ = await self._asked(request, resource)
        assert resource.me is not None
        return await self.quick.read(self._show, actor, resource, resource.me(actor), asked)

    async def create(self, request: Request, resource: Resource) -> Response:
        """`POST /things`, one or many."""
        return await self._created(request, resource, "create")

    async def create_or_update(self, request: Request, resource: Resource) -> Response:
        """`POST /things/create_or_update`, one or many."""
        return await self._created(request, resource, "create_or_update")

    async def _created(self, request: Request, resource: Resource, name: str) -> Response:
        actor, action = await self._writing_actor(request), resource.actions[name]
        read = await self._parameters(request)
        key, within = _key(request, actor, read), _within(request)
        raw, is_batch = body.objects(resource, read)
        asked = _seen_after_writing(resource, read, self.wire, _is_strict(request))
        wanted, faults = body.wanted(resource.members_of("create"), body.within(raw, within), self.wire)
        faults += body.elsewhere(wanted, within)
        wish = _wish(request, actor, action, wanted, faults, is_batch=is_batch, key=key)
        accepted = await self._accepted(action, wish)
        response = await self._seen(resource, asked, accepted, created=is_batch)
        if accepted.is_replay:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    async def update(self, request: Request, resource: Resource) -> Response:
        """`PUT /things/5`, or PATCH: what is not sent stays."""
        actor, action = await self._writing_actor(request), resource.actions["update"]
        id_, read = path_id(request), await self._parameters(request)
        raw = body.single(resource, read)
        asked = _seen_after_writing(resource, read, self.wire, _is_strict(request))
        (each,), faults = body.wanted(resource.members_of("update"), [raw], self.wire)
        wanted = [body.Wanted(0, {**each.values, "id": id_}, each.ignored)]
        accepted = await self._accepted(action, _wish(request, actor, action, wanted, faults))
        return await self._seen(resource, asked, accepted)

    async def step(self, request: Request, resource: Resource, step: Step) -> Response:
        """`PUT /things/5/step`"""
        actor, id_ = await self._writing_actor(request), path_id(request)
        asked = _seen_after_writing(resource, await self._parameters(request), self.wire, _is_strict(request))
        wish = _wish(request, actor, step.action, [body.Wanted(0, {"id": id_}, ())], [])
        return await self._seen(resource, asked, await self._accepted(step.action, wish))

    async def delete(self, request: Request, resource: Resource) -> Response:
        """`DELETE /things/5`"""
        actor, action = await self._writing_actor(request), resource.actions["delete"]
        id_ = path_id(request)
        # A body has nothing to say here. It is read, so that the connection can go on.
        await _bytes(request, self.most_body_bytes)
        await self._accepted(action, _wish(request, actor, action, [body.Wanted(0, {"id": id_}, ())], []))
        return Response(status_code=204)

    async def bulk_delete(self, request: Request, resource: Resource) -> Response:
        """`DELETE /things?ids=5,6`: all of them or none."""
        actor, action = await self._writing_actor(request), resource.actions["delete"]
        wanted, faults = targets.named(resource, await self._parameters(request), self.wire)
        await self._accepted(action, _wish(request, actor, action, wanted, faults, is_batch=True))
        return Response(status_code=204)

    async def validate(self, request: Request, resource: Resource) -> Response:
        """`POST /things/validate`: what a create would make of each object. Nothing is written (decisions C3)."""
        actor, action = await self._writing_actor(request), resource.actions["create"]
        wishes = self._apart(request, resource, actor, action, await self._parameters(request))
        # Among the lists: a thousand objects would keep everyone's tokens waiting.
        outcomes, told = await self.lists.read(self._validated, resource, wishes)
        self._raise_whole(actor, outcomes)
        return _json({"outcomes": told, "meta": _meta_of(outcomes)})

    async def batch(self, request: Request, resource: Resource) -> Response:
        """`POST /things/batch`: each object is stored or refused on its own (decisions C4)."""
        actor, action = await self._writing_actor(request), resource.actions["create"]
        read = await self._parameters(request)
        outcomes = await self._carried_out(self._apart(request, resource, actor, action, read))
        self._raise_whole(actor, outcomes)
        told = [_told_of_batch(index, outcome) for index, outcome in enumerate(outcomes)]
        return _json({"outcomes": told, "meta": _meta_of(outcomes)})

    async def question(self, request: Request, resource: Resource, question: Question) -> Response:
        """`GET /things/5/question`"""
        actor, _, _ = await self._asked(request, resource)
        about = () if question.of_none else (path_id(request),)
        answer = await self.quick.read(question.answer, actor, *about)
        if answer is None:
            raise NotFound
        return _json({question.name: answer})

    async def _writing_actor(self, request: Request) -> Actor:
        actor = await self.doorkeeper.writing_actor(request)
        if not actor.can_write:
            raise Forbidden("This token may only read.")
        return actor

    def _apart(
        self, request: Request, resource: Resource, actor: Actor, action: Action, read: dict[str, Any]
    ) -> list[Wish]:
        """A wish for each object of a request, with a key of its own: it is made, found or refused by itself."""
        raw, _ = body.objects(resource, read, most=targets.MOST_APART)
        wanted, faults = body.wanted(resource.members_of("create"), raw, self.wire)
        of_each: dict[int, list[Fault]] = {}
        for fault in faults:
            of_each.setdefault(fault.index, []).append(fault)
        return [
            _wish(
                request,
                actor,
                action,
                [each],
                of_each.get(each.index, []),
                is_batch=True,
                key=_key(request, actor, raw[each.index], part=f"#{each.index}"),
            )
            for each in wanted
        ]

    async def _accepted(self, action: Action, wish: Wish) -> Accepted:
        """What was stored of a wish; raises its refusal."""
        if wish.faults:
            # It cannot be stored; what else is wrong with it is found without keeping the writer busy.
            outcomes: Sequence[Outcome] = await self.quick.read(action.check, [wish])
        else:
            outcomes = await self._carried_out([wish])
        self._raise_whole(wish.actor, outcomes)
        (outcome,) = outcomes
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def _raise_whole(self, actor: Actor, outcomes: Sequence[Outcome]) -> None:
        """Raise what is said of the request and not of one of its objects; a kept actor may be out of date then."""
        if any(isinstance(outcome, (Unauthenticated, Forbidden)) for outcome in outcomes):
            self.doorkeeper.forget(actor)
        for kind in (Unauthenticated, OutcomeUnknown, Unavailable):
            for outcome in outcomes:
                if isinstance(outcome, kind):
                    raise outcome

    async def _carried_out(self, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        """Carry out wishes; those whose key is under way already wait for it for a while."""
        if wishes[0].key is None:
            return await self.writer.carry_out_all(wishes)
        name = (wishes[0].actor.user_id, wishes[0].key.name)
        if name in self.in_flight:
            try:
                return await asyncio.wait_for(self.writer.carry_out_all(wishes), IN_FLIGHT_SECONDS)
            except TimeoutError:
                raise InFlight from None
        self.in_flight.add(name)
        try:
            return await self.writer.carry_out_all(wishes)
        finally:
            self.in_flight.discard(name)

    async def _seen(self, resource: Resource, asked: Ask, accepted: Accepted, *, created: bool = False) -> Response:
        meta: dict[str, Any] = _meta_of([accepted])
        if created:
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
        read = {**body.form(_query(request), is_query=True), **_within(request)}
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

    def _validated(
        self, tx: Transaction, resource: Resource, wishes: Sequence[Wish]
    ) -> tuple[Sequence[Outcome], list[dict[str, Any]]]:
        outcomes = resource.actions["create"].check(tx, wishes)
        good = {index: outcome for index, outcome in enumerate(outcomes) if isinstance(outcome, Accepted)}
        rows = {index: outcome.rows[0] for index, outcome in good.items()}
        # What is hinted at goes by the rights that were read just now, not by those of a kept actor.
        hints = resource.actions["create"].alike(tx, next(iter(good.values())).actor, rows) if good else {}
        told = [
            {
                "index": index,
                "status": "valid" if index in rows else "refused",
                resource.singular: preview(resource, rows[index], self.wire) if index in rows else None,
                "errors": [] if index in rows else outcome.errors(),
                "possible_duplicate": hints.get(index),
            }
            for index, outcome in enumerate(outcomes)
        ]
        return outcomes, told


def _told_of_batch(index: int, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Accepted):
        status = "duplicate" if outcome.is_replay else "created"
        return {"index": index, "status": status, "id": str(outcome.rows[0]["id"]), "errors": []}
    return {"index": index, "status": "refused", "id": None, "errors": outcome.errors()}


def _meta_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What was ignored, of all that is stored or would be."""
    ignored = [each for outcome in outcomes if isinstance(outcome, Accepted) for each in outcome.ignored]
    return {"ignored": ignored} if ignored else {}


def _key(request: Request, actor: Actor, asked: Mapping[str, Any], *, part: str = "") -> RequestKey | None:
    path = request.scope["path"] + part
    headers = request.headers.getlist("idempotency-key")
    return idempotency.request_key(headers, actor.user_id, actor.client, request.method, path, asked)


def _wish(
    request: Request,
    actor: Actor,
    action: Action,
    wanted: Sequence[body.Wanted],
    faults: Sequence[Fault],
    *,
    is_batch: bool = False,
    key: RequestKey | None = None,
) -> Wish:
    return Wish(
        verb=action.carry_out,
        actor=actor,
        wanted=wanted,
        operation_id=request.state.request_id,
        strict=_is_strict(request),
        is_batch=is_batch,
        faults=tuple(faults),
        key=key,
    )


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


def path_id(request: Request, name: str = "id") -> int:
    """The id that stands in the address; `NotFound` when it is none."""
    text = request.path_params[name]
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST):
        raise NotFound
    return int(text)


def _within(request: Request) -> Mapping[str, int]:
    """The members that the address gives to everything below it."""
    within: Mapping[str, int] = request.scope["state"].get("within", {})
    return within


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
