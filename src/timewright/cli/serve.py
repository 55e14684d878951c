"""`timewright serve`: run the server."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from timewright.cli.ground import DatabaseUrl


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 picks a free one.", show_default="8000")] = None,
    database: DatabaseUrl = None,
) -> None:
    """Run the server. A database that is empty or older than the program is brought up to date first.

    Example: timewright serve --port 8080 --database sqlite:////srv/timewright/timewright.sqlite
    """
    from timewright import settings
    from timewright.api.app import application
    from timewright.resources import REGISTRY
    from timewright.server import open_database, run, write_logs

    chosen, _ = settings.load(host=host, port=port, database_url=database)
    write_logs(chosen.log_format)
    opened = open_database(chosen, serving=True)
    try:
        run(
            application(opened, REGISTRY, chosen),
            chosen,
            lambda address: print(f"Timewright answers on {address}/api/v1", file=sys.stderr, flush=True),
        )
    finally:
        opened.close()
