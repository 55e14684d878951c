"""docs/bodies.md is what a server answers: its commands are run, and the answers compared."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.sockets import served

PAGE = Path(__file__).parents[2] / "docs" / "bodies.md"
STEP = re.compile(r"```sh\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
TIMES = re.compile(r'"(created_at|updated_at)":"[^"]*"')


def written():
    """The commands of the page, each block with the answers below it."""
    return STEP.findall(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What a server answers to each block, one line for each command."""
    with served(tmp_path_factory.mktemp("served")) as server:
        told = {"BASE": f"http://127.0.0.1:{server.port}/api/v1", "TOKEN": server.token, "PROJECT": "1"}
        assert server.workspace_id == 1
        return [ran(commands, {**os.environ, **told}) for commands, _ in written()]


def ran(commands, environment):
    # Each answer ends its line, so that they can be told apart.
    curl = 'curl() { command curl --silent --show-error "$@" && echo; }\n'
    done = subprocess.run(
        ["bash", "-euc", curl + commands], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout


def alike(text):
    """An answer without its times, and with its own ids counted from 1."""
    text = TIMES.sub(r'"\1":""', text)
    for number, id_ in enumerate(dict.fromkeys(re.findall(r'"key":"time_entries","id":"(\d+)"', text)), start=1):
        text = text.replace(f'"{id_}"', f'"entry {number}"')
    return text


@pytest.mark.parametrize("number", range(len(written())))
def test_the_page_says_what_a_server_answers(answers, number):
    assert alike(answers[number]) == alike(written()[number][1])


def test_the_four_ways_make_the_same_entry(answers):
    first, *others = (alike(answer) for answer in answers[:4])
    assert json.loads(first)["count"] == 1
    assert others == [first] * 3
