"""F8, short. The long form is in `make faults`."""

from faults import described
from timewright.presenting.operations import below, offered
from timewright.resources import REGISTRY


def test_the_server_holds_to_its_description(tmp_path):
    report = described.run(tmp_path, 2_000)
    assert report.is_clean, "\n".join([*report.failed, *report.output])
    assert report.cases >= 2_000
    assert report.tested == {
        f"{method} {each.path_of(resource)}"
        for resource in REGISTRY
        for each in (*offered(resource), *below(resource))
        for method in each.methods
    }


def test_a_build_that_lets_a_bug_out_is_caught(tmp_path):
    report = described.run(tmp_path, 1, build="faults.broken_lets_a_bug_out", phases=described.BOUNDARIES)
    assert any(each.startswith("Server error") for each in report.failed), report
