"""Every part x every object it may or may not name: for logging time, and for reading.

What is expected stands here as a table, told from the cast's story and not asked of the code. Ids up to 7 of
a project exist in both accounts; 9 and up exist only in the other one; 999 never existed.
"""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from tests.cast import CANARY
from timewright import clock
from timewright import tables as t
from timewright.resources import REGISTRY

INCLUDES = "active_submission,recent_submission,external_references,invoice,role,story,user,workspace"
NOBODY = ("anonymous", "garbage", "expired", "revoked", "dan")
PEOPLE = ("ada", "lee", "kim", "cleo", "vera", "max", "nora", "eve", "fred", "otto")

OK = (200, None)


def no(field):
    return 422, field


FORBIDDEN = (403, None)
UNKNOWN = no("workspace_id")

WORKSPACES = {"own": 1, "archived": 4, "closed": 5, "hidden": 7, "theirs": 12, "never": 999}
# What logging time in a project answers, by part: own, archived, closed, hidden, of another account, never.
LOGGING = {
    "ada": [OK, UNKNOWN, UNKNOWN, FORBIDDEN, UNKNOWN, UNKNOWN],
    "lee": [OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN],
    "kim": [OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN],
    "cleo": [FORBIDDEN, FORBIDDEN, FORBIDDEN, UNKNOWN, UNKNOWN, UNKNOWN],
    "vera": [FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, UNKNOWN, UNKNOWN],
    "max": [UNKNOWN, UNKNOWN, UNKNOWN, OK, UNKNOWN, UNKNOWN],
    "nora": [OK, UNKNOWN, UNKNOWN, OK, UNKNOWN, UNKNOWN],
    "eve": [UNKNOWN] * 6,
    "fred": [OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN],
    "otto": [OK, OK, OK, OK, OK, UNKNOWN],  # these ids are his own projects in his own account
}

# What a member of an entry in the main project answers to those who may log there.
STORIES = {1: OK, 2: OK, 8: OK, **dict.fromkeys((3, 4, 5, 6, 7, 12, 999), no("story_id"))}
ROLES = {1: OK, 2: OK, **dict.fromkeys((3, 5, 999), no("role_id"))}
PLACES = {
    "Office": OK,
    **dict.fromkeys(("Old mill", "office", f"{CANARY} place", "Nowhere"), no("location")),
}
LOGGERS = ("ada", "lee", "kim", "nora", "fred")
MAY_LOG_FOR_OTHERS = ("ada", "lee")
OWNERS = {"kim": OK, "nora": OK, "fred": OK, **dict.fromkeys(("cleo", "max", "eve", "dan", "otto"), no("user_id"))}

KIMS = {"plain", "pending", "approved", "rejected", "invoiced", "locked", "story", "archived"}
TEAM = KIMS | {"lees", "adas", "eves"}
SEEN = {
    "ada": TEAM | {"hidden"},
    "lee": TEAM,
    "kim": KIMS,
    "cleo": set(),
    "vera": TEAM | {"hidden"},
    "max": {"hidden"},
    "nora": {"hidden"},
    "eve": {"eves"},
    "fred": set(),
}
SEES_RATES = {"ada": TEAM | {"hidden"}, "lee": TEAM, "nora": {"hidden"}}
SEES_COSTS = {"ada"}

HIDDEN = ("Hidden", "secret", "hidden", "ref")
OTHER = ("Other House", "Otto", "role", "place", "project", "task", "week", "entry", "theirs", "bill", "Freelance")
MONEY, COLLEAGUE, LEFT = ("money",), ("of a colleague",), ("of someone who left",)
GROUPS, NOTED = ("group of one", "group of none"), ("noted of a client",)
NEVER_SHOWN = {
    "ada": OTHER,
    "lee": HIDDEN + OTHER,
    "kim": HIDDEN + OTHER + MONEY + COLLEAGUE + LEFT + GROUPS,
    "cleo": HIDDEN + OTHER + MONEY + COLLEAGUE + LEFT + GROUPS + NOTED,
    "vera": OTHER + MONEY,
    "max": OTHER + MONEY + COLLEAGUE + LEFT + ("group of none",) + NOTED,
    "nora": OTHER + MONEY + COLLEAGUE + LEFT + ("group of none",),
    "eve": HIDDEN + OTHER + MONEY + COLLEAGUE + GROUPS + NOTED,
    "fred": HIDDEN + OTHER + MONEY + COLLEAGUE + LEFT + GROUPS,
}

ROUTES = {
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/api/v1/time_entries", "GET POST DELETE"),
    ("/api/v1/time_entries/validate", "POST"),
    ("/api/v1/time_entries/batch", "POST"),
    ("/api/v1/time_entries/{id}", "GET PUT PATCH DELETE"),
    ("/api/v1/time_entries/{id}/rate", "GET"),
    ("/openapi.json", "GET"),
    ("/docs", "GET"),
    ("/docs/{file}", "GET"),
    ("/api/v1/users", "GET"),
    ("/api/v1/users/me", "GET"),
    ("/api/v1/users/{id}", "GET"),
    ("/api/v1/workspaces", "GET"),
    ("/api/v1/workspaces/{id}", "GET"),
    ("/api/v1/workspaces/{outer_id}/time_entries", "GET POST"),
    ("/api/v1/workspaces/{outer_id}/time_entries/{id}", "GET PUT PATCH DELETE"),
    ("/api/v1/workspace_groups", "GET"),
    ("/api/v1/workspace_groups/{id}", "GET"),
    ("/api/v1/workspace_resources", "GET"),
    ("/api/v1/workspace_resources/{id}", "GET"),
    ("/api/v1/invoices", "GET"),
    ("/api/v1/invoices/{id}", "GET"),
    ("/api/v1/rate_cards", "GET"),
    ("/api/v1/rate_card_roles", "GET"),
    ("/api/v1/rate_card_roles/{id}", "GET"),
    ("/api/v1/stories", "GET"),
    ("/api/v1/stories/{id}", "GET"),
    ("/api/v1/account_memberships", "GET"),
    ("/api/v1/account_memberships/{id}", "GET"),
    ("/api/v1/participations", "GET"),
    ("/api/v1/participations/{id}", "GET"),
    ("/api/v1/roles", "GET POST"),
    ("/api/v1/roles/{id}", "GET PUT PATCH DELETE"),
    ("/api/v1/account_locations", "GET POST"),
    ("/api/v1/account_locations/{id}", "PUT PATCH DELETE"),
    ("/api/v1/time_off_entries", "GET"),
    # Who sees what of these stands in the tests of each.
    ("/api/v1/assignments", "GET"),
    ("/api/v1/assignments/{id}", "GET"),
    ("/api/v1/custom_fields", "GET"),
    ("/api/v1/custom_field_values", "GET"),
    ("/api/v1/custom_field_values/{id}", "GET"),
    ("/api/v1/expenses", "GET"),
    ("/api/v1/expenses/{id}", "GET"),
    ("/api/v1/external_references", "GET"),
    ("/api/v1/line_item_locks", "GET"),
    ("/api/v1/line_item_locks/{id}", "GET"),
}

OUT_OF_KIMS_SIGHT = {"/api/v1/invoices/{id}", "/api/v1/rate_card_roles/{id}"}

cells = {"count": 0}


@pytest.fixture
def tokens(house):
    """A header for each who is nobody, and for one who may only read."""
    kim = house.world.users["kim"]
    with house.database.write() as tx:
        make = Builder(tx)
        made = {
            "expired": make.token(kim, expires_at=clock.now() - timedelta(seconds=1)),
            "revoked": make.token(kim),
            "reader": make.token(kim, scopes=("read",)),
            "offers": make.token(house.world.users["ada"], scopes=("read",)),
            "writer": make.token(kim, scopes=("write",)),
        }
        tx.execute(
            sa.update(t.tokens)
            .where(t.tokens.c.name == "test", t.tokens.c.start == made["revoked"][:8])
            .where(t.tokens.c.token_hash.in_([_hashed(made["revoked"])]))
            .values(revoked_at=clock.now())
        )
    last = "y" if made["reader"].endswith("x") else "x"
    made |= {"garbage": made["reader"][:-1] + last, "dan": house.world.tokens["dan"]}
    return {name: {"Authorization": f"Bearer {token}"} for name, token in made.items()} | {"anonymous": {}}


def _hashed(token):
    from timewright.tokens import hashed  # noqa: PLC0415

    return hashed(token)


def fingerprint(house):
    with house.database.read() as tx:
        return [tx.number(sa.select(sa.func.count()).select_from(table)) for table in t.metadata.sorted_tables]


def log(house, part, headers=None, **members):
    """Log time alone, and as the second of a batch; both must answer alike. Gives the single answer."""
    entry = {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}
    how = {"headers": headers} if headers is not None else {}
    part = None if headers is not None else part
    before = fingerprint(house)
    single = house.request(part, "POST", "/time_entries", json={"time_entry": entry}, **how)
    batch = house.request(part, "POST", "/time_entries", json={"time_entries": [entry, entry]}, **how)
    assert single.status_code == batch.status_code
    if single.status_code != 200:
        assert fingerprint(house) == before
        for at in (0, 1):
            if single.status_code == 422:
                mine = [{**e, "index": 0} for e in batch.json()["errors"] if e["index"] == at]
                assert mine == single.json()["errors"]
    for answer in (single, batch):
        for words in NEVER_SHOWN.get(part, ()):
            assert f"{CANARY} {words}" not in answer.text + str(answer.headers)
    cells["count"] += 2
    return single


def expect(answer, expected):
    status, field = expected
    assert answer.status_code == status, answer.text
    if status == 422:
        assert {(e["type"], e["field"], e["index"]) for e in answer.json()["errors"]} == {("validation", field, 0)}
    if status in (401, 403):
        assert [e["type"] for e in answer.json()["errors"]] == ["oauth" if status == 401 else "system"]


def test_the_table_names_every_route(house, tokens):
    served = set()
    for route in house.client.app.routes:
        offered = [m for m in ("GET", "POST", "PUT", "PATCH", "DELETE") if _is_offered(house, tokens, m, route.path)]
        served.add((route.path, " ".join(offered)))
    assert served == ROUTES


def _is_offered(house, tokens, method, path):
    # Who may only read is refused what is offered, and changes nothing by asking.
    path = path.replace("{outer_id}", "1").replace("{id}", "1").replace("{file}", "start.js")
    return house.client.request(method, path, headers=tokens["offers"]).status_code != 404


@pytest.mark.parametrize("part", PEOPLE)
def test_logging_time_in_each_project(house, part):
    where = {} if part == "otto" else {"location": "Office"}
    for (relation, workspace_id), expected in zip(WORKSPACES.items(), LOGGING[part], strict=True):
        answer = log(house, part, workspace_id=workspace_id, **where)
        try:
            expect(answer, expected)
        except AssertionError as error:
            raise AssertionError(f"{part} in {relation}: {answer.text}") from error
    accounts = house.rows(
        sa.select(t.time_entries.c.account_id).where(t.time_entries.c.created_at > clock.now() - timedelta(hours=1))
    )
    home = house.world.users[part]["account_id"] if part == "otto" else house.world.account["id"]
    assert {row["account_id"] for row in accounts} <= {home}


@pytest.mark.parametrize("who", NOBODY)
def test_nobody_logs_or_reads_anything(house, tokens, who):
    for workspace_id in WORKSPACES.values():
        expect(log(house, who, headers=tokens[who], workspace_id=workspace_id), (401, None))
    for path, methods in ROUTES:
        if path.startswith("/api") and "GET" in methods:
            answer = house.client.get(path.replace("{outer_id}", "1").replace("{id}", "1"), headers=tokens[who])
            expect(answer, (401, None))
            assert answer.headers["www-authenticate"].startswith("Bearer")
            cells["count"] += 1


def test_a_token_does_what_its_scope_says(house, tokens):
    expect(log(house, "reader", headers=tokens["reader"]), FORBIDDEN)
    expect(log(house, "writer", headers=tokens["writer"]), OK)
    for path, methods in ROUTES:
        if path.startswith("/api") and "GET" in methods:
            sees = 403 if path.endswith("/rate") else 404 if path in OUT_OF_KIMS_SIGHT else 200
            # Two lists ask for a type of object, one for a project; the others do not know the words.
            path += "" if "{id}" in path else "?subject_type=Story"
            path = path.replace("{outer_id}", "1").replace("{id}", "1").replace("users/1", "users/3")
            path += "&workspace_id=1" if "/participations?" in path else ""
            assert house.client.get(path, headers=tokens["reader"]).status_code == sees
            expect(house.client.get(path, headers=tokens["writer"]), FORBIDDEN)
            cells["count"] += 2


@pytest.mark.parametrize("part", LOGGERS)
def test_naming_each_story_role_and_place(house, part):
    for member, table in (("story_id", STORIES), ("role_id", ROLES), ("location", PLACES)):
        for value, expected in table.items():
            expect(log(house, part, **{member: value}), expected)


@pytest.mark.parametrize("part", LOGGERS)
def test_naming_each_person(house, part):
    for name, expected in {**OWNERS, "never": no("user_id")}.items():
        user_id = 999 if name == "never" else house.world.users[name]["id"]
        answer = log(house, part, user_id=user_id)
        if name == part:
            owner, ignored = part, None
            expect(answer, OK)
        elif part in MAY_LOG_FOR_OTHERS:
            owner, ignored = name, None
            expect(answer, expected)
        else:
            owner, ignored = part, [{"index": 0, "field": "user_id"}]
            expect(answer, OK)
        if answer.status_code == 200:
            (entry,) = answer.json()["time_entries"].values()
            assert entry["user_id"] == str(house.world.users[owner]["id"])
            assert answer.json()["meta"].get("ignored") == ignored


@pytest.mark.parametrize("part", ["kim", "lee", "ada", "nora"])
@pytest.mark.parametrize(
    ("member", "absent"),
    [
        ("workspace_id", [999, 998, 12, 13]),
        ("story_id", [999, 12, 7, 6, 4]),
        ("role_id", [999, 5, 3]),
        ("location", ["Nowhere", f"{CANARY} place", "Old mill"]),
    ],
)
def test_foreign_and_absent_are_answered_byte_for_byte_alike(house, part, member, absent):
    answers = [log(house, part, **{member: value}) for value in absent]
    assert len({answer.content for answer in answers}) == 1
    kept = [{k: v for k, v in a.headers.items() if k != "x-request-id"} for a in answers]
    assert all(headers == kept[0] for headers in kept)


def test_a_person_out_of_the_project_and_one_who_never_was_are_answered_alike(house):
    absent = [house.world.users[name]["id"] for name in ("max", "eve", "dan", "otto", "cleo")]
    answers = [log(house, part, user_id=id_) for part in MAY_LOG_FOR_OTHERS for id_ in [999, *absent]]
    assert len({answer.content for answer in answers}) == 1


# Reading ------------------------------------------------------------------------------------------

ALL = {"from_archived_workspaces": "true", "on_my_account": "false", "per_page": 200}


@pytest.mark.parametrize("part", SEEN)
def test_a_list_and_a_show_agree_on_what_is_seen(still_house, part):
    ids = {name: str(entry["id"]) for name, entry in still_house.world.entries.items()}
    expected = {ids[name] for name in SEEN[part]}
    listed = still_house.get(part, "/time_entries", **ALL).json()
    assert set(listed["time_entries"]) == expected
    only = still_house.get(part, "/time_entries", **ALL, only=",".join(map(str, range(1, 30)))).json()
    assert set(only["time_entries"]) == expected
    missing = set()
    for id_ in range(1, 30):
        answer = still_house.get(part, f"/time_entries/{id_}", **ALL)
        assert answer.status_code == (200 if str(id_) in expected else 404)
        if answer.status_code == 404:
            missing.add(answer.content)
        cells["count"] += 1
    assert len(missing) == 1


AROUND_PROJECTS = ("workspaces", "workspace_groups", "workspace_resources", "invoices", "rate_cards", "rate_card_roles")


def _includes(name):
    return [each.name for each in REGISTRY[name].includes]


@pytest.mark.parametrize("part", SEEN)
def test_nothing_out_of_sight_is_shown_through_any_door(still_house, part):
    ids = ",".join(map(str, range(1, 40)))
    doors = [
        ("/time_entries", {**ALL, "include": INCLUDES, "optional_fields": "location_id,user_can_edit"}),
        ("/time_entries", {**ALL, "include": INCLUDES, "only": ids, "apply_default_filters": "0"}),
        ("/users", {"only": ids, "apply_default_filters": "0", "include": "external_references"}),
        ("/users/me", {"include": "external_references"}),
        (
            "/workspaces",
            {"only": ids, "apply_default_filters": "0", "include": "creator,primary_maven,external_references"},
        ),
        ("/workspaces", {"on_my_account": "false", "archived": "include"}),
        (
            "/stories",
            {"only": ids, "apply_default_filters": "0", "include": "workspace,creator,parent,root,sub_stories"},
        ),
        *[
            (f"/{name}", {"only": ids, "apply_default_filters": "0", "include": ",".join(_includes(name))})
            for name in AROUND_PROJECTS
        ],
        *[
            (f"/{name}/{id_}", {"apply_default_filters": "0", "include": ",".join(_includes(name))})
            for name in AROUND_PROJECTS
            for id_ in range(1, 20)
        ],
        *[
            (f"/{name}/{id_}", {"apply_default_filters": "0"})
            for name in ("workspaces", "stories", "users")
            for id_ in range(1, 20)
        ],
        *[(f"/time_entries/{id_}", {**ALL, "include": INCLUDES}) for id_ in range(1, 20)],
    ]
    for path, parameters in doors:
        answer = still_house.get(part, path, **parameters)
        assert answer.status_code in (200, 404)
        for words in NEVER_SHOWN[part]:
            assert f"{CANARY} {words}" not in answer.text + str(answer.headers), (path, words)
        cells["count"] += 1


@pytest.mark.parametrize("part", SEEN)
def test_rates_and_costs_are_seen_by_those_who_may(still_house, part):
    told = still_house.get(part, "/time_entries", **ALL, include=INCLUDES).json()
    names = {str(entry["id"]): name for name, entry in still_house.world.entries.items()}
    for id_, entry in told["time_entries"].items():
        assert (entry["rate_in_cents"] is not None) == (names[id_] in SEES_RATES.get(part, ())), names[id_]
        if names[id_] == "plain":
            assert (entry["cost_rate_in_cents"] is not None) == (part in SEES_COSTS)
        cells["count"] += 2
    for submission in told["timesheet_submissions"].values():
        sees = part in ("ada", "lee")
        assert (submission["line_item_total_in_cents"] is not None) == sees
        assert (submission["line_item_total_formatted"] is not None) == sees
    assert set(told["invoices"]) == ({"1"} if part in ("ada", "lee") else set())
    if "invoiced" in SEEN[part]:
        # The bare id stays on the row (decisions D5).
        assert told["time_entries"][next(i for i, n in names.items() if n == "invoiced")]["invoice_id"] == "1"


def test_otto_sees_his_house_and_nothing_of_the_other(still_house):
    told = still_house.get("otto", "/time_entries", **ALL, include=INCLUDES)
    assert told.json()["count"] == 15
    assert all(entry["rate_in_cents"] == 77_777 for entry in told.json()["time_entries"].values())
    for name in ("Kim", "Lee", "Ada", "Main", "Office", "Engineer"):
        assert name not in told.text
