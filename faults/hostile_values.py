"""What hostile requests are made of: values, shapes, names, headers and paths that something once fell over.

Long because they are written out.
"""

from collections.abc import Callable

ECHO = "echo-4711"
"""Stands in hostile values; no message repeats it."""

NOTED = "noted-5512"
"""Stands in every note; no log holds it."""

OF_THE_HOUSE = "house-8c1d"
"""Stands in every note of the house's people; nobody else sees it."""

OF_THE_OTHERS = "canary-7f3a otto's"
"""Stands in every note of the other account; nobody of the house sees it."""

FORM = "application/x-www-form-urlencoded"

DAYS = (
    "2026-02-02", "2026-01-31", "2024-02-29", "2026-02-03T10:00:00Z", "2100-12-31", "2001-01-01", "2026-07-01",
)  # fmt: skip

TEXTS = (
    "", "work", "é 日本", "\u202e\u2066 x", "=1+1", "<b>&amp;</b>", "a\\nb", "\\u0007", "\\ud83d\\ude00", "x" * 900,
)  # fmt: skip

FRAGMENTS = (
    "null", "true", "false", "0", "-0", "-1", "1", "2", "3", "4", "5", "7", "9", "16", "999", "1440", "1441", "60.0",
    "6e1", "60.5", "1e400", "-1e400", "1e-400", "1e308", "1e-308", "1E+2", "NaN", "Infinity", "-Infinity",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" + "0" * 307,
    "1" + "0" * 400, "1" + "0" * 5_000, "0." + "0" * 300 + "1", "1000000000", "1000000001", "01", "+1", ".5", "1.",
    "0x10", "1_000", "tru", "undefined", "'a'", "[]", "{}", "[1]", '{"id":1}', "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
    '{"a":{"b":{"c":[null]}}}', "[", "{", '"', '"abc', "\u0663", '"60"', '" 60"', '"60 "', '"1:00"', '"\u0967\u0968"',
    '"1e1"', '"-0"', '"007"', '""', '" "', '"\\t"', '"\u3000"', '"\\u0000"', '"a\\u0000b"', '"\\ud800"',
    '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\uD83D"', '"\\x41"', '"\\u12"', '"\u202eevil\u2066"', '"\u200b"',
    '"=cmd|x"', f'"<script>{ECHO}</script>"', f'"{ECHO}\\r\\nSet-Cookie: a=1"', '"\\u001b[2J"',
    f'"\' OR 1=1 -- {ECHO}"', f'"{ECHO}"', '"%00"', '"%s%n{}"', '"${7*7}{{7*7}}"', '"0000-00-00"', '"2025-02-29"',
    '"10000-01-01"', '"20250123"', '"2025-W04-4"', '"\u0662\u0660\u0662\u0666-01-01"', '"2026-02-02\\n"',
    '"2026-02-02T25:00:00Z"', '"2026-02-02T10:00:00+99:00"', '"1989-12-31"', '"2101-01-01"', '"1999-12-24"',
    '"2026-02-02T10:00:00.123456789Z"', '"02/03/2026"', '"true"', '"TRUE"', '"yes"', '"Office"', '"Old mill"',
    '"canary place"', '"javascript:alert(1)"', '"http://"', '"https://[::1"', '"https://e.example:99999/"',
    '"https://e.example/\\u0000"', '"https://e.example/ok"', '"pending"', '"' + "x" * 256 + '"',
    '"' + "x" * 65_535 + '"', '"' + "x" * 65_536 + '"', '"' + "\u00e9" * 32_768 + '"', '"' + "\U0001f468" * 500 + '"',
    "[" + "1," * 500 + "1]",
)  # fmt: skip

STRANGE_NAMES = (
    "id", "approved", "invoice_id", "created_at", "account_id", "submission_id", "user_can_edit", "currency",
    "taxable", "operation_id", "request_key", "created_by_id", "active_submission_id", "location_id", "rate_rule",
    "type", "time_entry", "time_entries", "__proto__", "constructor", "", " ", "workspace_id ", "WORKSPACE_ID",
    "workspace-id", "notes[]", "\u202enotes", "n\\u006ftes", "\\u0000", "\\ud800", ECHO, ECHO * 60, "include",
    "order", "$where", "../x", "a.b.c",
)  # fmt: skip

REFERENCE_NAMES = (
    "service_name", "service_model", "service_model_ref", "status", "external_message", "external_link",
    "external_status", "locked", "subject_id", "id", ECHO,
)  # fmt: skip

SHAPES = (
    "", " ", "null", "0", '""', "[]", "{}", "[@]", "@", '{"time_entry":@', '{"time_entry":@}}', '{"time_entry":@},',
    '{"time_entry":@}x', '{"time_entry":@}\\u0000', '{"time_entry":null}', '{"time_entry":[]}', '{"time_entry":[@]}',
    '{"time_entry":"x"}', '{"time_entry":1}', '{"time_entries":@}', '{"time_entries":[]}', '{"time_entries":null}',
    '{"time_entries":[null]}', '{"time_entries":[@,null]}', '{"time_entries":[[@]]}', '{"time_entries":[@,[]]}',
    '{"time_entries":{"0":@}}', '{"time_entries":[@],"time_entry":@}', '{"time_entry":@,"time_entry":@}',
    '{"time_entries":[{}]}', '{"time_entry":{}}', '{"Time_entry":@}', '{"time_entry ":@}', '{"timeentry":@}',
    '{"workspace":@}', '{"data":{"time_entry":@}}', '{"time_entry":{"time_entry":@}}',
    '{"include":"user","time_entry":@}', '{"include":["user",null,1,{},["story"]],"time_entry":@}',
    '{"include":{"a":1},"time_entry":@}', '{"order":[],"time_entry":@}',
    '{"optional_fields":{"x":[]},"time_entry":@}',
    '{"order":"created_at:desc","optional_fields":["user_can_edit"],"time_entry":@}',
    '{"page":"x","per_page":{},"only":[],"time_entry":@}', "{'time_entry':@}", '{"time_entry":@,}',
    '/**/{"time_entry":@}', '{"time_entry":@}//', '\n\t {"time_entry" : @ }\r\n', '{"time_entries":[@,@,@]}',
    '{"time_entries":[@,{"workspace_id":7},@]}', '{"time_entries":[@,{"workspace_id":9,"story_id":9}]}',
    '{"a":' * 30 + "@" + "}" * 30,
)  # fmt: skip

SIZES: tuple[Callable[[int], str], ...] = (
    lambda n: "[" * n,
    lambda n: "[" * n + "]" * n,
    lambda n: '{"a":' * n + "1" + "}" * n,
    lambda n: '{"time_entry":@,"x":[' + "0," * n + "0]}",
    lambda n: '{"time_entry":@,"x":{' + ",".join(f'"{i}":0' for i in range(n)) + "}}",
    lambda n: '{"time_entry":@,"x":"' + "y" * n * 5 + '"}',
    lambda n: '{"time_entry":@' + " " * n + "}",
    lambda n: '{"time_entry":@,"x":' + "[" * min(n, 40) + "1" + "]" * min(n, 40) + "}",
    lambda n: '{"time_entry":{"notes":"' + "\\" * n + '"}}',
    lambda n: '{"time_entry":{"notes":"' + '\\"' * n,
    lambda n: '{"time_entry":{' + '"notes":1,' * n + '"x":1}}',
    lambda n: '{"x":' + "9" * n + "}",
    lambda n: '{"x":1e' + "9" * n + "}",
)

JUNK = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\xe2\x80\xa8", b"\\u0000", b"\\ud800", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\r\n", b"NaN",
    b"1e999", b"/*", b"\x1b[", b"\x7f", b" " * 30, b"",
)  # fmt: skip

FORM_NAMES = (
    "time_entry[@]", "time_entry[@][]", "time_entry[@][x]", "time_entry[][@]", "time_entries[][@]",
    "time_entries[0][@]", "time_entry", "time_entry[]", "time_entry[", "time_entry]", "[@]", "[]", "", "time_entry[@",
    "time_entry[[@]]", "time_entry[@]x", "time_entry%5B@%5D", "time_entry[external_reference][@]",
    "time_entry[external_reference][service_name]", "time_entry[external_reference][]",
    "time_entries[][external_reference][service_name]", "time_entries[][][@]", "time_entry" + "[a]" * 20,
    "time_entry%", "%zz", "%C3", "%00", "include", "include[]", "order[]", "optional_fields[x]", ECHO, "@", "+",
    "time_entry[@]%00", "time_entry[%F0%9F%98%80]",
)  # fmt: skip

FORM_VALUES = (
    "", "1", "0", "60", "2026-02-02", "%", "%%", "%4", "%zz", "%00", "%C3%28", "%ED%A0%80", "%F0%9F%98%80", "+",
    "%2B", "a%0D%0Ab", "null", "true", "[]", "{}", "%5B1%5D", "=", "\u00e9", ECHO, "x" * 3_000, "%41" * 500,
    "9223372036854775808", "1e3", "-1", "%FF%FE",
)  # fmt: skip

PART_HEADS = (
    *[""] * 12, "; x=y", '; filename="x"', '; filename=""', "; filename*=UTF-8''x", "\r\nContent-Type: text/plain",
    "\r\nContent-Type: text/plain; charset=utf-8", "\r\nContent-Type: text/plain; charset=utf-16",
    "\r\nContent-Transfer-Encoding: base64", "\r\nContent-Length: 3", "\r\nX: " + "y" * 5_000, "\r\n folded",
    "\r\n" + "\r\n".join(["X: y"] * 9), "\n", "\r", "\r\n\u00e9: x", "\r\n:", '"; name="', "\r\n" + ECHO,
)  # fmt: skip

PART_ENDS = (
    *["--part--\r\n"] * 12,
    "",
    "--part",
    "--part--",
    "--part\r\n",
    "--party--\r\n",
    "--part --\r\n",
    ECHO,
    "--part--" + ECHO,
)

PART_TYPES = (
    *["multipart/form-data; boundary=part"] * 12, 'multipart/form-data; boundary="part"', "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "multipart/mixed; boundary=part",
    "multipart/form-data; boundary=" + "p" * 3_000, "multipart/form-data; charset=utf-16; boundary=part",
    "multipart/form-data; boundary=\u00e9", "application/x-www-form-urlencoded", "application/json",
)  # fmt: skip

TYPES = (
    "", "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "APPLICATION/JSON",
    "text/plain", "application/xml", "multipart/form-data; boundary=x", "multipart/form-data",
    "application/json, text/plain", "application/json;", ";", "x", "application/x-www-form-urlencoded",
    "application/vnd.api+json", "application/octet-stream", "\u00e9/\u00fc", 'application/json; charset="utf-8',
    "application/json" + ";a=b" * 200, "application/json; charset=" + "x" * 500,
)  # fmt: skip

HEADERS = (
    "Content-Encoding: gzip\r\n", "Content-Encoding: identity\r\n", "Content-Encoding: br, gzip\r\n",
    "Content-Encoding: \r\n", "Accept: */*\r\n", "Accept: \r\n", "Accept: text/html;q=nan, a\r\n",
    "Accept: " + "a/b," * 400 + "c\r\n", "Accept-Encoding: gzip, zstd, x;q=9\r\n", "Accept-Charset: utf-7\r\n",
    "Accept-Language: x-\u00e9\r\n", "Prefer: handling=strict\r\n",
    'Prefer: handling="strict"; x, return=minimal\r\n', "Prefer: ,,;;==\r\n", f"X-Request-Id: {ECHO}\r\n",
    "X-Forwarded-For: 10.0.0.1\r\n", "X-Forwarded-Host: evil.example\r\n", "X-Forwarded-Proto: javascript\r\n",
    "X-HTTP-Method-Override: DELETE\r\n", "X-Host: evil.example\r\n", "Cookie: session=1; " + "a=b; " * 300 + "\r\n",
    "Range: bytes=0-1\r\n", "If-None-Match: *\r\n", 'If-Match: "x"\r\n', "If-Modified-Since: yesterday\r\n",
    "Origin: null\r\n", "Referer: \r\n", "User-Agent: \xff\xfe\r\n", "X: " + "y" * 4_000 + "\r\n", "X-2: 1\r\n",
    "TE: trailers\r\n", "Via: 1.0 x\r\n", "Date: now\r\n", 'Forwarded: for="[::1]"\r\n', "Content-Language: en\r\n",
    "Content-MD5: x\r\n", "Access-Control-Request-Method: DELETE\r\n", "Accept: application/json\r\nAccept: x\r\n",
)  # fmt: skip

IDENTITIES = (
    "", "Authorization: \r\n", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
    "Authorization: Bearer {stale}\r\n", "Authorization: Bearer {cut}\r\n", "Authorization: Bearer {cut}!\r\n",
    "Authorization: Bearer {mine} {other}\r\n", "Authorization: Bearer {mine},Bearer {other}\r\n",
    "Authorization: Bearer {mine}\r\nAuthorization: Bearer {other}\r\n",
    "Authorization: Bearer {stale}\r\nAuthorization: Bearer {mine}\r\n",
    "Authorization: Bearer {mine}\r\nauthorization: \r\n", "Authorization: Basic {mine}\r\n",
    "Authorization: {mine}\r\n", "Authorization: Token {mine}\r\n", "Authorization: bearer:{mine}\r\n",
    "Authorization: Bearer {mine}\xe9\r\n", "Authorization: Bearer tw_" + "0" * 38 + "\r\n",
    "Authorization: Bearer " + "x" * 5_000 + "\r\n", "X-Authorization: Bearer {mine}\r\n",
    "Cookie: access_token={mine}\r\n", "Proxy-Authorization: Bearer {mine}\r\n", 'Authorization: Bearer "{mine}"\r\n',
    "Authorization: Bearer ' OR 1=1 --\r\n", "Authorization: Negotiate YII=\r\n",
)  # fmt: skip

KEYS = (
    "Idempotency-Key: \r\n", "Idempotency-Key: " + "k" * 255 + "\r\n", "Idempotency-Key: " + "k" * 256 + "\r\n",
    'Idempotency-Key: "\r\n', 'Idempotency-Key: ""\r\n', 'Idempotency-Key: "a\r\n', 'Idempotency-Key: "a"b"\r\n',
    "Idempotency-Key: \xe9\r\n", "Idempotency-Key: a\tb\r\n", "Idempotency-Key: a\r\nIdempotency-Key: a\r\n",
    "Idempotency-Key: a\r\nIdempotency-Key: b\r\n", 'Idempotency-Key: "shared"\r\n', "Idempotency-Key: shared\r\n",
    "idempotency-KEY: ' OR 1=1 --\r\n",
)  # fmt: skip

IDS = (
    "0", "00", "7", "8", "15", "16", "17", "999", "9223372036854775807", "9223372036854775808", "1" * 400, "-1", "+1",
    "1.0", "1e0", "x", "%20", "1%20", "%31", "%00", "1%00", "%D9%A1", "1,2", "..", "%2e%2e", ".", "true", "null",
    "new", "me", "me.json", "1.json", "1.xml", "1%0A", "1;2", "1%2F2", "%2F", "\\", "%5C", "%ff", "%C0%AF", "*",
    "1'--", "${1}", ECHO, "a" * 2_000, "%", "%zz", "\xe9", "1?2", "[]", "{}", "|", "^", "`",
)  # fmt: skip

METHODS = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "LOCK", "REPORT", "PURGE",
    "SEARCH", "MERGE", "LINK",
)  # fmt: skip

QUERY_NAMES = [
    "include", "optional_fields", "order", "page", "per_page", "limit", "offset", "only", "apply_default_filters",
    "search", "approved", "access_token", "time_entry", ECHO, "", "%00", "%ff", "a.b", "__proto__",
]  # fmt: skip

BRACKETS = (
    "", "", "", "", "", "[]", "[x]", "[][x]", "[", "]", "[[]]", "%5B%5D", "[a][b][c]",
)  # fmt: skip

QUERY_VALUES = (
    "", "1", "0", "-1", "2", "1,2,3", "1,,2", ",", "1;2", "1.5", "1e3", "true", "false", "TRUE", "tRUE", "null", "[]",
    "{}", "%5B1%5D", "%00", "a%00b", "%ff", "%C3%28", "%ED%A0%80", "%", "%zz", "+", "%20", "%0A",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "9" * 400, "2026-01-01", "2026-02-30",
    "2026-01-01:2026-02-01", ":", "2026-01-01:", ":2026-01-01", "2026-02-01:2026-01-01", "0000-00-00:", "x:y",
    "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+99:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "now", "1767603600", "user", "user,story,workspace", "story,story", "external_references,invoice,role",
    "active_submission.user", "created_at:desc", "created_at", "created_at:", ":desc", "title:asc", "due_date:desc",
    "updated_at:desc:asc", "only", "exclude", "include", "user_can_edit,location_id", "*", "id;DROP", "' OR 1=1 --",
    "%27%22", ECHO, "%F0%9F%98%80", "\xe9", "kim.example@1.example.com", "=", "a=b", "lower(x)", "1)", "%25",
    "%5B%22user%22%5D", "%5B%22user", "%5B" * 2_000, "999999999999999999999999999999", "0x10", "\u0031",
)  # fmt: skip

GOOD: dict[str, tuple[str, ...]] = {
    "integer": ("1", "2", "999"),
    "ids": ("1", "1,2,3", "999"),
    "boolean": ("true", "false"),
    "instant": ("2026-01-01T00:00:00Z", "2026-01-01", "2030-01-01+10:00"),
    "dayrange": ("2026-01-01:2026-12-31", ":2026-01-31", "2026-02-01:"),
    "choice": ("only", "exclude", "include"),
    "text": ("nobody@example.com", "x"),
    "words": ("started", "new,fixed"),
    "flag": ("1",),
    "day": ("2026-02-02", "2026-12-31"),
    "momentrange": ("2026-01-01:2026-12-31", ":2026-01-31", "2026-02-01:"),
    "daysin": ("1:2026-01-05:2026-01-11",),
    "span": (";", "2026-01-01;2026-12-31", ",", "0,100"),
    "idsorwords": ("1,2", "unassigned", "unnamed,3"),
    "custom": ("1", "(1:2)", "(1:2):(2:x)", "1:2"),
}
"""Values that are read, by kind of filter. What says more than its kind may still refuse one: a word that is no choice,
the mark of another span, the value of another field. Then the answer is a 400.
"""

GOOD_OF = {
    "subject_type": (
        "TimeEntry", "Workspace", "Story", "User", "Role", "Invoice", "Assignment", "Expense", "Participation",
        "story", "user", "workspace", "workspace_group", "time_entry", "resource", "Submission", "nothing",
    ),
}  # fmt: skip
"""Values of filters that know some words and say nothing of others."""

GOOD_QUERY = (
    ("page", "2"), ("per_page", "1"), ("per_page", "3"), ("order", "created_at:desc"), ("order", "created_at"),
    ("order", "updated_at"),
    ("only", "1,2,3"), ("limit", "2"), ("offset", "1"), ("apply_default_filters", "false"), ("per_page", "50"),
)  # fmt: skip

LITTLE_QUERIES = (
    "include=user,story", "include=nope", "include=user&include=invoice", "optional_fields=user_can_edit",
    "order=created_at", "page=2", "include[]=user&include[]=role", "workspace_id=1", "time_entry[notes]=x",
    "time_entries[][notes]=x", "&&&", "a", "=", "[=", "%ff", "only=1",
    "include=external_references,workspace,role,active_submission,recent_submission", "access_token=x",
    "x=" + "y" * 2_000,
)  # fmt: skip

LONG_QUERIES: tuple[Callable[[int], str], ...] = (
    lambda n: "include=" + ",".join(f"i{i}" for i in range(n)),
    lambda n: "include=user" + ",story" * n,
    lambda n: "&".join(["include=user"] * n),
    lambda n: "only=" + ",".join(map(str, range(n))),
    lambda n: "workspace_ids=" + ",".join(map(str, range(n))),
    lambda n: "&".join(f"a{i}={i}" for i in range(n)),
    lambda n: "a" + "[b]" * n + "=1",
    lambda n: "optional_fields[]=x&" * n,
    lambda n: "a[][b]=1&" * n,
    lambda n: "order=" + "created_at:desc," * n,
    lambda n: "%41" * n + "=1",
)

BROKEN = (
    "@Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "@Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "@Content-Length: -1\r\n\r\n",
    "@Content-Length: x\r\n\r\n", "@Content-Length: 99999999999999999999999\r\n\r\n",
    "@Content-Length: 9000000\r\nContent-Type: application/json\r\n\r\n{",
    "@Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", "@Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "@Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n\r\n", "@ folded\r\nContent-Length: 0\r\n\r\n",
    "@Bad Header: x\r\nContent-Length: 0\r\n\r\n", "@X: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "GET /api/v1/users HTTP/9.9\r\n\r\n", "GET /api/v1/users\r\n\r\n", "GET\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\r\n\r\n", "FOO / HTTP/1.1\r\n\r\n", "get /api/v1/users HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET  /api/v1/users HTTP/1.1\r\n\r\n", "GET /api/v1/us ers HTTP/1.1\r\nHost: x\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /api/v1/users HTTP/1.0\r\n\r\n", "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /api/v1/users HTTP/1.1\r\n: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n\r\n",
    "@Host: evil.example\r\nContent-Length: 0\r\n\r\n", "@Host: localhost\r\nContent-Length: 0\r\n\r\n",
    "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", "@Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    "@Expect: x\r\nContent-Length: 2\r\n\r\n{}",
)  # fmt: skip

ENDS = ("", "/", "//", ".json", ".json/", ".xml", "/1", "/1/", "/1/1", "%00", "%0A", ";x")

PATHS = (
    "/", "//", "/api", "/api/v1", "/api/v1/", "/api/v2/users", "/API/v1/users", "/healthz", "/readyz", "/healthz/",
    "/metrics", "/docs/passwd", "/.env", "/../../etc/passwd", "/api/v1/../../x", "/api/v1/%2e%2e/users",
    "/api/v1//users",
    "/api/v1/users/../users", "/api/v1/users#x", "http://evil.example/api/v1/users", "*", "/api/v1/" + "a" * 9_000,
    "/" + "a/" * 3_000, "/" + "a" * 33_000, "/api/v1/%F0%9F%98%80",
)  # fmt: skip
