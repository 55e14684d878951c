"""Hostile bodies, numbers, dates and text (reliability: hostile input). Refused with the documented error, or
stored exactly as sent."""

import json

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from timewright import tables as t
from timewright.api.app import application
from timewright.presenting.body import MOST_VALUES
from timewright.resources import REGISTRY
from timewright.settings import Settings

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
GOOD = b'"workspace_id":1,"date_performed":"2026-02-02"'
GOOD_QUERY = "time_entry[workspace_id]=1&time_entry[date_performed]=2026-02-02&time_entry[time_in_minutes]=30"


def send(house, body, content_type=JSON, part="kim", **headers):
    return house.request(part, "POST", "/time_entries", content=body, headers={"Content-Type": content_type, **headers})


def log(house, **members):
    return house.log("kim", **members)


@pytest.mark.parametrize(
    "body",
    [
        b"{" * 17,
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b"[" + b"{}," * 20_001 + b"{}]",
        b'{"time_entry":{' + b",".join(b'"%d":1' % n for n in range(MOST_VALUES + 1)) + b"}}",
        b'{"a":"' + b'\\"' * 4_000_000,
        b'"' + b"\\" * 4_000_001,
        b'{"time_entry":{"a":{"b":1,"b":1}}}',
        b'{"time_entry":{"a":[{"b":1,"b":1}]}}',
        b'{"time_entry":{},"time_entry":{}}',
        b'{"time_entry":{"time_in_minutes":Infinity}}',
        b'{"time_entry":{"time_in_minutes":-Infinity}}',
        b'{"time_entry":{"time_in_minutes":1e400}}',
        b'{"time_entry":{"time_in_minutes":1e-400}}',
        b'{"time_entry":{"time_in_minutes":1e999999999}}',
        b'{"time_entry":{"time_in_minutes":1e99999999999999999999}}',
        b'{"time_entry":{"time_in_minutes":-1e-99999999999999999999}}',
        b'{"time_entry":{"time_in_minutes":0e99999999999999999999}}',
        b'{"time_entry":{"time_in_minutes":' + b"9" * 5_000 + b"}}",
        b'{"time_entry":{"notes":"\\ud800"}}',
        b'{"time_entry":{"notes":"\\udc00\\ud800"}}',
        b'{"time_entry":{"\\udfff":1}}',
        b'{"time_entry":{"notes":"\xc0\xaf"}}',
        b'{"time_entry":{"notes":"\xed\xa0\x80"}}',
        b"\xef\xbb\xbf{}",
        '{"time_entry":{}}'.encode("utf-16"),
        '{"time_entry":{}}'.encode("utf-32"),
        b'{"time_entry":{"notes":"a\nb"}}',
        b"{'time_entry':{}}",
        b'{"time_entry":{}} {}',
        b"null",
        b"1",
        b'"time_entry"',
        b"[]",
    ],
    ids=lambda body: repr(body[:32]),
)
def test_what_is_no_request_is_refused(still_house, body):
    answer = send(still_house, body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["type"] == "system"


@pytest.mark.parametrize(
    ("minutes", "stored"),
    [(b"60", 60), (b"60.0", 60), (b"6e1", 60), (b"0.6E+2", 60), (b'"60"', 60), (b"1", 1), (b"1440", 1440)]
    + [
        (text, None)
        for text in (b"60.5", b"-0", b"0", b"-1", b"1441", b"2147483648", b"1e300", b"true", b"[60]", b"{}")
    ]
    + [
        (json.dumps(text).encode(), None)
        for text in ("1:00", " 60", "60 ", "060", "+60", "6e1", "60.0", "\u096c\u0966", "sixty")
    ],
)
def test_minutes(house, minutes, stored):
    answer = send(house, b'{"time_entry":{%s,"time_in_minutes":%s}}' % (GOOD, minutes))
    if stored is None:
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["time_in_minutes"]
    else:
        (entry,) = answer.json()["time_entries"].values()
        assert entry["time_in_minutes"] == stored


@pytest.mark.parametrize(
    "day",
    [
        "0000-00-00",
        "2025-02-29",
        "10000-01-01",
        "20250123",
        "2025-W04-4",
        "٢٠٢٥-01-01",
        "2025-01-23\n",
        " 2025-01-23",
        "2025-1-2",
        "2025-13-01",
        "2025-01-32",
        "01/02/2025",
        "2025-01-23T25",
        "2025-01-23x",
        "2025-01-05T25:00:00",
        "2026-01-05 10:61:00",
        "2026-01-05T10:00:61",
        "2026-01-05T10:00:00+24:00",
        "2026-01-05T10:00 Z",
        "-2025-01-01",
        "today",
        20250123,
        True,
        ["2025-01-23"],
        {"year": 2025},
        1.5,
    ],
)
def test_what_is_no_day_is_refused(still_house, day):
    answer = log(still_house, date_performed=day)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["date_performed"]


@pytest.mark.parametrize(
    ("day", "stored"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2000-01-01", "2000-01-01"),
        ("2100-12-31", "2100-12-31"),
        ("2026-02-02T23:59:59-11:00", "2026-02-02"),
        ("2026-02-02T00:00:00+13:00", "2026-02-02"),
        ("2026-02-02 10:00", "2026-02-02"),
        ("2026-02-02T10:00:00.123Z", "2026-02-02"),
    ],
)
def test_a_day_is_taken_as_it_is_written(house, day, stored):
    (entry,) = log(house, date_performed=day).json()["time_entries"].values()
    assert entry["date_performed"] == stored


@pytest.mark.parametrize(
    "id_", [0, -1, 2**63, 2**64, "0", "01", " 1", "1 ", "\u0967", "1.0", 1.5, True, [1], {"id": 1}, "1e0"]
)
@pytest.mark.parametrize("member", ["workspace_id", "story_id", "role_id"])
def test_what_is_no_id_is_refused(still_house, member, id_):
    answer = log(still_house, **{member: id_})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [member]


@pytest.mark.parametrize("id_", [1, "1", 1.0])
def test_an_id_may_be_a_number_or_its_digits(house, id_):
    assert log(house, workspace_id=id_, story_id=id_).status_code == 200


@pytest.mark.parametrize("id_", [2**63 - 1, "9223372036854775807", 9007199254740993])
def test_a_large_id_is_an_id_that_nobody_has(still_house, id_):
    answer = log(still_house, story_id=id_)
    assert answer.json()["errors"][0]["message"] == "Story could not be found in this workspace."


@pytest.mark.parametrize(("cents", "status"), [(0, 200), (10**9, 200), (10**9 + 1, 422), (-1, 422), ("1.5", 422)])
def test_rates(house, cents, status):
    assert house.log("lee", rate_in_cents=cents).status_code == status


@pytest.mark.parametrize(
    "notes",
    [
        "",
        " ",
        "a\nb\r\nc\td",
        "\u202etxet\u202c",
        "zero\u200bwidth",
        "👨\u200d👩",
        "=SUM(A1)",
        "<script>alert(1)</script>",
        "'; DROP TABLE time_entries; --",
        "\x1b[31mred",
        "x" * 65535,
        "é" * 32767,
        '{"a": "\\u0000"}',
        "null",
    ],
    ids=lambda notes: repr(notes[:12]),
)
def test_notes_are_kept_byte_for_byte(house, notes):
    (entry,) = log(house, notes=notes).json()["time_entries"].values()
    assert entry["notes"] == notes
    shown = house.get("kim", f"/time_entries/{entry['id']}").json()
    assert shown["time_entries"][entry["id"]]["notes"] == notes


def test_null_notes_and_empty_notes_are_kept_apart(house):
    for notes in (None, ""):
        (entry,) = log(house, notes=notes).json()["time_entries"].values()
        assert entry["notes"] == notes


@pytest.mark.parametrize("notes", ["x" * 65_536, "é" * 32_768, "a\0b", 5, True, ["a"], {}])
def test_notes_that_cannot_be_kept_are_refused(still_house, notes):
    assert [error["field"] for error in log(still_house, notes=notes).json()["errors"]] == ["notes"]


@pytest.mark.parametrize(
    "member", ["service_name", "service_model", "service_model_ref", "external_message", "external_status"]
)
def test_nul_is_refused_in_every_text(still_house, member):
    reference = {"service_name": "s", "service_model": "m", "service_model_ref": "r", member: "a\0b"}
    answer = log(still_house, external_reference=reference)
    assert [error["field"] for error in answer.json()["errors"]] == [f"external_reference.{member}"]
    assert log(still_house, location="a\0b").json()["errors"][0]["field"] == "location"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//x.example",
        "http://",
        "x",
        "https://a b",
        "http://[",
        "https://x.example/\n",
        "ftp://x.example/",
    ],
)
def test_links_that_do_not_lead_to_the_web_are_refused(still_house, link):
    reference = {"service_name": "s", "service_model": "m", "service_model_ref": "r", "external_link": link}
    answer = log(still_house, external_reference=reference)
    assert [error["field"] for error in answer.json()["errors"]] == ["external_reference.external_link"]


PROTECTED = {
    "id": 1, "approved": True, "invoice_id": 1, "created_at": "2000-01-01", "updated_at": "2000-01-01", "account_id": 2,
    "submission_id": 1, "active_submission_id": 1, "user_can_edit": True, "currency": "EUR", "is_invoiced": True,
    "taxable": True, "created_by_id": 1, "operation_id": "x", "request_key": "x", "rate_rule": "none", "location_id": 1,
}  # fmt: skip


def test_members_that_nobody_sets_are_ignored_and_announced(house):
    told = log(house, **PROTECTED).json()
    assert sorted(each["field"] for each in told["meta"]["ignored"]) == sorted(PROTECTED)
    (id_,) = told["time_entries"]
    (row,) = house.rows(
        sa.select(t.time_entries).where(t.time_entries.c.account_id == 1, t.time_entries.c.id == int(id_))
    )
    expected = {
        "account_id": 1, "approved": False, "invoice_id": None, "active_submission_id": None, "currency": "USD",
        "taxable": False, "location_id": None, "request_key": None, "created_by_id": house.world.users["kim"]["id"],
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["created_at"].year > 2000


def test_long_names_of_unknown_members_are_cut(house):
    told = log(house, **{"x" * 5_000: 1}).json()
    assert told["meta"]["ignored"] == [{"index": 0, "field": "x" * 100}]


# Forms --------------------------------------------------------------------------------------------


def test_a_form_logs_time(house):
    body = (
        "time_entry[workspace_id]=1&time_entry[date_performed]=2026-02-02&time_entry[time_in_minutes]=30"
        "&time_entry[billable]=false&time_entry[notes]=a+b%20%26c&time_entry[external_reference][service_name]=s"
        "&time_entry[external_reference][service_model]=m&time_entry[external_reference][service_model_ref]=7"
        "&include=external_references"
    )
    told = send(house, body.encode(), FORM).json()
    (entry,) = told["time_entries"].values()
    assert (entry["billable"], entry["notes"], entry["time_in_minutes"]) == (False, "a b &c", 30)
    assert [each["service_model_ref"] for each in told["external_references"].values()] == ["7"]


def in_parts(*fields):
    """Fields as a multipart body, and its type."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields]
    return "".join([*parts, "--x--\r\n"]).encode(), "multipart/form-data; boundary=x"


def test_the_fields_of_a_multipart_form_log_time(house):
    members = {"workspace_id": "1", "date_performed": "2026-02-02", "time_in_minutes": "30", "notes": "a+b\r\n%20&c"}
    fields = [(f"time_entry[{name}]", text) for name, text in members.items()]
    told = send(house, *in_parts(*fields, ("include", "user"))).json()
    (entry,) = told["time_entries"].values()
    assert (entry["notes"], entry["time_in_minutes"]) == ("a+b\r\n%20&c", 30)
    assert entry["user_id"] in told["users"]
    many = [(f"time_entries[][{name}]", text) for _ in range(3) for name, text in members.items()]
    assert len(send(house, *in_parts(*many)).json()["meta"]["created_ids"]) == 3


@pytest.mark.parametrize("headers", [{}, {"Content-Type": JSON}, {"Content-Type": FORM}])
def test_the_query_of_a_request_without_a_body_logs_time(house, headers):
    told = house.request("kim", "POST", f"/time_entries?{GOOD_QUERY}&include=user", headers=headers).json()
    (entry,) = told["time_entries"].values()
    assert (entry["time_in_minutes"], entry["user_id"] in told["users"]) == (30, True)


def test_what_the_body_names_wins_over_the_query_root_by_root(house):
    entry = f"time_entry[notes]=query&{GOOD_QUERY}"
    told = house.request("kim", "POST", f"/time_entries?{entry}&include=user", json={"include": "story"}).json()
    ((made,), users) = told["time_entries"].values(), told.get("users")
    assert (made["notes"], users, "stories" in told) == ("query", None, True)
    answer = house.request("kim", "POST", f"/time_entries?{entry}", json={"time_entry": {"notes": "body"}})
    assert {error["field"] for error in answer.json()["errors"]} == {
        "workspace_id",
        "date_performed",
        "time_in_minutes",
    }


def test_a_form_logs_many(house):
    each = (
        "time_entries[][workspace_id]=1&time_entries[][date_performed]=2026-02-0{n}&time_entries[][time_in_minutes]={n}"
    )
    told = send(house, "&".join(each.format(n=n) for n in range(1, 6)).encode(), FORM).json()
    assert [told["time_entries"][id_]["time_in_minutes"] for id_ in told["meta"]["created_ids"]] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "body",
    [
        "time_entry[notes]=1&time_entry[notes][x]=2",
        "time_entry=1&time_entry[notes]=2",
        "time_entries[]=1&time_entries[x]=2",
        "time_entry[notes=1",
        "[notes]=1",
        "time_entry[notes]=%ff",
        "a[][][]=1",
        "a" + "[b]" * 16 + "=1",
        "&".join(f"a{n}=1" for n in range(MOST_VALUES + 1)),
        '{"time_entry":{}}',
        "time_entry",
        "",
    ],
    ids=lambda body: body[:24],
)
def test_a_form_that_says_nothing_is_refused(still_house, body):
    assert send(still_house, body.encode(), FORM).status_code == 400


def test_json_sent_as_a_form_is_told_so(still_house):
    answer = send(still_house, b'{"time_entry":{}}', FORM)
    assert "Content-Type: application/json" in answer.json()["errors"][0]["message"]


# Transport ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "multipart/mixed; boundary=x"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": ""},
    ],
)
def test_a_body_of_another_type_is_refused(still_house, headers):
    body = b'{"time_entry":{%s,"time_in_minutes":1}}' % GOOD
    answer = still_house.request("kim", "POST", "/time_entries", content=body, headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize("content_type", [JSON, "application/json; charset=UTF-8", 'Application/JSON; charset="utf-8"'])
def test_json_is_read_however_its_type_is_written(house, content_type):
    body = b'{"time_entry":{%s,"time_in_minutes":1}}' % GOOD
    assert send(house, body, content_type).status_code == 200


@pytest.mark.parametrize("content_type", [JSON, FORM, "text/plain"])
def test_an_empty_body_is_no_body(still_house, content_type):
    assert send(still_house, b"", content_type).status_code == 400


def test_a_body_over_the_limit_is_refused_declared_or_streamed(house):
    app = application(house.database, REGISTRY, Settings(most_body_bytes=2_000))
    with TestClient(app) as client:
        headers = {"Authorization": f"Bearer {house.world.tokens['kim']}", "Content-Type": JSON}
        declared = client.post("/api/v1/time_entries", content=b" " * 2_001, headers=headers)
        streamed = client.post("/api/v1/time_entries", content=(b" " * 500 for _ in range(5)), headers=headers)
        fits = client.post(
            "/api/v1/time_entries", content=b'{"time_entry":{%s,"time_in_minutes":1}}' % GOOD, headers=headers
        )
    for answer in (declared, streamed):
        assert answer.status_code == 413
        assert answer.headers["connection"] == "close"
        assert answer.json()["errors"][0]["type"] == "system"
    assert fits.status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_matched_in_any_case(still_house, scheme):
    headers = {"Authorization": f"{scheme} {still_house.world.tokens['kim']}"}
    assert still_house.client.get("/api/v1/users/me", headers=headers).status_code == 200


def test_two_authorization_headers_are_refused(still_house):
    token = still_house.world.tokens["kim"]
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert still_house.client.get("/api/v1/users/me", headers=headers).status_code == 400


def test_a_token_in_the_query_beside_a_header_is_ignored(still_house):
    answer = still_house.request("kim", "GET", f"/users/me?access_token={still_house.world.tokens['ada']}")
    assert list(answer.json()["users"]) == [str(still_house.world.users["kim"]["id"])]


def test_a_thousand_includes_are_only_names(still_house):
    names = ",".join(["user", *(f"x{n}" for n in range(3_000))])
    assert still_house.get("kim", "/time_entries", include=names).status_code == 200
