"""Putting a backup in place of the embedded database.

It is copied into the folder of the database and renamed there. Whenever that is interrupted, the old or the new
database is whole at the path. Ids go on far above the highest known one: those that were given out after the
backup must not name other rows.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from typing import Self

from timewright import clock, database, disks
from timewright.backups import STAMP, Facts, Refused, examine, sha256_of
from timewright.database import CannotOpen, Damaged

ID_MARGIN = 10_000_000
"""How many ids of each kind a restore leaves out: more than anyone gives out between a backup and a loss."""

_LOGS = database.COMPANIONS[:2]


class Restore:
    """Putting a backup in place, as a list of steps of which each may be the last one that happens.

    Use as a context: the lock of the path, and the database that is replaced, are held until it ends.
    """

    def __init__(self, backup: Path, path: Path, *, replace: bool) -> None:
        self._backup, self._path, self._replace = backup, path, replace
        self._ready = database.being_restored(path)
        self._held = ExitStack()
        self._known: dict[str, int] = {}
        self.is_replaced = False
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
        if self.facts is None or sha256_of(self._ready) != self.facts.sha256:
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
        # Of a broken one no id is known.
        with suppress(Damaged):
            self._known = self._held.enter_context(database.held_alone(self._path))

    def advance_the_ids(self) -> None:
        """Let no id be given out that may have been given out before."""
        database.advance_ids(self._ready, self._known, ID_MARGIN)
        disks.sync(self._ready)

    def keep_the_old(self) -> None:
        """Give the old database a second name, which it keeps. A broken one keeps its log."""
        there = self._there()
        if not there:
            return
        stamp = f"{clock.now():{STAMP}}"
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
        self.is_replaced = True
        disks.sync(self._path.parent)

    def look_again(self) -> None:
        """Read what is in place."""
        try:
            with database.stored(self._path) as tx:
                faults = database.faults_of_engine(tx, quick=True)
        except Damaged as reason:
            faults = [str(reason)]
        if faults:
            raise Refused(f"{self._path} was replaced, and is damaged: {faults[0]} {self.told_of_the_old()}")

    def told_of_the_old(self) -> str:
        """Where the old database is now, in a sentence."""
        if not self.is_replaced:
            return "What was there is there."
        return f"What was there is kept as {self.kept}." if self.kept else "Nothing was there before."

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


def restore(backup: Path, path: Path, *, replace: bool) -> tuple[Facts, Path | None]:
    """Put a backup in place at the path of a database that nobody serves; its facts, and where the old one
    is kept, if there was one. `Refused` and `Damaged` say why not.
    """
    with Restore(backup, path, replace=replace) as underway:
        try:
            for step in underway.steps():
                step()
        except OSError as error:
            what = "was replaced, but may not be on the disk" if underway.is_replaced else "cannot be restored"
            raise Refused(f"{path} {what}: {error.strerror}. {underway.told_of_the_old()}") from None
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
