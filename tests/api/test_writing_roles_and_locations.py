"""Roles and locations are made, changed and deleted. Comments name the entry of the contract's pages (roles,
account_locations) that a case comes from."""

import pytest


def told(answer, name):
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    return answer.json()[name][result["id"]]


def logged(house, subject_type):
    return [
        (each["verb"], (each["before"] or {}).get("name"), (each["after"] or {}).get("name"))
        for each in house.changed(subject_type)
    ]


def test_a_role_is_made_renamed_and_deleted(house):
    reference = {"service_name": "hr", "service_model": "Job", "service_model_ref": "7"}
    made = told(
        house.post("ada", "/roles", {"role": {"name": "Illustrator", "external_reference": reference},
                   "include": "external_references"}), "roles",
    )  # fmt: skip
    assert (made["name"], made["deleted_at"], len(made["external_reference_ids"])) == ("Illustrator", None, 1)
    id_ = made["id"]
    assert told(house.put("ada", f"/roles/{id_}", {"role": {"name": "Painter"}}), "roles")["name"] == "Painter"
    assert house.delete("ada", f"/roles/{id_}").status_code == 204
    # A soft delete (roles.endpoints.delete): it is left out of the list, and keeps its name.
    assert house.get("ada", f"/roles/{id_}").status_code == 404
    kept = told(house.get("ada", f"/roles/{id_}", only_active="false"), "roles")
    assert kept["name"] == "Painter"
    assert kept["deleted_at"] is not None
    assert house.delete("ada", f"/roles/{id_}").status_code == 404
    assert logged(house, "Role") == [
        ("create", None, "Illustrator"), ("update", "Illustrator", "Painter"), ("update", "Painter", "Painter"),
    ]  # fmt: skip


def test_a_change_that_changes_nothing_leaves_no_trace(house):
    before = told(house.get("ada", "/roles/1"), "roles")
    after = told(house.put("ada", "/roles/1", {"role": {"name": before["name"]}}), "roles")
    assert (after, logged(house, "Role")) == (before, [])


@pytest.mark.parametrize("path", ["/roles", "/account_locations"])
def test_only_administrators_write(house, path):
    singular = path.strip("/").removesuffix("s")
    for part in ("lee", "kim", "cleo", "vera", "max"):
        body = {singular: {"name": "New"}}
        assert house.post(part, path, body).status_code == 403, part
        assert house.put(part, f"{path}/1", body).status_code == 403, part
        assert house.delete(part, f"{path}/1").status_code == 403, part


@pytest.mark.parametrize("path", ["/roles", "/account_locations"])
def test_what_is_of_another_account_is_not_there(house, path):
    singular = path.strip("/").removesuffix("s")
    for id_ in (12, 999):
        answers = house.put("ada", f"{path}/{id_}", {singular: {"name": "New"}}), house.delete("ada", f"{path}/{id_}")
        assert [(each.status_code, each.content) for each in answers] == [
            (404, b'{"errors":[{"type":"system","message":"Not found"}]}')
        ] * 2


@pytest.mark.parametrize("value", ["", None, "  ", 5, True, [], {}, "a\0"])
def test_a_name_must_be_one(house, value):
    for path, singular in (("/roles", "role"), ("/account_locations", "account_location")):
        answers = (
            house.post("ada", path, {singular: {"name": value}}),
            house.put("ada", f"{path}/1", {singular: {"name": value}}),
        )
        for answer in answers:
            assert answer.status_code == 422, (path, answer.text)
            assert [each["field"] for each in answer.json()["errors"]] == ["name"]
    assert logged(house, "Role") + logged(house, "AccountLocation") == []


def test_a_location_is_made_archived_and_deleted(house):
    made = told(house.post("ada", "/account_locations", {"account_location": {"name": "Harbour"}}), "account_locations")
    assert (made["archived"], made["in_use"]) == (False, False)
    path = f"/account_locations/{made['id']}"
    changed = told(house.put("ada", path, {"account_location": {"archived": True}}), "account_locations")
    assert (changed["name"], changed["archived"]) == ("Harbour", True)
    assert house.delete("ada", path).status_code == 204
    assert house.delete("ada", path).status_code == 404
    assert [each[0] for each in logged(house, "AccountLocation")] == ["create", "update", "delete"]


def test_a_location_is_one_of_its_name(house):
    for answer in (
        house.post("ada", "/account_locations", {"account_location": {"name": "Office"}}),
        house.put("ada", "/account_locations/2", {"account_location": {"name": "Office"}}),
    ):
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == ["name"]


def test_a_location_in_use_stays(house):
    in_use = house.get("ada", "/account_locations", archived="include").json()["account_locations"]
    id_ = next(each["id"] for each in in_use.values() if each["in_use"])
    answer = house.delete("ada", f"/account_locations/{id_}")
    # account_locations.errors: delete while in_use
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "base")
    assert house.get("ada", "/account_locations", archived="include").json()["account_locations"] == in_use


def test_what_has_no_effect_is_said(house):
    made = house.post("ada", "/roles", {"role": {"name": "Painter", "colour": "red"}}).json()
    assert made["meta"]["ignored"] == [{"index": 0, "field": "colour"}]
    refused = house.post(
        "ada", "/roles", {"role": {"name": "Other", "colour": "red"}}, headers={"Prefer": "handling=strict"}
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "colour")


def test_one_at_a_time(house):
    answer = house.post("ada", "/roles", {"roles": [{"name": "Painter"}]})
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, "The request must hold role.")


def test_under_a_key_it_is_made_once(house):
    answers = [
        house.post("ada", "/roles", {"role": {"name": "Painter"}}, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]
    assert answers[0].json()["results"] == answers[1].json()["results"]
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert len(logged(house, "Role")) == 1
