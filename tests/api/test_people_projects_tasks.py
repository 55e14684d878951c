"""People, projects and tasks: index, show, only, paging, orders, the switches for what was put away, and includes.

Whom and what each part sees is in test_neighbours.py and test_who_may_what.py. Comments name the page of the contract
or the section of its README that an oddity comes from.
"""

import pytest
import sqlalchemy as sa

from timewright import tables as t

STRICT = {"Prefer": "handling=strict"}
NOT_FOUND = b'{"errors":[{"type":"system","message":"Not found"}]}'
LISTS = ("users", "workspaces", "stories")
MADE = "2026-01-05T09:00:00Z"


def ids(answer, name):
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {each["key"] for each in told["results"]} <= {name}
    assert {each["id"] for each in told["results"]} <= set(told[name])
    return [int(each["id"]) for each in told["results"]]


# Whole bodies -------------------------------------------------------------------------------------


def test_a_person_is_shown_whole(still_house):
    told = still_house.get("kim", "/users/2", optional_fields="bio,city,classification,website,state,country").json()
    assert told == {
        "count": 1,
        "results": [{"key": "users", "id": "2"}],
        "users": {
            "2": {
                "id": "2", "full_name": "Lee Example", "photo_path": "/photos/none.png", "headline": None,
                "email_address": "lee.example@1.example.com", "account_id": "1", "bio": "", "city": "", "website": "",
                "state": "", "country": "", "classification": "Internal",
            }
        },
        "meta": {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20},
    }  # fmt: skip
    fred = str(still_house.world.users["fred"]["id"])
    abroad = still_house.get("kim", f"/users/{fred}", optional_fields="classification").json()
    assert abroad["users"][fred]["classification"] == "External"


def test_a_task_is_shown_whole(still_house):
    told = still_house.get("kim", "/stories/1", include="workspace").json()
    assert told["stories"]["1"] == {
        "id": "1", "title": "Task", "description": None, "story_type": "task", "state": "not started",
        "status": "not started", "priority": "normal", "position": 1, "archived": False, "deleted_at": None,
        "created_at": MADE, "updated_at": MADE, "assignment_timestamped_at": None, "start_date": None, "due_date": None,
        "percentage_complete": 0, "project_plan": True, "time_trackable": True, "billable": True, "fixed_fee": False,
        "ancestor_ids": [], "ancestry_depth": 0, "subtree_depth": 1, "sub_story_count": 1, "workspace_id": "1",
        "creator_id": "1", "parent_id": None, "root_id": None,
    }  # fmt: skip
    assert set(told["workspaces"]) == {"1"}


def test_a_task_tells_time_and_money_to_those_who_may_see_them(still_house):
    shown = {part: set(still_house.get(part, "/stories/1").json()["stories"]["1"]) for part in ("kim", "vera", "lee")}
    time = {
        "time_estimate_in_minutes",
        "logged_billable_time_in_minutes",
        "logged_nonbillable_time_in_minutes",
        "sub_stories_time_estimate_in_minutes",
        "sub_stories_billable_time_in_minutes",
        "weight",
    }
    assert shown["vera"] - shown["kim"] == time
    assert shown["lee"] - shown["vera"] == {
        "budget_estimate_in_cents",
        "budget_used_in_cents",
        "uninvoiced_balance_in_cents",
        "invoiced_balance_in_cents",
        "sub_stories_budget_estimate_in_cents",
        "sub_stories_budget_used_in_cents",
    }


def test_a_project_tells_its_sums_to_those_who_see_the_time_of_colleagues(still_house):
    names = "minutes_logged,billable_minutes,non_billable_minutes,total_minutes_approved,stage,lock_date"
    told = {
        part: still_house.get(part, "/workspaces/1", optional_fields=names).json()["workspaces"]["1"]
        for part in ("lee", "kim", "vera", "cleo")
    }
    for part in ("lee", "vera"):
        sums = [told[part][name] for name in names.split(",")]
        assert sums == [600, 540, 60, 60, "project", "1999-12-25"], part
    for part in ("kim", "cleo"):
        assert set(names.split(",")) & set(told[part]) == {"stage", "lock_date"}, part
    assert not set(names.split(",")) & set(still_house.get("lee", "/workspaces/1").json()["workspaces"]["1"])


@pytest.mark.parametrize(("part", "path"), [("kim", "/users/2"), ("kim", "/workspaces/1"), ("kim", "/stories/1")])
def test_a_show_says_what_the_list_says(still_house, part, path):
    _, name, id_ = path.split("/")
    show = still_house.get(part, path, include="creator,external_references").json()
    listed = still_house.get(part, f"/{name}", only=id_, include="creator,external_references").json()
    assert show == listed


# What was put away --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "path", "parameters", "status"),
    [
        ("kim", "/workspaces/4", {}, 404),  # contract: workspaces, show
        ("kim", "/workspaces/4", {"include_archived": "true"}, 200),
        ("kim", "/workspaces/4", {"include_archived": "false"}, 404),
        ("kim", "/workspaces/4", {"archived": "include"}, 200),
        ("kim", "/workspaces/4", {"archived": "only"}, 200),
        ("kim", "/workspaces/4", {"archived": "exclude"}, 404),
        ("kim", "/workspaces/4", {"apply_default_filters": "false"}, 200),
        ("kim", "/workspaces/1", {"archived": "only"}, 404),
        ("kim", "/stories/3", {}, 404),
        ("kim", "/stories/3", {"show_archived": "true"}, 200),
        ("kim", "/stories/3", {"only_archived": "true"}, 200),
        ("kim", "/stories/3", {"archived": "include"}, 200),
        ("kim", "/stories/1", {"only_archived": "true"}, 404),
        ("kim", "/stories/4", {}, 404),
        ("kim", "/stories/4", {"show_deleted": "true"}, 200),
        ("kim", "/stories/4", {"show_archived": "true"}, 404),
        ("ada", "/users/9", {}, 404),
        ("ada", "/users/9", {"show_disabled": "true"}, 200),
        ("ada", "/users/5", {}, 404),  # contract: users, visibility: in no project, and on_my_account is not sent
        ("ada", "/users/5", {"on_my_account": "true"}, 200),
        ("vera", "/users/5", {}, 200),  # oneself is always there
    ],
)
def test_a_show_obeys_the_default_filters(still_house, part, path, parameters, status):
    answer = still_house.get(part, path, **parameters)
    assert answer.status_code == status
    if status == 404:
        assert answer.content == NOT_FOUND


def test_tasks_of_archived_projects_and_todos_are_listed_when_asked_for(house):
    with house.database.write() as tx:
        for id_, change in ((5, {"workspace_id": 4}), (8, {"project_plan": False, "parent_id": None, "root_id": None})):
            where = (t.stories.c.account_id == 1, t.stories.c.id == id_)
            tx.execute(sa.update(t.stories).where(*where).values(**change))

    def listed(**parameters):
        return set(ids(house.get("kim", "/stories", **parameters), "stories"))

    assert listed() == {1, 2, 6}
    assert listed(show_from_archived_workspaces="true") == {1, 2, 5, 6}
    assert listed(show_todos="true") == {1, 2, 6, 8}
    assert listed(apply_default_filters="0") == {1, 2, 3, 4, 5, 6, 8}
    assert listed(workspace_id=4) == set()
    assert house.get("kim", "/stories/5").status_code == 404
    assert house.get("kim", "/stories/5", show_from_archived_workspaces="true").status_code == 200


# only, paging, order ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_pages_are_slices_of_one_order(still_house, name):
    whole = still_house.get("ada", f"/{name}", per_page=200).json()
    count = len(whole["results"])
    assert count == whole["count"] > 3
    pages = [still_house.get("ada", f"/{name}", per_page=2, page=n).json() for n in range(1, count // 2 + 3)]
    assert [each for page in pages for each in page["results"]] == whole["results"]
    for number, page in enumerate(pages, 1):
        assert page["meta"] == {"count": count, "page_count": -(-count // 2), "page_number": number, "page_size": 2}
    assert still_house.get("ada", f"/{name}", limit=2, offset=1).json()["results"] == whole["results"][1:3]


@pytest.mark.parametrize("name", LISTS)
def test_only_takes_all_that_match_whatever_the_page(still_house, name):
    told = still_house.get("ada", f"/{name}", only="3,1,x,2,999,1", per_page=1, page=2).json()
    assert {each["id"] for each in told["results"]} == {"1", "2", "3"} - ({"3"} if name == "stories" else set())
    assert told["meta"]["page_count"] == told["count"] == len(told["results"])
    assert ids(still_house.get("ada", f"/{name}", only="x"), name) == []


@pytest.mark.parametrize("name", LISTS)
def test_an_unknown_order_is_the_default_one(still_house, name):
    plain = still_house.get("ada", f"/{name}").json()
    for order in ("", "nope", "nope:desc", "id:desc", "full_name", ":desc"):
        assert still_house.get("ada", f"/{name}", order=order).json() == plain


@pytest.mark.parametrize(
    ("path", "order", "expected"),
    [
        ("/workspaces", "title:asc", [3, 5, 6, 1, 2]),
        ("/workspaces", "title:desc", [2, 1, 6, 5, 3]),
        ("/workspaces", "title", [3, 5, 6, 1, 2]),
        ("/workspaces", None, [1, 2, 3, 5, 6]),  # all changed at once: ties by ascending id
        ("/workspaces", "created_at:desc", [1, 2, 3, 5, 6]),
        ("/stories", "position:desc", [1, 2, 5, 6, 8]),
        ("/stories", "updated_at:asc", [1, 2, 5, 6, 8]),
        ("/users", "alphabetical", [1, 4, 10, 3, 2, 7]),
        ("/users", "alphabetical:desc", [7, 2, 3, 10, 4, 1]),
        ("/users", None, [1, 4, 10, 3, 2, 7]),
    ],
)
def test_orders(still_house, path, order, expected):
    parameters = {} if order is None else {"order": order}
    assert ids(still_house.get("kim", path, **parameters), path[1:]) == expected


@pytest.mark.parametrize("name", LISTS)
def test_stamps_are_compared_strictly_and_to_the_microsecond(still_house, name):
    everything = still_house.get("ada", f"/{name}").json()["count"]
    for stamp in ("created", "updated"):
        for instant, after, before in (
            ("2026-01-05T09:00:00Z", everything, 0),
            ("2026-01-05T09:00:00.123456Z", 0, 0),
            ("2026-01-05T09:00:00.123457Z", 0, everything),
        ):
            told = [
                still_house.get("ada", f"/{name}", **{f"{stamp}_{side}": instant}).json()["count"]
                for side in ("after", "before")
            ]
            assert told == [after, before], (stamp, instant)


@pytest.mark.parametrize("name", LISTS)
def test_a_strict_list_refuses_what_it_does_not_know(still_house, name):
    for query in ("colour=blue", "include=nope", "order=nope", "optional_fields=nope"):
        for path in (f"/{name}", f"/{name}/1"):
            assert still_house.request("ada", "GET", f"{path}?{query}", headers=STRICT).status_code == 400
            assert still_house.request("ada", "GET", f"{path}?{query}").status_code == 200
    known = (
        "search=x&include=external_references&per_page=5&page=1&only=1&created_after=2026-01-01&apply_default_filters=1"
    )
    assert still_house.request("ada", "GET", f"/{name}?{known}", headers=STRICT).status_code == 200


def test_an_empty_list_has_every_section_that_was_asked_for(still_house):
    meta = {"count": 0, "page_count": 0, "page_number": 0, "page_size": 20}
    told = still_house.get("kim", "/workspaces", only="999", include="creator,primary_maven,external_references").json()
    assert told == {"count": 0, "results": [], "workspaces": {}, "users": {}, "external_references": {}, "meta": meta}
    told = still_house.get("kim", "/stories", workspace_id="999", include="parent,workspace").json()
    assert told == {"count": 0, "results": [], "stories": {}, "workspaces": {}, "meta": meta}


# Includes -----------------------------------------------------------------------------------------


def test_a_project_with_all_that_belongs_to_it(house):
    with house.database.write() as tx:
        where = (t.workspaces.c.account_id == 1, t.workspaces.c.id == 1)
        tx.execute(sa.update(t.workspaces).where(*where).values(primary_maven_id=2))
    told = house.get("kim", "/workspaces/1", include="creator,primary_maven,external_references").json()
    project = told["workspaces"]["1"]
    assert (project["creator_id"], project["primary_maven_id"], project["external_reference_ids"]) == ("1", "2", [])
    assert set(told["users"]) == {"1", "2"}
    bare = house.get("kim", "/workspaces/1").json()["workspaces"]["1"]
    assert set(project) - set(bare) == {"external_reference_ids"}


def test_a_task_with_all_that_belongs_to_it(still_house):
    names = "workspace,creator,parent,root,sub_stories,external_references"
    told = still_house.get("kim", "/stories", only="8", include=names).json()
    assert [each["id"] for each in told["results"]] == ["8"]
    assert set(told["stories"]) == {"1", "8"}
    task = told["stories"]["8"]
    assert (task["parent_id"], task["root_id"], task["workspace_id"], task["sub_story_ids"]) == ("1", "1", "1", [])
    # Side-loaded, a task has no members of its own includes.
    assert "sub_story_ids" not in told["stories"]["1"]
    assert (set(told["users"]), set(told["workspaces"])) == ({"1"}, {"1"})


# Filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "path", "parameters", "expected"),
    [
        ("ada", "/users", {"by_email_address": "kim.example@1.example.com"}, {3}),
        ("ada", "/users", {"by_email_address": "KIM.Example@1.EXAMPLE.com"}, {3}),
        ("ada", "/users", {"by_email_address": "kim"}, set()),
        ("ada", "/users", {"by_email_address": "%"}, set()),
        ("ada", "/users", {"participant_in": "1", "by_email_address": "kim.example@1.example.com"}, {3}),
        ("ada", "/users", {"participant_in": "999"}, set()),
        ("ada", "/workspaces", {"has_participant": "3"}, {1, 2, 3, 5, 6}),
        ("ada", "/workspaces", {"has_participant": "3", "include_archived": "1"}, {1, 2, 3, 4, 5, 6}),
        ("ada", "/workspaces", {"has_participant": "999"}, set()),
        ("ada", "/workspaces", {"on_my_account": "true"}, {1, 2, 3, 5, 6, 7}),
        ("kim", "/stories", {"with_projects": "3, 1,3"}, {1, 2, 5, 6, 8}),
        ("kim", "/stories", {"with_projects": "7"}, set()),
        ("kim", "/stories", {"story_type": "task"}, {1, 2, 5, 6, 8}),
        ("kim", "/stories", {"story_type": "task,milestone"}, {1, 2, 5, 6, 8}),
        ("kim", "/stories", {"story_type": "TASK"}, set()),
        ("kim", "/stories", {"with_parent_id": "999"}, set()),
        ("kim", "/stories", {"parents_only": "false"}, {1, 2, 5, 6, 8}),
        ("kim", "/stories", {"parents_only": "true", "workspace_id": "1"}, {1, 2, 5}),
    ],
)
def test_filters_narrow_together(still_house, part, path, parameters, expected):
    assert set(ids(still_house.get(part, path, **parameters), path[1:])) == expected


# Paths --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/users", "/users/2", "/workspaces", "/workspaces/1", "/stories/1"])
def test_a_path_and_its_query_may_have_a_suffix(still_house, path):
    plain = still_house.get("kim", path, per_page=2)
    for suffix in (".json", "/"):
        assert still_house.get("kim", path + suffix, per_page=2).json() == plain.json()
        head = still_house.request("kim", "HEAD", path + suffix, params={"per_page": 2})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == plain.headers["content-length"]


def test_health_is_told_to_anybody_and_in_json(still_house):
    for path in ("/healthz", "/readyz"):
        answer = still_house.client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]
        assert still_house.client.head(path).status_code == 200


def test_readiness_is_refused_while_migrations_are_missing(house):
    with house.database.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    answer = house.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "migrations are missing"})
    assert house.client.get("/healthz").status_code == 200
