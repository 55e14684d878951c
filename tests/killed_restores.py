"""Restore again and again, killed one step or file operation later each time, until one comes to its end.

`python -m tests.killed_restores steps|operations BACKUP PREPARED FOLDER`: each try gets a copy of the folder
PREPARED in FOLDER, named by its number. A process of its own, since it forks.
"""

import itertools
import os
import shutil
import sys
from pathlib import Path

from timewright import restores

KILLED = 9
OPERATIONS = {"os.link", "os.rename", "os.remove", "os.chown", "shutil.copyfile", "sqlite3.connect"}


def main(by, backup, prepared, folder):
    for number in itertools.count():
        at = Path(folder) / f"{number:03}"
        shutil.copytree(prepared, at)
        child = os.fork()
        if not child:
            os._exit(_restore(by, number, Path(backup), at / "timewright.db"))
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != KILLED:
            return


def _restore(by, number, backup, path):
    if by == "operations":
        left = itertools.count(number, -1)
        sys.addaudithook(lambda event, _: os._exit(KILLED) if event in OPERATIONS and not next(left) else None)
    with restores.Restore(backup, path, replace=True) as underway:
        for done, step in enumerate(underway.steps()):
            if by == "steps" and done == number:
                os._exit(KILLED)
            step()
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
