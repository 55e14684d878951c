"""How SQLite finds what the hot statements ask for: by an index, never by reading a table through."""

import pytest
import sqlalchemy as sa

from tests.api.test_statements import INCLUDES, entry, everything

SMALL = {"json_each", "id_counters", "schema_version"}
"""What is read through because it is small: the sets that were asked for, the counters."""


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


def read_through(house, texts):
    """The tables that a statement reads from end to end, each with the statement."""
    found = []
    with house.database.read() as tx:
        for text in dict.fromkeys(texts):
            if text.split()[0] not in {"SELECT", "INSERT", "UPDATE"}:
                continue
            plan = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", (None,) * text.count("?"))
            for *_, step in plan:
                words = step.split()
                if words[0] == "SCAN" and words[1] not in SMALL:
                    found.append((words[1], text))
    return found


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
