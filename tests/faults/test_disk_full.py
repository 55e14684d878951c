"""F5, short: the disk fills up under load."""

import pytest

from faults import disk_full

pytestmark = pytest.mark.needs(*disk_full.NEEDS)


@pytest.mark.parametrize("form", [disk_full.FULL_WITH_LOG, disk_full.RESERVE], ids=lambda form: form.name)
def test_a_full_disk_is_refused_truly_read_on_and_left_behind(tmp_path, form):
    report = disk_full.run(tmp_path, 1, form)
    assert report.is_clean, report.told()
    assert report.acknowledged > 100
    assert report.not_stored > 0


def test_a_build_that_takes_a_full_disk_for_a_bug_is_caught(tmp_path):
    report = disk_full.run(tmp_path, 1, disk_full.FULL, build="faults.broken_takes_outages_for_bugs")
    assert report.unexpected
