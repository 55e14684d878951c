"""Filters, orders, paging, only and show, with the oddities that clients rely on. Comments name the section of
the contract's README or the page that an oddity comes from."""

from datetime import UTC, datetime, timedelta

import pytest

KIMS = 7  # in projects that are not archived


@pytest.fixture
def names(still_house):
    """Names of entries by their ids on the wire."""
    return {str(entry["id"]): name for name, entry in still_house.world.entries.items()}


def listed(house, names, part="ada", **parameters):
    return {
        names[each["id"]] for each in house.get(part, "/time_entries", per_page=200, **parameters).json()["results"]
    }


ALL = {"plain", "pending", "approved", "rejected", "invoiced", "locked", "story", "lees", "adas", "eves", "hidden"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ALL),
        ({"workspace_id": 7}, {"hidden"}),
        ({"workspace_id": "7"}, {"hidden"}),
        ({"workspace_id": 999}, set()),
        ({"workspace_id": 0}, set()),
        ({"workspace_id": ""}, ALL),  # README, filters: blank counts as not sent
        ({"workspace_ids": "7,3"}, {"hidden"}),
        ({"workspace_ids": " 7 , 7,,"}, {"hidden"}),
        ({"story_id": 1}, {"story"}),
        ({"with_user_ids": "1,2"}, {"adas", "lees"}),
        ({"billable": "false"}, {"adas"}),
        ({"billable": "TRUE"}, ALL - {"adas"}),
        ({"billable": 0}, {"adas"}),
        ({"date_performed_between": "2026-01-06:2026-01-07"}, {"story"}),
        ({"date_performed_between": "2026-01-07:2026-01-07"}, {"story"}),  # inclusive at both ends
        ({"date_performed_between": "2026-01-06:"}, {"story"}),  # an empty side is open
        ({"date_performed_between": ":1999-12-31"}, {"locked"}),
        ({"date_performed_between": ":"}, ALL),
        ({"date_performed_between": "2026-01-07:2026-01-06"}, set()),
        ({"date_performed_between": "0001-01-01:9999-12-31"}, ALL),
        ({"from_archived_workspaces": "true"}, ALL | {"archived"}),
        ({"from_archived_workspaces": "false"}, ALL),
        ({"apply_default_filters": "false"}, ALL | {"archived"}),
        ({"apply_default_filters": "anything"}, ALL | {"archived"}),
        ({"apply_default_filters": "TRUE"}, ALL),
        ({"apply_default_filters": "1"}, ALL),
        ({"on_my_account": "false"}, ALL),
        ({"billable": "false", "with_user_ids": "2"}, set()),  # README, filters: AND
        ({"search": "plain"}, ALL),  # the page: search is not supported and ignored
        ({"created_at_between": "2013-01-01:2013-01-02"}, ALL),  # decisions B17: retired, hence ignored
        ({"unheard_of": "1"}, ALL),
        ({"only": "1,8,999"}, {"plain", "lees"}),
        ({"only": "1,x,8 ,-3, 1"}, {"plain", "lees"}),  # README, only: tokens that are no digits are dropped
        ({"only": "x"}, set()),  # README, only: all tokens bad is an empty result
        ({"only": ""}, ALL),
        ({"only": "10"}, set()),  # README, only: filters apply, defaults among them
        ({"only": "10", "from_archived_workspaces": "true"}, {"archived"}),
    ],
)
def test_a_filter_narrows_to(still_house, names, parameters, expected):
    assert listed(still_house, names, **parameters) == expected


@pytest.mark.parametrize(
    "parameters",
    [
        {"workspace_id": "one"}, {"workspace_id": 2**64}, {"workspace_ids": "1,two"}, {"story_id": "1.5"},
        {"with_user_ids": "1;2"}, {"billable": "perhaps"}, {"date_performed_between": "2026-01-01"},
        {"date_performed_between": "2026-02-30:"}, {"from_archived_workspaces": "2"}, {"created_after": "now"},
        {"updated_before": "2026-01-01T25:00"}, {"on_my_account": "no"},
    ],
    ids=str,
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_named(still_house, parameters):
    answer = still_house.get("ada", "/time_entries", **parameters)
    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.json()["errors"][0]["message"]


MADE = datetime(2026, 1, 5, 9, 0, 0, 123_456, tzinfo=UTC)


@pytest.mark.parametrize("filter_", ["created_after", "updated_after", "created_before", "updated_before"])
@pytest.mark.parametrize(
    ("instant", "is_later"),
    [
        ("2026-01-05T09:00:00Z", False),  # decisions D8: stored to the microsecond, shown to the second
        ("2026-01-05T09:00:00.123456Z", None),  # the comparison is strict
        ("2026-01-05T09:00:00.123455Z", False),
        ("2026-01-05T09:00:00.123457Z", True),
        ("2026-01-05 09:00:01", True),
        ("2026-01-05T10:00:00+01:00", False),
        ("2026-01-05T10:00:01 01:00", True),  # a plus that was not escaped
        ("2026-01-05T01:00:01-0800", True),
        ("2026-01-05", False),  # a plain date is its midnight
        ("2026-01-06", True),
    ],
)
def test_instants_are_compared_strictly_and_to_the_microsecond(still_house, names, filter_, instant, is_later):
    wanted = (is_later is False) if filter_.endswith("after") else (is_later is True)
    told = still_house.get("kim", "/time_entries", **{filter_: instant}).json()
    assert told["count"] == (KIMS if wanted else 0)


def test_a_reader_that_resumes_from_a_shown_second_loses_nothing(house):
    first = house.log("kim").json()
    (entry,) = first["time_entries"].values()
    again = house.get("kim", "/time_entries", updated_after=entry["updated_at"]).json()
    assert entry["id"] in again["time_entries"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, [7, 1, 2, 4, 5, 3, 6]),  # the page: date_performed descending, ties by id ascending
        ("date_performed:desc", [7, 1, 2, 4, 5, 3, 6]),
        ("date_performed:asc", [6, 3, 1, 2, 4, 5, 7]),
        ("date_performed", [6, 3, 1, 2, 4, 5, 7]),
        ("date_performed:DESC", [6, 3, 1, 2, 4, 5, 7]),  # README, order: descending only for exactly `desc`
        ("created_at:desc", [1, 2, 3, 4, 5, 6, 7]),  # all made at once: ties by id, ascending all the same
        ("updated_at", [1, 2, 3, 4, 5, 6, 7]),
        ("unheard_of:asc", [7, 1, 2, 4, 5, 3, 6]),  # README, order: falls back to the default, silently
        ("id:desc", [7, 1, 2, 4, 5, 3, 6]),
    ],
)
def test_orders(still_house, order, expected):
    parameters = {} if order is None else {"order": order}
    told = still_house.get("kim", "/time_entries", **parameters).json()
    assert [int(each["id"]) for each in told["results"]] == expected


@pytest.mark.parametrize(
    ("parameters", "rows", "meta"),
    [
        ({}, 7, (7, 1, 1, 20)),
        ({"per_page": 3}, 3, (7, 3, 1, 3)),
        ({"per_page": 3, "page": 3}, 1, (7, 3, 3, 3)),
        ({"per_page": 3, "page": 4}, 0, (7, 3, 4, 3)),  # past the end: 200 and the true count
        ({"per_page": 1000}, 7, (7, 1, 1, 200)),
        ({"per_page": 0}, 7, (7, 1, 1, 20)),
        ({"per_page": -1}, 7, (7, 1, 1, 20)),
        ({"per_page": "many"}, 7, (7, 1, 1, 20)),
        ({"per_page": "3x"}, 3, (7, 3, 1, 3)),
        ({"page": 0, "per_page": 3}, 3, (7, 3, 0, 3)),  # page_number is not clamped
        ({"page": -2, "per_page": 3}, 3, (7, 3, -2, 3)),
        ({"page": "x", "per_page": 3}, 3, (7, 3, 0, 3)),
        ({"page": 10**18, "per_page": 3}, 0, (7, 3, 10**18, 3)),
        ({"page": 10**30}, 0, (7, 1, 2**63 - 1, 20)),
        ({"limit": 2, "offset": 1}, 2, (7, 1, 1, 20)),  # page_size is per_page even under limit and offset
        ({"limit": 2, "offset": 6}, 1, (7, 1, 1, 20)),
        ({"limit": 0, "offset": 0}, 1, (7, 1, 1, 20)),  # clamped to 1
        ({"limit": 999, "offset": -5}, 7, (7, 1, 1, 20)),
        ({"limit": 2}, 7, (7, 1, 1, 20)),  # one alone is ignored
        ({"offset": 5}, 7, (7, 1, 1, 20)),
        ({"limit": 2, "offset": "", "per_page": 3}, 3, (7, 3, 1, 3)),
        ({"limit": 2, "offset": 10**30}, 0, (7, 1, 1, 20)),
        ({"workspace_id": 999}, 0, (0, 0, 0, 20)),  # an empty result: every number but page_size is 0
        ({"workspace_id": 999, "page": 5, "per_page": 3}, 0, (0, 0, 0, 3)),
        ({"only": "1,2,3,4,5", "per_page": 2}, 5, (5, 3, 1, 2)),  # README, only: paging does not apply, meta does
        ({"only": "1,2,3", "page": 9}, 3, (3, 1, 9, 20)),
    ],
    ids=str,
)
def test_paging(still_house, parameters, rows, meta):
    told = still_house.get("kim", "/time_entries", **parameters).json()
    assert len(told["results"]) == len(told["time_entries"]) == rows
    assert told["count"] == told["meta"]["count"]
    assert tuple(told["meta"].values()) == meta


def test_pages_are_slices_of_one_order(still_house):
    whole = still_house.get("ada", "/time_entries", per_page=200).json()["results"]
    pages = [still_house.get("ada", "/time_entries", per_page=3, page=n).json()["results"] for n in range(1, 6)]
    assert [each for page in pages for each in page] == whole
    assert still_house.get("ada", "/time_entries", limit=4, offset=2).json()["results"] == whole[2:6]


def test_the_envelope_of_an_empty_list(still_house):
    told = still_house.get("cleo", "/time_entries", include="story,user")
    assert told.json() == {
        "count": 0,
        "results": [],
        "time_entries": {},
        "stories": {},
        "users": {},
        "meta": {"count": 0, "page_count": 0, "page_number": 0, "page_size": 20},
    }


@pytest.mark.parametrize(
    "query",
    [
        "include=user,story",
        "include=user&include=story",
        "include[]=user&include[]=story",
        "include= user , story ,,nope",
        'include=["user","story"]',
        "include[]=user,story",
        "include=story&include[]=user",
    ],
)
def test_includes_may_be_asked_for_in_each_way(still_house, query):
    told = still_house.request("kim", "GET", f"/time_entries?{query}").json()
    assert {"users", "stories"} <= set(told)
    assert not {"workspaces", "roles", "nope"} & set(told)


def test_members_of_includes_and_optional_fields_stand_only_when_asked_for(still_house):
    (bare,) = still_house.get("kim", "/time_entries", only=1).json()["time_entries"].values()
    asked = {"include": "invoice,external_references", "optional_fields": "location_id, user_can_edit,nope"}
    (full,) = still_house.get("kim", "/time_entries", only=1, **asked).json()["time_entries"].values()
    assert set(full) - set(bare) == {"invoice_id", "external_reference_ids", "location_id", "user_can_edit"}
    assert full["external_reference_ids"] == ["1", "2"]
    assert full["location_id"] == 1  # the page: a JSON number, unlike other ids
    assert full["invoice_id"] is None
    assert {k: full[k] for k in bare} == bare


@pytest.mark.parametrize(
    ("name", "part", "can"),
    [
        ("plain", "kim", True), ("pending", "kim", False), ("approved", "kim", False), ("rejected", "kim", True),
        ("invoiced", "kim", False), ("locked", "kim", False), ("plain", "lee", True), ("pending", "lee", True),
        ("approved", "lee", False), ("invoiced", "ada", False), ("locked", "ada", False), ("pending", "ada", True),
        ("plain", "vera", False), ("eves", "eve", False),
    ],
)  # fmt: skip
def test_who_can_edit(still_house, name, part, can):
    id_ = still_house.world.entries[name]["id"]
    told = still_house.get(part, f"/time_entries/{id_}", optional_fields="user_can_edit").json()
    assert told["time_entries"][str(id_)]["user_can_edit"] is can


def test_a_show_obeys_the_default_filters(still_house):
    # README, only and show: an entry of an archived project is a 404 unless it is asked for.
    assert still_house.get("kim", "/time_entries/10").status_code == 404
    assert still_house.get("kim", "/time_entries/10", from_archived_workspaces="true").status_code == 200
    assert still_house.get("kim", "/time_entries/1", workspace_id=2).status_code == 404


def test_side_loads_share_a_section_and_show_their_default_fields(still_house):
    told = still_house.get("ada", "/time_entries", include="active_submission,recent_submission").json()
    assert set(told["timesheet_submissions"]) == {"1", "2", "3"}
    pending = told["time_entries"]["2"]
    assert (pending["active_submission_id"], pending["recent_submission_id"]) == ("1", "1")
    rejected = told["time_entries"]["4"]
    assert (rejected["active_submission_id"], rejected["recent_submission_id"]) == (None, "3")


def test_a_colleague_who_left_is_shown_by_name_and_id_only(still_house):
    told = still_house.get("lee", "/time_entries", include="user", with_user_ids=still_house.world.users["eve"]["id"])
    assert told.json()["users"] == {"8": {"id": "8", "full_name": "Eve Example"}}


def test_a_role_that_was_deleted_is_still_side_loaded(house):
    # decisions D5: a list's default filters do not apply to side-loads.
    made = house.log("kim", role_id=1).json()["results"][0]["id"]
    with house.database.write() as tx:
        import sqlalchemy as sa  # noqa: PLC0415

        from timewright import tables as t  # noqa: PLC0415

        tx.execute(sa.update(t.roles).where(t.roles.c.id == 1).values(deleted_at=MADE + timedelta(days=1)))
    told = house.get("kim", f"/time_entries/{made}", include="role").json()
    assert told["roles"]["1"]["deleted_at"] == "2026-01-06T09:00:00Z"
