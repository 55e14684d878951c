"""From rounds to a table and a JSON file, with the machine and the versions they hold for."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.floors import Rounds, Told, told

PACKAGES = ("uvicorn", "uvloop", "httptools", "starlette", "msgspec", "sqlalchemy")


BEGIN, END = "<!-- what `make bench` measured -->", "<!-- what follows is written by hand again -->"


def machine() -> dict[str, Any]:
    """What the figures hold for."""
    cpu = Path("/proc/cpuinfo").read_text()
    memory = Path("/proc/meminfo").read_text()
    model = re.search(r"model name\s*:\s*(.+)", cpu)
    total = re.search(r"MemTotal:\s*(\d+)", memory)
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(total[1]) / 1e6) if total else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "wrk": wrk.split("[")[0].replace("wrk", "").strip(),
        "load": os.getloadavg()[0],
        "packages": {name: version(name) for name in PACKAGES},
    }


def document(rounds: Rounds, about: dict[str, Any]) -> dict[str, Any]:
    """Everything as JSON holds it."""
    figures = {
        each.figure.name: {
            "says": each.figure.says,
            "unit": each.figure.unit,
            "median": each.middle,
            "least": each.least,
            "most": each.most,
            "floor": each.figure.floor,
            "aim": each.figure.aim,
            "verdict": each.verdict,
        }
        for _, found in told(rounds)
        for each in found
    }
    return {"machine": about, "rounds": list(rounds), "figures": figures}


def table(rounds: Rounds, *, floors_only: bool = False) -> str:
    """The figures as a page holds them: what they say, their median and range, floor, aim, and what is met."""
    parts = []
    for title, found in told(rounds):
        shown = [each for each in found if each.figure.floor is not None or not floors_only]
        if shown:
            head = ["| figure | median | range | floor | aim | met |", "| --- | --- | --- | --- | --- | --- |"]
            parts.append("\n".join([f"**{title}**", "", *head, *map(_line, shown)]))
    return "\n\n".join(parts) + "\n"


def words(about: dict[str, Any]) -> str:
    """In a sentence or two, what the figures hold for."""
    return (
        f"{about['date']} UTC: {about['cpu']}, {about['cores']} cores, {about['memory_gb']} GB, {about['system']}, "
        f"Python {about['python']}, SQLite {about['sqlite']}, wrk {about['wrk']}. {about['rounds']} rounds; "
        f"small is {about['small']:,} entries, large {about['large']:,}. "
        f"When it began, {about['load']:.1f} processes wanted a core."
    )


def _line(each: Told) -> str:
    figure = each.figure
    unit = f" {figure.unit}" if figure.unit else ""
    met = "**MISSED**" if each.verdict == "MISSED" else each.verdict
    bounds = [_shown(bound) if bound is not None else "" for bound in (figure.floor, figure.aim)]
    spread = f"{_shown(each.least)} to {_shown(each.most)}"
    return f"| {figure.says} | {_shown(each.middle)}{unit} | {spread} | {bounds[0]} | {bounds[1]} | {met} |"


def _shown(number: float) -> str:
    """Three figures that count, no more."""
    if abs(number) >= 100:
        return f"{round(number, -(len(str(int(abs(number)))) - 3)):,.0f}"
    return f"{number:.3g}"


def missed(rounds: Rounds) -> list[str]:
    """The figures below their floors, in words."""
    return [
        f"{each.figure.says}: {_shown(each.middle)} {each.figure.unit}".strip()
        + f", floor {_shown(each.figure.floor or 0)}"
        for _, found in told(rounds)
        for each in found
        if each.verdict == "MISSED"
    ]


def write(folder: Path, rounds: Rounds, about: dict[str, Any]) -> Path:
    """Write the JSON file, and the table of what has a floor; answers the JSON file."""
    folder.mkdir(parents=True, exist_ok=True)
    cpu = re.sub(r"[^a-z0-9]+", "-", about["cpu"].lower()).strip("-")
    path = folder / f"{about['date'][:10]}-{cpu}.json"
    path.write_text(json.dumps(document(rounds, about), indent=1) + "\n")
    (folder / "table.md").write_text(f"{words(about)}\n\n{table(rounds, floors_only=True)}")
    return path


def fill(page: Path, rounds: Rounds, about: dict[str, Any]) -> None:
    """Put the figures between the two markers of a page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{words(about)}\n\n{table(rounds)}\n{END}{after}")
