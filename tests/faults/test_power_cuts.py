"""F2, short: the disk is cut off under load."""

import subprocess

import pytest

from faults import power_cuts, serving

ON_EACH = [pytest.param(kind, marks=pytest.mark.needs(*power_cuts.NEEDS[kind])) for kind in ("ext4", "xfs")]


@pytest.mark.parametrize("kind", ON_EACH)
def test_a_power_cut_loses_nothing_and_brings_nothing_back(tmp_path, kind):
    report = power_cuts.run(tmp_path, 3, kind)
    assert report.is_clean, report.told()
    assert report.rounds == 3
    assert report.acknowledged > 50
    assert report.outages > 0


@pytest.mark.needs(*power_cuts.NEEDS["ext4"])
@pytest.mark.parametrize("build", ["faults.broken_never_syncs", "faults.broken_syncs_late"])
def test_a_build_that_does_not_sync_each_commit_is_caught(tmp_path, build):
    report = power_cuts.run(tmp_path, 2, "ext4", build=build)
    assert report.lost > 0 or report.integrity != "ok" or report.broken, report.told()


def test_a_server_that_cannot_be_stopped_is_not_one_that_was_caught(monkeypatch):
    """`run` takes a RuntimeError for a server that did not come up again, which a broken build is caught by."""
    monkeypatch.setattr(serving, "_LOOKS_AT_THREADS", 0)
    process = subprocess.Popen(["sleep", "60"])
    try:
        with pytest.raises(TimeoutError):
            serving.stopped(process, between_calls=True)
    finally:
        serving.ended(process)
