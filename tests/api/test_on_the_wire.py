"""The ways of writing an address, of asking and of going on, and what comes back byte for byte: over real sockets."""

import json
import socket
import struct
import time
import zlib

import pytest

from tests.sockets import parsed, served

pytestmark = pytest.mark.xdist_group("on_the_wire")  # one server, and one worker that asks it

DATA_SEGMENTS_IN = struct.Struct("I"), 152
"""Where Linux counts the segments with data that a connection received (`struct tcp_info`)."""

BASE = "/api/v1"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("served")) as made:
        yield made


@pytest.fixture(scope="module")
def entry_id(server):
    """The id of an entry that the caller sees."""
    body = server.entry("here to be shown")
    (answer,) = server.ask(server.post(body, "Connection: close", f"Content-Length: {len(body)}")).answers
    return json.loads(answer.body)["results"][0]["id"]


@pytest.fixture
def plain(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        yield connection


def asking(server, path, *headers, line="GET {} HTTP/1.1"):
    return server.head(line.format(path), f"Authorization: Bearer {server.token}", *headers)


def whole(connection):
    """What comes until the server closes."""
    content = b""
    while some := connection.recv(65_536):
        content += some
    return content


def one(server, path, *headers, line="GET {} HTTP/1.1"):
    """The head and the body of one answer, as they came."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(asking(server, path, *headers, "Connection: close", line=line))
        head, _, body = whole(connection).partition(b"\r\n\r\n")
    return head, body


def lasting(head):
    """The lines of a head without those that are never twice the same."""
    return [line for line in head.split(b"\r\n") if not line.startswith((b"date: ", b"x-request-id: "))]


# Addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/time_entries", "/time_entries/{1}", "/users", "/users/me", "/workspaces/{0}/time_entries/{1}"]
)
def test_an_address_may_end_in_json_or_a_slash(server, entry_id, path):
    path = BASE + path.format(server.workspace_id, entry_id)
    _, body = one(server, path)
    assert "results" in json.loads(body)
    for ending in (".json", "/", ".json?", "/?", "?", ".json?per_page=20", "?per_page=20"):
        assert one(server, path + ending)[1] == body
    for ending in (".JSON", ".xml", ".json.json", "//", "/.json", ".json/", "/x", ".json%00", "%0A"):
        head, body = one(server, path + ending)
        assert (head[:12], json.loads(body)["errors"][0]["message"]) == (b"HTTP/1.1 404", "Not found"), ending


@pytest.mark.parametrize("ending", ["", ".json", "/"])
def test_time_is_logged_at_every_way_of_writing_the_address(server, ending):
    body = server.entry(f"at {ending}")
    for path in ("/time_entries", f"/workspaces/{server.workspace_id}/time_entries"):
        headers = "Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close"
        heard = server.ask(asking(server, BASE + path + ending, *headers, line="POST {} HTTP/1.1") + body)
        assert heard.statuses == [200]
    assert server.notes().count(f"at {ending}") == 2


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "REPORT", "DELETE", "PUT", "PATCH", "GETS"])
def test_a_method_that_is_not_offered_is_not_found(server, method):
    for path in ("/users", f"/workspaces/{server.workspace_id}/time_entries", "/nowhere"):
        head, body = one(server, BASE + path, line=f"{method} {{}} HTTP/1.1")
        unknown_to_http = method == "GETS"
        assert head.startswith(b"HTTP/1.1 400" if unknown_to_http else b"HTTP/1.1 404"), (method, path)
        assert json.loads(body)["errors"][0]["type"] == "system"


# HEAD and older versions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/time_entries", "/time_entries/{}.json", "/users/me/", "/nowhere", "/time_entries?workspace_id=x"]
)
@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_head_has_the_head_of_get_and_nothing_else(server, entry_id, path, accepted):
    path = path.format(entry_id)
    get, body = one(server, BASE + path, f"Accept-Encoding: {accepted}")
    head, nothing = one(server, BASE + path, f"Accept-Encoding: {accepted}", line="HEAD {} HTTP/1.1")
    assert lasting(head) == lasting(get)
    assert f"content-length: {len(body)}".encode() in get.split(b"\r\n")
    assert nothing == b""


def test_head_leaves_the_connection_to_the_next_request(server, plain):
    plain.sendall(asking(server, BASE + "/users", line="HEAD {} HTTP/1.1") * 2)
    plain.sendall(asking(server, BASE + "/nowhere", "Connection: close"))
    content = whole(plain)
    assert content.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert content.count(b"HTTP/1.1 404 Not Found\r\n") == 1
    assert (content.count(b'"results"'), content.count(b'"errors"')) == (0, 1)


@pytest.mark.parametrize("headers", [(), ("Connection: keep-alive",), ("Accept-Encoding: gzip",)])
def test_a_client_of_http_1_0_is_answered_and_the_connection_closed(server, headers):
    lines = [
        "GET {} HTTP/1.0".format(BASE + "/time_entries"),
        f"Authorization: Bearer {server.token}",
        *headers,
        "",
        "",
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        head, _, body = whole(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close" in head.split(b"\r\n")
    assert b"transfer-encoding" not in head
    assert f"content-length: {len(body)}".encode() in head.split(b"\r\n")
    assert json.loads(zlib.decompress(body, 31) if b"gzip" in head else body)["count"] > 0


def test_a_client_of_http_1_0_logs_time_without_a_host(server):
    body = server.entry("from long ago")
    lines = [
        f"POST {BASE}/time_entries HTTP/1.0", f"Authorization: Bearer {server.token}", "Content-Type: application/json",
        f"Content-Length: {len(body)}", "", "",
    ]  # fmt: skip
    assert server.ask("\r\n".join(lines).encode() + body).statuses == [200]
    assert server.notes().count("from long ago") == 1


# Going on -----------------------------------------------------------------------------------------


def test_a_connection_is_kept_for_request_after_request(server, entry_id, plain):
    for number in range(20):
        plain.sendall(asking(server, f"{BASE}/time_entries/{entry_id if number % 2 else 999_999}"))
        heard = b""
        while not parsed(heard)[0]:
            heard += plain.recv(65_536)
        ((answer,), rest) = parsed(heard)
        assert (answer.status, rest) == (200 if number % 2 else 404, b"")
        assert "connection" not in answer.headers


def test_requests_that_are_sent_ahead_are_answered_in_their_order(server, entry_id, plain):
    shown = f"/time_entries/{entry_id}"
    paths = [shown, "/users/me", "/nowhere", "/time_entries?per_page=1", shown] * 6
    body = server.entry("sent ahead")
    plain.sendall(
        b"".join(asking(server, BASE + path) for path in paths)
        + server.post(body, "Connection: close", f"Content-Length: {len(body)}")
    )
    answers, rest = parsed(whole(plain))
    assert rest == b""
    assert [answer.status for answer in answers] == [404 if path == "/nowhere" else 200 for path in paths] + [200]
    assert len({answer.body for answer in answers[:-1]}) == 4
    assert server.notes().count("sent ahead") == 1


# One write ----------------------------------------------------------------------------------------


def segments(connection):
    number, at = DATA_SEGMENTS_IN
    return number.unpack_from(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232), at)[0]


def test_a_small_answer_comes_in_one_segment(server, entry_id, plain):
    body = server.entry("one segment")
    for request in (
        server.head(), server.head("GET /nowhere HTTP/1.1"), asking(server, BASE + "/users", line="HEAD {} HTTP/1.1"),
        asking(server, f"{BASE}/time_entries/{entry_id}"), asking(server, BASE + "/time_entries"), server.post(body),
        asking(server, BASE + "/time_entries?per_page=200", "Accept-Encoding: gzip"),
    ):  # fmt: skip
        before = segments(plain)
        plain.sendall(request)
        heard = plain.recv(65_536)
        assert segments(plain) - before == 1, request
        head, _, content = heard.partition(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length: "))
        assert len(content) == (0 if request.startswith(b"HEAD") else int(length[16:]))


def test_a_client_that_waits_to_send_its_body_is_told_before_there_is_an_answer(server, plain):
    body = server.entry("told first")
    plain.sendall(server.post(b"", "Expect: 100-continue", f"Content-Length: {len(body)}"))
    assert plain.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    before = segments(plain)
    plain.sendall(body)
    assert plain.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")
    assert segments(plain) - before == 1


def test_a_long_answer_comes_whole(server, plain):
    for _ in range(3):
        plain.sendall(asking(server, BASE + "/time_entries?per_page=200&include=user,workspace,story,role"))
        heard, end = b"", time.monotonic() + 10
        while not parsed(heard)[0]:
            assert time.monotonic() < end
            heard += plain.recv(65_536)
        ((answer,), rest) = parsed(heard)
        assert rest == b""
        assert len(answer.body) > 64 * 1024
        assert json.loads(answer.body)["count"] > 0
