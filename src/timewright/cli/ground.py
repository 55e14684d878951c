"""What commands stand on: the database of the settings, and how a command ends when it cannot be done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import msgspec
import typer

WRONG_USAGE, NOT_FOUND, REFUSED = 2, 4, 5

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database", help="Where the data is. Default: TIMEWRIGHT_DATABASE_URL.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


@contextmanager
def database(url: str | None) -> Iterator[Any]:
    """The open, migrated database of the settings, or of `--database`."""
    from timewright import settings
    from timewright.server import open_database

    chosen, _ = settings.load(database_url=url)
    opened = open_database(chosen)
    try:
        yield opened
    finally:
        opened.close()


def stop(code: int, message: str) -> NoReturn:
    """End the command with a sentence on standard error."""
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def tell(document: Any) -> None:
    """Write one JSON document on standard output."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()
