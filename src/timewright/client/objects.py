"""What the wire holds, as types: the objects, the members of a new one, what a list may be asked.

An object is the dictionary that came, nothing converted and nothing left out: members that stand in no type here
(another server may show more) are in it all the same. An include that was asked for stands beside the member that
names it: `entry["user"]` beside `entry["user_id"]`, and null when it is out of the caller's sight. Ids are strings,
days are `YYYY-MM-DD`, instants ISO 8601.

`tests/client/test_objects.py` holds these types against the server's declarations. Long because all of them
stand here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NotRequired, Required, TypedDict

Id = int | str
Ids = Id | Iterable[Id]
Words = str | Iterable[str]
Day = date | str
Instant = datetime | str
Days = str | tuple[Day | None, Day | None]
"""The first and the last day, both included; None or an empty side of `from:to` is open."""


# Objects --------------------------------------------------------------------------------------------


class TimeEntry(TypedDict):
    """So many minutes that a user worked in a project on a day."""

    id: str
    created_at: str
    updated_at: str
    date_performed: str
    time_in_minutes: int
    billable: bool
    notes: str | None
    rate_in_cents: int | None
    cost_rate_in_cents: int | None
    currency: str
    currency_symbol: str
    currency_base_unit: int
    approved: bool
    taxable: bool
    is_invoiced: bool
    location: NotRequired[str | None]
    location_id: NotRequired[int | None]
    user_can_edit: NotRequired[bool]
    active_submission_id: str | None
    recent_submission_id: str | None
    role_id: str | None
    story_id: str | None
    user_id: str
    workspace_id: str
    external_reference_ids: NotRequired[list[str]]
    invoice_id: NotRequired[str | None]
    active_submission: NotRequired[TimesheetSubmission | None]
    recent_submission: NotRequired[TimesheetSubmission | None]
    external_references: NotRequired[list[ExternalReference]]
    invoice: NotRequired[Invoice | None]
    role: NotRequired[Role | None]
    story: NotRequired[Story | None]
    user: NotRequired[User]
    workspace: NotRequired[Workspace | None]


class TimesheetSubmission(TypedDict):
    """One person's entries of one project and week, put before an approver."""

    id: str
    title: str
    comment: str | None
    type: str
    status: str
    start_date: str
    end_date: str
    created_at: str
    updated_at: str
    currency: str
    currency_symbol: str
    currency_base_unit: int
    line_item_total_in_cents: int | None
    line_item_total_formatted: str | None
    resolution_description: str | None
    current_resolution_description: str | None
    current_resolution_creator_id: int | None
    current_resolution_created_at_date: str | None
    permissions: dict[str, Any]
    user_id: str
    workspace_id: str
    external_reference_ids: NotRequired[list[str]]
    user: NotRequired[User | None]
    workspace: NotRequired[Workspace | None]
    external_references: NotRequired[list[ExternalReference]]


class Workspace(TypedDict):
    """A project: where work is done for a client."""

    id: str
    title: str
    account_id: int
    archived: bool
    description: str | None
    start_date: str
    due_date: str
    effective_due_date: str
    budgeted: bool
    change_orders_enabled: bool
    created_at: str
    updated_at: str
    consultant_role_name: str
    client_role_name: str
    percentage_complete: int
    access_level: str
    exclude_archived_stories_percent_complete: bool
    can_create_line_items: bool
    can_invite: bool
    has_budget_access: bool
    default_rate: str | None
    currency: NotRequired[str]
    currency_symbol: str
    currency_base_unit: int
    tasks_default_non_billable: bool
    rate_card_id: int | None
    workspace_invoice_preference_id: int | None
    posts_require_privacy_decision: bool
    require_time_approvals: bool
    require_expense_approvals: bool
    require_notes_on_time_entries: bool
    time_trackable: bool
    has_active_timesheet_submissions: bool
    has_active_expense_report_submissions: bool
    task_status_set_id: str | None
    task_status_set_name: str | None
    task_statuses: list[str]
    permissions: dict[str, Any]
    status: NotRequired[dict[str, Any]]
    price: NotRequired[str]
    price_in_cents: NotRequired[int | None]
    target_margin: NotRequired[float]
    stage: NotRequired[str]
    lock_date: NotRequired[str | None]
    minutes_logged: NotRequired[int]
    billable_minutes: NotRequired[int]
    non_billable_minutes: NotRequired[int]
    total_minutes_approved: NotRequired[int]
    creator_id: str
    primary_maven_id: str | None
    external_reference_ids: NotRequired[list[str]]
    creator: NotRequired[User | None]
    primary_maven: NotRequired[User | None]
    external_references: NotRequired[list[ExternalReference]]


class Story(TypedDict):
    """A task: a piece of work in a project."""

    id: str
    title: str
    description: str | None
    story_type: str
    state: str
    status: str
    priority: str
    position: int
    archived: bool
    deleted_at: str | None
    created_at: str
    updated_at: str
    assignment_timestamped_at: str | None
    start_date: str | None
    due_date: str | None
    percentage_complete: int
    project_plan: bool
    time_trackable: bool
    billable: bool
    fixed_fee: bool
    ancestor_ids: list[str]
    ancestry_depth: int
    subtree_depth: int
    sub_story_count: int
    time_estimate_in_minutes: NotRequired[int | None]
    logged_billable_time_in_minutes: NotRequired[int | None]
    logged_nonbillable_time_in_minutes: NotRequired[int | None]
    weight: NotRequired[int | None]
    budget_estimate_in_cents: NotRequired[int | None]
    workspace_id: str
    creator_id: str
    parent_id: str | None
    root_id: str | None
    sub_story_ids: NotRequired[list[str]]
    external_reference_ids: NotRequired[list[str]]
    workspace: NotRequired[Workspace | None]
    creator: NotRequired[User | None]
    parent: NotRequired[Story | None]
    root: NotRequired[Story | None]
    sub_stories: NotRequired[list[Story]]
    external_references: NotRequired[list[ExternalReference]]


class User(TypedDict):
    """A person."""

    id: str
    full_name: str
    photo_path: str
    email_address: str
    headline: str | None
    account_id: str
    bio: NotRequired[str]
    website: NotRequired[str]
    city: NotRequired[str]
    state: NotRequired[str]
    country: NotRequired[str]
    abbreviated_timezone: NotRequired[str]
    classification: NotRequired[str]
    external_reference_ids: NotRequired[list[str]]
    external_references: NotRequired[list[ExternalReference]]


class Role(TypedDict):
    """What somebody does in a project."""

    id: str
    name: str
    created_at: str
    updated_at: str
    deleted_at: str | None
    external_reference_ids: NotRequired[list[str]]
    external_references: NotRequired[list[ExternalReference]]


class Invoice(TypedDict):
    """A bill for time, sent to a client."""

    id: str
    created_at: str
    updated_at: str
    invoice_date: str
    due_date: str
    status: str
    title: str
    user_invoice_number: int
    user_invoice_title: str | None
    tax_rate: float
    purchase_order: str | None
    project_code: str | None
    message: str | None
    draft: bool
    payment_schedule: int
    balance_in_cents: int
    currency: str
    currency_symbol: str
    currency_base_unit: int
    recipient_id: str | None
    user_id: str
    external_reference_ids: NotRequired[list[str]]
    recipient: NotRequired[User | None]
    user: NotRequired[User | None]
    external_references: NotRequired[list[ExternalReference]]


class ExternalReference(TypedDict):
    """What an object is called in another system."""

    id: str
    service_name: str
    service_model: str
    service_model_ref: str
    status: str
    external_link: str | None
    external_message: str | None
    external_status: str | None
    locked: bool
    subject_id: int
    subject_type: str
    last_synced_at: str | None
    created_at: str
    updated_at: str


class AccountLocation(TypedDict):
    """A place where work may be done."""

    id: str
    name: str
    archived: bool
    in_use: bool


ASSOCIATIONS: dict[str, dict[str, tuple[str, str]]] = {
    "time_entries": {
        "active_submission": ("active_submission_id", "timesheet_submissions"),
        "recent_submission": ("recent_submission_id", "timesheet_submissions"),
        "external_references": ("external_reference_ids", "external_references"),
        "invoice": ("invoice_id", "invoices"),
        "role": ("role_id", "roles"),
        "story": ("story_id", "stories"),
        "user": ("user_id", "users"),
        "workspace": ("workspace_id", "workspaces"),
    },
    "workspaces": {
        "creator": ("creator_id", "users"),
        "primary_maven": ("primary_maven_id", "users"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "stories": {
        "workspace": ("workspace_id", "workspaces"),
        "creator": ("creator_id", "users"),
        "parent": ("parent_id", "stories"),
        "root": ("root_id", "stories"),
        "sub_stories": ("sub_story_ids", "stories"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "users": {
        "external_references": ("external_reference_ids", "external_references"),
    },
}
"""What an include is called on its object: the member that holds the id or the ids, and the section they lead to."""


# What a list may be asked ---------------------------------------------------------------------------


class Asked(TypedDict, total=False):
    """What every list and every single object may be asked."""

    include: Words
    optional_fields: Words
    only: Ids
    order: str
    page: int
    per_page: int
    limit: int
    offset: int
    apply_default_filters: bool
    search: str
    created_after: Instant
    created_before: Instant
    updated_after: Instant
    updated_before: Instant
    external_reference_service_name: str
    external_reference_service_model: str
    external_reference_service_model_ref: str
    external_reference_service_model_refs: Words
    external_reference_status: str
    external_reference_external_status: str
    external_reference_external_message: str
    has_external_references: bool
    without_external_reference_service_name: str


class TimeEntriesAsked(Asked, total=False):
    """What time entries may be asked for."""

    workspace_id: Id
    workspace_ids: Ids
    story_id: Id
    with_user_ids: Ids
    date_performed_between: Days
    billable: bool
    from_archived_workspaces: bool
    on_my_account: bool
    approved: bool
    created_by: Id
    in_active_invoice_id: Id
    in_active_submission: bool
    invoiced: bool
    uninvoiced: bool
    with_recent_timesheet_ids: Ids
    with_timesheet_id: Id


class WorkspacesAsked(Asked, total=False):
    """What projects may be asked for."""

    include_archived: bool
    archived: str
    on_my_account: bool
    has_participant: Id


class StoriesAsked(Asked, total=False):
    """What tasks may be asked for."""

    workspace_id: Id
    with_projects: Ids
    story_type: Words
    show_archived: bool
    only_archived: bool
    archived: str
    show_deleted: bool
    show_from_archived_workspaces: bool
    show_todos: bool
    parents_only: bool
    with_parent_id: Id


class UsersAsked(Asked, total=False):
    """What people may be asked for."""

    show_disabled: bool
    on_my_account: bool
    participant_in: Id
    by_email_address: str


# Members of a new object ----------------------------------------------------------------------------


class Strictly(TypedDict, total=False):
    """A write that would rather be refused than have a member ignored."""

    strict: bool


class Writing(Strictly, total=False):
    """What every write may be told beside its members."""

    include: Words
    optional_fields: Words


class Keyed(Strictly, total=False):
    """A key of the caller's own."""

    idempotency_key: str


class Creating(Writing, Keyed, total=False):
    """What every create may be told beside its members."""


class NewExternalReference(TypedDict, total=False):
    """A reference to another system, stored with its object."""

    service_name: Required[str]
    service_model: Required[str]
    service_model_ref: Required[Id]
    status: str | None
    external_message: str | None
    external_link: str | None
    external_status: str | None
    locked: bool | None


class _MoreOfATimeEntry(TypedDict, total=False):
    billable: bool | None
    rate_in_cents: int | None
    notes: str | None
    role_id: Id | None
    story_id: Id | None
    user_id: Id | None
    location: str | None
    external_reference: NewExternalReference | None
    cost_rate_in_cents: int | None


class NewTimeEntry(_MoreOfATimeEntry, total=False):
    """The members of a new time entry."""

    workspace_id: Required[Id]
    date_performed: Required[Day]
    time_in_minutes: Required[int]


class TimeEntryChange(_MoreOfATimeEntry, total=False):
    """The members of a time entry that a change may name; None clears one."""

    workspace_id: Id
    date_performed: Day
    time_in_minutes: int


class TimeEntryCreated(NewTimeEntry, Creating, total=False):
    """What a create of a time entry takes."""


class TimeEntryChanged(TimeEntryChange, Writing, total=False):
    """What a change of a time entry takes."""


# Objects apart (decisions C3, C4) -------------------------------------------------------------------


class Validated(TypedDict):
    """What a create would make of one entry: the entry as it would be stored, or its errors. `status` is `valid` or
    `refused`; `possible_duplicate` names what says the same, by `ids` and by `indexes` of the request.
    """

    index: int
    status: str
    time_entry: dict[str, Any] | None
    errors: list[dict[str, Any]]
    possible_duplicate: dict[str, list[Any]] | None


class Booked(TypedDict):
    """What became of one entry of a batch: `status` is `created`, `duplicate` (it was there under this key) or
    `refused`; the id is null only then.
    """

    index: int
    status: str
    id: str | None
    errors: list[dict[str, Any]]
