"""The pages that are made from what the program declares: reference, settings, schema; and the examples in the
reference, which are carried out for it. `make check` fails when one of them is not current.
"""

import json
from typing import get_type_hints

import msgspec

from timewright import examples
from timewright.api.app import BASE
from timewright.api.described import EXAMPLES
from timewright.database import ENGINES, schema_statements
from timewright.presenting.describe import page
from timewright.resources import REGISTRY
from timewright.settings import PREFIX, Settings
from timewright.tables import metadata

_MADE = "<!-- Made from the declarations by 'make docs'; do not change it by hand. -->\n\n"


def pages() -> dict[str, str]:
    """Every made page: its path in the docs folder, and its text. The examples stand in the package: the server
    shows them too.
    """
    shown = examples.made()
    made = {f"api/{each.name}.md": _MADE + page(each, BASE, shown.get(each.name, {})) for each in REGISTRY}
    made[str(EXAMPLES)] = json.dumps(shown, indent=1, ensure_ascii=False) + "\n"
    made["settings.md"] = _MADE + _settings()
    for engine in ENGINES:
        made[f"schema/{engine}.sql"] = _schema(engine)
    return made


def _settings() -> str:
    hints = get_type_hints(Settings, include_extras=True)
    lines = ["# Settings", "", "| variable | default | what it does |", "| --- | --- | --- |"]
    for each in msgspec.structs.fields(Settings):
        (meta,) = hints[each.name].__metadata__
        default = str(each.default).lower() if isinstance(each.default, bool) else each.default
        lines.append(f"| `{PREFIX}{each.name.upper()}` | `{default}` | {meta.description} |")
    lines += ["", f"The same names in lower case stand in the TOML file that `{PREFIX}CONFIG` names."]
    return "\n".join(lines) + "\n"


def _schema(engine: str) -> str:
    return "-- Made from tables.py by 'make docs'; do not change it by hand.\n\n" + "".join(
        f"{statement};\n\n" for statement in schema_statements(metadata, engine)
    )
