"""The table of compatibility is current, and names whatever is published and whatever is served."""

from tests.contract import compatibility, published
from timewright.presenting import parameters


def test_the_table_is_current() -> None:
    assert compatibility.PAGE.read_text(encoding="utf-8") == compatibility.page(), "run 'make docs'"


def test_every_published_endpoint_and_parameter_has_a_line() -> None:
    page = compatibility.page()
    for name in published.RESOURCES:
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        for row in published.facts(name)["endpoints"].values():
            assert f"`{row['method']} {row['path']}`" in section
        for each in published.names(name, "params") & published.names(name, "filters"):
            assert section.count(f"| `{each}` |") >= 2
        for each in published.names(name, "filters"):
            assert f"| `{each}` |" in section, (name, each)


def test_what_is_recorded_is_published() -> None:
    for name, parts in published.facts("recorded").items():
        for part, marks in parts.items():
            known = parameters.NAMES if part == "parameters" else published.names(name, part)
            assert {each for names in marks.values() for each in names} <= known, (name, part)
            assert set(marks) <= {"recorded", "library"}
