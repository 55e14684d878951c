"""Requests that are not quite HTTP, by family, each with what may be answered.

Most carry a second request that is well-formed and logs time. A server that reads the first one otherwise than
whoever stands before it would carry that out: its notes are the case's name.

Long because the families are read side by side.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

STRICT = (400,)
"""What the standard leaves no choice about, and what we refuse the same way (RFC 9112)."""

ANY = (200, 400, 401, 403, 404, 408, 413, 414, 415, 422, 431)
"""Any answer that is no failure of the server."""


@dataclass(frozen=True)
class Case:
    """One exchange: what is sent, in parts; the statuses that may come back, for the first answer and in all;
    and how many entries it may store.
    """

    name: str
    parts: tuple[bytes, ...]
    statuses: tuple[int, ...] = STRICT
    answers: int = 1
    rows: int = 0


class Corpus:
    """The cases for one token and one project."""

    def __init__(self, token: str, workspace_id: int) -> None:
        self._token = token
        self._workspace_id = workspace_id

    def cases(self) -> list[Case]:
        """All of them, each under a name of its own."""
        families = (
            self._lengths_and_encodings, self._two_lengths, self._bad_lengths, self._encodings, self._folds,
            self._bare_line_feeds, self._bare_carriage_returns, self._controls, self._names, self._chunk_sizes,
            self._chunk_ends, self._chunk_extensions, self._trailers, self._line_ends, self._versions, self._targets,
            self._hosts, self._authorizations, self._methods, self._long, self._junk, self._other_protocols,
            self._hidden, self._last_ones, self._upgrades, self._expectations, self._cut_off,
        )  # fmt: skip
        made = []
        for family in families:
            name = family.__name__.strip("_").replace("_", "-")
            made += [Case(f"{name}-{number}", *case) for number, case in enumerate(family())]
        return [self._named(case) for case in made]

    def _named(self, case: Case) -> Case:
        # The notes have a fixed length, so that no Content-Length depends on the name.
        notes = case.name.ljust(40, ".").encode()
        parts = tuple(part.replace(b"@" * 40, notes) for part in case.parts)
        return Case(case.name, parts, case.statuses, case.answers, case.rows)

    # What the cases are made of ----------------------------------------------------------------

    @property
    def _body(self) -> bytes:
        members = {"workspace_id": self._workspace_id, "date_performed": "2026-02-02", "time_in_minutes": 30}
        return json.dumps({"time_entry": {**members, "notes": "@" * 40}}).encode()

    def _post(self, *headers: bytes, line: bytes = b"POST /api/v1/time_entries HTTP/1.1") -> bytes:
        """A head with everything but the length."""
        own = (b"Host: x", b"Authorization: Bearer " + self._token.encode(), b"Content-Type: application/json")
        return b"".join(each + b"\r\n" for each in (line, *own, *headers, b""))

    @property
    def _smuggled(self) -> bytes:
        return self._post(b"Content-Length: %d" % len(self._body)) + self._body

    @property
    def _chunked(self) -> bytes:
        """A good body in two chunks."""
        first, second = self._body[:20], self._body[20:]
        return b"14\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (first, len(second), second)

    # Where a request ends ----------------------------------------------------------------------

    def _lengths_and_encodings(self) -> Iterator[tuple]:
        for coding in (b"chunked", b"Chunked", b"CHUNKED", b"identity", b"gzip, chunked"):
            for length in (b"0", b"5", b"%d" % (5 + len(self._smuggled))):
                one, two = b"Content-Length: " + length, b"Transfer-Encoding: " + coding
                for headers in ((one, two), (two, one)):
                    yield (self._post(*headers) + b"0\r\n\r\n" + self._smuggled,), STRICT

    def _two_lengths(self) -> Iterator[tuple]:
        all_of_it = b"%d" % len(self._smuggled)
        pairs = ((b"0", all_of_it), (all_of_it, b"0"), (b"5", b"6"), (b"6", b"5"), (b"0", b"0"), (b"0", b"00"))
        for one, two in pairs:
            for name in (b"Content-Length", b"content-length", b"CONTENT-LENGTH"):
                yield (self._post(b"Content-Length: " + one, name + b": " + two) + self._smuggled,), STRICT
        yield (self._post(*[b"Content-Length: 0"] * 3) + self._smuggled,), STRICT

    def _bad_lengths(self) -> Iterator[tuple]:
        for value in (
            b"+0", b"-0", b"-1", b"+5", b"0 0", b"0,0", b"0, 5", b"0;", b"0x0", b"0.0", b"0e0", b"", b" ", b"\t",
            b"18446744073709551616", b"99999999999999999999999999", b"9" * 400, b"0\t0", b"--0", b"NaN", b"five",
            b"0_0", b"'0'", b'"0"', b"0\x0b", b"\x0b0", b"(0)", b"\xd9\xa0", b"\xef\xbc\x90", b"0\x00", b"\x000",
            b"0\x80", b"0 ;", b"0\r", b",0", b"0,",
        ):  # fmt: skip
            yield (self._post(b"Content-Length: " + value) + self._smuggled,), STRICT

    def _encodings(self) -> Iterator[tuple]:
        for value in (
            b"xchunked", b"chunkedx", b"chunked, chunked", b"chunked,chunked", b"chunked, identity", b"identity",
            b"identity, chunked", b"gzip", b"gzip, chunked", b"deflate, chunked", b"chunked, gzip", b"", b" ", b"x",
            b"chunked;", b"chunked;q=1", b"chunked; a=b", b'"chunked"', b"'chunked'", b"chunked\x0b", b"\x0bchunked",
            b"chunked\x00", b"\x00chunked", b"chun\x6bed,", b",chunked", b"ch unked", b"chunked chunked", b"cow",
            b"\xc3\xa7hunked", b"chunked\xa0", b"chunked\r", b"trailers",
        ):  # fmt: skip
            yield (self._post(b"Transfer-Encoding: " + value) + b"0\r\n\r\n" + self._smuggled,), STRICT
        for more in (b"chunked", b"identity", b"", b"gzip", b"cow"):
            for pair in ((b"chunked", more), (more, b"chunked")):
                headers = [b"Transfer-Encoding: " + each for each in pair]
                yield (self._post(*headers) + b"0\r\n\r\n" + self._smuggled,), STRICT
        old = b"POST /api/v1/time_entries HTTP/1.0"
        yield (self._post(b"Transfer-Encoding: chunked", line=old) + b"0\r\n\r\n" + self._smuggled,), STRICT
        # Good ones, so that the rest is not refused for another reason.
        for name in (b"Transfer-Encoding: chunked", b"transfer-encoding:chunked", b"TRANSFER-ENCODING:\tCHUNKED "):
            yield (self._post(name) + self._chunked,), (200,), 1, 1

    # Lines -------------------------------------------------------------------------------------

    def _folds(self) -> Iterator[tuple]:
        for header in (b"X: a", b"X:", b"Content-Length: 0", b"Transfer-Encoding:", b"Connection: a", b"Expect: a"):
            for fold in (b" b", b"\tb", b" ", b"\t", b" chunked", b"  X: y"):
                yield (self._post(header + b"\r\n" + fold) + self._smuggled,), STRICT

    def _bare_line_feeds(self) -> Iterator[tuple]:
        good = self._post(b"Content-Length: 0")
        lines = good.count(b"\r\n")
        for number in range(lines):
            parts = good.split(b"\r\n")
            at = number + 1
            yield (b"\r\n".join(parts[:at]) + b"\n" + b"\r\n".join(parts[at:]) + self._smuggled,), STRICT
        yield (good.replace(b"\r\n", b"\n") + self._smuggled,), STRICT
        yield (good.replace(b"\r\n", b"\n\n") + self._smuggled,), STRICT
        yield (good.replace(b"\r\n", b"\n\r") + self._smuggled,), STRICT
        yield (self._post(b"X: a\nContent-Length: 0") + self._smuggled,), STRICT

    def _bare_carriage_returns(self) -> Iterator[tuple]:
        good = self._post(b"Content-Length: 0")
        for number in range(good.count(b"\r\n")):
            parts = good.split(b"\r\n")
            at = number + 1
            for end in (b"\r", b"\r\r\n"):
                yield (b"\r\n".join(parts[:at]) + end + b"\r\n".join(parts[at:]) + self._smuggled,), STRICT
        yield (self._post(b"X: a\rContent-Length: 0") + self._smuggled,), STRICT

    def _controls(self) -> Iterator[tuple]:
        for byte in (b"\x00", b"\x01", b"\x08", b"\x0b", b"\x0c", b"\x1f", b"\x7f"):
            yield (self._post(b"Content-Length: 0", b"X: a" + byte + b"b") + self._smuggled,), STRICT
            yield (self._post(b"Content-Length: 0", b"X" + byte + b": a") + self._smuggled,), STRICT
            yield (self._post(b"Content-Length: 0", line=b"POST /a" + byte + b"b HTTP/1.1") + self._smuggled,), STRICT
            yield (self._post(b"Content-Length: 0", line=b"PO" + byte + b"ST /a HTTP/1.1") + self._smuggled,), STRICT

    def _names(self) -> Iterator[tuple]:
        for name in (b"Content-Length ", b"Content-Length\t", b"Transfer-Encoding ", b"Host ", b"X ", b"X Y", b"", b" ",
                     b"X\x80", b"\xc3\xa9", *(b"X" + bytes([each]) for each in b'(),/;<=>?@[\\]{}"')):  # fmt: skip
            yield (self._post(name + b": 0", b"Content-Length: 0") + self._smuggled,), STRICT
        for line in (b"no colon at all", b":", b": x", b" X: y", b"\tX: y", b"Content-Length"):
            yield (self._post(line, b"Content-Length: 0") + self._smuggled,), STRICT
        yield (self._post(b"Content_Length: 0") + self._body,), ANY, 2
        first = b"POST /api/v1/time_entries HTTP/1.1\r\n"
        for space in (b" ", b"\t", b" \t "):
            rest = self._post(b"Content-Length: 0").removeprefix(first)
            yield (first + space + rest + self._smuggled,), STRICT

    # Chunks ------------------------------------------------------------------------------------

    def _in_chunks(self, framed: bytes) -> bytes:
        return self._post(b"Transfer-Encoding: chunked") + framed + self._smuggled

    def _chunk_sizes(self) -> Iterator[tuple]:
        for size in (b"0x3", b"-3", b"+3", b" 3", b"3 ", b"3\t", b"", b"g", b"3g", b"3 3", b"3,3", b"3.0", b"\x003",
                     b"3\x00", b"FFFFFFFFFFFFFFFF3", b"10000000000000003", b"0" * 40 + b"g", b"\xef\xbc\x93", b"'3'",
                     b"3\x0b", b"3\r", b"0x", b"_3", b"3h"):  # fmt: skip
            yield (self._in_chunks(size + b"\r\nabc\r\n0\r\n\r\n"),), STRICT
        for end in (b"\n", b"\r", b"\n\r", b"\r\r\n", b"\n\n"):
            yield (self._in_chunks(b"3" + end + b"abc\r\n0\r\n\r\n"),), STRICT
        for zero in (b"0\n", b"0\r", b"00 \r\n", b"0 \r\n", b"-0\r\n", b"+0\r\n"):
            yield (self._in_chunks(b"3\r\nabc\r\n" + zero + b"\r\n"),), STRICT

    def _chunk_ends(self) -> Iterator[tuple]:
        for end in (
            b"",
            b"\n",
            b"\r",
            b"x\r\n",
            b"\n\r",
            b"\r\r\n",
            b" \r\n",
            b"\x00\r\n",
            b"xx",
            b"\r\n\r\n",
            b"\r\n\n",
        ):
            yield (self._in_chunks(b"3\r\nabc" + end + b"0\r\n\r\n"),), STRICT
        for last in (b"\n", b"\r\r\n", b"\rx", b" \r\n", b"\x00\r\n", b"\n\n"):
            yield (self._in_chunks(b"3\r\nabc\r\n0\r\n" + last),), STRICT

    def _chunk_extensions(self) -> Iterator[tuple]:
        for extension in (b";a", b";a=b", b';a="b"', b";a=b;c=d"):
            framed = self._chunked.replace(b"14\r\n", b"14" + extension + b"\r\n")
            yield (self._post(b"Transfer-Encoding: chunked") + framed,), (200,), 1, 1
        for extension in (b";a\n", b";a\rb", b";a=b\n0\n", b";\x00", b";a=\x00", b';a="b\n"', b";a=b\rc", b" ;a\n"):
            yield (self._in_chunks(b"3" + extension + b"\r\nabc\r\n0\r\n\r\n"),), STRICT
        yield (self._in_chunks(b"3;" + b"a" * 600_000 + b"\r\nabc\r\n0\r\n\r\n"),), STRICT

    def _trailers(self) -> Iterator[tuple]:
        framed = self._chunked[:-2]
        for trailer in (b"X: y", b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Host: y",
                        b"Expect: 100-continue", b"Authorization: Bearer x", b"Content-Type: text/plain",
                        b"Content-Encoding: gzip", b"Connection: close", b"Idempotency-Key: x"):  # fmt: skip
            # What a trailer says changes nothing; a length or an encoding in it may also be refused.
            yield (self._post(b"Transfer-Encoding: chunked") + framed + trailer + b"\r\n\r\n",), (200, 400), 1, 1
        for trailer in (b"X : y", b"X: y\n", b"X: a\x00", b"X: y\r\n z", b" X: y", b"no colon", b": y", b"X: a\rb"):
            yield (self._post(b"Transfer-Encoding: chunked") + framed + trailer + b"\r\n\r\n" + self._smuggled,), STRICT

    def _line_ends(self) -> Iterator[tuple]:
        good = self._post(b"Transfer-Encoding: chunked") + self._chunked
        at = good.find(b"\r\n", len(self._post(b"Transfer-Encoding: chunked")))
        while at >= 0:
            for end in (b"\n", b"\r", b"\r\r\n", b"\n\r"):
                yield (good[:at] + end + good[at + 2 :] + self._smuggled,), STRICT
            at = good.find(b"\r\n", at + 2)

    # The first line ----------------------------------------------------------------------------

    def _versions(self) -> Iterator[tuple]:
        for version in (b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/1.", b"HTTP/1", b"HTTP/.1",
                        b"HTTP/11.1", b"HTTP/1.10", b"http/1.1", b"Http/1.1", b"HTTP/ 1.1", b"HTTP 1.1", b"HTTPS/1.1",
                        b"HTP/1.1", b"HTTP/1.1x", b"HTTP/-1.1", b"HTTP/1,1", b"HTTP/x.y", b"", b"ICE/1.0", b"RTSP/1.0",
                        b"HTTP/1.1 HTTP/1.1", b"HTTP/1.1;", b"\xff\xff"):  # fmt: skip
            line = b"POST /api/v1/time_entries " + version
            yield (self._post(b"Content-Length: 0", line=line) + self._smuggled,), STRICT
        for method in (b"SOURCE / ICE/1.0", b"DESCRIBE / RTSP/1.0"):
            yield (self._post(b"Content-Length: 0", line=method),), (400, 404)
        yield (b"GET /api/v1/users/me\r\n",), (400, 408)
        yield (b"GET /api/v1/users/me\r\n\r\n" + self._smuggled,), STRICT

    def _targets(self) -> Iterator[tuple]:
        for target in (b"healthz", b"a b", b"/a b", b"/\xff", b"http://", b"://x/", b"x:80", b"*", b"\\healthz",
                       b"http://x:99999999/healthz", b"http://[::1/healthz"):  # fmt: skip
            yield (self._post(b"Content-Length: 0", line=b"GET " + target + b" HTTP/1.1"),), (400, 404)
        for target in (
            b"/%zz",
            b"/%",
            b"/%00",
            b"//",
            b"//evil/healthz",
            b"/../../etc/passwd",
            b"/healthz#x",
            b"/\\",
            b"/a?b?c#d",
            b"/%0d%0aX:%20y",
            b"http://evil/nowhere",
            b"http://u:p@evil/nowhere",
            b"/;a=b",
        ):
            yield (self._post(b"Content-Length: 0", line=b"GET " + target + b" HTTP/1.1"),), (200, 400, 404), 1

    def _hosts(self) -> Iterator[tuple]:
        rest = b"Content-Length: 0\r\n\r\n" + self._smuggled
        for hosts in (b"", b"Host: x\r\nHost: x\r\n", b"Host: x\r\nhost: y\r\n", b"Host: x\r\nHOST:\r\n"):
            yield (b"POST /healthz HTTP/1.1\r\n" + hosts + rest,), STRICT
        for host in (
            b"a b",
            b"a/b",
            b"u@x",
            b"a?b",
            b"a#b",
            b"a<b",
            b'a"b',
            b"a\\b",
            b"a|b",
            b"\xff",
            b"a\tb",
            b"http://x",
        ):
            yield (b"POST /healthz HTTP/1.1\r\nHost: " + host + b"\r\n" + rest,), STRICT

    def _authorizations(self) -> Iterator[tuple]:
        good = b"Authorization: Bearer " + self._token.encode()
        length = b"Content-Length: %d" % len(self._body)
        for more in (good, b"Authorization:", b"authorization: Bearer x", b"AUTHORIZATION: Basic eDp5"):
            yield (self._post(length, more) + self._body,), STRICT

    def _methods(self) -> Iterator[tuple]:
        for method in (
            b"post",
            b"Post",
            b"FOO",
            b"",
            b"POST:",
            b"P",
            b"POSTPOST",
            b"GET,POST",
            b"\xff",
            b"GET\x00",
            b"{}",
        ):
            line = method + b" /api/v1/time_entries HTTP/1.1"
            yield (self._post(b"Content-Length: 0", line=line) + self._smuggled,), STRICT
        for line in (b"CONNECT x:443 HTTP/1.1", b"CONNECT / HTTP/1.1", b"CONNECT http://x/ HTTP/1.1"):
            yield (self._post(line=line) + self._smuggled,), STRICT
            yield (self._post(line=line), self._smuggled), STRICT
        for method in (b"TRACE", b"PURGE", b"PROPFIND", b"M-SEARCH", b"OPTIONS", b"DELETE", b"PATCH", b"QUERY"):
            hidden = self._smuggled
            head = self._post(b"Content-Length: %d" % len(hidden), line=method + b" /api/v1/time_entries HTTP/1.1")
            yield (head + hidden,), (400, 404)

    # Sizes -------------------------------------------------------------------------------------

    def _long(self) -> Iterator[tuple]:
        for line, statuses in (
            (b"GET /" + b"a" * 40_000 + b" HTTP/1.1", (414,)),
            (b"GET /?" + b"a" * 300_000 + b" HTTP/1.1", (414,)),
            (b"A" * 100_000 + b" / HTTP/1.1", STRICT),
            (b"GET / HTTP/1.1" + b"1" * 100_000, STRICT),
        ):
            yield (self._post(b"Content-Length: 0", line=line) + self._smuggled,), (*statuses, 431), 2, 1
        for header in (
            b"X: " + b"a" * 40_000,
            b"X: " + b"a" * 900_000,
            b"a" * 40_000 + b": y",
            b"a" * 400_000 + b": y",
            b"\r\n".join([b"X: y"] * 120),
            b"\r\n".join([b"X: y"] * 50_000),
            b"Host:" + b" " * 300_000,
        ):
            yield (self._post(b"Content-Length: 0", header) + self._smuggled,), (400, 431)
        yield (b"\r\n" * 100_000 + self._smuggled,), (431,)
        yield (b"GET /" + b"a" * 900_000,), (414,)

    # What is no HTTP ---------------------------------------------------------------------------

    def _junk(self) -> Iterator[tuple]:
        chance = random.Random(20)
        for number in range(40):
            junk = chance.randbytes(chance.randrange(1, 4_000))
            if number % 2:
                junk = b"GET / HTTP/1.1\r\nHost: x\r\n" + junk
            yield (junk + self._smuggled,), (400, 408)

    def _other_protocols(self) -> Iterator[tuple]:
        for first in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), b"\x16\x03\x03\x00\x05hello",
            b"\x80\x2e\x01\x00\x02\x00\x15", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00" * 5,
            b"PRI * HTTP/2.0\r\n\r\n", b"PRI / HTTP/1.1\r\nHost: x\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n",
            b"\x05\x01\x00",
            b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", b"PING\r\n", b"*1\r\n$4\r\nPING\r\n", b"EHLO x\r\n", b"USER x\r\n",
            b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n", b"\r\n\r\n\x00\r\nQUIT\n" + bytes(20),
            b"\x81\x85\x00\x00\x00\x00hello",
            b"\x03\x00\x00\x13\x0e\xe0\x00\x00", b"\x00\x00\x00\x54\xffSMB", b"stats\r\n", b"{}\r\n", b"<a/>\r\n\r\n",
        ):  # fmt: skip
            yield (first + self._smuggled,), STRICT

    # Two in one --------------------------------------------------------------------------------

    def _hidden(self) -> Iterator[tuple]:
        hidden = self._smuggled
        length = b"Content-Length: %d" % len(hidden)
        for line in (
            b"GET /healthz HTTP/1.1",
            b"PUT /healthz HTTP/1.1",
            b"GET /nowhere HTTP/1.1",
            b"POST /nowhere HTTP/1.1",
            b"POST /api/v1/time_entries HTTP/1.1",
            b"POST /api/v1/users HTTP/1.1",
        ):
            # A body that looks like a request is a body, in one part or in two.
            head = self._post(length, line=line)
            yield (head + hidden,), ANY
            yield (head, hidden), ANY
            framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(hidden), hidden)
            yield (self._post(b"Transfer-Encoding: chunked", line=line), framed), ANY
        # Refused before its body is there: what comes later is still not a request.
        for refused in (b"Content-Encoding: gzip", b"Content-Length: 99000000", b"Authorization: Bearer x"):
            more = (refused,) if refused.startswith(b"Content-Length") else (refused, b"Content-Length: 9999")
            yield (self._post(*more), hidden, hidden), (400, 401, 413, 415)

    def _last_ones(self) -> Iterator[tuple]:
        for last in (
            b"Connection: close",
            b"connection: CLOSE",
            b"Connection: x, close",
            b"Connection: close, keep-alive",
        ):
            head = self._post(b"Content-Length: 0", last)
            yield (head + self._smuggled,), ANY
            yield (head, self._smuggled), ANY
        old = self._post(b"Content-Length: 0", line=b"GET /healthz HTTP/1.0")
        yield (old + self._smuggled,), (200,)
        yield (old, self._smuggled), (200,)

    def _upgrades(self) -> Iterator[tuple]:
        hidden = self._smuggled
        key = (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Sec-WebSocket-Version: 13")
        for wanted in (b"websocket", b"h2c", b"TLS/1.0", b"websocket, h2c", b"x"):
            asks = (b"Connection: Upgrade", b"Upgrade: " + wanted, *key)
            for line in (b"GET /healthz HTTP/1.1", b"POST /nowhere HTTP/1.1"):
                head = self._post(b"Content-Length: %d" % len(hidden), *asks, line=line)
                yield (head + hidden,), (200, 404)
                yield (head, hidden), (200, 404)
            framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(hidden), hidden)
            yield (self._post(b"Transfer-Encoding: chunked", *asks, line=b"POST /nowhere HTTP/1.1"), framed), (404,)
        asks = (b"Connection: Upgrade", b"Upgrade: h2c", b"Content-Length: %d" % len(self._body))
        yield (self._post(*asks) + self._body,), (200,), 1, 1
        yield (self._post(*asks), self._body), (200,), 1, 1

    def _expectations(self) -> Iterator[tuple]:
        length = b"Content-Length: %d" % len(self._body)
        for expected in (
            b"100-continue",
            b"100-Continue",
            b"200-ok",
            b"",
            b"100-continue, x",
            b"100-continue;a=b",
            b"x",
        ):
            yield (self._post(length, b"Expect: " + expected) + self._body,), (200, 400), 1, 1
            yield (self._post(length, b"Expect: " + expected), self._body), (200, 400), 1, 1
        yield (self._post(length, b"Expect: 100-continue", b"Expect: 100-continue"), self._body), (200, 400), 1, 1
        yield (self._post(b"Content-Length: 0", b"Expect: 100-continue", line=b"GET /healthz HTTP/1.1"),), (200,)

    def _cut_off(self) -> Iterator[tuple]:
        whole = self._smuggled
        head = len(whole) - len(self._body)
        for at in _spread(1, len(whole) - 1, 24):
            yield (whole[:at],), (408,)
        for at in _spread(head, len(whole) - 1, 6):
            yield (whole[:at], whole[at : at + 1][:-1]), (408,)
        whole = self._post(b"Transfer-Encoding: chunked") + self._chunked
        for at in _spread(len(whole) - len(self._chunked), len(whole) - 1, 16):
            yield (whole[:at],), (408,)


def _spread(first: int, last: int, count: int) -> Sequence[int]:
    return [first + (last - first) * number // (count - 1) for number in range(count)]
