"""Backups of the embedded database: one whole file, made while the server runs, and put back.

A backup is a database of its own that needs no other file. Beside it stands its SHA-256 in the form of
`sha256sum`, since a changed letter in a note breaks no page. It is written under another name, looked
through, and has its own name only once it is whole and on the disk.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from timewright import clock, database, disks, migrations
from timewright.database import CannotOpen, Damaged, Database
from timewright.soundness import faults_of_rows
from timewright.tables import changes, time_entries

STAMP = "%Y%m%dT%H%M%SZ"
"""How an instant in UTC stands in a file's name."""

_NAMED = re.compile(r"timewright-([0-9]{8}T[0-9]{6}Z)\.backup")
_UNFINISHED = ".part"


class Refused(Exception):
    """A backup that is not made or not put back. The text says why."""


@dataclass(frozen=True)
class Facts:
    """What a backup holds. `last_change_id` is that of the change log; `sha256` is that of the file."""

    path: str
    bytes: int
    step: str
    time_entries: int
    last_change_id: int
    sha256: str
    has_checksum: bool


# Making -------------------------------------------------------------------------------------------


def default_name() -> str:
    """The name of a backup made now; such names sort by time."""
    return f"timewright-{clock.now():{STAMP}}.backup"


def made_in(folder: Path) -> list[tuple[datetime, Path]]:
    """The backups of the default name in a folder, oldest first, each with its time in UTC."""
    found = ((_NAMED.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((datetime.strptime(f"{name[1]}+0000", f"{STAMP}%z"), path) for name, path in found if name)


def create(source: Database, target: Path, *, reserve_bytes: int, tell: Callable[[int, int], None]) -> Facts:
    """Back up a database into a file that is not there yet; returns once it is whole and on the disk.

    `reserve_bytes` stay free on the disk. `tell` hears how many pages are left, and of how many. When it
    fails, nothing is left under the target's name.
    """
    part = target.with_name(f"{target.name}{_UNFINISHED}")
    _refuse_to_overwrite(target, database.file_of(source.url))
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Refused(f"{part} is there: another backup writes it, or one that was killed left it.") from None
    except OSError as error:
        raise Refused(f"{target} cannot be written: {error.strerror}.") from None
    try:
        _have_room(database.file_of(source.url), target.parent, reserve_bytes)
        source.copy_to(part, tell)
        disks.sync(part)
        facts = examine(part)
        _finish(part, target, facts.sha256)
    except (CannotOpen, sa.exc.DBAPIError, OSError) as error:
        reason = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
        raise Refused(f"The backup failed, nothing is kept of it: {reason}") from None
    finally:
        for left in (part, *(Path(f"{part}{end}") for end in database.COMPANIONS)):
            left.unlink(missing_ok=True)
    return replace(facts, path=str(target), has_checksum=True)


def _refuse_to_overwrite(target: Path, source: Path | None) -> None:
    for each in (target, _checksum_file(target)):
        if each.exists() or each.is_symlink():
            raise Refused(f"{each} is there already. A backup overwrites nothing.")
    if source is not None and target.resolve() in {Path(f"{source}{end}") for end in database.COMPANIONS}:
        raise Refused(f"{target} belongs to the database itself.")


def _have_room(source: Path | None, folder: Path, reserve_bytes: int) -> None:
    needed = source.stat().st_size + database.log_bytes(source) if source else 0
    free = shutil.disk_usage(folder).free
    if free - needed < reserve_bytes:
        raise CannotOpen(f"{folder} has {free:,} bytes free; {needed:,} are needed, and {reserve_bytes:,} stay free.")


def _finish(part: Path, target: Path, sha256: str) -> None:
    """Give a file that is whole its name, then its checksum."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        # Sticks and shares know no links. Nobody else is expected to take the name in this instant.
        part.rename(target)
    try:
        checksum = _checksum_file(target)
        with os.fdopen(os.open(checksum, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(f"{sha256}  {target.name}\n".encode("utf-8", "surrogateescape"))
        disks.sync(checksum)
        disks.sync(target.parent)
    except OSError:
        target.unlink()
        raise


def forget(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest backups of the default name, with their checksums, and what backups left
    unfinished before the oldest that is kept. Answers which backups were deleted.
    """
    made = [path for _, path in made_in(folder)]
    old, kept = made[:-keep], made[-keep:]
    for path in old:
        path.unlink()
        _checksum_file(path).unlink(missing_ok=True)
    for path in folder.iterdir():
        name = path.name.removesuffix(_UNFINISHED)
        if name != path.name and _NAMED.fullmatch(name) and kept and name < kept[0].name:
            path.unlink()
    return old


# Looking through ----------------------------------------------------------------------------------


def examine(path: Path) -> Facts:
    """Look through a backup, without writing anything; its facts. `Damaged` says what is wrong with it.

    Its checksum, if it stands beside it; pages and indexes; foreign keys; a schema that this program knows;
    and what must hold in the rows.
    """
    if not path.is_file():
        raise Damaged(f"There is no file {path}.")
    sha256, expected = sha256_of(path), _expected(path)
    if expected and sha256 != expected:
        raise Damaged(f"{path} is not what was written: its checksum differs from {_checksum_file(path).name}.")
    with database.stored(path) as tx:
        faults = database.faults_of_engine(tx)
        if faults:
            raise Damaged(f"{path} is damaged: {'; '.join(faults[:3])}.")
        step = migrations.step(tx)
        if step is None:
            raise Damaged(f"{path} is a database, but none of Timewright.")
        if step not in migrations.known_steps():
            raise Damaged(
                f"{path} was written by a newer Timewright: it stands at step {step}, this one knows steps up to "
                f"{migrations.HEAD}."
            )
        if step == migrations.HEAD:
            faults = faults_of_rows(tx, has_counters=True)
            if faults:
                raise Damaged(f"{path} does not hold together: {' '.join(faults)}")
        entries = tx.number(sa.select(sa.func.count()).select_from(time_entries))
        last = tx.number(sa.select(sa.func.coalesce(sa.func.max(changes.c.id), 0)))
    return Facts(str(path), path.stat().st_size, step, entries, last, sha256, expected is not None)


def _checksum_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _expected(path: Path) -> str | None:
    beside = _checksum_file(path)
    if not beside.is_file():
        return None
    words = beside.read_text(encoding="utf-8", errors="replace").split()
    return words[0] if words else "nothing"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
