"""The faults that a test can order, and which of the calls they meet."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec

from timewright.api.app import BASE

Kind = Literal["rate_limited", "unavailable", "delay", "drop", "lose_answer"]


class Fault(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A fault as it is ordered.

    It meets the `call`th call from now on that fits `method` and `path`, and the `times - 1` fitting ones after it.
    `path` stands below the base address, with `*` for anything. `kind`:

    - `rate_limited`: 429 with `Retry-After`; nothing is done.
    - `unavailable`: 503 with `Retry-After`; nothing is done.
    - `delay`: the call is carried out `seconds` later.
    - `drop`: the connection breaks; nothing is done.
    - `lose_answer`: the call is carried out, and the connection breaks instead of the answer.
    """

    kind: Kind
    call: Annotated[int, msgspec.Meta(ge=1)] = 1
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    method: str | None = None
    path: str | None = None
    retry_after_seconds: Annotated[int, msgspec.Meta(ge=0)] = 1
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 1.0

    def __post_init__(self) -> None:
        """Refuse a whole path: such a fault would meet nothing, and its test hold for no reason."""
        if self.path is not None and f"/{self.path.strip('/')}/".startswith(f"{BASE}/"):
            raise ValueError(f"path stands below {BASE}")

    def fits(self, method: str, path: str) -> bool:
        """Whether a call is one of those that it counts."""
        return (self.method is None or self.method.upper() == method) and (
            self.path is None or fnmatchcase(path, f"/{self.path.strip('/').removesuffix('.json')}")
        )


class Ordered(msgspec.Struct):
    """A fault with how many fitting calls came and how many of them it met."""

    fault: Fault
    seen: int = 0
    met: int = 0


class Faults:
    """The faults that are ordered, first come, first met."""

    def __init__(self) -> None:
        self.ordered: list[Ordered] = []

    def order(self, fault: Fault) -> Ordered:
        """Order one."""
        self.ordered.append(Ordered(fault))
        return self.ordered[-1]

    def clear(self) -> None:
        """Have none any more."""
        self.ordered.clear()

    def meeting(self, method: str, path: str) -> Fault | None:
        """The fault that a call meets. Each fault that it fits counts it; the first whose turn it is has it."""
        met: Ordered | None = None
        for each in self.ordered:
            if not each.fault.fits(method, path):
                continue
            each.seen += 1
            if met is None and each.fault.call <= each.seen < each.fault.call + each.fault.times:
                met = each
                each.met += 1
        return met.fault if met else None
