"""Hostile requests leave everything as it was: each is refused with its status and its fields, no answer repeats what
was sent, and the database is the same row for row. What is stored of hostile text is byte-exact.

What single values are read or refused is in test_hostile_input.py and tests/presenting.
"""

import json
import time
from urllib.parse import quote_plus

import pytest
import sqlalchemy as sa

from timewright import tables as t
from timewright.presenting.body import MOST_VALUES

MARK = "zebra-4711"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MOST = 8 * 1024 * 1024
HANG_SECONDS = 10


def entry(**members):
    return {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}


def fingerprint(house):
    """Every row of every table."""
    with house.database.read() as tx:
        return {
            table.name: sorted(str(dict(row)) for row in tx.rows(sa.select(table)))
            for table in t.metadata.sorted_tables
        }


@pytest.fixture
def untouched(still_house):
    """The house, of which every row is the same afterwards."""
    before = fingerprint(still_house)
    yield still_house
    assert fingerprint(still_house) == before


def refused(answer, status, names=None):
    """That a request was refused as it should be; `names` are the fields that are wrong."""
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert MARK not in answer.text + str(answer.headers)
    told = answer.json()["errors"]
    assert {error["type"] for error in told} == {"validation" if status == 422 else "system"}
    assert all(error["message"][0].isupper() and error["message"].endswith(".") for error in told)
    if names is not None:
        assert [error["field"] for error in told] == names


def send(house, body, content_type=JSON, part="kim", **headers):
    content = body if isinstance(body, bytes) else body.encode()
    headers = {"Content-Type": content_type, **headers}
    return house.request(part, "POST", "/time_entries", content=content, headers=headers)


# Bodies that are no request -----------------------------------------------------------------------

NO_REQUEST = {
    "names that stand twice": [
        '{"time_entry":{"notes":"%s","notes":"%s"}}',
        '{"time_entry":{"notes":"%s","\\u006eotes":"%s"}}',
        '{"time_entry":{"external_reference":{"service_name":"%s","service_name":"%s"}}}',
        '{"time_entries":[{"notes":"%s"},{"notes":1,"notes":"%s"}]}',
        '{"time_entry":{"notes":"%s"},"time_entry":{"notes":"%s"}}',
        '{"%s":1,"%s":2}',
    ],
    "numbers that are none": [
        f'{{"time_entry":{{"notes":"%s","time_in_minutes":{number}}}}}'
        for number in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "9" * 5_000, "0x3C", "+60", "060")
    ],
    "texts that are none": [
        '{"time_entry":{"notes":"%s\\ud800"}}',
        '{"time_entry":{"notes":"%s\\udc00\\ud800"}}',
        '{"time_entry":{"external_reference":{"external_message":"%s\\udfff"}}}',
        '{"time_entry":{"%s\\ud83d":1}}',
        '{"time_entry":{"notes":"%s',
        '{"time_entry":{"notes":"%s\n"}}',
        '{"time_entry":{"notes":"%s\\x"}}',
    ],
    "nesting and number": [
        '{"time_entry":{"notes":"%s","x":' + "[" * 15 + "]" * 15 + "}}",
        '{"%s":' + '{"a":' * 16 + "1" + "}" * 17,
        '{"time_entry":{"notes":"%s","x":[' + "0," * MOST_VALUES + "0]}}",
    ],
    "roots": [
        "[]", "null", "1", "true", '"%s"', "{}", '{"%s":{}}', '{"time_entry":"%s"}', '{"time_entry":["%s"]}',
        '{"time_entry":null}', '{"time_entries":{"%s":1}}', '{"time_entries":"%s"}', '{"time_entries":[]}',
        '{"time_entries":["%s"]}', '{"time_entries":[[{"notes":"%s"}]]}', '{"time_entries":[null]}',
        '{"time_entries":null,"time_entry":{"notes":"%s"}}', '{"time_entries":[],"time_entry":{"notes":"%s"}}',
        '{"TIME_ENTRY":{"notes":"%s"}}', '{"workspace_id":1,"notes":"%s"}',
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_REQUEST)
def test_a_body_that_is_no_request_is_refused_and_stores_nothing(untouched, kind):
    for body in NO_REQUEST[kind]:
        refused(send(untouched, body.replace("%s", MARK)), 400)


def test_a_batch_holds_1_to_100_objects_and_nothing_else(untouched):
    for count, body in ((101, entry(notes=MARK)), (1_000, {}), (0, None)):
        refused(send(untouched, json.dumps({"time_entries": [body] * count})), 400)
    for odd in (MARK, 1, None, [], True):
        refused(send(untouched, json.dumps({"time_entries": [entry(), odd]})), 400)


def test_bytes_that_are_no_utf_8_are_refused_in_any_place_and_any_form(untouched):
    wrong = (b"\xff", b"\xc0\xaf", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3")
    for content in wrong:
        for around in (b'{"time_entry":{"notes":"%b%s"}}', b'{"%b%s":1}'):
            refused(send(untouched, around % (MARK.encode(), content)), 400)
        refused(send(untouched, b"time_entry[notes]=%b%s" % (MARK.encode(), content), FORM), 400)
        escaped = "".join(f"%{byte:02X}" for byte in content)
        refused(send(untouched, f"time_entry[notes]={MARK}{escaped}", FORM), 400)
        refused(send(untouched, f"time_entry[{MARK}{escaped}]=1", FORM), 400)
        refused(untouched.request("kim", "GET", f"/time_entries?x={MARK}{escaped}"), 400)
        refused(untouched.request("kim", "GET", f"/time_entries?{MARK}{escaped}=1"), 400)


def test_other_encodings_are_refused_whether_they_are_named_or_not(untouched):
    text = json.dumps({"time_entry": entry(notes="é" + MARK)}, ensure_ascii=False)
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-8-sig", "latin-1", "cp037"):
        refused(send(untouched, text.encode(encoding)), 400)
        refused(send(untouched, text.encode(encoding), f"{JSON}; charset={encoding}"), 415)


# Forms --------------------------------------------------------------------------------------------

REQUIRED = ("date_performed", "time_in_minutes", "workspace_id")
GOOD_FORM = "time_entry[workspace_id]=1&time_entry[date_performed]=2026-02-02&time_entry[time_in_minutes]=30"


PARTS = "multipart/form-data; boundary=x"


def field(name, text=MARK, *more):
    return "\r\n".join(["--x", f'Content-Disposition: form-data; name="{name}"', *more, "", text, ""])


def test_a_multipart_form_that_is_broken_or_holds_more_than_fields_is_refused(untouched):
    good = "".join(field(f"time_entry[{name}]", str(value)) for name, value in entry().items())
    for body in (
        MARK, "--x", "--x--", good, f"{good}--x", f"{good}--y--", f"--x\r\n\r\n{MARK}\r\n--x--",
        f"{good}{field('time_entry[')}--x--", f"{good}{field('time_entry')}--x--", f"{field('time_entries[]')}--x--",
        f"{good}{field('time_entry[notes][x]')}{field('time_entry[notes]')}--x--", f"{field(MARK + '[a]' * 16)}--x--",
        f"{good}{field('time_entry[notes]', MARK, 'X: ' + 'y' * 5_000)}--x--", f"{field('a', '') * 20_001}--x--",
        f"{good}{field('time_entry[notes]', MARK, *['X: y'] * 20)}--x--",
        field("", MARK) + "--x--", field("time_entries[][notes]") * 101 + "--x--",
    ):  # fmt: skip
        refused(send(untouched, body, PARTS), 400)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={MARK}"):
        refused(send(untouched, f"{good}--x--", kind), 400)
    refused(
        send(untouched, f"{good}{field('time_entry[notes]')}--x--".encode().replace(MARK.encode(), b"\xff"), PARTS), 400
    )
    for more in (
        "Content-Transfer-Encoding: base64", "Content-Type: text/plain; charset=utf-16",
        "Content-Type: text/plain; charset=latin-1",
    ):  # fmt: skip
        refused(send(untouched, f"{good}{field('time_entry[notes]', MARK, more)}--x--", PARTS), 415)
    for name in ('a"; filename="b', 'time_entry[notes]"; filename="', "a\"; filename*=UTF-8''b"):
        refused(send(untouched, f"{good}{field(name)}--x--", PARTS), 415)
    refused(send(untouched, f"{good}{field('time_entry[notes]', 'x' * MOST)}--x--", PARTS), 413)
    refused(send(untouched, f"{good}{field('time_entry[notes]', MARK + chr(0))}--x--", PARTS), 422, ["notes"])
    refused(send(untouched, f"{good}{field('time_entry[time_in_minutes]')}--x--", PARTS), 422, ["time_in_minutes"])
    refused(send(untouched, f"{field('time_entry[notes]')}--x--", PARTS), 422, list(REQUIRED))


def test_a_form_that_contradicts_itself_or_says_nothing_is_refused(untouched):
    bodies = (
        f"time_entry={MARK}&time_entry[notes]=1", f"time_entry[notes]=1&time_entry={MARK}",
        f"{GOOD_FORM}&time_entry[notes]={MARK}&time_entry[notes][x]=1", f"{GOOD_FORM}&time_entry[]={MARK}",
        f"time_entries[]={MARK}&time_entries[x]=1", f"time_entries[][notes]=1&time_entries={MARK}",
        f"time_entries[0][notes]={MARK}", f"time_entries[]={MARK}", f"time_entries[][][notes]={MARK}",
        f"{GOOD_FORM}&time_entry[{MARK}=1", f"{GOOD_FORM}&{MARK}]=1", f"{GOOD_FORM}&[{MARK}]=1", f"={MARK}",
        f"{GOOD_FORM}&time_entry[notes]x={MARK}", f"{MARK}=1", MARK, "time_entry", "time_entries", "time_entry[]",
        f"{GOOD_FORM}&{MARK}" + "[a]" * 16 + "=1", "&".join(f"{MARK}{n}=1" for n in range(20_001)),
        "&".join(f"time_entries[][notes]={MARK}" for _ in range(101)), f"{GOOD_FORM}&include[a]=1&include=2",
    )  # fmt: skip
    for body in bodies:
        refused(send(untouched, body, FORM), 400)


def test_json_that_is_sent_as_a_form_is_told_how_to_send_it(untouched):
    for body in (json.dumps({"time_entry": entry(notes=MARK)}), f'[{{"{MARK}":1}}]', f'\n {{"{MARK}'):
        answer = send(untouched, body, FORM)
        refused(answer, 400)
        assert "Content-Type: application/json" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("time_in_minutes", "60.0"), ("time_in_minutes", "6e1"), ("time_in_minutes", "+60"),
        ("time_in_minutes", "%2060"),
        ("time_in_minutes", "1:00"), ("time_in_minutes", "%D9%A1"), ("workspace_id", "01"), ("workspace_id", "1%00"),
        ("date_performed", "2026-02-02%0A"), ("date_performed", "02/02/2026"), ("notes", "a%00b"), ("location", "%00"),
        ("billable", "on"), ("billable", "yes"), ("external_reference", MARK), ("notes][x", MARK), ("role_id", "-1"),
        ("story_id", "1e0"), ("external_reference][locked", "maybe"), ("location][", "Office"),
    ],
)  # fmt: skip
def test_a_form_is_read_as_strictly_as_json(untouched, member, value):
    kept = "&".join(part for part in GOOD_FORM.split("&") if f"[{member}]" not in part)
    answer = send(untouched, f"{kept}&time_entry[{member}]={value}", FORM)
    refused(answer, 422)
    named = member.partition("]")[0]
    assert {error["field"].partition(".")[0] for error in answer.json()["errors"]} == {named}


# Values -------------------------------------------------------------------------------------------

WRONG = {
    "workspace_id": [0, -1, 2**63, 2**64, 10**300, 1.5, True, "0", "-1", "01", " 1", "1 ", "+1", "1.0", "1e0", "१",
                     "１", str(2**63), MARK, [1], {"id": 1}, [], {}],
    "story_id": [0, -1, 2**63, 2**63 - 1, 1.5, False, " 1", "१", MARK, [1], {}],
    "role_id": [0, -1, 2**63, 2**63 - 1, 1.5, True, " 1", "१", MARK, [1], {}],
    "date_performed": ["0000-00-00", "2025-02-29", "10000-01-01", "20250123", "2025-W04-4", "٢٠٢٥-٠١-٢٣",
                       "2025-01-23\n", "1989-12-31", "2101-01-01", "1999-12-24", MARK, 20250123, True, [], {}],
    "time_in_minutes": [0, -0, -1, 1441, 2**31, 2**63, 60.5, 1e300, "1:00", " 60", "60 ", "", None, True, MARK,
                        [60], {}],
    "billable": [2, -1, 1.5, "yes", "t", MARK, [], {}, [True]],
    "notes": ["a\0b", MARK + "x" * 65_536, "é" * 32_768, 5, True, ["a"], {}],
    "location": ["a\0b", "Office\u200b", "OFFICE", "Old mill", MARK, 5, True, ["Office"], {}],
    "external_reference": [MARK, 1, True, [], [{}]],
}  # fmt: skip
LEES_WRONG = {
    "rate_in_cents": [-1, 10**9 + 1, 2**63, 1.5, "1.5", "1e3", " 1", True, MARK, [], {}],
    "user_id": [0, -1, 2**63, 2**63 - 1, 1.5, True, " 1", "१", MARK, [1], {}],
}
TEXTS = ("service_name", "service_model", "service_model_ref", "external_message", "external_status")
REFERENCE = {"service_name": "s", "service_model": "m", "service_model_ref": "r"}


@pytest.mark.parametrize(("part", "member"), [("kim", m) for m in WRONG] + [("lee", m) for m in LEES_WRONG])
def test_a_value_of_no_use_is_refused_alone_and_in_a_batch(untouched, part, member):
    for value in {**WRONG, **LEES_WRONG}[member]:
        wrong = entry(**{member: value})
        refused(untouched.post(part, "/time_entries", {"time_entry": wrong}), 422, [member])
        answer = untouched.post(part, "/time_entries", {"time_entries": [entry(), wrong, entry()]})
        refused(answer, 422, [member])
        assert answer.json()["errors"][0]["index"] == 1


@pytest.mark.parametrize("member", [*TEXTS, "status", "external_link", "locked"])
def test_a_reference_of_no_use_is_refused_by_its_member(untouched, member):
    wrong = {
        "status": ["fail", "SUCCESS", " pending", 1, True, [], {}, MARK],
        "external_link": ["javascript:alert(1)", "data:text/html,x", "//x.example", "ftp://x.example", "https://", "x",
                          "https://x.example/" + "a" * 2_048, "https://x.example/\0", 1, [], {}, MARK],
        "locked": [2, "yes", [], {}, MARK],
    }  # fmt: skip
    bytes_ = 65_536 if member == "external_message" else 256
    for value in wrong.get(member, ["a\0b", "x" * bytes_, "é" * (bytes_ // 2), 1.5, True, ["a"], {"a": 1}]):
        answer = untouched.post(
            "kim", "/time_entries", {"time_entry": entry(external_reference={**REFERENCE, member: value})}
        )
        refused(answer, 422, [f"external_reference.{member}"])


@pytest.mark.parametrize("blank", [None, "", " ", "\u3000"])
def test_a_reference_lacks_what_is_blank(untouched, blank):
    for body in (dict.fromkeys(REFERENCE, blank), {}):
        answer = untouched.post("kim", "/time_entries", {"time_entry": entry(external_reference=body)})
        refused(
            answer,
            422,
            [f"external_reference.{name}" for name in ("service_model", "service_model_ref", "service_name")],
        )


# Text that looks dangerous and is only text -------------------------------------------------------

ODD = [
    "\u202eright to left\u202c \u2066isolated\u2069", "zero\u200bwidth\u200d\ufeff",
    "👨🏽\u200d👩\u200d👧\u200d👦🏳️\u200d🌈",
    "e\u0301 is not é", "a\r\nb\rc\nd\te\x0bf\x0cg", "\x01\x08\x1b[31mred\x7f\x80\x9f",
    "\ue000\ufffe\uffff\U0010ffff",
    "=1+1", "@SUM(A1)", "<img src=x onerror=alert(1)>", "'; DROP TABLE time_entries; --", "{{7*7}} ${7*7} %s %(a)s {0}",
    "../../etc/passwd", "\\u0000 \\ud800", "null", " leading and trailing ", "\u2028\u2029\u0085\u00a0",
    "x" * 65_535, "é" * 32_767 + "x", "😀" * 16_383 + "xyz",
]  # fmt: skip


def test_notes_and_references_are_kept_byte_for_byte(house):
    references = [{**REFERENCE, "service_name": "s" + text[:60], "external_message": "m" + text[:99]} for text in ODD]
    entries = [entry(notes=text, external_reference=each) for text, each in zip(ODD, references, strict=True)]
    told = house.post("kim", "/time_entries?include=external_references", {"time_entries": entries}).json()
    ids = told["meta"]["created_ids"]
    read = house.get("kim", "/time_entries", only=",".join(ids), include="external_references").json()
    rows = {row["id"]: row for row in house.rows(sa.select(t.time_entries).where(t.time_entries.c.account_id == 1))}
    for id_, text, sent in zip(ids, ODD, references, strict=True):
        assert rows[int(id_)]["notes"].encode() == text.encode()
        for shown in (told, read):
            made = shown["time_entries"][id_]
            assert made["notes"].encode() == text.encode()
            kept = shown["external_references"][made["external_reference_ids"][0]]
            assert {name: kept[name] for name in sent} == sent


def test_the_same_text_by_a_form_is_kept_as_well(house):
    for text in ODD:
        answer = send(house, f"{GOOD_FORM}&time_entry[notes]={quote_plus(text)}", FORM)
        (made,) = answer.json()["time_entries"].values()
        assert made["notes"] == text


# Headers ------------------------------------------------------------------------------------------


def test_a_body_of_a_type_that_is_not_read_is_refused(untouched):
    body = json.dumps({"time_entry": entry(notes=MARK)}).encode()
    types = (
        "text/plain", "text/json", "application/xml", "application/x-json", "application/jsonx", "application/json/x",
        "application/vnd.api+json", "multipart/mixed; boundary=x", "application/octet-stream", "*/*", "json", MARK,
        f"{JSON}; charset=latin-1", f"{JSON}; charset=utf-16", f'{JSON}; charset="utf-7"',
        f"{FORM}; charset=iso-8859-1",
    )  # fmt: skip
    for content_type in types:
        refused(send(untouched, body, content_type), 415)
    assert "content-type" not in untouched.client.headers
    missing = untouched.request("kim", "POST", "/time_entries", content=body)
    refused(missing, 415)


def test_a_compressed_body_is_refused_unread(untouched):
    for encoding in (
        "gzip",
        "GZIP",
        "deflate",
        "br",
        "zstd",
        "compress",
        "x-gzip",
        "identity, gzip",
        "gzip, identity",
        MARK,
    ):
        refused(send(untouched, b"\x1f\x8b" + MARK.encode(), **{"Content-Encoding": encoding}), 415)
    assert send(untouched, b"{}", **{"Content-Encoding": "identity"}).status_code == 400


def test_two_authorization_headers_are_refused_even_when_both_are_good(untouched):
    kim, ada = (f"Bearer {untouched.world.tokens[part]}" for part in ("kim", "ada"))
    for first, second in ((kim, kim), (kim, ada), (kim, ""), ("", kim), (kim, f"Basic {MARK}"), (MARK, kim)):
        for method, path in (("GET", "/users/me"), ("POST", "/time_entries"), ("GET", "/time_entries/1")):
            headers = [("Authorization", first), ("Authorization", second), ("Content-Type", JSON)]
            content = json.dumps({"time_entry": entry()}) if method == "POST" else None
            refused(untouched.client.request(method, f"/api/v1{path}", headers=headers, content=content), 400)


# Addresses ----------------------------------------------------------------------------------------


def test_an_address_that_is_too_long_is_refused(untouched):
    for path in (
        f"/time_entries?x={MARK}" + "a" * 33_000,
        f"/{MARK}" + "a" * 33_000,
        "/time_entries?only=" + "1," * 17_000,
    ):
        for part in ("kim", None):
            refused(untouched.request(part, "GET", path), 414)


def test_a_long_address_that_fits_is_served(untouched):
    names = ",".join(["user", *(f"{MARK}{n}" for n in range(1_500))])
    told = untouched.request("kim", "GET", f"/time_entries?include={names}&optional_fields={names[:9_000]}").json()
    assert "users" in told
    ids = ",".join(str(n) for n in range(6_000))
    assert untouched.request("kim", "GET", f"/time_entries?only={ids}").json()["count"] == 7
    assert (
        untouched.request("kim", "GET", "/time_entries?" + "&".join(f"x{n}=1" for n in range(4_000))).status_code == 200
    )


ODD_QUERIES = (
    "page=1e9", "page=10**30", f"page={10**30}", "per_page=-1", f"offset={10**30}&limit=1", "limit=%00&offset=%00",
    "page[]=1", "page[x]=1", "per_page=%D9%A3", "order=%00:desc", "order[]=created_at", "order=created_at:%00",
    "include=%00", "include[x]=user", "include[][x]=user", "include=[[[[[[", "include=" + "%5B" * 3_000, "include={",
    "include=[NaN]", "include=[" + "9" * 5_000 + "]",
    "optional_fields=%00,x", "only=%00",
    "only[x]=1", "only=-1,1.5,1e3", "apply_default_filters[x]=1", "x[=1", "]=1", "[]=1", "=1", "&&&", "a[b]c=1",
    "search='%3B--",
    "access_token=x", "%00=%00", "created_at_between=x", "a=1&a=2", "method=DELETE&_method=DELETE", "callback=alert",
)  # fmt: skip


def test_an_odd_query_that_no_filter_reads_is_served(untouched):
    for query in ODD_QUERIES:
        assert untouched.request("kim", "GET", f"/time_entries?{query}").status_code == 200, query
        assert untouched.request("kim", "GET", f"/time_entries/1?{query}").status_code == 200, query


# Beneath the client: what a server may hand on as it came -----------------------------------------


def handed_on(house, method, path, query=b"", headers=(), chunks=(b"",)):
    """A request as a server hands it to the application, bytes as they are. Gives the status and the body."""
    sent = []
    waiting = list(chunks)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": f"/api/v1{path}", "raw_path": f"/api/v1{path}".encode(), "query_string": query, "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("testserver", 80), "state": {},
        "headers": [(b"authorization", b"Bearer " + house.world.tokens["kim"].encode()), *headers],
    }  # fmt: skip

    async def receive():
        content = waiting.pop(0) if waiting else None
        if content is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": content, "more_body": bool(waiting)}

    async def send_(message):
        sent.append(message)

    house.client.portal.call(house.client.app, scope, receive, send_)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    start = sent[0] if sent else {"status": None, "headers": ()}
    return start["status"], body, dict(start["headers"]), waiting


def test_raw_bytes_in_a_query_that_are_no_utf_8_are_refused(untouched):
    for query in (b"x=\xff", b"\xff=1", b"workspace_id=\xc0\xaf", b"include=\xed\xa0\x80", b"\xe9"):
        for method, path in (("GET", "/time_entries"), ("GET", "/time_entries/1"), ("POST", "/time_entries")):
            status, body, _, _ = handed_on(untouched, method, path, query, [(b"content-type", JSON.encode())], [b"{}"])
            assert status == 400, (query, body)


def test_a_query_means_the_same_whatever_the_host_is_called(untouched):
    for host in (b"a?b", b"a#b", b"[", b"a/b", b"\xff", b"", b"a:b:c", b"user@x"):
        _, body, _, _ = handed_on(untouched, "GET", "/time_entries", b"workspace_id=999", [(b"host", host)])
        assert json.loads(body)["count"] == 0, host


def test_a_length_that_is_none_is_no_reason_to_fail(untouched):
    for length in (b"\xb2", b"-1", b"1e3", b"", b"0x10", b" 5 ", b"x"):
        headers = [(b"content-length", length), (b"content-type", JSON.encode())]
        status, body, _, _ = handed_on(untouched, "POST", "/time_entries", b"", headers, [b"{}"])
        assert status == 400, (length, body)


def test_a_body_over_the_limit_is_not_read_to_its_end(untouched):
    chunk = b" " * (1024 * 1024)
    for length in (b"10", None, str(2**70).encode()):
        headers = [(b"content-type", JSON.encode())] + ([(b"content-length", length)] if length else [])
        status, _, answered, left = handed_on(untouched, "POST", "/time_entries", b"", headers, [chunk] * 20)
        assert status == 413
        assert answered[b"connection"] == b"close"
        assert len(left) >= 11


def test_a_caller_who_hangs_up_in_the_middle_stores_nothing(untouched):
    body = json.dumps({"time_entry": entry()}).encode()
    for at in (0, 1, len(body) - 1):
        headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
        status, body_of_answer, _, _ = handed_on(untouched, "POST", "/time_entries", b"", headers, [body[:at], None])
        assert (status, body_of_answer) == (None, b"")  # nobody is there to be answered


# Time ---------------------------------------------------------------------------------------------

LARGEST = {
    "a text that never ends": (JSON, b'{"a":"' + b'\\"' * (MOST // 2 - 3)),
    "escapes of escapes": (JSON, b'{"a":"' + b"\\" * (MOST - 8) + b'"}'),
    "texts side by side": (JSON, b'"a' * (MOST // 2)),
    "quotes": (JSON, b'"' * MOST),
    "arrays in arrays": (JSON, b"[" * MOST),
    "objects in objects": (JSON, b'{"a":' * (MOST // 5)),
    "objects side by side": (JSON, b"[" + b"{}," * (MOST // 3 - 1) + b"{}"),
    "empty texts side by side": (JSON, b"[" + b'"",' * (MOST // 3 - 1) + b'""'),
    "spaces": (JSON, b" " * MOST),
    "commas": (JSON, b"," * MOST),
    "colons": (JSON, b'{"a"' + b":" * (MOST - 5)),
    "digits": (JSON, b'{"a":' + b"9" * (MOST - 6) + b"}"),
    "digits of a fraction": (JSON, b'{"a":0.' + b"0" * (MOST - 9) + b"1}"),
    "minus signs": (JSON, b'{"a":' + b"-" * (MOST - 5)),
    "surrogates": (JSON, b'{"a":"' + b"\\ud83d" * (MOST // 6 - 2) + b'"}'),
    "ampersands": (FORM, b"&" * MOST),
    "pairs": (FORM, b"aa&" * (MOST // 3)),
    "open brackets": (FORM, b"a" + b"[" * (MOST - 1)),
    "steps": (FORM, b"a" + b"[b]" * (MOST // 3 - 1)),
    "a name": (FORM, b"a" * MOST),
    "objects in an array": (FORM, b"&".join(b"time_entries[][a]=%0200d" % n for n in range(MOST_VALUES // 2))),
}


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_body_of_the_worst_kind_is_refused_before_anybody_waits(untouched, name):
    content_type, body = LARGEST[name]
    assert len(body) <= MOST
    started = time.monotonic()
    refused(send(untouched, body, content_type), 400)
    assert time.monotonic() - started < HANG_SECONDS
