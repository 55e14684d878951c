"""A build that is broken on purpose: everybody sees whatever there is in their account, and one field is misspelt. The
fault suite must catch both.
"""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from timewright import cli
from timewright.presenting import envelope
from timewright.resources import REGISTRY

_SHOWN = envelope.shown


def shown(record: Any, wire: Any) -> dict[str, Any]:
    """An object, with one member under another name."""
    members = _SHOWN(record, wire)
    if "taxable" in members and record.row["id"] % 3 == 0:
        members["is_taxable"] = members.pop("taxable")
    return members


def main() -> None:
    """Run the broken build."""
    for each in list(REGISTRY):
        REGISTRY.resources[each.name] = replace(each, visible_to=lambda _: sa.true())
    envelope.shown = shown
    cli.main()
