"""F8: the server against its own description. Schemathesis makes requests from `/openapi.json` and holds every
answer against it: examples, boundaries (coverage), chance (fuzzing), and chains of requests (stateful).

Two identities ask, an administrator and a consultant; what they read, somebody of another account tries to read
too. Three of Schemathesis' checks are changed, because what they take for granted is not this
contract; why stands with each in `CHECKS`.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults import serving
from timewright import demo, migrations, tokens
from timewright.database import Database, file_url

IDENTITIES = ("administrator", "consultant")
OUTSIDER = "outsider"

BOUNDARIES = "coverage"
ALL_PHASES = "examples,coverage,fuzzing,stateful"
BY_CHANCE = "fuzzing,stateful"
FEW, MANY = 5, 100
"""How many cases an operation gets by chance: in the first round, and in each that follows."""

CHECKS = """
# A method that is not offered is 404 and not 405 (decisions A, contract README, errors).
[checks.unsupported_method]
enabled = false

# The contract ignores what it does not know, reads numbers and flags from strings, and takes what is blank for not
# sent (decisions B6, B16, B17): much that the document does not allow is accepted and means something.
[checks.negative_data_rejection]
enabled = false

# An id that does not exist for the caller, and every other rule about the data, is 422: the document cannot know
# what is stored. Beside the members it names, a body may hold anything, but no number out of bounds and no more
# than sixteen levels, which the document cannot say: there 400 is right as well (decisions A).
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422"]

[[operations]]
include-method = ["POST", "PUT", "PATCH", "DELETE"]

[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "422"]
"""

HOOKS = """
import schemathesis
from hypothesis import strategies as st

days = st.dates().map(str) | st.just("")
schemathesis.openapi.format("day-range", st.tuples(days, days).map(":".join))
"""


@dataclass
class Report:
    """What the rounds found. `failed` are failures by their title and operations, `told` what was said of them."""

    wanted: int
    cases: int = 0
    seconds: float = 0.0
    tested: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)

    def told(self) -> str:
        """The figures in a line."""
        return f"{self.cases} cases, {len(self.tested)} operations, {len(self.failed)} failures {self.failed[:3]}"

    @property
    def is_clean(self) -> bool:
        return self.cases >= self.wanted and not self.failed


def run(folder: Path, cases: int, *, build: str = serving.SENSIBLE, phases: str = ALL_PHASES) -> Report:
    """At least so many cases: first each identity through these phases, then both in turn by chance alone."""
    url, held = _prepared(folder)
    port = serving.free_port()
    process, _ = serving.started(url, port, folder / "server.log", build)
    report = Report(cases)
    try:
        for number in range(cases):
            if number >= len(IDENTITIES) and (report.cases >= cases or report.failed):
                break
            _round(report, folder / f"round{number}", port, held, number, phases)
    finally:
        serving.ended(process)
    return report


def _prepared(folder: Path) -> tuple[str, dict[str, str]]:
    url = file_url(folder / "timewright.db")
    database = Database(url)
    migrations.upgrade(database)
    demo.seed(database)
    held = {part: tokens.new_token() for part in (*IDENTITIES, OUTSIDER)}
    with database.write() as tx:
        people = demo.sample(tx).people
        for part, token in held.items():
            tokens.add(tx, token, user_id=people[part], name=part)
    database.close()
    return url, held


def _round(report: Report, folder: Path, port: int, held: dict[str, str], number: int, phases: str) -> None:
    folder.mkdir()
    identity = IDENTITIES[number % len(IDENTITIES)]
    is_first = number < len(IDENTITIES)
    bearers = [
        {"name": part, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
        for part, token in held.items()
    ]
    (folder / "tokens.json").write_text(json.dumps({"auth": bearers}))
    (folder / "hooks.py").write_text(HOOKS)
    (folder / "schemathesis.toml").write_text(_settings(identity, covers_all=number != 1) + CHECKS)
    told = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/openapi.json"),
            *("--phases", phases if is_first else BY_CHANCE, "--max-examples", str(FEW if is_first else MANY)),
            *("--seed", str(number), "--continue-on-failure", "--no-color", "--generation-database", "none"),
            *("--report", "json", "--report-json-path", "report.json"),
        ],
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    _note(report, folder / "report.json", told.stdout, identity)


def _settings(identity: str, *, covers_all: bool) -> str:
    """Who asks. Whether a value can be read at all is the same for everyone: the boundaries that lie outside the
    document are tried by the first identity alone.
    """
    return "\n".join(
        [
            'hooks = "hooks.py"',
            "[cache]",
            "enabled = false",
            "[auth.wfc]",
            'path = "tokens.json"',
            f'user = "{identity}"',
            f"peers = {json.dumps([identity, OUTSIDER])}",
            *([] if covers_all else ["[phases.coverage.generation]", 'mode = "positive"']),
        ]
    )


def _note(report: Report, path: Path, output: str, identity: str) -> None:
    if not path.exists():
        report.failed.append("Schemathesis did not run")
        report.output.append(output)
        return
    found: dict[str, Any] = json.loads(path.read_text())
    report.cases += found["test_cases"]["generated"]
    report.seconds += found["running_time"]
    report.tested |= set(found["valid_rates"])
    wrong = [*found["failures"], *found["errors"]]
    report.failed += [f"{each.get('title')}: {each.get('operations')} as {identity}" for each in wrong]
    if not found["complete"] or (found["exit_code"] and not wrong):
        report.failed.append(f"stopped: {found['stop_reason']}")
    if wrong or not found["complete"]:
        report.output.append(output)
