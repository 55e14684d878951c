"""Who asks for gzip, and what they get."""

import gzip

import pytest

from timewright.api.compression import SMALLEST_BYTES, asks_for_gzip

LIST = "/time_entries?include=user,workspace,story,role"


@pytest.mark.parametrize(
    "sent",
    [
        "gzip", "GZIP", "x-gzip", " gzip ", "gzip, deflate", "deflate,gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1",
        "gzip;q=1",
        "gzip;q=0.001", "gzip; q=0.5", "gzip ;q=1", "gzip;Q=1", "gzip;q=1, identity;q=0.5", "gzip,identity",
        "gzip;q=0.5, identity;q=0.5", "identity;q=0, gzip;q=0.1", "*;q=0, gzip", ",,gzip,,",
    ],
)  # fmt: skip
def test_gzip_is_asked_for(sent):
    assert asks_for_gzip([(b"host", b"x"), (b"accept-encoding", sent.encode())])


@pytest.mark.parametrize(
    "sent",
    [
        "", "identity", "*", "*;q=1", "br", "deflate", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.000", "gzip; q=0",
        "x-gzip;q=0",
        "identity, gzip;q=0.5", "identity;q=0.6, gzip;q=0.5", "gzipped", "notgzip", "gzip;q=", "gzip;q=x", "gzip;q=-1",
        "gzip;q=2", "gzip;q=nan", "gzip;q=inf", "gzip;x=1", "gzip;;q=1", "gz ip", "\xffgzip",
    ],
)  # fmt: skip
def test_gzip_is_not_asked_for(sent):
    assert not asks_for_gzip([(b"accept-encoding", sent.encode("latin-1"))])


def test_several_headers_are_one_list_and_none_asks_for_nothing():
    assert asks_for_gzip([(b"accept-encoding", b"br"), (b"accept-encoding", b"gzip")])
    assert not asks_for_gzip([(b"accept-encoding", b"identity"), (b"accept-encoding", b"gzip;q=0.9")])
    assert not asks_for_gzip([(b"accept", b"gzip")])
    assert not asks_for_gzip([])


def answer(house, method, path, accept, **how):
    """The answer as it came, not decompressed."""
    headers = {"Accept-Encoding": accept}
    with house.client.stream(
        method, f"/api/v1{path}", headers={**headers, "Authorization": f"Bearer {house.world.tokens['kim']}"}, **how
    ) as told:
        return told, b"".join(told.iter_raw())


def test_a_long_answer_is_compressed_for_who_asks_and_only_then(still_house):
    plain, content = answer(still_house, "GET", LIST, "identity")
    packed, squeezed = answer(still_house, "GET", LIST, "gzip, deflate")
    assert len(content) > SMALLEST_BYTES
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(squeezed))
    assert len(squeezed) < len(content) / 2
    assert gzip.decompress(squeezed) == content
    for told in (plain, packed):
        assert told.headers.get_list("vary") == ["Accept-Encoding"]
        assert told.headers["content-type"] == "application/json; charset=utf-8"
        assert told.headers["cache-control"] == "no-store"
        assert len(told.headers["x-request-id"]) == 32


def test_head_says_what_get_would(still_house):
    for accept in ("identity", "gzip"):
        (get, _), (head, nothing) = (answer(still_house, method, LIST, accept) for method in ("GET", "HEAD"))
        assert nothing == b""
        for told in (get, head):
            del told.headers["x-request-id"]
        assert head.headers == get.headers


def test_a_small_answer_is_not_compressed(still_house):
    for path in ("/users/me", "/time_entries?only=999999", "/nowhere", "/time_entries/1"):
        told, content = answer(still_house, "GET", path, "gzip")
        assert len(content) < SMALLEST_BYTES
        assert "content-encoding" not in told.headers


def test_what_a_write_answers_is_compressed_alike(house):
    entry = {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30}
    one, content = answer(house, "POST", "/time_entries", "gzip", json={"time_entry": entry})
    assert (one.status_code, len(content) < SMALLEST_BYTES) == (200, True)
    assert not {"vary", "content-encoding"} & set(one.headers)
    many, content = answer(house, "POST", "/time_entries", "gzip", json={"time_entries": [entry] * 50})
    assert many.headers["content-encoding"] == "gzip"
    assert b'"count":50' in gzip.decompress(content)
    plain, content = answer(house, "POST", "/time_entries", "identity", json={"time_entries": [entry] * 50})
    assert b'"count":50' in content
    assert not {"vary", "content-encoding"} & set(plain.headers)
