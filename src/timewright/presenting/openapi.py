"""From declarations to the OpenAPI 3.1 document: every operation with its parameters, bodies, answers, refusals,
examples and the token it needs. Whatever it says is said by a declaration.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from timewright.presenting import answers, schemas
from timewright.presenting.body import FORM, JSON
from timewright.presenting.declare import Filter, Param, Resource
from timewright.presenting.kinds import Id, Nested, Objects, Words
from timewright.presenting.operations import Operation, below, offered
from timewright.presenting.parameters import INCLUDE, OPTIONAL_FIELDS, ORDER
from timewright.presenting.parts import MULTIPART
from timewright.presenting.registry import Registry
from timewright.presenting.schemas import Schema, reference
from timewright.presenting.targets import MOST_APART

VERSION = "3.1.1"
TOKEN = "token"  # noqa: S105 - the name of the scheme

FORMS = (FORM, MULTIPART)
"""The kinds of body, besides JSON, in which members stand by dotted or bracketed names."""

Examples = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""A request and its answer, by resource and operation: `{request: {query, headers, body}, answer: {status, body}}`."""


def document(registry: Registry, base: str, version: str, examples: Examples) -> dict[str, Any]:
    """The whole document, for a server whose API begins at `base`."""
    resources: Sequence[Resource] = list(registry)
    paths: dict[str, dict[str, Any]] = {}
    for resource in resources:
        for operation in (*offered(resource), *below(resource)):
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
            "schemas": answers.named_schemas(registry),
            "responses": answers.refusals(registry),
            "headers": answers.HEADERS,
            "securitySchemes": {
                TOKEN: {"type": "http", "scheme": "bearer", "description": "A token that `timewright token` gave."}
            },
        },
    }


# An operation -------------------------------------------------------------------------------------


def _operation(resource: Resource, operation: Operation, method: str, example: Mapping[str, Any]) -> dict[str, Any]:
    again = "" if method == operation.methods[0] else f"_by_{method.lower()}"
    again += f"_below_{resource.under}" if "{outer_id}" in operation.path else ""
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
    success = {"description": operation.sentence, "headers": answers.headers(operation)}
    if operation.shows:
        shown: dict[str, Any] = {"schema": reference(answers.answer_name(resource, operation))}
        if "answer" in example:
            shown["example"] = example["answer"]["body"]
        success["content"] = {JSON: shown}
        success["links"] = _links(resource, operation)
    answered = {str(operation.status): success}
    for status in sorted({each.status for each in operation.refusals}):
        answered[str(status)] = {"$ref": f"#/components/responses/{answers.refusal_name(status, operation.refusals)}"}
    return {**described, "responses": answered}


_ID = {"type": "integer", "format": "int64", "minimum": 1}


def _parameters(resource: Resource, operation: Operation, asked: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    given = {**asked.get("query", {}), **asked.get("headers", {})}
    if "{outer_id}" in operation.path:
        yield _parameter("path", "outer_id", _ID, f"One of the {resource.under}.", None, required=True)
    if operation.names_one:
        yield _parameter("path", "id", _ID, "Which one.", asked.get("id"), required=True)
    for each in operation.query:
        if _says_something(resource, each):
            yield _parameter(
                "query", each.name, _query(resource, each), each.sentence, given.get(each.name), each.required
            )
    if operation.is_filtered:
        for narrowed in resource.filters:
            required = narrowed.required and not operation.names_one
            schema = schemas.not_blank(_filter(narrowed)) if required else _filter(narrowed)
            yield _parameter("query", narrowed.name, schema, narrowed.sentence, given.get(narrowed.name), required)
    for each in operation.headers:
        yield _parameter("header", each.name, schemas.sent(each.kind), each.sentence, given.get(each.name))


def _parameter(
    place: str, name: str, schema: Schema, sentence: str, example: Any, required: bool = False
) -> dict[str, Any]:
    said: dict[str, Any] = {"name": name, "in": place, "description": sentence, "required": required, "schema": schema}
    if schema.get("type") == "array":
        said |= {"style": "form", "explode": False}
    if example is not None:
        said["example"] = _as_sent(schema, example)
    return said


def _as_sent(schema: Schema, text: str) -> Any:
    """The value that stands as text in an address."""
    if schema.get("type") == "array":
        return [_as_sent(schema["items"], each) for each in text.split(",")]
    return int(text) if schema.get("type") == "integer" else text


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
        batch: Schema = {"type": "array", "items": members, "minItems": 1}
        batch["maxItems"] = resource.most_in_a_batch if operation.shows_objects else MOST_APART
        many = {"type": "object", "properties": {resource.name: batch}, "required": [resource.name]}
        schema = {"oneOf": [{**one, "not": {"required": [resource.name]}}, many]}
    read: dict[str, Any] = {"schema": schema}
    if example is not None:
        read["example"] = example
    flat = {"schema": _flat(resource, operation.body or "")}
    return {"required": True, "content": {JSON: read, **dict.fromkeys(FORMS, flat)}}


def _flat(resource: Resource, body: str) -> Schema:
    """The members of one object as the names of a form. More is read than is said here: several objects too."""
    properties: Schema = {}
    required = []
    for each in resource.members_of(body):
        name = f"{resource.singular}[{each.name}]"
        if isinstance(each.kind, Nested):
            name += "[]" if isinstance(each.kind, Objects) else ""
            properties |= {f"{name}[{inner.name}]": schemas.param(inner) for inner in each.kind.params}
            continue
        properties[name] = schemas.param(each)
        if each.required:
            required.append(name)
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _links(resource: Resource, operation: Operation) -> dict[str, Any]:
    """What can be done next with the first object of an answer."""
    if operation.names_one or not operation.shows_objects:
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
