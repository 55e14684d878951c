"""What an answer must look like, made from the declarations: nothing here lists a member of a resource.

A declared field becomes a member of a closed type, so that a member that is missing, unknown or of the wrong type
is found by the decoder. Refusals are held against the classes that own them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from timewright.errors import MOST_FAULTS, Refusal
from timewright.presenting import custom_kinds, kinds
from timewright.presenting.declare import Field, Include, Resource
from timewright.resources import REGISTRY

_Id = Annotated[str, Meta(pattern=r"\A[1-9][0-9]{0,18}\Z")]
_Day = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
_Instant = Annotated[str, Meta(pattern=r"\A[0-9-]{10}T[0-9:]{8}(Z|[+-][0-9]{2}:[0-9]{2})\Z")]
_Count = Annotated[int, Meta(ge=0)]

# A kind that is a kind of another stands before it.
_SHOWN: tuple[tuple[type[kinds.Kind], Any], ...] = (
    (kinds.BlankDay, Annotated[str, Meta(pattern=r"\A([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z")]),
    (kinds.Day, _Day),
    (kinds.Instant, _Instant),
    (kinds.Ids, list[_Id]),
    (kinds.Id, _Id),
    (kinds.Integer, int),
    (kinds.Boolean, bool),
    (kinds.Text, str),
    (kinds.Words, list[str]),
    (kinds.Number, int | float),
    (kinds.Object, dict[str, Any]),
    (custom_kinds.Anything, str | int | float | bool | list[Any] | dict[str, Any] | None),
)


class _Result(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    id: _Id


class _Subject(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    id: _Id


class _Ignored(msgspec.Struct, forbid_unknown_fields=True):
    index: _Count
    field: str


class _Meta(msgspec.Struct, forbid_unknown_fields=True):
    count: _Count
    page_count: _Count
    page_number: int
    page_size: Annotated[int, Meta(ge=1)]
    ignored: list[_Ignored] | UnsetType = UNSET
    created_ids: list[_Id] | UnsetType = UNSET
    incomplete: Literal[True] | UnsetType = UNSET


class _Error(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    message: Annotated[str, Meta(min_length=1)]
    field: str | UnsetType = UNSET
    index: _Count | UnsetType = UNSET


class _Errors(msgspec.Struct, forbid_unknown_fields=True):
    errors: Annotated[list[_Error], Meta(min_length=1, max_length=MOST_FAULTS)]


class OffSchema(Exception):
    """An answer is not what the declarations say."""


def refusals() -> set[tuple[int, str]]:
    """Every documented pair of status and wire type. The plain `Refusal`, 500, is a bug and not among them."""
    found: set[tuple[int, str]] = set()
    waiting = list(Refusal.__subclasses__())
    while waiting:
        each = waiting.pop()
        found.add((each.status, each.wire_type))
        waiting += each.__subclasses__()
    return found


_REFUSALS = refusals()
_ERRORS = msgspec.json.Decoder(_Errors)


def check_refusal(status: int, body: bytes, *, echo: str) -> None:
    """A refusal: documented, in shape, in order, and no repetition of `echo`, which was sent."""
    told = _decoded(_ERRORS, body)
    for error in told.errors:
        if (status, error.type) not in _REFUSALS:
            raise OffSchema(f"a {status} of type {error.type} is not documented")
        if (error.type == "validation") is (error.field is UNSET):
            raise OffSchema(f"a {status} of type {error.type} with field {error.field}")
        if echo in error.message:
            raise OffSchema("a message repeats what was sent")
    places = [(error.index or 0, error.field or "") for error in told.errors]
    if places != sorted(places):
        raise OffSchema("errors are out of order")


class Envelopes:
    """Checks envelopes of the resources that have endpoints."""

    def __init__(self) -> None:
        structs = {each.name: _struct(each) for each in REGISTRY}
        listed = [each for each in REGISTRY if each.endpoints]
        self._decoders = {each.name: msgspec.json.Decoder(_envelope(each, structs)) for each in listed}
        self._whole = {name: msgspec.json.Decoder(struct) for name, struct in structs.items()}
        self._glimpses = {
            include.target: msgspec.json.Decoder(_glimpse(REGISTRY[include.target], include))
            for each in REGISTRY
            for include in each.includes
            if include.glimpse
        }

    def check(self, body: bytes, asked: tuple[str, Sequence[str], Sequence[str]] | None) -> Any:
        """An envelope. `asked` is what is certain to have been read: resource, includes, optional fields."""
        if asked is None:
            name = _key_of(body)
            if name not in self._decoders:
                raise OffSchema("an answer about no resource")
        else:
            name = asked[0]
        answer = _decoded(self._decoders[name], body)
        resource = REGISTRY[name]
        primary = getattr(answer, name)
        ids = [result.id for result in answer.results]
        if len(set(ids)) != len(ids) or any(result.key != name for result in answer.results):
            raise OffSchema("results name something twice, or another thing")
        if any(id_ not in primary for id_ in ids):
            raise OffSchema("a result has no object")
        if answer.meta.count != answer.count or answer.count < len(ids):
            raise OffSchema("the counts disagree")
        beside = _sections(resource, resource.includes)
        sections = {each: section for each in beside if (section := getattr(answer, each)) is not UNSET}
        self._check_objects(name, primary, sections, beside)
        if asked is not None and answer.meta.incomplete is UNSET:
            _check_asked(resource, [primary[id_] for id_ in ids], primary, sections, *asked[1:])
        return answer

    def _check_objects(
        self, name: str, primary: Any, sections: dict[str, Any], beside: Mapping[str, str | None]
    ) -> None:
        for key, each in primary.items():
            if each.id != key:
                raise OffSchema(f"an object of {name} stands under another id")
        for section, objects in sections.items():
            for key, raw in objects.items():
                each = self._side_loaded(beside[section], raw)
                if each.id != key:
                    raise OffSchema(f"an object of {section} stands under another id")

    def _side_loaded(self, name: str | None, raw: Any) -> Any:
        if name is None:
            raise OffSchema("an object of which nothing is kept")
        try:
            return self._whole[name].decode(raw)
        except msgspec.ValidationError as error:
            if name not in self._glimpses:
                raise OffSchema(f"{name}: {error}") from None
            return _decoded(self._glimpses[name], raw)


def _sections(resource: Resource, includes: Iterable[Include]) -> dict[str, str | None]:
    """The resource in each section beside its own, None of which nothing is kept."""
    found: dict[str, str | None] = {}
    for each in includes:
        if each.targets:
            found |= {section: name for name, section in each.targets.values()}
        else:
            found[each.target] = None if each.absent else each.target
    return {section: name for section, name in found.items() if section != resource.name}


def _check_asked(
    resource: Resource,
    shown: Sequence[Any],
    primary: Any,
    sections: dict[str, Any],
    includes: Sequence[str],
    optional: Sequence[str],
) -> None:
    """The sections and members are exactly those asked for, and each side-loaded object is some object's."""
    asked = [include for include in resource.includes if include.name in includes]
    # Of a kind of which nothing was found there is no section (contract: external_references.subject).
    wanted = _sections(resource, [include for include in asked if not include.targets])
    if not wanted.keys() <= sections.keys() <= _sections(resource, asked).keys():
        raise OffSchema("the sections are not those asked for")
    unasked = [each.name for each in resource.fields if each.optional and each.name not in optional]
    hidden = [each.member for each in resource.includes if not each.always and each not in asked]
    known = [each.name for each in resource.fields if each.optional and each.name in optional and not each.visible_if]
    known += [include.member for include in asked]
    for each in shown:
        if any(getattr(each, name) is not UNSET for name in (*unasked, *hidden)):
            raise OffSchema("a member that nobody asked for")
        if any(getattr(each, name) is UNSET for name in known):
            raise OffSchema("a member that was asked for is missing")
    meant: dict[str, set[str]] = {}
    for include in asked:
        for section, id_ in (each for one in shown for each in _led_to(include, getattr(one, include.member))):
            meant.setdefault(section, set()).add(id_)
    beside = set(primary) - {each.id for each in shown}
    for section, there in {resource.name: beside, **sections}.items():
        if set(there) - meant.get(section, set()):
            raise OffSchema(f"an object of {section} that no object names")


def _led_to(include: Include, value: Any) -> Iterable[tuple[str, str]]:
    """The section and the id of each object that a member names."""
    if isinstance(value, _Subject):
        return [(value.key, value.id)]
    return [(include.target, id_) for id_ in _listed(value)]


def _listed(value: Any) -> Iterable[str]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise OffSchema(str(error)) from None


_KEY = re.compile(rb'\A\{"count":[0-9]+,"results":\[[^\]]*\],"([a-z_]+)":')


def _key_of(body: bytes) -> str:
    found = _KEY.match(body)
    return found[1].decode() if found else ""


def _member(each: Field) -> tuple[Any, ...]:
    shown = next(shown for kind, shown in _SHOWN if isinstance(each.kind, kind))
    if each.nullable or each.null_unless:
        shown = shown | None
    return (shown | UnsetType, UNSET) if each.optional or each.visible_if else (shown,)


def _association(each: Include, resource: Resource) -> tuple[Any, ...]:
    shown: Any = _Subject if each.targets else list[_Id] if each.to_many else _Id
    if each.first or (each.column and resource.table.c[each.column].nullable):
        shown = shown | None
    return shown | UnsetType, UNSET


def _struct(resource: Resource) -> type[msgspec.Struct]:
    members: list[Any] = [("id", _Id)]
    members += [(each.name, *_member(each)) for each in resource.fields_and_members]
    members += [(each.member, *_association(each, resource)) for each in resource.includes if not each.always]
    return _closed(resource.type, members)


def _glimpse(resource: Resource, include: Include) -> type[msgspec.Struct]:
    fields = {each.name: each for each in resource.fields}
    members = [("id", _Id), *((name, *_member(fields[name])) for name in include.glimpse)]
    return _closed(f"{resource.type}Glimpse", members)


def _envelope(resource: Resource, structs: dict[str, type[msgspec.Struct]]) -> type[msgspec.Struct]:
    members: list[Any] = [
        ("count", _Count),
        ("results", list[_Result]),
        ("meta", _Meta),
        (resource.name, dict[str, structs[resource.name]]),  # type: ignore[misc, valid-type]
    ]
    beside = _sections(resource, resource.includes)
    members += [(section, dict[str, msgspec.Raw] | UnsetType, UNSET) for section in sorted(beside)]
    return _closed(f"{resource.type}Envelope", members)


def _closed(name: str, members: list[Any]) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, members, forbid_unknown_fields=True, kw_only=True, gc=False)
