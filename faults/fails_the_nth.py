"""The server as it is, in a process that can be told to fail the Nth call of a kind, once.

libfiu can fail all calls, each with a probability, or the next one. For the Nth it asks a function of the
program, which is what this is: orders come on standard input (`arm POINT ERRNO N`), and `told` writes how many
calls there were and whether one failed to standard output. It must run under `fiu-run -x`. With BUILD in the
environment it is that build which runs.
"""

import ctypes
import importlib
import os
import sys
import threading

from timewright import cli

_ONCE = 0
_Asked = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p
)


class Counter:
    """Counts the calls of one kind and fails one of them."""

    def __init__(self) -> None:
        self.calls = 0
        self.failing = 0
        self._error = 0
        self._lock = threading.Lock()
        # libfiu keeps the function's address: it must live as long as the process.
        self._asked = _Asked(self._ask)
        self._fiu = ctypes.CDLL("libfiu.so.0")

    def arm(self, point: str, error: int, failing: int) -> None:
        """Fail the call with this number, counted from now."""
        self.calls, self.failing, self._error = 0, failing, error
        if self._fiu.fiu_enable_external(point.encode(), 1, None, _ONCE, self._asked):
            raise RuntimeError(f"libfiu does not take {point}")

    def _ask(self, _name: bytes, _number: object, info: "ctypes._Pointer[ctypes.c_void_p]", _flags: object) -> int:
        with self._lock:
            self.calls += 1
            if self.calls != self.failing:
                return 0
        info[0] = self._error
        return 1


def obey(counter: Counter) -> None:
    """Carry out orders until there are no more."""
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "arm":
            counter.arm(rest[0], int(rest[1]), int(rest[2]))
        sys.stdout.write(f"{counter.calls} {int(counter.calls >= counter.failing > 0)}\n")
        sys.stdout.flush()


def main() -> None:
    """Run the server and obey."""
    threading.Thread(target=obey, args=(Counter(),), daemon=True).start()
    build = importlib.import_module(os.environ.pop("BUILD", "timewright.cli"))
    (build.main if build is not cli else cli.main)()
