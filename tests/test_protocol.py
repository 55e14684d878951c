"""What ends a connection: sizes, deadlines, numbers. A server in a process of its own, and real sockets."""

import asyncio
import json
import os
import signal
import socket
import time
from pathlib import Path

import httpx2
import pytest

from faults import slow
from tests.sockets import parsed, served
from timewright.server import DRAIN_SECONDS

pytestmark = pytest.mark.xdist_group("protocol")  # one server, and one worker that asks it

HEADER, BODY, GRACE, IDLE, WRITE = 0.6, 1.2, 0.6, 0.8, 1.0
SLACK = 3.0
"""How much later than its deadline a connection may end on a busy machine, in seconds."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    how = {
        "header_seconds": HEADER, "body_seconds": BODY, "body_grace_seconds": GRACE, "idle_seconds": IDLE,
        "write_seconds": WRITE, "most_body_bytes": 300_000, "most_connections_per_address": 40,
    }  # fmt: skip
    with served(tmp_path_factory.mktemp("served"), **how) as made:
        yield made


def refused(heard, status, wire_type="system"):
    """One answer, a refusal in the wire's shape, and then the end."""
    assert heard.statuses == [status]
    assert heard.rest == b""
    (answer,) = heard.answers
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.error["type"] == wire_type
    assert set(answer.error) == {"type", "message"}


# Sizes --------------------------------------------------------------------------------------------


def test_headers_up_to_the_limits_are_read_and_one_more_is_not(server):
    assert server.ask(server.head("GET /healthz HTTP/1.1", *["X: y"] * 99)).statuses == [200]
    refused(server.ask(server.head("GET /healthz HTTP/1.1", *["X: y"] * 100)), 431)
    room = 32 * 1024 - len("host") - len("x") - 4 - len("x") - 4
    assert server.ask(server.head("GET /healthz HTTP/1.1", "X: " + "y" * room)).statuses == [200]
    refused(server.ask(server.head("GET /healthz HTTP/1.1", "X: " + "y" * (room + 1))), 431)


def test_headers_behind_a_body_have_the_same_limit(server):
    long = server.head("GET /healthz HTTP/1.1", "X: " + "y" * 33_000)
    for before in (server.head(), server.head("POST /nowhere HTTP/1.1", "Content-Length: 3") + b"abc"):
        assert server.ask(before + long).statuses[1:] == [431]
        assert server.ask(before + long[:20_000], long[20_000:]).statuses[1:] == [431]


def test_headers_that_never_end_are_refused_before_they_end(server):
    for more in (b"y" * 5_000_000, b"X: y\r\n" * 800_000):
        heard = server.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + more)
        refused(heard, 431)
        assert heard.seconds < HEADER + SLACK
    refused(server.ask(b"\r\n" * 100_000), 431)


def test_an_address_that_never_ends_is_refused_before_it_ends(server):
    refused(server.ask(b"GET /" + b"a" * 1_000_000), 414)


def test_a_long_address_and_long_headers_have_a_limit_each(server):
    heard = server.ask(server.head(f"GET /healthz?{'a' * 32_000} HTTP/1.1", "X: " + "y" * 32_000))
    assert heard.statuses == [200]
    assert server.ask(server.head(f"GET /healthz?{'a' * 33_000} HTTP/1.1")).statuses == [414]


def test_a_body_over_the_limit_is_refused_declared_or_in_chunks(server):
    refused(server.ask(server.post(b"", "Content-Length: 300001")), 413)
    chunk = b"186a0\r\n" + b" " * 100_000 + b"\r\n"
    refused(server.ask(server.post(chunk * 4, "Transfer-Encoding: chunked")), 413)
    refused(server.ask(server.post(b"", "Transfer-Encoding: chunked"), *[chunk] * 4), 413)


def test_framing_without_end_is_refused(server):
    for framing in (b"1;" + b"a" * 800_000, b"1\r\nx\r\n0\r\nX: " + b"a" * 800_000, b"0\r\n" + b"X: y\r\n" * 200_000):
        assert server.ask(server.post(framing, "Transfer-Encoding: chunked")).statuses == [400]


# Deadlines ----------------------------------------------------------------------------------------


def drip(parts, pause=0.1):
    """Parts that come slowly, each on its own."""
    return [each for part in parts for each in [part, *[b""] * round(pause / 0.05)]]


def test_a_head_that_drips_is_refused_in_time(server):
    heard = server.ask(*drip([b"GET /healthz HTTP/1.1\r\nHost: x\r\n", *[b"X: y\r\n"] * 60]))
    refused(heard, 408)
    assert HEADER <= heard.seconds < HEADER + SLACK


def test_a_body_that_drips_is_refused_in_time_and_nothing_is_stored(server):
    body = server.entry("dripped")
    for head, parts in (
        (server.post(b"", f"Content-Length: {len(body)}"), [bytes([byte]) for byte in body]),
        (server.post(b"", "Transfer-Encoding: chunked"), [b"1\r\n%c\r\n" % byte for byte in body]),
        (server.post(b"", "Transfer-Encoding: chunked"), [b"%x\r\n%b\r\n" % (len(body), body), b"0\r\n", b"X: y\r\n"]),
    ):
        heard = server.ask(head, *drip(parts), seconds=10)
        refused(heard, 408)
        assert GRACE <= heard.seconds < BODY + SLACK
    assert "dripped" not in server.notes()


def test_a_body_that_comes_fast_enough_for_its_pace_but_never_ends_is_refused(server):
    heard = server.ask(server.post(b"", "Content-Length: 250000"), *[b" " * 1_000] * 200)
    refused(heard, 408)
    assert BODY <= heard.seconds < BODY + SLACK


def test_a_client_that_waits_to_be_told_to_send_its_body_is_told_and_then_timed(server):
    body = server.entry("continued")
    head = server.post(b"", "Expect: 100-continue", f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain:
        plain.sendall(head)
        assert plain.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        plain.sendall(body)
        assert plain.recv(100).startswith(b"HTTP/1.1 200 ")
    refused(server.ask(head), 408)
    assert server.notes().count("continued") == 1


def test_a_socket_that_says_nothing_is_closed_without_a_word(server):
    heard = server.ask()
    assert (heard.answers, heard.rest) == ((), b"")
    assert HEADER <= heard.seconds < HEADER + SLACK


def test_an_idle_connection_is_kept_for_a_while_and_closed_without_a_word(server):
    heard = server.ask(server.head(), *[b""] * 8, server.head())
    assert heard.statuses == [200, 200]
    assert heard.rest == b""
    assert IDLE + 0.4 <= heard.seconds < IDLE + 0.4 + SLACK


def test_a_late_second_request_is_refused_after_the_first_is_answered(server):
    heard = server.ask(server.head() + b"GET /healthz HTTP/1.1\r\nHo")
    assert heard.statuses == [200, 408]


def test_what_is_no_http_behind_a_good_request_is_refused_after_its_answer(server):
    heard = server.ask(server.post(server.entry("before junk")) + b"junk\r\n\r\n")
    assert heard.statuses == [200, 400]
    heard = server.ask(server.post(server.entry("and again")) * 3 + server.post(b"x\r\n", "Transfer-Encoding: chunked"))
    assert heard.statuses == [200, 200, 200, 400]
    assert server.notes().count("and again") == 3


def test_an_answer_that_is_not_taken_is_given_up(server):
    path = "/api/v1/time_entries?per_page=200&include=user,workspace,story"
    request = server.head(f"GET {path} HTTP/1.1", f"Authorization: Bearer {server.token}")
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        plain.settimeout(10)
        plain.connect(("127.0.0.1", server.port))
        plain.sendall(request * 30)
        time.sleep(0.5)
        assert plain.getsockname() in slow.established(server.port)
        until(lambda: plain.getsockname() not in slow.established(server.port), WRITE * 3 + SLACK)
    given_up = [line["unsent_bytes"] for line in logged(server) if line["event"] == "answer_not_taken"]
    assert given_up
    assert min(given_up) > 0
    # The request under way was told, and not only the last of those that were sent ahead.
    assert not [line for line in logged(server) if line["event"] == "bug"]


# Refusals before the body is there ----------------------------------------------------------------


def test_a_refusal_is_heard_although_the_body_is_still_being_sent(server):
    body = b" " * 250_000
    length = f"Content-Length: {len(body)}"
    for head, status in (
        (server.head("POST /api/v1/time_entries HTTP/1.1", length), 401),
        (server.head("POST /nowhere HTTP/1.1", length), 404),
        (server.post(b"", length, "Content-Encoding: gzip"), 415),
        (server.post(b"", "Content-Length: 8000000"), 413),
    ):
        heard = server.ask(head, *[body[:50_000]] * 5)
        assert heard.statuses == [status]
        assert heard.answers[0].headers["connection"] == "close"
        assert heard.seconds < SLACK


def test_a_client_that_sends_first_and_reads_then_hears_the_refusal(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain:
        plain.sendall(server.head("POST /nowhere HTTP/1.1", "Content-Length: 250000"))
        for _ in range(25):
            time.sleep(0.01)
            plain.sendall(b" " * 10_000)
        assert plain.recv(65_536).startswith(b"HTTP/1.1 404 ")


def test_a_client_that_never_stops_sending_is_cut_off(server):
    heard = server.ask(server.head("POST /nowhere HTTP/1.1", "Content-Length: 99999999"), *[b" " * 20_000] * 1_000)
    assert heard.statuses == [404]
    assert heard.seconds < SLACK


def test_a_request_that_is_refused_when_its_body_is_there_keeps_the_connection(server):
    heard = server.ask(server.head("POST /nowhere HTTP/1.1", "Content-Length: 3") + b"abc", server.head())
    assert heard.statuses == [404, 200]
    assert "connection" not in heard.answers[0].headers


# Upgrades and what follows the last request -------------------------------------------------------


def test_an_upgrade_is_not_taken_up_and_the_request_is_read_whole(server):
    for number, parts in enumerate((1, 2)):
        body = server.entry(f"upgrade {number}")
        headers = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
        request = server.post(body, *headers, f"Content-Length: {len(body)}")
        cut = len(request) - 50 if parts == 2 else len(request)
        heard = server.ask(request[:cut], request[cut:] + request[:cut], request[cut:])
        assert heard.statuses == [200, 200]
        assert server.notes().count(f"upgrade {number}") == 2


def test_nothing_is_read_after_a_request_that_is_the_last(server):
    for last in ("Connection: close", "Connection: keep-alive, close"):
        heard = server.ask(server.head("GET /healthz HTTP/1.1", last) + server.post(server.entry("after the last")))
        assert heard.statuses == [200]
    assert server.ask(b"GET /healthz HTTP/1.0\r\n\r\n" + server.post(server.entry("after the last"))).statuses == [200]
    assert "after the last" not in server.notes()


def test_so_many_requests_are_taken_at_once_from_one_connection(server):
    heard = server.ask(server.head() * 500)
    assert heard.statuses == [200] * 33
    assert heard.answers[-1].headers["connection"] == "close"


def test_a_client_that_sends_no_more_and_listens_is_answered_whatever_it_asked(server):
    for request, statuses in (
        (server.head(), [200]),
        (server.head("GET /healthz HTTP/1.1", "Connection: close"), [200]),
        (server.post(server.entry("half closed")) * 3, [200] * 3),
        (server.head() + b"junk\r\n\r\n", [200, 400]),
        (server.head() + b"GET /healthz HT", [200]),
        (server.post(b"{", "Content-Length: 90"), []),
        (b"GET /healthz HT", []),
        (b"", []),
    ):
        heard, seconds = half_closed(server, request)
        assert ([answer.status for answer in heard], request) == (statuses, request)
        assert seconds < SLACK
    assert server.notes().count("half closed") == 3


def half_closed(server, request):
    """What is answered to a client that closes its side when it has asked, and after how long."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        plain.sendall(request)
        plain.shutdown(socket.SHUT_WR)
        content = b""
        while some := plain.recv(65_536):
            content += some
    answers, rest = parsed(content)
    assert rest == b""
    return answers, time.monotonic() - begun


# The end of the server ----------------------------------------------------------------------------


def test_a_server_that_stops_tells_whoever_is_still_sending_and_ends_in_time(tmp_path):
    with served(tmp_path) as server:
        idle, begun_head, sending = (socket.create_connection(("127.0.0.1", server.port)) for _ in range(3))
        with idle, begun_head, sending:
            idle.sendall(server.head())
            heard = b""
            while not parsed(heard)[0]:
                heard += idle.recv(1_000)
            begun_head.sendall(b"GET /healthz HT")
            sending.sendall(server.post(b" " * 9_000, "Content-Length: 90000"))
            time.sleep(0.3)
            begun = time.monotonic()
            os.kill(server.pid, signal.SIGTERM)
            sending.settimeout(12)
            (answer,), rest = parsed(sending.recv(65_536))
            assert (answer.status, answer.error["type"], rest) == (408, "system", b"")
            assert idle.recv(1_000) == begun_head.recv(1_000) == b""
        until(lambda: not Path(f"/proc/{server.pid}/fd/0").exists(), 12)
        assert time.monotonic() - begun < DRAIN_SECONDS
    assert not [line for line in logged(server) if line.get("level") == "error"]


# Numbers ------------------------------------------------------------------------------------------


def test_an_address_has_so_many_connections_and_others_are_served(server):
    async def many():
        held = [await asyncio.open_connection("127.0.0.1", server.port, local_addr=("127.0.0.2", 0)) for _ in range(40)]
        more = await server.heard([server.head()], address="127.0.0.2")
        other = await server.heard([server.head()], address="127.0.0.3")
        for _, writer in held:
            writer.close()
        return more, other

    more, other = asyncio.run(many())
    refused(more, 503, "unavailable")
    assert 1 <= int(more.answers[0].headers["retry-after"]) <= 30
    assert other.statuses == [200]
    until(lambda: server.ask(server.head()).statuses == [200], 5)


def test_connections_beyond_what_may_be_open_do_not_end_the_server(tmp_path):
    # Few enough that the process could run out: it holds 300 descriptors at most.
    with served(tmp_path, header_seconds=2, most_connections_per_address=1_000) as server:
        server.may_open(300)

        async def crowd():
            held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(500)]
            await asyncio.sleep(0.5)
            for _, writer in held:
                writer.close()

        asyncio.run(crowd())
        until(lambda: httpx2.get(f"http://127.0.0.1:{server.port}/readyz").status_code == 200, 10)
        body = server.entry("after the crowd")
        heard = server.ask(server.post(body, "Connection: close", f"Content-Length: {len(body)}"))
        assert heard.statuses == [200]


def test_a_server_takes_no_more_connections_than_set(tmp_path):
    with served(tmp_path, most_connections=5) as server:
        base = server.descriptors()
        plain = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
        try:
            refused(server.ask(), 503, "unavailable")
            more = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(150)]
            time.sleep(0.5)
            assert server.descriptors() < base + 5 + 110
            for each in more:
                each.close()
        finally:
            for each in plain:
                each.close()
        until(lambda: server.ask(server.head("GET /healthz HTTP/1.1", "Connection: close")).statuses == [200], 10)


def test_the_limit_on_open_files_is_raised_as_far_as_it_goes(server):
    soft, hard = server.open_limits()
    assert soft == hard
    assert not [line for line in logged(server) if line["event"] in {"bug", "connection_failed"}]


def logged(server):
    """The server's log."""
    log = Path(server.url.removeprefix("sqlite:///")).with_name("server.log")
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def until(is_so, seconds):
    """Wait until it is so; fail when it is not in time."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
