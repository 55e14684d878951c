"""What holds for every resource: the envelope, paging, the refusals, and the errors of time entries as data."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import published
from timewright import errors
from timewright.presenting import ask, load, records
from timewright.presenting.envelope import envelope
from timewright.presenting.kinds import Wire
from timewright.resources import REGISTRY

COMMON = published.facts("common")
LIVE_ERRORS = published.facts("time_entries_errors")
SERVED = {"list", "show", "create"}


@pytest.mark.parametrize("name", published.RESOURCES)
def test_an_answer_has_the_published_members(name: str) -> None:
    page = load.Page(REGISTRY[name], [], 0, ask.Ask(), {}, ask.DEFAULT_PER_PAGE)
    answer = envelope(page, Wire())
    assert sorted(answer) == sorted([*COMMON["envelope"]["members"], name])
    assert sorted(answer["meta"]) == sorted(COMMON["envelope"]["meta"])


def test_a_result_has_the_published_members() -> None:
    row = {"id": 5, "name": "Design", "created_at": None, "updated_at": None, "deleted_at": None}
    record = records.Record(REGISTRY["roles"], row, {})
    page = load.Page(REGISTRY["roles"], [record], 1, ask.Ask(), {}, ask.DEFAULT_PER_PAGE)
    (result,) = envelope(page, Wire())["results"]
    assert result == {"key": "roles", "id": "5"}
    assert sorted(result) == sorted(COMMON["envelope"]["result"])


def test_further_members_of_meta_are_ours_by_decision() -> None:
    page = load.Page(REGISTRY["roles"], [], 0, ask.Ask(), {}, ask.DEFAULT_PER_PAGE, incomplete=True)
    answer = envelope(page, Wire())
    own = published.extensions("common", "meta")
    assert set(answer["meta"]) - set(COMMON["envelope"]["meta"]) <= own
    assert own == {"ignored", "created_ids", "incomplete"}


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ({}, (COMMON["paging"]["page"], COMMON["paging"]["per_page"])),
        ({"per_page": "100000"}, (COMMON["paging"]["page"], COMMON["paging"]["most_per_page"])),
        ({"per_page": "0"}, (COMMON["paging"]["page"], COMMON["paging"]["per_page"])),
    ],
)
def test_a_page_has_the_published_size(sent: dict[str, str], seen: tuple[int, int]) -> None:
    asked = ask.ask(REGISTRY["users"], sent, Wire())
    assert (asked.page, asked.per_page) == seen


@pytest.mark.parametrize(
    ("limit", "taken"), [("0", COMMON["paging"]["fewest_limit"]), ("100000", COMMON["paging"]["most_limit"])]
)
def test_a_limit_is_kept_to_the_published_bounds(limit: str, taken: int) -> None:
    asked = ask.ask(REGISTRY["users"], {"limit": limit, "offset": "-1"}, Wire())
    assert (asked.limit, asked.offset) == (taken, COMMON["paging"]["offset"])


def _refusals() -> Iterator[type[errors.Refusal]]:
    waiting = [errors.Refusal]
    while waiting:
        waiting += (refusal := waiting.pop()).__subclasses__()
        yield refusal


def _known() -> set[tuple[int, str]]:
    return {(row["status"], row["type"]) for row in COMMON["errors"]}


def _awaited() -> set[tuple[int, str]]:
    written = [each.split(" ") for each in published.still_to_come()["common"]["errors"]]
    return {(int(status), wire_type) for status, wire_type in written}


def test_every_published_error_is_a_refusal_or_still_to_come() -> None:
    assert sorted(_known() - {(each.status, each.wire_type) for each in _refusals()} - _awaited()) == []


def test_no_error_that_is_still_to_come_is_a_refusal() -> None:
    assert sorted(_awaited() & {(each.status, each.wire_type) for each in _refusals()}) == []
    assert sorted(_awaited() - _known()) == []


def test_every_refusal_is_a_published_error() -> None:
    assert sorted({(each.status, each.wire_type) for each in _refusals()} - _known()) == []


@pytest.mark.parametrize("refusal", [errors.Unauthenticated, errors.NotFound])
def test_a_message_that_is_published_is_sent_word_for_word(refusal: type[errors.Refusal]) -> None:
    (error,) = refusal().errors()
    assert error["message"] == COMMON["fixed_messages"][str(refusal.status)]


def test_an_error_has_the_published_members() -> None:
    (plain,) = errors.NotFound().errors()
    (validation,) = errors.Invalid([errors.Fault(0, errors.BASE, "It breaks a rule.")]).errors()
    assert sorted(plain) == sorted(COMMON["error_members"]["plain"])
    assert sorted(validation) == sorted(COMMON["error_members"]["validation"])


def _cases() -> list[str]:
    return [row["case"] for row in LIVE_ERRORS]


def test_no_two_errors_have_the_same_case() -> None:
    assert sorted({case for case in _cases() if _cases().count(case) > 1}) == []


def test_no_error_is_both_live_and_still_to_come() -> None:
    assert sorted(set(_cases()) & published.awaited("time_entries", "errors")) == []


def test_every_error_that_the_page_publishes_for_what_is_served_is_live() -> None:
    served = {case: row for case, row in published.facts("time_entries")["errors"].items() if SERVED & set(row["on"])}
    assert sorted(case for case, row in served.items() if not _is_live(row)) == []


def _is_live(said: dict[str, Any]) -> bool:
    # A nested member is named whole on the page and by its dotted name here (decisions A).
    wanted = (said["status"], said["type"], said["field"])
    return wanted in {(row["status"], row["type"], _root(row["field"])) for row in LIVE_ERRORS}


def _root(field: str | None) -> str | None:
    return field.partition(".")[0] if field else None


@pytest.mark.parametrize("row", LIVE_ERRORS, ids=_cases())
def test_every_error_has_a_known_status_and_type(row: dict[str, Any]) -> None:
    assert (row["status"], row["type"]) in _known()
    assert (row["field"] is not None) == (row["type"] == "validation")
