"""The cast and their house: the small world in which tests are told.

Ada administers the account, Lee leads the project with financial access, Kim is a consultant in it, Cleo is
the client. Vera views reports. Max and Nora work where the others do not. Eve left the project. Otto
administers another account, in which every id is the same as in the first: a look-up that forgets the
account shows at once. Whatever a part may not see holds a canary.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.builders import MADE_AT, Builder, Made
from timewright.database import Database

CANARY = "canary-7f3a"
"""Stands in everything that some part may not see, followed by who may."""

PARTS = ("ada", "lee", "kim", "cleo", "vera", "max", "nora", "eve", "dan", "fred", "otto")


@dataclass
class World:
    """What was made, by name, and a token for each part."""

    account: Made
    users: dict[str, Made] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    workspaces: dict[str, Made] = field(default_factory=dict)
    stories: dict[str, Made] = field(default_factory=dict)
    roles: dict[str, Made] = field(default_factory=dict)
    locations: dict[str, Made] = field(default_factory=dict)
    entries: dict[str, Made] = field(default_factory=dict)
    submissions: dict[str, Made] = field(default_factory=dict)
    invoices: dict[str, Made] = field(default_factory=dict)
    groups: dict[str, Made] = field(default_factory=dict)
    resources: dict[str, Made] = field(default_factory=dict)
    cards: dict[str, Made] = field(default_factory=dict)
    references: dict[str, Made] = field(default_factory=dict)
    time_off: dict[str, Made] = field(default_factory=dict)
    assignments: dict[str, Made] = field(default_factory=dict)
    tags: dict[str, Made] = field(default_factory=dict)
    custom_fields: dict[str, Made] = field(default_factory=dict)
    choices: dict[str, Made] = field(default_factory=dict)
    custom_values: dict[str, Made] = field(default_factory=dict)
    reports: dict[str, Made] = field(default_factory=dict)
    expenses: dict[str, Made] = field(default_factory=dict)
    other: "World | None" = None


def build(database: Database) -> World:
    """Make the house, and beside it the other one with the same ids."""
    with database.write() as tx:
        make = Builder(tx)
        first = make.account(name="House", lock_date=date(1999, 12, 25))
        second = make.account(name=f"{CANARY} Other House", lock_date=date(2001, 1, 1))
        world = _house(make, first)
        world.other = _other_house(make, second)
        world.users["otto"], world.tokens["otto"] = world.other.users["otto"], world.other.tokens["otto"]
        make.finish()
    return world


def _house(make: Builder, account: Made) -> World:
    world = World(account)
    for name in ("ada", "lee", "kim", "cleo", "vera", "max", "nora", "eve", "dan"):
        world.users[name] = make.user(account, f"{name.title()} Example")
    people = world.users
    world.roles = {
        "engineer": make.role(account, "Engineer"),
        "designer": make.role(account, "Designer"),
        "deleted": make.role(account, "Typesetter", deleted_at=MADE_AT),
    }
    for name, permission, how in (
        ("ada", "administrator", {"is_owner": True, "may_proxy": True}),
        ("lee", "project_lead", {"bill_rate_in_cents": 12_000, "manager_id": people["ada"]["id"]}),
        (
            "kim",
            "collaborator",
            {"bill_rate_in_cents": 9_000, "cost_rate_in_cents": 4_000, "manager_id": people["lee"]["id"]},
        ),
        ("cleo", "external_collaborator", {"default_role_id": world.roles["designer"]["id"]}),
        ("vera", "reports_viewer", {}),
        ("max", "collaborator", {"require_time_entry_location": True}),
        ("nora", "collaborator", {}),
        ("eve", "collaborator", {}),
        ("dan", "collaborator", {"disabled_at": MADE_AT}),
    ):
        make.membership(account, people[name], permission, **how)
    world.locations = {
        "office": make.location(account, "Office"),
        "closed": make.location(account, "Old mill", archived=True),
    }
    card = make.rate_card(
        account,
        [
            (date(2025, 1, 1), 7_000, {world.roles["engineer"]["id"]: 8_000}),
            (date(2026, 1, 1), 7_500, {world.roles["engineer"]["id"]: 8_500}),
        ],
    )
    drafted = make.rate_card(account, [(date(2027, 1, 1), 6_500, {})], "Agency rates", "EUR", active=False)
    world.cards = {"standard": card, "drafted": drafted}
    _workspaces(make, world, card)
    for name, who, day, hours in (
        ("kims", "kim", date(2026, 1, 12), 800),
        ("kims half", "kim", date(2026, 1, 13), 425),
        ("maxs", "max", date(2026, 2, 2), 100),
    ):
        world.time_off[name] = make.time_off(account, people[who], day, hours_in_hundredths=hours)
    _groups_and_places(make, world)
    _stories(make, world)
    _entries(make, world)
    _bills(make, world)
    _around_stories(make, world)
    _custom_fields(make, world)
    _expenses(make, world)
    for day in (date(1999, 12, 18), date(1999, 12, 25)):
        make.lock(account, people["ada"], day)
    # A person of a third account who takes part in the main project.
    abroad = make.account(name=f"{CANARY} Freelance")
    people["fred"] = make.user(abroad, "Fred Freelance")
    make.membership(abroad, people["fred"], "administrator")
    make.stands_in(account, people["fred"])
    make.participation(world.workspaces["main"], people["fred"])
    for name in PARTS:
        if name in people:
            world.tokens[name] = make.token(people[name])
    return world


def _workspaces(make: Builder, world: World, card: Made) -> None:
    account, people = world.account, world.users
    plans: dict[str, dict[str, Any]] = {
        "main": {"title": "Main"},
        "notes": {"title": "Notes", "require_notes_on_time_entries": True},
        "card": {"title": "Card", "rate_card_id": card["id"]},
        "archived": {"title": "Archived", "archived": True},
        "closed": {"title": "Closed", "time_trackable": False},
        "euro": {"title": "Euro", "currency": "EUR", "default_rate_in_cents": None},
        "hidden": {"title": f"{CANARY} Hidden", "description": f"{CANARY} secret"},
    }
    for name, how in plans.items():
        world.workspaces[name] = make.workspace(account, people["ada"], **how)
    for name in ("main", "notes", "card", "archived", "closed", "euro"):
        workspace = world.workspaces[name]
        make.participation(workspace, people["ada"], "admin")
        make.participation(
            workspace, people["lee"], "edit_financials", is_team_lead=True, is_time_approver=True, rate_in_cents=15_000
        )
        make.participation(workspace, people["kim"], "edit_tasks")
        make.participation(workspace, people["cleo"], "view_tasks", role="buyer", can_edit_time=False)
        make.participation(workspace, people["dan"], "edit_tasks")
    make.participation(
        world.workspaces["main"], people["nora"], cost_in_cents=3_000, workspace_role_id=world.roles["designer"]["id"]
    )
    make.participation(world.workspaces["hidden"], people["max"])
    make.participation(world.workspaces["hidden"], people["nora"], "edit_financials")


def _stories(make: Builder, world: World) -> None:
    main, ada = world.workspaces["main"], world.users["ada"]
    world.stories = {
        "task": make.story(main, ada, "Task"),
        "unbillable": make.story(main, ada, "Meeting", billable=False),
        "archived": make.story(main, ada, "Put away", archived=True),
        "deleted": make.story(main, ada, "Thrown away", deleted_at=MADE_AT),
        "closed": make.story(main, ada, "Closed", time_trackable=False),
        "card": make.story(world.workspaces["card"], ada, "Card task"),
        "hidden": make.story(world.workspaces["hidden"], world.users["nora"], f"{CANARY} Hidden task"),
    }
    task = world.stories["task"]
    world.stories["below"] = make.story(
        main, ada, "Below", parent_id=task["id"], root_id=task["id"], ancestry=str(task["id"])
    )
    people, places = world.users, world.resources
    engineer = {"role_id": world.roles["engineer"]["id"]}
    world.assignments = {
        "task": make.assignment(world.stories["task"], people["kim"], places["kim"], **engineer),
        "card": make.assignment(world.stories["card"], people["kim"], places["card"], **engineer),
        "past": make.assignment(
            world.stories["card"], people["lee"], places["card_lee"], current=False, estimated_minutes=90
        ),
        "unnamed": make.assignment(world.stories["unbillable"], None, places["unnamed"]),
        "archived": make.assignment(world.stories["archived"], people["cleo"], places["cleo"]),
        "hidden": make.assignment(world.stories["hidden"], people["max"], places["hidden"]),
    }


def _around_stories(make: Builder, world: World) -> None:
    stories, people = world.stories, world.users
    make.follows(people["cleo"], stories["task"])
    make.follows(people["lee"], stories["task"])
    make.follows(people["max"], stories["hidden"])
    world.tags = {
        "urgent": make.tag(world.account, "urgent", stories["task"], stories["unbillable"]),
        "client": make.tag(world.account, "client", stories["task"]),
        "hidden": make.tag(world.account, f"{CANARY} word", stories["hidden"]),
    }
    make.story_task(stories["task"], "Ask Cleo", completed=True)
    make.story_task(stories["hidden"], f"{CANARY} line")
    make.dependency(stories["task"], stories["unbillable"])
    make.dependency(stories["hidden"], stories["closed"])
    world.references["story"] = make.reference("Story", stories["task"], "tracker", service_model_ref="77")
    world.references["hidden story"] = make.reference(
        "Story", stories["hidden"], "tracker", external_message=f"{CANARY} story"
    )


def _custom_fields(make: Builder, world: World) -> None:
    """One field of each type, on each kind of thing; one that only administrators may read."""
    account, ada = world.account, world.users["ada"]
    kept = make.custom_field_set(account, "story", "Planning")
    plans: dict[str, tuple[str, str, dict[str, Any]]] = {
        "code": ("workspace", "string", {"write_access": "administrator"}),
        "price": ("workspace", "currency", {"currency": "USD"}),
        "points": ("story", "number", {"custom_field_set_id": kept["id"]}),
        "promised": ("story", "date", {"custom_field_set_id": kept["id"]}),
        "platforms": ("story", "multi", {}),
        "secret": ("story", "string", {"read_access": "administrator", "name": f"{CANARY} secret"}),
        "office": ("user", "single", {}),
        "ticket": ("time_entry", "string", {}),
    }
    for name, (subject, type_, how) in plans.items():
        world.custom_fields[name] = make.custom_field(account, ada, subject, type_, **how)
    fields, main, hidden = world.custom_fields, world.workspaces["main"], world.workspaces["hidden"]
    task, kim = world.stories["task"], world.users["kim"]
    world.choices = {
        "web": make.choice(fields["platforms"], "Web", position=2),
        "paper": make.choice(fields["platforms"], "Paper"),
        "north": make.choice(fields["office"], "North"),
        "south": make.choice(fields["office"], "South", position=2),
    }
    chosen = world.choices
    world.custom_values = {
        "code": make.custom_value(fields["code"], main, ada, text="A (1): b"),
        "hidden code": make.custom_value(fields["code"], hidden, ada, text=f"{CANARY} code"),
        "price": make.custom_value(fields["price"], main, ada, amount_in_cents=150_050, currency="USD"),
        "points": make.custom_value(fields["points"], task, kim, number="2.5"),
        "more points": make.custom_value(fields["points"], world.stories["closed"], kim, number="8"),
        "hidden points": make.custom_value(fields["points"], world.stories["hidden"], ada, number="2.5"),
        "promised": make.custom_value(fields["promised"], task, kim, date=date(2026, 3, 1)),
        "platforms": make.custom_value(fields["platforms"], task, kim, chosen["web"], chosen["paper"]),
        "paper": make.custom_value(fields["platforms"], world.stories["unbillable"], kim, chosen["paper"]),
        "secret": make.custom_value(fields["secret"], task, ada, text=f"{CANARY} told to nobody"),
        "office": make.custom_value(fields["office"], kim, ada, chosen["north"]),
        "max": make.custom_value(fields["office"], world.users["max"], ada, chosen["south"]),
        "ticket": make.custom_value(fields["ticket"], world.entries["plain"], kim, text="T-1"),
    }


def _expenses(make: Builder, world: World) -> None:
    main, people = world.workspaces["main"], world.users
    kim = people["kim"]
    world.reports = {name: make.expense_report(main, kim, name) for name in ("pending", "approved", "rejected")}
    ids = {name: made["id"] for name, made in world.reports.items()}
    on = {name: {"active_expense_report_id": id_, "recent_expense_report_id": id_} for name, id_ in ids.items()}
    plans: dict[str, dict[str, Any]] = {
        "plain": {"notes": "Train", "story_id": world.stories["task"]["id"], "role_id": world.roles["engineer"]["id"]},
        "pending": {**on["pending"], "category": "Meals", "amount_in_cents": 300, "reimbursable": True},
        "approved": {**on["approved"], "approved": True, "date": date(2026, 2, 1), "vendor_name": "Inn"},
        "rejected": {"recent_expense_report_id": ids["rejected"], "date": date(2025, 12, 31)},
        "invoiced": {
            "invoice_id": world.invoices["new"]["id"],
            "is_billable": True,
            "created_by_id": people["lee"]["id"],
        },
    }
    world.expenses = {name: make.expense(main, kim, **how) for name, how in plans.items()}
    world.expenses["lees"] = make.expense(main, people["lee"], notes=f"{CANARY} of a colleague", is_billable=False)
    world.expenses["archived"] = make.expense(world.workspaces["archived"], kim, notes="put away")
    world.expenses["hidden"] = make.expense(world.workspaces["hidden"], people["max"], notes=f"{CANARY} hidden")


def _entries(make: Builder, world: World) -> None:
    main, people = world.workspaces["main"], world.users
    kim, lee, ada = people["kim"], people["lee"], people["ada"]
    world.submissions = {
        "pending": make.submission(main, kim, "pending"),
        "approved": make.submission(main, kim, "approved", start_date=date(2025, 12, 28), end_date=date(2026, 1, 3)),
        "rejected": make.submission(main, kim, "rejected", resolution_description="Wrong week"),
    }
    world.invoices = {"new": make.invoice(main, lee, message=f"{CANARY} money")}
    ids = {name: made["id"] for name, made in world.submissions.items()}
    plans: dict[str, dict[str, Any]] = {
        "plain": {"notes": "plain", "location_id": world.locations["office"]["id"], "cost_rate_in_cents": 4_000},
        "pending": {"active_submission_id": ids["pending"], "recent_submission_id": ids["pending"]},
        "approved": {
            "active_submission_id": ids["approved"],
            "recent_submission_id": ids["approved"],
            "approved": True,
            "date_performed": date(2026, 1, 2),
        },
        "rejected": {"recent_submission_id": ids["rejected"]},
        "invoiced": {"invoice_id": world.invoices["new"]["id"], "role_id": world.roles["engineer"]["id"]},
        "locked": {"date_performed": date(1999, 12, 24)},
        "story": {"story_id": world.stories["task"]["id"], "date_performed": date(2026, 1, 7)},
    }
    for name, how in plans.items():
        world.entries[name] = make.entry(main, kim, **how)
    for name in ("pending", "approved", "rejected"):
        make.holds(world.submissions[name], world.entries[name])
    world.entries["lees"] = make.entry(main, lee, notes=f"{CANARY} of a colleague", rate_in_cents=15_000)
    world.entries["adas"] = make.entry(main, ada, billable=False, rate_in_cents=0, rate_rule="not_billable")
    world.entries["archived"] = make.entry(world.workspaces["archived"], kim, notes="put away")
    world.entries["eves"] = make.entry(main, people["eve"], notes=f"{CANARY} of someone who left")
    world.entries["hidden"] = make.entry(
        world.workspaces["hidden"], people["max"], story_id=world.stories["hidden"]["id"], notes=f"{CANARY} hidden"
    )
    world.references = {
        "plain": make.reference("TimeEntry", world.entries["plain"], "tracker"),
        "second": make.reference("TimeEntry", world.entries["plain"], "ledger", status="pending"),
        "hidden": make.reference("TimeEntry", world.entries["hidden"], "tracker", external_message=f"{CANARY} ref"),
    }


def _bills(make: Builder, world: World) -> None:
    """An invoice in every state, one of a project out of sight, and one of that and another."""
    main, hidden, lee = world.workspaces["main"], world.workspaces["hidden"], world.users["lee"]
    world.invoices |= {
        "draft": make.invoice(main, lee, draft=True, message=f"{CANARY} money"),
        "cancelled": make.invoice(main, lee, status="cancelled", message=f"{CANARY} money"),
        "paid": make.invoice(
            world.workspaces["card"], lee, status="accepted payment", balance_in_cents=0, message=f"{CANARY} money"
        ),
        "hidden": make.invoice(hidden, world.users["nora"], message=f"{CANARY} hidden bill"),
        "both": make.invoice(main, world.users["ada"], hidden, message=f"{CANARY} hidden and other"),
    }


def _groups_and_places(make: Builder, world: World) -> None:
    projects, people, roles = world.workspaces, world.users, world.roles
    world.groups = {
        "client": make.workspace_group(
            world.account, "Client company", projects["main"], projects["card"], notes=f"{CANARY} noted of a client"
        ),
        "house": make.workspace_group(world.account, "In the house", projects["notes"], company=False),
        "hidden": make.workspace_group(world.account, f"{CANARY} group of one", projects["hidden"]),
        "empty": make.workspace_group(world.account, f"{CANARY} group of none", company=False),
    }
    world.resources = {
        "lee": make.workspace_resource(projects["main"], people["lee"], None),
        "kim": make.workspace_resource(projects["main"], people["kim"], roles["engineer"]),
        "kim_too": make.workspace_resource(projects["main"], people["kim"], roles["designer"], label="Kim, drawing"),
        "unnamed": make.workspace_resource(projects["main"], None, roles["designer"]),
        "card": make.workspace_resource(projects["card"], people["kim"], roles["engineer"]),
        "cleo": make.workspace_resource(projects["main"], people["cleo"], None),
        "hidden": make.workspace_resource(projects["hidden"], people["max"], None, label=f"{CANARY} hidden place"),
        "card_lee": make.workspace_resource(projects["card"], people["lee"], None),
    }


def _other_house(make: Builder, account: Made) -> World:
    """The other account. Its tenant rows have the ids of the first account's rows, and some that only it has."""
    world = World(account)
    world.users["otto"] = otto = make.user(account, f"{CANARY} Otto")
    make.membership(account, otto, "administrator", may_proxy=True)
    for number in range(1, 6):
        world.roles[str(number)] = make.role(account, f"{CANARY} role {number}")
    world.locations["theirs"] = make.location(account, f"{CANARY} place")
    for day in range(1, 6):
        made = make.time_off(account, otto, date(2026, 1, day), hours_in_hundredths=777)
        make.reference("TimeOffEntry", made, f"{CANARY} payroll {day}")
    asked = make.custom_field(account, otto, "story", "string", name=f"{CANARY} field")
    chosen = make.custom_field(account, otto, "workspace", "single", name=f"{CANARY} pick")
    picked = make.choice(chosen, f"{CANARY} choice")
    make.lock(account, otto, date(2001, 1, 6))
    for number in range(1, 16):
        workspace = make.workspace(account, otto, f"{CANARY} project {number}", currency="EUR")
        make.participation(workspace, otto, "admin")
        story = make.story(workspace, otto, f"{CANARY} task {number}")
        place = make.workspace_resource(workspace, otto, world.roles["1"], label=f"{CANARY} theirs, place {number}")
        make.assignment(story, otto, place)
        make.follows(otto, story)
        make.tag(account, f"{CANARY} tag {number}", story)
        make.story_task(story, f"{CANARY} line {number}")
        make.custom_value(asked, story, otto, text=f"{CANARY} said {number}")
        make.custom_value(chosen, workspace, otto, picked)
        make.expense(workspace, otto, notes=f"{CANARY} spent {number}")
        submission = make.submission(workspace, otto, title=f"{CANARY} week")
        entry = make.entry(workspace, otto, notes=f"{CANARY} entry {number}", rate_in_cents=77_777)
        make.reference("TimeEntry", entry, "tracker", external_message=f"{CANARY} theirs")
        make.invoice(workspace, otto, message=f"{CANARY} bill")
        make.holds(submission, entry)
        make.workspace_group(account, f"{CANARY} theirs, group {number}", workspace)
        world.workspaces[str(number)] = workspace
        world.entries[str(number)] = entry
    for number in range(1, 4):
        card = make.rate_card(account, [(date(2025, 1, 1), 77_777, {1: 77_777})], f"{CANARY} theirs, rates", "EUR")
        world.cards[str(number)] = card
    world.tokens["otto"] = make.token(otto)
    return world
