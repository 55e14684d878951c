"""What time entries do, said a second time and as plainly as can be: a dictionary, and rules over it.

It knows the cast's house (`tests/cast.py`): three of its parts, three of its projects. It is written from the
contract and shares no code with the program, so that the two can be held against one another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

MOST_MINUTES = 1440

RATES = {"kim": 9_000, "lee": 15_000}
"""What an hour of a part is worth in these projects: Lee's is said on his participations, Kim's on her membership."""

DEFAULT_RATES = {"main": 5_000, "notes": 5_000, "euro": 0}
"""What an hour of Ada's is worth, of whom nothing is said."""

LEADS = frozenset({"lee", "ada"})
"""Who sees and changes the time of others, and may say whose it is and at which rate."""

NEEDS_NOTES = frozenset({"notes"})
STORIES = {"task": ("main", True), "unbillable": ("main", False)}
"""Each story's project, and whether time on it is billable."""


@dataclass(frozen=True)
class Entry:
    """An entry as it should be: `user`, `workspace` and `story` by the cast's names."""

    id: int
    user: str
    workspace: str
    story: str | None
    date_performed: date
    time_in_minutes: int
    billable: bool
    notes: str | None
    rate_in_cents: int


class Refused(Exception):
    """The request changes nothing; `status` says how it is answered."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Model:
    """The entries that were made."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}

    def made(self, actor: str, wanted: Mapping[str, Any]) -> Entry:
        """The entry that a create would store, without an id; `Refused` when it would not."""
        story = wanted.get("story")
        billable = wanted.get("billable")
        if billable is None:
            billable = STORIES[story][1] if story else True
        user = wanted.get("user", actor) if actor in LEADS else actor
        entry = Entry(
            id=0,
            user=user,
            workspace=wanted["workspace"],
            story=story,
            date_performed=wanted["date_performed"],
            time_in_minutes=wanted["time_in_minutes"],
            billable=billable,
            notes=wanted.get("notes"),
            rate_in_cents=_rate(actor, user, wanted["workspace"], wanted, billable=billable),
        )
        _check(actor, wanted, entry)
        return entry

    def changed(self, actor: str, id_: int, wanted: Mapping[str, Any]) -> Entry:
        """The entry that an update would leave; `Refused` when it would change nothing."""
        before = self.entries.get(id_)
        if before is None or not self._is_theirs(actor, before):
            raise Refused(404)
        said = {name: value for name, value in wanted.items() if name not in {"user", "rate_in_cents"}}
        after = replace(before, **said)
        if actor in LEADS:
            after = replace(after, user=wanted.get("user", before.user))
        after = replace(after, rate_in_cents=self._rate_after(actor, before, after, wanted))
        _check(actor, wanted, after)
        return after

    def check_deletable(self, actor: str, ids: Iterable[int]) -> None:
        """`Refused` when one of them could not be deleted."""
        for id_ in ids:
            if id_ not in self.entries or not self._is_theirs(actor, self.entries[id_]):
                raise Refused(422)

    def seen(self, actor: str, filters: Mapping[str, Any]) -> list[Entry]:
        """What a list shows, in its default order: the latest day first, then by id."""
        first, last = filters.get("between", (date.min, date.max))
        found = [
            entry
            for entry in self.entries.values()
            if self._is_theirs(actor, entry)
            and first <= entry.date_performed <= last
            and entry.workspace == filters.get("workspace", entry.workspace)
            and entry.user == filters.get("user", entry.user)
            and entry.story == filters.get("story", entry.story)
            and entry.billable == filters.get("billable", entry.billable)
        ]
        return sorted(found, key=lambda entry: (-entry.date_performed.toordinal(), entry.id))

    @staticmethod
    def _is_theirs(actor: str, entry: Entry) -> bool:
        return actor in LEADS or entry.user == actor

    def _rate_after(self, actor: str, before: Entry, after: Entry, wanted: Mapping[str, Any]) -> int:
        # A rate that somebody said stays when only the day changes (decisions B26); no other changes with it here.
        rests_on = ("user", "workspace", "billable")
        is_said = actor in LEADS and "rate_in_cents" in wanted
        if not is_said and all(getattr(before, name) == getattr(after, name) for name in rests_on):
            return before.rate_in_cents
        return _rate(actor, after.user, after.workspace, wanted, billable=after.billable)


def _rate(actor: str, user: str, workspace: str, wanted: Mapping[str, Any], *, billable: bool) -> int:
    if not billable:
        return 0
    if actor in LEADS and "rate_in_cents" in wanted:
        return int(wanted["rate_in_cents"])
    return RATES.get(user, DEFAULT_RATES.get(workspace, 0))


def _check(actor: str, wanted: Mapping[str, Any], entry: Entry) -> None:
    """`Refused` by the weightiest of what is wrong with a request and the entry that would come of it."""
    statuses = set()
    if entry.workspace == "hidden":
        # Ada administers the account and so sees it, but takes no part in it. To all else it is a fault.
        statuses.add(403 if actor == entry.user == "ada" else 422)
    if not 1 <= wanted.get("time_in_minutes", 1) <= MOST_MINUTES:
        statuses.add(422)
    if entry.story and STORIES[entry.story][0] != entry.workspace:
        statuses.add(422)
    if entry.workspace in NEEDS_NOTES and not (entry.notes or "").strip():
        statuses.add(422)
    if statuses:
        raise Refused(min(statuses))
