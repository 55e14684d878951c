"""F6, short: the disk answers with errors, and every "nothing was stored" is true."""

import pytest

from faults import io_errors

pytestmark = pytest.mark.needs(*io_errors.NEEDS)


def test_errors_under_load_leave_nothing_that_was_denied(tmp_path):
    report = io_errors.run(tmp_path, 6)
    assert report.is_clean, report.told()
    assert report.acknowledged > 50
    assert report.not_stored > 0


def test_whichever_call_fails_leaves_nothing_that_was_denied(tmp_path):
    report = io_errors.each_call(tmp_path, 2, points=io_errors.POINTS[:2])
    assert report.is_clean, report.told()
    assert report.rounds == 4
    assert report.not_stored > 0


def test_a_build_that_does_not_fence_is_caught(tmp_path):
    report = io_errors.each_call(tmp_path, 4, build="faults.broken_does_not_fence", points=io_errors.SYNC)
    assert report.ghosts > 0, report.told()
