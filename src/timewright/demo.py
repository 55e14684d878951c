"""The sample account: an agency, its clients, its projects and some weeks of time in every state.

Beside it stand a second house, of which the agency knows nothing, and a freelancer with an account of their
own who takes part in one of the agency's projects. The same seed gives the same ids and the same words; days
are counted from the present week, and how many rows there are does not depend on the day.

The main project and its first task are the oldest of the account, and people are known by their e-mail
addresses: that is how a restart finds them again, whatever was renamed since.

Long because the sample itself stands here: tables first, then how they become rows.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from typing import Any, NamedTuple

import sqlalchemy as sa

from timewright import changes, clock, demo_tasks
from timewright import tables as t
from timewright.actor import SETS_MONEY
from timewright.database import Database, Flag, Transaction, among
from timewright.resources.user_verbs import NO_PHOTO
from timewright.rules import billable, rates, roles, submissions

PARTS = {
    "administrator": "ada@example.com",
    "lead": "lee@example.com",
    "consultant": "kim@example.com",
    "client": "cleo@example.com",
    "outsider": "otto@other-house.example.com",
}
"""Who plays which part."""

_Cents = int | None
_Story = tuple[str, str, str | None, str]
_Invoice = tuple[str, int, tuple[str, ...], int, str, str, str | None]
_Row = dict[str, Any]

# Who ----------------------------------------------------------------------------------------------

_ACCOUNTS: tuple[tuple[str, str, str, date | None, str], ...] = (
    # name in this file, name, currency, lock date, domain of its people
    ("agency", "Harbour & Pine", "USD", date(1999, 12, 25), "example.com"),
    ("other", "Other House", "EUR", None, "other-house.example.com"),
    ("freelance", "Freelance Collective", "USD", None, "freelance.example.com"),
)
_ROLES = (
    # account, name, whether deleted
    ("agency", "Partner", False),
    ("agency", "Lead", False),
    ("agency", "Consultant", False),
    ("agency", "Designer", False),
    ("agency", "Developer", False),
    ("agency", "Typesetter", True),
    ("other", "Surveyor", False),
    ("other", "Valuer", False),
)
_PEOPLE: tuple[tuple[str, str, str, str, _Cents, _Cents, str | None, str], ...] = (
    # account, person, full name, permission, bill rate, cost rate, default role, flags
    ("agency", "ada", "Ada Marsh", "administrator", 18_000, 9_000, "Partner", "is_owner may_proxy"),
    ("agency", "lee", "Lee Okafor", "project_lead", 15_000, 7_000, "Lead", ""),
    ("agency", "kim", "Kim Sorel", "collaborator", 12_000, 5_200, "Consultant", ""),
    ("agency", "cleo", "Cleo Fontaine", "external_collaborator", None, None, None, ""),
    ("agency", "rosa", "Rosa Quayle", "external_collaborator", None, None, None, ""),
    ("agency", "vera", "Vera Lindqvist", "reports_viewer", None, 4_000, None, ""),
    ("agency", "wim", "Wim Castle", "reports_viewer_with_cost", None, 4_500, None, ""),
    ("agency", "iris", "Iris Chen", "project_creator", 14_000, 6_500, "Lead", ""),
    ("agency", "max", "Max Adeyemi", "collaborator", 11_500, 4_800, "Developer", "require_time_entry_location"),
    ("agency", "nora", "Nora Petrov", "collaborator", None, None, None, ""),
    ("agency", "eve", "Eve Duarte", "collaborator", 11_000, 4_700, "Designer", ""),
    ("agency", "dan", "Dan Whitlock", "collaborator", 10_500, 4_600, "Developer", ""),
    ("agency", "zoe", "Zoe Brandt", "punch_clock", None, 3_000, None, ""),
    ("other", "otto", "Otto Vance", "administrator", 20_000, 8_000, "Surveyor", "is_owner may_proxy"),
    ("other", "olga", "Olga Reyes", "collaborator", 9_500, 4_100, "Valuer", ""),
    ("freelance", "fred", "Fred Aoki", "administrator", 13_000, None, None, "is_owner"),
)
_DISABLED = ("dan",)
_GUESTS = (("agency", "fred"),)
"""Who stands in an account that is not their home."""
_LOCATIONS = (
    # account, name, whether archived
    ("agency", "Harbour office", False),
    ("agency", "Pine Street studio", False),
    ("agency", "At the client's", False),
    ("agency", "Old mill", True),
    ("other", "Ground floor", False),
)

_MANAGERS = {"lee": "ada", "iris": "ada", "kim": "lee", "max": "iris", "nora": "lee", "dan": "lee", "olga": "otto"}
"""Who manages whom."""
_WARNED = ("kim", "max")
"""Who is warned before they submit a timesheet."""
_TIME_OFF = (
    # person, weeks from the present one, weekday, hundredths of hours; asked for a week before
    ("kim", -7, 5, 800),
    ("kim", 2, 1, 800),
    ("kim", 2, 2, 400),
    ("lee", -3, 3, 750),
    ("max", 1, 5, 100),
    ("dan", -8, 5, 800),
    ("otto", -2, 5, 800),
)

# Where the work is --------------------------------------------------------------------------------

_VERSIONS = (("first", -520, True), ("present", -4, True), ("next", 13, False))
"""The versions of the rate card: name, from how many weeks after the present one, whether active."""
_CARDS: tuple[tuple[str, str, int, dict[str, int]], ...] = (
    # currency, version, default rate, rates of roles
    ("USD", "first", 10_000, {"Partner": 19_000, "Lead": 16_000, "Developer": 12_500}),
    ("USD", "present", 10_500, {"Partner": 20_000, "Lead": 17_000, "Developer": 13_500}),
    ("USD", "next", 11_000, {"Partner": 21_000, "Lead": 18_000, "Developer": 14_500}),
    ("EUR", "first", 9_200, {"Partner": 17_500, "Lead": 14_800, "Developer": 11_500}),
    ("EUR", "present", 9_700, {"Partner": 18_500, "Lead": 15_600, "Developer": 12_400}),
    ("EUR", "next", 10_100, {"Partner": 19_500, "Lead": 16_500, "Developer": 13_300}),
)
_WORKSPACES: tuple[tuple[str, str, str, str, _Cents, _Cents, str], ...] = (
    # account, project, title, currency, default rate, price, flags
    ("agency", "main", "Harbour website relaunch", "USD", 11_000, 8_000_000, "budgeted"),
    ("agency", "report", "Quayside annual report", "USD", None, 4_500_000, "budgeted require_time_approvals"),
    ("agency", "euro", "Tidewater brand refresh", "EUR", None, None, ""),
    ("agency", "notes", "Museum audio guide", "USD", 10_000, None, "require_notes_on_time_entries"),
    ("agency", "internal", "Running the agency", "USD", None, None, "tasks_default_non_billable"),
    ("agency", "archived", "Lighthouse campaign", "USD", 9_500, 2_000_000, "budgeted archived"),
    ("agency", "pipeline", "Ferry timetable, an offer", "USD", None, None, ""),
    ("agency", "others", "Orchard app discovery", "USD", 12_000, None, ""),
    ("agency", "shop", "Brewery web shop", "EUR", None, 6_000_000, "budgeted"),
    ("other", "survey", "Mill Lane survey", "EUR", 9_000, None, "require_time_approvals"),
    ("other", "annex", "Annex valuation", "EUR", None, None, "archived"),
    ("freelance", "books", "Own bookkeeping", "USD", None, None, "tasks_default_non_billable"),
)
_ON_RATE_CARD = ("report", "shop")
_ESTIMATES = ("pipeline",)
"""Projects that are only offered yet: no time is logged in them."""
_ACCESS = {"main": "open", "internal": "open", "pipeline": "admins"}
_ACCOUNT_OF = {project: account for account, project, *_ in _WORKSPACES}
_TEAMS = {
    # project: the provider's people by access level
    "main": {"admin": "ada", "edit_financials": "lee", "edit_tasks": "kim max", "view_time_and_expenses": "nora"},
    "report": {"admin": "ada", "edit_financials": "lee", "edit_tasks": "kim nora"},
    "euro": {"admin": "ada", "edit_financials": "iris", "edit_time_and_expenses": "nora", "edit_tasks": "kim fred"},
    "notes": {"admin": "ada", "edit_financials": "lee", "edit_tasks": "kim max", "view_financials": "iris"},
    "internal": {"admin": "ada", "edit_tasks": "lee kim dan"},
    "archived": {"admin": "ada", "edit_financials": "lee", "edit_tasks": "kim dan"},
    "pipeline": {"admin": "ada", "edit_financials": "lee", "edit_tasks": "kim"},
    "others": {"edit_financials": "iris", "edit_tasks": "max nora"},
    "shop": {"admin": "ada", "edit_financials": "lee", "edit_tasks": "kim"},
    "survey": {"admin": "otto", "edit_tasks": "olga"},
    "annex": {"admin": "otto"},
    "books": {"admin": "fred"},
}
_CLIENTS = (("main", "cleo", "view_tasks"), ("report", "rosa", "view_financials"), ("euro", "rosa", "view_tasks"))
_TERMS: dict[tuple[str, str], tuple[_Cents, _Cents, str | None]] = {
    # project and person: rate, cost, role
    ("main", "lee"): (16_000, None, None),
    ("main", "nora"): (None, 3_000, "Designer"),
    ("report", "lee"): (15_500, None, None),
    ("report", "nora"): (None, 3_000, "Designer"),
    ("euro", "iris"): (14_500, None, None),
    ("euro", "kim"): (9_800, None, None),
    ("euro", "fred"): (10_500, 6_000, "Developer"),
    ("shop", "kim"): (None, None, "Developer"),
}
_STORIES: tuple[_Story, ...] = (
    # project, title, the story above, marks
    ("main", "Build the page templates", None, ""),
    ("main", "Research", None, "deliverable"),
    ("main", "Talk with visitors", "Research", ""),
    ("main", "Write up the talks", "Talk with visitors", ""),
    ("main", "Project meetings", None, "non_billable"),
    ("main", "Hand-over and training", None, "non_billable"),
    ("main", "Move the old articles", None, ""),
    ("main", "The map shows the wrong pier", None, "issue"),
    ("main", "Launch", None, "milestone no_time"),
    ("main", "Ask for the logo files", None, "todo non_billable"),
    ("main", "Old navigation", None, "archived"),
    ("main", "Newsletter sign-up", None, "deleted"),
    ("report", "Set the figures", None, ""),
    ("report", "Tables", "Set the figures", ""),
    ("report", "Cover and chapters", None, ""),
    ("report", "Corrections", None, "non_billable"),
    ("euro", "Logo and colours", None, "deliverable"),
    ("euro", "Letterheads", None, ""),
    ("euro", "Café façade", None, ""),
    ("notes", "Record the tour", None, ""),
    ("notes", "Edit the tour", None, ""),
    ("internal", "Team meeting", None, "non_billable"),
    ("internal", "Learning", None, "non_billable"),
    ("internal", "Offers and hiring", None, "non_billable"),
    ("archived", "Posters", None, ""),
    ("archived", "Radio spots", None, ""),
    ("pipeline", "Write the offer", None, "non_billable no_time"),
    ("others", "Prototype", None, ""),
    ("others", "Weekly call", None, "non_billable"),
    ("shop", "Shop front", None, ""),
    ("shop", "Payment", None, "milestone"),
    ("survey", "Measure the yard", None, ""),
    ("survey", "Draw the plans", "Measure the yard", ""),
    ("survey", "Travel", None, "non_billable no_time"),
    ("annex", "Valuation", None, ""),
    ("books", "Sort receipts", None, "non_billable"),
)
_ASSIGNMENTS: tuple[tuple[str, str, str, str | None], ...] = (
    # project, story, person, role
    ("main", "Build the page templates", "kim", "Developer"),
    ("main", "Build the page templates", "max", None),
    ("main", "Research", "nora", None),
    ("main", "Talk with visitors", "kim", None),
    ("report", "Set the figures", "kim", "Developer"),
    ("report", "Cover and chapters", "nora", "Designer"),
    ("euro", "Letterheads", "fred", None),
    ("shop", "Shop front", "kim", "Lead"),
    ("survey", "Measure the yard", "olga", "Surveyor"),
)

_GROUPS: tuple[tuple[str, str, str, str, str], ...] = (
    # account, name, projects, contact, marks
    ("agency", "Harbour Trust", "main archived", "Cleo Fontaine", "company"),
    ("agency", "Quayside Holdings", "report euro", "Rosa Quayle", "company"),
    ("agency", "Museums", "notes", "", "company"),
    ("agency", "In the house", "internal pipeline", "", ""),
    ("agency", "Retail", "shop others", "", ""),
    ("other", "Mill Lane Estates", "survey annex", "Olga Reyes", "company"),
)
_PLACES: tuple[tuple[str, str | None, str | None, str | None], ...] = (
    # project, person, role, label: nobody has a place without a person yet
    ("main", "lee", "Lead", None),
    ("main", "kim", "Consultant", None),
    ("main", "kim", "Developer", "Kim, building"),
    ("main", "nora", "Designer", None),
    ("main", None, "Developer", "A second developer"),
    ("main", "cleo", None, None),
    ("report", "kim", "Developer", None),
    ("report", "nora", "Designer", None),
    ("euro", "fred", "Developer", None),
    ("pipeline", None, "Lead", None),
    ("survey", "olga", "Surveyor", None),
    ("survey", None, "Valuer", None),
    ("main", "max", None, None),
    ("shop", "kim", "Lead", None),
)

# Time ---------------------------------------------------------------------------------------------

_ROTA: tuple[tuple[str, int, int, dict[str, str], str | None, _Cents], ...] = (
    # project, first and last week ago, weekdays by person (0 is Sunday), logged by another, at a rate of their own
    ("archived", 20, 17, {"kim": "135", "lee": "2", "dan": "24"}, None, None),
    ("main", 8, 1, {"kim": "1234", "lee": "24", "ada": "1", "nora": "135", "max": "3"}, None, None),
    ("main", 8, 6, {"eve": "12345"}, None, None),
    ("main", 8, 1, {"kim": "5"}, "lee", 14_000),
    ("main", 0, 0, {"kim": "12", "lee": "1"}, None, None),
    ("report", 8, 1, {"kim": "135", "lee": "13", "ada": "4", "nora": "24"}, None, None),
    ("euro", 8, 1, {"kim": "2", "ada": "2", "nora": "4", "iris": "123", "fred": "235"}, None, None),
    ("notes", 6, 1, {"kim": "24", "lee": "2", "max": "4"}, None, None),
    ("internal", 8, 1, {"kim": "1", "lee": "15", "ada": "35"}, None, None),
    ("internal", 8, 7, {"dan": "123"}, None, None),
    ("others", 8, 1, {"max": "125", "iris": "5"}, None, None),
    ("others", 6, 1, {"nora": "3"}, "iris", None),
    ("shop", 6, 1, {"kim": "4", "lee": "5"}, None, None),
    ("survey", 6, 1, {"otto": "13", "olga": "24"}, None, None),
    ("annex", 8, 7, {"otto": "2"}, None, None),
    ("books", 3, 1, {"fred": "4"}, None, None),
)
_LOCKED = (
    # person, project, day before the lock date
    ("ada", "archived", date(1999, 12, 13)),
    ("ada", "archived", date(1999, 12, 14)),
    ("lee", "archived", date(1999, 12, 15)),
    ("lee", "main", date(1999, 12, 20)),
    ("kim", "main", date(1999, 12, 23)),
    ("kim", "main", date(1999, 12, 24)),
)
_NOTES = (
    "Second round with the client", "Fixed what the review found", "Sketches", "Prepared the workshop",
    "Call about the text", "Measured twice", "Crème paper, 120 g: proofs", "Tidied up", "Pair work", "Travel",
)  # fmt: skip
_SOME = 0.25
"""How often an entry says where it was."""
_STATES = (("not started", 0), ("started", 20), ("in progress", 60), ("needs info", 70), ("completed", 100))
_MINUTES = (15, 30, 45, 50, 60, 75, 90, 120, 150, 180)

_STATUSES = {8: "approved", 7: "approved", 6: "approved", 5: "approved", 4: "rejected", 3: "cancelled", 2: "pending"}
"""What became of the timesheets of each week, by weeks ago, where time must be approved."""
_COMMENTS = {"pending": "Complete.", "rejected": "As discussed."}
_RESOLUTIONS: dict[str, str | None] = {
    "approved": "Thank you.",
    "rejected": "Please split travel from work.",
    "cancelled": None,
}
_INVOICES: tuple[_Invoice, ...] = (
    # account, number, projects, weeks ago, status, person, recipient
    ("agency", 1001, ("main",), 8, "accepted payment", "lee", "cleo"),
    ("agency", 1002, ("report",), 8, "new", "lee", "rosa"),
    ("agency", 1003, ("main",), 7, "cancelled", "lee", "cleo"),
    ("agency", 1004, ("main", "notes"), 6, "new", "ada", "cleo"),
    ("agency", 1005, ("euro",), 5, "draft", "iris", None),
    ("other", 1, ("survey",), 6, "new", "otto", None),
)
_DAYS_TO_PAY = 30
_REFERENCES: tuple[tuple[sa.Table, Any, str, str, str], ...] = (
    # subject, by its key, service, what it is called there, its id there
    (t.workspaces, "main", "ledger", "Job", "J-100"),
    (t.stories, ("main", "Build the page templates"), "tracker", "Epic", "HP-1"),
    (t.users, "kim", "payroll", "Employee", "0042"),
    (t.users, "lee", "payroll", "Employee", "0007"),
    (t.roles, ("agency", "Developer"), "ledger", "Grade", "D"),
    (t.invoices, ("agency", 1001), "ledger", "Bill", "B-1001"),
    (t.workspace_groups, ("agency", "Harbour Trust"), "ledger", "Customer", "C-7"),
    (t.rate_cards, "USD", "ledger", "Tariff", "T-1"),
    (t.workspace_resources, ("main", "kim", "Consultant"), "tracker", "Seat", "S-1"),
    (t.time_entries, 0, "ledger", "Line", "L-1"),
    (t.workspaces, "survey", "ledger", "Job", "X-1"),
    (t.stories, ("survey", "Measure the yard"), "tracker", "Epic", "OH-1"),
    (t.roles, ("other", "Surveyor"), "ledger", "Grade", "S"),
)
_FURTHER_REFERENCES: tuple[tuple[sa.Table, Any, str, str, str], ...] = (
    (t.participations, ("main", "kim"), "planner", "Seat", "S-7"),
    (t.time_off_entries, ("kim", 2, 1), "payroll", "Leave", "L-12"),
)
_REFERRING = 20
"""Of how many entries one is known to the tracker."""

_MADE_BY = {
    "workspaces": "creator_id",
    "stories": "creator_id",
    "timesheet_submissions": "user_id",
    "invoices": "user_id",
    "time_entries": "created_by_id",
    "time_off_entries": "user_id",
}
"""The column that says who made a row, for the change log."""


@dataclass(frozen=True)
class Sample:
    """Where the sample is: the agency, its main project, the first task in it, and who plays which part."""

    account_id: int
    workspace_id: int
    story_id: int
    people: dict[str, int]


def is_seeded(tx: Transaction) -> bool:
    """Whether the database holds an account already, this sample or any other."""
    return tx.one(sa.select(t.accounts.c.id).limit(1)) is not None


def sample(tx: Transaction) -> Sample:
    """Find the sample again. The main project and its first task are the oldest of the account."""
    found = tx.rows(sa.select(t.users).where(among(t.users.c.email_address, PARTS.values())))
    by_address = {row["email_address"]: row for row in found}
    if len(by_address) < len(PARTS):
        raise RuntimeError("This database does not hold the sample account.")
    account_id = by_address[PARTS["administrator"]]["account_id"]
    workspace_id = tx.number(sa.select(sa.func.min(t.workspaces.c.id)).where(t.workspaces.c.account_id == account_id))
    first_story = sa.select(sa.func.min(t.stories.c.id)).where(
        t.stories.c.account_id == account_id, t.stories.c.workspace_id == workspace_id
    )
    return Sample(
        account_id=account_id,
        workspace_id=workspace_id,
        story_id=tx.number(first_story),
        people={part: by_address[address]["id"] for part, address in PARTS.items()},
    )


def seed(database: Database, *, seed: int = 1, today: date | None = None) -> None:
    """Fill an empty database with the sample, in one transaction. A database with an account is refused."""
    with database.write() as tx:
        if is_seeded(tx):
            raise RuntimeError("This database holds an account already: the sample goes into an empty one.")
        # Chance that can be repeated: it picks words and minutes, never a secret.
        made = _Made(tx, random.Random(seed), today or clock.today())  # noqa: S311
        _accounts_and_people(made)
        _roles_and_memberships(made)
        _locations(made)
        _rate_cards(made)
        _groups(made)
        _workspaces(made)
        _grouped(made)
        _participations(made)
        _places(made)
        _stories(made)
        _assignments(made)
        _time(made)
        _time_off(made)
        _references(made)
        demo_tasks.add(made)
        changes.append(tx, made.changes)


class _Made:
    """What was stored so far, by table and by the names of this file, and what the change log will say."""

    def __init__(self, tx: Transaction, chance: random.Random, today: date) -> None:
        self.tx = tx
        self.chance = chance
        self.today = today
        self.now = clock.now()
        self.cards: dict[int | None, list[rates.RateCardVersion]] = defaultdict(list)
        self.changes: list[changes.Change] = []
        self._rows: dict[str, dict[Any, _Row]] = defaultdict(dict)

    def rows(self, table: sa.Table) -> dict[Any, _Row]:
        """The stored rows of a table by key."""
        return self._rows[table.name]

    def id(self, table: sa.Table, key: Any) -> int:
        """The id of a stored row."""
        return int(self._rows[table.name][key]["id"])

    def within(self, account: str) -> _Row:
        """What every row of an account begins with."""
        return {"account_id": self.id(t.accounts, account)}

    def week(self, ago: int) -> date:
        """The Sunday that began the week so many weeks ago."""
        return self.today - timedelta(days=self.today.isoweekday() % 7, weeks=ago)

    def at(self, day: date, minutes: int = 0) -> datetime:
        """The instant so many minutes after nine on a day, and never one to come."""
        return min(self.now, datetime.combine(day, time(9), UTC) + timedelta(minutes=minutes))

    def store(self, table: sa.Table, named: Mapping[Any, _Row]) -> None:
        """Store a set of rows by key and note them for the log. What a row does not name is false or null."""
        if "id" in table.c:
            for id_, row in zip(self.tx.allocate(table, len(named)), named.values(), strict=True):
                row["id"] = id_
        for number, row in enumerate(named.values()):
            row.setdefault("created_at", self.at(self.week(26), number))
            # The first of each table changed last, so that it leads the lists.
            row.setdefault("updated_at", self.at(self.week(1), -number))
            for column in table.c:
                row.setdefault(column.name, False if isinstance(column.type, Flag) else None)
        self.tx.insert(table, [{column.name: row[column.name] for column in table.c} for row in named.values()])
        self._rows[table.name].update(named)
        if "id" in table.c:
            self.changes += [_created(table, row) for row in named.values()]


def _created(table: sa.Table, row: _Row) -> changes.Change:
    return changes.Change(
        account_id=row["id"] if table is t.accounts else row["account_id"],
        subject_type=_type(table),
        subject_id=row["id"],
        verb="create",
        after=row,
        user_id=row[_MADE_BY[table.name]] if table.name in _MADE_BY else None,
    )


def _type(table: sa.Table) -> str:
    """What the wire calls a row of a table: `TimeEntry`."""
    singular = table.name[:-3] + "y" if table.name.endswith("ies") else table.name[:-1]
    return "".join(word.title() for word in singular.split("_"))


def _flags(text: str) -> _Row:
    return dict.fromkeys(text.split(), True)


def _accounts_and_people(made: _Made) -> None:
    made.store(
        t.accounts,
        {
            key: {"name": name, "currency": money, "lock_date": lock, "rolled_up_to": 0}
            for key, name, money, lock, _ in _ACCOUNTS
        },
    )
    domains = {key: domain for key, *_, domain in _ACCOUNTS}
    made.store(
        t.users,
        {
            person: {
                **made.within(account),
                "full_name": full_name,
                "email_address": f"{person}@{domains[account]}",
                "photo_path": NO_PHOTO,
                "headline": role,
                "disabled_at": made.at(made.week(5)) if person in _DISABLED else None,
            }
            for account, person, full_name, _, _, _, role, _ in _PEOPLE
        },
    )
    at_home = [(account, person) for account, person, *_ in _PEOPLE]
    made.store(
        t.account_people,
        {
            (account, person): {**made.within(account), "user_id": made.id(t.users, person)}
            for account, person in (*at_home, *_GUESTS)
        },
    )


def _roles_and_memberships(made: _Made) -> None:
    made.store(
        t.roles,
        {
            (account, name): {
                **made.within(account),
                "name": name,
                "deleted_at": made.at(made.week(10)) if deleted else None,
            }
            for account, name, deleted in _ROLES
        },
    )
    made.store(
        t.account_memberships,
        {
            (account, person): {
                **made.within(account),
                "user_id": made.id(t.users, person),
                "permission": permission,
                "bill_rate_in_cents": bill_rate,
                "cost_rate_in_cents": cost_rate,
                "default_role_id": _role_id(made, account, role),
                "manager_id": made.id(t.users, _MANAGERS[person]) if person in _MANAGERS else None,
                "manager_can_approve": person in _MANAGERS,
                "should_show_alert_on_timesheet_submission": person in _WARNED,
                "collaborator_only_license": permission == "external_collaborator",
                "disabled_at": made.rows(t.users)[person]["disabled_at"],
                **_flags(flags),
            }
            for account, person, _, permission, bill_rate, cost_rate, role, flags in _PEOPLE
        },
    )


def _role_id(made: _Made, account: str, role: str | None) -> int | None:
    return made.id(t.roles, (account, role)) if role else None


def _locations(made: _Made) -> None:
    made.store(
        t.account_locations,
        {
            (account, name): {**made.within(account), "name": name, "archived": archived}
            for account, name, archived in _LOCATIONS
        },
    )


def _rate_cards(made: _Made) -> None:
    agency = made.within("agency")
    made.store(t.rate_card_sets, {"standard": {**agency, "title": "Standard rates"}})
    of_set = {**agency, "rate_card_set_id": made.id(t.rate_card_sets, "standard")}
    made.store(t.rate_cards, {money: {**of_set, "currency": money} for money in ("USD", "EUR")})
    made.store(
        t.rate_card_set_versions,
        {name: {**of_set, "effective_date": made.week(-later), "active": active} for name, later, active in _VERSIONS},
    )
    made.store(
        t.rate_card_versions,
        {
            (money, version): {
                **agency,
                "rate_card_id": made.id(t.rate_cards, money),
                "rate_card_set_version_id": made.id(t.rate_card_set_versions, version),
                "default_rate": default_rate,
            }
            for money, version, default_rate, _ in _CARDS
        },
    )
    made.store(
        t.rate_card_roles,
        {
            (money, version, role): {
                **agency,
                "rate_card_version_id": made.id(t.rate_card_versions, (money, version)),
                "role_id": made.id(t.roles, ("agency", role)),
                "rate": rate,
            }
            for money, version, _, role_rates in _CARDS
            for role, rate in role_rates.items()
        },
    )
    for money, version, default_rate, role_rates in _CARDS:
        dated = made.rows(t.rate_card_set_versions)[version]
        if dated["active"]:
            by_role = {made.id(t.roles, ("agency", role)): rate for role, rate in role_rates.items()}
            says = rates.RateCardVersion(dated["effective_date"], default_rate, by_role)
            made.cards[made.id(t.rate_cards, money)].append(says)


def _workspaces(made: _Made) -> None:
    made.store(
        t.workspaces,
        {
            project: {
                **made.within(account),
                "title": title,
                "description": f"{title}: what was agreed, and what is left to do.",
                "start_date": made.week(26),
                "due_date": made.week(-12),
                "access_level": _ACCESS.get(project, "invitation"),
                "consultant_role_name": "Consultants",
                "client_role_name": "Clients",
                "percentage_complete": made.chance.randrange(20, 80),
                "default_rate_in_cents": default_rate,
                "price_in_cents": price,
                "target_margin": 30 if price else None,
                "currency": money,
                "rate_card_id": made.id(t.rate_cards, money) if project in _ON_RATE_CARD else None,
                "time_trackable": project not in _ESTIMATES,
                "stage": "estimate" if project in _ESTIMATES else "project",
                "status_key": 300,
                "status_color": "green",
                "status_message": "In progress",
                "creator_id": made.id(t.users, _lead(project)),
                "primary_maven_id": made.id(t.users, _lead(project)),
                "primary_workspace_group_id": _primary_group_id(made, project),
                **_flags(flags),
            }
            for account, project, title, money, default_rate, price, flags in _WORKSPACES
        },
    )


def _groups(made: _Made) -> None:
    made.store(
        t.workspace_groups,
        {
            (account, name): {
                **made.within(account),
                "name": name,
                "contact_name": contact or None,
                "email": f"{contact.split()[0].lower()}@clients.example.com" if contact else None,
                **_flags(marks),
            }
            for account, name, _, contact, marks in _GROUPS
        },
    )


def _primary_group_id(made: _Made, project: str) -> int | None:
    """The company for which the project is; what is only gathered has none."""
    found = ((account, name) for account, name, projects, _, marks in _GROUPS if marks and project in projects.split())
    key = next(found, None)
    return made.id(t.workspace_groups, key) if key else None


def _grouped(made: _Made) -> None:
    made.store(
        t.workspace_group_workspaces,
        {
            (account, name, project): {
                **made.within(account),
                "workspace_group_id": made.id(t.workspace_groups, (account, name)),
                "workspace_id": made.id(t.workspaces, project),
            }
            for account, name, projects, *_ in _GROUPS
            for project in projects.split()
        },
    )


def _places(made: _Made) -> None:
    made.store(
        t.workspace_resources,
        {
            (project, person, role): {
                **made.within(_ACCOUNT_OF[project]),
                "workspace_id": made.id(t.workspaces, project),
                "user_id": made.id(t.users, person) if person else None,
                "role_id": _role_id(made, _ACCOUNT_OF[project], role),
                "label": label,
            }
            for project, person, role, label in _PLACES
        },
    )


def _lead(project: str) -> str:
    return _TEAMS[project].get("edit_financials") or _TEAMS[project]["admin"]


def _participations(made: _Made) -> None:
    team = {
        (project, person): ("maven", level)
        for project, levels in _TEAMS.items()
        for level, people in levels.items()
        for person in people.split()
    }
    clients = {(project, person): ("buyer", level) for project, person, level in _CLIENTS}
    made.store(
        t.participations,
        {key: _participation(made, *key, *side) for key, side in {**team, **clients}.items()},
    )


def _participation(made: _Made, project: str, person: str, side: str, level: str) -> _Row:
    rate, cost, role = _TERMS.get((project, person), (None, None, None))
    return {
        **made.within(_ACCOUNT_OF[project]),
        "workspace_id": made.id(t.workspaces, project),
        "user_id": made.id(t.users, person),
        "role": side,
        "access_level": level,
        "is_team_lead": side == "buyer" or person == _lead(project),
        "can_invite": level in SETS_MONEY,
        "can_edit_time": side == "maven" and level != "view_financials",
        "can_post": True,
        "can_edit_expense": side == "maven" and level in SETS_MONEY,
        "can_schedule_their_hours": side == "maven",
        "can_schedule_team_hours": level in SETS_MONEY,
        "is_time_approver": level in SETS_MONEY,
        "workspace_role_id": _role_id(made, _ACCOUNT_OF[project], role),
        "rate_in_cents": rate,
        "cost_in_cents": cost,
    }


def _stories(made: _Made) -> None:
    """Level by level, since a story below another names it."""
    level = [story for story in _STORIES if story[2] is None]
    while level:
        stored = {(story[0], story[1]): _story(made, story) for story in level}
        made.store(t.stories, stored)
        level = [story for story in _STORIES if (story[0], story[2]) in stored]


def _story(made: _Made, story: _Story) -> _Row:
    project, title, parent, marks = story
    above = made.rows(t.stories).get((project, parent), {})
    path = f"{above['ancestry']}/{above['id']}".strip("/") if above else ""
    state, done = made.chance.choice(_STATES)
    return {
        **made.within(_ACCOUNT_OF[project]),
        "workspace_id": made.id(t.workspaces, project),
        "title": title,
        "story_type": next((kind for kind in t.STORY_TYPES if kind in marks), "task"),
        "state": state,
        "priority": made.chance.choice(t.PRIORITIES),
        "position": [each[1] for each in _STORIES if each[0] == project].index(title) + 1,
        "archived": "archived" in marks,
        "deleted_at": made.at(made.week(3)) if "deleted" in marks else None,
        "start_date": made.week(10),
        "due_date": made.week(-6),
        "percentage_complete": done,
        "project_plan": "todo" not in marks,
        "time_trackable": "no_time" not in marks,
        "billable": "non_billable" not in marks,
        "weight": 10 if "milestone" in marks else None,
        "time_estimate_in_minutes": 60 * made.chance.randrange(10, 80),
        "creator_id": made.id(t.users, _lead(project)),
        "parent_id": above.get("id"),
        "root_id": int(path.split("/")[0]) if path else None,
        "ancestry": path,
    }


def _assignments(made: _Made) -> None:
    # Of several places in one team, the first.
    places = {(project, person): (project, person, role) for project, person, role, _ in reversed(_PLACES)}
    made.store(
        t.assignments,
        {
            (project, title, person): {
                **made.within(_ACCOUNT_OF[project]),
                "story_id": made.id(t.stories, (project, title)),
                "assignee_id": made.id(t.users, person),
                "role_id": _role_id(made, _ACCOUNT_OF[project], role),
                "resource_id": made.id(t.workspace_resources, places[project, person]),
                "current": True,
                "estimated_minutes": 1_200,
                "allocated_minutes": 600,
            }
            for project, title, person, role in _ASSIGNMENTS
        },
    )


class _Turn(NamedTuple):
    """Somebody's turn to work in a project on a day. Locked days belong to no week."""

    project: str
    person: str
    day: date
    weeks_ago: int | None = None
    logged_by: str | None = None
    asked: int | None = None


_Worked = list[tuple[_Turn, _Row]]


def _time(made: _Made) -> None:
    """Entries are stored as they ended, since nothing changes an approved or invoiced one afterwards."""
    worked = [(turn, _entry(made, turn)) for turn in _turns(made)]
    submitted = _submissions(made, worked)
    billed = _invoices(made, worked)
    made.store(t.time_entries, dict(enumerate(row for _, row in worked)))
    for table, column, pairs in (
        (t.timesheet_submission_entries, "timesheet_submission_id", submitted),
        (t.invoice_time_entries, "invoice_id", billed),
    ):
        made.tx.insert(
            table,
            [
                {"account_id": entry["account_id"], column: holder["id"], "time_entry_id": entry["id"]}
                for holder, entry in pairs
            ],
        )


def _turns(made: _Made) -> list[_Turn]:
    locked = [_Turn(project, person, day) for person, project, day in _LOCKED]
    rota = [
        _Turn(project, person, made.week(ago) + timedelta(int(weekday)), ago, logged_by, asked)
        for project, first, last, people, logged_by, asked in _ROTA
        for ago in range(first, last - 1, -1)
        for person, weekdays in people.items()
        for weekday in weekdays
    ]
    return sorted(locked + rota, key=lambda turn: turn.day)


def _entry(made: _Made, turn: _Turn) -> _Row:
    account, workspace = _ACCOUNT_OF[turn.project], made.rows(t.workspaces)[turn.project]
    story = made.chance.choice(_open_stories(made, turn.project))
    day = min(turn.day, made.today)
    stamp = made.at(day, 480 + made.chance.randrange(120))
    return {
        **made.within(account),
        "workspace_id": workspace["id"],
        "story_id": story.get("id"),
        "user_id": made.id(t.users, turn.person),
        "location_id": _location_id(made, account, turn),
        "date_performed": day,
        "time_in_minutes": made.chance.choice(_MINUTES),
        "notes": _note(made, is_needed=workspace["require_notes_on_time_entries"]),
        "currency": workspace["currency"],
        "approved": False,
        "created_by_id": made.id(t.users, turn.logged_by or turn.person),
        "operation_id": f"sample-{made.chance.getrandbits(64):016x}",
        "created_at": stamp,
        "updated_at": stamp,
        **_worth(made, turn, day, story),
    }


def _worth(made: _Made, turn: _Turn, day: date, story: _Row) -> _Row:
    """The role, rate and cost of an entry, as the rules give them for its facts."""
    workspace = made.rows(t.workspaces)[turn.project]
    participation = made.rows(t.participations).get((turn.project, turn.person), {})
    membership = made.rows(t.account_memberships).get((_ACCOUNT_OF[turn.project], turn.person), {})
    assignment = made.rows(t.assignments).get((turn.project, story.get("title"), turn.person), {})
    role_id = roles.role(
        None, assignment.get("role_id"), participation.get("workspace_role_id"), membership.get("default_role_id")
    )
    facts = rates.RateFacts(
        billable=billable.default_billable(story.get("billable")),
        date_performed=day,
        role_id=role_id,
        asked=turn.asked,
        card=made.cards.get(workspace["rate_card_id"]),
        participation=participation.get("rate_in_cents"),
        account_membership=membership.get("bill_rate_in_cents"),
        workspace=workspace["default_rate_in_cents"],
    )
    rate = rates.rate(facts)
    cost = rates.cost_rate(None, participation.get("cost_in_cents"), membership.get("cost_rate_in_cents"))
    return {
        "role_id": role_id,
        "billable": facts.billable,
        "rate_in_cents": rate.rate_in_cents,
        "rate_rule": rate.rule,
        "cost_rate_in_cents": cost,
    }


def _open_stories(made: _Made, project: str) -> list[_Row]:
    """The stories that take time, and an empty one where time may stand on none."""
    found = [
        row
        for (where, _), row in made.rows(t.stories).items()
        if where == project and row["time_trackable"] and not row["archived"] and row["deleted_at"] is None
    ]
    return found if made.rows(t.workspaces)[project]["tasks_default_non_billable"] else [*found, {}]


def _location_id(made: _Made, account: str, turn: _Turn) -> int | None:
    """Some entries say where, those of some people all; those of locked days name a place given up since."""
    is_old = turn.weeks_ago is None
    found = [
        row["id"]
        for (where, _), row in made.rows(t.account_locations).items()
        if where == account and row["archived"] == is_old
    ]
    membership = made.rows(t.account_memberships).get((account, turn.person), {})
    is_said = made.chance.random() < _SOME or is_old or membership.get("require_time_entry_location")
    return made.chance.choice(found) if found and is_said else None


def _note(made: _Made, *, is_needed: bool) -> str | None:
    return made.chance.choice(_NOTES if is_needed else (*_NOTES, "", None, None, None))


def _submissions(made: _Made, worked: _Worked) -> list[tuple[_Row, _Row]]:
    """Submit the weeks of projects that require approvals; answers each submission with each of its entries."""
    weeks: dict[tuple[str, str, int], list[_Row]] = defaultdict(list)
    for turn, entry in worked:
        if turn.weeks_ago in _STATUSES and made.rows(t.workspaces)[turn.project]["require_time_approvals"]:
            weeks[turn.project, turn.person, turn.weeks_ago].append(entry)
    made.store(t.timesheet_submissions, {key: _submission(made, *key) for key in weeks})
    pairs = [
        (submission, entry) for key, submission in made.rows(t.timesheet_submissions).items() for entry in weeks[key]
    ]
    for submission, entry in pairs:
        is_active = submission["status"] in {"pending", "approved"}
        entry["active_submission_id"] = submission["id"] if is_active else None
        entry["recent_submission_id"] = submission["id"]
        entry["approved"] = submission["status"] == "approved"
        entry["updated_at"] = submission["updated_at"]
    return pairs


def _submission(made: _Made, project: str, person: str, weeks_ago: int) -> _Row:
    status, monday = _STATUSES[weeks_ago], made.week(weeks_ago - 1) + timedelta(days=1)
    workspace = made.rows(t.workspaces)[project]
    resolved = made.at(monday, 600) if status in _RESOLUTIONS else None
    approver = _lead(project) if person != _lead(project) else _TEAMS[project]["admin"]
    resolver = made.id(t.users, person if status == "cancelled" else approver)
    return {
        **made.within(_ACCOUNT_OF[project]),
        "workspace_id": workspace["id"],
        "user_id": made.id(t.users, person),
        "title": f"{made.rows(t.users)[person]['full_name']}, {workspace['title']}",
        "comment": _COMMENTS.get(status),
        "status": status,
        "start_date": made.week(weeks_ago),
        "end_date": made.week(weeks_ago) + timedelta(days=6),
        "currency": workspace["currency"],
        "resolution_description": _RESOLUTIONS.get(status),
        "current_resolution_creator_id": resolver if resolved else None,
        "current_resolution_created_at": resolved,
        "created_at": made.at(monday),
        "updated_at": resolved or made.at(monday),
    }


def _invoices(made: _Made, worked: _Worked) -> list[tuple[_Row, _Row]]:
    """Bill some weeks; answers each invoice with each of its entries. A cancelled one holds none any more."""
    bills = {
        (account, number): [
            entry
            for turn, entry in worked
            if turn.project in projects and turn.weeks_ago == weeks_ago and _may_be_billed(made, turn.project, entry)
        ]
        for account, number, projects, weeks_ago, *_ in _INVOICES
    }
    made.store(t.invoices, {line[:2]: _invoice(made, line, bills[line[:2]]) for line in _INVOICES})
    made.store(
        t.invoice_workspaces,
        {
            (number, project): {
                **made.within(account),
                "invoice_id": made.id(t.invoices, (account, number)),
                "workspace_id": made.id(t.workspaces, project),
            }
            for account, number, projects, *_ in _INVOICES
            for project in projects
        },
    )
    pairs = [(invoice, entry) for key, invoice in made.rows(t.invoices).items() for entry in bills[key]]
    for invoice, entry in pairs:
        entry["invoice_id"] = invoice["id"] if invoice["status"] != "cancelled" else None
        entry["updated_at"] = invoice["updated_at"]
    return pairs


def _may_be_billed(made: _Made, project: str, entry: _Row) -> bool:
    """Where time must be approved, only approved time is billed (contract: invoices)."""
    needs_approval = made.rows(t.workspaces)[project]["require_time_approvals"]
    return bool(entry["billable"] and (entry["approved"] or not needs_approval))


def _invoice(made: _Made, line: _Invoice, entries: Sequence[_Row]) -> _Row:
    account, number, projects, weeks_ago, status, person, recipient = line
    day = made.week(weeks_ago - 1) + timedelta(days=3)
    is_open = status in {"new", "draft"}
    worth = submissions.total_in_cents(sum(entry["rate_in_cents"] * entry["time_in_minutes"] for entry in entries))
    return {
        **made.within(account),
        "user_id": made.id(t.users, person),
        "recipient_id": made.id(t.users, recipient) if recipient else None,
        "invoice_date": day,
        "due_date": day + timedelta(days=_DAYS_TO_PAY),
        "status": "new" if is_open else status,
        "draft": status == "draft",
        "payment_schedule": _DAYS_TO_PAY,
        "user_invoice_number": number,
        "tax_rate_in_basis_points": 0,
        "balance_in_cents": worth if is_open else 0,
        "currency": made.rows(t.workspaces)[projects[0]]["currency"],
        "created_at": made.at(day),
        "updated_at": made.at(day) if is_open else made.at(day, 2_000),
    }


def _time_off(made: _Made) -> None:
    made.store(
        t.time_off_entries,
        {
            (person, later, weekday): {
                "account_id": made.rows(t.users)[person]["account_id"],
                "user_id": made.id(t.users, person),
                "requested_date": made.week(-later) + timedelta(days=weekday),
                "submission_date": min(made.today, made.week(1 - later)),
                "hours_in_hundredths": hours,
            }
            for person, later, weekday, hours in _TIME_OFF
        },
    )


def _references(made: _Made) -> None:
    """What other systems call these things: some by name, and every so many entries."""
    entries = [
        (t.time_entries, key, "tracker", "Worklog", f"W-{7_000 + key}")
        for key in range(0, len(made.rows(t.time_entries)), _REFERRING)
    ]
    statuses = cycle(t.REFERENCE_STATUSES)
    made.store(
        t.external_references,
        {
            number: {
                "account_id": made.rows(table)[key]["account_id"],
                "subject_type": _type(table),
                "subject_id": made.id(table, key),
                "service_name": service,
                "service_model": model,
                "service_model_ref": ref,
                "status": next(statuses),
                "external_link": f"https://{service}.example.com/{ref}",
                "last_synced_at": made.at(made.week(1)),
            }
            for number, (table, key, service, model, ref) in enumerate((*_REFERENCES, *entries, *_FURTHER_REFERENCES))
        },
    )
