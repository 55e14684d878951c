"""wrk with prepared requests: one thread, connections that are kept, a fresh idempotency key on every request.

People, projects, tasks, days and minutes rotate with steps that have no common divisor with their number.
Every fourth entry carries an external reference.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import seeding
from bench.seeding import Place
from bench.servers import Failed, Server

SINGLES, BULKS, BULK_ROWS = 400, 50, 100

_SCRIPT = """
local heads, bodies, count, prefix = {}, {}, 0, ""
%s
function init(arguments) prefix = arguments[1] or "" end
function request()
  count = count + 1
  local n = (count - 1) %% #heads + 1
  if bodies[n] == "" then return heads[n] .. "\\r\\n" end
  return heads[n] .. "Idempotency-Key: " .. prefix .. "-" .. count .. "\\r\\n\\r\\n" .. bodies[n]
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\nRESULT {"requests":%%d,"microseconds":%%d,"errors":%%d,"p50":%%f,"p99":%%f}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Run:
    """What a run measured. Times in milliseconds, processor time per request in microseconds."""

    per_second: float
    p50: float
    p99: float
    cpu_per_request: float
    requests: int


def needed() -> None:
    """Install wrk where that is ours to do, and say so; say what to install elsewhere."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing wrk for the benchmark ...", flush=True)
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False, env=quiet, stdout=subprocess.DEVNULL)
    if not shutil.which("wrk"):
        sys.exit("The benchmark needs wrk. Install it (Debian: apt-get install wrk) and run this again.")


def singles(place: Place, folder: Path) -> Path:
    """The script of single creates."""
    requests = [(_token(place, n), {"time_entry": _entry(n)}) for n in range(SINGLES)]
    return _script(folder / "singles.lua", requests)


def bulks(place: Place, folder: Path) -> Path:
    """The script of creates of 100."""
    requests = [
        (_token(place, n), {"time_entries": [_entry(n, n * BULK_ROWS + row) for row in range(BULK_ROWS)]})
        for n in range(BULKS)
    ]
    return _script(folder / "bulks.lua", requests)


def gets(folder: Path, name: str, path: str, token: str) -> Path:
    """The script of one GET again and again."""
    return _script(folder / f"{name}.lua", [(token, None)], path)


def _user(number: int) -> int:
    return number * 7 % seeding.PEOPLE + 1


def _token(place: Place, number: int) -> str:
    return place.token(_user(number))


def _entry(caller: int, number: int | None = None) -> dict[str, Any]:
    number = caller if number is None else number
    mine = seeding.projects_of(_user(caller))
    project = mine[number * 3 % len(mine)]
    entry: dict[str, Any] = {
        "workspace_id": project,
        "story_id": seeding.tasks_of(project)[number * 3 % seeding.TASKS_EACH],
        "date_performed": (seeding.FIRST_DAY + timedelta(days=number * 11 % seeding.DAYS)).isoformat(),
        "time_in_minutes": number * 7 % 480 + 1,
        "notes": "Worked on what was agreed.",
    }
    if number % 4 == 0:
        reference = {"service_name": "tracker", "service_model": "Issue", "service_model_ref": f"WEB-{number}"}
        entry["external_reference"] = reference
    return entry


def _script(script: Path, requests: list[tuple[str, Any]], path: str = "/api/v1/time_entries") -> Path:
    lines = []
    for number, (token, content) in enumerate(requests, start=1):
        body = "" if content is None else json.dumps(content, separators=(",", ":"))
        method = "GET" if content is None else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        lines.append(f"heads[{number}], bodies[{number}] = {_quoted(head)}, {_quoted(body)}")
    script.write_text(_SCRIPT % "\n".join(lines))
    return script


def _quoted(text: str) -> str:
    # A JSON string of ASCII is a Lua string.
    return json.dumps(text)


def run(server: Server, script: Path, connections: int, seconds: float, *, warm_up: float) -> Run:
    """Load a server for a while. Any answer but 2xx, and any that is missing, fails the run."""
    if warm_up:
        _wrk(server, script, connections, warm_up)
    before = server.cpu_seconds()
    told = _wrk(server, script, connections, seconds)
    spent = server.cpu_seconds() - before
    return Run(
        per_second=told["requests"] / (told["microseconds"] / 1e6),
        p50=told["p50"] / 1000,
        p99=told["p99"] / 1000,
        cpu_per_request=spent / told["requests"] * 1e6,
        requests=int(told["requests"]),
    )


def _wrk(server: Server, script: Path, connections: int, seconds: float) -> dict[str, float]:
    address = f"http://127.0.0.1:{server.port}/"
    # wrk counts whole seconds.
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "10s",
        "-s",
        str(script),
        address,
    ]
    told = subprocess.run(
        [*command, "--", secrets.token_hex(8)], capture_output=True, text=True, check=True, timeout=seconds + 60
    ).stdout
    result: dict[str, float] = json.loads(told.rpartition("RESULT ")[2])
    if result["errors"] or not result["requests"]:
        raise Failed(f"{told}\n{server.log.read_text()[-2000:]}")
    return result
