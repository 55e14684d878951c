"""F11, short. The long form is `make faults LONG=1`."""

from faults import slow

SHORT = {
    "header_seconds": 1.0, "body_seconds": 1.5, "body_grace_seconds": 0.5, "idle_seconds": 2.0, "write_seconds": 1.5,
}  # fmt: skip


def test_slow_connections_are_ended_in_time_and_nobody_else_waits(tmp_path):
    report = slow.run(tmp_path, 200, settings=SHORT, grace_seconds=3.0)
    assert report.is_clean, report
    assert report.held > 120
    assert report.requests > 20


def test_a_build_that_never_hangs_up_is_caught(tmp_path):
    report = slow.run(tmp_path, 40, settings=SHORT, grace_seconds=1.0, build="faults.broken_never_hangs_up")
    assert set(report.late) == set(slow.KINDS)
