"""The sample account: the same at every start, in every state, and nothing in it that the rules would not give."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.engines import Engine
from timewright import clock, demo
from timewright import tables as t
from timewright.database import Database, Row
from timewright.rules import rates, roles

SUNDAY, SATURDAY = date(2026, 3, 1), date(2026, 3, 7)


def empty(_: Database) -> None:
    """Leave a template as it is: migrated, without a row."""


def rows(database: Database, table: sa.Table) -> list[Row]:
    with database.read() as tx:
        return tx.rows(sa.select(table).order_by(*table.primary_key.columns))


def by_id(database: Database, table: sa.Table) -> dict[int, Row]:
    return {row["id"]: row for row in rows(database, table)}


@pytest.fixture(scope="module")
def seeded(engine: Engine) -> Iterator[Database]:
    """The sample, for tests that only look; shared by them."""
    with engine.copy("empty", empty) as database:
        demo.seed(database)
        yield database


def found(database: Database) -> demo.Sample:
    with database.read() as tx:
        return demo.sample(tx)


# The same at every start ----------------------------------------------------------------------------


def told(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row without its instants, which follow the clock."""
    return {
        table.name: [
            {key: value for key, value in row.items() if not key.endswith("_at") and key not in {"before", "after"}}
            for row in rows(database, table)
        ]
        for table in t.metadata.sorted_tables
    }


def test_the_same_seed_gives_the_same_ids_and_words(engine: Engine) -> None:
    with engine.copy("empty", empty) as first, engine.copy("empty", empty) as second:
        for database in (first, second):
            demo.seed(database, seed=7, today=SATURDAY)
        assert told(first) == told(second)


def test_another_seed_gives_other_words_and_the_same_places(engine: Engine) -> None:
    with engine.copy("empty", empty) as first, engine.copy("empty", empty) as second:
        demo.seed(first, seed=1, today=SATURDAY)
        demo.seed(second, seed=2, today=SATURDAY)
        assert told(first)["time_entries"] != told(second)["time_entries"]
        assert found(first) == found(second)


def test_the_day_moves_dates_and_nothing_else(engine: Engine) -> None:
    with engine.copy("empty", empty) as first, engine.copy("empty", empty) as second:
        demo.seed(first, today=SUNDAY)
        demo.seed(second, today=SUNDAY + timedelta(days=59))
        dates = {
            column.name for table in t.metadata.sorted_tables for column in table.c if column.name.endswith("_date")
        }
        for name, early in told(first).items():
            late = told(second)[name]
            assert len(early) == len(late), name
            for one, other in zip(early, late, strict=True):
                differs = {key for key in one if one[key] != other[key]}
                assert differs <= dates | {"date_performed", "date"}, name


def test_no_day_lies_ahead(engine: Engine) -> None:
    for today in (SUNDAY, SATURDAY):
        with engine.copy("empty", empty) as database:
            demo.seed(database, today=today)
            worked = [entry["date_performed"] for entry in rows(database, t.time_entries)]
            assert max(worked) <= today
            assert all(invoice["invoice_date"] <= today for invoice in rows(database, t.invoices))


def test_an_empty_database_is_not_seeded(empty_database: Database) -> None:
    with empty_database.read() as tx:
        assert not demo.is_seeded(tx)
        with pytest.raises(RuntimeError, match="does not hold the sample"):
            demo.sample(tx)


def test_it_is_seeded_once(seeded: Database) -> None:
    before = told(seeded)
    with pytest.raises(RuntimeError, match="holds an account already"):
        demo.seed(seeded)
    with seeded.read() as tx:
        assert demo.is_seeded(tx)
    assert told(seeded) == before


def test_the_sample_is_found_again_whatever_was_renamed(empty_database: Database) -> None:
    demo.seed(empty_database)
    before = found(empty_database)
    with empty_database.write() as tx:
        tx.execute(sa.update(t.workspaces).values(title="Renamed"))
        tx.execute(sa.update(t.stories).values(title="Renamed"))
        tx.execute(sa.update(t.users).values(full_name="Renamed"))
    assert found(empty_database) == before


# Who ------------------------------------------------------------------------------------------------


def test_the_parts_may_what_they_should(seeded: Database) -> None:
    made = found(seeded)
    memberships = {row["user_id"]: row for row in rows(seeded, t.account_memberships)}
    people = {part: memberships[user_id] for part, user_id in made.people.items()}
    assert list(made.people) == ["administrator", "lead", "consultant", "client", "outsider"]
    assert {part: row["permission"] for part, row in people.items()} == {
        "administrator": "administrator",
        "lead": "project_lead",
        "consultant": "collaborator",
        "client": "external_collaborator",
        "outsider": "administrator",
    }
    assert people["administrator"]["is_owner"]
    assert people["administrator"]["may_proxy"]
    assert not any(row["require_time_entry_location"] or row["disabled_at"] for row in people.values())
    part_of = {user_id: part for part, user_id in made.people.items()}
    taking_part = {
        part_of[row["user_id"]]: (row["role"], row["access_level"], row["can_edit_time"])
        for row in rows(seeded, t.participations)
        if row["workspace_id"] == made.workspace_id and row["user_id"] in part_of
    }
    assert taking_part == {
        "administrator": ("maven", "admin", True),
        "lead": ("maven", "edit_financials", True),
        "consultant": ("maven", "edit_tasks", True),
        "client": ("buyer", "view_tasks", False),
    }


def test_every_list_of_the_account_fits_one_page(seeded: Database) -> None:
    made = found(seeded)

    def standing(table: sa.Table) -> list[Row]:
        return [row for row in rows(seeded, table) if row["account_id"] == made.account_id]

    assert len(standing(t.account_people)) <= 20
    assert len(standing(t.workspaces)) <= 10
    assert max(Counter(row["workspace_id"] for row in standing(t.stories)).values()) <= 20
    assert 300 <= len(standing(t.time_entries)) <= 600


def test_nobody_of_the_other_house_stands_in_the_account(seeded: Database) -> None:
    made = found(seeded)
    people, accounts = by_id(seeded, t.users), by_id(seeded, t.accounts)
    other = people[made.people["outsider"]]["account_id"]
    homes = Counter(
        accounts[people[row["user_id"]]["account_id"]]["name"]
        for row in rows(seeded, t.account_people)
        if row["account_id"] == made.account_id
    )
    assert homes == {"Harbour & Pine": 13, "Freelance Collective": 1}
    assert {row["user_id"] for row in rows(seeded, t.account_people) if row["account_id"] == other} == {
        row["id"] for row in people.values() if row["account_id"] == other
    }
    for table in (
        t.workspaces,
        t.stories,
        t.time_entries,
        t.roles,
        t.account_locations,
        t.external_references,
        t.time_off_entries,
    ):
        assert any(row["account_id"] == other for row in rows(seeded, table)), table.name


def test_people_come_in_every_relation(seeded: Database) -> None:
    made = found(seeded)
    memberships = [row for row in rows(seeded, t.account_memberships) if row["account_id"] == made.account_id]
    assert {row["permission"] for row in memberships} == set(t.ACCOUNT_PERMISSIONS)
    assert any(row["disabled_at"] for row in memberships)
    assert any(row["require_time_entry_location"] for row in memberships)
    assert any(row["manager_id"] for row in memberships)
    assert any(row["manager_id"] is None for row in memberships)
    main = {row["user_id"] for row in rows(seeded, t.participations) if row["workspace_id"] == made.workspace_id}
    workers = {row["user_id"] for row in rows(seeded, t.time_entries) if row["workspace_id"] == made.workspace_id}
    assert workers - main, "nobody who left the project has time in it"
    without = {row["id"] for row in rows(seeded, t.workspaces) if row["account_id"] == made.account_id} - {
        row["workspace_id"] for row in rows(seeded, t.participations) if row["user_id"] == made.people["consultant"]
    }
    assert len(without) == 1


# Where the work is ----------------------------------------------------------------------------------


def test_the_main_project_takes_time_and_asks_for_nothing(seeded: Database) -> None:
    made = found(seeded)
    workspace = by_id(seeded, t.workspaces)[made.workspace_id]
    story = by_id(seeded, t.stories)[made.story_id]
    assert (workspace["account_id"], workspace["currency"]) == (made.account_id, "USD")
    assert workspace["time_trackable"]
    assert not workspace["archived"]
    assert not workspace["require_notes_on_time_entries"]
    assert not workspace["require_time_approvals"]
    assert (story["workspace_id"], story["parent_id"], story["ancestry"]) == (made.workspace_id, None, "")
    assert story["billable"]
    assert story["time_trackable"]
    assert not story["archived"]
    assert story["deleted_at"] is None
    beside = [row for row in rows(seeded, t.stories) if row["workspace_id"] == made.workspace_id]
    assert len([row for row in beside if not row["billable"] and row["time_trackable"] and row["project_plan"]]) > 1
    for is_there in (
        lambda row: row["archived"],
        lambda row: row["deleted_at"],
        lambda row: not row["time_trackable"],
        lambda row: not row["project_plan"],
    ):
        assert any(is_there(row) for row in beside)


def test_projects_come_in_every_kind(seeded: Database) -> None:
    made = found(seeded)
    projects = [row for row in rows(seeded, t.workspaces) if row["account_id"] == made.account_id]
    assert {row["currency"] for row in projects} == {"USD", "EUR"}
    for is_there in (
        lambda row: row["archived"],
        lambda row: not row["time_trackable"],
        lambda row: row["require_notes_on_time_entries"],
        lambda row: row["require_time_approvals"],
        lambda row: row["tasks_default_non_billable"],
        lambda row: row["rate_card_id"],
    ):
        assert any(is_there(row) for row in projects)
    cards = by_id(seeded, t.rate_cards)
    assert all(cards[row["rate_card_id"]]["currency"] == row["currency"] for row in projects if row["rate_card_id"])
    assert any(row["deleted_at"] for row in rows(seeded, t.roles))
    assert any(row["archived"] for row in rows(seeded, t.account_locations))
    today = max(row["date_performed"] for row in rows(seeded, t.time_entries))
    versions = [(row["active"], row["effective_date"] > today) for row in rows(seeded, t.rate_card_set_versions)]
    assert versions == [(True, False), (True, False), (False, True)]


def test_projects_stand_in_groups_and_have_places_in_their_teams(seeded: Database) -> None:
    made = found(seeded)
    groups, projects = by_id(seeded, t.workspace_groups), by_id(seeded, t.workspaces)
    grouped = rows(seeded, t.workspace_group_workspaces)
    assert {row["workspace_group_id"] for row in grouped} == set(groups)
    assert {groups[row["workspace_group_id"]]["company"] for row in grouped} == {True, False}
    primary = {row["id"]: row["primary_workspace_group_id"] for row in projects.values()}
    among = {(row["workspace_id"], row["workspace_group_id"]) for row in grouped}
    assert {pair for pair in primary.items() if pair[1]} <= among
    assert None in primary.values()
    places = [row for row in rows(seeded, t.workspace_resources) if row["account_id"] == made.account_id]
    teams = {(row["workspace_id"], row["user_id"]) for row in rows(seeded, t.participations)}
    named = [row for row in places if row["user_id"]]
    assert {(row["workspace_id"], row["user_id"]) for row in named} <= teams
    assert len({(row["workspace_id"], row["user_id"]) for row in named}) < len(named), "nobody has two in one project"
    assert any(row["user_id"] is None and row["role_id"] for row in places)
    assert any(row["label"] for row in places)


def test_the_path_to_a_story_names_those_above_it(seeded: Database) -> None:
    stories = by_id(seeded, t.stories)
    depths = set()
    for story in stories.values():
        above: list[int] = []
        parent = stories.get(story["parent_id"])
        while parent:
            above.insert(0, parent["id"])
            parent = stories.get(parent["parent_id"])
        assert story["ancestry"] == "/".join(map(str, above))
        assert story["root_id"] == (above[0] if above else None)
        depths.add(len(above))
    assert depths == {0, 1, 2}


# Time -----------------------------------------------------------------------------------------------


def test_entries_come_in_every_state(seeded: Database) -> None:
    submissions, invoices = by_id(seeded, t.timesheet_submissions), by_id(seeded, t.invoices)
    freed = {row["time_entry_id"] for row in rows(seeded, t.invoice_time_entries)}
    states = set()
    for entry in rows(seeded, t.time_entries):
        recent, invoice = submissions.get(entry["recent_submission_id"]), invoices.get(entry["invoice_id"])
        states.add(recent["status"] if recent else "plain")
        if invoice:
            states.add("drafted" if invoice["draft"] else "invoiced")
        elif entry["id"] in freed:
            states.add("freed")
        if entry["created_by_id"] != entry["user_id"]:
            states.add("logged by another")
        states |= {f"a {kind}" for kind in ("location_id", "role_id", "story_id") if entry[kind] is not None}
        states |= {f"notes {'absent' if entry['notes'] is None else 'blank' if not entry['notes'] else 'there'}"}
        states |= {entry["rate_rule"], "billable" if entry["billable"] else "not billable"}
    assert states == {
        "plain", *t.SUBMISSION_STATUSES, "invoiced", "drafted", "freed", "logged by another", "a location_id",
        "a role_id", "a story_id", "notes absent", "notes blank", "notes there", *t.RATE_RULES, "billable",
        "not billable",
    }  # fmt: skip


def test_rates_are_what_the_rules_give(seeded: Database) -> None:
    workspaces, stories = by_id(seeded, t.workspaces), by_id(seeded, t.stories)
    cards = _cards(seeded)
    participations = {(row["workspace_id"], row["user_id"]): row for row in rows(seeded, t.participations)}
    memberships = {(row["account_id"], row["user_id"]): row for row in rows(seeded, t.account_memberships)}
    assignments = {(row["story_id"], row["assignee_id"]): row["role_id"] for row in rows(seeded, t.assignments)}
    for entry in rows(seeded, t.time_entries):
        workspace = workspaces[entry["workspace_id"]]
        participation = participations.get((entry["workspace_id"], entry["user_id"]), {})
        membership = memberships.get((entry["account_id"], entry["user_id"]), {})
        assert entry["role_id"] == roles.role(
            None,
            assignments.get((entry["story_id"], entry["user_id"])),
            participation.get("workspace_role_id"),
            membership.get("default_role_id"),
        )
        assert entry["billable"] == (stories[entry["story_id"]]["billable"] if entry["story_id"] else True)
        assert entry["currency"] == workspace["currency"]
        facts = rates.RateFacts(
            billable=entry["billable"],
            date_performed=entry["date_performed"],
            role_id=entry["role_id"],
            asked=entry["rate_in_cents"] if entry["rate_rule"] == "rate_in_cents" else None,
            card=cards[workspace["rate_card_id"]] if workspace["rate_card_id"] else None,
            participation=participation.get("rate_in_cents"),
            account_membership=membership.get("bill_rate_in_cents"),
            workspace=workspace["default_rate_in_cents"],
        )
        assert rates.rate(facts) == rates.Rate(entry["rate_in_cents"], entry["rate_rule"])
        assert entry["cost_rate_in_cents"] == rates.cost_rate(
            None, participation.get("cost_in_cents"), membership.get("cost_rate_in_cents")
        )


def _cards(database: Database) -> dict[int, list[rates.RateCardVersion]]:
    dated, role_rates = by_id(database, t.rate_card_set_versions), rows(database, t.rate_card_roles)
    cards = defaultdict(list)
    for version in rows(database, t.rate_card_versions):
        of_set = dated[version["rate_card_set_version_id"]]
        if of_set["active"]:
            says = {row["role_id"]: row["rate"] for row in role_rates if row["rate_card_version_id"] == version["id"]}
            card = rates.RateCardVersion(of_set["effective_date"], version["default_rate"], says)
            cards[version["rate_card_id"]].append(card)
    return cards


def test_both_versions_of_a_rate_card_gave_rates(seeded: Database) -> None:
    _, change = [row["effective_date"] for row in rows(seeded, t.rate_card_set_versions) if row["active"]]
    on_card = [row for row in rows(seeded, t.time_entries) if row["rate_rule"].startswith("rate_card")]
    assert {row["date_performed"] < change for row in on_card} == {True, False}


def test_some_time_is_locked_and_every_day_since_2000_is_open(seeded: Database) -> None:
    made = found(seeded)
    lock_date = by_id(seeded, t.accounts)[made.account_id]["lock_date"]
    assert lock_date == date(1999, 12, 25)
    locked = [row for row in rows(seeded, t.time_entries) if row["date_performed"] < lock_date]
    assert len(locked) > 2
    assert {row["account_id"] for row in locked} == {made.account_id}


def test_whoever_logged_might(seeded: Database) -> None:
    """Nobody logs for another without financial access, in a project that takes no time, without the notes
    or the place that are asked for."""
    workspaces = by_id(seeded, t.workspaces)
    participations = {(row["workspace_id"], row["user_id"]): row for row in rows(seeded, t.participations)}
    places = {row["user_id"] for row in rows(seeded, t.account_memberships) if row["require_time_entry_location"]}
    for entry in rows(seeded, t.time_entries):
        workspace = workspaces[entry["workspace_id"]]
        assert workspace["time_trackable"]
        assert entry["notes"] or not workspace["require_notes_on_time_entries"]
        assert entry["location_id"] or entry["user_id"] not in places
        if entry["created_by_id"] != entry["user_id"]:
            logged_by = participations[entry["workspace_id"], entry["created_by_id"]]
            assert logged_by["access_level"] == "edit_financials"
        participation = participations.get((entry["workspace_id"], entry["user_id"]))
        assert participation is None or participation["can_edit_time"]


# Weeks and bills ------------------------------------------------------------------------------------


def test_a_submission_holds_one_person_one_project_one_week(seeded: Database) -> None:
    entries, submissions = by_id(seeded, t.time_entries), by_id(seeded, t.timesheet_submissions)
    held = defaultdict(set)
    for row in rows(seeded, t.timesheet_submission_entries):
        held[row["timesheet_submission_id"]].add(row["time_entry_id"])
    assert set(held) == set(submissions)
    for submission in submissions.values():
        assert submission["start_date"].isoweekday() == 7
        assert submission["end_date"] - submission["start_date"] == timedelta(days=6)
        is_active = submission["status"] in {"pending", "approved"}
        assert (submission["current_resolution_creator_id"] is None) == (submission["status"] == "pending")
        for entry in (entries[id_] for id_ in held[submission["id"]]):
            for same in ("account_id", "user_id", "workspace_id", "currency"):
                assert entry[same] == submission[same]
            assert submission["start_date"] <= entry["date_performed"] <= submission["end_date"]
            assert entry["active_submission_id"] == (submission["id"] if is_active else None)
            assert entry["recent_submission_id"] == submission["id"]
            assert entry["approved"] == (submission["status"] == "approved")
    submitted = {row["id"] for row in entries.values() if row["recent_submission_id"]}
    assert submitted == set().union(*held.values())


def test_only_projects_with_approvals_hold_approved_time(seeded: Database) -> None:
    workspaces = by_id(seeded, t.workspaces)
    approved = [row for row in rows(seeded, t.time_entries) if row["approved"]]
    assert all(workspaces[row["workspace_id"]]["require_time_approvals"] for row in approved)


def test_an_invoice_holds_billable_time_of_its_projects(seeded: Database) -> None:
    entries, invoices = by_id(seeded, t.time_entries), by_id(seeded, t.invoices)
    workspaces = by_id(seeded, t.workspaces)
    projects = {(row["invoice_id"], row["workspace_id"]) for row in rows(seeded, t.invoice_workspaces)}
    held = {(row["invoice_id"], row["time_entry_id"]) for row in rows(seeded, t.invoice_time_entries)}
    assert {invoice_id for invoice_id, _ in held} == set(invoices)
    for invoice_id, entry_id in held:
        entry, invoice = entries[entry_id], invoices[invoice_id]
        assert (invoice_id, entry["workspace_id"]) in projects
        assert entry["invoice_id"] == (None if invoice["status"] == "cancelled" else invoice_id)
        assert entry["billable"]
        assert entry["currency"] == invoice["currency"]
        assert entry["approved"] or not workspaces[entry["workspace_id"]]["require_time_approvals"]
    assert {(row["invoice_id"], row["id"]) for row in entries.values() if row["invoice_id"]} <= held
    assert {row["status"] for row in invoices.values()} == {"new", "cancelled", "accepted payment"}
    assert {row["draft"] for row in invoices.values()} == {True, False}


# What others call it, and what happened -------------------------------------------------------------

SUBJECTS = {
    "TimeEntry": t.time_entries,
    "Workspace": t.workspaces,
    "Story": t.stories,
    "User": t.users,
    "Role": t.roles,
    "Invoice": t.invoices,
    "WorkspaceGroup": t.workspace_groups,
    "WorkspaceResource": t.workspace_resources,
    "RateCard": t.rate_cards,
    "Participation": t.participations,
    "TimeOffEntry": t.time_off_entries,
    "Expense": t.expenses,
    "CustomField": t.custom_fields,
    "Assignment": t.assignments,
}


def test_time_off_lies_before_and_ahead_and_was_asked_for_before_today(seeded: Database) -> None:
    away = rows(seeded, t.time_off_entries)
    today = clock.today()
    assert any(row["requested_date"] < today for row in away)
    assert any(row["requested_date"] > today for row in away)
    assert all(row["submission_date"] <= today for row in away)
    assert {row["hours_in_hundredths"] % 100 for row in away} > {0}


def test_references_name_objects_of_their_account(seeded: Database) -> None:
    references = rows(seeded, t.external_references)
    for reference in references:
        subject = by_id(seeded, SUBJECTS[reference["subject_type"]])[reference["subject_id"]]
        assert subject["account_id"] == reference["account_id"]
        assert reference["external_link"].startswith("https://")
    assert {row["subject_type"] for row in references} == set(SUBJECTS)
    assert {row["status"] for row in references} == set(t.REFERENCE_STATUSES)


@pytest.mark.parametrize(
    ("subject_type", "table"),
    [
        *SUBJECTS.items(),
        ("TimesheetSubmission", t.timesheet_submissions),
        ("AccountLocation", t.account_locations),
        ("ExternalReference", t.external_references),
        ("Tag", t.tags),
        ("StoryTask", t.story_tasks),
        ("StoryDependency", t.story_dependencies),
        ("CustomFieldSet", t.custom_field_sets),
        ("CustomFieldChoice", t.custom_field_choices),
        ("CustomFieldValue", t.custom_field_values),
        ("ExpenseReport", t.expense_reports),
        ("LineItemLock", t.line_item_locks),
        ("AccountMembership", t.account_memberships),
        ("RateCardSetVersion", t.rate_card_set_versions),
    ],
)
def test_the_log_says_that_each_object_was_made(seeded: Database, subject_type: str, table: sa.Table) -> None:
    log = [row for row in rows(seeded, t.changes) if row["subject_type"] == subject_type]
    assert {(row["account_id"], row["subject_id"]) for row in log} == {
        (row["account_id"], row["id"]) for row in rows(seeded, table)
    }
    assert len({row["subject_id"] for row in log}) == len(log)
    for row in log:
        assert (row["verb"], row["before"]) == ("create", None)
        after = msgspec.json.decode(row["after"])
        assert set(after) == set(table.c.keys())
        assert after["id"] == row["subject_id"]
