"""Every filter of time entries against plain Python over the same rows, alone and together, under every order and
paging (contract: time_entries.filters, time_entries.orders, common.filter_groups, README: pagination, filters, order).
"""

import math
from collections.abc import Iterator
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests import filtered_world
from tests.builders import MADE_AT
from tests.contract import published
from tests.filtered_world import FIRST_DAY, STEP, FilteredWorld
from timewright.api.app import application
from timewright.resources import REGISTRY
from timewright.settings import Settings

_WORLDS: dict[str, FilteredWorld] = {}


@pytest.fixture(scope="module")
def asking(engine) -> Iterator[tuple[FilteredWorld, TestClient]]:
    """The filtered world, and a client of its server."""

    def fill(database):
        _WORLDS[engine.name] = filtered_world.build(database)

    with (
        engine.copy("filtered", fill) as database,
        TestClient(application(database, REGISTRY, Settings()), raise_server_exceptions=False) as client,
    ):
        yield _WORLDS[engine.name], client


# What each filter lets through --------------------------------------------------------------------
# By name: what may be sent, and the question that it asks of an entry: of the world, the caller, the value.

TRUE, FALSE = st.sampled_from(["true", "TRUE", "1"]), st.sampled_from(["false", "FALSE", "0"])
SWITCH = TRUE.map(lambda text: (text, True)) | FALSE.map(lambda text: (text, False))
FLAG = st.sampled_from(["true", "false", "0", "x"]).map(lambda text: (text, True))
ID = st.integers(0, 9).map(lambda number: (str(number), number))
IDS = st.lists(st.integers(0, 9), min_size=1, max_size=4).map(lambda ids: (",".join(map(str, ids)), ids))


def words(*known):
    return st.sampled_from([*known, "unheard of"]).map(lambda word: (word, word))


@st.composite
def instants(draw):
    moment = MADE_AT + draw(st.integers(-1, 50)) * STEP + timedelta(microseconds=draw(st.integers(-1, 1)))
    shown = moment.astimezone(timezone(timedelta(minutes=draw(st.sampled_from([0, 60, -480, 345])))))
    text = shown.isoformat(sep=draw(st.sampled_from("T ")), timespec="microseconds")
    if shown.utcoffset() == timedelta(0) and draw(st.booleans()):
        text = text.replace("+00:00", draw(st.sampled_from(["Z", ""])))
    return text, moment.astimezone(UTC)


@st.composite
def ranges(draw):
    first, last = (FIRST_DAY + timedelta(days=draw(st.integers(-1, 13))) for _ in range(2))
    first, last = draw(st.sampled_from([(first, last), (first, None), (None, last), (None, None)]))
    return f"{first or ''}:{last or ''}", (first, last)


def in_range(entry, first, last):
    day = entry["date_performed"]
    return (first is None or first <= day) and (last is None or day <= last)


def has(world, entry, **asked):
    return [r for r in world.references_of(entry) if all(r[name] == value for name, value in asked.items())]


FILTERS = {
    "created_after": (instants(), lambda w, c, e, v: e["created_at"] > v),
    "created_before": (instants(), lambda w, c, e, v: e["created_at"] < v),
    "updated_after": (instants(), lambda w, c, e, v: e["updated_at"] > v),
    "updated_before": (instants(), lambda w, c, e, v: e["updated_at"] < v),
    "has_external_references": (SWITCH, lambda w, c, e, v: bool(has(w, e)) is v),
    "without_external_reference_service_name": (
        words("tracker", "ledger"),
        lambda w, c, e, v: not has(w, e, service_name=v),
    ),
    "approved": (FLAG, lambda w, c, e, v: e["approved"] or not w.workspace_of(e)["require_time_approvals"]),
    "billable": (SWITCH, lambda w, c, e, v: e["billable"] is v),
    "created_by": (ID, lambda w, c, e, v: e["created_by_id"] == v and (e["user_id"] == v or w.knows(c, v))),
    "date_performed_between": (ranges(), lambda w, c, e, v: in_range(e, *v)),
    "in_active_invoice_id": (ID, lambda w, c, e, v: e["invoice_id"] == v),
    "in_active_submission": (SWITCH, lambda w, c, e, v: (e["active_submission_id"] is not None) is v),
    "invoiced": (FLAG, lambda w, c, e, v: e["invoice_id"] is not None),
    "uninvoiced": (FLAG, lambda w, c, e, v: e["invoice_id"] is None),
    "with_recent_timesheet_ids": (IDS, lambda w, c, e, v: e["recent_submission_id"] in v),
    "with_timesheet_id": (ID, lambda w, c, e, v: e["active_submission_id"] == v),
    "with_user_ids": (IDS, lambda w, c, e, v: e["user_id"] in v),
    "workspace_id": (ID, lambda w, c, e, v: e["workspace_id"] == v),
    "workspace_ids": (IDS, lambda w, c, e, v: e["workspace_id"] in v),
    "story_id": (ID, lambda w, c, e, v: e["story_id"] == v),
}

REFERENCES = {
    "external_reference_service_name": words("tracker", "ledger"),
    "external_reference_service_model": words("Issue", "Line"),
    "external_reference_service_model_ref": words("1", "2", "REF-3"),
    "external_reference_service_model_refs": st.sampled_from([("1,2", ["1", "2"]), (" REF-3 ,,", ["REF-3"])]),
    "external_reference_status": words("successful", "pending", "failed")
    | st.sampled_from([("fail", "failed"), ("Failed", "failed")]),
    "external_reference_external_status": words("open", "Open"),
    "external_reference_external_message": words("It broke", "it broke"),
}
"""These must hold for one and the same reference (contract: common.filter_groups.external_references)."""

DEFAULTS = {"from_archived_workspaces": False, "on_my_account": True}


def of_reference(reference, name, value):
    member = name.removeprefix("external_reference_").replace("refs", "ref")
    return reference[member] in value if isinstance(value, list) else reference[member] == value


def test_every_published_filter_is_asked_here():
    assert {*FILTERS, *REFERENCES, *DEFAULTS} == set(published.facts("time_entries")["filters"])


EVERY = {name: sent for name, (sent, _) in FILTERS.items()} | REFERENCES | dict.fromkeys(DEFAULTS, SWITCH)
ORDERS = [("created_at", False), ("created_at", True), ("updated_at", True), ("date_performed", False), (None, True)]


@st.composite
def questions(draw):
    """Which filters are sent, with which value: mostly few, since many together find nothing."""
    names = draw(st.lists(st.sampled_from(sorted(EVERY)), max_size=4, unique=True))
    return {name: draw(EVERY[name]) for name in names}


def expected(world, caller, asked, order, descending, with_defaults=True):
    values = {name: value for name, (_, value) in asked.items()}
    shown = (DEFAULTS if with_defaults else {}) | values
    told = []
    for name, value in values.items():
        if name in FILTERS:
            question = FILTERS[name][1]
            told.append(lambda e, question=question, value=value: question(world, caller, e, value))
    of_one = {name: value for name, value in values.items() if name in REFERENCES}
    if of_one:
        told.append(
            lambda e: any(all(of_reference(r, *each) for each in of_one.items()) for r in world.references_of(e))
        )
    if shown.get("from_archived_workspaces") is False:
        told.append(lambda e: not world.workspace_of(e)["archived"])
    return world.listed(caller, told, order or "date_performed", descending, bool(shown.get("on_my_account")))


def get(asking, caller, **parameters):
    world, client = asking
    headers = {"Authorization": f"Bearer {world.tokens[caller]}"}
    answer = client.get("/api/v1/time_entries", params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


CALLERS = ("administrator", "lead", "consultant", "loner", "guest")


@settings(max_examples=150, deadline=None)
@given(
    caller=st.sampled_from(CALLERS),
    asked=questions(),
    order=st.sampled_from(ORDERS),
    per_page=st.integers(1, 70),
    page=st.integers(1, 4),
    defaults=st.sampled_from([None, "true", "1", "false", "no"]),
)
@example("guest", {"on_my_account": ("false", False), "approved": ("1", True)}, (None, True), 70, 1, None)
@example(
    "guest",
    {"on_my_account": ("false", False), "has_external_references": ("false", False)},
    (None, True), 70, 1, "no",
)  # fmt: skip
def test_filters_together_find_what_plain_python_finds(asking, caller, asked, order, per_page, page, defaults):
    name, descending = order
    parameters = {each: raw for each, (raw, _) in asked.items()} | {"per_page": per_page, "page": page}
    if name:
        parameters["order"] = f"{name}:desc" if descending else name
    if defaults:
        parameters["apply_default_filters"] = defaults
    whole = expected(asking[0], caller, asked, name, descending, defaults in {None, "true", "1"})
    told = get(asking, caller, **parameters)
    here = whole[(page - 1) * per_page : page * per_page]
    assert [int(each["id"]) for each in told["results"]] == [each["id"] for each in here]
    assert told["count"] == len(whole)
    assert told["meta"]["page_count"] == math.ceil(len(whole) / per_page)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", sorted(EVERY))
def test_a_filter_alone_finds_what_plain_python_finds(asking, caller, name):
    @settings(max_examples=6, deadline=None, database=None, derandomize=True)
    @given(EVERY[name], st.booleans())
    def check(value, everywhere):
        asked = {name: value} | ({"on_my_account": ("false", False)} if everywhere and name != "on_my_account" else {})
        whole = expected(asking[0], caller, asked, None, True)
        told = get(asking, caller, per_page=200, **{each: raw for each, (raw, _) in asked.items()})
        assert [int(each["id"]) for each in told["results"]] == [each["id"] for each in whole]
        assert told["count"] == len(whole)

    check()


@pytest.mark.parametrize("name", sorted(EVERY))
def test_a_filter_lets_some_through_and_not_all(asking, name):
    """So that none of these comparisons is one of nothing with nothing."""
    values = {
        "billable": "true", "approved": "x", "invoiced": "x", "uninvoiced": "x", "in_active_submission": "true",
        "has_external_references": "true", "from_archived_workspaces": "false", "on_my_account": "true",
        "created_after": "2026-01-08", "created_before": "2026-01-08", "updated_after": "2026-01-08",
        "updated_before": "2026-01-08", "date_performed_between": "2026-01-03:2026-01-06",
        "external_reference_service_name": "tracker", "without_external_reference_service_name": "tracker",
        "external_reference_service_model": "Issue", "external_reference_service_model_ref": "REF-3",
        "external_reference_service_model_refs": "1,2", "external_reference_status": "fail",
        "external_reference_external_status": "open", "external_reference_external_message": "It broke",
        "with_recent_timesheet_ids": "1,2,5", "with_timesheet_id": "5", "in_active_invoice_id": "1",
    }  # fmt: skip
    everything = {"from_archived_workspaces": "true", "on_my_account": "false"}
    caller = "guest" if name == "on_my_account" else "administrator"
    every = get(asking, caller, **everything)["count"]
    told = get(asking, caller, **everything | {name: values.get(name, "2")})["count"]
    assert 0 < told < every
