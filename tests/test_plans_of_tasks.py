"""How SQLite finds tasks and what is around them: by an index, never by reading a table through."""

import pytest

from tests.api.test_every_list import ASKED
from tests.contract.declared import filtered
from tests.test_query_plans import asked, is_embedded, plans, read_through
from timewright.resources import REGISTRY

__all__ = ["asked"]


@pytest.mark.parametrize("part", ["ada", "lee", "kim", "fred"])
@pytest.mark.parametrize("name", list(ASKED))
def test_a_list_with_every_include_reads_no_table_through(house, asked, part, name):
    resource = REGISTRY[name]
    answer = house.get(
        part,
        f"/{name}",
        include=",".join(each.name for each in resource.includes),
        optional_fields=",".join(each.name for each in resource.fields if each.optional),
        per_page=200,
        **{key: value for key, value in ASKED[name].items() if key == "subject_type"},
    )
    assert answer.status_code == 200
    if is_embedded(house):
        assert read_through(house, asked) == []


SAID = {
    "boolean": "true", "id_list": "1,2", "integer": "1", "date": "2026-01-01", "date_range": "2026-01-01:2026-12-31",
    "string_list": "task", "datetime": "2026-01-01", "enum": "include",
}  # fmt: skip
WRITTEN = {
    "by_custom_choice_value": "1:1", "by_custom_text_value": "1:x", "by_custom_number_value": "1:1",
    "by_custom_date_value": "1:2026-01-01", "by_custom_currency_value": "1:1", "with_assignees": "3,unassigned,unnamed",
    "by_custom_date_field": "1:2026-01-01", "subject_type": "Story",
}  # fmt: skip


@pytest.mark.parametrize("part", ["ada", "kim"])
@pytest.mark.parametrize("name", list(ASKED))
def test_no_filter_reads_a_table_through(house, asked, part, name):
    for each in REGISTRY[name].filters:
        value = WRITTEN.get(each.name) or SAID.get(filtered(each), "x")
        answer = house.get(part, f"/{name}", **{"subject_type": "Story", each.name: value})
        assert answer.status_code == 200, (each.name, answer.text)
    if is_embedded(house):
        assert read_through(house, asked) == []


@pytest.mark.parametrize(
    ("part", "path", "asked_for", "index"),
    [
        ("ada", "/stories", {}, "ix_stories_by_change"),
        ("ada", "/assignments", {}, "ix_assignments_by_creation"),
        ("ada", "/expenses", {}, "ix_expenses_by_day"),
        ("ada", "/expenses", {"workspace_id": 1}, "ix_expenses_by_workspace"),
        ("kim", "/expenses", {}, "ix_expenses_by_user"),
        ("ada", "/external_references", {"subject_type": "Story"}, "ix_external_references_by_exchange"),
        ("ada", "/line_item_locks", {}, "sqlite_autoindex_line_item_locks_1"),
        ("ada", "/custom_fields", {}, "ix_custom_fields_by_name"),
        ("ada", "/custom_field_values", {"subject_type": "Story"}, "ix_custom_field_values_by_creation"),
    ],
)
def test_a_page_is_read_in_the_order_of_its_index(house, asked, part, path, asked_for, index):
    assert house.get(part, path, **asked_for).status_code == 200
    if is_embedded(house):
        table = path[1:]
        ((_, steps),) = [each for each in plans(house, asked) if f"ORDER BY {table}" in each[0] and "LIMIT" in each[0]]
        assert f"SEARCH {table} USING" in steps[0]
        assert f"INDEX {index}" in steps[0]
        assert not [step for step in steps if "TEMP B-TREE FOR ORDER BY" in step]
