"""One page of checks: is this Timewright well, and what is to be done.

Every check looks and changes nothing; all of them work beside a running server. `problem` is what loses time,
stops the server or will soon; `warning` is what somebody should look at.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import sqlalchemy as sa

from timewright import __version__, backups, clock, database, disks, migrations, settings
from timewright.database import SQLITE_SETTINGS, CannotOpen, Database, Transaction
from timewright.settings import Settings
from timewright.soundness import faults_of_rows
from timewright.tables import changes

FEW_FILES = 1_024
"""So many open files are too few for a server: every connection is one."""

LONG_LOG_BYTES = 256 * 1024 * 1024
"""A write-ahead log that is longer was not written back for a long time."""

OLD_BACKUP = timedelta(hours=48)
AHEAD = timedelta(minutes=5)
FIRST_INSTANT = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
"""No Timewright ran before."""


class Check(msgspec.Struct, frozen=True):
    """What one check found, and in `advice` what to do about it."""

    name: str
    state: Literal["ok", "warning", "problem"]
    told: str
    advice: str = ""


def examine(*, url: str | None = None, quick: bool = False) -> list[Check]:
    """Every check that can be made, in the order of what rests on what. `quick` leaves out whether every index
    fits its rows.
    """
    try:
        chosen, origins = settings.load(database_url=url)
        path = database.file_of(chosen.database_url)
    except (settings.Misconfigured, CannotOpen) as reason:
        return [_program(), Check("settings", "problem", str(reason), "See docs/settings.md.")]
    given = [f"{name} ({origin})" for name, origin in origins.items() if origin != "default"]
    found = [
        _program(),
        Check("settings", "ok", f"Not at their default: {', '.join(given)}." if given else "All at their default."),
        _files(),
    ]
    if path is not None:
        found += _folder(path, chosen)
        if not path.is_file():
            advice = "Start the server, which makes one; or timewright backup restore; or set TIMEWRIGHT_DATABASE_URL."
            return [*found, Check("database", "problem", f"There is no database {path}.", advice)]
        found += _file(path)
    found += _database(chosen, path, quick=quick)
    if path is not None:
        found.append(_backups(chosen))
    return found


# The machine ---------------------------------------------------------------------------------------


def _program() -> Check:
    engine, may_damage = database.engine_of_files()
    told = f"Timewright {__version__}, Python {platform.python_version()}, {engine}."
    if may_damage:
        told += (
            " Versions of it before 3.44.6, 3.50.7 and 3.51.3 can damage a write-ahead log when two connections write "
            "it back at once; only one of Timewright's does. Let no other program write to the database."
        )
    return Check("program", "ok", told)


def _files() -> Check:
    # The server raises its limit as far as it goes.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = f"A process may open {'any number of' if most == resource.RLIM_INFINITY else most} files."
    if 0 <= most < FEW_FILES:
        return Check("open files", "warning", told, "Raise it: LimitNOFILE= of systemd, or ulimit -n.")
    return Check("open files", "ok", told)


def _folder(path: Path, chosen: Settings) -> Iterator[Check]:
    folder = next(each for each in path.parents if each.is_dir())
    kind = disks.file_system(folder)
    if kind in disks.NETWORKED:
        state: Literal["warning", "problem"] = "warning" if chosen.allow_network_disk else "problem"
        told = f"{folder} lies on a network file system ({kind}), which may lose what was acknowledged."
        yield Check("file system", state, told, "Move the database to a local disk.")
    else:
        yield Check("file system", "ok", f"{folder} lies on {kind or 'a file system that is not told'}.")
    free, reserve = shutil.disk_usage(folder).free, chosen.disk_reserve_bytes
    told = f"{free:,} bytes are free; below {reserve:,} nothing is stored."
    advice = "Make room, or lower TIMEWRIGHT_DISK_RESERVE_BYTES."
    if free < reserve:
        yield Check("free disk", "problem", told, advice)
    else:
        yield Check("free disk", "warning" if free < 4 * reserve else "ok", told, advice if free < 4 * reserve else "")


def _file(path: Path) -> Iterator[Check]:
    theirs = [each for end in ("", *database.COMPANIONS) if (each := Path(f"{path}{end}")).exists()]
    open_to_all = [each.name for each in theirs if each.stat().st_mode & 0o007]
    if open_to_all:
        told = f"Everyone on this machine may use {', '.join(open_to_all)}."
        yield Check("permissions", "warning", told, f"chmod o= {path}*")
    elif not os.access(path, os.R_OK | os.W_OK):
        yield Check("permissions", "problem", f"You may not read and write {path}.", "Run as the server's user.")
    else:
        yield Check("permissions", "ok", f"{path} is not open to everyone.")
    served = database.is_locked(path)
    yield Check("server", "ok", "A server runs on this database." if served else "No server runs on this database.")
    length = database.log_bytes(path)
    told = f"The write-ahead log is {length:,} bytes long."
    if length > LONG_LOG_BYTES:
        advice = (
            "Look for a program that has read for long, such as a backup or a shell; end it, or restart the server."
        )
        yield Check("write-ahead log", "warning", told, advice)
    else:
        yield Check("write-ahead log", "ok", told)


def _backups(chosen: Settings) -> Check:
    if not chosen.backup_folder:
        told = "No TIMEWRIGHT_BACKUP_FOLDER is set: whether there are backups is not known."
        return Check("backups", "warning", told, "See docs/backup.md.")
    folder = Path(chosen.backup_folder)
    try:
        made = backups.made_in(folder)
    except OSError as error:
        return Check("backups", "problem", f"{folder} cannot be read: {error.strerror}.", "See docs/backup.md.")
    if not made:
        return Check("backups", "warning", f"There is no backup in {folder}.", "Run timewright backup create.")
    made_at, newest = made[-1]
    told = f"The newest of {len(made)} is {newest.name}."
    if clock.now() - made_at > OLD_BACKUP:
        return Check("backups", "warning", f"{told} It is old.", "Look why timewright backup create no longer runs.")
    return Check("backups", "ok", told)


# The database --------------------------------------------------------------------------------------


def _database(chosen: Settings, path: Path | None, *, quick: bool) -> list[Check]:
    name = str(path) if path else "The database server"
    try:
        opened = Database(chosen.database_url)
    except CannotOpen as reason:
        return [Check("database", "problem", str(reason), "See docs/self-hosting.md.")]
    found: list[Check] = []
    try:
        kept = opened.settings_kept()
        with opened.read() as tx:
            step = migrations.step(tx)
            found += [Check("database", "ok", f"{name} answers."), *_kept(kept), _step(step)]
            if step == migrations.HEAD:
                found += _rows(tx, embedded=path is not None, quick=quick)
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, RuntimeError) as error:
        told = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        advice = (
            "Stop the server, keep the file, and restore a backup." if path else "Is it running, and the address right?"
        )
        found.append(Check("database", "problem", f"{name} cannot be read: {told}.", advice))
    finally:
        opened.close()
    return found


def _kept(kept: dict[str, object]) -> list[Check]:
    if not kept:
        return []
    told = ", ".join(f"{name} {value}" for name, value in kept.items())
    if kept != SQLITE_SETTINGS:
        return [Check("durability", "problem", f"Read back: {told}.", "The server refuses to run like that.")]
    return [Check("durability", "ok", f"Read back: {told}.")]


def _step(step: str | None) -> Check:
    if step == migrations.HEAD:
        return Check("schema", "ok", f"It stands at step {step}, as this program does.")
    if step is None:
        return Check("schema", "warning", "It is empty.", "Start the server, or timewright user create.")
    if step in migrations.known_steps():
        told = f"It stands at step {step}, this program at {migrations.HEAD}."
        return Check("schema", "warning", told, "Make a backup; the server brings it up to date when it starts.")
    told = f"It stands at step {step}, which this program does not know."
    return Check("schema", "problem", told, "Run a newer Timewright.")


def _rows(tx: Transaction, *, embedded: bool, quick: bool) -> Iterator[Check]:
    advice = "Stop the server, keep the file, and restore a backup."
    if embedded:
        faults = database.faults_of_engine(tx, quick=quick)
        looked = "Pages and foreign keys" if quick else "Pages, indexes and foreign keys"
        told = f"{len(faults)} faults: {'; '.join(faults[:3])}." if faults else f"{looked} are as they should be."
        yield Check("integrity", "problem" if faults else "ok", told, advice if faults else "")
    faults = faults_of_rows(tx, has_counters=embedded)
    told = " ".join(faults) or "The change log, the idempotency records and the rows agree."
    yield Check("rows", "problem" if faults else "ok", told, advice if faults else "")
    now = clock.now()
    row = tx.one(sa.select(sa.func.max(changes.c.created_at).label("at")))
    latest = row["at"] if row else None
    advice = "Set the machine's clock, and keep it right with NTP."
    if now < FIRST_INSTANT:
        yield Check("clock", "problem", f"The clock says {now:%Y-%m-%d}.", advice)
    elif latest is not None and latest - now > AHEAD:
        yield Check("clock", "warning", f"The newest change is of {latest:%Y-%m-%d %H:%M} UTC, after now.", advice)
    else:
        yield Check("clock", "ok", f"It is {now:%Y-%m-%d %H:%M} UTC.")
