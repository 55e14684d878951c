"""The external_references group on every resource that publishes it and has a list
(contract: common.filter_groups.external_references).
"""

from datetime import date

import pytest

from tests.builders import Builder
from tests.conftest import open_house
from tests.contract import published
from timewright import tables as t
from timewright.resources import REGISTRY

GROUP = set(published.facts("common")["filter_groups"]["external_references"])

SUBJECTS = {
    f"/{each.name}": each.type
    for each in REGISTRY
    if "index" in each.endpoints and {one.name for one in each.filters} >= GROUP
}
"""Where the group is."""

LISTED = {
    "/stories": "1,2,8", "/roles": "1,2,50", "/rate_cards": "1,2,50", "/custom_field_values": "4,7,8",
}  # fmt: skip
"""Three of each that Ada lists: 1, 2 and 3 unless it says others."""

REQUIRED = {"/participations": {"workspace_id": 1}, "/custom_field_values": {"subject_type": "Story"}}
"""What a list asks for."""


def three(path):
    return LISTED.get(path, "1,2,3")


@pytest.fixture(scope="module")
def referred(engine):
    """The cast's house: the first of everything is tracked twice, the second once, and the third is not."""
    with open_house(engine) as house:
        account = house.world.account["id"]
        with house.database.write() as tx:
            make = Builder(tx)
            for table in t.metadata.sorted_tables:
                make._last[table.name, account] = 49
            make._last["external_references", account] = 500
            make.role(house.world.account, "Third")
            make.rate_card(house.world.account, [(date(2026, 1, 1), 1_000, {})], "Third")
            for path, subject_type in SUBJECTS.items():
                first, second, _ = ({"account_id": account, "id": int(id_)} for id_ in three(path).split(","))
                make.reference(subject_type, first, "Tracker", service_model_ref="7", status="failed",
                               external_status="closed", external_message="No such issue")  # fmt: skip
                make.reference(subject_type, first, "Books", service_model="Row", service_model_ref="9")
                make.reference(subject_type, second, "Tracker", service_model_ref="8", status="pending")
        yield house


def found(house, path, part="ada", **parameters):
    """Which of the three are listed: 1, 2 and 3 by their places."""
    places = {id_: number for number, id_ in enumerate(three(path).split(","), start=1)}
    asked = {f"external_reference_{name}" if name in MEMBERS else name: value for name, value in parameters.items()}
    told = house.get(part, path, only=three(path), **REQUIRED.get(path, {}), **asked).json()
    assert told["count"] == len(told["results"])
    return {places[each["id"]] for each in told["results"]}


MEMBERS = {
    "service_name", "service_model", "service_model_ref", "service_model_refs", "status", "external_status",
    "external_message",
}  # fmt: skip


@pytest.mark.parametrize("path", SUBJECTS)
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"service_name": "Tracker"}, {1, 2}),
        ({"service_name": "tracker "}, set()),  # exactly, and in that case
        ({"service_name": "Track"}, set()),
        ({"service_model": "Row"}, {1}),
        ({"service_model_ref": "7"}, {1}),
        ({"service_model_ref": "07"}, set()),  # compared as strings, although published as an integer
        ({"service_model_refs": "7, 8"}, {1, 2}),
        ({"service_model_refs": "9"}, {1}),
        ({"status": "failed"}, {1}),
        ({"status": "fail"}, {1}),  # published as fail, while the field says failed
        ({"status": "FAILED"}, {1}),
        ({"status": "pending"}, {2}),
        ({"status": "unheard of"}, set()),
        ({"external_status": "closed"}, {1}),
        ({"external_message": "No such issue"}, {1}),
        ({"external_message": "No such"}, set()),  # the whole message
        ({"has_external_references": "true"}, {1, 2}),
        ({"has_external_references": "false"}, {3}),
        ({"without_external_reference_service_name": "Books"}, {2, 3}),
        ({"without_external_reference_service_name": "Tracker"}, {3}),
        ({"without_external_reference_service_name": "Other"}, {1, 2, 3}),
        # Several must hold for one and the same reference.
        ({"service_name": "Tracker", "service_model_ref": "7"}, {1}),
        ({"service_name": "Tracker", "service_model_ref": "9"}, set()),
        ({"service_name": "Tracker", "service_model_refs": "8,9"}, {2}),
        ({"service_name": "Books", "status": "failed"}, set()),
        ({"service_name": "Books", "status": "successful", "service_model": "Row", "service_model_ref": "9"}, {1}),
        # What says that there is none is said of the object.
        ({"service_name": "Tracker", "without_external_reference_service_name": "Books"}, {2}),
        ({"service_name": "Tracker", "has_external_references": "true"}, {1, 2}),
        ({"service_name": "Tracker", "has_external_references": "false"}, set()),
        ({"has_external_references": "false", "without_external_reference_service_name": "Tracker"}, {3}),
    ],
    ids=str,
)  # fmt: skip
def test_the_references_that_are_asked_for(referred, path, asked, expected):
    if path == "/time_entries":
        # The first of the cast's entries has references of its own, which none of these questions is about.
        assert {each["service_name"] for each in _own(referred)} == {"tracker", "ledger", "Tracker", "Books"}
        if asked == {"status": "pending"}:
            expected = expected | {1}
    assert found(referred, path, **asked) == expected


def _own(house):
    told = house.get("ada", "/time_entries", only=1, include="external_references").json()
    return told["external_references"].values()


def test_a_reference_may_be_found_without_narrowing_to_ids(referred):
    for path in SUBJECTS:
        told = referred.get("ada", path, external_reference_service_name="Books", **REQUIRED.get(path, {})).json()
        assert [each["id"] for each in told["results"]] == [three(path).split(",")[0]]
        assert told["count"] == 1


@pytest.mark.parametrize("path", SUBJECTS)
def test_references_of_another_account_are_not_found(referred, path):
    more = REQUIRED.get(path, {})
    assert referred.get("otto", path, external_reference_service_name="Tracker", **more).json()["count"] == 0
    without = referred.get("otto", path, without_external_reference_service_name="Tracker", **more).json()
    assert without["count"] == referred.get("otto", path, **more).json()["count"]


def test_every_resource_that_has_references_and_a_list_has_the_whole_group():
    listed = {each.name for each in REGISTRY if "index" in each.endpoints}
    publish = {name for name in published.RESOURCES if set(published.facts(name)["filters"]) >= GROUP}
    having = {each.name for each in REGISTRY if {one.name for one in each.filters} >= GROUP}
    assert having >= listed & publish
    assert {path.strip("/") for path in SUBJECTS} == having & listed
