"""From declarations to the OpenAPI 3.1 document: every operation with its parameters, bodies, answers, refusals,
examples and the token it needs. Whatever it says is said by a declaration.
"""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from timewright.errors import BASE, Fault, Invalid, Refusal
from timewright.presenting import schemas
from timewright.presenting.body import FORM, JSON
from timewright.presenting.declare import Filter, Param, Registry, Resource
from timewright.presenting.kinds import Id, Nested, Words
from timewright.presenting.operations import OPERATIONS, Operation, offered
from timewright.presenting.parameters import INCLUDE, OPTIONAL_FIELDS, ORDER
from timewright.presenting.schemas import Schema, reference

VERSION = "3.1.1"
TOKEN = "token"  # noqa: S105 - the name of the scheme

FORMS = (FORM,)
"""The kinds of body, besides JSON, in which members stand by dotted or bracketed names."""

Examples = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""A request and its answer, by resource and operation: `{request: {query, headers, body}, answer: {status, body}}`."""


def document(registry: Registry, base: str, version: str, examples: Examples) -> dict[str, Any]:
    """The whole document, for a server whose API begins at `base`."""
    resources: Sequence[Resource] = list(registry)
    paths: dict[str, dict[str, Any]] = {}
    for resource in resources:
        for operation in offered(resource):
            methods = paths.setdefault(operation.path_of(resource), {})
            for method in operation.methods:
                example = examples.get(resource.name, {}).get(operation.name, {})
                methods[method.lower()] = _operation(resource, operation, method, example)
    return {
        "openapi": VERSION,
        "info": {
            "title": "Timewright",
            "version": version,
            "summary": "Time tracking that speaks the Kantata OX API.",
            "description": "Every path answers with `.json` at its end too. Parameters and members that are not known "
            "are ignored, unless the caller prefers otherwise.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{TOKEN: []}],
        "tags": [{"name": each.name, "description": each.sentence} for each in resources if any(offered(each))],
        "paths": paths,
        "components": {
            "schemas": {**_envelope_parts(), **_schemas(registry)},
            "responses": _refusals(),
            "headers": _HEADERS,
            "securitySchemes": {
                TOKEN: {"type": "http", "scheme": "bearer", "description": "A token that `timewright token` gave."}
            },
        },
    }


# An operation -------------------------------------------------------------------------------------


def _operation(resource: Resource, operation: Operation, method: str, example: Mapping[str, Any]) -> dict[str, Any]:
    again = "" if method == operation.methods[0] else f"_by_{method.lower()}"
    asked = example.get("request", {})
    described: dict[str, Any] = {
        "operationId": f"{resource.name}_{operation.name}{again}",
        "tags": [resource.name],
        "summary": operation.sentence,
        "security": [{TOKEN: []}],
        "parameters": list(_parameters(resource, operation, asked)),
    }
    if operation.body in {"create", "update"}:
        described["requestBody"] = _body(resource, operation, asked.get("body"))
    success = {"description": operation.sentence, "headers": _named_headers(operation)}
    if operation.shows:
        shown: dict[str, Any] = {"schema": reference(_answer(resource, operation))}
        if "answer" in example:
            shown["example"] = example["answer"]["body"]
        success["content"] = {JSON: shown}
        success["links"] = _links(resource, operation)
    answers = {str(operation.status): success}
    for status in sorted({each.status for each in operation.refusals}):
        answers[str(status)] = {"$ref": f"#/components/responses/{_response(status, operation.refusals)}"}
    return {**described, "responses": answers}


def _parameters(resource: Resource, operation: Operation, asked: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    given = {**asked.get("query", {}), **asked.get("headers", {})}
    if operation.names_one:
        id_ = {"type": "integer", "format": "int64", "minimum": 1, "description": "Which one."}
        yield _parameter("path", "id", id_, "Which one.", asked.get("id"), required=True)
    for each in operation.query:
        if _says_something(resource, each):
            yield _parameter(
                "query", each.name, _query(resource, each), each.sentence, given.get(each.name), each.required
            )
    if operation.is_filtered:
        for narrowed in resource.filters:
            yield _parameter("query", narrowed.name, _filter(narrowed), narrowed.sentence, given.get(narrowed.name))
    for each in operation.headers:
        yield _parameter("header", each.name, schemas.sent(each.kind), each.sentence, given.get(each.name))


def _parameter(
    place: str, name: str, schema: Schema, sentence: str, example: Any, required: bool = False
) -> dict[str, Any]:
    said: dict[str, Any] = {"name": name, "in": place, "description": sentence, "required": required, "schema": schema}
    if schema.get("type") == "array":
        said |= {"style": "form", "explode": False}
    if example is not None:
        said["example"] = example
    return said


def _says_something(resource: Resource, each: Param) -> bool:
    return bool(_words(resource, each)) or each not in {INCLUDE, OPTIONAL_FIELDS, ORDER}


def _words(resource: Resource, each: Param) -> list[str]:
    """The words among which a parameter chooses, where the resource says which."""
    if each is INCLUDE:
        return [include.name for include in resource.includes]
    if each is OPTIONAL_FIELDS:
        return [field.name for field in resource.fields if field.optional]
    if each is ORDER:
        return [f"{order.name}{way}" for order in resource.orders for way in ("", ":asc", ":desc")]
    return []


def _query(resource: Resource, each: Param) -> Schema:
    words, schema = _words(resource, each), schemas.sent(each.kind)
    if isinstance(each.kind, Words):
        return {**schema, "items": {"type": "string", "enum": words}}
    return {"type": "string", "enum": words} if words else schema


def _filter(each: Filter) -> Schema:
    schema = schemas.sent(each.kind)
    if isinstance(each.kind, Id):
        schema = schema["anyOf"][0]
    # A default that is no value of its kind stands for something that cannot be sent.
    return {**schema, "default": each.default} if isinstance(each.default, bool) else schema


def _body(resource: Resource, operation: Operation, example: Any) -> dict[str, Any]:
    kind = "Create" if operation.body == "create" else "Update"
    members = reference(f"{resource.type}{kind}")
    one: Schema = {"type": "object", "properties": {resource.singular: members}, "required": [resource.singular]}
    schema = one
    if operation.body == "create" and resource.most_in_a_batch > 1:
        batch = {"type": "array", "items": members, "minItems": 1, "maxItems": resource.most_in_a_batch}
        many = {"type": "object", "properties": {resource.name: batch}, "required": [resource.name]}
        schema = {"oneOf": [{**one, "not": {"required": [resource.name]}}, many]}
    read: dict[str, Any] = {"schema": schema}
    if example is not None:
        read["example"] = example
    flat = {"schema": _flat(resource, is_partial=operation.body == "update")}
    return {"required": True, "content": {JSON: read, **dict.fromkeys(FORMS, flat)}}


def _flat(resource: Resource, *, is_partial: bool) -> Schema:
    """The members of one object as the names of a form. More is read than is said here: several objects too."""
    properties: Schema = {}
    required = []
    for each in resource.params:
        name = f"{resource.singular}[{each.name}]"
        if isinstance(each.kind, Nested):
            properties |= {f"{name}[{inner.name}]": schemas.param(inner) for inner in each.kind.params}
            continue
        properties[name] = schemas.param(each)
        if each.required and not is_partial:
            required.append(name)
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


# Answers ------------------------------------------------------------------------------------------


def _answer(resource: Resource, operation: Operation) -> str:
    return f"{resource.type}{'Written' if operation.shows == 'written' else 'Page'}"


def _schemas(registry: Registry) -> dict[str, Schema]:
    named: dict[str, Schema] = {}
    for resource in registry:
        named |= schemas.of_resource(resource)
        for include in resource.includes:
            if include.glimpse:
                target = registry[include.target]
                named[f"{target.type}Glimpse"] = schemas.glimpse(target, include.glimpse)
        shows = {_answer(resource, each): each for each in offered(resource) if each.shows}
        named |= {name: _envelope(registry, resource, each) for name, each in shows.items()}
    return named


def _envelope(registry: Registry, resource: Resource, operation: Operation) -> Schema:
    sections: dict[str, list[Schema]] = {resource.name: [reference(resource.type)]}
    for include in resource.includes:
        target = registry[include.target]
        section = sections.setdefault(target.name, [reference(target.type)])
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


def _keyed(objects: list[Schema]) -> Schema:
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
        "Error": error,
    }


def _links(resource: Resource, operation: Operation) -> dict[str, Any]:
    """What can be done next with the first object of an answer."""
    if operation.names_one:
        return {}
    return {
        each.name: {
            "operationId": f"{resource.name}_{each.name}",
            "parameters": {"id": "$response.body#/results/0/id"},
            "description": each.sentence,
        }
        for each in offered(resource)
        if each.names_one
    }


# Refusals -----------------------------------------------------------------------------------------

_HEADERS = {
    "X-Request-Id": {"description": "The name of this request in the log.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "Which kind of token is asked for.", "schema": {"type": "string"}},
    "Retry-After": {"description": "When to try again, in seconds.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {"description": "It was stored before.", "schema": {"type": "string", "enum": ["true"]}},
}


def _named_headers(operation: Operation) -> dict[str, Any]:
    names = ["X-Request-Id"]
    if any(each.name == "Idempotency-Key" for each in operation.headers):
        names.append("Idempotency-Replayed")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _response(status: int, refusals: Iterable[type[Refusal]]) -> str:
    return "Or".join(each.__name__ for each in refusals if each.status == status)


def _refusals() -> dict[str, Any]:
    return {
        _response(status, operation.refusals): _refused([each for each in operation.refusals if each.status == status])
        for operation in OPERATIONS
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
