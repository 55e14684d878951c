"""Backups of the embedded database: one whole file, made while the server runs, and put back.

A backup is a database of its own that needs no other file. Beside it stands its SHA-256 in the form of
`sha256sum`, since a changed letter in a note breaks no page. It is written under another name, looked
through, and has its own name only once it is whole and on the disk.

Restoring copies it into the folder of the database and renames it there. Whenever that is interrupted, the old
or the new database is whole at the path. Ids go on far above the highest known one: those that were given out
after the backup must not name other rows.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from timewright import clock, database, disks, migrations
from timewright.database import CannotOpen, Damaged, Database
from timewright.soundness import faults_of_rows
from timewright.tables import changes, time_entries

ID_MARGIN = 10_000_000
"""How many ids of each kind a restore leaves out: more than anyone gives out between a backup and a loss."""

_STAMP = "%Y%m%dT%H%M%SZ"
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
    return f"timewright-{clock.now():{_STAMP}}.backup"


def made_in(folder: Path) -> list[tuple[datetime, Path]]:
    """The backups of the default name in a folder, oldest first, each with its time in UTC."""
    found = ((_NAMED.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((datetime.strptime(f"{name[1]}+0000", f"{_STAMP}%z"), path) for name, path in found if name)


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
    sha256, expected = _sha256(path), _expected(path)
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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Putting back -------------------------------------------------------------------------------------


class Restore:
    """Putting a backup in place, as a list of steps of which each may be the last one that happens.

    Use as a context: the lock of the path, and the database that is replaced, are held until it ends.
    """

    def __init__(self, backup: Path, path: Path, *, replace: bool) -> None:
        self._backup, self._path, self._replace = backup, path, replace
        self._ready = database.being_restored(path)
        self._held = ExitStack()
        self._known: dict[str, int] = {}
        self._broken = False
        self.kept: Path | None = None
        self.facts: Facts | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = self._held.enter_context(database.lock_file(self._path))
        except CannotOpen as reason:
            raise Refused(f"{reason} Stop it first.") from None
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._clear()
        self._held.close()

    def steps(self) -> Sequence[Callable[[], None]]:
        """The steps, in order."""
        return (
            self.refuse_what_cannot_be,
            self.copy_aside,
            self.hold_the_old,
            self.advance_the_ids,
            self.keep_the_old,
            self.put_in_place,
            self.look_again,
        )

    def refuse_what_cannot_be(self) -> None:
        """Nothing was touched yet: the backup is sound, and what it would replace may be replaced."""
        there = self._there()
        if there and not self._replace:
            raise Refused(f"{there[0]} is there already. Say --replace to put it aside.")
        if self._backup.resolve() == self._path:
            raise Refused("The backup is the database itself.")
        self.facts = examine(self._backup)

    def copy_aside(self) -> None:
        """Copy the backup into the folder of the database."""
        self._clear()
        self._forget_names()
        descriptor = os.open(self._ready, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with self._backup.open("rb") as source, os.fdopen(descriptor, "wb") as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        if self.facts is None or _sha256(self._ready) != self.facts.sha256:
            raise Damaged(f"{self._backup} changed while it was copied.")
        if os.geteuid() == 0:
            # Whoever restores as root does not serve as root.
            owner = (self._path if self._path.exists() else self._path.parent).stat()
            os.chown(self._ready, owner.st_uid, owner.st_gid)
            os.chown(self._lock.name, owner.st_uid, owner.st_gid)

    def hold_the_old(self) -> None:
        """Have the old database whole in its one file, and closed to everyone until the end."""
        if not self._path.exists():
            return
        try:
            self._known = self._held.enter_context(database.held_alone(self._path))
        except Damaged:
            self._broken = True

    def advance_the_ids(self) -> None:
        """Let no id be given out that may have been given out before."""
        database.advance_ids(self._ready, self._known, ID_MARGIN)
        disks.sync(self._ready)

    def keep_the_old(self) -> None:
        """Give the old database a second name, which it keeps. A broken one keeps its log."""
        there = self._there()
        if not there:
            return
        stamp = f"{clock.now():{_STAMP}}"
        names = (f"{self._path}.replaced-{stamp}{f'-{n}' if n else ''}" for n in count())
        self.kept = Path(next(name for name in names if not any(Path(f"{name}{end}").exists() for end in ("", *_LOGS))))
        for each in there:
            _name_again(each, Path(f"{self.kept}{str(each).removeprefix(str(self._path))}"))
        disks.sync(self._path.parent)
        # A log beside the new file would be taken for its own.
        for end in database.COMPANIONS:
            Path(f"{self._path}{end}").unlink(missing_ok=True)
        disks.sync(self._path.parent)

    def put_in_place(self) -> None:
        """The one instant in which the old database is replaced by the new one."""
        if any(Path(f"{self._path}{end}").exists() for end in _LOGS) or (not self.kept and self._there()):
            raise Refused(f"Another program has opened {self._path} meanwhile. Nothing was replaced.")
        self._ready.replace(self._path)
        disks.sync(self._path.parent)

    def look_again(self) -> None:
        """Read what is in place."""
        with database.stored(self._path) as tx:
            faults = database.faults_of_engine(tx, quick=True)
        if faults:
            raise Damaged(f"{self._path} is damaged after it was restored: {faults[0]}.")

    def _there(self) -> list[Path]:
        """What of an old database stands at the path, logs first: a log alone would be taken for the new file's."""
        return [path for end in (*_LOGS, "") if (path := Path(f"{self._path}{end}")).exists()]

    def _forget_names(self) -> None:
        """Take back the second names that a restore gave which was killed before it replaced anything."""
        there = self._there()
        kept = list(self._path.parent.glob(f"{glob.escape(self._path.name)}.replaced-*"))
        doubled = [each for each in kept if any(each.samefile(one) for one in there)]
        alone = [each.name for each in kept if each not in doubled]
        for each in doubled:
            # A broken database stays with its log where the log has no other name any more.
            if not any(name.startswith(each.name) for name in alone):
                each.unlink()

    def _clear(self) -> None:
        for end in ("", *database.COMPANIONS):
            Path(f"{self._ready}{end}").unlink(missing_ok=True)


_LOGS = database.COMPANIONS[:2]


def restore(backup: Path, path: Path, *, replace: bool) -> tuple[Facts, Path | None]:
    """Put a backup in place at the path of a database that nobody serves; its facts, and where the old one
    is kept, if there was one. `Refused` and `Damaged` say why not.
    """
    with Restore(backup, path, replace=replace) as underway:
        try:
            for step in underway.steps():
                step()
        except OSError as error:
            raise Refused(f"{path} cannot be restored: {error.strerror}. What was there is there.") from None
    assert underway.facts is not None
    return underway.facts, underway.kept


def _name_again(path: Path, name: Path) -> None:
    try:
        os.link(path, name)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems know no links.
        shutil.copy2(path, name)
        disks.sync(name)
