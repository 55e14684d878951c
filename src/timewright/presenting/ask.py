"""From parameters to an `Ask`: includes, optional fields, filters, order, page. Never an error but for a
filter value that cannot be parsed.

The oddities are the contract's (`contract/README.md`: pagination, only, filters, order) and are tested by name.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from timewright.errors import Unreadable
from timewright.presenting.declare import Filter, Include, Order, Resource
from timewright.presenting.kinds import LARGEST, Misread, Wire

DEFAULT_PER_PAGE = 20
MOST_PER_PAGE = 200

LISTED = frozenset({"include", "optional_fields"})
"""Parameters that may stand several times in a query, each time with further names (decisions D4)."""

_LEADING_INTEGER = re.compile(r"\s*([+-]?[0-9]{1,1000})", re.ASCII)
_ENGINE_NAMES = frozenset(
    {"include", "optional_fields", "order", "page", "per_page", "limit", "offset", "only",
     "apply_default_filters"}
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a request wants to see. `unknown` names what was asked for and is not declared."""

    includes: tuple[Include, ...] = ()
    optional_fields: frozenset[str] = frozenset()
    filters: tuple[tuple[Filter, Any], ...] = ()
    order: Order | None = None
    descending: bool = False
    page: int = 1
    per_page: int = DEFAULT_PER_PAGE
    limit: int = DEFAULT_PER_PAGE
    offset: int = 0
    only: tuple[int, ...] | None = None
    unknown: tuple[str, ...] = field(default=())


def ask(resource: Resource, parameters: Mapping[str, Any], wire: Wire) -> Ask:
    """Read the parameters of a request for a resource."""
    includes, strange_includes = _includes(resource, parameters)
    optional, strange_fields = _optional_fields(resource, parameters)
    order, descending, strange_order = _order(resource, parameters)
    names = {f.name for f in resource.filters}
    strange_filters = [name for name in parameters if name not in names | _ENGINE_NAMES]
    page, per_page, limit, offset = _paging(parameters)
    only = _only(parameters)
    return Ask(
        includes=includes,
        optional_fields=optional,
        # Where ids are named, a search counts for nothing (contract README, search).
        filters=tuple(f for f in _filters(resource, parameters, wire) if only is None or not f[0].ranks),
        order=order,
        descending=descending,
        page=page,
        per_page=per_page,
        limit=limit,
        offset=offset,
        only=only,
        unknown=tuple(strange_includes + strange_fields + strange_order + strange_filters),
    )


def is_blank(value: Any) -> bool:
    """Whether a parameter counts as not sent."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def names(value: Any) -> list[str]:
    """Names asked for by a comma list, a repeated parameter, `name[]` or a JSON array (decisions D4)."""
    if isinstance(value, list):
        return [name for part in value for name in names(part)]
    if not isinstance(value, str):
        return []
    if value.lstrip().startswith("["):
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            return []
        return [name for part in read if isinstance(part, str) for name in names(part.replace("[", ""))]
    return [name.strip() for name in value.split(",") if name.strip()]


def _includes(resource: Resource, parameters: Mapping[str, Any]) -> tuple[tuple[Include, ...], list[str]]:
    asked = dict.fromkeys(names(parameters.get("include")))
    known = tuple(include for include in resource.includes if include.name in asked)
    strange = [name for name in asked if name not in {include.name for include in known}]
    # Some work together with `only` alone and are ignored without it (contract README, include).
    has_only = not is_blank(parameters.get("only"))
    return tuple(include for include in known if has_only or not include.with_only), strange


def _optional_fields(resource: Resource, parameters: Mapping[str, Any]) -> tuple[frozenset[str], list[str]]:
    asked = names(parameters.get("optional_fields"))
    known = {f.name for f in resource.fields if f.optional}
    return frozenset(asked) & known, [name for name in asked if name not in known]


def _order(resource: Resource, parameters: Mapping[str, Any]) -> tuple[Order | None, bool, list[str]]:
    orders = {order.name: order for order in resource.orders}
    asked = parameters.get("order")
    name, _, direction = asked.partition(":") if isinstance(asked, str) else ("", "", "")
    if name in orders:
        # Descending only for exactly `desc` (contract README, order).
        return orders[name], direction == "desc", []
    strange = [] if is_blank(asked) else [str(asked)]
    if resource.default_order is None:
        return None, False, strange
    default, direction = resource.default_order
    return orders[default], direction == "desc", strange


def _filters(resource: Resource, parameters: Mapping[str, Any], wire: Wire) -> tuple[tuple[Filter, Any], ...]:
    with_defaults = _keeps_defaults(parameters.get("apply_default_filters"))
    sent = {each.name for each in resource.filters if not is_blank(parameters.get(each.name))}
    replaced = {name for each in resource.filters if each.name in sent for name in each.replaces}
    chosen: list[tuple[Filter, Any]] = []
    for each in resource.filters:
        raw = parameters.get(each.name)
        if each.name not in sent:
            if each.default is not None and with_defaults and each.name not in replaced:
                chosen.append((each, each.default))
            continue
        try:
            chosen.append((each, each.kind.read(raw, wire)))
        except Misread as reason:
            raise Unreadable(f"The filter {each.name} {reason}.") from None
    return tuple(chosen)


def _keeps_defaults(raw: Any) -> bool:
    # Contract README: `true`, `TRUE` or `1` keeps the defaults, any other value switches them off.
    return is_blank(raw) or raw is True or str(raw) in {"true", "TRUE", "1"}


def _paging(parameters: Mapping[str, Any]) -> tuple[int, int, int, int]:
    page = 1 if is_blank(parameters.get("page")) else _integer(parameters["page"])
    per_page = _integer(parameters.get("per_page"))
    per_page = DEFAULT_PER_PAGE if per_page < 1 else min(per_page, MOST_PER_PAGE)
    limit, offset = parameters.get("limit"), parameters.get("offset")
    if is_blank(limit) or is_blank(offset):
        return page, per_page, per_page, min((max(page, 1) - 1) * per_page, LARGEST)
    return page, per_page, min(max(_integer(limit), 1), MOST_PER_PAGE), max(_integer(offset), 0)


def _integer(raw: Any) -> int:
    # The published presenter reads paging like Ruby's to_i: leading digits count, anything else is 0.
    found = _LEADING_INTEGER.match(raw) if isinstance(raw, str) else None
    number = raw if isinstance(raw, int) else int(found[1]) if found else 0
    return max(-LARGEST, min(number, LARGEST))


def _only(parameters: Mapping[str, Any]) -> tuple[int, ...] | None:
    raw = parameters.get("only")
    if is_blank(raw):
        return None
    parts = raw if isinstance(raw, list) else [raw]
    tokens = [token.strip() for part in parts for token in str(part).split(",")]
    ids = {int(token) for token in tokens if token.isascii() and token.isdigit() and len(token) < 20}
    return tuple(sorted(each for each in ids if each <= LARGEST))
