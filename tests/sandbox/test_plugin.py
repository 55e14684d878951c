"""The pytest plugin, as those use it who installed Timewright to test something else."""

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
SAMPLE = (ROOT / "examples" / "test_your_client.py").read_text(encoding="utf-8")


def outcomes(pytester: pytest.Pytester, *arguments: str) -> dict[str, int]:
    done = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", *arguments)
    return done.parseoutcomes()


CLAIM = """
@pytest.mark.parametrize("client", [naive, careful])
def test_a_lost_answer_books_once(booked, client, timewright_faults):
    timewright_faults.lose_answer(method="POST")
    assert booked(client) == 1
"""
"""What a test says of a client: the naive one of the sample does not hold it."""


def test_the_sample_and_the_pages_hold_and_a_client_without_a_key_is_found(pytester):
    named = {"test_sample": SAMPLE}
    for page in ("sandbox.md", "client.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for number, example in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
            named[f"test_{page[:-3]}_{number}"] = example if "def test_" in example else as_test(example)
    assert len(named) > 3
    holding = sum(len(re.findall(r"(?m)^def test_|^@pytest.mark.parametrize", each)) for each in named.values())
    named["test_claim"] = SAMPLE.partition("@pytest.mark.parametrize")[0] + CLAIM
    pytester.makepyfile(**named)
    done = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    assert done.parseoutcomes() == {"passed": holding + 1, "failed": 1}
    done.stdout.fnmatch_lines(["*assert 2 == 1*", "FAILED test_claim.py::*naive*"])


def as_test(example: str) -> str:
    """An example that needs an address and a token, as a test."""
    lines = [
        "base_url, token = timewright_server.base_url, timewright_server.tokens['consultant']",
        *example.splitlines(),
    ]
    return "def test_it(timewright_server):\n" + "".join(f"    {line}\n" for line in lines)


def test_tests_do_not_see_one_another_and_seed_and_time_are_chosen(pytester):
    pytester.makeini("[pytest]\ntimewright_now = 2027-03-04T05:06:07\ntimewright_seed = 9\n")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("run", range(3))
        def test_one(run, timewright_client, timewright_server, timewright_clock, timewright_faults):
            entry = dict(workspace_id=timewright_server.workspace_id, date_performed="2026-11-18", time_in_minutes=1)
            assert timewright_client.time_entries.create(**entry)["id"] == "430"
            assert timewright_clock.now.isoformat() == "2027-03-04T05:06:07+00:00"
            assert len(timewright_server.requests()) == 1
            timewright_clock.advance(days=400)
            timewright_faults.drop(times=100)
        """
    )
    assert outcomes(pytester) == {"passed": 3}


def test_who_asks_for_nothing_pays_nothing(pytester, monkeypatch):
    """Loaded with every run of pytest, the plugin brings nothing with it."""
    # What the plugins of others bring is theirs.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import sys

        def test_other():
            mine = {name for name in sys.modules if name.partition(".")[0] == "timewright"}
            assert mine == {"timewright", "timewright.sandbox", "timewright.sandbox.plugin"}
            assert not {"sqlalchemy", "httpx2", "msgspec", "starlette", "http.client"} & set(sys.modules)
        """
    )
    assert outcomes(pytester, "-p", "timewright.sandbox.plugin") == {"passed": 1}
