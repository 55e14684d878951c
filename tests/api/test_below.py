"""Time entries below their project: `/workspaces/1/time_entries` and `/workspaces/1/time_entries/9` (decisions B19)."""

import pytest

from tests.api.test_hostile_requests import fingerprint
from tests.api.test_statements import WHO

NOT_FOUND = b'{"errors":[{"type":"system","message":"Not found"}]}'


def entry(**members):
    return {"date_performed": "2026-02-02", "time_in_minutes": 30, **members}


def ids(answer):
    return [each["id"] for each in answer.json()["results"]]


@pytest.fixture
def logged(house):
    """A house with two entries in the main project and one in another; the ids of the first two."""
    made = [house.log("ada", notes=notes).json()["results"][0]["id"] for notes in ("one", "two")]
    other = house.world.workspaces["euro"]["id"]
    assert house.log("ada", workspace_id=other).status_code == 200
    return house, house.world.workspaces["main"]["id"], other, made


def test_a_list_holds_the_entries_of_the_project_in_the_address(logged):
    house, main, _, made = logged
    listed = house.get("ada", f"/workspaces/{main}/time_entries")
    assert listed.json() == house.get("ada", f"/time_entries?workspace_id={main}").json()
    assert set(made) < set(ids(house.get("ada", "/time_entries")))
    assert {each["workspace_id"] for each in listed.json()["time_entries"].values()} == {str(main)}


def test_the_address_wins_over_the_query_and_the_other_filters_hold(logged):
    house, main, other, made = logged
    path = f"/workspaces/{main}/time_entries"
    assert ids(house.get("ada", f"{path}?workspace_id={other}")) == ids(house.get("ada", path))
    assert ids(house.get("ada", f"{path}?only={made[0]}")) == made[:1]
    paged = house.get("ada", f"{path}?per_page=1&page=2&include=user&order=created_at:asc").json()
    assert (paged["meta"]["page_number"], len(paged["results"]), bool(paged["users"])) == (2, 1, True)
    assert house.get("ada", f"{path}?billable=x").status_code == 400


@pytest.mark.parametrize("ending", ["", ".json", "/"])
def test_the_ways_of_writing_an_address_lead_below_too(logged, ending):
    house, main, _, made = logged
    for path in (f"/workspaces/{main}/time_entries", f"/workspaces/{main}/time_entries/{made[0]}"):
        get, head = (house.request("ada", method, path + ending) for method in ("GET", "HEAD"))
        assert get.content == house.get("ada", path).content
        assert (head.status_code, head.content, head.headers["content-length"]) == (
            200,
            b"",
            get.headers["content-length"],
        )


def test_one_entry_is_shown_below_its_own_project_alone(logged):
    house, main, other, made = logged
    plain = house.get("ada", f"/time_entries/{made[0]}?include=workspace")
    assert house.get("ada", f"/workspaces/{main}/time_entries/{made[0]}?include=workspace").json() == plain.json()
    for path in (f"{other}/time_entries/{made[0]}", f"999/time_entries/{made[0]}", f"{main}/time_entries/999999"):
        assert house.get("ada", f"/workspaces/{path}").content == NOT_FOUND


@pytest.mark.parametrize("said", [{}, {"workspace_id": ""}, {"workspace_id": None}, {"workspace_id": "same"}])
def test_time_is_logged_in_the_project_of_the_address(house, said):
    main = house.world.workspaces["main"]["id"]
    said = {name: str(main) if value == "same" else value for name, value in said.items()}
    path = f"/workspaces/{main}/time_entries"
    one = house.post("kim", path, {"time_entry": entry(**said)}).json()
    many = house.post("kim", path, {"time_entries": [entry(**said), entry()]}).json()
    made = [*one["time_entries"].values(), *many["time_entries"].values()]
    assert [each["workspace_id"] for each in made] == [str(main)] * 3


def test_time_for_another_project_than_that_of_the_address_is_refused(house):
    main, other = (house.world.workspaces[name]["id"] for name in ("main", "euro"))
    before = fingerprint(house)
    batch = [entry(), entry(workspace_id=other), entry(workspace_id="x"), entry(workspace_id=999_999)]
    answer = house.post("kim", f"/workspaces/{main}/time_entries", {"time_entries": batch})
    assert answer.status_code == 422
    assert [(each["index"], each["field"], each["message"]) for each in answer.json()["errors"]] == [
        (1, "workspace_id", "Workspace must be the one in the address."),
        (2, "workspace_id", "Workspace must be an id."),
        (3, "workspace_id", "Workspace could not be found."),
        (3, "workspace_id", "Workspace must be the one in the address."),
    ]
    assert fingerprint(house) == before


def test_below_what_the_caller_does_not_see_there_is_nothing(house):
    hidden = house.world.workspaces["hidden"]["id"]
    before = fingerprint(house)
    for outer in (hidden, "999999", "0", "-1", "x", "1.5", "01x", "9" * 30, "%20", "null"):
        for method, path in (("GET", ""), ("POST", ""), ("GET", "/1"), ("HEAD", "")):
            body = {"time_entry": entry()} if method == "POST" else None
            answer = house.request("kim", method, f"/workspaces/{outer}/time_entries{path}", json=body)
            assert (answer.status_code, answer.content) == (404, b"" if method == "HEAD" else NOT_FOUND), (
                outer,
                method,
            )
    assert house.get("max", f"/workspaces/{hidden}/time_entries").status_code == 200
    assert fingerprint(house) == before


def test_whose_ids_are_the_same_elsewhere_sees_their_own_alone(house):
    # The two accounts of the house hold the same ids: each caller is led to the project of their own.
    main = house.world.workspaces["main"]["id"]
    for part in ("kim", "otto"):
        listed = house.get(part, f"/workspaces/{main}/time_entries")
        assert listed.json() == house.get(part, f"/time_entries?workspace_id={main}").json()


def test_without_a_token_nothing_is_told(house):
    main = house.world.workspaces["main"]["id"]
    for method, path in (("GET", f"{main}/time_entries"), ("POST", "999/time_entries"), ("GET", "x/time_entries/1")):
        assert house.request(None, method, f"/workspaces/{path}").status_code == 401


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_has_no_meaning_for_a_project_as_a_whole_is_not_offered(house, method):
    main = house.world.workspaces["main"]["id"]
    for path in (f"/workspaces/{main}/time_entries", f"/workspaces/{main}/stories", f"/users/{main}/time_entries"):
        assert house.request("kim", method, path).content == NOT_FOUND


def test_a_retry_below_a_project_is_carried_out_once(house):
    main = house.world.workspaces["main"]["id"]
    sent = {"json": {"time_entry": entry()}, "headers": {"Idempotency-Key": "once"}}
    one, two = (house.request("kim", "POST", f"/workspaces/{main}/time_entries", **sent) for _ in range(2))
    assert ids(one) == ids(two)
    assert two.headers["idempotency-replayed"] == "true"


def test_the_address_costs_who_asks_and_one_look(house):
    main = house.world.workspaces["main"]["id"]
    for plain, below, look in (
        (f"/time_entries?workspace_id={main}", f"/workspaces/{main}/time_entries", "workspaces"),
        ("/time_entries/1", f"/workspaces/{main}/time_entries/1", "time_entries"),
    ):
        with house.statements() as asked:
            assert house.get("kim", plain).status_code == 200
        with house.statements() as asked_below:
            assert house.get("kim", below).status_code == 200
        assert asked_below == [*WHO, f"read {look}", *asked]
