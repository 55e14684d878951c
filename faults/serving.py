"""A server and a ledger, each in a process of its own: what every fault begins with."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from timewright import demo, migrations, tokens
from timewright.database import Database, file_url

CLIENTS = 8
START_SECONDS = 20
_LOOKS_AT_THREADS = 5000

SENSIBLE = "timewright.cli"
"""The build that is not broken."""


@dataclass(frozen=True)
class Place:
    """A database with sample data, and what a client needs to log time in it."""

    folder: Path
    url: str
    token: str
    workspace_id: int

    def moved(self, folder: Path) -> "Place":
        """The same database in another folder; its files must be brought there."""
        return Place(folder, file_url(folder / "timewright.db"), self.token, self.workspace_id)


def placed(folder: Path) -> Place:
    """A database with sample data in a folder, and a consultant's token."""
    url, token, workspace_id = prepared(folder)
    return Place(folder, url, token, workspace_id)


def prepared(folder: Path) -> tuple[str, str, int]:
    """A database with sample data, and a consultant's token: address, token, project."""
    url = file_url(folder / "timewright.db")
    database = Database(url)
    migrations.upgrade(database)
    demo.seed(database)
    token = tokens.new_token()
    with database.write() as tx:
        made = demo.sample(tx)
        tokens.add(tx, token, user_id=made.people["consultant"], name="ledger")
    database.close()
    return url, token, made.workspace_id


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(
    url: str,
    port: int,
    log: Path,
    build: str = SENSIBLE,
    *,
    under: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    orders: bool = False,
) -> tuple[subprocess.Popen[bytes], float]:
    """A server in a process of its own, once it answers; and how many seconds that took.

    `under` is a program that starts it. With `orders` its standard input and output are pipes.
    """
    begun = time.monotonic()
    program = [*under, sys.executable, "-c", f"from {build} import main; main()"]
    pipe = subprocess.PIPE if orders else subprocess.DEVNULL
    with log.open("ab") as told:
        process = subprocess.Popen(
            [*program, "serve", "--port", str(port), "--database", url],
            stdin=pipe,
            stdout=pipe,
            stderr=told,
            env={**os.environ, **(environment or {})},
        )
    while not _answers(port):
        if process.poll() is not None or time.monotonic() - begun > START_SECONDS:
            process.kill()
            process.wait()
            raise RuntimeError(f"the server did not start: {log.read_text()[-500:]}")
        time.sleep(0.01)
    return process, time.monotonic() - begun


def _answers(port: int) -> bool:
    try:
        return status(port, "/healthz", "") == 200
    except (OSError, http.client.HTTPException):
        return False


def status(port: int, path: str, token: str) -> int:
    """The status of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        return connection.getresponse().status
    finally:
        connection.close()


def ended(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and wait until it is gone."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def stopped(process: subprocess.Popen[bytes], *, between_calls: bool) -> None:
    """Stop a process where it is. With `between_calls` once the kernel has finished what each thread asked of it."""
    process.send_signal(signal.SIGSTOP)
    threads = Path(f"/proc/{process.pid}/task")
    for _ in range(_LOOKS_AT_THREADS if between_calls else 0):
        if all(_state(each) in {"T", ""} for each in threads.iterdir()):
            return
        time.sleep(0.001)
    if between_calls:
        # Not what a server is caught by: a run that itself fails catches nothing.
        raise TimeoutError("a thread of the server did not stop")


def _state(thread: Path) -> str:
    """The letter of a thread's state; none when it is gone."""
    try:
        # The state stands behind the name, which may hold spaces and brackets.
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def ledger(
    path: Path, port: int, place: Place, *, clients: int = CLIENTS, mode: str = "insist"
) -> Iterator[subprocess.Popen[bytes]]:
    """A ledger that logs time until the block ends; `mode` is one of `faults.ledger.MODES`."""
    arguments = [str(path), str(port), place.token, str(place.workspace_id), str(clients), mode]
    process = subprocess.Popen([sys.executable, "-m", "faults.ledger", *arguments])
    try:
        yield process
    finally:
        ended(process)
