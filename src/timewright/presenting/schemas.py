"""From kinds and declarations to JSON Schema, in the dialect of OpenAPI 3.1."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from timewright.presenting import custom_kinds, kinds
from timewright.presenting.declare import Field, Include, Param, Resource
from timewright.presenting.kinds import LARGEST, Kind

Schema = dict[str, Any]

_ID = {"type": "string", "pattern": "^[1-9][0-9]{0,18}$"}
_SENT_ID = {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"}
_NO_NUL = "^[^\\u0000]*$"
DAY_RANGE = "day-range"
"""Our own format: two dates with a colon between them, of which either may be missing."""

_ONE = {"type": ["string", "number", "boolean"]}
_YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
_DAY_OF_YEAR = "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
_DATE = f"({_YEAR}-{_DAY_OF_YEAR}|{_LEAP_YEAR}-02-29)"
_MOMENT = f"{_DATE}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_NUMBER = "(0|[1-9][0-9]{0,17})"
_CHOICE = f"({_NUMBER}|{custom_kinds.NONE})"
_ANY = {"type": ["string", "number", "boolean", "array", "object", "null"]}
_WITHIN: Mapping[type[Kind], str] = {
    kinds.Text: "[^()\\u0000]*",
    kinds.Integer: "(-?[1-9][0-9]{0,17}|0)",
    kinds.Day: _DATE,
    kinds.Instant: _MOMENT,
    kinds.DayRange: f"({_DATE}?:{_DATE}?|{_DATE})",
    kinds.Ids: f"({_NUMBER}(,{_NUMBER})*|blank)",
    custom_kinds.Decimals: "-?[0-9]{1,30}(\\.[0-9]{1,30})?",
    custom_kinds.Amount: "(-?[1-9][0-9]{0,17}|0)(:[A-Za-z]{3})?",
}
"""How a value is written that stands within another: between the brackets of a custom field, or at an end of a span."""


def reference(name: str) -> Schema:
    """A schema that stands under a name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _integer(kind: Any) -> Schema:
    return {"type": "integer", "format": "int64", "minimum": kind.first, "maximum": kind.last}


def _text(kind: Any) -> Schema:
    return {"type": "string", "maxLength": kind.most_bytes, "pattern": _NO_NUL}


def _link(kind: Any) -> Schema:
    return {"type": "string", "format": "uri", "maxLength": kind.most_bytes, "pattern": "^https?://"}


def _of_fields(value: str) -> Schema:
    one = f"\\({_NUMBER}{value}\\)"
    return {"type": "string", "pattern": f"^{one}(:{one}){{0,{custom_kinds.MOST_FIELDS - 1}}}$"}


def _by_semicolons(value: str) -> Schema:
    one = f"{_NUMBER}{value}"
    return {"type": "string", "pattern": f"^{one}(;{one}){{0,{custom_kinds.MOST_FIELDS - 1}}}$"}


def _span(kind: Any) -> str:
    end = f"({_WITHIN[type(kind.of)]})?"
    return f"{end}{kind.mark}{end}"


_Written = Mapping[type[Kind], Callable[[Any], Schema]]

_SHOWN: _Written = {
    kinds.Id: lambda _: dict(_ID),
    kinds.Ids: lambda _: {"type": "array", "items": dict(_ID)},
    kinds.Words: lambda _: {"type": "array", "items": {"type": "string"}},
    kinds.Number: lambda _: {"type": "number"},
    kinds.Integer: lambda _: {"type": "integer", "format": "int64"},
    kinds.Boolean: lambda _: {"type": "boolean"},
    kinds.Text: lambda _: {"type": "string"},
    kinds.Link: lambda _: {"type": "string", "format": "uri"},
    kinds.Choice: lambda kind: {"type": "string", **({"enum": list(kind.words)} if kind.words else {})},
    kinds.Day: lambda _: {"type": "string", "format": "date"},
    kinds.BlankDay: lambda _: {"anyOf": [{"type": "string", "format": "date"}, {"const": ""}]},
    kinds.Instant: lambda _: {"type": "string", "format": "date-time"},
    kinds.Object: lambda _: {"type": "object"},
    custom_kinds.Anything: lambda _: dict(_ANY),
}

_SENT: _Written = {
    # An id is shown as a string and sent back as one; in a body it may be a number too (decisions B6).
    kinds.Id: lambda _: {"anyOf": [{"type": "integer", "minimum": 1, "maximum": LARGEST}, dict(_SENT_ID)]},
    kinds.Ids: lambda _: {"type": "array", "items": {"type": "integer", "format": "int64"}},
    kinds.Words: lambda _: {"type": "array", "items": {"type": "string", "pattern": _NO_NUL}},
    kinds.Integer: _integer,
    kinds.Boolean: lambda _: {"type": "boolean"},
    kinds.Flag: lambda _: {"type": "boolean", "const": True},
    kinds.Text: _text,
    kinds.Link: _link,
    kinds.Choice: lambda kind: {"type": "string", "enum": list(kind.words)},
    kinds.Day: lambda _: {"type": "string", "format": "date"},
    kinds.DayRange: lambda _: {"type": "string", "format": DAY_RANGE},
    kinds.MomentRange: lambda _: {"type": "string", "format": DAY_RANGE},
    kinds.Span: lambda kind: {"type": "string", "pattern": f"^{_span(kind)}$"},
    kinds.DaysIn: lambda _: {"type": "string", "pattern": f"^{_NUMBER}:{_DATE}:{_DATE}$"},
    kinds.IdsOrWords: lambda kind: {
        "type": "array",
        "items": {"anyOf": [{"type": "integer", "format": "int64"}, {"type": "string", "enum": list(kind.words)}]},
    },
    kinds.Instant: lambda _: {"type": "string", "format": "date-time"},
    kinds.Nested: lambda kind: _members(kind.params),
    kinds.Objects: lambda kind: {"type": "array", "items": _members(kind.params)},
    custom_kinds.Anything: lambda _: {"anyOf": [dict(_ONE), {"type": "array", "items": dict(_ONE)}]},
    custom_kinds.OfCustomFields: lambda kind: _of_fields(f"(:{_WITHIN[type(kind.value)]})?"),
    custom_kinds.CustomChoices: lambda kind: _of_fields(f":{_WITHIN[type(kind.value)]}"),
    custom_kinds.FieldRanges: lambda kind: _by_semicolons(f":{_span(kind.value)}"),
    custom_kinds.SelectedChoices: lambda _: _by_semicolons(f":{_CHOICE}(,{_CHOICE})*"),
    custom_kinds.Decimals: lambda kind: {"type": "string", "pattern": f"^{_WITHIN[type(kind)]}$"},
    custom_kinds.Amount: lambda kind: {"type": "string", "pattern": f"^{_WITHIN[type(kind)]}$"},
}


def shown(kind: Kind) -> Schema:
    """How a value of a kind is shown."""
    return _SHOWN[type(kind)](kind)


def sent(kind: Kind) -> Schema:
    """How a value of a kind is sent. More is read than is said here: strings for numbers, words for flags."""
    return _SENT[type(kind)](kind)


def not_blank(schema: Schema) -> Schema:
    """The same, where text that says nothing counts as not sent."""
    return {**schema, "pattern": "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$"} if schema["type"] == "string" else schema


def param(each: Param, *, may_be_null: bool = False) -> Schema:
    """How a member of a request is sent."""
    schema = sent(each.kind)
    if may_be_null and not each.required:
        schema = _or_null(schema)
    return {**schema, "description": each.sentence}


def _members(params: Sequence[Param]) -> Schema:
    required = [each.name for each in params if each.required]
    schema: Schema = {
        "type": "object",
        "properties": {each.name: param(each, may_be_null=True) for each in params},
    }
    return {**schema, "required": required} if required else schema


def _or_null(schema: Schema) -> Schema:
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"], **_enum_or_null(schema)}
    if "type" in schema:
        return schema
    return {"anyOf": [*schema["anyOf"], {"type": "null"}]}


def _enum_or_null(schema: Schema) -> Schema:
    return {"enum": [*schema["enum"], None]} if "enum" in schema else {}


# A resource ---------------------------------------------------------------------------------------


def of_resource(resource: Resource) -> Iterator[tuple[str, Schema]]:
    """The named schemas of a resource: what is shown of it, and what is sent."""
    yield resource.type, _object(resource)
    if resource.endpoints & {"create", "create_or_update"}:
        yield f"{resource.type}Create", _members(resource.members_of("create"))
    if "update" in resource.endpoints:
        yield f"{resource.type}Update", _members(resource.members_of("update"))


def glimpse(resource: Resource, names: Sequence[str]) -> Schema:
    """What is shown of an object that is out of the caller's sight itself."""
    fields = {"id": dict(_ID)} | {each.name: _field(each) for each in resource.fields if each.name in names}
    return {
        "type": "object",
        "description": "What is shown of one that is out of the caller's own sight.",
        "properties": fields,
        "required": sorted(fields),
        "additionalProperties": False,
    }


def _object(resource: Resource) -> Schema:
    properties: Schema = {"id": {**_ID, "description": "The id, a JSON string."}}
    properties |= {each.name: _field(each) for each in resource.fields_and_members}
    properties |= {each.member: _member(resource, each) for each in resource.includes if not each.always}
    always = [each.name for each in resource.fields_and_members if not each.optional and not each.visible_if]
    return {
        "type": "object",
        "description": resource.sentence,
        "properties": properties,
        "required": ["id", *always],
    }


def _field(each: Field) -> Schema:
    words = [each.sentence]
    if each.optional:
        words.append("Shown when `optional_fields` names it.")
    if each.visible_if:
        words.append(f"Shown if {each.visible_if.sentence}.")
    if each.null_unless:
        words.append(f"Null unless {each.null_unless.sentence}.")
    schema = shown(each.kind)
    if each.nullable or each.null_unless:
        schema = _or_null(schema)
    return {**schema, "description": " ".join(words)}


def _member(resource: Resource, include: Include) -> Schema:
    schema = _of_some_kind(include) if include.targets else shown(kinds.Ids() if include.to_many else kinds.Id())
    if include.first or (include.column and resource.table.c[include.column].nullable):
        schema = _or_null(schema)
    return {**schema, "description": f"{include.sentence} Shown with the include `{include.name}`."}


def _of_some_kind(include: Include) -> Schema:
    sections = sorted({section for _, section in include.targets.values()})
    held = {"key": {"type": "string", "enum": sections}, "id": shown(kinds.Id())}
    return {"type": "object", "properties": held, "required": list(held)}
