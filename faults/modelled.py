"""The running program against a model of it: create, update, delete, list, in any order, by anyone.

A state machine (Hypothesis) takes each step on both and compares the answers: status, rows, counts, order. What the
program refuses must leave its rows as they were: the next list shows them.
"""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from faults import serving
from faults.hostile import prepared_world
from faults.model import LEADS, Entry, Model, Refused
from tests import cast

STEPS = 50
"""How many steps one run of the machine takes."""

PARTS = ("kim", "lee", "ada")
WORKSPACES = ("main", "notes", "euro")
STORIES = ("task", "unbillable")
FIRST = date(2027, 3, 1)
"""All that is logged here lies in the month that begins so; the cast has nothing there."""

MONTH = {"date_performed_between": f"{FIRST}:{FIRST + timedelta(days=30)}"}


class Answer(NamedTuple):
    """A status and what the body says; None for an empty one."""

    status: int
    body: Any


Ask = Callable[[str, str, str, Any], Answer]
"""Ask as a part: method, path with its query, what goes in the body."""


@dataclass
class Door:
    """A program that answers over the cast's world."""

    world: cast.World
    ask: Ask
    steps: int = 0
    refused: int = 0
    most_entries: int = 0


_days = st.integers(0, 6).map(lambda n: FIRST + timedelta(days=n))
_good = st.integers(1, 1440)
_minutes = st.one_of(_good, _good, _good, _good, st.sampled_from((0, 1441, -5)))
_notes = st.sampled_from((None, "", "was there", "h\u00e4 \u2028 \U0001f600", "  "))
_members: dict[str, st.SearchStrategy[Any]] = {
    "workspace": st.sampled_from((*WORKSPACES, *["main"] * 6, "hidden")),
    "date_performed": _days,
    "time_in_minutes": _minutes,
    "billable": st.booleans(),
    "notes": _notes,
    "story": st.sampled_from((None, *STORIES)),
    "user": st.sampled_from(PARTS),
    "rate_in_cents": st.integers(0, 50_000),
}
_needed = ("workspace", "date_performed", "time_in_minutes")
_creates = st.fixed_dictionaries(
    {name: _members[name] for name in _needed},
    optional={name: each for name, each in _members.items() if name not in _needed},
)
_updates = st.fixed_dictionaries({}, optional=_members)
_filters = st.fixed_dictionaries(
    {},
    optional={
        "workspace": st.sampled_from(WORKSPACES),
        "user": st.sampled_from(PARTS),
        "story": st.sampled_from(STORIES),
        "billable": st.booleans(),
        "between": st.tuples(_days, _days),
    },
)
_parts = st.sampled_from(PARTS)


class Machine(RuleBasedStateMachine):
    """Both, step by step. `door` is given by `machine_at`."""

    door: Door

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.gone: list[int] = []

    @rule(actor=_parts, wanted=_creates)
    def create(self, actor: str, wanted: dict[str, Any]) -> None:
        answer = self._asked(actor, "POST", "/time_entries", {"time_entry": self._wire(wanted)})
        try:
            made = [self.model.made(actor, wanted)]
        except Refused as refused:
            self._is_refused(answer, refused, actor, wanted)
        else:
            self._take_in(actor, answer, made)

    @rule(actor=_parts, wanted=st.lists(_creates, min_size=1, max_size=4))
    def create_many(self, actor: str, wanted: list[dict[str, Any]]) -> None:
        answer = self._asked(actor, "POST", "/time_entries", {"time_entries": [self._wire(each) for each in wanted]})
        made, refused = [], []
        for each in wanted:
            try:
                made.append(self.model.made(actor, each))
            except Refused as one:
                refused.append(one)
        if refused:
            self._is_refused(answer, min(refused, key=lambda one: one.status), actor, wanted)
        else:
            self._take_in(actor, answer, made)

    @rule(actor=_parts, which=st.integers(0, 30), wanted=_updates, method=st.sampled_from(("PUT", "PATCH")))
    def update(self, actor: str, which: int, wanted: dict[str, Any], method: str) -> None:
        id_ = self._one(which)
        answer = self._asked(actor, method, f"/time_entries/{id_}", {"time_entry": self._wire(wanted)})
        try:
            after = self.model.changed(actor, id_, wanted)
        except Refused as refused:
            self._is_refused(answer, refused, actor, wanted)
        else:
            assert answer.status == 200, answer
            self.model.entries[id_] = after
            shown = answer.body["time_entries"]
            # Whoever gave an entry away may not see it any more.
            expected = {} if actor not in LEADS and after.user != actor else {str(id_): self._shown(actor, after)}
            compared = {key: _compared(each) for key, each in shown.items()}
            assert compared == expected, _differing(compared, expected)

    @rule(actor=_parts, which=st.integers(0, 30))
    def delete(self, actor: str, which: int) -> None:
        id_ = self._one(which)
        answer = self._asked(actor, "DELETE", f"/time_entries/{id_}", None)
        try:
            self.model.check_deletable(actor, [id_])
        except Refused:
            self._is_refused(answer, Refused(404))
        else:
            self._is_gone(answer, [id_])

    @rule(actor=_parts, which=st.lists(st.integers(0, 30), min_size=1, max_size=5))
    def delete_many(self, actor: str, which: list[int]) -> None:
        ids = list(dict.fromkeys(self._one(each) for each in which))
        answer = self._asked(actor, "DELETE", f"/time_entries?ids={','.join(map(str, ids))}", None)
        try:
            self.model.check_deletable(actor, ids)
        except Refused as refused:
            self._is_refused(answer, refused, actor, ids)
        else:
            self._is_gone(answer, ids)

    @rule(actor=_parts, which=st.integers(0, 30))
    def show(self, actor: str, which: int) -> None:
        id_ = self._one(which)
        answer = self._asked(actor, "GET", f"/time_entries/{id_}", None)
        seen = [entry for entry in self.model.seen(actor, {}) if entry.id == id_]
        assert answer.status == (200 if seen else 404), answer
        if seen:
            assert _compared(answer.body["time_entries"][str(id_)]) == self._shown(actor, seen[0])

    @rule(actor=_parts, filters=_filters, per_page=st.integers(1, 20), page=st.integers(1, 3))
    def list_some(self, actor: str, filters: dict[str, Any], per_page: int, page: int) -> None:
        self._is_alike(actor, filters, per_page, page)

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        """After every step: whatever was refused changed nothing, for anyone."""
        self._is_alike("ada", {}, 200, 1)
        self.door.most_entries = max(self.door.most_entries, len(self.model.entries))

    def teardown(self) -> None:
        """Leave the house as it was, whatever went wrong in it; the next run begins with nothing."""
        while True:
            listed = self.door.ask("ada", "GET", f"/time_entries?{urlencode(MONTH | {'per_page': '100'})}", None)
            ids = ",".join(each["id"] for each in listed.body["results"])
            if not ids:
                return
            assert self.door.ask("ada", "DELETE", f"/time_entries?ids={ids}", None).status == 204

    def _asked(self, actor: str, method: str, path: str, body: Any) -> Answer:
        self.door.steps += 1
        answer = self.door.ask(actor, method, path, body)
        self.door.refused += answer.status >= 400
        return answer

    def _one(self, which: int) -> int:
        """The id of an entry that is there, of one that is gone, or of none that ever was."""
        ids = [*self.model.entries, *self.gone[-2:], 10**12]
        return ids[which % len(ids)]

    def _wire(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        world = self.door.world
        made: dict[str, Any] = {}
        for name, value in wanted.items():
            if name in {"workspace", "story", "user"}:
                things = {"workspace": world.workspaces, "story": world.stories, "user": world.users}[name]
                made[f"{name}_id"] = None if value is None else things[value]["id"]
            else:
                made[name] = value.isoformat() if isinstance(value, date) else value
        return made

    def _shown(self, actor: str, entry: Entry) -> dict[str, Any]:
        world = self.door.world
        return {
            "user_id": str(world.users[entry.user]["id"]),
            "workspace_id": str(world.workspaces[entry.workspace]["id"]),
            "story_id": str(world.stories[entry.story]["id"]) if entry.story else None,
            "date_performed": entry.date_performed.isoformat(),
            "time_in_minutes": entry.time_in_minutes,
            "billable": entry.billable,
            "notes": entry.notes,
            "rate_in_cents": entry.rate_in_cents if actor in LEADS else None,
        }

    def _take_in(self, actor: str, answer: Answer, made: list[Entry]) -> None:
        assert answer.status == 200, answer
        meta, shown = answer.body["meta"], answer.body["time_entries"]
        ids = [int(id_) for id_ in meta.get("created_ids", shown)]
        assert len(ids) == len(made)
        for id_, entry in zip(ids, made, strict=True):
            assert id_ not in self.model.entries, "an id that is taken"
            assert id_ not in self.gone, "an id that named another entry"
            stored = Entry(**(entry.__dict__ | {"id": id_}))
            self.model.entries[id_] = stored
            if str(id_) in shown:
                told, expected = _compared(shown[str(id_)]), self._shown(actor, stored)
                assert told == expected, _differing({id_: told}, {id_: expected})
            else:
                assert actor not in LEADS
                assert entry.user != actor

    def _is_refused(self, answer: Answer, refused: Refused, *asked: Any) -> None:
        assert answer.status == refused.status, (refused.status, asked, answer)
        assert answer.body["errors"]

    def _is_gone(self, answer: Answer, ids: list[int]) -> None:
        assert answer == Answer(204, None)
        for id_ in ids:
            del self.model.entries[id_]
        self.gone += ids

    def _is_alike(self, actor: str, filters: Mapping[str, Any], per_page: int, page: int) -> None:
        asked = dict(MONTH, per_page=str(per_page), page=str(page))
        for name, value in filters.items():
            if name == "between":
                asked["date_performed_between"] = f"{value[0]}:{value[1]}"
            elif name == "billable":
                asked["billable"] = str(value).lower()
            else:
                wire = {"workspace": "workspace_id", "user": "with_user_ids", "story": "story_id"}[name]
                asked[wire] = str(self._wire({name: value})[f"{name}_id"])
        answer = self.door.ask(actor, "GET", f"/time_entries?{urlencode(asked)}", None)
        assert answer.status == 200, answer
        seen = self.model.seen(actor, filters)
        assert answer.body["count"] == len(seen), (answer.body["count"], len(seen), asked)
        cut = seen[(page - 1) * per_page : page * per_page]
        assert [int(each["id"]) for each in answer.body["results"]] == [entry.id for entry in cut], asked
        shown = {int(id_): _compared(each) for id_, each in answer.body["time_entries"].items()}
        expected = {entry.id: self._shown(actor, entry) for entry in cut}
        assert shown == expected, _differing(shown, expected)


def _compared(shown: Mapping[str, Any]) -> dict[str, Any]:
    names = ("user_id", "workspace_id", "story_id", "date_performed", "time_in_minutes", "billable", "notes")
    return {name: shown[name] for name in (*names, "rate_in_cents")}


def _differing(told: Mapping[Any, Mapping[str, Any]], expected: Mapping[Any, Mapping[str, Any]]) -> str:
    """What two answers say differently: of an entry, told and expected."""
    if told.keys() != expected.keys():
        return f"told {sorted(told)}, expected {sorted(expected)}"
    return "; ".join(
        f"{key}: {name} {each[name]!r}, expected {expected[key][name]!r}"
        for key, each in told.items()
        for name in each
        if each[name] != expected[key][name]
    )


def machine_at(door: Door) -> type[Machine]:
    """The machine that asks at a door."""
    return type("Machine", (Machine,), {"door": door})


def taken(door: Door, steps: int, *, shrinks: bool = True) -> None:
    """Take so many steps, or fail with the shortest way to a difference."""
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine_at(door),
        settings=settings(
            max_examples=max(1, steps // STEPS),
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=phases,
            # The first difference, alone: two would come as a group of errors.
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@dataclass
class Report:
    """How many steps were taken, how many of them refused, and the first difference, if any."""

    steps: int = 0
    refused: int = 0
    most_entries: int = 0
    difference: str = ""
    asked: int = field(default=0)

    def told(self) -> str:
        """The figures in a line."""
        found = f"; {self.difference}" if self.difference else ", no difference"
        return f"{self.steps} steps, {self.refused} of them refused, up to {self.most_entries} entries at once{found}"

    @property
    def is_clean(self) -> bool:
        return not self.difference and 0 < self.refused < self.steps > self.asked // 2


def run(folder: Path, steps: int, *, build: str = serving.SENSIBLE) -> Report:
    """Take so many steps on a server in a process of its own."""
    url, world = prepared_world(folder)
    port = serving.free_port()
    server, _ = serving.started(url, port, folder / "server.log", build)
    door = Door(world, _over_http(port, world.tokens))
    report = Report(asked=steps)
    try:
        taken(door, steps)
    except AssertionError as error:
        report.difference = f"{type(error).__name__}: {error}"[:2_000]
    finally:
        serving.ended(server)
    report.steps, report.refused, report.most_entries = door.steps, door.refused, door.most_entries
    return report


def _over_http(port: int, tokens: Mapping[str, str]) -> Ask:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(actor: str, method: str, path: str, body: Any) -> Answer:
        headers = {"Authorization": f"Bearer {tokens[actor]}", "Content-Type": "application/json"}
        connection.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        content = response.read()
        return Answer(response.status, json.loads(content) if content else None)

    return ask
