"""What a machine cannot break is said, and a fault's row says what it needs."""

import os
import shutil

import pytest

from faults import machine
from faults.__main__ import FAULTS


@pytest.fixture
def bare_machine(monkeypatch):
    machine._lack.cache_clear()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    yield
    machine._lack.cache_clear()


def test_each_need_that_is_not_met_is_a_sentence(bare_machine):
    assert machine.lacking(["mounts", "libfiu", "xfs"]) == [
        "mounting a filesystem needs root",
        "fiu-utils is not installed (Debian: apt-get install fiu-utils)",
        "xfsprogs is not installed (Debian: apt-get install xfsprogs)",
    ]
    assert machine.installed() == "Missing and not installed (that takes root and apt): e2fsprogs, xfsprogs, fiu-utils."


def test_every_fault_has_a_control_and_needs_what_can_be_looked_for():
    for fault in FAULTS:
        machine.lacking(fault.needs)
        assert any(each.is_control and each.figure == fault.figure for each in FAULTS), fault.name
