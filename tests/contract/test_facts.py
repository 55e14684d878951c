"""The declarations say what the published pages say.

Whatever a page publishes is declared or named in `still_to_come.json`; whatever is declared is published or
named, with its decision, in `our_own.json`.
"""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.contract import declared, published
from timewright import actor, tables
from timewright.presenting import kinds
from timewright.resources import REGISTRY

every_resource = pytest.mark.parametrize("name", published.RESOURCES)
every_kind_of_name = pytest.mark.parametrize("kind", published.KINDS)

DECISION = re.compile(r"A|[BCD][1-9][0-9]?")


@every_kind_of_name
@every_resource
def test_every_published_name_is_declared_or_still_to_come(name: str, kind: str) -> None:
    known = declared.names(declared.resource(name), kind) | published.awaited(name, kind)
    assert sorted(published.names(name, kind) - known) == []


@every_kind_of_name
@every_resource
def test_nothing_that_is_still_to_come_is_declared(name: str, kind: str) -> None:
    assert sorted(published.awaited(name, kind) & declared.names(declared.resource(name), kind)) == []


@every_kind_of_name
@every_resource
def test_everything_that_is_still_to_come_is_published(name: str, kind: str) -> None:
    assert sorted(published.awaited(name, kind) - published.names(name, kind)) == []


@every_kind_of_name
@every_resource
def test_every_declared_name_is_published_or_decided(name: str, kind: str) -> None:
    known = published.names(name, kind) | published.extensions(name, kind)
    if kind == "fields":
        known |= set(published.members_of_includes(name))
    if kind == "endpoints" and "update" in known:
        # PATCH does what PUT does, wherever an object can be changed.
        known.add("patch_alias")
    assert sorted(declared.names(declared.resource(name), kind) - known) == []


@every_kind_of_name
@every_resource
def test_every_extension_is_declared_and_unpublished(name: str, kind: str) -> None:
    own = published.extensions(name, kind)
    assert sorted(own - declared.names(declared.resource(name), kind)) == []
    assert sorted(own & published.names(name, kind)) == []


@every_resource
def test_nothing_is_declared_that_a_page_does_not_offer(name: str) -> None:
    refused = {{"plain_create": "create"}.get(op, op) for op in published.facts(name).get("not_offered", ())}
    assert sorted(refused & declared.names(declared.resource(name), "endpoints")) == []


def test_time_entries_await_no_more_than_later_filters_and_errors() -> None:
    awaited = published.still_to_come()["time_entries"]
    assert sorted(set(awaited) - {"filters", "errors"}) == []


def test_every_declared_resource_has_a_page() -> None:
    assert sorted(each.name for each in REGISTRY) == sorted(published.RESOURCES)


def test_what_is_still_to_come_is_of_a_known_resource_and_kind() -> None:
    listed = published.still_to_come()
    assert sorted(set(listed) - {*published.RESOURCES, "common"}) == []
    assert {kind for kinds_of_one in listed.values() for kind in kinds_of_one} <= {*published.KINDS, "errors"}


@every_resource
def test_every_resource_is_called_as_published(name: str) -> None:
    resource, page = declared.resource(name), published.facts(name)
    assert (resource.name, resource.singular, resource.type) == (page["resource"], page["singular"], page["type"])


def test_every_extension_and_deviation_names_its_decision() -> None:
    rows = published.our_own()["extensions"] + published.our_own()["deviations"]
    assert [row for row in rows if not DECISION.fullmatch(row["decision"])] == []


def test_every_deviation_differs_from_what_is_published() -> None:
    rows = published.our_own()["deviations"]
    assert [row for row in rows if _said(row) == row["ours"]] == []


def _said(deviation: Mapping[str, Any]) -> Any:
    part = published.facts(deviation["resource"])[deviation["part"]]
    return part[deviation["name"]][deviation["attribute"]]


@every_resource
def test_every_field_is_there_when_published(name: str) -> None:
    said = published.fact(name, "fields", "presence")
    with_includes = {member: f"include:{each}" for member, each in published.members_of_includes(name).items()}
    expected = with_includes | {member: "always" if when == "fk" else when for member, when in said.items()}
    assert _of_both(declared.presence(declared.resource(name)), expected) == []


@every_resource
def test_every_foreign_key_is_shown_as_an_id(name: str) -> None:
    said, kinds_shown = published.fact(name, "fields", "presence"), declared.shown(declared.resource(name))
    keys = [member for member, when in said.items() if when == "fk" and member in kinds_shown]
    assert [member for member in keys if kinds_shown[member] != {"string"}] == []


@every_resource
def test_every_field_is_nullable_as_published(name: str) -> None:
    said = published.fact(name, "fields", "nullable")
    expected = {member: nullable for member, nullable in said.items() if nullable is not None}
    assert _of_both(declared.is_nullable(declared.resource(name)), expected) == []


@every_resource
def test_every_field_is_of_the_published_kind(name: str) -> None:
    said, ours = published.fact(name, "fields", "kind"), declared.shown(declared.resource(name))
    fitting = {member: said[member] if said.get(member) in shown else sorted(shown) for member, shown in ours.items()}
    assert _of_both(fitting, {member: kind for member, kind in said.items() if kind is not None}) == []


@every_resource
def test_every_field_is_left_out_only_where_published(name: str) -> None:
    said = published.fact(name, "fields", "conditional", unsaid=False)
    assert _of_both(declared.is_conditional(declared.resource(name)), said) == []


@every_resource
def test_every_unset_date_is_blank_only_where_published(name: str) -> None:
    said = {member for member, unset in published.fact(name, "fields", "unset").items() if unset == ""}
    ours = {each.name for each in declared.resource(name).fields if isinstance(each.kind, kinds.BlankDay)}
    assert ours == said & set(declared.fields(declared.resource(name)))


@every_resource
def test_every_object_holds_the_published_members(name: str) -> None:
    fields = declared.fields(declared.resource(name))
    said = {each: set(held) for each, held in published.fact(name, "fields", "members").items() if held}
    assert _of_both({each: declared.object_members(fields[each]) for each in said if each in fields}, said) == []


@pytest.mark.parametrize(
    ("name", "member", "stored"),
    [
        ("stories", "state", tables.STORY_STATES),
        ("stories", "story_type", tables.STORY_TYPES),
        ("stories", "priority", tables.PRIORITIES),
        ("workspaces", "access_level", tables.WORKSPACE_ACCESS),
        ("timesheet_submissions", "status", tables.SUBMISSION_STATUSES),
        ("external_references", "status", tables.REFERENCE_STATUSES),
        ("account_memberships", "permission", tables.ACCOUNT_PERMISSIONS),
        ("participations", "role", actor.ROLES),
        ("custom_fields", "value_type", tables.CUSTOM_VALUE_TYPES),
        ("story_dependencies", "type", tables.DEPENDENCY_TYPES),
    ],
)
def test_the_words_that_are_stored_are_the_published_ones(name: str, member: str, stored: tuple[str, ...]) -> None:
    assert sorted(stored) == sorted(published.fact(name, "fields", "values")[member])


def test_the_ladders_are_the_published_ones() -> None:
    assert list(tables.ACCOUNT_PERMISSIONS) == published.facts("account_memberships")["permissions"]
    assert list(tables.ACCESS_LEVELS) == published.facts("participations")["access_levels"]


def test_a_workspace_lists_the_published_states_of_its_stories() -> None:
    value = declared.fields(declared.resource("workspaces"))["task_statuses"].value
    assert value is not None
    assert list(value({})) == published.fact("stories", "fields", "values")["state"]


@every_resource
def test_every_include_sets_the_published_member(name: str) -> None:
    ours = {each.name: each.member for each in declared.resource(name).includes}
    assert _of_both(ours, published.fact(name, "includes", "member")) == []


@every_resource
def test_every_include_fills_the_published_key(name: str) -> None:
    ours = {each.name: each.target or None for each in declared.resource(name).includes}
    assert _of_both(ours, published.fact(name, "includes", "key")) == []


@every_resource
def test_every_include_of_many_sets_a_member_of_many_ids(name: str) -> None:
    includes = declared.resource(name).includes
    assert [each.name for each in includes if each.to_many != each.member.endswith("_ids")] == []


@every_resource
def test_an_include_works_with_only_alone_where_published(name: str) -> None:
    said = {each: word == "only" for each, word in published.fact(name, "includes", "only_with").items()}
    ours = {each.name: each.with_only for each in declared.resource(name).includes}
    assert _of_both(ours, said) == []


@every_resource
def test_the_default_order_is_the_published_one(name: str) -> None:
    resource = declared.resource(name)
    default = published.facts(name)["orders"]["default"] if resource.orders else ""
    assert ":".join(resource.default_order or ()) == default


@every_resource
def test_every_filter_takes_the_published_kind_of_value(name: str) -> None:
    ours = {each.name: declared.filtered(each) for each in declared.resource(name).filters}
    assert _of_both(ours, published.fact(name, "filters", "kind")) == []


@every_resource
def test_a_list_cannot_do_without_the_filters_that_are_published_so(name: str) -> None:
    ours = {each.name: each.required for each in declared.resource(name).filters}
    assert _of_both(ours, published.fact(name, "filters", "required", unsaid=False)) == []


@every_resource
def test_every_filter_has_the_published_default(name: str) -> None:
    unsent = {each for each, narrows in published.fact(name, "filters", "narrows_unsent").items() if narrows}
    ours = {each.name: each.default for each in declared.resource(name).filters if each.name not in unsent}
    assert _of_both(ours, published.fact(name, "filters", "default")) == []


@every_resource
def test_a_filter_that_narrows_when_it_is_not_sent_has_a_default_of_its_own(name: str) -> None:
    filters = declared.filters(declared.resource(name))
    unsent = [each for each, narrows in published.fact(name, "filters", "narrows_unsent").items() if narrows]
    assert [each for each in unsent if each in filters and filters[each].default in {None, True, False}] == []


@every_resource
def test_every_list_asks_for_the_filters_that_its_page_requires(name: str) -> None:
    said = {each for each, required in published.fact(name, "filters", "required").items() if required}
    assert {each.name for each in declared.resource(name).filters if each.required} == said


@every_resource
def test_every_filter_by_a_choice_knows_the_published_words(name: str) -> None:
    ours = {each.name: declared.words(each.kind) for each in declared.resource(name).filters}
    said = {each: sorted(words) for each, words in published.fact(name, "filters", "values").items() if words}
    assert _of_both({each: words for each, words in ours.items() if words}, said) == []


@every_resource
def test_every_group_of_filters_is_the_common_one(name: str) -> None:
    groups = published.facts("common")["filter_groups"]
    grouped = {each: row for each, row in published.facts(name)["filters"].items() if "group" in row}
    for group in {row["group"] for row in grouped.values()}:
        of_group = {each: row for each, row in grouped.items() if row["group"] == group}
        assert of_group == {each: {**row, "group": group} for each, row in groups[group].items()}


@every_resource
def test_every_param_takes_the_published_kind_of_value(name: str) -> None:
    ours = {each.name: declared.sent(each) for each in declared.resource(name).params}
    assert _of_both(ours, _each(published.params(name), "kind")) == []


@every_resource
def test_the_required_params_are_the_published_ones(name: str) -> None:
    ours = {each.name: each.required for each in declared.resource(name).params}
    assert _of_both(ours, _each(published.params(name), "required")) == []


@every_resource
def test_every_param_is_bounded_as_decided(name: str) -> None:
    ours = {each.name: declared.limits(each.kind) for each in declared.resource(name).params}
    bounded = {each: row["limits"] for each, row in published.params(name).items() if "limits" in row}
    assert _of_both({each: bounds for each, bounds in ours.items() if each in bounded}, bounded) == []


@every_resource
def test_every_nested_param_has_the_published_members(name: str) -> None:
    for each in declared.resource(name).params:
        said, ours = published.params(name)[each.name].get("members", {}), declared.inner(each)
        assert {inner: declared.sent(param) for inner, param in ours.items()} == _each(said, "kind")
        assert {inner: param.required for inner, param in ours.items()} == _each(said, "required")
        chosen = {inner: sorted(row["values"]) for inner, row in said.items() if "values" in row}
        assert {inner: declared.words(ours[inner].kind) for inner in chosen} == chosen


def test_a_batch_holds_at_most_the_published_number() -> None:
    published_most = {
        name: most["create"] for name, most in published.facts("common")["bulk"].items() if "create" in most
    }
    ours = {each.name: each.most_in_a_batch for each in REGISTRY if "create" in each.endpoints}
    assert _of_both(ours, published_most) == []


def test_a_batch_of_time_entries_is_bounded_as_its_own_page_says() -> None:
    page = published.facts("time_entries")
    assert page["bulk_create"]["root"] == declared.resource("time_entries").name
    assert page["bulk_create"]["most"] == declared.resource("time_entries").most_in_a_batch


def _each(rows: Mapping[str, Mapping[str, Any]], attribute: str) -> dict[str, Any]:
    return {name: row[attribute] for name, row in rows.items()}


def _of_both(ours: Mapping[str, Any], said: Mapping[str, Any]) -> list[str]:
    """What differs, of the names that are both declared and published."""
    both = [name for name in ours if name in said]
    return [f"{name}: {ours[name]!r}, published {said[name]!r}" for name in both if ours[name] != said[name]]
