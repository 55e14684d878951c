"""Servers under measurement: started, asked, weighed, and stopped by their pid."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.seeding import ADMINISTRATOR, Place

START_SECONDS, STOP_SECONDS = 30, 15
_TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A request was not answered with 2xx, or what was answered was not stored. The run counts for nothing."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    started_after: float
    """Seconds from the start of its process to its first answer."""

    def cpu_seconds(self) -> float:
        """Processor time of its process tree, user and system."""
        return sum(_cpu_seconds(pid) for pid in _tree(self.process.pid))

    def resident_bytes(self) -> int:
        """Resident memory of its process tree."""
        return sum(_resident_bytes(pid) for pid in _tree(self.process.pid))

    def stop(self) -> None:
        """Tell it to stop, and end it when it does not."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def serving(place: Place, build: str = "timewright.cli", *, log: Path | None = None) -> Iterator[Server]:
    """The server on a database, or a build of it that differs in one thing (see `bench/builds.py`)."""
    port = _free_port()
    program = f"from {build.partition(':')[0]} import {build.partition(':')[2] or 'main'} as main; main()"
    url = f"sqlite:///{place.path.resolve()}"
    arguments = ["-c", program, "serve", "--port", str(port), "--database", url]
    log = log or place.path.with_name("server.log")
    with _started(arguments, port, log, "/api/v1/users/me", place.token(ADMINISTRATOR)) as server:
        yield server


@contextmanager
def bare(folder: Path) -> Iterator[Server]:
    """What the same HTTP server does without any of Timewright on top (see `bench/hello.py`)."""
    port = _free_port()
    with _started(["-m", "bench.hello", str(port)], port, folder / "server.log", "/", "") as server:
        yield server


@contextmanager
def _started(arguments: list[str], port: int, log: Path, path: str, token: str) -> Iterator[Server]:
    begun = time.monotonic()
    with log.open("wb") as told:
        process = subprocess.Popen([sys.executable, *arguments], stdout=told, stderr=told)
    try:
        while not _answers(port, path, token):
            if process.poll() is not None or time.monotonic() - begun > START_SECONDS:
                raise RuntimeError(f"A server did not start: {log.read_text()[-2000:]}")
            time.sleep(0.002)
        server = Server(process, port, log, time.monotonic() - begun)
    except BaseException:
        process.kill()
        process.wait()
        raise
    try:
        yield server
    finally:
        server.stop()


def asked(server: Server, path: str, token: str, seconds: float) -> list[float]:
    """How long a GET takes, again and again on one connection, in milliseconds; the first is not counted
    unless it was the only one in the time.

    A load generator that counts seconds would cut the slow ones off.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    taken: list[float] = []
    end = time.monotonic() + seconds
    try:
        while not taken or time.monotonic() < end:
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            content = answer.read()
            taken.append((time.perf_counter() - begun) * 1000)
            if answer.status != 200:
                raise Failed(f"{path}: {answer.status} {content[:500]!r}")
    finally:
        connection.close()
    return taken[1:] or taken


def _answers(port: int, path: str, token: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(child) for child in children.read_text().split()] if children.exists() else []
    return [pid, *(each for child in found for each in _tree(child))]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident_bytes(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
