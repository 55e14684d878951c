"""F14, short. The long form is `make faults LONG=1`."""

from faults import backups


def test_backups_under_load_hold_what_was_acknowledged_before_them(tmp_path):
    report = backups.run(tmp_path, 3)
    assert report.is_clean, report
    assert report.backups == 3
    assert report.compared > 50


def test_a_build_that_copies_the_file_alone_is_caught(tmp_path):
    report = backups.run(tmp_path, 1, build="faults.broken_copies_the_file")
    assert report.faults["lost"] > 0
