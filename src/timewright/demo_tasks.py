"""What the sample account has around its tasks: followers, tags, checklists, custom fields, expenses, locks.

Long because the sample itself stands here: tables first, then how they become rows.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from timewright import tables as t

_Row = dict[str, Any]
_Story = tuple[str, str]

_ACCOUNT_OF = {"survey": "other"}
"""The account of each project that is not the agency's."""
_TEMPLATES, _RESEARCH = ("main", "Build the page templates"), ("main", "Research")
_YARD = ("survey", "Measure the yard")

_MORE_ASSIGNMENTS: tuple[tuple[_Story, str | None, str, bool], ...] = (
    # task, who has the place in the team, its role, whether it still holds
    (("main", "Move the old articles"), None, "Developer", True),
    (("main", "Project meetings"), "lee", "Lead", False),
)
_FOLLOWERS: tuple[tuple[_Story, str], ...] = (
    (_TEMPLATES, "cleo"), (_TEMPLATES, "lee"), (_RESEARCH, "cleo"), (("others", "Prototype"), "iris"), (_YARD, "otto"),
)  # fmt: skip
_TAGS: tuple[tuple[str, str, tuple[_Story, ...]], ...] = (
    ("agency", "design", (_TEMPLATES, ("euro", "Logo and colours"))),
    ("agency", "urgent", (_TEMPLATES, ("shop", "Payment"))),
    ("other", "field work", (_YARD,)),
)
_CHECKLIST: tuple[tuple[_Story, str, bool], ...] = (
    (_TEMPLATES, "Agree on the grid", True),
    (_TEMPLATES, "Try it on a telephone", False),
    (_YARD, "Charge the batteries", False),
)
_DEPENDENCIES: tuple[tuple[_Story, _Story, str], ...] = (
    (_RESEARCH, _TEMPLATES, "finish_to_start"),
    (_TEMPLATES, ("main", "Launch"), "finish_to_finish"),
    (_YARD, ("survey", "Draw the plans"), "finish_to_start"),
)
_FIELDS: tuple[tuple[str, str, str, str, str, str | None], ...] = (
    # account, key, of what, type, name, who may read it
    ("agency", "cost centre", "workspace", "string", "Cost centre", None),
    ("agency", "deposit", "workspace", "currency", "Deposit", "project_lead"),
    ("agency", "points", "story", "number", "Points", None),
    ("agency", "promised", "story", "date", "Promised for", None),
    ("agency", "media", "story", "multi", "Media", None),
    ("agency", "contract", "user", "single", "Contract", "administrator"),
    ("agency", "ticket", "time_entry", "string", "Ticket", None),
    ("other", "plot", "workspace", "string", "Plot", None),
)
_IN_SETS = {"points": "Planning", "promised": "Planning"}
_CHOICES = (
    ("media", "Web"), ("media", "Paper"), ("media", "Radio"), ("contract", "Permanent"), ("contract", "Fixed term"),
)  # fmt: skip
_VALUES: tuple[tuple[str, Any, str, _Row], ...] = (
    # field, subject by its key, who set it, value
    ("cost centre", "main", "ada", {"text": "CC-410"}),
    ("cost centre", "euro", "ada", {"text": "CC-420"}),
    ("deposit", "main", "ada", {"amount_in_cents": 500_000, "currency": "USD"}),
    ("points", _TEMPLATES, "lee", {"number": "8"}),
    ("points", _RESEARCH, "lee", {"number": "2.5"}),
    ("promised", ("main", "Launch"), "lee", {"weeks": -6}),
    ("media", ("archived", "Posters"), "kim", {"chosen": ("Paper",)}),
    ("media", ("archived", "Radio spots"), "kim", {"chosen": ("Radio", "Web")}),
    ("contract", "kim", "ada", {"chosen": ("Permanent",)}),
    ("contract", "eve", "ada", {"chosen": ("Fixed term",)}),
    ("ticket", 0, "kim", {"text": "T-1"}),
    ("plot", "survey", "otto", {"text": "Plot 9"}),
)
_REPORTS = (("main", "kim", "pending"), ("main", "kim", "approved"), ("euro", "nora", "rejected"))
_EXPENSES: tuple[tuple[str, str, str, int, str | None, str, int | None], ...] = (
    # project, person, category, amount, what for, flags, on which report
    ("main", "kim", "Travel", 4_250, "Train to the pier", "is_billable reimbursable", 0),
    ("main", "kim", "Meals", 1_890, None, "reimbursable", 1),
    ("main", "lee", "Software", 9_900, "Map tiles for a month", "is_billable taxable", None),
    ("main", "lee", "Printing", 2_400, "Proofs", "is_billable invoiced", None),
    ("euro", "nora", "Travel", 12_000, "Ferry", "is_billable", 2),
    ("archived", "kim", "Printing", 3_000, "Posters", "is_billable", None),
    ("others", "max", "Hardware", 15_900, "Test telephone", "", None),
    ("survey", "olga", "Travel", 2_000, "Petrol", "reimbursable", None),
)
_LOCKS = (("agency", date(1999, 12, 18)), ("agency", date(1999, 12, 25)))
_MORE_REFERENCES: tuple[tuple[sa.Table, Any, str], ...] = (
    (t.expenses, 0, "Expense"),
    (t.custom_fields, "points", "CustomField"),
    (t.assignments, (*_TEMPLATES, "kim"), "Assignment"),
)


class Made(Protocol):
    """What was stored so far, by table and by the names of the sample."""

    today: date
    tx: Any

    def rows(self, table: sa.Table) -> dict[Any, _Row]:
        """The stored rows of a table by key."""

    def id(self, table: sa.Table, key: Any) -> int:
        """The id of a stored row."""

    def within(self, account: str) -> _Row:
        """What every row of an account begins with."""

    def week(self, ago: int) -> date:
        """The Sunday that began the week so many weeks ago."""

    def at(self, day: date, minutes: int = 0) -> datetime:
        """The instant so many minutes after nine on a day."""

    def store(self, table: sa.Table, named: Mapping[Any, _Row]) -> None:
        """Store a set of rows by key."""


def add(made: Made) -> None:
    """Store what stands around the tasks of the sample."""
    _around_tasks(made)
    _custom_fields(made)
    _expenses(made)
    made.store(
        t.line_item_locks,
        {
            day: {**made.within(account), "locked_to": day, "creator_id": made.id(t.users, "ada")}
            for account, day in _LOCKS
        },
    )
    made.store(
        t.external_references,
        {
            word: {
                "account_id": made.rows(table)[key]["account_id"],
                "subject_type": word,
                "subject_id": made.id(table, key),
                "service_name": "ledger",
                "service_model": word,
                "service_model_ref": f"R-{number}",
                "external_link": f"https://ledger.example.com/R-{number}",
                "status": "successful",
                "last_synced_at": made.at(made.week(1)),
            }
            for number, (table, key, word) in enumerate(_MORE_REFERENCES)
        },
    )


def _of(made: Made, project: str) -> _Row:
    return made.within(_ACCOUNT_OF.get(project, "agency"))


def _around_tasks(made: Made) -> None:
    def story_id(key: _Story) -> int:
        return made.id(t.stories, key)

    made.store(
        t.assignments,
        {
            (*story, person): {
                **_of(made, story[0]),
                "story_id": story_id(story),
                "assignee_id": made.id(t.users, person) if person else None,
                "resource_id": made.id(t.workspace_resources, (story[0], person, role)),
                "current": current,
                "allocated_minutes": 0,
            }
            for story, person, role, current in _MORE_ASSIGNMENTS
        },
    )
    made.store(
        t.story_followers,
        {
            key: {**_of(made, key[0][0]), "story_id": story_id(key[0]), "user_id": made.id(t.users, key[1])}
            for key in _FOLLOWERS
        },
    )
    made.store(t.tags, {(account, name): {**made.within(account), "name": name} for account, name, _ in _TAGS})
    made.store(
        t.story_tags,
        {
            (name, story): {
                **made.within(account),
                "story_id": story_id(story),
                "tag_id": made.id(t.tags, (account, name)),
            }
            for account, name, stories in _TAGS
            for story in stories
        },
    )
    made.store(
        t.story_tasks,
        {
            text: {
                **_of(made, story[0]),
                "story_id": story_id(story),
                "text": text,
                "position": number,
                "completed": completed,
            }
            for number, (story, text, completed) in enumerate(_CHECKLIST, start=1)
        },
    )
    made.store(
        t.story_dependencies,
        {
            (source, target): {
                **_of(made, source[0]),
                "source_id": story_id(source),
                "target_id": story_id(target),
                "type": kind,
            }
            for source, target, kind in _DEPENDENCIES
        },
    )


_SUBJECTS = {"workspace": t.workspaces, "story": t.stories, "user": t.users, "time_entry": t.time_entries}


def _custom_fields(made: Made) -> None:
    sets = {(account, _IN_SETS[key], of) for account, key, of, *_ in _FIELDS if key in _IN_SETS}
    made.store(
        t.custom_field_sets,
        {name: {**made.within(account), "name": name, "subject_type": of} for account, name, of in sorted(sets)},
    )
    made.store(
        t.custom_fields,
        {
            key: {
                **made.within(account),
                "custom_field_set_id": made.id(t.custom_field_sets, _IN_SETS[key]) if key in _IN_SETS else None,
                "subject_type": of,
                "name": name,
                "value_type": kind,
                "read_access": read_access,
                "creator_id": made.id(t.users, "ada" if account == "agency" else "otto"),
            }
            for account, key, of, kind, name, read_access in _FIELDS
        },
    )
    made.store(
        t.custom_field_choices,
        {
            (field, label): {
                **made.within("agency"),
                "custom_field_id": made.id(t.custom_fields, field),
                "label": label,
                "position": number,
            }
            for number, (field, label) in enumerate(_CHOICES, start=1)
        },
    )
    made.store(
        t.custom_field_values,
        {(field, key): _value(made, field, key, setter, said) for field, key, setter, said in _VALUES},
    )
    made.store(
        t.custom_field_value_choices,
        {
            (field, key, label): {
                **made.within("agency"),
                "custom_field_id": made.id(t.custom_fields, field),
                "custom_field_value_id": made.id(t.custom_field_values, (field, key)),
                "custom_field_choice_id": made.id(t.custom_field_choices, (field, label)),
            }
            for field, key, _, said in _VALUES
            for label in said.get("chosen", ())
        },
    )


def _value(made: Made, field: str, key: Any, setter: str, said: _Row) -> _Row:
    asked = made.rows(t.custom_fields)[field]
    return {
        "account_id": asked["account_id"],
        "custom_field_id": asked["id"],
        "subject_type": asked["subject_type"],
        "subject_id": made.id(_SUBJECTS[asked["subject_type"]], key),
        "setter_id": made.id(t.users, setter),
        "date": made.week(said["weeks"]) if "weeks" in said else None,
        **{name: value for name, value in said.items() if name not in {"weeks", "chosen"}},
    }


def _expenses(made: Made) -> None:
    made.store(
        t.expense_reports,
        {
            number: {
                **_of(made, project),
                "workspace_id": made.id(t.workspaces, project),
                "user_id": made.id(t.users, person),
                "status": status,
            }
            for number, (project, person, status) in enumerate(_REPORTS)
        },
    )
    made.store(t.expenses, {number: _expense(made, number) for number in range(len(_EXPENSES))})


def _expense(made: Made, number: int) -> _Row:
    project, person, category, amount, notes, flags, on_report = _EXPENSES[number]
    report = made.rows(t.expense_reports).get(on_report, {})
    is_active = report.get("status") in {"pending", "approved"}
    marks = dict.fromkeys(flags.split(), True)
    invoice = made.id(t.invoices, ("agency", 1001)) if marks.pop("invoiced", False) else None
    day = made.week(2) + timedelta(days=number % 5)
    return {
        **_of(made, project),
        "workspace_id": made.id(t.workspaces, project),
        "user_id": made.id(t.users, person),
        "date": day,
        "category": category,
        "amount_in_cents": amount,
        "notes": notes,
        "currency": made.rows(t.workspaces)[project]["currency"],
        "approved": report.get("status") == "approved",
        "active_expense_report_id": report.get("id") if is_active else None,
        "recent_expense_report_id": report.get("id"),
        "invoice_id": invoice,
        "created_by_id": made.id(t.users, person),
        "created_at": made.at(day, 480),
        "updated_at": made.at(day, 480),
        **marks,
    }
