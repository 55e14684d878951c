"""A build that is broken on purpose: it ends no connection that is late. The fault suite must catch it."""

from collections.abc import Iterable
from typing import Any

from timewright import cli, protocol


async def sweep(_shared: protocol.Connections, _connections: Iterable[Any]) -> None:
    """Look at nothing."""


def main() -> None:
    """Run the broken build."""
    protocol.Connections.sweep = sweep  # type: ignore[method-assign]
    cli.main()
