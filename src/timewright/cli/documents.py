"""`timewright documents`: write the pages that are made from the declarations. For those who build Timewright."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def write(
    folder: Annotated[Path, typer.Argument(help="The project's docs folder.")] = Path("docs"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a page is not current.")] = False,
) -> None:
    """Write the reference pages, the settings page and the schema; with --check only compare."""
    from timewright.documents import pages

    stale = []
    for name, content in pages().items():
        path = folder / name
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != content:
                stale.append(name)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    if stale:
        print(f"Not current: {', '.join(stale)}. Run 'make docs'.")
        raise typer.Exit(1)
