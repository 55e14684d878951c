"""A client of the API, for code that waits (`Timewright`) and code that awaits (`AsyncTimewright`).

    with Timewright("http://127.0.0.1:8000/api/v1", token) as client:
        client.time_entries.create(workspace_id=1, date_performed="2026-11-19", time_in_minutes=90)
        for entry in client.time_entries.list(include="user", date_performed_between="2026-11-01:"):
            print(entry["user"]["full_name"], entry["time_in_minutes"])

It speaks the wire's words and works with every server that speaks them. docs/client.md says what it sends again.
"""

try:
    import httpx2  # noqa: F401 - to say what is missing
except ImportError:
    raise ImportError("The client needs httpx2: install timewright[client].") from None

from timewright.client.awaiting import AsyncListing, AsyncTimewright
from timewright.client.blocking import Listing, Timewright
from timewright.client.calls import Page
from timewright.client.errors import (
    BadRequest,
    Conflict,
    Detail,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServerFailed,
    TimewrightError,
    Unauthenticated,
    Unreachable,
)
from timewright.client.exchange import Retries

__all__ = [
    "AsyncListing",
    "AsyncTimewright",
    "BadRequest",
    "Conflict",
    "Detail",
    "Forbidden",
    "Invalid",
    "Listing",
    "Malformed",
    "NotFound",
    "OutcomeUnknown",
    "Page",
    "RateLimited",
    "Refused",
    "Retries",
    "ServerFailed",
    "Timewright",
    "TimewrightError",
    "Unauthenticated",
    "Unreachable",
]
