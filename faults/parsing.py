"""F7, in process: whatever reads a request answers with a value or a refusal, and with nothing else.

A seeded loop over the readers of bodies, forms, queries, keys and single values, on inputs that are put together
from pieces, and on those inputs with bytes changed. `python -m faults.parsing SECONDS` runs it by itself.
"""

import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from faults.hostile_values import FORM_NAMES, FORM_VALUES, FRAGMENTS, JUNK, QUERY_VALUES, SHAPES
from timewright.errors import Refusal
from timewright.idempotency import request_key
from timewright.presenting import body, kinds
from timewright.presenting.ask import ask
from timewright.resources import REGISTRY
from timewright.tokens import is_well_formed

RESOURCES = list(REGISTRY)
ENTRIES = REGISTRY["time_entries"]
KINDS = [param.kind for param in ENTRIES.params if not isinstance(param.kind, kinds.Nested)] + [
    each.kind for resource in RESOURCES for each in resource.filters
]
WIRES = (
    kinds.Wire(),
    kinds.Wire(us_dates=True),
    kinds.Wire(zone=ZoneInfo("America/New_York")),
    kinds.Wire(zone=timezone(timedelta(hours=14))),
)
_PIECES = [piece for piece in FRAGMENTS if len(piece) < 400]
_LETTERS = "0123456789-+:TZ /.,eE[]{}\"'\\%&=\0\ud800\u0663\u2028\U0001f600 abcdfnrtu"


@dataclass
class Report:
    """How many inputs were read, how many refused, and what else came out, with the input that did it."""

    executions: int = 0
    refused: int = 0
    surprises: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def told(self) -> str:
        """The figures in a line."""
        pace = self.executions / (self.seconds or 1)
        return f"{self.executions} inputs, {self.refused} refused, {self.surprises.total()} surprises, {pace:.0f}/s"

    @property
    def is_clean(self) -> bool:
        return not self.surprises and 0 < self.refused < self.executions


def run(executions: int, *, seed: int = 1) -> Report:
    """Read so many inputs."""
    report, chance = Report(), random.Random(seed)
    begun = time.monotonic()
    for number in range(executions):
        name, target = TARGETS[number % len(TARGETS)]
        data = made(chance)
        try:
            target(data, number)
        except (Refusal, kinds.Misread):
            report.refused += 1
        except Exception:
            what = f"{name}: {traceback.format_exc(limit=-1).splitlines()[-1][:120]}"
            report.surprises[what] += 1
            report.examples.setdefault(what, repr(data)[:400])
        report.executions += 1
    report.seconds = time.monotonic() - begun
    return report


def made(chance: random.Random) -> bytes:
    """An input: a shape, a form, a value, letters, or one of them with bytes changed."""
    way = chance.randrange(5)
    if way == 0:
        entry = (
            "{" + ",".join(f'"{chance.choice(ENTRIES.params).name}":{chance.choice(_PIECES)}' for _ in range(3)) + "}"
        )
        text = chance.choice(SHAPES).replace("@", entry)
    elif way == 1:
        pairs = [
            chance.choice(FORM_NAMES) + "=" + chance.choice(FORM_VALUES)[:200] for _ in range(chance.randint(1, 5))
        ]
        text = "&".join(pairs).replace("@", chance.choice(ENTRIES.params).name)
    elif way == 2:
        text = chance.choice(_PIECES).strip('"')
    elif way == 3:
        text = chance.choice(QUERY_VALUES)[:200]
    else:
        text = "".join(chance.choices(_LETTERS, k=chance.randint(0, 30)))
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(chance.choice((0, 0, 0, 1, 3))):
        at = chance.randint(0, len(data))
        data[at : at + chance.randrange(3)] = (
            chance.choice(JUNK) if chance.random() < 0.5 else bytes([chance.randrange(256)])
        )
    return bytes(data)


def json_body(data: bytes, number: int) -> None:
    """A body of JSON, and the objects in it."""
    _objects(body.parameters("", body.JSON, data), number)


def form_body(data: bytes, number: int) -> None:
    """A body written as a form, and the objects in it."""
    _objects(body.parameters("", body.FORM, data), number)


def parts_body(data: bytes, number: int) -> None:
    """A multipart body: all of it, a part's head, its name or its text."""
    name = b'--x\r\nContent-Disposition: form-data; name="'
    around = (
        (b"", b""),
        (b"--x\r\n", b"\r\n\r\n1\r\n--x--"),
        (name, b'"\r\n\r\n1\r\n--x--'),
        (name + b'a"\r\n\r\n', b"\r\n--x--"),
    )
    before, after = around[number // len(TARGETS) % len(around)]
    _objects(body.parameters("", "multipart/form-data; boundary=x", before + data + after), number)


def query(data: bytes, number: int) -> None:
    """A query, for some resource."""
    read = body.form(data.decode("utf-8", "replace"), is_query=True)
    ask(RESOURCES[number % len(RESOURCES)], read, WIRES[number % len(WIRES)])


def asked(data: bytes, number: int) -> None:
    """A value under each name of a query, as text and as a list."""
    text = data.decode("utf-8", "replace")
    resource = RESOURCES[number % len(RESOURCES)]
    value = [text] if number % 3 == 0 else text
    names = (
        "include",
        "optional_fields",
        "order",
        "page",
        "per_page",
        "limit",
        "offset",
        "only",
        "apply_default_filters",
    )
    ask(resource, dict.fromkeys(names, value), WIRES[number % len(WIRES)])


def one_value(data: bytes, number: int) -> None:
    """A value, read as each kind; what was read is shown."""
    wire, text = WIRES[number % len(WIRES)], data.decode("utf-8", "replace")
    kind = KINDS[number // len(TARGETS) % len(KINDS)]
    read = kind.read(text, wire)
    if isinstance(kind, (kinds.Day, kinds.Instant, kinds.Id)):
        kind.show(read, wire)


def head(data: bytes, number: int) -> None:
    """A key, a token and a content type."""
    text = data.decode("latin-1")
    is_well_formed(text)
    request_key([text], 1, "personal", "POST", "/", {"number": number})
    body.parameters("", text, b"{}")


def _objects(read: dict[str, object], number: int) -> None:
    request_key(["k"], 1, "personal", "POST", "/", read)
    ask(ENTRIES, {name: read[name] for name in ("include", "optional_fields", "order") if name in read}, WIRES[0])
    raw, _ = body.objects(ENTRIES, read)
    body.wanted(ENTRIES.params, raw, WIRES[number % len(WIRES)])


TARGETS: tuple[tuple[str, Callable[[bytes, int], None]], ...] = tuple(
    (each.__name__, each) for each in (json_body, form_body, parts_body, query, asked, one_value, head)
)


if __name__ == "__main__":
    until, seed, executions = time.monotonic() + float(sys.argv[1]), 0, 0
    while time.monotonic() < until:
        seed += 1
        told = run(20_000, seed=seed)
        executions += told.executions
        if not told.is_clean:
            sys.exit(f"seed {seed}: {told}")
    print(f"{executions} inputs, no surprise")
