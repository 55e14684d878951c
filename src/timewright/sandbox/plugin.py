"""The pytest plugin: a server for tests against the API, its clock, its faults, a client.

It is loaded with every run of pytest where Timewright is installed: nothing is imported before a fixture is asked
for. docs/sandbox.md shows how it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from timewright.client import Timewright
    from timewright.sandbox.steering import Clock, Faults, Server


def pytest_addoption(parser: pytest.Parser) -> None:
    """The choices of the sandbox, for the settings file of pytest."""
    parser.addini("timewright_seed", "Which sample data; the same number, the same ids.", default="1")
    parser.addini("timewright_now", "What time it is in the sandbox at first, in UTC.", default="")


@pytest.fixture(scope="session")
def timewright_process(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The sandbox that the tests of a session share, one after the other. Ask for `timewright_server`."""
    from timewright.sandbox.steering import started

    path = tmp_path_factory.mktemp("timewright") / "server.log"
    seed, now = int(request.config.getini("timewright_seed")), request.config.getini("timewright_now")
    with path.open("w", encoding="utf-8") as log, started(log, seed=seed, now=now or None) as server:
        yield server


@pytest.fixture
def timewright_server(timewright_process: Server) -> Server:
    """A server with sample data in its seeded state, on a free port of this machine."""
    timewright_process.reset()
    return timewright_process


@pytest.fixture
def timewright_client(timewright_server: Server) -> Iterator[Timewright]:
    """A client of the server, with the token of the consultant."""
    with timewright_server.client() as client:
        yield client


@pytest.fixture
def timewright_clock(timewright_server: Server) -> Clock:
    """The server's clock, to set and to advance."""
    return timewright_server.clock


@pytest.fixture
def timewright_faults(timewright_server: Server) -> Faults:
    """The faults that the server's calls meet."""
    return timewright_server.faults
