"""What is answered, as JSON Schema: the envelope of each resource, the headers, and every refusal."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from timewright.errors import BASE, Fault, Invalid, Refusal
from timewright.presenting import schemas
from timewright.presenting.body import JSON
from timewright.presenting.declare import Resource
from timewright.presenting.kinds import Id
from timewright.presenting.operations import IDEMPOTENCY_KEY, Operation, below, offered
from timewright.presenting.registry import Registry
from timewright.presenting.schemas import Schema, reference

# Answers ------------------------------------------------------------------------------------------


_NAMES = {"page": "Page", "one": "Page", "written": "Written", "verdicts": "Verdicts", "outcomes": "Outcomes"}


def answer_name(resource: Resource, operation: Operation) -> str:
    """The name of the schema of what an operation shows."""
    return resource.type + _NAMES.get(operation.shows or "", operation.name.title())


def named_schemas(registry: Registry) -> dict[str, Schema]:
    """Every schema that has a name."""
    named = _envelope_parts()
    for resource in registry:
        named |= schemas.of_resource(resource)
        for include in resource.includes:
            if include.glimpse:
                target = registry[include.target]
                named[f"{target.type}Glimpse"] = schemas.glimpse(target, include.glimpse)
        shows = {answer_name(resource, each): each for each in offered(resource) if each.shows}
        for name, each in shows.items():
            if each.shows == "answer":
                named[name] = _to_question(each)
            else:
                named[name] = _envelope(registry, resource, each) if each.shows_objects else _of_each(resource, each)
    return named


def _envelope(registry: Registry, resource: Resource, operation: Operation) -> Schema:
    sections: dict[str, list[Schema]] = {resource.name: [reference(resource.type)]}
    for include in resource.includes:
        if include.absent:
            sections.setdefault(include.target, [])
            continue
        for name, key in include.targets.values() or [(include.target, include.target)]:
            target = registry[name]
            section = sections.setdefault(key, [reference(target.type)])
            seen = reference(f"{target.type}Glimpse")
            if include.glimpse and seen not in section:
                section.append(seen)
    return {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "minimum": 0},
            "results": {"type": "array", "items": _result(resource)},
            **{name: _keyed(objects) for name, objects in sections.items()},
            "meta": reference("MetaOfWriting" if operation.shows == "written" else "Meta"),
        },
        "required": ["count", "results", resource.name, "meta"],
    }


def _to_question(operation: Operation) -> Schema:
    answer = {"type": "object", "description": operation.sentence}
    return {"type": "object", "properties": {operation.name: answer}, "required": [operation.name]}


def _of_each(resource: Resource, operation: Operation) -> Schema:
    """What became of each object of a request, or what would become of it."""
    number: Schema = {"type": "integer"}
    nothing: Schema = {"type": "null"}
    more: Schema
    if operation.shows == "verdicts":
        words = ["valid", "refused"]
        more = {resource.singular: {"type": ["object", "null"]}, "possible_duplicate": {"type": ["object", "null"]}}
    else:
        words = ["created", "duplicate", "refused"]
        more = {"id": {"anyOf": [schemas.shown(Id()), nothing]}}
    outcome = {
        "index": {**number, "description": "Which object of the request, from 0."},
        "status": {"type": "string", "enum": words},
        **more,
        "errors": {"type": "array", "items": reference("Error")},
    }
    outcomes = {"type": "object", "properties": outcome, "required": list(outcome)}
    return {
        "type": "object",
        "properties": {"outcomes": {"type": "array", "items": outcomes}, "meta": reference("MetaOfOutcomes")},
        "required": ["outcomes", "meta"],
    }


def _keyed(objects: list[Schema]) -> Schema:
    if not objects:
        return {"type": "object", "maxProperties": 0}
    shown = objects[0] if len(objects) == 1 else {"anyOf": objects}
    return {"type": "object", "additionalProperties": shown}


def _result(resource: Resource) -> Schema:
    return {
        "type": "object",
        "properties": {"key": {"const": resource.name}, "id": schemas.shown(Id())},
        "required": ["key", "id"],
    }


def _envelope_parts() -> dict[str, Schema]:
    number: Schema = {"type": "integer"}
    meta = {
        "count": number,
        "page_count": number,
        "page_number": {**number, "description": "As it was sent; 0 when there is nothing."},
        "page_size": number,
    }
    incomplete = {"type": "boolean", "description": "What was asked for beside the objects is not there."}
    ignored = {
        "type": "object",
        "properties": {"index": number, "field": {"type": "string"}},
        "required": ["index", "field"],
    }
    of_writing = {
        "ignored": {"type": "array", "items": ignored, "description": "The members that had no effect."},
        "created_ids": {
            "type": "array",
            "items": schemas.shown(Id()),
            "description": "What was stored, in the order of the request.",
        },
        "incomplete": incomplete,
    }
    error = {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "message": {"type": "string"},
            "field": {"type": "string", "description": "The member that is wrong, or `base`."},
            "index": {**number, "description": "Which object of the request, from 0."},
        },
        "required": ["type", "message"],
    }
    return {
        "Meta": {"type": "object", "properties": meta, "required": list(meta)},
        "MetaOfWriting": {"type": "object", "properties": {**meta, **of_writing}, "required": list(meta)},
        "MetaOfOutcomes": {"type": "object", "properties": {"ignored": of_writing["ignored"]}},
        "Error": error,
    }


# Refusals -----------------------------------------------------------------------------------------

HEADERS = {
    "X-Request-Id": {"description": "The name of this request in the log.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "Which kind of token is asked for.", "schema": {"type": "string"}},
    "Retry-After": {"description": "When to try again, in seconds.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {"description": "It was stored before.", "schema": {"type": "string", "enum": ["true"]}},
}


def headers(operation: Operation) -> dict[str, Any]:
    """The headers of an operation's success."""
    names = ["X-Request-Id"]
    if IDEMPOTENCY_KEY in operation.headers:
        names.append("Idempotency-Replayed")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def refusal_name(status: int, refusals: Iterable[type[Refusal]]) -> str:
    """The name of the answer in which an operation's refusals with this status are told."""
    return "Or".join(each.__name__ for each in refusals if each.status == status)


def refusals(registry: Registry) -> dict[str, Any]:
    """Every answer in which a request is refused, by its name."""
    return {
        refusal_name(status, operation.refusals): _refused(
            [each for each in operation.refusals if each.status == status]
        )
        for resource in registry
        for operation in (*offered(resource), *below(resource))
        for status in sorted({each.status for each in operation.refusals})
    }


def _refused(refusals: Sequence[type[Refusal]]) -> dict[str, Any]:
    types = list(dict.fromkeys(each.wire_type for each in refusals))
    errors = {
        "type": "array",
        "minItems": 1,
        "items": {"allOf": [reference("Error"), {"properties": {"type": {"enum": types}}}]},
    }
    examples = {each.__name__: {"value": {"errors": _example(each).errors()}} for each in refusals}
    named = ["X-Request-Id", *dict.fromkeys(name for each in refusals for name in _example(each).headers)]
    return {
        "description": " ".join(_sentences(each) for each in refusals),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in named if name != "Connection"},
        "content": {
            JSON: {
                "schema": {"type": "object", "properties": {"errors": errors}, "required": ["errors"]},
                "examples": examples,
            }
        },
    }


def _example(refusal: type[Refusal]) -> Refusal:
    return refusal([Fault(0, BASE, refusal.message)]) if issubclass(refusal, Invalid) else refusal()


def _sentences(refusal: type[Refusal]) -> str:
    return " ".join((inspect.getdoc(refusal) or "").split())
