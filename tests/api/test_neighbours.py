"""Users, workspaces and stories, as far as they are read around an entry; paths and health."""

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from timewright import tables as t


def ids(answer, key):
    return {int(each["id"]) for each in answer.json()["results"] if each["key"] == key}


def test_me(still_house):
    told = still_house.get("kim", "/users/me").json()
    assert told["results"] == [{"key": "users", "id": "3"}]
    assert told["users"]["3"] == {
        "id": "3",
        "full_name": "Kim Example",
        "photo_path": "/photos/none.png",
        "email_address": "kim.example@1.example.com",
        "headline": None,
        "account_id": "1",
    }
    assert told["meta"] == {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20}


@pytest.mark.parametrize(
    ("part", "parameters", "names"),
    [
        ("kim", {}, {"ada", "lee", "kim", "cleo", "nora", "fred"}),
        ("ada", {}, {"ada", "lee", "kim", "cleo", "max", "nora", "fred"}),
        ("ada", {"show_disabled": "true"}, {"ada", "lee", "kim", "cleo", "max", "nora", "fred", "dan"}),
        ("ada", {"on_my_account": "true"}, {"ada", "lee", "kim", "cleo", "vera", "max", "nora", "eve"}),
        ("ada", {"on_my_account": "false"}, {"fred"}),
        ("ada", {"participant_in": 7}, {"max", "nora"}),
        ("eve", {}, {"eve"}),
        ("max", {}, {"max", "nora"}),
        ("otto", {}, {"otto"}),
    ],
)
def test_whom_somebody_sees(still_house, part, parameters, names):
    users = still_house.world.users
    assert ids(still_house.get(part, "/users", **parameters), "users") == {users[name]["id"] for name in names}


def test_people_come_by_name(still_house):
    told = still_house.get("ada", "/users", order="alphabetical:desc").json()
    names = [told["users"][each["id"]]["full_name"] for each in told["results"]]
    assert names == sorted(names, reverse=True)


@pytest.mark.parametrize(
    ("part", "parameters", "expected"),
    [
        ("kim", {}, {1, 2, 3, 5, 6}),
        ("kim", {"include_archived": "true"}, {1, 2, 3, 4, 5, 6}),
        ("kim", {"archived": "only"}, {4}),
        ("kim", {"archived": "include"}, {1, 2, 3, 4, 5, 6}),
        ("kim", {"archived": "exclude"}, {1, 2, 3, 5, 6}),
        ("ada", {}, {1, 2, 3, 5, 6, 7}),
        ("max", {}, {7}),
        ("fred", {}, {1}),
        ("fred", {"on_my_account": "true"}, set()),
        ("eve", {}, set()),
        ("ada", {"has_participant": 6}, {7}),
        ("kim", {"only": "2,4,7,12"}, {2}),
    ],
)
def test_which_projects_somebody_sees(still_house, part, parameters, expected):
    assert ids(still_house.get(part, "/workspaces", **parameters), "workspaces") == expected


def test_a_project_tells_its_money_to_those_who_may_see_it(still_house):
    for part, sees in (("lee", True), ("ada", True), ("kim", False), ("cleo", False)):
        project = still_house.get(part, "/workspaces/1").json()["workspaces"]["1"]
        assert project["default_rate"] == ("50.00" if sees else None)
        assert ("price" in project) is sees
        assert ("currency" in project) is sees
        assert project["has_budget_access"] is sees
        assert project["can_create_line_items"] is (part != "cleo")
        assert project["permissions"]["user_is_client"] is (part == "cleo")
        assert project["start_date"] == ""  # the page: an empty string when unset
        assert project["account_id"] == 1  # the page: a JSON number


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"workspace_id": 1}, {1, 2, 5, 8}),
        ({"workspace_id": 3}, {6}),
        ({"workspace_id": 7}, set()),
        ({"with_projects": "1,3"}, {1, 2, 5, 6, 8}),
        ({"workspace_id": 1, "show_archived": "true"}, {1, 2, 3, 5, 8}),
        ({"workspace_id": 1, "only_archived": "true"}, {3}),
        ({"workspace_id": 1, "archived": "only"}, {3}),
        ({"workspace_id": 1, "show_deleted": "true"}, {1, 2, 4, 5, 8}),
        ({"workspace_id": 1, "parents_only": "true"}, {1, 2, 5}),
        ({"with_parent_id": 1}, {8}),
        ({"story_type": "milestone,issue"}, set()),
        ({"only": "1,8,7"}, {1, 8}),
    ],
)
def test_which_tasks_are_listed(still_house, parameters, expected):
    assert ids(still_house.get("kim", "/stories", **parameters), "stories") == expected


def test_a_task_tells_where_it_stands(still_house):
    told = still_house.get("lee", "/stories", only="1,8", include="parent,sub_stories,workspace").json()
    above, below = told["stories"]["1"], told["stories"]["8"]
    assert (above["ancestor_ids"], above["ancestry_depth"], above["subtree_depth"], above["sub_story_count"]) == (
        [],
        0,
        1,
        1,
    )
    assert (below["ancestor_ids"], below["ancestry_depth"], below["parent_id"], below["root_id"]) == (
        ["1"],
        1,
        "1",
        "1",
    )
    assert above["sub_story_ids"] == ["8"]
    assert above["logged_billable_time_in_minutes"] == 60
    assert above["start_date"] is None


def test_time_logged_moves_the_sums_of_its_task(house):
    before = house.get("lee", "/stories/1").json()["stories"]["1"]["logged_nonbillable_time_in_minutes"]
    house.log("kim", story_id=1, billable=False, time_in_minutes=45)
    after = house.get("lee", "/stories/1").json()["stories"]["1"]["logged_nonbillable_time_in_minutes"]
    assert after == before + 45


@pytest.mark.parametrize(
    "path", ["/time_entries", "/time_entries/1", "/users/me", "/users/3", "/workspaces/1", "/stories"]
)
@pytest.mark.parametrize("suffix", [".json", "/"])
def test_a_path_may_end_in_json_or_a_slash(still_house, path, suffix):
    assert still_house.get("kim", path + suffix).json() == still_house.get("kim", path).json()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS"])
def test_a_method_that_is_not_offered_is_not_found(still_house, method):
    answer = still_house.request("kim", method, "/time_entries")
    assert (answer.status_code, answer.content) == (404, b'{"errors":[{"type":"system","message":"Not found"}]}')


def test_a_head_says_what_a_get_would(still_house):
    head, get = (still_house.request("kim", method, "/time_entries") for method in ("HEAD", "GET"))
    assert head.status_code == get.status_code == 200


def test_the_references_of_a_person_are_side_loaded(house):
    kim = house.world.users["kim"]
    with house.database.write() as tx:
        make = Builder(tx)
        make._last["external_references", 1] = make._last["external_references", 2] = 500
        made = make.reference("User", {**kim, "account_id": 1}, "payroll")
        make.reference("User", {**kim, "account_id": 2}, "theirs")
    told = house.get("kim", "/users/me", include="external_references").json()
    assert told["users"]["3"]["external_reference_ids"] == [str(made["id"])]
    assert [each["service_name"] for each in told["external_references"].values()] == ["payroll"]


@pytest.mark.parametrize(("path", "include"), [("/workspaces/1", "creator"), ("/stories/1", "creator")])
def test_a_person_out_of_sight_is_left_out_of_the_side_loads_of_a_project(house, path, include):
    # decisions D5: the bare id stays; only the owner of a visible entry is shown by name all the same.
    nora = house.world.users["nora"]["id"]
    with house.database.write() as tx:
        for table in (t.workspaces, t.stories):
            tx.execute(sa.update(table).where(table.c.account_id == 1, table.c.id == 1).values(creator_id=nora))
        tx.execute(sa.delete(t.participations).where(t.participations.c.user_id == nora))
    told = house.get("cleo", path, include=include).json()
    assert told["users"] == {}
    assert told[path.split("/")[1]]["1"]["creator_id"] == str(nora)
    assert "Nora" not in house.get("cleo", path, include=include).text


def test_a_bug_is_told_in_the_shape_of_the_wire_and_with_its_id(house, monkeypatch):
    monkeypatch.setattr("timewright.presenting.load.index", lambda *_: 1 / 0)
    answer = house.get("kim", "/time_entries")
    assert answer.status_code == 500
    assert [error["type"] for error in answer.json()["errors"]] == ["system"]
    assert "division" not in answer.text
    assert len(answer.headers["x-request-id"]) == 32


def test_a_nul_in_a_filter_is_refused_on_every_engine(still_house):
    assert still_house.request("kim", "GET", "/stories?story_type=%00").status_code == 400
    assert still_house.request("kim", "GET", "/users?by_email_address=%00").status_code == 400


@pytest.mark.parametrize("query", ["=x", "a[b", "[]=1", "%5B=1"])
def test_a_query_name_that_is_none_is_an_unknown_parameter(still_house, query):
    assert still_house.request("kim", "GET", f"/time_entries?{query}").status_code == 200


def test_health_needs_no_token(still_house):
    assert still_house.client.get("/healthz").json() == {"status": "ok"}
    assert still_house.client.get("/readyz").json() == {"status": "ok"}


def test_every_answer_has_an_id_of_its_own(still_house):
    answers = [still_house.get("kim", path) for path in ("/users/me", "/nope", "/time_entries/999")]
    answers.append(still_house.client.get("/api/v1/users/me"))
    assert len({answer.headers["x-request-id"] for answer in answers}) == 4
