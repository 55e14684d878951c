"""A build that is broken on purpose: a boolean in words that it does not know is a surprise to it. The fault suite
must catch it.
"""

from typing import Any

from timewright import cli
from timewright.presenting import kinds

_WORDS = {"true": True, "false": False}


def read(_: kinds.Boolean, raw: Any, wire: kinds.Wire) -> bool:  # noqa: ARG001
    """Read a boolean without a thought for what else there is."""
    return raw if isinstance(raw, bool) else _WORDS[str(raw).lower()]


def main() -> None:
    """Run the broken build."""
    kinds.Boolean.read = read  # type: ignore[method-assign]
    cli.main()
