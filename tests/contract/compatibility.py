"""`docs/compatibility.md`: what the pages publish, what recordings show, and what is served, in one table.

Made from the facts beside this file and the declarations, by `python -m tests.contract.compatibility` (part of
`make docs`). It stands with the tests because the facts do: the program does not need to know what it is compared
with, and the wheel holds no facts.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.contract import declared, published
from timewright.presenting import kinds, parameters
from timewright.presenting.declare import Filter, Resource
from timewright.resources import REGISTRY

PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"

_MARK = "<!-- Made from the contract's facts and the declarations by 'make docs'; do not change it by hand. -->"
_HEAD = ("endpoint", "parameter", "as published", "as recorded", "statuses of a fault", "here")
_INTRODUCTION = """\
Every endpoint and every parameter of the published pages of the resources that are served here, and our own.

- *As published*: the kind of value, and what holds when it is not sent; for an endpoint, the status of its success.
- *As recorded*: `recorded` where answers of the service, or calls of clients in use, were seen to do it; `library`
  where its open libraries do; empty where the page alone says so.
- *Statuses of a fault*: what a wrong value is answered with, as published; in brackets where only we say so.
- *Here*: `served`, or what became of it. What is *not served* is 404 as an endpoint and ignored as a parameter; a
  caller with `Prefer: handling=strict` is told 400. Letters are items of
  [decisions/0002](../decisions/0002-statuses.md).
"""

_CREATES = {"create", "bulk_create"}


class Line(NamedTuple):
    """One line of the table."""

    endpoint: str
    parameter: str
    published: str
    recorded: str
    faults: str
    here: str


def page() -> str:
    """The whole page."""
    parts = [_MARK, "# Compatibility", _INTRODUCTION, "## Every list", _table(list(_paging()))]
    for resource in REGISTRY:
        parts += [f"## {resource.name}", _table(list(_lines(resource)))]
    parts += ["## Our own", "Members of answers that no page has, and published facts that differ.", _our_own()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _our_own() -> str:
    lines = [
        f"| {row['resource']} | `{row['name']}` | {row.get('attribute', 'there')}: {row.get('ours', True)} "
        f"| {row['decision']} |"
        for row in (*published.our_own()["extensions"], *published.our_own()["deviations"])
    ]
    return "\n".join(["| resource | member | what is so | decision |", "| --- | --- | --- | --- |", *lines])


def _table(lines: Sequence[Line]) -> str:
    rows = [_HEAD, ("---",) * len(_HEAD), *lines]
    return "\n".join(f"| {' | '.join(row)} |".replace("  ", " ") for row in rows)


def _lines(resource: Resource) -> Iterator[Line]:
    name = resource.name
    served = declared.names(resource, "endpoints")
    for op, row in published.facts(name)["endpoints"].items():
        endpoint = f"`{row['method']} {row['path']}`"
        # One endpoint under two names, for one object and for many.
        label = "" if op in {"list", "create", "show", "update", "delete"} else op.replace("_", " ")
        recorded = _recorded(name, "endpoints", op)
        yield Line(endpoint, label, str(row["status"]), recorded, _statuses(name, op, None), _here(op in served))
        if op in {"list", "create", "update"}:
            yield from _parameters(resource, op, endpoint, is_served=op in served)
    for op in published.facts(name).get("not_offered", ()):
        yield Line(op.replace("_", " "), "", "not offered", "", "", "404 (A)")


def _parameters(resource: Resource, op: str, endpoint: str, *, is_served: bool) -> Iterator[Line]:
    name, page = resource.name, published.facts(resource.name)
    if op == "list":
        ours = declared.names(resource, "filters")
        for each, row in page["filters"].items():
            yield _line(name, "filters", op, endpoint, each, _kind(row), is_served and each in ours)
        for kind, word in (("includes", "include"), ("optional_fields", "optional_fields"), ("orders", "order")):
            # Includes and optional fields are asked for in the same way wherever an object is shown.
            known = declared.names(resource, kind)
            for each in sorted(published.names(name, kind)):
                recorded = _recorded(name, kind, each)
                yield Line(endpoint, f"`{word}={each}`", "a name", recorded, "", _here(each in known and is_served))
    elif op in _CREATES:
        ours = declared.names(resource, "params")
        for each, row in published.params(name).items():
            yield _line(name, "params", op, endpoint, each, _kind(row), is_served and each in ours)
    else:
        for each in page.get("update", {}).get("params", ()):
            row = published.params(name).get(each, {})
            yield _line(name, "params", op, endpoint, each, _kind({**row, "required": False}), is_served)


def _line(name: str, part: str, op: str, endpoint: str, each: str, said: str, is_served: bool) -> Line:
    deviations = [
        f"{row['attribute']} {row['ours']} ({row['decision']})"
        for row in published.our_own()["deviations"]
        if (row["resource"], row["part"], row["name"]) == (name, part, each)
    ]
    decision = published.params(name).get(each, {}).get("decision") if part == "params" else None
    here = _here(is_served) + (f", bounded ({decision})" if decision and is_served else "")
    faults = _statuses(name, op, each)
    if part == "filters" and is_served and not isinstance(_filter(name, each).kind, kinds.Flag):
        faults = "(400)"
    return Line(endpoint, f"`{each}`", said, _recorded(name, part, each), faults, ", ".join([here, *deviations]))


def _filter(name: str, each: str) -> Filter:
    return declared.filters(declared.resource(name))[each]


def _here(is_served: bool) -> str:
    return "served" if is_served else "not served"


def _kind(row: Mapping[str, Any]) -> str:
    words = [str(row.get("kind", "any")).replace("_", " ")]
    if row.get("required"):
        words.append("required")
    if row.get("default") is not None:
        words.append(f"else {str(row['default']).replace('_', ' ').lower()}")
    return ", ".join(words)


def _recorded(name: str, part: str, each: str) -> str:
    found = published.facts("recorded").get(name, {}).get(part, {})
    return next((where for where, names in found.items() if each in names), "")


def _statuses(name: str, op: str, field: str | None) -> str:
    """What faults of an endpoint, or of one of its members, are answered with: as published, then as only we say."""
    rows = [row for row in published.facts(name).get("errors", {}).values() if op in row["on"]]
    said = {row["status"] for row in rows if row["field"] == field}
    own: set[int] = set()
    if name == "time_entries" and op == "create":
        live = published.facts("time_entries_errors")
        own = {row["status"] for row in live if (row["field"] or "").partition(".")[0] == (field or "")} - said
    words = [str(status) for status in sorted(said)] + [f"({status})" for status in sorted(own)]
    return ", ".join(words)


def _paging() -> Iterator[Line]:
    said = published.facts("common")["paging"]
    bounds = {
        "page": f"else {said['page']}",
        "per_page": f"else {said['per_page']}, at most {said['most_per_page']}",
        "limit": f"from {said['fewest_limit']} to {said['most_limit']}",
        "offset": f"from {said['offset']} on",
    }
    for each in sorted(parameters.NAMES):
        yield Line(
            "`GET` of a list",
            f"`{each}`",
            bounds.get(each, "yes"),
            _recorded("common", "parameters", each),
            "",
            "served",
        )


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
