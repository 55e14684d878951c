"""What is odd about lists and what clients rely on, sentence by sentence. Each docstring names the section of the
contract's README, or the entry of a page, that says so.
"""

from datetime import date, timedelta

import pytest

from tests.builders import MADE_AT, Builder
from tests.conftest import open_house
from tests.contract import published

MANY = 450
FIRST = 1_001


@pytest.fixture(scope="module")
def many(engine):
    """The cast's house with so many entries of Kim's more, on days of their own."""
    with open_house(engine) as house:
        world = house.world
        with house.database.write() as tx:
            make = Builder(tx)
            for number in range(MANY):
                make.entry(
                    world.workspaces["main"],
                    world.users["kim"],
                    id=FIRST + number,
                    date_performed=date(2027, 1, 1) + timedelta(days=number),
                    created_at=MADE_AT + timedelta(seconds=number),
                    story_id=world.stories["task"]["id"] if number % 2 else None,
                )
        yield house


NEW = {"date_performed_between": "2027-01-01:"}


def listed(house, part="kim", **parameters):
    return house.get(part, "/time_entries", **parameters).json()


def ids(told):
    return [int(each["id"]) for each in told["results"]]


def newest(first, last):
    """The ids of the new entries from one place to another of the default order."""
    return list(range(FIRST + MANY - 1 - first, FIRST + MANY - 1 - last, -1))


# Pagination ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "size"), [(199, 199), (200, 200), (201, 200), (10**6, 200), ("10" * 40, 200)])
def test_per_page_above_200_is_200_and_no_error(many, sent, size):
    """README, pagination: above 200 is 200; never an error."""
    told = listed(many, per_page=sent, **NEW)
    assert ids(told) == newest(0, size)
    assert (told["meta"]["page_size"], told["meta"]["page_count"]) == (size, -(-MANY // size))


@pytest.mark.parametrize("sent", [0, -1, "many", "", "٣"])
def test_per_page_below_1_or_no_number_is_20(many, sent):
    """README, pagination: below 1 or not a number is 20."""
    assert ids(listed(many, per_page=sent, **NEW)) == newest(0, 20)


@pytest.mark.parametrize(("page", "shown"), [(0, 0), (-3, -3), ("x", 0), (1, 1), ("1.9", 1), ("", 1)])
def test_a_page_below_1_is_page_1_and_is_told_as_it_was_sent(many, page, shown):
    """README, pagination: page below 1 fetches page 1; page_number is not clamped."""
    told = listed(many, page=page, **NEW)
    assert ids(told) == newest(0, 20)
    assert told["meta"]["page_number"] == shown


def test_the_last_page_is_short_and_what_follows_is_empty_with_the_true_count(many):
    """README, pagination: a page past the end is 200, with empty results and the true count."""
    assert ids(listed(many, per_page=200, page=3, **NEW)) == newest(400, 450)
    past = listed(many, per_page=200, page=4, **NEW)
    assert (past["results"], past["time_entries"]) == ([], {})
    assert past["count"] == past["meta"]["count"] == MANY
    assert (past["meta"]["page_count"], past["meta"]["page_number"]) == (3, 4)


def test_limit_and_offset_win_only_together(many):
    """README, pagination: both non-blank win, one alone is ignored; page_size and page_number stay what they were."""
    both = listed(many, limit=7, offset=11, page=3, per_page=50, **NEW)
    assert ids(both) == newest(11, 18)
    assert both["meta"] == {"count": MANY, "page_count": 9, "page_number": 3, "page_size": 50}
    for alone in ({"limit": 7}, {"offset": 11}, {"limit": 7, "offset": ""}, {"limit": " ", "offset": 11}):
        assert ids(listed(many, page=3, per_page=50, **alone, **NEW)) == newest(100, 150)


@pytest.mark.parametrize(
    ("limit", "offset", "first", "last"), [(0, 0, 0, 1), (-5, -5, 0, 1), (999, 1, 1, 201), ("x", "y", 0, 1)]
)
def test_limit_and_offset_are_clamped(many, limit, offset, first, last):
    """README, pagination: limit from 1 to 200 and offset from 0, clamped."""
    assert ids(listed(many, limit=limit, offset=offset, **NEW)) == newest(first, last)


def test_the_meta_of_nothing_is_nought(many):
    """README, response envelope: an empty result has page_count and page_number 0, whatever page was asked for."""
    told = listed(many, workspace_id=999, page=4, per_page=7, include="story")
    assert told == {
        "count": 0, "results": [], "time_entries": {}, "stories": {},
        "meta": {"count": 0, "page_count": 0, "page_number": 0, "page_size": 7},
    }  # fmt: skip


# Only and show ------------------------------------------------------------------------------------


def test_only_is_not_paged_though_its_meta_is(many):
    """README, only and show: paging does not apply, all come back, meta is computed from per_page."""
    told = listed(many, only=",".join(map(str, range(FIRST, FIRST + 300))), per_page=20, page=2)
    assert ids(told) == list(range(FIRST + 299, FIRST - 1, -1))
    assert told["meta"] == {"count": 300, "page_count": 15, "page_number": 2, "page_size": 20}
    limited = listed(many, only=f"{FIRST},{FIRST + 1}", limit=1, offset=1)
    assert ids(limited) == [FIRST + 1, FIRST]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("999999", []),
        ("x,,-1", []),
        (f"{FIRST},{FIRST},{FIRST}", [FIRST]),
        (f"{FIRST},999999,x, {FIRST + 1} ", [FIRST + 1, FIRST]),
        (str(2**63), []),
    ],
)
def test_only_drops_what_is_no_id_and_misses_nothing_loudly(many, only, expected):
    """README, only and show: tokens that are no digits are dropped, missing ids are no error, duplicates count once,
    all tokens bad is an empty result.
    """
    answer = many.get("kim", "/time_entries", only=only)
    assert answer.status_code == 200
    assert ids(answer.json()) == expected
    assert answer.json()["count"] == len(expected)


def test_only_obeys_filters_and_orders(many):
    """README, only and show: filters apply, defaults among them."""
    world = many.world
    archived, plain = world.entries["archived"]["id"], world.entries["plain"]["id"]
    both = f"{archived},{plain},{FIRST},{FIRST + 1}"
    assert ids(listed(many, only=both, order="date_performed:asc")) == [plain, FIRST, FIRST + 1]
    assert ids(listed(many, only=both, from_archived_workspaces="true", billable="true"))[-2:] == [plain, archived]
    assert ids(listed(many, only=both, story_id=world.stories["task"]["id"])) == [FIRST + 1]


def test_only_tells_nothing_of_hidden_rows(many):
    """README, only and show: missing and invisible ids are alike."""
    hidden, absent = many.world.entries["hidden"]["id"], 999_999
    told = [many.get("kim", "/time_entries", only=each).json() for each in (hidden, absent)]
    assert told[0] == told[1]
    assert told[0]["count"] == 0


def test_a_show_takes_filters_includes_and_optional_fields(many):
    """README, only and show: default filters apply to show too, filters and includes work on it."""
    archived = f"/time_entries/{many.world.entries['archived']['id']}"
    assert many.get("kim", archived).status_code == 404
    assert many.get("kim", archived, apply_default_filters="false").status_code == 200
    asked = {"from_archived_workspaces": "true", "include": "workspace", "optional_fields": "user_can_edit"}
    shown = many.get("kim", archived, **asked).json()
    assert shown["count"] == shown["meta"]["count"] == 1
    assert "user_can_edit" in next(iter(shown["time_entries"].values()))
    assert set(shown["workspaces"]) == {str(many.world.workspaces["archived"]["id"])}
    assert many.get("kim", archived, **asked, uninvoiced="1").status_code == 200
    assert many.get("kim", archived, **asked, invoiced="1").status_code == 404
    assert many.get("kim", archived, from_archived_workspaces="x").status_code == 400


# Filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(published.facts("time_entries")["filters"]))
@pytest.mark.parametrize("blank", ["", " ", "%09"])
def test_a_blank_filter_counts_as_not_sent(many, name, blank):
    """README, filters: a blank value counts as not sent, so the default applies."""
    told = many.request("kim", "GET", f"/time_entries?{name}={blank}").json()
    assert told == listed(many)


def test_a_bare_filter_counts_as_not_sent(many):
    """Decisions D2: a bare key without `=` is null."""
    assert many.request("kim", "GET", "/time_entries?invoiced&workspace_id&only").json() == listed(many)


@pytest.mark.parametrize(
    "unknown", ["unheard_of", "created_at_between", "search", "Workspace_id", "filter", "time_entry", "workspace_id_"]
)
def test_an_unknown_parameter_is_ignored(many, unknown):
    """README, filters: unknown names are ignored; time_entries.legacy_filters and search (decisions B17)."""
    assert listed(many, **{unknown: "2013-01-01T000000:2013-02-01T000000"}) == listed(many)


@pytest.mark.parametrize("name", ["approved", "invoiced", "uninvoiced"])
def test_the_value_of_a_flag_is_ignored(many, name):
    """time_entries.filters.approved, invoiced, uninvoiced: present with any value switches it on, false too."""
    on = listed(many, **{name: "true"}, per_page=200)
    assert on["count"] != listed(many)["count"] or name == "approved"
    for value in ("false", "0", "no", "x"):
        assert listed(many, **{name: value}, per_page=200) == on


def test_what_is_invoiced_and_what_is_not_are_all_there_is_and_never_both(many):
    """time_entries.filters.invoiced, uninvoiced; README, filters: filters combine with AND."""
    invoiced, uninvoiced = (listed(many, **{name: "1"})["count"] for name in ("invoiced", "uninvoiced"))
    assert invoiced == 1
    assert invoiced + uninvoiced == listed(many)["count"]
    assert listed(many, invoiced="1", uninvoiced="1")["count"] == 0


def test_what_is_on_a_timesheet_and_what_is_not_are_all_there_is(many):
    """time_entries.filters.in_active_submission: true on a pending or approved one, false on none such."""
    on, off = (listed(many, in_active_submission=value, per_page=200) for value in ("true", "false"))
    entries = many.world.entries
    assert set(ids(on)) == {entries["pending"]["id"], entries["approved"]["id"]}
    assert off["count"] + on["count"] == listed(many)["count"]


def test_the_approved_filter_takes_in_entries_that_are_shown_as_not_approved(house):
    """time_entries.filters.approved and fields.approved; decisions B18: false in projects without approvals, which the
    filter includes.
    """
    world = house.world
    with house.database.write() as tx:
        make = Builder(tx)
        strict = make.workspace(world.account, world.users["ada"], "Strict", id=90, require_time_approvals=True)
        make.participation(strict, world.users["kim"], id=900)
        make.entry(strict, world.users["kim"], id=901)
        week = make.submission(strict, world.users["kim"], "approved", id=90)
        make.entry(strict, world.users["kim"], id=902, approved=True, active_submission_id=week["id"])
    told = listed(house, approved="1", per_page=200)["time_entries"]
    assert told["1"]["approved"] is False
    assert told["902"]["approved"] is True
    assert "901" not in told
    assert ids(listed(house, approved="1", workspace_id=90)) == [902]


def test_a_timesheet_that_was_rejected_holds_nothing_but_is_still_the_latest(many):
    """time_entries.filters.with_timesheet_id: nothing when cancelled or rejected; with_recent_timesheet_ids: whatever
    became of it.
    """
    rejected, entry = many.world.submissions["rejected"]["id"], many.world.entries["rejected"]["id"]
    assert ids(listed(many, with_timesheet_id=rejected)) == []
    assert ids(listed(many, with_recent_timesheet_ids=rejected)) == [entry]
    pending = many.world.submissions["pending"]["id"]
    assert set(ids(listed(many, with_recent_timesheet_ids=f"{rejected}, {pending},999"))) == {
        entry, many.world.entries["pending"]["id"],
    }  # fmt: skip


def test_an_invoice_holds_its_entries(many):
    """time_entries.filters.in_active_invoice_id: entries on that invoice."""
    invoice = many.world.invoices["new"]["id"]
    assert ids(listed(many, in_active_invoice_id=invoice)) == [many.world.entries["invoiced"]["id"]]
    assert ids(listed(many, in_active_invoice_id=999)) == []


def test_a_reader_of_changes_gets_every_entry_once(many):
    """common.filter_groups.timestamps: strict; decisions D8: to the microsecond, in every way to write an instant."""
    since, seen = "2026-01-05T09:00:00.123456Z", []
    while True:
        told = listed(many, created_after=since, order="created_at", per_page=150, story_id=1, **NEW)
        if not told["results"]:
            break
        seen += ids(told)
        made_at = MADE_AT + timedelta(seconds=seen[-1] - FIRST)
        since = (made_at + timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S.%f+02:00")
    assert seen == list(range(FIRST + 1, FIRST + MANY, 2))


# Order, includes, optional fields -----------------------------------------------------------------


@pytest.mark.parametrize("order", ["nope", "nope:asc", "date_performed:desc", "", "id:asc", ":", "DATE_PERFORMED:asc"])
def test_an_unknown_order_is_the_default(many, order):
    """README, order: an unknown or absent name falls back to the default, silently."""
    assert ids(listed(many, order=order, **NEW)) == newest(0, 20)


@pytest.mark.parametrize("direction", ["", ":asc", ":DESC", ":descending", ": desc", ":"])
def test_only_desc_descends(many, direction):
    """README, order: descending only for exactly `desc`."""
    assert ids(listed(many, order=f"date_performed{direction}", **NEW)) == list(range(FIRST, FIRST + 20))


def test_ties_come_by_id_ascending_whatever_the_direction(many):
    """README, order: a final tie-break on id ascending is always added."""
    told = [ids(listed(many, order=f"updated_at{way}", per_page=200)) for way in ("", ":desc")]
    assert told[0] == told[1] == sorted(told[0])


def test_an_include_and_an_optional_field_that_are_unknown_are_ignored(many):
    """README, include and optional_fields: unknown names are ignored; the key of a known one is there, empty or not."""
    told = listed(many, include="nope,story,users", optional_fields="nope,notes", only=FIRST)
    assert set(told) == {"count", "results", "meta", "time_entries", "stories"}
    assert told["stories"] == {}
    assert told["time_entries"][str(FIRST)]["story_id"] is None


def test_optional_fields_are_of_the_primary_objects_only(many):
    """README, include: side-loaded objects carry no optional fields, and nothing of their own includes."""
    told = many.get("kim", "/stories", include="parent,root", optional_fields="ancestry", only=8).json()
    entry = listed(many, include="story", optional_fields="location_id,user_can_edit", only=FIRST + 1)
    assert set(entry["stories"]) == {"1"}
    assert not {"location_id", "user_can_edit"} & set(entry["stories"]["1"])
    assert [each["id"] for each in told["results"]] == ["8"]
    # README, response envelope: side-loaded objects of the primary type share its key and are not in results.
    assert set(told["stories"]) == {"1", "8"}


def test_a_project_that_is_archived_is_side_loaded_all_the_same(many):
    """Decisions D5: a list's default filters do not apply to side-loads."""
    told = listed(many, include="workspace", apply_default_filters="0", workspace_id=4)
    assert told["workspaces"]["4"]["archived"] is True
