"""F11: thousands of slow connections. Whoever asks beside them is served, and each of them is ended in time.

A quarter each says nothing, drips a head, drips a body, or takes an answer drop by drop. They come from a process
of their own and from several addresses of this machine, 500 from each.
"""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from faults import ledger, serving
from timewright.settings import Settings

KINDS = ("reader", "silent", "head", "body")
PER_ADDRESS = 500
MOST_MIB = 400
SPARE_DESCRIPTORS = 12
"""How many more the server may have open at the end than at the start: threads of readers that came to be."""

OPENED_AT_ONCE = 200
READERS_PER_SECOND = 200
LONG_ANSWER_EVERY = 25
"""Which readers ask for a long list. The others ask for little: lists without end are load, not slowness."""

LONG_ANSWER, ANSWER = "/api/v1/time_entries?per_page=200&include=user,workspace,story", "/api/v1/users/me"


@dataclass
class Report:
    """What a run found. `failures` of the good client, `late` connections by kind and `left` descriptors are what
    must be zero.
    """

    connections: int = 0
    held: int = 0
    turned_away: int = 0
    requests: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    median_ms: float = 0.0
    p99_ms: float = 0.0
    late: Counter[str] = field(default_factory=Counter)
    slowest_seconds: dict[str, float] = field(default_factory=dict)
    most_mib: float = 0.0
    left: int = 0

    def told(self) -> str:
        """The figures in a line."""
        slowest = ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in self.slowest_seconds.items())
        return (
            f"{self.held} of {self.connections} held at once, {self.turned_away} turned away, "
            f"{sum(self.late.values())} ended late (slowest: {slowest}), good client: {self.requests} requests, "
            f"{sum(self.failures.values())} failures, median {self.median_ms:.0f} ms, p99 {self.p99_ms:.0f} ms, "
            f"most memory {self.most_mib:.0f} MiB, {self.left} descriptors left"
        )

    @property
    def is_clean(self) -> bool:
        return not (self.failures or self.late or self.left or self.turned_away) and self.most_mib < MOST_MIB


def run(
    folder: Path,
    connections: int,
    *,
    build: str = "timewright.cli",
    settings: Mapping[str, float] | None = None,
    grace_seconds: float = 5.0,
) -> Report:
    """Attack a server with so many slow connections, and compare. `settings` are deadlines other than the default."""
    report = Report(connections=connections)
    limits = Settings(**(settings or {}))  # type: ignore[arg-type]
    url, token, workspace_id = serving.prepared(folder)
    port = serving.free_port()
    environment = {f"TIMEWRIGHT_{name.upper()}": str(value) for name, value in (settings or {}).items()}
    server, _ = serving.started(url, port, folder / "server.log", build, environment=environment)
    try:
        asyncio.run(_beside(port, token, workspace_id, 20, Report()))  # So that what is made once is there.
        base = _descriptors(server.pid)
        how = {
            "port": port,
            "token": token,
            "count": connections,
            "grace": grace_seconds,
            "pause": min(1.0, limits.header_seconds / 10),
            "deadlines": {
                "silent": limits.header_seconds,
                "head": limits.header_seconds,
                "body": limits.body_seconds,
                # An answer that the system's own buffers hold is taken, as the server sees it.
                "reader": max(limits.write_seconds, limits.idle_seconds),
            },
        }
        attack = subprocess.Popen(
            [sys.executable, "-m", "faults.slow", json.dumps(how)], stdout=subprocess.PIPE, text=True
        )
        try:
            asyncio.run(_watched(attack, server.pid, port, token, workspace_id, base, report))
            told = json.loads(attack.communicate()[0])
        finally:
            attack.kill()
            attack.wait()
        report.late, report.slowest_seconds = Counter(told["late"]), told["slowest"]
        report.turned_away = told["turned_away"]
        report.left = _left(server.pid, base)
    finally:
        server.kill()
        server.wait()
    return report


async def _watched(
    attack: subprocess.Popen[str], pid: int, port: int, token: str, workspace_id: int, base: int, report: Report
) -> None:
    """Be a good client as long as the attack lasts, and look at the server's memory and descriptors."""
    took: list[float] = []
    while attack.poll() is None:
        took += await _beside(port, token, workspace_id, 10, report)
        report.held = max(report.held, _descriptors(pid) - base)
        report.most_mib = max(report.most_mib, _mib(pid))
    took.sort()
    report.median_ms, report.p99_ms = (took[int(len(took) * share)] * 1_000 for share in (0.5, 0.99))


async def _beside(port: int, token: str, workspace_id: int, count: int, report: Report) -> list[float]:
    """Log time so many times, each on a new connection; how long each took, in seconds."""
    took = []
    for _ in range(count):
        entry = {"workspace_id": workspace_id, "date_performed": "2026-02-02", "time_in_minutes": 30}
        begun = time.monotonic()
        try:
            status, _, _ = await ledger.request(
                port, token, uuid.uuid4().hex, json.dumps({"time_entry": entry}).encode()
            )
            if status != 200:
                report.failures[str(status)] += 1
        except (OSError, ValueError, IndexError, TimeoutError) as error:
            report.failures[type(error).__name__] += 1
        report.requests += 1
        took.append(time.monotonic() - begun)
        await asyncio.sleep(0.02)
    return took


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _left(pid: int, base: int) -> int:
    """How many descriptors too many stay open, after the last ones had a moment to close."""
    end = time.monotonic() + 5
    while _descriptors(pid) > base + SPARE_DESCRIPTORS and time.monotonic() < end:
        time.sleep(0.05)
    return max(0, _descriptors(pid) - base - SPARE_DESCRIPTORS)


# The attack, in a process of its own --------------------------------------------------------------


class Attack:
    """So many slow connections to a port, and what became of each."""

    def __init__(self, how: Mapping[str, object]) -> None:
        self._how = how
        self._loop = asyncio.get_running_loop()
        self._opening = asyncio.Semaphore(OPENED_AT_ONCE)
        self.late: Counter[str] = Counter()
        self.slowest: dict[str, float] = dict.fromkeys(KINDS, 0.0)
        self.turned_away = 0
        self._looked_at = 0.0
        self._held: set[tuple[str, int]] = set()

    async def run(self) -> None:
        """Open all, readers first since each of them asks for work, and wait until each is ended or late."""
        count = int(str(self._how["count"]))
        kinds = [kind for kind in KINDS for _ in range(count // len(KINDS))]
        hostile = []
        for number, kind in enumerate(kinds):
            path = ANSWER if number % LONG_ANSWER_EVERY else LONG_ANSWER
            hostile.append(asyncio.create_task(self._one(kind, f"127.0.0.{2 + number // PER_ADDRESS}", path)))
            if kind == "reader":
                await asyncio.sleep(1 / READERS_PER_SECOND)
        await asyncio.gather(*hostile)

    async def _one(self, kind: str, address: str, path: str) -> None:
        plain = socket.socket()
        plain.setblocking(False)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        plain.bind((address, 0))
        try:
            async with self._opening:
                await self._loop.sock_connect(plain, ("127.0.0.1", int(str(self._how["port"]))))
            if kind == "reader":
                # Its time runs from the answer on.
                await self._loop.sock_sendall(plain, self._head(f"GET {path}"))
                await self._loop.sock_recv(plain, 12)
            begun = self._loop.time()
            deadlines = self._how["deadlines"]
            assert isinstance(deadlines, dict)
            seconds = deadlines[kind] + self._how["grace"]
            heard = b""
            try:
                async with asyncio.timeout(seconds):
                    heard = await (self._reading(plain) if kind == "reader" else self._dripping(kind, plain))
            except TimeoutError:
                self.late[kind] += self._is_held(plain)
            self.slowest[kind] = max(self.slowest[kind], self._loop.time() - begun)
            self.turned_away += heard.startswith(b"HTTP/1.1 503")
        except OSError:
            # Not let in at all.
            self.turned_away += 1
        finally:
            plain.close()

    async def _dripping(self, kind: str, plain: socket.socket) -> bytes:
        """Send a little now and then; what was heard when the server hung up."""
        if kind == "head":
            await self._loop.sock_sendall(plain, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ")
        elif kind == "body":
            await self._loop.sock_sendall(plain, self._head("POST /api/v1/time_entries", "Content-Length: 9000"))
        sending = asyncio.create_task(self._drip(plain)) if kind != "silent" else None
        heard = bytearray()
        try:
            with contextlib.suppress(ConnectionError):
                while some := await self._loop.sock_recv(plain, 4_096):
                    heard += some
        finally:
            if sending is not None:
                sending.cancel()
        return bytes(heard)

    async def _drip(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                await asyncio.sleep(float(str(self._how["pause"])))
                await self._loop.sock_sendall(plain, b" ")

    async def _reading(self, plain: socket.socket) -> bytes:
        """Take a byte of an answer now and then."""
        with contextlib.suppress(ConnectionError):
            while await self._loop.sock_recv(plain, 1):  # noqa: ASYNC110 - a pause is what makes it slow
                await asyncio.sleep(float(str(self._how["pause"])))
        return b""

    def _is_held(self, plain: socket.socket) -> bool:
        """Whether the server's end of a connection is open, as the system's table of connections has it.

        A reader cannot tell, since the end stands behind what it did not read; nor can the others when this process
        comes late itself.
        """
        if self._loop.time() - self._looked_at > 0.5:
            self._looked_at, self._held = self._loop.time(), established(int(str(self._how["port"])))
        return plain.getsockname() in self._held

    def _head(self, request: str, *headers: str) -> bytes:
        lines = (f"{request} HTTP/1.1", "Host: x", f"Authorization: Bearer {self._how['token']}", *headers, "", "")
        return "\r\n".join(lines).encode()


def established(port: int) -> set[tuple[str, int]]:
    """Whom the server at this port has a connection with that it did not end."""
    held = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, here, there, state, *_ = line.split()
        if state == "01" and int(here.partition(":")[2], 16) == port:
            address, _, number = there.partition(":")
            held.add((socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(number, 16)))
    return held


async def main(how: str) -> None:
    """Attack, and tell as one line of JSON what came of it."""
    attack = Attack(json.loads(how))
    await attack.run()
    print(json.dumps({"late": +attack.late, "slowest": attack.slowest, "turned_away": attack.turned_away}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
