"""`timewright backup`: make, look through and put back backups of the embedded database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from timewright.cli import ground
from timewright.cli.ground import AsJson, DatabaseUrl

if TYPE_CHECKING:
    from timewright.settings import Settings

app = typer.Typer(help="Make, look through and put back backups.", no_args_is_help=True)

FAULTY = 1

File = Annotated[Path, typer.Argument(help="The backup.", show_default=False)]


@app.command("create")
def create(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file to write, or a folder. Default: TIMEWRIGHT_BACKUP_FOLDER.", show_default=False),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Then delete all but so many backups with the default name.", show_default=False),
    ] = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Back up the database, also while the server runs. Nothing is overwritten.

    Example: timewright backup create /var/backups/timewright --keep 14
    """
    from timewright import backups, clock
    from timewright.database import CannotOpen, Database

    chosen, path = _embedded(database)
    if not path.is_file():
        ground.stop(ground.NOT_FOUND, f"There is no database {path}.")
    named = file or Path(chosen.backup_folder or ".")
    target = named / backups.default_name() if named.is_dir() else named
    if keep and target == file:
        ground.stop(
            ground.WRONG_USAGE, "--keep goes with a folder: it deletes only backups that have the default name."
        )
    begun = clock.monotonic()
    try:
        opened = Database(chosen.database_url)
        try:
            with _progress() as tell:
                facts = backups.create(opened, target, reserve_bytes=chosen.disk_reserve_bytes, tell=tell)
        finally:
            opened.close()
    except (backups.Refused, CannotOpen) as reason:
        ground.stop(ground.REFUSED, str(reason))
    seconds = round(clock.monotonic() - begun, 2)
    deleted = [str(old) for old in backups.forget(target.parent, keep)] if keep else []
    if as_json:
        ground.tell({**asdict(facts), "seconds": seconds, "deleted": deleted})
        return
    print(
        f"{facts.path}\n"
        f"{facts.bytes:,} bytes, {facts.time_entries:,} time entries, last change {facts.last_change_id}, {seconds} s\n"
        f"sha256 {facts.sha256}"
    )
    for old in deleted:
        print(f"deleted {old}")


@app.command("verify")
def verify(file: File, as_json: AsJson = False) -> None:
    """Look through a backup, without writing anything. Exit code 1 when it is not whole.

    Example: timewright backup verify timewright-20260401T023000Z.backup
    """
    from timewright import backups
    from timewright.database import CannotOpen

    try:
        facts = backups.examine(file)
    except (CannotOpen, OSError) as reason:
        ground.stop(FAULTY, str(reason))
    if as_json:
        ground.tell(facts)
        return
    print(
        f"{facts.path} is whole.\n"
        f"{facts.bytes:,} bytes, step {facts.step}, {facts.time_entries:,} time entries, "
        f"last change {facts.last_change_id}\n"
        f"sha256 {facts.sha256}, {'as written down' if facts.has_checksum else 'written down nowhere'}"
    )


@app.command("restore")
def restore(
    file: File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put the present database aside, under a name with the time.")
    ] = False,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in place as the database. The server must be stopped.

    Example: timewright backup restore timewright-20260401T023000Z.backup --replace
    """
    from timewright import backups, restores
    from timewright.database import CannotOpen

    _, path = _embedded(database)
    try:
        facts, kept = restores.restore(file, path, replace=replace)
    except backups.Refused as reason:
        ground.stop(ground.REFUSED, str(reason))
    except CannotOpen as reason:
        ground.stop(FAULTY, f"{reason} Nothing was replaced.")
    if as_json:
        ground.tell({"database": str(path), "restored": facts, "kept": kept and str(kept)})
        return
    print(f"{path} holds {facts.time_entries:,} time entries, up to change {facts.last_change_id}.")
    if kept:
        print(f"What was there is kept as {kept}.")
    print("Tokens that were revoked after the backup work again: revoke them again.")


def _embedded(url: str | None) -> tuple[Settings, Path]:
    """The settings, and the file of their database. A database server has tools of its own."""
    from timewright import settings
    from timewright.database import CannotOpen, file_of

    chosen, _ = settings.load(database_url=url)
    try:
        path = file_of(chosen.database_url)
    except CannotOpen as reason:
        raise settings.Misconfigured(str(reason)) from None
    if path is None:
        ground.stop(
            ground.REFUSED,
            "This is for the embedded database. Back up a database server with its own tools: pg_dump writes a "
            "backup, pg_restore puts it back.",
        )
    return chosen, path


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Where the copying tells how far it is: a bar on a terminal, nowhere else."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("copying")
        yield lambda left, of: bar.update(task, total=of, completed=of - left)
