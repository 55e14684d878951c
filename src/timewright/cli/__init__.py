"""The command line. Data on standard output, everything else on standard error.

Exit codes: 0 done, 1 unexpected failure, 2 wrong usage, 4 not found, 5 refused.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from timewright import __version__
from timewright.cli import api, backup, demo, doctor, documents, serve, tokens, users
from timewright.settings import Misconfigured

app = typer.Typer(
    name="timewright",
    help="A self-hosted time-tracking server that speaks the Kantata OX API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("api")(api.api)
app.command("doctor")(doctor.doctor)
app.command("documents", hidden=True)(documents.write)
app.add_typer(backup.app, name="backup")
app.add_typer(tokens.app, name="token")
app.add_typer(users.app, name="user")


def _version(asked: bool) -> None:
    if asked:
        print(f"timewright {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """A self-hosted time-tracking server that speaks the Kantata OX API."""


def main() -> None:
    """The `timewright` command."""
    try:
        app()
    except Misconfigured as error:
        print(error, file=sys.stderr)
        sys.exit(2)
