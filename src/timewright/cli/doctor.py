"""`timewright doctor`: look whether everything is well."""

from __future__ import annotations

from typing import Annotated

import typer

from timewright.cli import ground
from timewright.cli.ground import AsJson, DatabaseUrl

UNWELL = 1


def doctor(
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out whether every index fits its rows, which takes longest.")
    ] = False,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Look whether everything is well, also beside a running server. Exit code 1 when there is a problem.

    Example: timewright doctor --quick
    """
    from timewright.doctor import examine

    found = examine(url=database, quick=quick)
    is_well = all(check.state != "problem" for check in found)
    if as_json:
        ground.tell({"is_well": is_well, "checks": found})
    else:
        for check in found:
            print(f"{check.state:8} {check.name:16} {check.told}")
            if check.advice:
                print(f"{'':25} {check.advice}")
    if not is_well:
        raise typer.Exit(UNWELL)
