"""What a file lies on: its file system, and making what was written last.

A network file system may lose or reorder what it was told to keep, and its locks do not hold between
machines. The embedded database is not served from one unless the operator says so.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

NETWORKED = frozenset(
    (
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "lustre", "beegfs", "gpfs", "glusterfs",
        "ncpfs", "davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "fuse.davfs2",
        "fuse.smbnetfs", "fuse.gcsfuse", "fuse.curlftpfs",
    )
)  # fmt: skip
"""The file systems that are reached over a network, by the names that the kernel gives them."""

MOUNTS = Path("/proc/self/mountinfo")
"""Where the kernel tells what is mounted."""


def file_system(path: Path) -> str | None:
    """What kind of file system a path lies on, as the kernel calls it; None where that is not told."""
    try:
        told = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return _kind(told, path.resolve())


def _kind(told: str, path: Path) -> str | None:
    """The kind of the innermost mount that holds a path; of two on one place the later one lies on top."""
    found: tuple[int, str] | None = None
    for line in told.splitlines():
        before, _, after = line.partition(" - ")
        if len(before.split()) < 5 or not after:
            continue
        place = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), before.split()[4]))
        if path.is_relative_to(place) and (found is None or len(place.parts) >= found[0]):
            found = len(place.parts), after.split()[0]
    return found[1] if found else None


_PIECE = 1024 * 1024


def write_again(path: Path) -> None:
    """Write what a file holds over itself, and return once that is on the disk.

    After a sync that failed the kernel may take for written what the disk never got; another sync then succeeds
    and says nothing. One that follows this says what it should.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        done = 0
        while piece := os.pread(descriptor, _PIECE, done):
            done += os.pwrite(descriptor, piece, done)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """Return once a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
