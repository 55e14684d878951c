"""The wheel: built from a clean copy of the sources, installed into an empty environment, and used from there."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "timewright"

pytestmark = pytest.mark.xdist_group("wheel")


def run(*command: object, **how: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=300, check=False, **how
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of these sources."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    # What is installed for development lies beside the sources: none of it may slip in.
    sources.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "src"):
        whole = ROOT / name
        copy = shutil.copytree if whole.is_dir() else shutil.copy
        copy(whole, sources / name)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    run(*build, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sources)
    (made,) = folder.glob("timewright-*.whl")
    return made


def test_it_holds_every_file_of_the_package_and_nothing_else(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert held == {str(path.relative_to(ROOT / "src")) for path in files}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel, what a server needs, and nothing else."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "runtime.txt")
    run(*pip, "--no-deps", wheel)
    return folder / "bin"


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, object]:
    """A folder with nothing in it, and no trace of the sources in the environment."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
    return {"cwd": tmp_path, "env": {**kept, "HOME": str(tmp_path)}}


def test_nothing_it_needs_is_missing(installed, elsewhere):
    told = run(installed / "python", "-m", "pip", "check", "--disable-pip-version-check", **elsewhere)
    assert "No broken requirements" in told.stdout


def test_it_does_not_bring_what_only_tests_need(installed, elsewhere):
    told = run(installed / "python", "-m", "pip", "list", "--format=json", "--disable-pip-version-check", **elsewhere)
    names = {each["name"] for each in json.loads(told.stdout)}
    assert not names & {"pytest", "hypothesis", "mypy", "ruff", "psycopg"}


@pytest.fixture
def demo(installed: Path, elsewhere: dict[str, object]) -> Iterator[dict[str, object]]:
    """What `timewright demo --json` says, once it serves."""
    command = [str(installed / "timewright"), "demo", "--json", "--port", "0"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        **elsewhere,  # type: ignore[call-overload]
    )
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def test_the_page_and_the_document_are_served_from_it(demo):
    for path in ("/docs", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js"):
        with urllib.request.urlopen(f"{demo['web_url']}{path}") as answer:
            assert answer.status == 200
            assert answer.read()
    with urllib.request.urlopen(f"{demo['web_url']}/openapi.json") as answer:
        document = json.load(answer)
    assert "example" in document["paths"]["/time_entries"]["get"]["responses"]["200"]["content"]["application/json"]


def test_the_sample_account_is_served_from_it(demo):
    entry = {"workspace_id": demo["workspace_id"], "date_performed": "2026-02-02", "time_in_minutes": 90}
    token = demo["tokens"]["consultant"]
    request = urllib.request.Request(
        f"{demo['base_url']}/time_entries",
        data=json.dumps({"time_entry": entry}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        told = json.load(answer)
    (shown,) = told["time_entries"].values()
    assert shown["time_in_minutes"] == 90
