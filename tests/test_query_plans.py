"""How SQLite finds what the hot statements ask for: by an index, never by reading a table through."""

import pytest
import sqlalchemy as sa

from tests.api.test_statements import INCLUDES, entry, everything
from timewright.presenting import matching

SMALL = {"json_each", "id_counters", "schema_version", "CONSTANT"}
"""What is read through because it is small: the sets that were asked for, the counters, what names no table."""


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
            if text.split()[0] in {"SELECT", "INSERT", "UPDATE"}:
                steps = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", (None,) * text.count("?"))
                yield text, [step for *_, step in steps]


def read_through(house, texts):
    """The tables that a statement reads from end to end, each with the statement."""
    return [
        (step.split()[1], text)
        for text, steps in plans(house, texts)
        for step in steps
        if step.split()[0] == "SCAN" and step.split()[1] not in SMALL
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
