"""How SQLite finds what the hot statements ask for: by an index, never by reading a table through."""

import pytest
import sqlalchemy as sa

from tests.api.test_statements import INCLUDES, OF_PEOPLE, entry, everything
from timewright.presenting import custom_kinds, kinds, matching
from timewright.resources import REGISTRY

SMALL = {"json_each", "id_counters", "schema_version", "CONSTANT"}
"""What is read through because it is small: the sets that were asked for, the counters, what names no table."""


VALUES = {
    kinds.Integer: 1,
    kinds.Boolean: "true",
    kinds.Text: "a",
    kinds.Words: "a,b",
    kinds.Ids: "1,2",
    kinds.Day: "2026-01-13",
    kinds.DaysIn: "1:2026-01-04:2026-01-10",
    kinds.Instant: "2026-01-01",
    kinds.Choice: "only",
    custom_kinds.OfCustomFields: "1",
    custom_kinds.CustomChoices: "1:1",
}
"""A value of each kind of filter."""


NOTHING = "WHERE 0 = 1"
"""What a question ends in that finds nothing: the plan names a table, and no row of it is read."""


@pytest.fixture
def asked(house):
    """The texts of all statements that reach the database."""
    texts = []

    def note(_c, _cursor, statement, *_):
        texts.append(statement)

    house.database.seen = texts.append
    for each in house.database.engines():
        sa.event.listen(each, "before_cursor_execute", note)
    yield texts
    for each in house.database.engines():
        sa.event.remove(each, "before_cursor_execute", note)


def plans(house, texts):
    """Each statement with the steps that SQLite takes."""
    with house.database.read() as tx:
        for text in dict.fromkeys(texts):
            if text.split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
                steps = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", (None,) * text.count("?"))
                yield text, [step for *_, step in steps]


def read_through(house, texts):
    """The tables that a statement reads from end to end, each with the statement."""
    return [
        (step.split()[1], text)
        for text, steps in plans(house, texts)
        for step in steps
        if step.split()[0] == "SCAN" and step.split()[1] not in SMALL and not text.endswith(NOTHING)
    ]


def is_embedded(house):
    return house.database.is_embedded


@pytest.mark.parametrize(
    "write",
    [
        lambda house: house.post("lee", "/time_entries", {"time_entries": [everything(n) for n in range(3)]}),
        lambda house: house.post("kim", "/time_entries", {"time_entry": entry()}, headers={"Idempotency-Key": "one"}),
    ],
)
def test_logging_time_reads_no_table_through(house, asked, write):
    assert write(house).status_code == 200
    assert any("INSERT INTO time_entries" in text for text in asked)
    if is_embedded(house):
        assert read_through(house, asked) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda house: house.request("lee", "PUT", "/time_entries/2", json={"time_entry": referring()}),
        lambda house: house.request("kim", "DELETE", "/time_entries", json={"ids": "1,4,7"}),
        lambda house: house.post("lee", "/time_entries/validate", {"time_entries": [everything(1), entry()]}),
        lambda house: house.get("lee", "/time_entries/1/rate"),
    ],
    ids=["update", "delete", "validate", "rate"],
)
def test_changing_and_looking_into_entries_reads_no_table_through(house, asked, write):
    assert write(house).status_code in {200, 204}
    assert any("FROM time_entries" in text for text in asked)
    if is_embedded(house):
        assert read_through(house, asked) == []


def referring():
    reference = {"service_name": "tracker", "service_model": "m", "service_model_ref": "r"}
    return {"date_performed": "2026-01-06", "role_id": 1, "location": "Office", "external_reference": reference}


@pytest.mark.parametrize("part", ["ada", "lee", "kim"])
def test_showing_an_entry_with_its_includes_reads_no_table_through(house, asked, part):
    assert house.get(part, "/time_entries/1", include=INCLUDES).status_code == 200
    if is_embedded(house):
        assert read_through(house, asked) == []


@pytest.mark.parametrize("part", ["ada", "lee", "kim"])
@pytest.mark.parametrize("path", ["/users", "/workspaces", "/stories", "/users/me"])
def test_the_neighbours_read_no_table_through(house, asked, part, path):
    assert house.get(part, path).status_code == 200
    if is_embedded(house):
        assert read_through(house, asked) == []


WHERE = {"/participations": {"workspace_id": 1}}


@pytest.mark.parametrize("part", ["ada", "lee", "kim"])
@pytest.mark.parametrize(("path", "includes", "_"), OF_PEOPLE)
def test_lists_around_people_read_no_table_through(house, asked, part, path, includes, _):
    assert house.get(part, path, include=includes, **WHERE.get(path, {})).status_code == 200
    if is_embedded(house):
        assert read_through(house, asked) == []


@pytest.mark.parametrize("path", [path for path, *_ in OF_PEOPLE])
def test_no_filter_or_order_around_people_reads_a_table_through(house, asked, path):
    resource = REGISTRY[path.strip("/")]
    for each in resource.filters:
        sent = {"search": "Kim"} | WHERE.get(path, {}) | {each.name: VALUES[type(each.kind)]}
        assert house.get("kim", path, **sent).status_code == 200
    for order in resource.orders:
        assert house.get("kim", path, order=f"{order.name}:desc", **WHERE.get(path, {})).status_code == 200
    if is_embedded(house):
        assert read_through(house, asked) == []


MONTH = {"date_performed_between": "2026-01-01:2026-12-31"}
LATE = {"updated_after": "2026-01-01T00:00:00Z"}
LISTS = [
    ("ada", {}, "by_day"),
    ("ada", {"workspace_id": 1}, "by_workspace"),
    ("ada", {"with_user_ids": "3"}, "by_user"),
    ("ada", {"story_id": 1}, "by_story"),
    ("ada", MONTH, "by_day"),
    ("ada", {"billable": "true"}, "by_day"),
    ("ada", {"workspace_id": 1} | MONTH, "by_workspace"),
    ("ada", {"with_user_ids": "3"} | MONTH, "by_user"),
    ("ada", {"workspace_ids": "1,2"}, "by_day"),
    ("ada", {"from_archived_workspaces": "true"}, "by_day"),
    ("ada", {"order": "created_at:desc"}, "by_creation"),
    ("ada", {"order": "updated_at:desc"}, "by_change"),
    ("ada", {"order": "updated_at:desc"} | LATE, "by_change"),
    ("lee", {}, "by_day"),
    ("lee", {"workspace_id": 1}, "by_workspace"),
    ("lee", {"order": "created_at:desc"}, "by_creation"),
    ("kim", {}, "by_user"),
    ("kim", MONTH, "by_user"),
    ("kim", {"workspace_id": 1}, "by_workspace"),
]


@pytest.mark.parametrize(("part", "asked_for", "index"), LISTS)
def test_a_page_is_read_in_the_order_of_its_index(house, asked, part, asked_for, index):
    assert house.get(part, "/time_entries", **asked_for).status_code == 200
    if is_embedded(house):
        ((_, steps),) = [each for each in plans(house, asked) if "ORDER BY time_entries" in each[0]]
        assert f"SEARCH time_entries USING INDEX ix_time_entries_{index}" in steps[0]
        assert not [step for step in steps if "TEMP B-TREE FOR ORDER BY" in step]


SINCE_ROLLED_UP = "INDEX sqlite_autoindex_time_entries_1 (account_id=? AND id>?)"


@pytest.mark.parametrize("part", ["ada", "lee", "kim"])
@pytest.mark.parametrize(
    "asked_for",
    [each for _, each, _ in LISTS if "order" not in each]
    + [LATE, LATE | {"workspace_id": 1}, MONTH | {"billable": "true"}],
)
def test_a_count_reads_no_row_that_a_roll_up_holds(house, asked, part, asked_for):
    assert house.get(part, "/time_entries", **asked_for).json()["count"] >= 0
    if is_embedded(house):
        counts = [steps for text, steps in plans(house, asked) if "count(*)" in text and "FROM time_entries" in text]
        assert counts
        found = [step for steps in counts for step in steps if step.split()[1] == "time_entries"]
        assert found
        assert [step for step in found if "COVERING" not in step and SINCE_ROLLED_UP not in step] == []
        assert read_through(house, asked) == []


OPEN, BILL, WEEK, REFERENCE = (
    {"uninvoiced": "1"}, {"in_active_invoice_id": "1"}, {"with_timesheet_id": "1"},
    {"external_reference_service_name": "tracker", "external_reference_service_model_ref": "WEB-1"},
)  # fmt: skip
STATES = [
    ("ada", {"approved": "1"}, "by_day", "by_day"),
    ("ada", {"created_by": "3"}, "by_day", "by_day"),
    ("ada", {"in_active_submission": "false"}, "by_day", "by_day"),
    ("ada", {"in_active_submission": "true"}, "by_day", "by_active_submission_id"),
    ("ada", {"invoiced": "1"}, "by_day", "by_invoice_id"),
    ("ada", OPEN, "by_day", "by_day"),
    ("ada", BILL, "by_invoice_id", "by_invoice_id"),
    ("ada", WEEK, "by_active_submission_id", "by_active_submission_id"),
    ("ada", {"with_recent_timesheet_ids": "3"}, "by_recent_submission_id", "by_recent_submission_id"),
    ("ada", {"with_recent_timesheet_ids": "1,3"}, "by_day", "by_recent_submission_id"),
    ("ada", OPEN | {"workspace_id": 1}, "by_workspace", "by_day"),
    ("ada", OPEN | {"with_user_ids": "3"}, "by_user", "by_day"),
    ("lee", OPEN, "by_day", "by_day"),
    ("lee", BILL, "by_invoice_id", "by_invoice_id"),
    ("lee", WEEK, "by_active_submission_id", "by_active_submission_id"),
    ("kim", OPEN, "by_user", "by_day"),
    ("kim", WEEK, "by_user", "by_active_submission_id"),
    ("ada", {"has_external_references": "false"}, "by_day", "by_creation"),
    ("ada", {"without_external_reference_service_name": "tracker"}, "by_day", "by_creation"),
]


@pytest.mark.parametrize(("part", "asked_for", "page", "count"), STATES)
def test_what_became_of_entries_is_asked_of_an_index(house, asked, part, asked_for, page, count):
    """The page comes in the order of its index, and the count reads no row: all that is asked stands in the index."""
    assert house.get(part, "/time_entries", **asked_for).json()["count"] > 0
    if is_embedded(house):
        ((_, steps),) = [each for each in plans(house, asked) if "ORDER BY time_entries" in each[0]]
        assert f"SEARCH time_entries USING INDEX ix_time_entries_{page}" in steps[0]
        assert not [step for step in steps if "TEMP B-TREE FOR ORDER BY" in step]
        counts = [steps for text, steps in plans(house, asked) if "count(*)" in text and "FROM time_entries" in text]
        found = [step for steps in counts for step in steps if step.split()[1] == "time_entries"]
        assert f"USING COVERING INDEX ix_time_entries_{count} " in found[-1]
        assert [step for step in found if "COVERING" not in step and SINCE_ROLLED_UP not in step] == []
        assert read_through(house, asked) == []


NAMED = "SEARCH time_entries USING INDEX sqlite_autoindex_time_entries_1 (account_id=? AND id=?)"


@pytest.mark.parametrize("part", ["ada", "kim"])
@pytest.mark.parametrize("order", [{}, {"order": "created_at:desc"}, {"order": "updated_at:asc"}])
@pytest.mark.parametrize("asked_for", [{"only": "1,2,5"}, REFERENCE, {"has_external_references": "true"}])
def test_rows_that_are_named_by_their_ids_are_looked_up(house, asked, part, asked_for, order):
    assert house.get(part, "/time_entries", **asked_for, **order).json()["count"] > 0
    if is_embedded(house):
        ((_, steps),) = [each for each in plans(house, asked) if each[0].startswith("SELECT time_entries.")]
        # What is one's own may also be the way.
        own = "SEARCH time_entries USING INDEX ix_time_entries_by_user (account_id=? AND user_id=?)"
        assert [step for step in steps if step.split()[1] == "time_entries"] in ([NAMED], [own])
        assert part == "kim" or NAMED in steps
        assert read_through(house, asked) == []


@pytest.mark.parametrize("path", ["/users", "/workspaces", "/stories", "/time_entries"])
@pytest.mark.parametrize(
    "asked_for",
    [
        REFERENCE,
        {"external_reference_status": "fail"},
        {"has_external_references": "false"},
        {"without_external_reference_service_name": "tracker"},
    ],
)
def test_references_are_found_by_their_subjects_or_their_service(house, asked, path, asked_for):
    assert house.get("ada", path, **asked_for).status_code == 200
    if is_embedded(house):
        steps = {step for _, each in plans(house, asked) for step in each if "external_references" in step}
        assert steps
        by_subject = "sqlite_autoindex_external_references_2 (account_id=? AND subject_type=?"
        by_service = (
            "ix_external_references_account_id_service_name_service_model_service_model_ref (account_id=? AND serv"
        )
        assert [step for step in steps if by_subject not in step and by_service not in step] == []
        assert read_through(house, asked) == []


ON_STORY = "account_id=? AND story_id=?"


def test_what_was_logged_on_stories_is_told_by_a_roll_up(house, asked):
    assert house.get("ada", "/stories").status_code == 200
    if is_embedded(house):
        ((_, steps),) = [each for each in plans(house, asked) if "ORDER BY stories" in each[0]]
        found = {step for step in steps if "entries" in step}
        assert found == {
            "SEARCH entries_by_story USING PRIMARY KEY (account_id=? AND story_id=?)",
            "SEARCH time_entries USING COVERING INDEX ix_time_entries_since (account_id=? AND story_id=? AND id>?)",
            # What was billed: entries on an invoice have an index of their own.
            f"SEARCH time_entries USING COVERING INDEX ix_time_entries_invoiced_on_story ({ON_STORY} AND invoice_id>?)",
        }


def test_a_page_far_back_reads_what_roll_ups_do_not_hold_by_id(house, asked, monkeypatch):
    monkeypatch.setattr(matching, "_FAR", 0)
    assert house.get("ada", "/time_entries").status_code == 200
    if is_embedded(house):
        ((_, steps),) = [each for each in plans(house, asked) if "AS value" in each[0] and "id >" in each[0]]
        assert SINCE_ROLLED_UP in steps[0]
        ((_, steps),) = [each for each in plans(house, asked) if "AS value" in each[0] and "id >" not in each[0]]
        assert not [step for step in steps if "TEMP B-TREE" in step]
