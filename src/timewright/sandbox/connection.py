"""A connection that can be broken on purpose, by the application behind it."""

from __future__ import annotations

from typing import Any, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from timewright.protocol import Protocol

CUT = "timewright.cut"
"""Where a request's scope holds the function that breaks its connection."""


class Breakable(Protocol):
    """A connection that tells each request how to break it."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        cast("dict[str, Any]", cycle.scope)[CUT] = self.cut
        super()._start_asgi_task(cycle, app)
