"""External references on their own: filters, orders, the subject, and who sees which.

1 and 2 are of an entry of Kim's, 3 of a hidden one, 4 of a task, 5 of a hidden task.
"""

import pytest

from tests.builders import Builder
from tests.cast import CANARY
from timewright.resources import REGISTRY

REFERENCES = REGISTRY["external_references"]
MADE = "2026-01-05T09:00:00Z"
TIME = {"subject_type": "TimeEntry"}


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


CASES = [
    (TIME, [1, 2]),
    ({"subject_type": "Story"}, [4]),
    ({"subject_type": "story"}, []),
    ({"subject_type": "Vendor"}, []),
    (TIME | {"subject_id": 1}, [1, 2]),
    (TIME | {"subject_id": 12}, []),
    (TIME | {"service_name": "tracker"}, [1]),
    (TIME | {"service_model": "Issue"}, [1, 2]),
    (TIME | {"service_model": "issue"}, []),
    (TIME | {"service_model_ref": "WEB-1"}, [1, 2]),
    ({"subject_type": "Story", "service_model_ref": "77"}, [4]),
    (TIME | {"status": "pending"}, [2]),
    (TIME | {"external_status": "open"}, []),
    (TIME | {"external_message": f"{CANARY} ref"}, []),
    (TIME | {"last_synced_after": "2026-01-06"}, []),
    (TIME | {"last_synced_before": "2026-01-06"}, [1, 2]),
    (TIME | {"created_after": "2026-01-06"}, []),
    (TIME | {"created_before": "2026-01-06"}, [1, 2]),
    (TIME | {"updated_after": "2026-01-06"}, []),
    (TIME | {"updated_before": "2026-01-06"}, [1, 2]),
]


@pytest.mark.parametrize(("asked", "expected"), CASES)
def test_a_filter_narrows_as_its_page_says(still_house, asked, expected):
    assert ids(still_house.get("kim", "/external_references", **asked)) == expected


def test_every_filter_has_a_case():
    assert {each.name for each in REFERENCES.filters} == {name for asked, _ in CASES for name in asked}


def test_a_list_without_a_type_of_object_is_refused(still_house):
    # The page asks for it (contract: external_references.filters.subject_type).
    answer = still_house.get("kim", "/external_references")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"type": "system", "message": "The filter subject_type must be given."}]


def test_a_single_reference_is_not_offered(still_house):
    assert still_house.get("ada", "/external_references/1").status_code == 404


@pytest.mark.parametrize("order", ["", "created_at", "created_at:desc", "last_synced_at", "last_synced_at:desc"])
def test_an_order_sorts_by_when_it_was_made_or_exchanged(still_house, order):
    assert ids(still_house.get("kim", "/external_references", **TIME, order=order)) == [1, 2]


@pytest.mark.parametrize(
    ("part", "subject_type", "id_", "key", "subject"),
    [("kim", "TimeEntry", "1", "time_entries", "1"), ("kim", "Story", "4", "stories", "1")],
)
def test_the_subject_is_named_by_section_and_id(still_house, part, subject_type, id_, key, subject):
    told = still_house.get(part, "/external_references", subject_type=subject_type, include="subject").json()
    assert told["external_references"][id_]["subject_ref"] == {"key": key, "id": subject}
    assert set(told[key]) == {subject}
    # No empty section is sent for a subject of which nothing was found.
    nothing = still_house.get(part, "/external_references", subject_type="Vendor", include="subject").json()
    assert set(nothing) == {"count", "results", "external_references", "meta"}


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("Workspace", "workspaces"), ("User", "users"), ("Role", "roles"), ("Invoice", "invoices"),
        ("Assignment", "assignments"), ("Expense", "expenses"), ("CustomField", "custom_fields"),
        ("CustomFieldValue", "custom_field_values"), ("Submission", "submissions"),
    ],
)  # fmt: skip
def test_a_reference_of_anything_leads_to_it(house, word, path):
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["external_references", 1] = 500
        made = make.reference(word, {"account_id": 1, "id": 1})
    told = house.get("ada", "/external_references", subject_type=word, include="subject").json()
    assert [each["id"] for each in told["results"]] == [str(made["id"])]
    # A timesheet goes by another name here (contract: external_references.subject_type_note).
    assert told["external_references"][str(made["id"])]["subject_ref"] == {"key": path, "id": "1"}
    assert set(told[path]) == {"1"}
    assert house.get("eve", "/external_references", subject_type=word).json()["count"] == (
        1 if word in SEEN_BY_ALL else 0
    )


SEEN_BY_ALL = {"Role", "CustomField"}
SEEN = {
    "ada": {1, 2, 3, 4, 5}, "vera": {1, 2, 3, 4, 5}, "lee": {1, 2, 4}, "kim": {1, 2, 4}, "cleo": {4}, "max": {3, 5},
    "nora": {3, 4, 5}, "eve": set(), "fred": {4},
}  # fmt: skip


@pytest.mark.parametrize("part", SEEN)
def test_a_reference_is_seen_by_whoever_sees_its_subject(still_house, part):
    listed, text = set(), ""
    for subject_type in ("TimeEntry", "Story"):
        answer = still_house.get(part, "/external_references", subject_type=subject_type, include="subject")
        listed |= set(ids(answer))
        text += answer.text
    assert listed == SEEN[part]
    assert (CANARY in text) is bool({3, 5} & SEEN[part])
    everything = still_house.get(part, "/external_references", subject_type="TimeEntry", only="1,2,3,4,5,6,7,8,9,20")
    assert set(ids(everything)) == SEEN[part] & {1, 2, 3}
