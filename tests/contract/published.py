"""The published pages as data: what each one says, what is still to come here, and what is our own.

`facts/` holds one file for each page. `still_to_come.json` names what a page publishes and we do not serve
yet; it can only shrink. `our_own.json` holds the names that no page has and the facts in which we knowingly
differ, each with the number of the decision behind it.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

RESOURCES = (
    "time_entries",
    "users",
    "workspaces",
    "workspace_groups",
    "workspace_resources",
    "stories",
    "roles",
    "rate_cards",
    "rate_card_roles",
    "rate_card_sets",
    "rate_card_set_versions",
    "rate_card_versions",
    "timesheet_submissions",
    "invoices",
    "external_references",
    "account_locations",
    "account_memberships",
    "participations",
    "time_off_entries",
    "assignments",
    "custom_fields",
    "custom_field_sets",
    "custom_field_choices",
    "custom_field_values",
    "expenses",
    "line_item_locks",
    "story_dependencies",
    "story_tasks",
    "tags",
)

KINDS = ("endpoints", "fields", "optional_fields", "includes", "filters", "orders", "params")
"""The kinds of name that a page publishes."""

_HERE = Path(__file__).parent


@cache
def facts(name: str) -> Any:
    """What one page says."""
    return _read(f"facts/{name}.json")


@cache
def our_own() -> Any:
    """The extensions, and the deviations from a published fact."""
    return _read("our_own.json")


@cache
def still_to_come() -> Any:
    """The published names that are not served yet, by resource and kind."""
    return _read("still_to_come.json")


def _read(path: str) -> Any:
    return json.loads((_HERE / path).read_text(encoding="utf-8"))


def names(resource: str, kind: str) -> set[str]:
    """The names of one kind on a page."""
    if kind == "orders":
        return set(facts(resource)["orders"]["names"])
    if kind == "params":
        return set(params(resource))
    if kind == "fields":
        return set(facts(resource)["fields"]) - set(facts(resource)["optional_fields"])
    return set(facts(resource)[kind])


def members_of_includes(resource: str) -> dict[str, str]:
    """The members that includes set, each with the name of an include that sets it."""
    return {row["member"]: include for include, row in facts(resource)["includes"].items() if row["member"]}


def params(resource: str) -> Mapping[str, Any]:
    """The members of a create."""
    members: Mapping[str, Any] = facts(resource).get("create", {}).get("params", {})
    return members


def awaited(resource: str, kind: str) -> set[str]:
    """The names of one kind that are still to come."""
    return set(still_to_come().get(resource, {}).get(kind, ()))


def extensions(resource: str, kind: str) -> set[str]:
    """The names of one kind that are our own."""
    rows = our_own()["extensions"]
    return {row["name"] for row in rows if (row["resource"], row["kind"]) == (resource, kind)}


def fact(resource: str, part: str, attribute: str, *, unsaid: Any = None) -> dict[str, Any]:
    """One attribute of everything in one part of a page, by name, with our deviations put in."""
    said = {name: row.get(attribute, unsaid) for name, row in facts(resource)[part].items()}
    for row in our_own()["deviations"]:
        if (row["resource"], row["part"], row["attribute"]) == (resource, part, attribute):
            said[row["name"]] = row["ours"]
    return said
