"""F12, short: the same request many times at once under one key."""

from faults import same_key

BROKEN = "faults.broken_key_stored_afterwards"


def test_the_same_key_at_once_is_carried_out_once(tmp_path):
    report = same_key.run(tmp_path, 10)
    assert report.is_clean, report.told()
    assert report.acknowledged == 18  # two of the ten are bulks of five


def test_a_build_that_stores_the_key_afterwards_is_caught(tmp_path):
    assert same_key.run(tmp_path, 5, build=BROKEN).doubled > 0
