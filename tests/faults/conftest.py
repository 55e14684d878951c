"""What a machine cannot break is left out, counted, and named at the end of the run with the reason.

A test says what it needs with `needs("mounts", …)`, the words of `faults.machine`. As root on Debian
`tests/needs` installs what is missing, so that there nothing is left out.
"""

from collections import Counter

import pytest

from faults import machine

LEFT_OUT = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*words): what a test needs of the machine, see faults/machine.py")
    config.stash[LEFT_OUT] = Counter()
    config.pluginmanager.register(_Workers(config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = []
    for item in items:
        reasons = machine.lacking(word for marker in item.iter_markers("needs") for word in marker.args)
        if reasons:
            left_out.append(item)
            config.stash[LEFT_OUT]["; ".join(reasons)] += 1
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(session.config.stash[LEFT_OUT])


class _Workers:
    """Each of several workers collects everything and so leaves out the same: the first one's word is enough."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        told = getattr(node, "workeroutput", {}).get("left_out", {})
        self._config.stash[LEFT_OUT] |= Counter(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for reason, count in config.stash[LEFT_OUT].items():
        terminalreporter.write_line(f"{count} tests of faults were NOT RUN here: {reason}.", yellow=True)
