"""The declarations of the resources in the shape of the published pages, so that the two can be compared."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from timewright.presenting import custom_kinds, kinds
from timewright.presenting.declare import Field, Filter, Include, Param, Resource
from timewright.resources import REGISTRY

# A page knows a JSON number by what it holds, an integer or a float; a declaration does not tell the two apart.
_SHOWN: Mapping[type[kinds.Kind], frozenset[str]] = {
    kinds.Id: frozenset({"string"}),
    kinds.Ids: frozenset({"string_array"}),
    kinds.Words: frozenset({"string_array"}),
    kinds.Number: frozenset({"integer", "float"}),
    kinds.Integer: frozenset({"integer"}),
    kinds.Boolean: frozenset({"boolean"}),
    kinds.Text: frozenset({"string"}),
    kinds.Link: frozenset({"string"}),
    kinds.Choice: frozenset({"string"}),
    kinds.Day: frozenset({"date"}),
    kinds.BlankDay: frozenset({"date"}),
    kinds.Instant: frozenset({"datetime"}),
    kinds.Object: frozenset({"object"}),
    custom_kinds.Anything: frozenset({"any"}),
}

_FILTERED: Mapping[type[kinds.Kind], str] = {
    kinds.Id: "integer",
    kinds.Integer: "integer",
    kinds.Ids: "id_list",
    kinds.Words: "string_list",
    kinds.Boolean: "boolean",
    kinds.Flag: "flag",
    kinds.Text: "string",
    kinds.Choice: "enum",
    kinds.Day: "date",
    kinds.DayRange: "date_range",
    kinds.MomentRange: "date_range",
    kinds.Span: "string",
    kinds.DaysIn: "string",
    kinds.Instant: "datetime",
    kinds.IdsOrWords: "string_list",
    custom_kinds.OfCustomFields: "string",
    custom_kinds.CustomChoices: "string",
    custom_kinds.FieldRanges: "string",
    custom_kinds.SelectedChoices: "string",
}

_SENT: Mapping[type[kinds.Kind], str] = {
    kinds.Id: "integer",
    kinds.Integer: "integer",
    kinds.Ids: "integer_array",
    kinds.Boolean: "boolean",
    kinds.Text: "string",
    kinds.Link: "string",
    kinds.Choice: "string",
    kinds.Day: "date",
    kinds.Instant: "datetime",
    kinds.Nested: "object",
}

_OPERATIONS: Mapping[str, str] = {"index": "list"}
"""What a page calls an endpoint where it does not use our word."""


def names(resource: Resource, kind: str) -> set[str]:
    """The names of one kind that a resource declares."""
    return _NAMES[kind](resource)


def _operations(resource: Resource) -> set[str]:
    served = {_OPERATIONS.get(name, name) for name in resource.endpoints}
    served |= {"me"} if resource.me else set()
    served |= {each.name for each in (*resource.questions, *resource.steps)}
    served |= {"patch_alias"} if "update" in served else set()
    return served | ({"bulk_create"} if "create" in served and resource.most_in_a_batch > 1 else set())


_NAMES: Mapping[str, Callable[[Resource], set[str]]] = {
    "endpoints": _operations,
    "fields": lambda resource: {name for name, where in presence(resource).items() if where != "optional"},
    "optional_fields": lambda resource: {each.name for each in resource.fields if each.optional},
    "includes": lambda resource: {each.name for each in resource.includes},
    "filters": lambda resource: {each.name for each in resource.filters},
    "orders": lambda resource: {each.name for each in resource.orders},
    "params": lambda resource: {each.name for each in resource.params},
}


def fields(resource: Resource) -> dict[str, Field]:
    """The declared fields by name."""
    return {each.name: each for each in resource.fields}


def members(resource: Resource) -> dict[str, Include]:
    """The declared includes by the member that they set."""
    return {each.member: each for each in resource.includes}


def includes(resource: Resource) -> dict[str, Include]:
    """The declared includes by name."""
    return {each.name: each for each in resource.includes}


def filters(resource: Resource) -> dict[str, Filter]:
    """The declared filters by name."""
    return {each.name: each for each in resource.filters}


def params(declared: Sequence[Param]) -> dict[str, Param]:
    """Declared members of a request by name."""
    return {each.name: each for each in declared}


def presence(resource: Resource) -> dict[str, str]:
    """When each member of an object is there: always, when named, or with its include."""
    there = {each.name: "optional" if each.optional else "always" for each in resource.fields}
    there |= {each.member: "always" if each.always else f"include:{each.name}" for each in resource.includes}
    return {"id": "always"} | there


def is_nullable(resource: Resource) -> dict[str, bool]:
    """Whether each member may be null. One that stands with its include only may where its column may."""
    with_include = {each.member: _may_be_empty(resource, each.column) for each in resource.includes}
    return {"id": False} | with_include | {each.name: each.nullable for each in resource.fields_and_members}


def _may_be_empty(resource: Resource, column: str | None) -> bool:
    return column is not None and bool(resource.table.c[column].nullable)


def is_conditional(resource: Resource) -> dict[str, bool]:
    """Whether each member is left out when a condition does not hold."""
    of_fields = {each.name: each.visible_if is not None for each in resource.fields}
    return {"id": False} | of_fields | dict.fromkeys(members(resource), False)


def shown(resource: Resource) -> dict[str, frozenset[str]]:
    """The kinds of value as which each member may be published."""
    of_members = {each.member: _kind(each) for each in resource.includes}
    every = {"id": kinds.Id} | {each.name: type(each.kind) for each in resource.fields} | of_members
    return {name: _SHOWN[kind] for name, kind in every.items()}


def _kind(each: Include) -> type[kinds.Kind]:
    return kinds.Object if each.targets else kinds.Ids if each.to_many else kinds.Id


def filtered(each: Filter) -> str:
    """The kind of value that a filter takes."""
    return _FILTERED[type(each.kind)]


def sent(each: Param) -> str:
    """The kind of value that a member of a request takes."""
    return _SENT[type(each.kind)]


def limits(kind: kinds.Kind) -> dict[str, Any]:
    """The bounds of a value, written as the facts write them."""
    bounds = {name: getattr(kind, name) for name in ("first", "last", "most_bytes") if hasattr(kind, name)}
    return {name: bound if isinstance(bound, int) else bound.isoformat() for name, bound in bounds.items()}


def words(kind: kinds.Kind) -> list[str] | None:
    """The words among which a value is chosen, in order, where it is one of some words."""
    return sorted(kind.words) if isinstance(kind, kinds.Choice) else None


def inner(each: Param) -> dict[str, Param]:
    """The members of a nested member."""
    return params(each.kind.params) if isinstance(each.kind, kinds.Nested) else {}


def object_members(each: Field) -> set[str]:
    """The members of an object, of which nothing is known but its shape."""
    row: Mapping[str, Any] = defaultdict(lambda: None)
    return set(each.value(row)) if each.value else set()


def resource(name: str) -> Resource:
    """A declared resource."""
    return REGISTRY[name]
