"""The whole schema in one sitting.

Users and tokens are global (`PRIMARY KEY (id)`). Every other table belongs to an account: its keys begin
with `account_id` and its foreign keys are composite, so that a reference across accounts cannot be stored
even if every check above it fails. Whoever stands in a row of an account stands in its `account_people`.

Words are the wire's. Days are dates without a zone, instants end in `_at`, money is integer subunits. Long
because a schema is read in one sitting.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint

from timewright.database import Day, Flag, Id, Instant, counted, forbid, index_of_present, keep_rolled_up, strict_table

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

ACCOUNT_PERMISSIONS = (
    "punch_clock", "collaborator", "external_collaborator", "project_creator", "project_lead",
    "reports_viewer", "reports_viewer_with_cost", "administrator",
)  # fmt: skip
"""Account permission levels, low to high (contract: account_memberships.permissions_ladder)."""

ACCESS_LEVELS = (
    "view_tasks", "edit_tasks", "view_time_and_expenses", "edit_time_and_expenses",
    "view_financials", "edit_financials", "admin",
)  # fmt: skip
"""What a participation opens in a project, low to high (contract: participations.access_levels)."""

RATE_RULES = (
    "not_billable", "rate_in_cents", "rate_card_role", "rate_card_default", "participation",
    "account_membership", "workspace", "none",
)  # fmt: skip
"""The rule that gave an entry its rate, in the order in which they are tried (see `rules/rates.py`)."""

REFERENCE_STATUSES = ("successful", "pending", "failed")
SUBMISSION_STATUSES = ("pending", "approved", "rejected", "cancelled")
STORY_TYPES = ("task", "deliverable", "milestone", "issue")
STORY_STATES = (
    "not started", "started", "needs info", "completed", "new", "reopened", "in progress", "blocked", "fixed",
    "duplicate", "can't repro", "resolved", "won't fix",
)  # fmt: skip
DONE_STATES = ("completed", "fixed", "duplicate", "can't repro", "resolved", "won't fix")
"""States of stories on which nobody works any more."""
PRIORITIES = ("low", "normal", "high", "critical")
DEPENDENCY_TYPES = ("start_to_start", "start_to_finish", "finish_to_start", "finish_to_finish")
CUSTOM_VALUE_TYPES = ("string", "date", "number", "currency", "single", "multi")
CUSTOM_FIELD_SUBJECTS = ("story", "user", "workspace", "workspace_group", "resource", "time_entry")
"""What has custom fields, in the form in which values name it (contract: custom_field_values.subject_type)."""
WORKSPACE_ACCESS = ("invitation", "open", "admins")
WORKSPACE_STAGES = ("estimate", "project")
INVOICE_STATUSES = ("new", "cancelled", "accepted payment")

MOST_MINUTES = 1440
MOST_CENTS = 1_000_000_000
FIRST_DAY, LAST_DAY = "1990-01-01", "2100-12-31"
MOST_NOTES_BYTES = 65_535


def _one_of(column: str, words: tuple[str, ...], *, nullable: bool = False) -> CheckConstraint:
    quoted = [word.replace("'", "''") for word in words]
    listed = ", ".join(f"'{word}'" for word in quoted)
    condition = f"{column} IN ({listed})"
    return CheckConstraint(f"{column} IS NULL OR {condition}" if nullable else condition, name=f"{column}_is_known")


def _between(column: str, first: object, last: object, *, nullable: bool = False) -> CheckConstraint:
    condition = f"{column} BETWEEN {first} AND {last}"
    return CheckConstraint(
        f"{column} IS NULL OR ({condition})" if nullable else condition, name=f"{column}_is_in_range"
    )


def _stamps() -> list[Column[object]]:
    return [Column("created_at", Instant, nullable=False), Column("updated_at", Instant, nullable=False)]


def _switches(*names: str) -> list[Column[object]]:
    """Flags that are off unless they are named."""
    return [Column(name, Flag, nullable=False, server_default=sa.false()) for name in names]


def _tenant(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    return counted(
        strict_table(
            name,
            metadata,
            Column("account_id", Id, nullable=False),
            Column("id", Id, nullable=False),
            *parts,
            sa.PrimaryKeyConstraint("account_id", "id"),
            ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        )
    )


def _to(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["account_id", column], [f"{table}.account_id", f"{table}.id"])


def _to_person(column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["account_id", column], ["account_people.account_id", "account_people.user_id"])


# Who ---------------------------------------------------------------------------------------------

accounts = counted(
    strict_table(
        "accounts",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("name", Text, nullable=False),
        Column("currency", Text, nullable=False),
        Column("lock_date", Day),
        # The last entry that the roll-ups hold (see `keep_rolled_up`).
        Column("rolled_up_to", Id, nullable=False, server_default=sa.text("0")),
        *_stamps(),
    )
)

users = counted(
    strict_table(
        "users",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("account_id", Id, nullable=False),
        Column("full_name", Text, nullable=False),
        Column("email_address", Text, nullable=False),
        Column("photo_path", Text, nullable=False),
        *[Column(name, Text) for name in ("headline", "bio", "website", "city", "state", "country")],
        Column("abbreviated_timezone", Text),
        Column("disabled_at", Instant),
        *_stamps(),
        ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        UniqueConstraint("email_address"),
        CheckConstraint("email_address = lower(email_address)", name="email_address_is_lower_case"),
        Index(None, "account_id", "full_name"),
    )
)

account_people = strict_table(
    "account_people",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("created_at", Instant, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "user_id"),
    ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    ForeignKeyConstraint(["user_id"], ["users.id"]),
    Index(None, "user_id"),
)

roles = _tenant("roles", Column("name", Text, nullable=False), Column("deleted_at", Instant), *_stamps())

account_memberships = _tenant(
    "account_memberships",
    Column("user_id", Id, nullable=False),
    Column("permission", Text, nullable=False),
    Column("is_owner", Flag, nullable=False),
    Column("may_proxy", Flag, nullable=False),
    Column("bill_rate_in_cents", Integer),
    Column("cost_rate_in_cents", Integer),
    Column("billability_target", Integer),
    Column("default_role_id", Id),
    Column("require_time_entry_location", Flag, nullable=False),
    Column("manager_id", Id),
    *_switches(
        "manager_can_approve",
        "manager_can_edit_skills",
        "default_read_only",
        "collaborator_only_license",
        "resource_request_approver",
        "should_show_alert_on_timesheet_submission",
        "enforce_workweek_minimum_on_timesheet_submission",
        "enforce_workweek_maximum_on_timesheet_submission",
    ),
    Column("disabled_at", Instant),
    *_stamps(),
    _to_person("user_id"),
    _to_person("manager_id"),
    _to("roles", "default_role_id"),
    UniqueConstraint("account_id", "user_id"),
    _one_of("permission", ACCOUNT_PERMISSIONS),
    _between("bill_rate_in_cents", 0, MOST_CENTS, nullable=True),
    _between("cost_rate_in_cents", 0, MOST_CENTS, nullable=True),
    CheckConstraint("manager_id <> user_id", name="nobody_manages_themselves"),
)
index_of_present(
    "ix_account_memberships_by_manager_id", account_memberships.c.account_id, account_memberships.c.manager_id
)

tokens = counted(
    strict_table(
        "tokens",
        metadata,
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("user_id", Id, nullable=False),
        Column("name", Text, nullable=False),
        Column("start", Text, nullable=False),
        Column("token_hash", Text, nullable=False),
        Column("can_read", Flag, nullable=False),
        Column("can_write", Flag, nullable=False),
        Column("expires_at", Instant),
        Column("revoked_at", Instant),
        Column("created_at", Instant, nullable=False),
        ForeignKeyConstraint(["user_id"], ["users.id"]),
        UniqueConstraint("token_hash"),
        Index(None, "user_id"),
    )
)

account_locations = _tenant(
    "account_locations",
    Column("name", Text, nullable=False),
    Column("archived", Flag, nullable=False),
    *_stamps(),
    UniqueConstraint("account_id", "name"),
)

# What an hour costs ------------------------------------------------------------------------------

rate_card_sets = _tenant("rate_card_sets", Column("title", Text, nullable=False), *_stamps())

rate_cards = _tenant(
    "rate_cards",
    Column("rate_card_set_id", Id, nullable=False),
    Column("currency", Text, nullable=False),
    *_stamps(),
    _to("rate_card_sets", "rate_card_set_id"),
    UniqueConstraint("account_id", "rate_card_set_id", "currency"),
)

rate_card_set_versions = _tenant(
    "rate_card_set_versions",
    Column("rate_card_set_id", Id, nullable=False),
    Column("effective_date", Day, nullable=False),
    Column("active", Flag, nullable=False),
    *_stamps(),
    _to("rate_card_sets", "rate_card_set_id"),
    UniqueConstraint("account_id", "rate_card_set_id", "effective_date"),
)

rate_card_versions = _tenant(
    "rate_card_versions",
    Column("rate_card_id", Id, nullable=False),
    Column("rate_card_set_version_id", Id, nullable=False),
    Column("default_rate", Integer, nullable=False),
    *_stamps(),
    _to("rate_cards", "rate_card_id"),
    _to("rate_card_set_versions", "rate_card_set_version_id"),
    UniqueConstraint("account_id", "rate_card_id", "rate_card_set_version_id"),
    _between("default_rate", 0, MOST_CENTS),
)

rate_card_roles = _tenant(
    "rate_card_roles",
    Column("rate_card_version_id", Id, nullable=False),
    Column("role_id", Id, nullable=False),
    Column("rate", Integer, nullable=False),
    *_stamps(),
    _to("rate_card_versions", "rate_card_version_id"),
    _to("roles", "role_id"),
    UniqueConstraint("account_id", "rate_card_version_id", "role_id"),
    _between("rate", 0, MOST_CENTS),
)

# Where the work is -------------------------------------------------------------------------------

workspace_groups = _tenant(
    "workspace_groups",
    Column("name", Text, nullable=False),
    Column("company", Flag, nullable=False),
    *[Column(name, Text) for name in ("contact_name", "email", "phone_number", "address", "website", "notes")],
    *_stamps(),
    Index(None, "account_id", "name"),
)

workspaces = _tenant(
    "workspaces",
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("start_date", Day),
    Column("due_date", Day),
    Column("archived", Flag, nullable=False),
    Column("access_level", Text, nullable=False),
    Column("budgeted", Flag, nullable=False),
    Column("change_orders_enabled", Flag, nullable=False),
    Column("consultant_role_name", Text, nullable=False),
    Column("client_role_name", Text, nullable=False),
    Column("percentage_complete", Integer, nullable=False),
    Column("exclude_archived_stories_percent_complete", Flag, nullable=False),
    Column("default_rate_in_cents", Integer),
    Column("price_in_cents", Integer),
    Column("target_margin", Integer),
    Column("currency", Text, nullable=False),
    Column("rate_card_id", Id),
    Column("tasks_default_non_billable", Flag, nullable=False),
    Column("posts_require_privacy_decision", Flag, nullable=False),
    Column("require_time_approvals", Flag, nullable=False),
    Column("require_expense_approvals", Flag, nullable=False),
    Column("require_notes_on_time_entries", Flag, nullable=False),
    Column("time_trackable", Flag, nullable=False),
    Column("stage", Text, nullable=False),
    Column("status_key", Integer),
    Column("status_color", Text),
    Column("status_message", Text),
    Column("creator_id", Id, nullable=False),
    Column("primary_maven_id", Id),
    Column("primary_workspace_group_id", Id),
    Column("stories_are_fixed_fee_by_default", Flag, nullable=False),
    *_stamps(),
    _to_person("creator_id"),
    _to_person("primary_maven_id"),
    _to("rate_cards", "rate_card_id"),
    _to("workspace_groups", "primary_workspace_group_id"),
    Index("ix_workspaces_by_change", "account_id", sa.text("updated_at DESC"), "id"),
    _one_of("access_level", WORKSPACE_ACCESS),
    _one_of("stage", WORKSPACE_STAGES),
    _between("percentage_complete", 0, 100),
    _between("default_rate_in_cents", 0, MOST_CENTS, nullable=True),
)

index_of_present("ix_workspaces_by_rate_card_id", workspaces.c.account_id, workspaces.c.rate_card_id)

participations = _tenant(
    "participations",
    Column("workspace_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("role", Text, nullable=False),
    Column("access_level", Text, nullable=False),
    Column("is_team_lead", Flag, nullable=False),
    Column("can_invite", Flag, nullable=False),
    Column("can_edit_time", Flag, nullable=False),
    *_switches("can_post", "can_edit_expense", "can_schedule_their_hours", "can_schedule_team_hours"),
    Column("is_time_approver", Flag, nullable=False),
    Column("workspace_role_id", Id),
    Column("rate_in_cents", Integer),
    Column("cost_in_cents", Integer),
    *_stamps(),
    _to("workspaces", "workspace_id"),
    _to_person("user_id"),
    _to("roles", "workspace_role_id"),
    UniqueConstraint("account_id", "workspace_id", "user_id"),
    Index(None, "account_id", "user_id"),
    _one_of("role", ("maven", "buyer")),
    _one_of("access_level", ACCESS_LEVELS),
    _between("rate_in_cents", 0, MOST_CENTS, nullable=True),
    _between("cost_in_cents", 0, MOST_CENTS, nullable=True),
)

stories = _tenant(
    "stories",
    Column("workspace_id", Id, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("story_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("archived", Flag, nullable=False),
    Column("deleted_at", Instant),
    Column("start_date", Day),
    Column("due_date", Day),
    Column("percentage_complete", Integer, nullable=False),
    Column("project_plan", Flag, nullable=False),
    Column("time_trackable", Flag, nullable=False),
    Column("billable", Flag, nullable=False),
    Column("fixed_fee", Flag, nullable=False),
    Column("weight", Integer),
    Column("time_estimate_in_minutes", Integer),
    Column("budget_estimate_in_cents", Integer),
    Column("completed_at", Instant),
    Column("assignment_timestamped_at", Instant),
    Column("creator_id", Id, nullable=False),
    Column("parent_id", Id),
    Column("root_id", Id),
    Column("ancestry", Text, nullable=False),
    *_stamps(),
    _to("workspaces", "workspace_id"),
    _to_person("creator_id"),
    ForeignKeyConstraint(
        ["account_id", "workspace_id", "parent_id"], ["stories.account_id", "stories.workspace_id", "stories.id"]
    ),
    ForeignKeyConstraint(
        ["account_id", "workspace_id", "root_id"], ["stories.account_id", "stories.workspace_id", "stories.id"]
    ),
    UniqueConstraint("account_id", "workspace_id", "id"),
    Index(None, "account_id", "parent_id"),
    Index(None, "account_id", "root_id"),
    # With what the list leaves out when nothing is asked for: it is counted without reading a row.
    Index(
        "ix_stories_by_change",
        "account_id",
        sa.text("updated_at DESC"),
        "id",
        "workspace_id",
        "archived",
        "deleted_at",
        "project_plan",
    ),
    Index(None, "account_id", "workspace_id", "position"),
    _one_of("story_type", STORY_TYPES),
    _one_of("state", STORY_STATES),
    _one_of("priority", PRIORITIES),
    _between("percentage_complete", 0, 100),
)

assignments = _tenant(
    "assignments",
    Column("story_id", Id, nullable=False),
    # None for an unnamed resource.
    Column("assignee_id", Id),
    Column("resource_id", Id, nullable=False),
    Column("role_id", Id),
    Column("current", Flag, nullable=False),
    Column("estimated_minutes", Integer),
    Column("allocated_minutes", Integer, nullable=False),
    *_stamps(),
    _to("stories", "story_id"),
    _to_person("assignee_id"),
    _to("roles", "role_id"),
    _to("workspace_resources", "resource_id"),
    UniqueConstraint("account_id", "story_id", "assignee_id"),
    Index(None, "account_id", "assignee_id"),
    Index("ix_assignments_by_creation", "account_id", sa.text("created_at DESC"), "id", "story_id", "assignee_id"),
    Index(None, "account_id", "resource_id"),
)

# Groups of projects, and places in their teams ---------------------------------------------------

workspace_group_workspaces = strict_table(
    "workspace_group_workspaces",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("workspace_group_id", Id, nullable=False),
    Column("workspace_id", Id, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "workspace_group_id", "workspace_id"),
    _to("workspace_groups", "workspace_group_id"),
    _to("workspaces", "workspace_id"),
    Index(None, "account_id", "workspace_id", "workspace_group_id"),
)

workspace_resources = _tenant(
    "workspace_resources",
    Column("workspace_id", Id, nullable=False),
    Column("user_id", Id),
    Column("role_id", Id),
    Column("label", Text),
    *_stamps(),
    _to("workspaces", "workspace_id"),
    _to_person("user_id"),
    _to("roles", "role_id"),
    Index(None, "account_id", "workspace_id", "user_id"),
    Index(None, "account_id", "user_id"),
    Index("ix_workspace_resources_by_change", "account_id", sa.text("updated_at DESC"), "id"),
    CheckConstraint("user_id IS NOT NULL OR role_id IS NOT NULL", name="somebody_or_some_role"),
)

# Weeks and bills ---------------------------------------------------------------------------------

timesheet_submissions = _tenant(
    "timesheet_submissions",
    Column("workspace_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("title", Text, nullable=False),
    Column("comment", Text),
    Column("status", Text, nullable=False),
    Column("start_date", Day, nullable=False),
    Column("end_date", Day, nullable=False),
    Column("currency", Text, nullable=False),
    Column("resolution_description", Text),
    Column("current_resolution_creator_id", Id),
    Column("current_resolution_created_at", Instant),
    *_stamps(),
    _to("workspaces", "workspace_id"),
    _to_person("user_id"),
    _to_person("current_resolution_creator_id"),
    Index(None, "account_id", "workspace_id", "start_date"),
    Index(None, "account_id", "user_id", "start_date"),
    _one_of("status", SUBMISSION_STATUSES),
    CheckConstraint("start_date <= end_date", name="dates_are_in_order"),
)

invoices = _tenant(
    "invoices",
    Column("user_id", Id, nullable=False),
    Column("recipient_id", Id),
    Column("invoice_date", Day, nullable=False),
    Column("due_date", Day, nullable=False),
    Column("status", Text, nullable=False),
    Column("draft", Flag, nullable=False),
    Column("payment_schedule", Integer, nullable=False),
    Column("user_invoice_number", Integer, nullable=False),
    Column("user_invoice_title", Text),
    Column("tax_rate_in_basis_points", Integer, nullable=False),
    Column("purchase_order", Text),
    Column("project_code", Text),
    Column("message", Text),
    Column("balance_in_cents", Id, nullable=False),
    Column("currency", Text, nullable=False),
    *_stamps(),
    _to_person("user_id"),
    _to_person("recipient_id"),
    Index("ix_invoices_by_creation", "account_id", sa.text("created_at DESC"), "id"),
    UniqueConstraint("account_id", "user_invoice_number"),
    _one_of("status", INVOICE_STATUSES),
)

invoice_workspaces = strict_table(
    "invoice_workspaces",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("invoice_id", Id, nullable=False),
    Column("workspace_id", Id, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "invoice_id", "workspace_id"),
    _to("invoices", "invoice_id"),
    _to("workspaces", "workspace_id"),
    Index(None, "account_id", "workspace_id", "invoice_id"),
)

# Time --------------------------------------------------------------------------------------------

time_entries = _tenant(
    "time_entries",
    Column("workspace_id", Id, nullable=False),
    Column("story_id", Id),
    Column("user_id", Id, nullable=False),
    Column("role_id", Id),
    Column("location_id", Id),
    Column("date_performed", Day, nullable=False),
    Column("time_in_minutes", Integer, nullable=False),
    Column("billable", Flag, nullable=False),
    Column("notes", Text),
    Column("rate_in_cents", Integer, nullable=False),
    Column("rate_rule", Text, nullable=False),
    Column("cost_rate_in_cents", Integer),
    Column("currency", Text, nullable=False),
    Column("taxable", Flag, nullable=False),
    Column("approved", Flag, nullable=False),
    Column("active_submission_id", Id),
    Column("recent_submission_id", Id),
    Column("invoice_id", Id),
    Column("created_by_id", Id, nullable=False),
    Column("operation_id", Text, nullable=False),
    Column("request_key", Text),
    *_stamps(),
    _to("workspaces", "workspace_id"),
    ForeignKeyConstraint(
        ["account_id", "workspace_id", "story_id"], ["stories.account_id", "stories.workspace_id", "stories.id"]
    ),
    _to_person("user_id"),
    _to_person("created_by_id"),
    _to("roles", "role_id"),
    _to("account_locations", "location_id"),
    _to("timesheet_submissions", "active_submission_id"),
    _to("timesheet_submissions", "recent_submission_id"),
    _to("invoices", "invoice_id"),
    _between("time_in_minutes", 1, MOST_MINUTES),
    _between("rate_in_cents", 0, MOST_CENTS),
    _between("cost_rate_in_cents", 0, MOST_CENTS, nullable=True),
    _between("date_performed", f"'{FIRST_DAY}'", f"'{LAST_DAY}'"),
    CheckConstraint(f"length(notes) <= {MOST_NOTES_BYTES}", name="notes_are_not_too_long"),
    CheckConstraint("billable OR rate_in_cents = 0", name="only_billable_time_has_a_rate"),
    CheckConstraint("active_submission_id IS NOT NULL OR NOT approved", name="only_submitted_time_is_approved"),
    _one_of("rate_rule", RATE_RULES),
)
# In the order of lists, and with what most filters and permissions ask of a row: no row is read to be counted or
# passed over.
_T = time_entries.c
_BY_DAY = (_T.date_performed.desc(), _T.id)
_ASKED = (_T.workspace_id, _T.user_id, _T.billable)
# In the index that all lists fall back to also what becomes of an entry, and who made it: entries that are not
# invoiced yet, say, are counted and found without reading a row. Of new entries nearly all of it is null.
_STATE = (_T.approved, _T.active_submission_id, _T.recent_submission_id, _T.invoice_id, _T.created_by_id)
Index("ix_time_entries_by_day", _T.account_id, *_BY_DAY, *_ASKED, *_STATE)
Index("ix_time_entries_by_workspace", _T.account_id, _T.workspace_id, *_BY_DAY, _T.user_id, _T.billable)
Index("ix_time_entries_by_user", _T.account_id, _T.user_id, *_BY_DAY, _T.workspace_id, _T.billable)
Index("ix_time_entries_by_story", _T.account_id, _T.story_id, *_BY_DAY, *_ASKED)
Index("ix_time_entries_by_change", _T.account_id, _T.updated_at.desc(), _T.id, *_ASKED)
Index("ix_time_entries_by_creation", _T.account_id, _T.created_at.desc(), _T.id, *_ASKED)
# What was logged on a story since its roll-up.
Index("ix_time_entries_since", _T.account_id, _T.story_id, _T.id, _T.billable, _T.time_in_minutes, _T.rate_in_cents)
index_of_present(
    "ix_time_entries_invoiced_on_story",
    _T.account_id,
    _T.story_id,
    _T.invoice_id,
    _T.time_in_minutes,
    _T.rate_in_cents,
    present=_T.invoice_id,
)
# Without the order of lists in them, SQLite goes through all entries instead, in the order of lists. New entries are
# in none of them.
for _column in (_T.active_submission_id, _T.recent_submission_id, _T.invoice_id):
    index_of_present(f"ix_time_entries_by_{_column.name}", _T.account_id, _column, *_BY_DAY, *_ASKED, present=_column)
index_of_present("ix_time_entries_by_location_id", _T.account_id, _T.location_id)


_WORTH = "CAST(rate_in_cents AS BIGINT) * time_in_minutes"


def _roll_up(name: str, *keys: Column[Any], **further: str) -> sa.Table:
    return strict_table(
        name,
        metadata,
        *(Column(key.name, key.type, nullable=False) for key in keys),
        Column("entries", Id, nullable=False),
        Column("minutes", Id, nullable=False),
        *(Column(name, Id, nullable=False) for name in further),
        sa.PrimaryKeyConstraint(*(key.name for key in keys)),
        *(_to_person(key.name) for key in keys if key is _T.user_id),
        info={"sums": {"entries": "1", "minutes": "time_in_minutes", **further}},
        by_key=True,
    )


# How many entries there are, how long they are together, and what they are worth: cents times minutes, since worth is
# rounded once, at the end. A row may say that there are none left.
entries_by_person = _roll_up(
    "entries_by_person", _T.account_id, _T.workspace_id, _T.user_id, _T.billable, cent_minutes=_WORTH
)
entries_by_day = _roll_up("entries_by_day", _T.account_id, _T.date_performed, _T.workspace_id, _T.billable)
entries_by_story = _roll_up(
    "entries_by_story", _T.account_id, _T.story_id, _T.workspace_id, _T.billable, cent_minutes=_WORTH
)
ROLL_UPS = (entries_by_person, entries_by_day, entries_by_story)
keep_rolled_up(time_entries, ROLL_UPS, accounts.c.rolled_up_to)

timesheet_submission_entries = strict_table(
    "timesheet_submission_entries",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("timesheet_submission_id", Id, nullable=False),
    Column("time_entry_id", Id, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "timesheet_submission_id", "time_entry_id"),
    _to("timesheet_submissions", "timesheet_submission_id"),
    _to("time_entries", "time_entry_id"),
    Index(None, "account_id", "time_entry_id"),
)

invoice_time_entries = strict_table(
    "invoice_time_entries",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("invoice_id", Id, nullable=False),
    Column("time_entry_id", Id, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "invoice_id", "time_entry_id"),
    _to("invoices", "invoice_id"),
    _to("time_entries", "time_entry_id"),
    Index(None, "account_id", "time_entry_id"),
)

# Time off ----------------------------------------------------------------------------------------

time_off_entries = _tenant(
    "time_off_entries",
    Column("user_id", Id, nullable=False),
    Column("requested_date", Day, nullable=False),
    Column("submission_date", Day, nullable=False),
    Column("hours_in_hundredths", Integer, nullable=False),
    *_stamps(),
    _to_person("user_id"),
    # The entries of a day are one (contract: time_off_entries.rules).
    UniqueConstraint("account_id", "user_id", "requested_date"),
    Index(None, "account_id", "requested_date"),
    _between("hours_in_hundredths", 1, MOST_MINUTES * 100 // 60),
    _between("requested_date", f"'{FIRST_DAY}'", f"'{LAST_DAY}'"),
)

external_references = _tenant(
    "external_references",
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("service_name", Text, nullable=False),
    Column("service_model", Text, nullable=False),
    Column("service_model_ref", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("external_link", Text),
    Column("external_message", Text),
    Column("external_status", Text),
    Column("locked", Flag, nullable=False),
    Column("last_synced_at", Instant),
    *_stamps(),
    UniqueConstraint("account_id", "subject_type", "subject_id", "service_name"),
    Index(None, "account_id", "service_name", "service_model", "service_model_ref"),
    Index("ix_external_references_by_exchange", "account_id", "subject_type", sa.text("last_synced_at DESC"), "id"),
    _one_of("status", REFERENCE_STATUSES),
)

# Around tasks, and what an account adds to its things ---------------------------------------------


def _link(name: str, *ends: tuple[str, str | None]) -> sa.Table:
    """Rows that join others: each end is a column, and the table it leads to, None for a person's."""
    columns = [column for column, _ in ends]
    return strict_table(
        name,
        metadata,
        Column("account_id", Id, nullable=False),
        *(Column(column, Id, nullable=False) for column in columns),
        sa.PrimaryKeyConstraint("account_id", *columns),
        *(_to(table, column) if table else _to_person(column) for column, table in ends),
        Index(None, "account_id", columns[-1]),
    )


story_followers = _link("story_followers", ("story_id", "stories"), ("user_id", None))

tags = _tenant("tags", Column("name", Text, nullable=False), *_stamps(), UniqueConstraint("account_id", "name"))

story_tags = _link("story_tags", ("story_id", "stories"), ("tag_id", "tags"))

story_tasks = _tenant(
    "story_tasks",
    Column("story_id", Id, nullable=False),
    Column("text", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("completed", Flag, nullable=False),
    *_stamps(),
    _to("stories", "story_id"),
    Index(None, "account_id", "story_id"),
)

story_dependencies = _tenant(
    "story_dependencies",
    Column("source_id", Id, nullable=False),
    Column("target_id", Id, nullable=False),
    Column("type", Text, nullable=False),
    *_stamps(),
    _to("stories", "source_id"),
    _to("stories", "target_id"),
    UniqueConstraint("account_id", "source_id", "target_id"),
    Index(None, "account_id", "target_id"),
    _one_of("type", DEPENDENCY_TYPES),
    CheckConstraint("source_id <> target_id", name="it_joins_two"),
)

custom_field_sets = _tenant(
    "custom_field_sets",
    Column("name", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    *_stamps(),
    _one_of("subject_type", CUSTOM_FIELD_SUBJECTS),
    UniqueConstraint("account_id", "subject_type", "id"),
)

custom_fields = _tenant(
    "custom_fields",
    Column("custom_field_set_id", Id),
    Column("subject_type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value_type", Text, nullable=False),
    Column("default_text", Text),
    Column("unique_constraint", Flag, nullable=False),
    Column("write_access", Text),
    Column("read_access", Text),
    Column("hidden_in_user_interface", Flag, nullable=False),
    Column("currency", Text),
    Column("available_on_estimates", Flag, nullable=False),
    Column("available_to_resources", Flag, nullable=False),
    Column("creator_id", Id, nullable=False),
    *_stamps(),
    ForeignKeyConstraint(
        ["account_id", "subject_type", "custom_field_set_id"],
        ["custom_field_sets.account_id", "custom_field_sets.subject_type", "custom_field_sets.id"],
    ),
    _to_person("creator_id"),
    UniqueConstraint("account_id", "subject_type", "id"),
    Index("ix_custom_fields_by_name", "account_id", "name", "id"),
    _one_of("subject_type", CUSTOM_FIELD_SUBJECTS),
    _one_of("value_type", CUSTOM_VALUE_TYPES),
    _one_of("write_access", ACCOUNT_PERMISSIONS, nullable=True),
    _one_of("read_access", ACCOUNT_PERMISSIONS, nullable=True),
)

custom_field_choices = _tenant(
    "custom_field_choices",
    Column("custom_field_id", Id, nullable=False),
    Column("label", Text, nullable=False),
    Column("position", Integer, nullable=False),
    *_stamps(),
    _to("custom_fields", "custom_field_id"),
    UniqueConstraint("account_id", "custom_field_id", "id"),
)

# One value of a field and a subject. It stands in the column of its field's type: a number as decimal text, so that
# nothing is lost, an amount in subunits with its currency, and choices in rows of their own.
custom_field_values = _tenant(
    "custom_field_values",
    Column("custom_field_id", Id, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("text", Text),
    Column("date", Day),
    Column("number", Text),
    Column("amount_in_cents", Id),
    Column("currency", Text),
    Column("setter_id", Id, nullable=False),
    *_stamps(),
    ForeignKeyConstraint(
        ["account_id", "subject_type", "custom_field_id"],
        ["custom_fields.account_id", "custom_fields.subject_type", "custom_fields.id"],
    ),
    _to_person("setter_id"),
    UniqueConstraint("account_id", "subject_type", "subject_id", "custom_field_id"),
    UniqueConstraint("account_id", "custom_field_id", "id"),
    Index("ix_custom_field_values_by_creation", "account_id", "subject_type", "created_at", "id"),
    CheckConstraint("(amount_in_cents IS NULL) = (currency IS NULL)", name="an_amount_has_a_currency"),
)

custom_field_value_choices = strict_table(
    "custom_field_value_choices",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("custom_field_id", Id, nullable=False),
    Column("custom_field_value_id", Id, nullable=False),
    Column("custom_field_choice_id", Id, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "custom_field_value_id", "custom_field_choice_id"),
    *(
        ForeignKeyConstraint(
            ["account_id", "custom_field_id", column],
            [f"{table}.{key}" for key in ("account_id", "custom_field_id", "id")],
        )
        for table, column in (
            ("custom_field_values", "custom_field_value_id"),
            ("custom_field_choices", "custom_field_choice_id"),
        )
    ),
    Index(None, "account_id", "custom_field_choice_id"),
)

expense_reports = _tenant(
    "expense_reports",
    Column("workspace_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("status", Text, nullable=False),
    *_stamps(),
    _to("workspaces", "workspace_id"),
    _to_person("user_id"),
    _one_of("status", SUBMISSION_STATUSES),
)

expenses = _tenant(
    "expenses",
    Column("workspace_id", Id, nullable=False),
    Column("story_id", Id),
    Column("user_id", Id, nullable=False),
    Column("role_id", Id),
    Column("date", Day, nullable=False),
    Column("notes", Text),
    Column("category", Text, nullable=False),
    Column("vendor_name", Text),
    Column("amount_in_cents", Id, nullable=False),
    Column("currency", Text, nullable=False),
    Column("is_billable", Flag, nullable=False),
    Column("taxable", Flag, nullable=False),
    Column("reimbursable", Flag, nullable=False),
    Column("approved", Flag, nullable=False),
    Column("active_expense_report_id", Id),
    Column("recent_expense_report_id", Id),
    Column("invoice_id", Id),
    Column("created_by_id", Id, nullable=False),
    *_stamps(),
    _to("workspaces", "workspace_id"),
    ForeignKeyConstraint(
        ["account_id", "workspace_id", "story_id"], ["stories.account_id", "stories.workspace_id", "stories.id"]
    ),
    _to_person("user_id"),
    _to_person("created_by_id"),
    _to("roles", "role_id"),
    _to("expense_reports", "active_expense_report_id"),
    _to("expense_reports", "recent_expense_report_id"),
    _to("invoices", "invoice_id"),
    _between("date", f"'{FIRST_DAY}'", f"'{LAST_DAY}'"),
    CheckConstraint("active_expense_report_id IS NOT NULL OR NOT approved", name="only_submitted_costs_are_approved"),
)
_E = expenses.c
Index("ix_expenses_by_day", _E.account_id, _E.date.desc(), _E.id, _E.workspace_id, _E.user_id)
Index("ix_expenses_by_workspace", _E.account_id, _E.workspace_id, _E.date.desc(), _E.id, _E.user_id)
Index("ix_expenses_by_user", _E.account_id, _E.user_id, _E.date.desc(), _E.id, _E.workspace_id)
for _column in (_E.active_expense_report_id, _E.recent_expense_report_id, _E.invoice_id, _E.story_id):
    index_of_present(f"ix_expenses_by_{_column.name}", _E.account_id, _column)

# The account keeps the day of the latest beside its name, where writing looks for it.
line_item_locks = _tenant(
    "line_item_locks",
    Column("locked_to", Day, nullable=False),
    Column("creator_id", Id, nullable=False),
    *_stamps(),
    _to_person("creator_id"),
    UniqueConstraint("account_id", "locked_to"),
)

# What happened -----------------------------------------------------------------------------------

# Without row numbers: the key comes by chance, and each tree it stands in costs a page of its own to write.
idempotency_records = strict_table(
    "idempotency_records",
    metadata,
    Column("account_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("request_key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("operation_id", Text, nullable=False),
    Column("created_ids", Text),
    Column("ignored", Text),
    Column("created_at", Instant, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "request_key"),
    _to_person("user_id"),
    by_key=True,
)
index_of_present(
    "ix_idempotency_records_by_age",
    idempotency_records.c.created_at,
    present=idempotency_records.c.created_ids,
)

changes = _tenant(
    "changes",
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("verb", Text, nullable=False),
    Column("user_id", Id),
    Column("on_behalf_of_id", Id),
    Column("token_id", Id),
    Column("request_id", Text),
    Column("before", Text),
    Column("after", Text),
    Column("created_at", Instant, nullable=False),
    _to_person("user_id"),
    _to_person("on_behalf_of_id"),
    ForeignKeyConstraint(["token_id"], ["tokens.id"]),
    Index(None, "account_id", "subject_type", "subject_id"),
    Index(None, "account_id", "request_id"),
    CheckConstraint("before IS NOT NULL OR after IS NOT NULL", name="something_changed"),
)

# What the database refuses by itself -------------------------------------------------------------

_WORKED = (
    "workspace_id, story_id, user_id, role_id, location_id, date_performed, time_in_minutes, billable, notes, "
    "rate_in_cents, cost_rate_in_cents, currency"
)
_CLOSED = "OLD.approved OR OLD.invoice_id IS NOT NULL"
forbid(
    time_entries,
    f"UPDATE OF {_WORKED}",
    when=_CLOSED,
    name="closed_time_entries_do_not_change",
    message="approved and invoiced time entries do not change",
)
forbid(
    time_entries,
    "DELETE",
    when=_CLOSED,
    name="closed_time_entries_stay",
    message="approved and invoiced time entries are not deleted",
)
# Whose a token is, and where a person is at home, is for good (decisions/0008).
forbid(tokens, "UPDATE OF user_id", name="tokens_do_not_change_hands", message="a token does not change hands")
forbid(users, "UPDATE OF account_id", name="users_stay_at_home", message="the home account of a person does not change")
forbid(changes, "UPDATE", name="changes_do_not_change", message="the change log does not change")
forbid(changes, "DELETE", name="changes_stay", message="the change log is not deleted from")

LOCK_ORDER = (
    accounts, tokens, users, account_people, account_memberships, workspaces, participations, roles,
    account_locations, rate_card_set_versions, rate_card_versions, rate_card_roles, stories, assignments,
    timesheet_submissions, invoices, time_entries,
)  # fmt: skip
"""The one order in which every verb holds the rows its decision rests on; within a table by ascending key."""
