"""The client's types against the server's declarations: neither can change without the other."""

import re
from collections.abc import Iterable
from typing import Any, NotRequired, Required, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from tests.contract import published
from timewright import client
from timewright.client import calls, objects
from timewright.client import members as given
from timewright.presenting.custom_kinds import Anything, OfCustomFields
from timewright.presenting.declare import Field, Include, Param, Resource
from timewright.presenting.kinds import (
    Boolean,
    Choice,
    Day,
    DayRange,
    DaysIn,
    Flag,
    Id,
    Ids,
    Instant,
    Integer,
    Kind,
    Link,
    Nested,
    Number,
    Object,
    Objects,
    Span,
    Text,
    Words,
)
from timewright.presenting.parameters import MOST_PER_PAGE, NAMES
from timewright.resources import REGISTRY

SERVED = [resource for resource in REGISTRY if "index" in resource.endpoints]

SHOWN = {
    Integer: int, Id: str, Boolean: bool, Words: list[str], Ids: list[str], Object: dict[str, Any], Text: str,
    Link: str, Choice: str, Day: str, Instant: str, Anything: Any,
}  # fmt: skip
"""How each kind of a field comes. A number may be an id, which is whole."""

TAKEN = {
    Integer: int, Id: objects.Id, Boolean: bool, Text: str, Link: str, Choice: str, Day: objects.Day,
    Ids: objects.Ids, Words: objects.Words, Anything: Any, Number: float,
}  # fmt: skip
"""What a member of a write may be."""

FILTERED = {
    Integer: objects.Id, Ids: objects.Ids, Boolean: bool, Flag: bool, Text: str, Choice: str, Words: objects.Words,
    DayRange: objects.Days, Day: objects.Day, Instant: objects.Instant, DaysIn: str, OfCustomFields: str,
}  # fmt: skip
"""What a filter may be."""


def of_kind(table: dict[type[Kind], Any], kind: Kind) -> Any:
    return next(table[each] for each in type(kind).__mro__ if each in table)


def filtered(kind: Kind) -> Any:
    if isinstance(kind, Span):
        return {Day: objects.Days, Instant: objects.Instants, Integer: objects.Numbers}[type(kind.of)]
    return of_kind(FILTERED, kind)


def members(typed: Any) -> dict[str, tuple[Any, bool]]:
    """The members of a type: what each may be, and whether it may be away."""
    told = {}
    for name, hint in get_type_hints(typed, include_extras=True).items():
        marked = get_origin(hint) in {Required, NotRequired}
        away = get_origin(hint) is NotRequired if marked else not typed.__total__
        told[name] = (get_args(hint)[0] if marked else hint, away)
    return told


def type_of(name: str) -> Any:
    found = getattr(objects, name)
    assert is_typeddict(found)
    return found


def as_shown(field: Field) -> tuple[Any, bool]:
    if isinstance(field.kind, Number):
        shown: Any = int if field.name.endswith("_id") else float
    else:
        shown = of_kind(SHOWN, field.kind)
    if (field.nullable or field.null_unless) and shown is not Any:
        shown = shown | None
    return shown, bool(field.optional or field.visible_if)


def as_included(resource: Resource, include: Include) -> dict[str, tuple[Any, bool]]:
    if include.targets:
        return {include.name: (dict[str, Any] | None, True), include.member: (objects.Ref | None, True)}
    # Of what is absent here another server may hold some.
    target: Any = dict[str, Any] if include.absent else type_of(REGISTRY[include.target].type)
    # What leaves a glimpse of itself is never out of sight.
    is_there = include.glimpse and not resource.table.c[include.column].nullable
    beside = list[target] if include.to_many else target if is_there else target | None
    names = {include.name: (beside, True)}
    if not include.always:
        names[include.member] = (list[str] if include.to_many else str | None, True)
    return names


@pytest.mark.parametrize("resource", list(REGISTRY), ids=lambda r: r.name)
def test_an_object_is_typed_as_it_is_declared(resource: Resource) -> None:
    declared = {"id": (str, False), **{field.name: as_shown(field) for field in resource.fields_and_members}}
    for include in resource.includes:
        assert include.name not in declared, "an include would hide a member"
        declared.update(as_included(resource, include))
    assert members(type_of(resource.type)) == declared


@pytest.mark.parametrize("resource", SERVED, ids=lambda r: r.name)
def test_every_include_stands_beside_its_member(resource: Resource) -> None:
    declared = {include.name: (include.member, include.target) for include in resource.includes}
    assert objects.ASSOCIATIONS[resource.name] == declared


def asked_type(resource: Resource) -> Any:
    return type_of("".join(word.title() for word in resource.name.split("_")) + "Asked")


@pytest.mark.parametrize("resource", SERVED, ids=lambda r: r.name)
def test_every_filter_may_be_asked_by_its_kind(resource: Resource) -> None:
    typed = members(asked_type(resource))
    for each in resource.filters:
        assert typed[each.name] == (filtered(each.kind), True), each.name
        mark = ":" if isinstance(each.kind, DayRange) else each.kind.mark if isinstance(each.kind, Span) else ","
        assert calls._text(each.name, ("1", "2")) == f"1{mark}2", "what stands between is known by the name"


@pytest.mark.parametrize("resource", SERVED, ids=lambda r: r.name)
def test_nothing_may_be_asked_that_no_page_knows(resource: Resource) -> None:
    known = {each.name for each in resource.filters} | published.names(resource.name, "filters") | NAMES | {"search"}
    assert set(members(asked_type(resource))) <= known


def inner_type(param: Param) -> Any:
    """The type of one of the objects that stand in a member."""
    assert isinstance(param.kind, Nested)
    if not isinstance(param.kind, Objects):
        return given.NewExternalReference
    one = re.sub("ies$", "y", param.name) if param.name.endswith("ies") else param.name.removesuffix("s")
    return getattr(given, "Given" + one.title().replace("_", ""))


def as_taken(param: Param) -> Any:
    if isinstance(param.kind, Nested):
        taken: Any = inner_type(param)
        taken = Iterable[taken] if isinstance(param.kind, Objects) else taken
    else:
        taken = of_kind(TAKEN, param.kind)
    if taken is Any:
        return taken
    if isinstance(param.kind, Text) and param.kind.numbers_too:
        taken = objects.Id
    return taken if param.required else taken | None


WRITTEN = [each for each in REGISTRY if each.endpoints & {"create", "create_or_update", "update"}]


@pytest.mark.parametrize("resource", WRITTEN, ids=lambda r: r.name)
def test_the_members_of_a_write_are_those_that_are_declared(resource: Resource) -> None:
    taken = {each.name: (as_taken(each), not each.required) for each in resource.params}
    if resource.endpoints & {"create", "create_or_update"}:
        new = {each.name: taken[each.name] for each in resource.members_of("create")}
        assert members(getattr(given, f"New{resource.type}")) == new
    if "update" in resource.endpoints:
        changed = {each.name: (taken[each.name][0], True) for each in resource.members_of("update")}
        assert members(getattr(given, f"{resource.type}Change")) == changed
    for each in resource.params:
        if isinstance(each.kind, Nested):
            inner = {p.name: (as_taken(p), not p.required) for p in each.kind.params}
            assert members(inner_type(each)) == inner


METHODS = {
    "index": ("list",),
    "show": ("get",),
    "create": ("create",),
    "create_or_update": ("create_or_update",),
    "update": ("update",),
    "delete": ("delete",),
    "bulk_delete": ("delete_many",),
    "validate": ("validate",),
    "batch": ("batch",),
}
"""What the client calls each endpoint."""


@pytest.mark.parametrize("resource", SERVED, ids=lambda r: r.name)
@pytest.mark.parametrize("kind", [client.Timewright, client.AsyncTimewright])
def test_every_endpoint_has_its_method(resource: Resource, kind: type) -> None:
    things = getattr(kind("http://127.0.0.1/api/v1", "token"), resource.name)
    for endpoint in resource.endpoints:
        for method in METHODS[endpoint]:
            assert callable(getattr(things, method)), endpoint
    for each in (*resource.steps, *resource.questions):
        assert callable(getattr(things, each.name)), each.name
    assert hasattr(things, "create_many") == ("create" in resource.endpoints and resource.most_in_a_batch > 1)
    assert hasattr(things, "me") == (resource.me is not None)


def test_both_clients_offer_the_same() -> None:
    for waits, awaits in ((client.Timewright, client.AsyncTimewright), (client.Listing, client.AsyncListing)):
        mine, theirs = ({name for name in vars(kind) if not name.startswith("_")} for kind in (waits, awaits))
        assert mine - {"close"} == theirs - {"aclose"}
    waiting, awaiting = client.Timewright("http://a/api/v1", "t"), client.AsyncTimewright("http://a/api/v1", "t")
    for resource in SERVED:
        mine, theirs = (vars(type(getattr(each, resource.name))) for each in (waiting, awaiting))
        assert {name for name in mine if name[0] != "_"} == {name for name in theirs if name[0] != "_"}
        for name in mine:
            if name[0] != "_":
                assert mine[name].__doc__ == theirs[name].__doc__


def test_pages_are_as_long_as_the_server_allows() -> None:
    assert calls.MOST_PER_PAGE == MOST_PER_PAGE
