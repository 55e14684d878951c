"""The API as it describes itself: `/openapi.json`, and `/docs`, which shows it in Swagger UI.

Both are the same for everyone and hold nothing of an account, so that they need no token. They change with the
program alone: a client may keep them and ask whether they are still current.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from timewright import __version__
from timewright.errors import NotFound
from timewright.presenting.openapi import Examples, document
from timewright.presenting.registry import Registry

_HERE = Path(__file__).parent
EXAMPLES = _HERE / "examples.json"
"""The examples, executed when they were made (`examples.py`)."""

VENDORED = _HERE / "reference" / "vendored.json"
"""What is not ours among the files of the page: from where, under which licence, and what it must be."""

_PAGE: Mapping[str, tuple[str, str]] = {
    "": ("reference/index.html", "text/html; charset=utf-8"),
    "start.js": ("reference/start.js", "text/javascript; charset=utf-8"),
    "swagger-ui.css": ("reference/swagger_ui/swagger-ui.css", "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": ("reference/swagger_ui/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
}
"""The files of the page, by their name in the address."""

# Swagger UI draws its arrows with images inside its style sheet. Requests that are tried out go to this server alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KEPT = "public, no-cache"
"""A copy may be kept, and is asked after each time."""


class Described:
    """The document of a registry, made when it is first asked for, and the page that shows it."""

    def __init__(self, registry: Registry, base: str) -> None:
        self._registry = registry
        self._base = base
        self._document: bytes | None = None

    async def openapi(self, request: Request) -> Response:
        """`GET /openapi.json`"""
        if self._document is None:
            self._document = msgspec.json.encode(document(self._registry, self._base, __version__, examples()))
        return _unless_known(request, self._document, "application/json")

    async def page(self, request: Request) -> Response:
        """`GET /docs`, and the files that it loads."""
        found = _PAGE.get(request.path_params.get("file", ""))
        if found is None:
            raise NotFound
        response = _unless_known(request, _content(found[0]), found[1])
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


def examples() -> Examples:
    """The examples that come with the program."""
    read: Examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return read


@cache
def _content(name: str) -> bytes:
    return (_HERE / name).read_bytes()


@cache
def _tag(content: bytes) -> str:
    # Weak (RFC 9110, 8.8.3): the same tag stands over the content in gzip and as it is.
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def _unless_known(request: Request, content: bytes, media_type: str) -> Response:
    """The content, or 304 to a client that has it already (RFC 9110, 13.1.2)."""
    tag = _tag(content)
    headers = {"ETag": tag, "Cache-Control": _KEPT}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if known & {tag.removeprefix("W/"), "*"}:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
