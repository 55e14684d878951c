"""From declarations to the reference page of a resource, in Markdown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from timewright.presenting.declare import Field, Filter, Include, Param, Resource
from timewright.presenting.kinds import Nested
from timewright.presenting.operations import Operation, below, offered


def page(resource: Resource, base: str, examples: Mapping[str, Any]) -> str:
    """The reference page of a resource. `examples` are a request and its answer for each of its operations."""
    parts = [f"# {resource.name}", resource.sentence, _endpoints(resource), _fields(resource)]
    parts += [_includes(resource.includes), _filters(resource.filters), _orders(resource), _params(resource.params)]
    parts += [_examples(resource, base, examples)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return f"## {title}\n\n" + "\n".join(lines)


def _endpoints(resource: Resource) -> str:
    rows = [
        [f"`{method} {each.path_of(resource)}`", each.sentence, _statuses(each)]
        for each in offered(resource)
        for method in each.methods
    ]
    if not rows:
        return "Shown beside other resources only."
    also = sorted({f"`{each.path_of(resource)}`" for each in below(resource)}, key=len)
    return _table("Endpoints", ["endpoint", "what it does", "statuses"], rows) + (
        f"\n\nAlso at {' and '.join(also)}." if also else ""
    )


def _statuses(operation: Operation) -> str:
    return ", ".join(str(each) for each in (operation.status, *sorted({each.status for each in operation.refusals})))


def _fields(resource: Resource) -> str:
    rows = [["`id`", "id", "always", "The id, a JSON string."]]
    rows += [[f"`{f.name}`", f.kind.word(), _presence(f), f.sentence] for f in resource.fields_and_members]
    rows += [
        [f"`{i.member}`", _kind(i), f"with include `{i.name}`", i.sentence] for i in resource.includes if not i.always
    ]
    return _table("Members", ["member", "kind", "there", "what it is"], rows)


def _presence(each: Field) -> str:
    words = ["in `optional_fields`" if each.optional else "always"]
    if each.visible_if:
        words.append(f"if {each.visible_if.sentence}")
    if each.null_unless:
        words.append(f"null unless {each.null_unless.sentence}")
    elif each.nullable:
        words.append("or null")
    return ", ".join(words)


def _includes(includes: Sequence[Include]) -> str:
    rows = [[f"`{i.name}`", f"`{i.member}`", _fills(i), i.sentence] for i in includes]
    return _table("Includes", ["include", "sets", "fills", "what it is"], rows)


def _kind(include: Include) -> str:
    return "ids" if include.to_many else "key and id" if include.targets else "id"


def _fills(include: Include) -> str:
    sections = [include.target] if include.target else [section for _, section in include.targets.values()]
    return ", ".join(f"`{section}`" for section in sections)


def _filters(filters: Sequence[Filter]) -> str:
    rows = [[f"`{f.name}`", f.kind.word(), _default(f), f.sentence] for f in filters]
    return _table("Filters", ["filter", "kind", "default", "what it narrows to"], rows)


def _default(each: Filter) -> str:
    if each.required:
        return "required"
    return "" if each.default is None else str(each.default).lower()


def _orders(resource: Resource) -> str:
    rows = [[f"`{o.name}`", o.sentence] for o in resource.orders]
    table = _table("Orders", ["order", "how"], rows)
    if not resource.default_order:
        return table
    return table + f"\n\nDefault: `{':'.join(resource.default_order)}`. Ties are broken by ascending id."


def _params(params: Sequence[Param]) -> str:
    rows = []
    for param in params:
        rows.append([f"`{param.name}`", param.kind.word(), _needed(param), param.sentence])
        if isinstance(param.kind, Nested):
            rows += [
                [f"`{param.name}.{inner.name}`", inner.kind.word(), "with it" if inner.required else "", inner.sentence]
                for inner in param.kind.params
            ]
    return _table("Members of a create or an update", ["member", "kind", "required", "what it is"], rows)


def _needed(param: Param) -> str:
    if param.only_in:
        return f"{'required' if param.required else 'only'} in {_ARTICLES[param.only_in]} {param.only_in}"
    return "in a create" if param.required else ""


_ARTICLES = {"create": "a", "update": "an"}


# Examples -----------------------------------------------------------------------------------------


def asked(base: str, resource: Resource, operation: Operation, request: Mapping[str, Any]) -> str:
    """Where an example's request goes: its path and query."""
    path = base + operation.path_of(resource).replace("{id}", request.get("id", ""))
    query = urlencode(request.get("query", {}), safe=":,")
    return f"{path}?{query}" if query else path


def _examples(resource: Resource, base: str, examples: Mapping[str, Any]) -> str:
    parts = [_example(resource, base, each, examples[each.name]) for each in offered(resource)]
    if not parts:
        return ""
    return "\n\n".join(["## Examples", "On the sample account, as `timewright demo` serves it.", *parts])


def _example(resource: Resource, base: str, operation: Operation, example: Mapping[str, Any]) -> str:
    request, answer = example["request"], example["answer"]
    lines = [f"{operation.methods[0]} {asked(base, resource, operation, request)}"]
    lines.append(f"Authorization: Bearer [the {request['as']}'s token]")
    lines += [f"{name}: {value}" for name, value in request.get("headers", {}).items()]
    if "body" in request:
        lines += ["Content-Type: application/json", "", _json(request["body"])]
    shown = f"\n\n```json\n{_json(answer['body'])}\n```" if "body" in answer else ""
    return (
        f"### {operation.methods[0]} {operation.path_of(resource)}\n\n```http\n"
        + "\n".join(lines)
        + f"\n```\n\nAnswered with {answer['status']}"
        + (f":{shown}" if shown else " and no body.")
    )


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
