"""From parameters to what is asked for: paging, only, order, filters and their defaults, includes. Comments name the
section of the contract's README that an oddity comes from."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract import published
from timewright.errors import Unreadable
from timewright.presenting.ask import ask, is_blank
from timewright.presenting.kinds import LARGEST, Flag, Wire
from timewright.resources import REGISTRY

ENTRIES, STORIES, USERS, WORKSPACES = (REGISTRY[name] for name in ("time_entries", "stories", "users", "workspaces"))
MARK = "zebra-4711"


def asked(resource=ENTRIES, **parameters):
    return ask(resource, parameters, Wire())


def filters(resource=ENTRIES, **parameters):
    return {each.name: value for each, value in asked(resource, **parameters).filters}


# Paging (README, pagination) ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "per_page"),
    [
        ("1", 1), ("200", 200), ("201", 200), ("999999999999999999999", 200), ("0", 20), ("-1", 20), ("x", 20),
        ("", 20), (" ", 20), ("3x", 3), ("3.9", 3), (" 3", 3), ("+3", 3), ("x3", 20), ("\u0663", 20), (50, 50),
        ([], 20), (["3"], 20), ({"a": "3"}, 20), (None, 20), ("0x10", 20), ("1e2", 1), ("9" * 5_000, 200),
    ],
    ids=repr,
)  # fmt: skip
def test_a_page_holds_1_to_200_and_20_when_that_makes_no_sense(raw, per_page):
    told = asked(per_page=raw)
    assert (told.per_page, told.limit, told.offset, told.page) == (per_page, per_page, 0, 1)


@pytest.mark.parametrize(
    ("raw", "page", "offset"),
    [
        ("1", 1, 0), ("3", 3, 20), ("", 1, 0), (None, 1, 0), ([], 1, 0),
        ("0", 0, 0), ("-5", -5, 0), ("x", 0, 0), ("2x", 2, 10),  # the page before the first is the first; not clamped
        ("1000000000000000000000000000000", LARGEST, LARGEST), ("-1000000000000000000000000000000", -LARGEST, 0),
        (str(LARGEST), LARGEST, LARGEST), ("9" * 5_000, LARGEST, LARGEST), (2, 2, 10), (["2"], 0, 0),
    ],
)  # fmt: skip
def test_the_number_of_a_page_is_kept_as_it_was_sent(raw, page, offset):
    told = asked(page=raw, per_page="10")
    assert (told.page, told.offset) == (page, offset)


@pytest.mark.parametrize(
    ("limit", "offset", "expected"),
    [
        ("5", "7", (5, 7)), ("0", "0", (1, 0)), ("-3", "-3", (1, 0)), ("999", "1", (200, 1)), ("x", "x", (1, 0)),
        ("5", str(10**30), (5, LARGEST)),
        ("5", None, (10, 20)), ("5", "", (10, 20)), (None, "7", (10, 20)), (" ", "7", (10, 20)),  # one alone is ignored
    ],
)  # fmt: skip
def test_limit_and_offset_win_over_the_page_when_both_are_sent(limit, offset, expected):
    told = asked(limit=limit, offset=offset, page="3", per_page="10")
    assert (told.limit, told.offset) == expected
    assert (told.page, told.per_page) == (3, 10)  # what `meta` goes on saying


@settings(suppress_health_check=[HealthCheck.too_slow])  # text of all letters is slow to begin with
@given(st.dictionaries(st.sampled_from(["page", "per_page", "limit", "offset"]), st.text(max_size=40) | st.integers()))
def test_no_paging_is_an_error_and_every_page_can_be_asked_of_a_database(parameters):
    told = asked(**parameters)
    assert 1 <= told.per_page <= 200
    assert 1 <= told.limit <= 200
    assert 0 <= told.offset <= LARGEST
    assert -LARGEST <= told.page <= LARGEST


# Only (README, only and show) ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "only"),
    [
        ("5", (5,)), ("5,6,7", (5, 6, 7)), ("7,5,7", (5, 7)), (" 5 , 6 ", (5, 6)), ("5,,6,", (5, 6)), ("5,x,6", (5, 6)),
        ("-5,+6,7.0,8e1,0x9", ()), ("x", ()), (",", ()), ("٥,5", (5,)), ("²", ()), ("0", (0,)), ("007", (7,)),
        (str(LARGEST), (LARGEST,)), (str(LARGEST + 1), ()), ("9" * 5_000, ()), (["5", "6,7"], (5, 6, 7)),
        ([5, 6], (5, 6)),
        (5, (5,)), ({"a": "5"}, ()), ([{"a": "5"}], ()), (True, ()), ("", None), (" ", None), (None, None), ([], None),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_only_takes_ids_and_drops_what_is_none(raw, only):
    assert asked(only=raw).only == only


# Order (README, order) ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "name", "descending"),
    [
        (None, "date_performed", True), ("", "date_performed", True), ("created_at:desc", "created_at", True),
        ("created_at:asc", "created_at", False), ("created_at", "created_at", False),
        ("created_at:", "created_at", False),
        ("created_at:DESC", "created_at", False), ("created_at:desc ", "created_at", False),
        ("created_at: desc", "created_at", False),
        ("created_at:descending", "created_at", False), ("created_at:-1", "created_at", False),
        ("Created_at:asc", "date_performed", True), (" created_at:asc", "date_performed", True),
        ("id:asc", "date_performed", True), ("notes:asc", "date_performed", True),
        ("rate_in_cents", "date_performed", True),
        ("created_at,id:asc", "date_performed", True), (":asc", "date_performed", True), (MARK, "date_performed", True),
        (["created_at:asc"], "date_performed", True), ({"created_at": "asc"}, "date_performed", True),
        (5, "date_performed", True), ("created_at\0:asc", "date_performed", True),
    ],
    ids=repr,
)  # fmt: skip
def test_an_order_is_known_or_the_default(raw, name, descending):
    told = asked(order=raw)
    assert (told.order.name, told.descending) == (name, descending)


def test_a_resource_without_orders_comes_in_order_of_ids():
    told = asked(REGISTRY["time_off_entries"], order="name:desc")
    assert (told.order, told.descending, told.unknown) == (None, False, ("name:desc",))


# Filters (README, filters) ------------------------------------------------------------------------


DEFAULTS = {"from_archived_workspaces": False, "on_my_account": True}


def test_defaults_apply_unless_something_else_is_sent():
    assert filters() == DEFAULTS
    assert filters(from_archived_workspaces="true") == {**DEFAULTS, "from_archived_workspaces": True}
    assert filters(on_my_account="false") == {**DEFAULTS, "on_my_account": False}
    assert filters(workspace_id="7") == {**DEFAULTS, "workspace_id": 7}


@pytest.mark.parametrize("raw", ["", " ", "\t", None, []])
def test_a_blank_filter_counts_as_not_sent(raw):
    names = [each.name for each in ENTRIES.filters]
    assert filters(**dict.fromkeys(names, raw)) == DEFAULTS


@pytest.mark.parametrize("raw", ["true", "TRUE", "1", 1, True, "", " ", None])
def test_defaults_are_kept(raw):
    assert filters(apply_default_filters=raw) == DEFAULTS


@pytest.mark.parametrize("raw", ["false", "FALSE", "0", "True", "yes", "tru", "2", 0, False, {"a": "1"}, ["1"], MARK])
def test_defaults_are_switched_off_by_any_other_value(raw):
    assert filters(apply_default_filters=raw) == {}
    assert filters(apply_default_filters=raw, on_my_account="true") == {"on_my_account": True}


def test_a_filter_takes_the_place_of_the_defaults_it_replaces():
    assert filters(WORKSPACES) == {"include_archived": False}
    assert filters(WORKSPACES, archived="include") == {"archived": "include"}
    assert filters(WORKSPACES, archived="only", include_archived="false") == {
        "archived": "only",
        "include_archived": False,
    }
    assert filters(WORKSPACES, archived="") == {"include_archived": False}
    shown = {"show_deleted": False, "show_from_archived_workspaces": False, "show_todos": False}
    assert filters(STORIES) == {**shown, "show_archived": False}
    assert filters(STORIES, only_archived="true") == {**shown, "only_archived": True}
    assert filters(STORIES, archived="exclude") == {**shown, "archived": "exclude"}


ALL_FILTERS = [(resource, each) for resource in (ENTRIES, USERS, WORKSPACES, STORIES) for each in resource.filters]
FLAGS = [(resource, each) for resource, each in ALL_FILTERS if isinstance(each.kind, Flag)]


@pytest.mark.parametrize(
    ("resource", "each"), [pair for pair in ALL_FILTERS if pair not in FLAGS], ids=lambda value: value.name
)
def test_a_filter_that_cannot_be_read_is_named_and_its_value_is_not(resource, each):
    for raw in (MARK + "\0", [MARK, {"a": MARK}], {"a": MARK}):
        with pytest.raises(Unreadable) as told:
            asked(resource, **{each.name: raw})
        assert told.value.message.startswith(f"The filter {each.name} must ")
        assert told.value.message.endswith(".")
        assert MARK not in told.value.message


@pytest.mark.parametrize(("resource", "each"), FLAGS, ids=lambda value: value.name)
@pytest.mark.parametrize("raw", ["true", "false", "0", 0, False, MARK + "\0", [MARK], {"a": MARK}, {}])
def test_a_flag_is_switched_on_by_any_value_that_is_not_blank(resource, each, raw):
    # README, file shape: a flag; the page says of approved, invoiced and uninvoiced that the value is ignored.
    assert filters(resource, **{each.name: raw})[each.name] is True


def test_the_most_ids_of_another_system_are_as_many_as_published():
    # common.filter_groups.external_references: service_model_refs takes 200 at most.
    name = "external_reference_service_model_refs"
    refs = [f"R-{number}" for number in range(200)]
    for resource in (ENTRIES, USERS, WORKSPACES, STORIES):
        assert published.fact(resource.name, "filters", "max")[name] == len(refs)
        assert filters(resource, **{name: ",".join(refs)})[name] == refs
        with pytest.raises(Unreadable, match="must be a list of at most 200"):
            asked(resource, **{name: [*refs, "R-200"]})


# Includes and optional fields ---------------------------------------------------------------------


def test_includes_come_in_the_order_of_the_declaration_and_once():
    told = asked(include="workspace,user,story,user")
    assert [each.name for each in told.includes] == ["story", "user", "workspace"]


def test_names_are_exact():
    told = asked(
        include="User,users,user_id, user ,story.workspace,*", optional_fields="Location_id,notes,user_can_edit"
    )
    assert [each.name for each in told.includes] == ["user"]
    assert told.optional_fields == {"user_can_edit"}
    assert told.unknown == ("User", "users", "user_id", "story.workspace", "*", "Location_id", "notes")


def test_a_request_that_knows_everything_has_nothing_unknown():
    parameters = {
        "include": "user", "optional_fields": "location_id", "order": "created_at:desc", "page": "1", "per_page": "5",
        "limit": "1", "offset": "1", "only": "1", "apply_default_filters": "1", "workspace_id": "1", "billable": "",
    }  # fmt: skip
    assert asked(**parameters).unknown == ()


@pytest.mark.parametrize("value", [None, "", " ", "\t\n", "\u3000", []])
def test_what_is_blank(value):
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, False, "0", "false", "null", {}, [""], "x"])
def test_what_is_not_blank(value):
    assert not is_blank(value)


parameter_names = st.sampled_from(
    ["include", "optional_fields", "order", "page", "per_page", "limit", "offset", "only", "apply_default_filters", "x"]
    + [each.name for _, each in ALL_FILTERS]
)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
parameter_values = st.recursive(
    text | st.integers() | st.booleans() | st.none() | st.sampled_from(["1", "true", "2026-01-05", "2026-01-05:"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from([ENTRIES, USERS, WORKSPACES, STORIES]), st.dictionaries(parameter_names, parameter_values))
def test_only_a_filter_is_ever_refused(resource, parameters):
    try:
        told = asked(resource, **parameters)
    except Unreadable as refusal:
        name = refusal.message.split()[2]
        assert name in parameters
        assert name in {each.name for each in resource.filters}
    else:
        assert told == asked(resource, **parameters)
