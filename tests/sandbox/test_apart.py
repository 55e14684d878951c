"""The sandbox exists in a sandbox alone: not in what `serve` loads, not in what it answers."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

SOURCE = Path(__file__).parents[2] / "src" / "timewright"
PATHS = ("", "/clock", "/faults", "/requests", "/reset")
RUN = [sys.executable, "-X", "importtime", "-c", "from timewright.cli import main; main()"]


@contextmanager
def serving(folder, *arguments):
    """A server whose standard error tells every module that it loads; its address, and what it told."""
    told = folder / "told"
    with told.open("w") as log:
        process = subprocess.Popen(
            [*RUN, *arguments],
            stderr=log,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TIMEWRIGHT_PORT": "0"},
        )
        try:
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", told.read_text())):
                line = process.stdout.readline() if arguments[0] == "demo" else ""
                if line:
                    found = re.search(r"http://127\.0\.0\.1:\d+", json.loads(line)["web_url"])
                    break
                assert process.poll() is None, told.read_text()[-2000:]
            yield found[0], told
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.communicate()


def loaded(told):
    return set(re.findall(r"import time:.*\|\s+(timewright[\w.]*)", told.read_text()))


@pytest.mark.parametrize(
    ("command", "has_sandbox"),
    [
        (("serve", "--port", "0"), False),
        (("demo", "--json", "--port", "0"), False),
        (("demo", "--json", "--port", "0", "--sandbox"), True),
    ],
)
def test_only_a_sandbox_has_one(tmp_path, command, has_sandbox):
    if command[0] == "serve":
        command += ("--database", f"sqlite:///{tmp_path}/timewright.db")
    elif not has_sandbox:
        command += ("--data", str(tmp_path / "data"))
    with serving(tmp_path, *command) as (address, told):
        statuses = {
            httpx2.request(m, f"{address}/sandbox{p}").status_code for p in PATHS for m in ("GET", "POST", "PUT")
        }
        assert (statuses == {404}) is not has_sandbox
        modules = loaded(told)
        assert "timewright.server" in modules
        assert any(name.startswith("timewright.sandbox") for name in modules) is has_sandbox
        assert not {name for name in modules if name.startswith("timewright.client")}


def test_the_time_is_set_by_the_sandbox_alone():
    following = [path for path in SOURCE.rglob("*.py") if "clock.follow(" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(SOURCE) for path in following] == [Path("sandbox/held_clock.py")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sandbox", "--host", "0.0.0.0"),
        ("--sandbox", "--data", "somewhere"),
        ("--now", "2026-01-01T00:00:00"),
        ("--sandbox", "--now", "yesterday"),
    ],
)
def test_what_a_sandbox_cannot_be_is_refused(tmp_path, arguments):
    done = subprocess.run(
        [sys.executable, "-c", "from timewright.cli import main; main()", "demo", "--port", "0", *arguments],
        capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_it_ends_with_whoever_started_it_and_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        [*RUN[:1], *RUN[3:], "demo", "--sandbox", "--json", "--port", "0", "--until-input-ends"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        told = json.loads(process.stdout.readline())
        files = {each.readlink() for each in Path(f"/proc/{process.pid}/fd").iterdir() if each.is_symlink()}
        (folder,) = {path.parent for path in files if path.name == "timewright.db"}
        assert folder.is_dir()
        assert httpx2.get(told["web_url"] + "/readyz").status_code == 200
        process.stdin.close()
        assert process.wait(20) == 0
        assert not folder.exists()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
