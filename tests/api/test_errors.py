"""Refusals in the round: their shape on every path, which of two wins, and what they never say.

A case for each slug of the facts is in test_every_error.py.
"""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import Builder
from timewright import clock
from timewright import tables as t
from timewright.presenting.kinds import Flag
from timewright.resources import REGISTRY

MARK = "zebra-4711"
LISTS = (
    "time_entries", "users", "workspaces", "stories", "workspace_groups", "workspace_resources", "invoices",
)  # fmt: skip
OF_PEOPLE = ("account_memberships", "roles", "account_locations", "participations", "time_off_entries")
NOT_FOUND = b'{"errors":[{"type":"system","message":"Not found"}]}'
UNKNOWN = b'{"errors":[{"type":"oauth","message":"Invalid OAuth 2 Request"}]}'


def entry(**members):
    return {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}


def errors(answer, status):
    """The errors of a refusal, whose shape is checked: full sentences, and nothing that was sent."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-request-id"]
    assert MARK not in answer.text + str(answer.headers)
    told = answer.json()
    assert list(told) == ["errors"]
    for error in told["errors"]:
        assert error["message"][0].isupper()
        assert error["message"].endswith(".") or status in (401, 404)
    return told["errors"]


def fields(answer):
    return [(error["index"], error["field"]) for error in errors(answer, 422)]


# 401 ----------------------------------------------------------------------------------------------


def wrong_tokens(good):
    """Headers that hold no good token, made of one."""
    return [
        "", " ", "Bearer", "Bearer ", "Bearer  ", good, f"Basic {good}", f"Token {good}", f"Digest {good}",
        f"OAuth {good}", f"Bearer:{good}", f"Bearer={good}", f"Bearer\t{good}", f'Bearer "{good}"', f"Bearer {good},",
        f"Bearer {good} {good}", f"Bearer {good}; x", f"Bearer {good[:-1]}", f"Bearer {good}x", f"Bearer {good[1:]}",
        f"Bearer {good.swapcase()}", f"Bearer {good.upper()}", f"Bearer tw-{good[3:]}", f"Bearer {good[:-1]}é",
        f"Bearer {good[:20]} {good[20:]}", "Bearer null", "Bearer undefined", "Bearer 0", "Bearer " + "x" * 41,
        "Bearer tw_" + "0" * 38, "Bearer " + "tw_" * 3_000, "Bearer ' OR 1=1 --", f"Bearer Bearer {good}",
        f"Bearer token={good}", f"earer {good}", f"Bearer\u00a0{good}",
    ]  # fmt: skip


def test_whatever_is_no_good_token_is_answered_alike(still_house):
    good = still_house.world.tokens["kim"]
    for header in wrong_tokens(good):
        headers = [(b"authorization", header.encode("latin-1"))]
        answer = still_house.client.get("/api/v1/users/me", headers=headers)
        assert (answer.status_code, answer.content) == (401, UNKNOWN), header
        assert answer.headers["www-authenticate"] == 'Bearer realm="timewright", error="invalid_token"'
    assert still_house.get("kim", "/users/me").status_code == 200


def test_a_token_anywhere_but_in_the_header_is_no_token(still_house):
    token = still_house.world.tokens["kim"]
    ways = (
        {"params": {"access_token": token}},
        {"params": {"token": token, "authorization": f"Bearer {token}"}},
        {"headers": {"X-Authorization": f"Bearer {token}"}},
        {"headers": {"X-Api-Key": token}},
        {"headers": {"Cookie": f"access_token={token}"}},
        {"headers": {"Proxy-Authorization": f"Bearer {token}"}},
    )
    for how in ways:
        assert errors(still_house.client.get("/api/v1/users/me", **how), 401)
    body = {"access_token": token, "time_entry": entry()}
    assert errors(still_house.client.post("/api/v1/time_entries", json=body), 401)


@pytest.mark.parametrize("path", [*(f"/{name}" for name in LISTS), "/users/me", "/time_entries/1", "/stories/999"])
def test_without_a_token_nothing_is_answered_but_that(still_house, path):
    for suffix in ("", ".json", "?include=user&workspace_id=x", "?only=1"):
        answer = still_house.client.get(f"/api/v1{path}{suffix}")
        assert (answer.status_code, answer.content) == (401, UNKNOWN)


def test_a_token_ends_at_the_instant_it_expires_and_when_it_is_revoked(house):
    with house.database.write() as tx:
        token = Builder(tx).token(house.world.users["kim"], expires_at=clock.now() + timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}"}
    assert house.client.get("/api/v1/users/me", headers=headers).status_code == 200
    for change in ({"expires_at": clock.now()}, {"expires_at": None, "revoked_at": clock.now()}):
        with house.database.write() as tx:
            newest = sa.select(sa.func.max(t.tokens.c.id)).scalar_subquery()
            tx.execute(sa.update(t.tokens).where(t.tokens.c.id == newest).values(**change))
        assert errors(house.client.get("/api/v1/users/me", headers=headers), 401)
        assert errors(house.client.post("/api/v1/time_entries", json={"time_entry": entry()}, headers=headers), 401)


# 404 ----------------------------------------------------------------------------------------------

IDS = (
    "0", "999", "9223372036854775807", "9223372036854775808", "1" * 400, "-1", "1.0", "1e0", "x", "1x", "%20", "1%20",
    "%31x", "%00", "1%00", "٣", "%D9%A1", "1,2", "..", "%2e%2e", "true", "null", "new", "me.xml", "1.xml", "1%0A",
    "1;2", MARK,
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_path_that_leads_to_no_object_is_answered_alike(still_house, name):
    for id_ in IDS:
        answer = still_house.get("kim", f"/{name}/{id_}")
        assert (answer.status_code, answer.content) == (404, NOT_FOUND), id_


ROUTES = (
    "/", "/time_entry", "/timeentries", "/Time_Entries", "/time_entries/1/history", "/time_entries/1/1",
    "/account_locations/1", "/time_off_entries/1", "/roles/1/1", "/rate_cards/1", "/rate_card_sets",
    "/timesheet_submissions", "/external_references/1", "/custom_fields/1", "/tags", "/users/me/x",
    "/users/me/me", "/workspaces/1/stories", "/time_entries.xml", "/time_entries.json.json", "/time_entries//",
    "//time_entries", "/time_entries%0A", "/users/me%0A", "/users%0A/", "/time_entries%00", "/openapi", f"/{MARK}",
)  # fmt: skip


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_that_is_not_there_is_not_found(still_house, path):
    for part in ("kim", None):
        for method in ("GET", "POST"):
            answer = still_house.request(part, method, path)
            assert (answer.status_code, answer.content) == (404, NOT_FOUND), (path, part, method)


def test_outside_of_the_base_nothing_is_served_but_health_and_the_description(still_house):
    paths = (
        "/", "/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/time_entries", "/time_entries", "/API/V1/users", "/docs/",
        "/docs/x", "/healthz/x", "/healthz.json", "/readyz/", "/healthz%0A", "/openapi.json/", "/openapi.yaml",
        "/api/v1/openapi.json", "/favicon.ico", "/.env",
    )  # fmt: skip
    for path in paths:
        answer = still_house.client.get(path)
        assert (answer.status_code, answer.content) == (404, NOT_FOUND), path
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert still_house.client.request(method, "/healthz").content == NOT_FOUND


OFFERED = {("/time_entries", "POST"), ("/time_entries", "DELETE")} | {
    ("/time_entries/1", method) for method in ("PUT", "PATCH", "DELETE")
}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_offered_is_not_found(still_house, method):
    for name in LISTS:
        for path in (f"/{name}", f"/{name}/1", f"/{name}.json", f"/{name}/1.json"):
            if (path.removesuffix(".json"), method) in OFFERED:
                continue
            answer = still_house.request("kim", method, path, content=b'{"time_entry":{}}')
            assert (answer.status_code, answer.content) == (404, NOT_FOUND), (method, path)
    assert still_house.request("kim", method, "/users/me").content == NOT_FOUND


# 400: filters -------------------------------------------------------------------------------------

BAD_FILTER = {
    "integer": (MARK, "1.5", "1e3", " 1", "+1", "01", "true", "2**3", "9223372036854775808", "\u0661", "1,2", "%00"),
    "ids": (MARK, f"1,{MARK}", "1;2", "1.5", "9223372036854775808", "[1]"),
    "boolean": (MARK, "2", "yes", "on", "tRUE", "-1", "null", "[]"),
    "instant": (MARK, "now", "2026-01-01T25:00", "2026-02-30", "20260101", "1767603600", "2026-01-01T00:00:00+99:00"),
    "dayrange": (MARK, "2026-01-01", "2026-01-01:x", "2026-02-30:", "2026-01-01T10:00", "today:"),
    "day": (MARK, "today", "2026-02-30", "01/02/2026", "20260101", "1", "2026-01-01:2026-01-02"),
    "momentrange": (MARK, "2026-01-01", "2026-01-01:x", "2026-02-30:", "today:"),
    "span": (MARK, "2026-01-01", "1;2;3", "1,2,3", f"{MARK};", f",{MARK}"),
    "daysin": (
        MARK,
        "1",
        "1:2026-01-01",
        "x:2026-01-01:2026-01-02",
        "1:2026-02-30:2026-03-01",
        "1:2026-01-01:x",
        "1:1:1:1",
    ),
    "choice": (MARK, "none", "only,exclude", "%00"),
    "text": ("a%00b",),
    "words": ("a,%00",),
    "idsorwords": ("nobody", "1,nobody", "a,%00"),
    "custom": (MARK, "x:1", ":", "1:%00"),
}


@pytest.mark.parametrize("name", [*LISTS, *OF_PEOPLE])
def test_every_filter_names_itself_when_it_cannot_be_read(still_house, name):
    for each in REGISTRY[name].filters:
        if isinstance(each.kind, Flag):
            continue  # Any value switches it on (tests/presenting/test_ask.py).
        for value in BAD_FILTER[each.kind.word()]:
            shown = (f"/{name}/1",) if "show" in REGISTRY[name].endpoints else ()
            for path in (f"/{name}", *shown):
                answer = still_house.request("ada", "GET", f"{path}?{each.name}={value}")
                (error,) = errors(answer, 400)
                assert error["type"] == "system"
                assert error["message"].startswith(f"The filter {each.name} must "), (each.name, value)
        nested = still_house.request("ada", "GET", f"/{name}?{each.name}[{MARK}]={MARK}")
        assert errors(nested, 400)[0]["message"].startswith(f"The filter {each.name} must ")


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_that_is_blank_counts_as_not_sent(still_house, name):
    plain = still_house.get("ada", f"/{name}").json()
    for blank in ("", "%20", "%09%0A", "%E3%80%80"):
        query = "&".join(f"{each.name}={blank}" for each in REGISTRY[name].filters)
        assert still_house.request("ada", "GET", f"/{name}?{query}").json() == plain
    bare = "&".join(each.name for each in REGISTRY[name].filters)
    assert still_house.request("ada", "GET", f"/{name}?{bare}").json() == plain


# 422 ----------------------------------------------------------------------------------------------


def test_all_that_is_wrong_with_one_entry_is_told_at_once_in_order_of_the_members(still_house):
    wrong = {
        "workspace_id": 1, "date_performed": MARK, "time_in_minutes": MARK, "billable": MARK, "rate_in_cents": MARK,
        "cost_rate_in_cents": MARK, "notes": f"{MARK}\0", "role_id": 999, "story_id": 999, "user_id": MARK,
        "location": MARK, "external_reference": {"service_model": MARK * 99, "status": MARK, "external_link": MARK,
                                                 "locked": MARK},
    }  # fmt: skip
    answer = still_house.post("lee", "/time_entries", {"time_entry": wrong})
    inner = ("external_link", "locked", "service_model", "service_model_ref", "service_name", "status")
    names = ["billable", "cost_rate_in_cents", "date_performed", *(f"external_reference.{name}" for name in inner)]
    names += ["location", "notes", "rate_in_cents", "role_id", "story_id", "time_in_minutes", "user_id"]
    assert fields(answer) == [(0, name) for name in names]
    assert {error["type"] for error in answer.json()["errors"]} == {"validation"}
    assert {frozenset(error) for error in answer.json()["errors"]} == {frozenset(("type", "message", "field", "index"))}


def test_an_entry_that_says_nothing_lacks_what_is_required(still_house):
    for body in ({}, dict.fromkeys(("workspace_id", "date_performed", "time_in_minutes"), " "), {"notes": MARK}):
        answer = still_house.post("kim", "/time_entries", {"time_entry": body})
        assert fields(answer) == [(0, "date_performed"), (0, "time_in_minutes"), (0, "workspace_id")]


def test_what_the_reader_and_what_the_rules_find_is_told_together_and_once(still_house):
    entries = [entry(story_id=999, time_in_minutes=0), entry(date_performed="1999-12-24", location=MARK)]
    answer = still_house.post("kim", "/time_entries", {"time_entries": entries})
    assert fields(answer) == [(0, "story_id"), (0, "time_in_minutes"), (1, "date_performed"), (1, "location")]


def test_strictness_is_told_together_with_the_rest(still_house):
    answer = still_house.post(
        "kim",
        "/time_entries",
        {"time_entry": entry(colour=1, time_in_minutes=0)},
        headers={"Prefer": "handling=strict"},
    )
    assert fields(answer) == [(0, "colour"), (0, "time_in_minutes")]


# Which of two wins --------------------------------------------------------------------------------


def test_unknown_wins_over_forbidden_and_forbidden_over_wrong(house):
    with house.database.write() as tx:
        reader = Builder(tx).token(house.world.users["kim"], scopes=("read",))
    may_only_read = {"headers": {"Authorization": f"Bearer {reader}"}}
    wrong = {"time_entry": entry(time_in_minutes=0)}
    assert errors(house.post(None, "/time_entries", wrong), 401)
    assert errors(house.post(None, "/time_entries", [MARK]), 401)
    assert errors(house.post(None, "/time_entries", wrong, **may_only_read), 403)
    assert errors(house.request(None, "POST", "/time_entries", content=b"{" + MARK.encode(), **may_only_read), 403)
    assert errors(house.post("cleo", "/time_entries", wrong), 403)
    assert errors(house.post("kim", "/time_entries", wrong), 422)


def test_of_a_batch_the_forbidden_are_named_and_the_wrong_are_not(house):
    entries = [entry(time_in_minutes=0), entry(workspace_id=7), entry(), entry(workspace_id=7, notes="\0")]
    told = errors(house.post("ada", "/time_entries", {"time_entries": entries}), 403)
    assert told == [
        {"type": "system", "message": "You may not log time in this workspace.", "index": index} for index in (1, 3)
    ]


def test_what_cannot_be_read_wins_over_what_is_wrong_with_it(still_house):
    for query in ("include=user", "include=nope"):
        body = {"time_entries": [entry(time_in_minutes=0)] * 101}
        assert errors(still_house.post("kim", f"/time_entries?{query}", body), 400)


# Sentences ----------------------------------------------------------------------------------------


def test_no_answer_repeats_what_was_sent(still_house):
    """A mark in every place that can hold one."""
    names = [param.name for param in REGISTRY["time_entries"].params]
    requests = [
        ("GET", f"/time_entries?workspace_id={MARK}&x{MARK}={MARK}", None),
        ("GET", f"/{MARK}?{MARK}", None),
        ("GET", f"/time_entries/{MARK}", None),
        ("POST", "/time_entries", {MARK: MARK}),
        ("POST", "/time_entries", {"time_entry": MARK}),
        ("POST", "/time_entries", {"time_entries": [MARK]}),
        ("POST", f"/time_entries?{MARK}[=1", {"time_entry": {MARK: MARK}}),
        (
            "POST",
            "/time_entries",
            {"time_entry": dict.fromkeys(names, f"{MARK}\0")},
        ),
        ("POST", "/time_entries", {"time_entry": {name: [MARK] for name in names}}),
        ("POST", "/time_entries", {"time_entry": {name: {MARK: 1} for name in names}}),
    ]
    for method, path, body in requests:
        for headers in ({}, {"X-Request-Id": MARK, "Prefer": f"x={MARK}", "Accept": MARK, "X-Forwarded-For": MARK}):
            content = None if body is None else json.dumps(body).encode()
            headers = {**headers, "Content-Type": "application/json"}
            answer = still_house.request("kim", method, path, content=content, headers=headers)
            assert answer.status_code in (400, 404, 422)
            errors(answer, answer.status_code)
