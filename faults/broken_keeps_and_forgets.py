"""A build that is broken on purpose: it keeps every body it ever read, and stores what it tells nobody about. The
fault suite must catch both.
"""

from typing import Any

from timewright import cli
from timewright.errors import Unavailable
from timewright.presenting import body
from timewright.resources import time_entry_verbs
from timewright.wishes import Accepted

_PARAMETERS = body.parameters
_OUTCOME = time_entry_verbs._outcome
KEPT: list[bytes] = []


def parameters(query: str, content_type: str, content: bytes) -> dict[str, Any]:
    """Read a body, and keep so many bytes for each."""
    KEPT.append(bytes(b"x" * 64 * 1024))
    return _PARAMETERS(query, content_type, content)


def outcome(*decided: Any) -> Any:
    """Tell whoever logged exactly three minutes that the server could not."""
    told = _OUTCOME(*decided)
    if isinstance(told, Accepted) and told.rows[0].get("time_in_minutes") == 3:
        return Unavailable()
    return told


def main() -> None:
    """Run the broken build."""
    body.parameters = parameters
    time_entry_verbs._outcome = outcome
    cli.main()
