"""A build that is broken on purpose: its backup is a copy of the main file alone. The fault suite must catch it.

Its server does not write its log back while it runs. A sound one may be found like that at any time, when
somebody reads for long; here it shall not depend on luck.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from timewright import cli, database
from timewright.database import Database

_open_writer = database._open_writer


def copy_to(source: Database, path: Path, tell: Callable[[int, int], None]) -> None:
    """Copy the file, without what stands in its log."""
    file = database.file_of(source.url)
    assert file is not None
    shutil.copyfile(file, path)
    tell(0, 1)


def open_writer(driver: Any, **_: object) -> None:
    """Open a connection that writes, and never writes the log back."""
    _open_writer(driver, is_alone=False)


def main() -> None:
    """Run the broken build."""
    Database.copy_to = copy_to  # type: ignore[method-assign]
    database._open_writer = open_writer
    cli.main()
