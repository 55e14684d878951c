"""From declarations to the reference page of a resource, in Markdown."""

from collections.abc import Sequence

from timewright.presenting.declare import Field, Filter, Include, Param, Resource
from timewright.presenting.kinds import Nested

_OPS = {"index": "GET /{0}", "show": "GET /{0}/{{id}}", "create": "POST /{0}"}


def page(resource: Resource) -> str:
    """The reference page of a resource."""
    parts = [f"# {resource.name}", resource.sentence, _endpoints(resource), _fields(resource)]
    parts += [_includes(resource.includes), _filters(resource.filters), _orders(resource), _params(resource.params)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return f"## {title}\n\n" + "\n".join(lines)


def _endpoints(resource: Resource) -> str:
    offered = [f"`{_OPS[op].format(resource.name)}`" for op in _OPS if op in resource.endpoints]
    if resource.me:
        offered.append(f"`GET /{resource.name}/me`")
    return "Endpoints: " + ", ".join(offered) + "." if offered else "Shown beside other resources only."


def _fields(resource: Resource) -> str:
    rows = [["`id`", "id", "always", "The id, a JSON string."]]
    rows += [[f"`{f.name}`", f.kind.word(), _presence(f), f.sentence] for f in resource.fields_and_members]
    rows += [
        [f"`{i.member}`", _kind(i), f"with include `{i.name}`", i.sentence] for i in resource.includes if not i.always
    ]
    return _table("Members", ["member", "kind", "there", "what it is"], rows)


def _presence(each: Field) -> str:
    words = ["in `optional_fields`" if each.optional else "always"]
    if each.visible_if:
        words.append(f"if {each.visible_if.sentence}")
    if each.null_unless:
        words.append(f"null unless {each.null_unless.sentence}")
    elif each.nullable:
        words.append("or null")
    return ", ".join(words)


def _includes(includes: Sequence[Include]) -> str:
    rows = [[f"`{i.name}`", f"`{i.member}`", _fills(i), i.sentence] for i in includes]
    return _table("Includes", ["include", "sets", "fills", "what it is"], rows)


def _kind(include: Include) -> str:
    return "ids" if include.to_many else "key and id" if include.targets else "id"


def _fills(include: Include) -> str:
    sections = [include.target] if include.target else [section for _, section in include.targets.values()]
    return ", ".join(f"`{section}`" for section in sections)


def _filters(filters: Sequence[Filter]) -> str:
    rows = [[f"`{f.name}`", f.kind.word(), _default(f), f.sentence] for f in filters]
    return _table("Filters", ["filter", "kind", "default", "what it narrows to"], rows)


def _default(each: Filter) -> str:
    if each.required:
        return "required"
    return "" if each.default is None else str(each.default).lower()


def _orders(resource: Resource) -> str:
    rows = [[f"`{o.name}`", o.sentence] for o in resource.orders]
    table = _table("Orders", ["order", "how"], rows)
    if not resource.default_order:
        return table
    return table + f"\n\nDefault: `{':'.join(resource.default_order)}`. Ties are broken by ascending id."


def _params(params: Sequence[Param]) -> str:
    rows = []
    for param in params:
        rows.append([f"`{param.name}`", param.kind.word(), "yes" if param.required else "", param.sentence])
        if isinstance(param.kind, Nested):
            rows += [
                [f"`{param.name}.{inner.name}`", inner.kind.word(), "with it" if inner.required else "", inner.sentence]
                for inner in param.kind.params
            ]
    return _table("Members of a create", ["member", "kind", "required", "what it is"], rows)
