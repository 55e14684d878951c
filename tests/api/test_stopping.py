"""What a request is told whose task is ended because the server stops."""

import asyncio

import pytest

from timewright.api.authorization import _actors
from timewright.reader import Reader
from timewright.writer import Writer


@pytest.mark.parametrize(("method", "type_"), [("GET", "unavailable"), ("POST", "outcome_unknown")])
def test_a_request_that_is_cut_off_is_told_only_what_is_certain(house, monkeypatch, method, type_):
    read = Reader.read

    async def never(*_):
        await asyncio.sleep(60)

    async def only_tokens(reader, question, *arguments, **how):
        return await (read if question is _actors else never)(reader, question, *arguments, **how)

    monkeypatch.setattr(Writer, "carry_out_all", never)
    monkeypatch.setattr(Reader, "read", only_tokens)
    sent = []
    body = b'{"time_entry": {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30}}'

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": "/api/v1/time_entries", "raw_path": b"/api/v1/time_entries", "query_string": b"", "root_path": "",
        "client": None, "server": None, "state": {},
        "headers": [
            (b"authorization", b"Bearer " + house.world.tokens["kim"].encode()),
            (b"content-type", b"application/json"),
        ],
    }  # fmt: skip

    async def asked_and_cut_off():
        asked = asyncio.create_task(house.client.app(scope, receive, send))
        await asyncio.sleep(0.3)
        asked.cancel()
        await asyncio.wait([asked])

    house.client.portal.call(asked_and_cut_off)
    assert sent[0]["status"] == 503
    assert f'"type":"{type_}"'.encode() in sent[1]["body"]
