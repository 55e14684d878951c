"""F2: the disk loses its power under load. Nothing acknowledged is lost, nothing told "not stored" appears.

A filesystem in a file is cut off by an ioctl: the kernel writes nothing from that moment and drops what was
not synced. The server is killed, the filesystem mounted again, the server started again. Killing alone keeps
what the kernel still had to write, and so proves nothing about syncing.

A power cut stops the machine together with its disk; the ioctl stops the disk alone, and Linux 6.18 answers a
sync that it overtakes with success on ext4 and XFS (a bare loop of `pwrite` and `fdatasync` is told so in one cut
of ten). So the server is stopped first: in one half of the cuts in the middle of whatever it does, and then it
never runs again; in the other it is stopped between its system calls, and goes on without a disk.
"""

import random
import signal
import time
from pathlib import Path

from faults.comparing import Report, compared
from faults.disks import disk
from faults.serving import SENSIBLE, ended, free_port, ledger, placed, started, stopped

NEEDS = {"ext4": ("loop devices", "ext4"), "xfs": ("loop devices", "xfs")}


def run(folder: Path, cuts: int, kind: str, *, seed: int = 1, build: str = SENSIBLE) -> Report:
    """Cut the power so many times under load, on a filesystem of a kind, and compare."""
    chance, report = random.Random(seed), Report()
    port, path, log = free_port(), folder / "ledger", folder / "server.log"
    with disk(kind, folder) as cut_off:
        place = placed(cut_off.folder)
        server, _ = started(place.url, port, log, build)
        try:
            with ledger(path, port, place, mode="believe"):
                for _ in range(cuts):
                    time.sleep(chance.uniform(0.15, 0.45))
                    goes_on = chance.choice((0, 0, 0.02, 0.1))
                    stopped(server, between_calls=goes_on > 0)
                    cut_off.cut()
                    if goes_on:
                        # Clients are told what a server without a disk tells.
                        server.send_signal(signal.SIGCONT)
                        time.sleep(goes_on)
                    ended(server)
                    cut_off.unmount()
                    cut_off.mount()
                    report.rounds += 1
                    server, seconds = started(place.url, port, log, build)
                    report.slowest_restart = max(report.slowest_restart, seconds)
                time.sleep(0.3)
        except RuntimeError as error:
            report.broken.append(str(error))
        finally:
            ended(server)
        compared(place.url, path, report)
    return report
