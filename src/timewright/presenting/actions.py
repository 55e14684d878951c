"""What a resource offers besides being read: actions on sets of wishes, and questions about one object."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Action:
    """A verb and its dry run: `check(tx, wishes)` answers what `carry_out(tx, wishes)` would, and writes nothing.

    `alike(tx, actor, rows)` looks, for rows by their places in a request that would be stored, for what says the same
    already: by place, the ids that the caller sees and the earlier places.
    """

    carry_out: Callable[..., Any]
    check: Callable[..., Any]
    alike: Callable[..., Mapping[int, Mapping[str, Any]]] = lambda *_: {}


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something done to one object, at a path below it, that takes no members: an invoice is cancelled."""

    name: str
    sentence: str
    action: Action


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something asked of one object, at a path below it: `answer` is what the wire holds, None where the caller sees
    no such object. It may refuse. One that is `of_none` is asked at a path below the resource, and its `answer` takes
    no id.
    """

    name: str
    sentence: str
    answer: Callable[..., Any]
    of_none: bool = False
