"""A small world with time entries in every state, and what its callers see of it, told by plain Python.

Two accounts: a guest is at home in the second and takes part in a project of the first. Timesheets, invoices and
projects of both have the same ids, and references of one account name entries of the other.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.builders import MADE_AT, Builder, Made
from timewright.actor import SEES_ACCOUNT, SEES_TIME
from timewright.database import Database

HOME_ENTRIES, ABROAD_FROM, ABROAD_ENTRIES = 48, 1_001, 12
FIRST_DAY = date(2026, 1, 1)
STEP = timedelta(hours=7, microseconds=250_000)

Question = Callable[[Made], bool]


@dataclass
class FilteredWorld:
    """What was stored, and a token and a permission for each caller."""

    entries: list[Made] = field(default_factory=list)
    workspaces: dict[tuple[int, int], Made] = field(default_factory=dict)
    participations: list[Made] = field(default_factory=list)
    references: list[Made] = field(default_factory=list)
    people: dict[str, Made] = field(default_factory=dict)
    accounts_of: dict[str, set[int]] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def references_of(self, entry: Made) -> list[Made]:
        """The references of an entry, as whoever sees it sees them."""
        subject = (entry["account_id"], "TimeEntry", entry["id"])
        return [each for each in self.references if _subject(each) == subject]

    def workspace_of(self, entry: Made) -> Made:
        return self.workspaces[entry["account_id"], entry["workspace_id"]]

    def sees(self, name: str, entry: Made) -> bool:
        """Whether a caller may see an entry (contract: time_entries.visibility)."""
        person, account_id = self.people[name], entry["account_id"]
        if account_id not in self.accounts_of[name]:
            return False
        if account_id == person["account_id"] and self.permissions[name] in SEES_ACCOUNT:
            return True
        place = (account_id, entry["workspace_id"], person["id"])
        opened = any(_place(each) == place and each["access_level"] in SEES_TIME for each in self.participations)
        return opened or entry["user_id"] == person["id"]

    def knows(self, name: str, user_id: int) -> bool:
        """Whether a caller may see a person."""
        person = self.people[name]
        if user_id == person["id"]:
            return True
        if self.permissions[name] in SEES_ACCOUNT:
            home = person["account_id"]
            if any(each["id"] == user_id and home in self.accounts_of[other] for other, each in self.people.items()):
                return True
        mine = {_place(each)[:2] for each in self.participations if each["user_id"] == person["id"]}
        return any(_place(each)[:2] in mine for each in self.participations if each["user_id"] == user_id)

    def listed(
        self, name: str, questions: Sequence[Question], order: str, descending: bool, at_home: bool
    ) -> list[Made]:
        """The entries that a list holds for a caller, in its order."""
        home = self.people[name]["account_id"]
        seen = [each for each in self.entries if self.sees(name, each) and (not at_home or each["account_id"] == home)]
        found = [each for each in seen if all(question(each) for question in questions)]
        return sorted(sorted(found, key=lambda each: each["id"]), key=lambda each: each[order], reverse=descending)


def _subject(reference: Mapping[str, Any]) -> tuple[int, str, int]:
    return reference["account_id"], reference["subject_type"], reference["subject_id"]


def _place(participation: Mapping[str, Any]) -> tuple[int, int, int]:
    return participation["account_id"], participation["workspace_id"], participation["user_id"]


def build(database: Database) -> FilteredWorld:
    """Store the world. The same one each time, but for the tokens."""
    world, chance = FilteredWorld(), random.Random(4)
    with database.write() as tx:
        make = Builder(tx)
        home, abroad = make.account(name="Home"), make.account(name="Abroad")
        _people(make, world, home, abroad)
        for account in (home, abroad):
            _workspaces(make, world, account)
        _entries(make, world, chance, home, range(1, HOME_ENTRIES + 1))
        _entries(make, world, chance, abroad, range(ABROAD_FROM, ABROAD_FROM + ABROAD_ENTRIES))
        _references(make, world, chance, (home, abroad))
        make.finish()
    return world


def _people(make: Builder, world: FilteredWorld, home: Made, abroad: Made) -> None:
    for name, account, permission in (
        ("administrator", home, "administrator"),
        ("lead", home, "project_lead"),
        ("consultant", home, "collaborator"),
        ("loner", home, "collaborator"),
        ("guest", abroad, "administrator"),
    ):
        world.people[name] = make.user(account, name.title())
        make.membership(account, world.people[name], permission)
        world.permissions[name] = permission
        world.accounts_of[name] = {account["id"]}
        world.tokens[name] = make.token(world.people[name])
    make.stands_in(home, world.people["guest"])
    world.accounts_of["guest"].add(home["id"])


def _workspaces(make: Builder, world: FilteredWorld, account: Made) -> None:
    people = world.people
    creator = people["administrator"] if account["id"] in world.accounts_of["administrator"] else people["guest"]
    for number, how in enumerate(
        ({}, {"require_time_approvals": True}, {"archived": True}, {"require_time_approvals": True}), start=1
    ):
        made = make.workspace(account, creator, f"Project {number}", id=number, **how)
        world.workspaces[account["id"], number] = made
        taking_part = {"guest": "view_time_and_expenses"} if number == 2 else {}
        if creator is people["administrator"] and number != 4:
            taking_part |= {"lead": "edit_financials", "consultant": "edit_tasks"}
        for name, level in taking_part.items():
            world.participations.append(make.participation(made, people[name], level))


def _entries(make: Builder, world: FilteredWorld, chance: random.Random, account: Made, ids: range) -> None:
    people = [each for name, each in world.people.items() if account["id"] in world.accounts_of[name]]
    spaces = [each for (account_id, _), each in world.workspaces.items() if account_id == account["id"]]
    stories = {space["id"]: make.story(space, people[0], f"Task {space['id']}") for space in spaces}
    statuses = ("pending", "approved", "rejected", "cancelled")
    weeks = {
        (space["id"], status): make.submission(space, people[0], status) for space in spaces for status in statuses
    }
    invoices = {space["id"]: make.invoice(space, people[0]) for space in spaces}
    for number, id_ in enumerate(ids):
        space, person = chance.choice(spaces), chance.choice(people)
        status = chance.choice((None, *statuses))
        week = weeks[space["id"], status]["id"] if status else None
        billable = chance.random() < 0.7
        made = {
            "id": id_,
            "story_id": stories[space["id"]]["id"] if chance.random() < 0.5 else None,
            "date_performed": FIRST_DAY + timedelta(days=chance.randrange(12)),
            "billable": billable,
            "rate_in_cents": 5_000 * billable,
            "rate_rule": "workspace" if billable else "not_billable",
            "approved": status == "approved",
            "active_submission_id": week if status in {"pending", "approved"} else None,
            "recent_submission_id": week,
            "invoice_id": invoices[space["id"]]["id"] if chance.random() < 0.4 else None,
            "created_by_id": chance.choice([person, *people])["id"],
            # Some of them at once, so that ids decide their order.
            "created_at": MADE_AT + number // 2 * STEP,
            "updated_at": MADE_AT + chance.randrange(len(ids)) * STEP,
        }
        world.entries.append(make.entry(space, person, **made))


def _references(make: Builder, world: FilteredWorld, chance: random.Random, accounts: Sequence[Made]) -> None:
    def refer(subject_type: str, subject: Made, service: str) -> None:
        how = {
            "service_model": chance.choice(("Issue", "Line")),
            "service_model_ref": chance.choice(("1", "2", "REF-3")),
            "status": chance.choice(("successful", "pending", "failed")),
            "external_status": chance.choice((None, "open")),
            "external_message": chance.choice((None, "It broke")),
        }
        world.references.append(make.reference(subject_type, subject, service, **how))

    for entry in world.entries:
        for service in ("tracker", "ledger"):
            if chance.random() < 0.4:
                refer("TimeEntry", entry, service)
        if chance.random() < 0.3:
            refer("Story", entry, "tracker")
        if chance.random() < 0.3:
            other = next(each["id"] for each in accounts if each["id"] != entry["account_id"])
            refer("TimeEntry", {"account_id": other, "id": entry["id"]}, "tracker")
