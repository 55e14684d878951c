"""What this machine lets us break: each need by name, and in a sentence why it is not met."""

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

FIU = Path("/usr/lib/fiu/fiu_posix_preload.so")

PACKAGES = {"ext4": "e2fsprogs", "xfs": "xfsprogs", "libfiu": "fiu-utils"}
"""What Debian calls the package that meets a need."""


def lacking(needs: Iterable[str]) -> list[str]:
    """Why needs are not met, a sentence each; empty when all are."""
    return [why for why in map(_lack, needs) if why]


@functools.cache
def _lack(need: str) -> str | None:
    if need == "libfiu":
        return None if shutil.which("fiu-run") and FIU.exists() else _install(need)
    if need in {"ext4", "xfs"}:
        return None if shutil.which(f"mkfs.{need}") else _install(need)
    if need == "mounts":
        return _cannot_mount()
    if need == "loop devices":
        return _cannot_mount() or _cannot_loop()
    raise ValueError(need)


def _install(need: str) -> str:
    return f"{PACKAGES[need]} is not installed (Debian: apt-get install {PACKAGES[need]})"


def _cannot_mount() -> str | None:
    if os.geteuid() != 0:
        return "mounting a filesystem needs root"
    if not shutil.which("mount"):
        return "there is no mount command"
    with tempfile.TemporaryDirectory(prefix="timewright-") as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True, text=True, check=False)
        if done.returncode:
            return "nothing can be mounted here, though this is root"
        subprocess.run(["umount", folder], check=True)
    return None


def _cannot_loop() -> str | None:
    done = subprocess.run(["losetup", "-f"], capture_output=True, text=True, check=False)
    return "there is no free loop device" if done.returncode else None


def installed() -> str:
    """Install by apt, as root, what is missing and can be; answers in a sentence what was done."""
    missing = [PACKAGES[need] for need in PACKAGES if lacking([need])]
    if not missing:
        return "Nothing had to be installed."
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"Missing and not installed (that takes root and apt): {', '.join(missing)}."
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *missing]):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)
    _lack.cache_clear()
    left = [PACKAGES[need] for need in PACKAGES if lacking([need])]
    if left:
        return f"apt-get could not install {', '.join(left)}."
    return f"Installed by apt-get: {', '.join(missing)}."
