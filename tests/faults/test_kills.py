"""F1, short. The long form is `make faults LONG=1`."""

from faults import kills


def test_a_killed_server_loses_nothing_and_doubles_nothing(tmp_path):
    report = kills.run(tmp_path, 6)
    assert report.is_clean, report.told()
    assert report.acknowledged > 100
    assert report.outages > 0
    assert report.slowest_restart < 10


def test_a_server_that_is_told_to_stop_ends_in_time_and_loses_nothing(tmp_path):
    report = kills.run(tmp_path, 3, gently=True)
    assert report.is_clean, report.told()
    assert report.acknowledged > 50


def test_a_build_that_acknowledges_before_it_commits_is_caught(tmp_path):
    report = kills.run(tmp_path, 3, build="faults.broken_acknowledges_early")
    assert report.lost > 0


def test_a_build_that_commits_a_bulk_by_halves_is_caught(tmp_path):
    report = kills.run(tmp_path, 3, build="faults.broken_commits_by_halves")
    assert report.doubled + report.torn > 0
