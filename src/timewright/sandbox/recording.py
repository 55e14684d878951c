"""What the server was asked, as a test may look at it: no token and no cookie is in it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

MOST_KEPT = 1_000
"""How many requests are kept; the oldest are forgotten first."""

MOST_BODY_BYTES = 1024 * 1024
"""How much of a body is kept."""

_REDACTED = "[redacted]"
_TOKEN = re.compile(r"tw_[0-9A-Za-z]{10,}")
_SECRET = frozenset({"cookie", "proxy-authorization", "x-api-key"})


class Recorded(msgspec.Struct, kw_only=True):
    """One request. `path` stands below the base address, without a suffix. `part` is whose token it brought, if the
    sample account's. `json` is the body as JSON, if it is that. `status` is null while nothing was answered; of an
    answer that was lost it is what would have been told.
    """

    number: int
    at: str
    method: str
    path: str
    query: list[list[str]]
    headers: dict[str, str]
    part: str | None
    fault: str | None
    text: str = ""
    json: Any = None
    status: int | None = None
    request_id: str | None = None


class Recording:
    """The requests since the last reset, oldest first. `tokens` are those of the sample account, by part."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self.requests: deque[Recorded] = deque(maxlen=MOST_KEPT)
        self._parts = {token: part for part, token in tokens.items()}
        self._count = 0

    def clear(self) -> None:
        """Forget everything; the numbers begin anew."""
        self.requests.clear()
        self._count = 0

    def begin(self, scope: Mapping[str, Any], path: str, at: str, fault: str | None) -> Recorded:
        """Take down a request as it comes."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        query = parse_qsl(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
        self._count += 1
        recorded = Recorded(
            number=self._count,
            at=at,
            method=scope["method"],
            path=_redacted(path),
            query=[[_redacted(name), _redacted(value)] for name, value in query],
            headers={name: _header(name, value) for name, value in headers.items()},
            part=self._parts.get(headers.get("authorization", "").rpartition(" ")[2]),
            fault=fault,
        )
        self.requests.append(recorded)
        return recorded


def take_body(recorded: Recorded, body: bytes) -> None:
    """Take down the body of a request, once it is there."""
    recorded.text = _redacted(body[:MOST_BODY_BYTES].decode("utf-8", "replace"))
    try:
        recorded.json = msgspec.json.decode(recorded.text) if recorded.text else None
    except msgspec.DecodeError:
        recorded.json = None


def _header(name: str, value: str) -> str:
    if name == "authorization":
        # What stands alone is no scheme: it may be a token that was sent without one.
        scheme, *rest = value.split(maxsplit=1) or [""]
        return f"{scheme} {_REDACTED}" if rest else _REDACTED
    return _REDACTED if name in _SECRET else _redacted(value)


def _redacted(text: str) -> str:
    return _TOKEN.sub(_REDACTED, text)
