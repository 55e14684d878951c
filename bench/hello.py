"""The denominators over HTTP, on the server's own uvicorn, uvloop and httptools settings.

`GET` answers a few bytes. `POST` reads a time entry with msgspec, checks it and answers an envelope, and
knows no database.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import msgspec

from timewright.server import run
from timewright.settings import Settings
from timewright.tables import MOST_MINUTES


class Entry(msgspec.Struct):
    """A time entry as it is sent."""

    workspace_id: int
    date_performed: str
    time_in_minutes: Annotated[int, msgspec.Meta(ge=1, le=MOST_MINUTES)]
    story_id: int | None = None
    notes: str | None = None
    external_reference: dict[str, str] | None = None


class Sent(msgspec.Struct):
    """The body of a request."""

    time_entry: Entry


_decode = msgspec.json.Decoder(Sent).decode
_encode = msgspec.json.Encoder().encode
_TYPE = (b"content-type", b"application/json; charset=utf-8")


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer."""
    if scope["type"] == "lifespan":
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})
        return
    content = b'{"hello":"world"}'
    if scope["method"] == "POST":
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        content = _encode(_envelope(_decode(body).time_entry))
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [_TYPE, length]})
    await send({"type": "http.response.body", "body": content})


def _envelope(entry: Entry) -> dict[str, Any]:
    shown = {
        "id": "1",
        "workspace_id": str(entry.workspace_id),
        "story_id": str(entry.story_id),
        "date_performed": entry.date_performed,
        "time_in_minutes": entry.time_in_minutes,
        "notes": entry.notes,
        "billable": True,
    }
    return {
        "count": 1,
        "results": [{"key": "time_entries", "id": "1"}],
        "time_entries": {"1": shown},
        "meta": {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20},
    }


if __name__ == "__main__":
    run(app, Settings(port=int(sys.argv[1])), lambda _: None)
