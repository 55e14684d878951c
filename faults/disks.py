"""Disks of our own to break: a filesystem in a file that loses its power, and a small one that fills up."""

import fcntl
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

KINDS = ("ext4", "xfs")

_MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}
_IMAGE_BYTES = 320 * 1024 * 1024
"""As small as XFS allows, with some room. The file is sparse."""

# The same number and argument for ext4 and XFS: EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN.
_GOING_DOWN = 0x8004587D
_WITHOUT_LOG_FLUSH = struct.pack("I", 2)


class Disk:
    """A filesystem in a file, mounted at `folder`."""

    def __init__(self, kind: str, image: Path, folder: Path) -> None:
        self._image, self.folder = image, folder
        with image.open("wb") as file:
            file.truncate(_IMAGE_BYTES)
        subprocess.run([*_MAKE[kind], str(image)], check=True, stdout=subprocess.DEVNULL)

    def mount(self) -> None:
        """Mount it; its journal is replayed, as after a power cut."""
        subprocess.run(["mount", "-o", "loop", str(self._image), str(self.folder)], check=True)

    def cut(self) -> None:
        """Cut it off: from now on nothing is written, and what was not synced is gone."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, _GOING_DOWN, _WITHOUT_LOG_FLUSH)
        finally:
            os.close(handle)

    def unmount(self) -> None:
        """Unmount it; its loop device is freed with it."""
        unmounted(self.folder)


@contextmanager
def disk(kind: str, folder: Path) -> Iterator[Disk]:
    """A fresh filesystem of a kind, mounted in a folder; gone when the block ends."""
    at = folder / kind
    at.mkdir()
    made = Disk(kind, folder / f"{kind}.image", at)
    made.mount()
    try:
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):
            made.unmount()
        (folder / f"{kind}.image").unlink()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A disk in memory of a size like `5m` at a folder; gone when the block ends."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)
    try:
        yield
    finally:
        unmounted(folder)


def grow(folder: Path, size: str) -> None:
    """Make a small disk larger while it is in use."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def unmounted(folder: Path) -> None:
    """Unmount a folder; a process that was just killed may hold it for a moment."""
    for _ in range(100):
        if subprocess.run(["umount", str(folder)], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return
        time.sleep(0.05)
    subprocess.run(["umount", str(folder)], check=True)
