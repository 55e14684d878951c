"""One round of reading: lists over HTTP, and counts and pages inside the process, at two sizes.

The same questions are asked at both sizes, small and large, in turn. What a count costs is the time of its
statement within the list that asks it; what a page costs without its count is the rest of that list.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bench import servers
from bench.seeding import ADMINISTRATOR, CONSULTANT, Place, projects_of, tasks_of
from timewright import tokens
from timewright.actor import Actor, people
from timewright.database import Database, Transaction, file_url
from timewright.presenting import load as lists
from timewright.presenting.ask import MOST_PER_PAGE, ask
from timewright.presenting.kinds import Wire
from timewright.resources import REGISTRY

PAGE = {"include": "story,user,workspace", "per_page": str(MOST_PER_PAGE)}
DEEP = 5_000
PROJECT = projects_of(CONSULTANT)[0]

_MONTH = {"date_performed_between": "2025-03-01:2025-03-31"}
_PROJECT = {"workspace_id": str(PROJECT)}
_USER = {"with_user_ids": str(CONSULTANT)}
_BILLABLE = {"billable": "true"}
COUNTS: Mapping[str, Mapping[str, str]] = {
    "all": {},
    "project": _PROJECT,
    "user": _USER,
    "month": _MONTH,
    "billable": _BILLABLE,
    "project+user": _PROJECT | _USER,
    "project+month": _PROJECT | _MONTH,
    "project+billable": _PROJECT | _BILLABLE,
    "user+month": _USER | _MONTH,
    "user+billable": _USER | _BILLABLE,
    "month+billable": _MONTH | _BILLABLE,
}
"""The filters whose exact counts have the tight floor: none, four, and their pairs."""

OTHERS: Mapping[str, Mapping[str, str]] = {
    "task": {"story_id": str(tasks_of(PROJECT)[0])},
    "projects": {"workspace_ids": ",".join(map(str, projects_of(CONSULTANT)[:5]))},
    "changed": {"updated_after": "2026-06-01T12:00:00Z"},
    "archived": {"from_archived_workspaces": "true"},
}
"""Other published filters."""

ORDERS = ("created_at:desc", "updated_at:desc")
MOST_SECONDS = 2.0
"""How long one question is asked again and again."""

CALLERS = {"administrator": ADMINISTRATOR, "consultant": CONSULTANT}


@dataclass(frozen=True)
class Timed:
    """How long a list took, and its count, in milliseconds."""

    whole: float
    count: float

    @property
    def page(self) -> float:
        return self.whole - self.count


class _Timing(Transaction):
    """A transaction that notes what its counts take."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self.counting = 0.0

    def number(self, statement: Any) -> int:
        begun = time.perf_counter()
        try:
            return super().number(statement)
        finally:
            self.counting += time.perf_counter() - begun


@dataclass
class Inside:
    """A database opened in this process, and who asks it."""

    place: Place
    database: Database = field(init=False)
    actors: dict[str, Actor] = field(init=False)

    def __post_init__(self) -> None:
        self.database = Database(file_url(self.place.path))
        hashes = {name: tokens.hashed(self.place.token(user_id)) for name, user_id in CALLERS.items()}
        with self.database.read() as tx:
            found = people(tx, "token_hash", list(hashes.values())).actors
        self.actors = {name: found[value] for name, value in hashes.items()}

    def count(self, caller: str) -> int:
        """How many entries somebody sees."""
        resource = REGISTRY["time_entries"]
        asked = ask(resource, {}, Wire(zone=ZoneInfo("UTC"), us_dates=False))
        with self.database.read() as tx:
            return lists.index(tx, self.actors[caller], REGISTRY, resource, asked).count

    def timed(self, caller: str, parameters: Mapping[str, str], times: int) -> Timed:
        """The median of so many lists, warm; of fewer when they take long."""
        resource = REGISTRY["time_entries"]
        asked = ask(resource, PAGE | dict(parameters), Wire(zone=ZoneInfo("UTC"), us_dates=False))
        taken: list[Timed] = []
        end = time.monotonic() + MOST_SECONDS
        while len(taken) <= times and (not taken or time.monotonic() < end):
            with self.database.read() as tx:
                timing = _Timing(tx.connection)
                begun = time.perf_counter()
                lists.index(timing, self.actors[caller], REGISTRY, resource, asked)
                taken.append(Timed((time.perf_counter() - begun) * 1000, timing.counting * 1000))
        warm = taken[1:] or taken
        return Timed(median(each.whole for each in warm), median(each.count for each in warm))


def measured(small: Place, large: Place, folder: Path, *, times: int = 3, seconds: float = 2) -> dict[str, float]:
    """The figures of one round, ratios among them."""
    found: dict[str, float] = {}
    inside = {"small": Inside(small), "large": Inside(large)}
    for size, each in inside.items():
        for caller in CALLERS:
            found[f"page.{size}.{caller}"] = each.timed(caller, {}, times).page
            found[f"page.project.{size}.{caller}"] = each.timed(caller, _PROJECT, times).page
    for caller in CALLERS:
        # As many rows at both sizes: at the small one a person may have less than a page.
        alike = {"per_page": str(min(MOST_PER_PAGE, inside["small"].count(caller)))}
        pages = {size: each.timed(caller, alike, times).page for size, each in inside.items()}
        found[f"page.large/small.{caller}"] = pages["large"] / pages["small"]
    found |= _counts(inside["large"], times)
    found |= _deep(inside["large"], times)
    for each in inside.values():
        each.database.close()
    for size, place in (("small", small), ("large", large)):
        found |= _over_http(place, size, folder, seconds)
    return found


def _counts(inside: Inside, times: int) -> dict[str, float]:
    found = {}
    for caller in CALLERS:
        for name, parameters in (COUNTS | OTHERS).items():
            found[f"count.{name}.{caller}"] = inside.timed(caller, parameters, times).count
        found[f"count.worst.{caller}"] = max(found[f"count.{name}.{caller}"] for name in COUNTS)
        found[f"count.others.{caller}"] = max(found[f"count.{name}.{caller}"] for name in OTHERS)
    return found


def _deep(inside: Inside, times: int) -> dict[str, float]:
    """The deepest page that the data has, at most page 5,000, without its count; and the other orders."""
    last = min(DEEP, inside.place.entries // MOST_PER_PAGE)
    first = inside.timed("administrator", {}, times).page
    deep = inside.timed("administrator", {"page": str(last)}, times).page
    found = {"page.first": first, "page.deep": deep, "page.deep/first": deep / first, "page.deep.number": float(last)}
    for order in ORDERS:
        found[f"page.{order}"] = inside.timed("administrator", {"order": order}, times).page
    return found


def _over_http(place: Place, size: str, folder: Path, seconds: float) -> dict[str, float]:
    found = {}
    # The kept data is served where it is: a list writes nothing, and ten million entries are not copied.
    with servers.serving(place, log=folder / "lists.log") as server:
        for caller, user_id in CALLERS.items():
            for name, parameters in (("list", {}), ("list.project", _PROJECT)):
                path = f"/api/v1/time_entries?{urlencode(PAGE | parameters)}"
                taken = servers.asked(server, path, place.token(user_id), seconds)
                found[f"{name}.{size}.{caller}.p50"] = median(taken)
    return found
