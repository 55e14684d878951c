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
from typing import Any, NotRequired, TypedDict

Id = int | str
Ids = Id | Iterable[Id]
Words = str | Iterable[str]
Day = date | str
Instant = datetime | str
Days = str | tuple[Day | None, Day | None]
"""The first and the last day, both included; None or an empty side of `from:to` is open."""
Instants = str | tuple[Instant | None, Instant | None]
Numbers = str | tuple[int | None, int | None]
"""The lowest and the highest, written the same way with the mark that the filter takes."""


# Objects --------------------------------------------------------------------------------------------


class Ref(TypedDict):
    """Which object it is, of which section."""

    key: str
    id: str


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


class Expense(TypedDict):
    """Money that somebody spent in a project on a day."""

    id: str
    created_at: str
    updated_at: str
    date: str
    notes: str | None
    category: str
    amount_in_cents: int
    currency: str
    currency_symbol: str
    currency_base_unit: int
    is_invoiced: bool
    is_billable: bool
    taxable: bool
    reimbursable: bool
    user_can_edit: NotRequired[bool]
    user_id: str
    workspace_id: str
    story_id: str | None
    role_id: NotRequired[str | None]
    external_reference_ids: NotRequired[list[str]]
    user: NotRequired[User]
    workspace: NotRequired[Workspace | None]
    story: NotRequired[Story | None]
    role: NotRequired[Role | None]
    external_references: NotRequired[list[ExternalReference]]


class LineItemLock(TypedDict):
    """That the days before one are closed for writing."""

    id: str
    account_id: int
    locked_to: str
    creator_id: str
    creator: NotRequired[User | None]


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
    budget_used: NotRequired[str]
    budget_used_in_cents: NotRequired[int]
    budget_remaining: NotRequired[str]
    percent_of_budget_used: NotRequired[int]
    over_budget: NotRequired[bool]
    total_expenses_in_cents: NotRequired[int]
    expenses_in_burn_rate: NotRequired[bool]
    actual_fees_includes_expenses: NotRequired[bool]
    actual_fees_includes_additional_line_items: NotRequired[bool]
    stories_are_fixed_fee_by_default: NotRequired[bool]
    external_link: NotRequired[dict[str, Any]]
    revenue_recognition_method_id: NotRequired[str | None]
    revenue_recognition_method_name: NotRequired[str | None]
    client_lead_name: NotRequired[str | None]
    provider_lead_name: NotRequired[str | None]
    estimated_minutes: NotRequired[int | None]
    total_invoiced: NotRequired[str | None]
    incoming_email_address: NotRequired[str | None]
    stage: NotRequired[str]
    lock_date: NotRequired[str | None]
    minutes_logged: NotRequired[int]
    billable_minutes: NotRequired[int]
    non_billable_minutes: NotRequired[int]
    total_minutes_approved: NotRequired[int]
    creator_id: str
    primary_maven_id: str | None
    participation_ids: NotRequired[list[str]]
    current_user_participation_id: NotRequired[str | None]
    custom_field_value_ids: NotRequired[list[str]]
    external_reference_ids: NotRequired[list[str]]
    primary_workspace_group_id: NotRequired[str | None]
    workspace_group_ids: NotRequired[list[str]]
    workspace_resource_ids: NotRequired[list[str]]
    workspace_resources_with_unnamed_ids: NotRequired[list[str]]
    timesheet_submission_ids: NotRequired[list[str]]
    next_uncompleted_milestone_id: NotRequired[str | None]
    participant_ids: NotRequired[list[str]]
    primary_counterpart_id: NotRequired[str | None]
    financial_viewer_ids: NotRequired[list[str]]
    approver_id: NotRequired[str | None]
    approver_ids: NotRequired[list[str]]
    possible_approver_ids: NotRequired[list[str]]
    account_color_id: NotRequired[str | None]
    creator: NotRequired[User | None]
    primary_maven: NotRequired[User | None]
    participations: NotRequired[list[Participation]]
    current_user_participation: NotRequired[Participation | None]
    custom_field_values: NotRequired[list[CustomFieldValue]]
    external_references: NotRequired[list[ExternalReference]]
    primary_workspace_group: NotRequired[WorkspaceGroup | None]
    workspace_groups: NotRequired[list[WorkspaceGroup]]
    workspace_resources: NotRequired[list[WorkspaceResource]]
    workspace_resources_with_unnamed: NotRequired[list[WorkspaceResource]]
    timesheet_submissions: NotRequired[list[TimesheetSubmission]]
    next_uncompleted_milestone: NotRequired[Story | None]
    participants: NotRequired[list[User]]
    primary_counterpart: NotRequired[User | None]
    financial_viewers: NotRequired[list[User]]
    approver: NotRequired[User | None]
    approvers: NotRequired[list[User]]
    possible_approvers: NotRequired[list[User]]
    account_color: NotRequired[dict[str, Any] | None]


class WorkspaceGroup(TypedDict):
    """Projects that belong together, often those of one client company."""

    id: str
    name: str
    company: bool
    contact_name: str | None
    email: str | None
    phone_number: str | None
    address: str | None
    website: str | None
    notes: str | None
    created_at: str
    updated_at: str
    workspace_ids: NotRequired[list[str]]
    custom_field_value_ids: NotRequired[list[str]]
    external_reference_ids: NotRequired[list[str]]
    workspaces: NotRequired[list[Workspace]]
    custom_field_values: NotRequired[list[CustomFieldValue]]
    external_references: NotRequired[list[ExternalReference]]


class WorkspaceResource(TypedDict):
    """A place in the team of a project: somebody in a role, or a role that nobody fills yet."""

    id: str
    label: str | None
    display_label: str | None
    full_name: str | None
    role_name: str | None
    role_initials: str | None
    photo_path: str | None
    workspace_title: str | None
    created_at: str
    updated_at: str
    participation_id: str | None
    resource_bill_rate: NotRequired[int | None]
    resource_cost_rate: NotRequired[int | None]
    workspace_id: str
    user_id: str | None
    role_id: str | None
    custom_field_value_ids: NotRequired[list[str]]
    external_reference_ids: NotRequired[list[str]]
    workspace: NotRequired[Workspace | None]
    user: NotRequired[User | None]
    role: NotRequired[Role | None]
    participation: NotRequired[Participation | None]
    custom_field_values: NotRequired[list[CustomFieldValue]]
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
    sub_stories_time_estimate_in_minutes: NotRequired[int | None]
    sub_stories_billable_time_in_minutes: NotRequired[int | None]
    weight: NotRequired[int | None]
    budget_estimate_in_cents: NotRequired[int | None]
    budget_used_in_cents: NotRequired[int | None]
    uninvoiced_balance_in_cents: NotRequired[int | None]
    invoiced_balance_in_cents: NotRequired[int | None]
    sub_stories_budget_estimate_in_cents: NotRequired[int | None]
    sub_stories_budget_used_in_cents: NotRequired[int | None]
    custom_task_status_id: NotRequired[bool | None]
    read_only: NotRequired[bool]
    can_edit: NotRequired[bool]
    can_post: NotRequired[bool]
    archived_editable: NotRequired[bool]
    is_time_trackable_type: NotRequired[bool]
    has_out_of_bounds_sads: NotRequired[bool]
    can_align_time: NotRequired[bool]
    formatted_description: NotRequired[str | None]
    parsed_description: NotRequired[str | None]
    render_description_markdown: NotRequired[bool]
    workspace_id: str
    creator_id: str
    parent_id: str | None
    root_id: str | None
    sub_story_ids: NotRequired[list[str]]
    descendant_ids: NotRequired[list[str]]
    assignee_ids: NotRequired[list[str]]
    current_assignment_ids: NotRequired[list[str]]
    assigned_role_id: NotRequired[str | None]
    follower_ids: NotRequired[list[str]]
    tag_ids: NotRequired[list[str]]
    story_task_ids: NotRequired[list[str]]
    source_dependency_ids: NotRequired[list[str]]
    target_dependency_ids: NotRequired[list[str]]
    attachment_ids: NotRequired[list[str]]
    google_document_ids: NotRequired[list[str]]
    reply_ids: NotRequired[list[str]]
    story_state_change_ids: NotRequired[list[str]]
    workspace_resource_ids: NotRequired[list[str]]
    workspace_resources_with_unnamed_ids: NotRequired[list[str]]
    potential_workspace_resource_ids: NotRequired[list[str]]
    potential_workspace_resources_with_unnamed_ids: NotRequired[list[str]]
    custom_field_value_ids: NotRequired[list[str]]
    external_reference_ids: NotRequired[list[str]]
    workspace: NotRequired[Workspace | None]
    creator: NotRequired[User | None]
    parent: NotRequired[Story | None]
    root: NotRequired[Story | None]
    sub_stories: NotRequired[list[Story]]
    ancestors: NotRequired[list[Story]]
    descendants: NotRequired[list[Story]]
    assignees: NotRequired[list[User]]
    current_assignments: NotRequired[list[Assignment]]
    assigned_role: NotRequired[Role | None]
    followers: NotRequired[list[User]]
    tags: NotRequired[list[Tag]]
    story_tasks: NotRequired[list[StoryTask]]
    source_dependencies: NotRequired[list[StoryDependency]]
    target_dependencies: NotRequired[list[StoryDependency]]
    attachments: NotRequired[list[dict[str, Any]]]
    google_documents: NotRequired[list[dict[str, Any]]]
    replies: NotRequired[list[dict[str, Any]]]
    story_state_changes: NotRequired[list[dict[str, Any]]]
    workspace_resources: NotRequired[list[WorkspaceResource]]
    workspace_resources_with_unnamed: NotRequired[list[WorkspaceResource]]
    potential_workspace_resources: NotRequired[list[WorkspaceResource]]
    potential_workspace_resources_with_unnamed: NotRequired[list[WorkspaceResource]]
    custom_field_values: NotRequired[list[CustomFieldValue]]
    external_references: NotRequired[list[ExternalReference]]


class Assignment(TypedDict):
    """That somebody is to work on a task."""

    id: str
    current: bool
    estimated_minutes: int | None
    allocated_minutes: int
    resource_id: int
    created_at: str
    updated_at: str
    assignee_id: str | None
    story_id: str
    external_reference_ids: NotRequired[list[str]]
    assignee: NotRequired[User | None]
    story: NotRequired[Story | None]
    external_references: NotRequired[list[ExternalReference]]


class StoryTask(TypedDict):
    """A line of a task's checklist."""

    id: str
    text: str
    position: int
    completed: bool
    story_id: str
    created_at: str
    updated_at: str


class StoryDependency(TypedDict):
    """In which order two tasks are worked on."""

    id: str
    type: str
    source_id: str
    target_id: str
    created_at: str
    updated_at: str


class Tag(TypedDict):
    """A word that marks tasks."""

    id: str
    name: str


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
    account_membership_id: NotRequired[str | None]
    role_id: NotRequired[str | None]
    manager_id: NotRequired[str | None]
    custom_field_value_ids: NotRequired[list[str]]
    external_reference_ids: NotRequired[list[str]]
    account_membership: NotRequired[AccountMembership | None]
    role: NotRequired[Role | None]
    manager: NotRequired[User | None]
    custom_field_values: NotRequired[list[CustomFieldValue]]
    external_references: NotRequired[list[ExternalReference]]


class AccountMembership(TypedDict):
    """Somebody's place in the account."""

    id: str
    permission: str
    is_administrator: bool
    is_owner: bool
    is_project_lead: bool
    is_punch_clock_user: bool
    is_backup_approver: bool
    can_create_workspace: bool
    can_view_reports: bool
    default_read_only: bool
    manager_can_approve: bool
    manager_can_edit_skills: bool
    should_show_alert_on_timesheet_submission: bool
    collaborator_only_license: NotRequired[bool]
    bill_rate_in_cents: NotRequired[int | None]
    billability_target: NotRequired[int | None]
    cost_rate_in_cents: NotRequired[int | None]
    disabled_at: str | None
    created_at: str
    updated_at: str
    can_log_in: NotRequired[bool]
    non_participant: NotRequired[bool]
    require_time_entry_location: bool
    enforce_workweek_minimum_on_timesheet_submission: bool
    enforce_workweek_maximum_on_timesheet_submission: bool
    resource_request_approver: bool
    user_id: str
    default_role_id: str | None
    manager_id: NotRequired[str | None]
    managee_ids: NotRequired[list[str]]
    possible_manager_ids: NotRequired[list[str]]
    possible_managee_ids: NotRequired[list[str]]
    user: NotRequired[User | None]
    default_role: NotRequired[Role | None]
    manager: NotRequired[User | None]
    managees: NotRequired[list[User]]
    possible_managers: NotRequired[list[User]]
    possible_managees: NotRequired[list[User]]


class Participation(TypedDict):
    """Somebody's place in a project."""

    id: str
    role: str
    is_team_lead: bool
    can_invite: bool
    show_as_read_only: bool
    can_edit: NotRequired[bool]
    can_post: NotRequired[bool]
    can_edit_time: NotRequired[bool]
    can_edit_expense: NotRequired[bool]
    rate_in_cents: NotRequired[int | None]
    default_rate_in_cents: NotRequired[int | None]
    cost_in_cents: NotRequired[int | None]
    allocated_workspace_minutes: NotRequired[int]
    estimated_workspace_minutes: NotRequired[int]
    created_at: str
    updated_at: str
    access_level: NotRequired[str]
    is_foreign_participant: NotRequired[bool]
    can_schedule_their_hours: NotRequired[bool]
    can_schedule_team_hours: NotRequired[bool]
    permissions_label: NotRequired[str]
    user_id: str
    workspace_id: str
    workspace_role_id: NotRequired[str | None]
    primary_role_id: NotRequired[str | None]
    active_role_ids: NotRequired[list[str]]
    workspace_resource_ids: NotRequired[list[str]]
    external_reference_ids: NotRequired[list[str]]
    user: NotRequired[User | None]
    workspace: NotRequired[Workspace | None]
    workspace_role: NotRequired[Role | None]
    primary_role: NotRequired[Role | None]
    active_roles: NotRequired[list[Role]]
    workspace_resources: NotRequired[list[WorkspaceResource]]
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


class RateCard(TypedDict):
    """What an hour costs in a currency, by role and by date."""

    id: str
    currency: str
    uses: int
    rate_card_set_id: str
    rate_card_version_ids: NotRequired[list[str]]
    effective_rate_card_version_id: NotRequired[str | None]
    external_reference_ids: NotRequired[list[str]]
    rate_card_set: NotRequired[RateCardSet | None]
    rate_card_versions: NotRequired[list[RateCardVersion]]
    effective_rate_card_version: NotRequired[RateCardVersion | None]
    external_references: NotRequired[list[ExternalReference]]


class RateCardRole(TypedDict):
    """What an hour of one role costs on a card, from a day on."""

    id: str
    rate: int
    rate_card_version_id: str
    role_id: str
    rate_card_version: NotRequired[RateCardVersion | None]
    role: NotRequired[Role | None]


class RateCardSet(TypedDict):
    """Rate cards that change together, one for each currency."""

    id: str
    title: str


class RateCardSetVersion(TypedDict):
    """From which day on the cards of a set say something else."""

    id: str
    active: bool
    effective_date: str
    rate_card_set_id: str


class RateCardVersion(TypedDict):
    """What a card says from a day on."""

    id: str
    default_rate: int
    rate_card_id: str
    rate_card_set_version_id: str


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
    time_entry_ids: NotRequired[list[str]]
    workspace_ids: NotRequired[list[str]]
    expense_ids: NotRequired[list[str]]
    additional_item_ids: NotRequired[list[str]]
    fixed_fee_item_ids: NotRequired[list[str]]
    billing_milestone_ids: NotRequired[list[str]]
    recipient: NotRequired[User | None]
    user: NotRequired[User | None]
    external_references: NotRequired[list[ExternalReference]]
    time_entries: NotRequired[list[TimeEntry]]
    workspaces: NotRequired[list[Workspace]]
    expenses: NotRequired[list[Expense]]
    additional_items: NotRequired[list[dict[str, Any]]]
    fixed_fee_items: NotRequired[list[dict[str, Any]]]
    billing_milestones: NotRequired[list[dict[str, Any]]]


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
    subject_ref: NotRequired[Ref | None]
    subject: NotRequired[dict[str, Any] | None]


class CustomField(TypedDict):
    """Something that an account wants to know of its projects, tasks, people or time entries."""

    id: str
    name: str
    value_type: str
    default_text: str | None
    unique_constraint: bool
    write_access: str | None
    read_access: str | None
    created_at: str
    updated_at: str
    values_count: int | None
    has_values: bool | None
    hidden_in_user_interface: bool
    currency: str | None
    available_on_estimates: bool
    available_to_resources: bool
    creator_id: str
    custom_field_set_id: str | None
    choice_ids: NotRequired[list[str]]
    external_reference_ids: NotRequired[list[str]]
    choices: NotRequired[list[CustomFieldChoice]]
    creator: NotRequired[User | None]
    custom_field_set: NotRequired[CustomFieldSet | None]
    external_references: NotRequired[list[ExternalReference]]


class CustomFieldSet(TypedDict):
    """Custom fields that belong together."""

    id: str
    name: str
    subject_type: str
    created_at: str
    updated_at: str


class CustomFieldChoice(TypedDict):
    """One of the values among which those of a custom field are chosen."""

    id: str
    label: str
    position: int
    custom_field_id: str
    created_at: str
    updated_at: str


class CustomFieldValue(TypedDict):
    """What a custom field says of one object."""

    id: str
    subject_type: str
    subject_id: int
    value: Any
    display_value: str
    type: str
    account_id: int
    custom_field_name: str
    can_edit: bool
    created_at: str
    updated_at: str
    custom_field_id: str
    setter_id: str
    selected_choice_ids: NotRequired[list[str]]
    subject_ref: NotRequired[Ref | None]
    external_reference_ids: NotRequired[list[str]]
    custom_field: NotRequired[CustomField | None]
    setter: NotRequired[User | None]
    selected_choices: NotRequired[list[CustomFieldChoice]]
    subject: NotRequired[dict[str, Any] | None]
    external_references: NotRequired[list[ExternalReference]]


class AccountLocation(TypedDict):
    """A place where work may be done."""

    id: str
    name: str
    archived: bool
    in_use: bool


class TimeOffEntry(TypedDict):
    """How long somebody is away on a day."""

    id: str
    hours: float
    requested_date: str
    submission_date: str
    user_id: str
    role_id: NotRequired[str | None]
    external_reference_ids: NotRequired[list[str]]
    user: NotRequired[User | None]
    role: NotRequired[Role | None]
    external_references: NotRequired[list[ExternalReference]]


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
    "expenses": {
        "user": ("user_id", "users"),
        "workspace": ("workspace_id", "workspaces"),
        "story": ("story_id", "stories"),
        "role": ("role_id", "roles"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "line_item_locks": {
        "creator": ("creator_id", "users"),
    },
    "workspaces": {
        "creator": ("creator_id", "users"),
        "primary_maven": ("primary_maven_id", "users"),
        "participations": ("participation_ids", "participations"),
        "current_user_participation": ("current_user_participation_id", "participations"),
        "custom_field_values": ("custom_field_value_ids", "custom_field_values"),
        "external_references": ("external_reference_ids", "external_references"),
        "primary_workspace_group": ("primary_workspace_group_id", "workspace_groups"),
        "workspace_groups": ("workspace_group_ids", "workspace_groups"),
        "workspace_resources": ("workspace_resource_ids", "workspace_resources"),
        "workspace_resources_with_unnamed": ("workspace_resources_with_unnamed_ids", "workspace_resources"),
        "timesheet_submissions": ("timesheet_submission_ids", "timesheet_submissions"),
        "next_uncompleted_milestone": ("next_uncompleted_milestone_id", "stories"),
        "participants": ("participant_ids", "users"),
        "primary_counterpart": ("primary_counterpart_id", "users"),
        "financial_viewers": ("financial_viewer_ids", "users"),
        "approver": ("approver_id", "users"),
        "approvers": ("approver_ids", "users"),
        "possible_approvers": ("possible_approver_ids", "users"),
        "account_color": ("account_color_id", "account_colors"),
    },
    "workspace_groups": {
        "workspaces": ("workspace_ids", "workspaces"),
        "custom_field_values": ("custom_field_value_ids", "custom_field_values"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "workspace_resources": {
        "workspace": ("workspace_id", "workspaces"),
        "user": ("user_id", "users"),
        "role": ("role_id", "roles"),
        "participation": ("participation_id", "participations"),
        "custom_field_values": ("custom_field_value_ids", "custom_field_values"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "stories": {
        "workspace": ("workspace_id", "workspaces"),
        "creator": ("creator_id", "users"),
        "parent": ("parent_id", "stories"),
        "root": ("root_id", "stories"),
        "sub_stories": ("sub_story_ids", "stories"),
        "ancestors": ("ancestor_ids", "stories"),
        "descendants": ("descendant_ids", "stories"),
        "assignees": ("assignee_ids", "users"),
        "current_assignments": ("current_assignment_ids", "assignments"),
        "assigned_role": ("assigned_role_id", "roles"),
        "followers": ("follower_ids", "users"),
        "tags": ("tag_ids", "tags"),
        "story_tasks": ("story_task_ids", "story_tasks"),
        "source_dependencies": ("source_dependency_ids", "story_dependencies"),
        "target_dependencies": ("target_dependency_ids", "story_dependencies"),
        "attachments": ("attachment_ids", "attachments"),
        "google_documents": ("google_document_ids", "google_documents"),
        "replies": ("reply_ids", "posts"),
        "story_state_changes": ("story_state_change_ids", "story_state_changes"),
        "workspace_resources": ("workspace_resource_ids", "workspace_resources"),
        "workspace_resources_with_unnamed": ("workspace_resources_with_unnamed_ids", "workspace_resources"),
        "potential_workspace_resources": ("potential_workspace_resource_ids", "workspace_resources"),
        "potential_workspace_resources_with_unnamed": (
            "potential_workspace_resources_with_unnamed_ids",
            "workspace_resources",
        ),
        "custom_field_values": ("custom_field_value_ids", "custom_field_values"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "assignments": {
        "assignee": ("assignee_id", "users"),
        "story": ("story_id", "stories"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "users": {
        "account_membership": ("account_membership_id", "account_memberships"),
        "role": ("role_id", "roles"),
        "manager": ("manager_id", "users"),
        "custom_field_values": ("custom_field_value_ids", "custom_field_values"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "account_memberships": {
        "user": ("user_id", "users"),
        "default_role": ("default_role_id", "roles"),
        "manager": ("manager_id", "users"),
        "managees": ("managee_ids", "users"),
        "possible_managers": ("possible_manager_ids", "users"),
        "possible_managees": ("possible_managee_ids", "users"),
    },
    "participations": {
        "user": ("user_id", "users"),
        "workspace": ("workspace_id", "workspaces"),
        "workspace_role": ("workspace_role_id", "roles"),
        "primary_role": ("primary_role_id", "roles"),
        "active_roles": ("active_role_ids", "roles"),
        "workspace_resources": ("workspace_resource_ids", "workspace_resources"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "roles": {
        "external_references": ("external_reference_ids", "external_references"),
    },
    "rate_cards": {
        "rate_card_set": ("rate_card_set_id", "rate_card_sets"),
        "rate_card_versions": ("rate_card_version_ids", "rate_card_versions"),
        "effective_rate_card_version": ("effective_rate_card_version_id", "rate_card_versions"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "rate_card_roles": {
        "rate_card_version": ("rate_card_version_id", "rate_card_versions"),
        "role": ("role_id", "roles"),
    },
    "invoices": {
        "recipient": ("recipient_id", "users"),
        "user": ("user_id", "users"),
        "external_references": ("external_reference_ids", "external_references"),
        "time_entries": ("time_entry_ids", "time_entries"),
        "workspaces": ("workspace_ids", "workspaces"),
        "expenses": ("expense_ids", "expenses"),
        "additional_items": ("additional_item_ids", "additional_items"),
        "fixed_fee_items": ("fixed_fee_item_ids", "fixed_fee_items"),
        "billing_milestones": ("billing_milestone_ids", "billing_milestones"),
    },
    "external_references": {
        "subject": ("subject_ref", ""),
    },
    "custom_fields": {
        "choices": ("choice_ids", "custom_field_choices"),
        "creator": ("creator_id", "users"),
        "custom_field_set": ("custom_field_set_id", "custom_field_sets"),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "custom_field_values": {
        "custom_field": ("custom_field_id", "custom_fields"),
        "setter": ("setter_id", "users"),
        "selected_choices": ("selected_choice_ids", "custom_field_choices"),
        "subject": ("subject_ref", ""),
        "external_references": ("external_reference_ids", "external_references"),
    },
    "account_locations": {},
    "time_off_entries": {
        "user": ("user_id", "users"),
        "role": ("role_id", "roles"),
        "external_references": ("external_reference_ids", "external_references"),
    },
}
"""What an include is called on its object: the member that holds the id or the ids, and the section they lead to: none
where the member says it.
"""


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


class ByTime(TypedDict, total=False):
    """When things were made and changed."""

    created_after: Instant
    created_before: Instant
    updated_after: Instant
    updated_before: Instant


class ByReference(TypedDict, total=False):
    """What things are called in other systems."""

    external_reference_service_name: str
    external_reference_service_model: str
    external_reference_service_model_ref: str
    external_reference_service_model_refs: Words
    external_reference_status: str
    external_reference_external_status: str
    external_reference_external_message: str
    has_external_references: bool
    without_external_reference_service_name: str


class ByCustomField(TypedDict, total=False):
    """What the fields say that an account made for itself."""

    has_value_for_custom_field_ids: Ids
    by_custom_choice_value: str
    by_custom_text_value: str
    by_custom_number_value: str
    by_custom_date_value: str
    by_custom_currency_value: str


class TimeEntriesAsked(Asked, ByTime, ByReference, total=False):
    """What time entries may be asked for."""

    workspace_id: Id
    workspace_ids: Ids
    story_id: Id
    with_user_ids: Ids
    created_by: Id
    date_performed_between: Days
    billable: bool
    approved: bool
    in_active_submission: bool
    with_timesheet_id: Id
    with_recent_timesheet_ids: Ids
    in_active_invoice_id: Id
    invoiced: bool
    uninvoiced: bool
    from_archived_workspaces: bool
    on_my_account: bool


class ExpensesAsked(Asked, ByTime, ByReference, total=False):
    """What expenses may be asked for."""

    approved: bool
    created_by: Id
    date_expensed_between: Days
    from_archived_workspaces: bool
    on_my_account: bool
    in_active_invoice_id: Id
    invoiced: bool
    uninvoiced: bool
    submitted: bool
    unsubmitted: bool
    mine: bool
    reimbursable: bool
    with_expense_approvals: bool
    with_expense_report_id: Id
    with_recent_expense_report_ids: Ids
    workspace_id: Id


class LineItemLocksAsked(Asked, total=False):
    """What locked days may be asked for."""


_Excepting = TypedDict("_Excepting", {"except": Ids}, total=False)
"""A word of the language, which no class can hold."""


class WorkspacesAsked(Asked, ByTime, ByReference, ByCustomField, _Excepting, total=False):
    """What projects may be asked for."""

    selected_choices: str
    custom_date_range: str
    custom_integer_ranges: str
    include_archived: bool
    archived: str
    on_my_account: bool
    budgeted: bool
    can_create_line_items: bool
    matching: str
    creator: Ids
    provider_lead: Ids
    workspace_groups: Ids
    has_participant: Id
    has_maven_participant: Id
    user_not_participating: Id
    for_approver: Id
    has_participation: bool
    has_approvers: bool
    current_user_is_maven_participant: bool
    financials_viewable_by_user: bool
    viewable_for_time_administration: bool
    require_time_approvals: bool
    requiring_expense_approval: bool
    stage: str
    pending_timesheet_submissions: Days
    start_date_after: Day
    start_date_before: Day
    due_date_after: Day
    due_date_before: Day
    created_at: Instants
    only_joinable: bool
    only_participating_or_joinable: bool
    only_project_manager_in: bool
    participant_or_org_member_in: bool
    on_account_by_orgs: bool
    with_organizations: bool
    account_color_ids: Ids
    milestone_weight_percentage_complete: Numbers


class WorkspaceGroupsAsked(Asked, ByTime, ByReference, ByCustomField, total=False):
    """What groups of projects may be asked for."""

    companies_only: bool
    matching: str


class WorkspaceResourcesAsked(Asked, ByTime, ByReference, ByCustomField, total=False):
    """What places in teams may be asked for."""

    workspace_id: Id
    user_id: Id
    role_id: Id
    include_unnamed: bool
    only_unnamed: bool
    matching: str
    providers: bool
    providers_with_unnamed: bool
    potential_workspace_resources_for_story: Id
    potential_workspace_resource_for_story_with_unnamed_resources: Id
    potential_workspace_resources_for_reassignment: Id
    with_organizations: bool


class StoriesAsked(Asked, ByTime, ByReference, ByCustomField, total=False):
    """What tasks may be asked for."""

    workspace_id: Id
    with_projects: Ids
    story_type: Words
    story_types: Words
    show_archived: bool
    only_archived: bool
    archived: str
    show_deleted: bool
    only_deleted: bool
    show_from_archived_workspaces: bool
    show_todos: bool
    only_todos: bool
    parents_only: bool
    with_parent_id: Id
    with_root_id: Id
    with_ancestry_depth: Id
    by_subtask_count: Id
    time_trackable_on_workspace_id: Id
    with_assignees: Words
    assigned_to_current_user: bool
    not_assigned_to_user: Id
    not_assigned_to_resource: Id
    with_followers: Ids
    creators: Ids
    priority: Words
    by_status: Words
    by_tag_name: Words
    by_any_tag: Words
    by_workspace_group: Ids
    exclude_workspace_title_from_search: bool
    completed: bool
    uncompleted: bool
    without_past_completed: bool
    all_on_account: bool
    active_between: Days
    due_between: Days
    starting_between: Days
    completed_between: Days
    due_on: Day
    due_after: Day
    due_before: Day
    with_start_or_due_date: str
    by_custom_date_field: str


class AssignmentsAsked(Asked, ByTime, ByReference, total=False):
    """What assignments may be asked for."""

    assignee_id: Id
    story_id: Id
    workspace_id: Id
    resource_id: Id
    current: bool
    uncurrent: bool
    in_unarchived_stories: bool
    in_unarchived_workspaces: bool
    include_unnamed: bool
    plannable: bool


class UsersAsked(Asked, ByTime, ByReference, ByCustomField, total=False):
    """What people may be asked for."""

    matching: str
    by_full_name: str
    by_full_name_or_account_role: str
    by_email_address: str
    by_email_addresses: Words
    with_users: Ids
    without_users: Ids
    show_disabled: bool
    on_my_account: bool
    account_id: Id
    all_contacts: bool
    contacts_on_different_account: bool
    account_role_ids: Ids
    can_view_reports: bool
    is_project_lead: bool
    managers: bool
    only_possible_managers: bool
    only_possible_managees: bool
    participant_in: Id
    consultants_only: bool
    clients_only: bool
    not_participant_in: Id
    write_access_in: Id
    can_be_approver_in_workspace: Id
    on_my_account_or_participant_in_workspace: Id
    provider_leads_on_account_projects: bool
    with_created_estimates: bool
    not_assigned_to: Id
    not_following: Id
    potential_followers_for_story: Id
    without_timesheet_submission: str
    with_skills: str
    without_skills: str
    belonging_to_orgs: str
    not_on_calendars: str
    with_organizations: bool
    show_users_in_insights_groups: bool


class AccountMembershipsAsked(Asked, ByTime, total=False):
    """What memberships of the account may be asked for."""

    only_active: bool
    only_inactive: bool
    by_user_id: Id
    with_user_ids: Ids
    by_full_name: str
    can_log_in: bool


class ParticipationsAsked(Asked, ByTime, ByReference, total=False):
    """What members of projects may be asked for."""

    workspace_id: Id
    by_user: Id
    by_user_full_name: str
    mavens_only: bool
    not_assigned_to_story: Id
    not_following_story: Id


class RolesAsked(Asked, ByTime, ByReference, total=False):
    """What roles may be asked for."""

    only_active: bool
    matching: str
    for_workspace: Id
    for_workspace_rate_card: Id
    for_rate_card: Id


class RateCardsAsked(Asked, ByTime, ByReference, total=False):
    """What rate cards may be asked for."""

    active: bool
    currencies: Words
    rate_card_set_id: Id
    matching: str
    matching_title_or_currency: str


class RateCardRolesAsked(Asked, ByTime, total=False):
    """What rates of roles may be asked for."""

    rate_card_version_id: Id
    with_role_ids: Ids


class InvoicesAsked(Asked, ByTime, ByReference, total=False):
    """What invoices may be asked for."""

    workspace_id: Ids
    paid: bool
    pending: bool
    without_drafts: bool
    user_invoice_number: Words
    within_dates: Days


class ExternalReferencesAsked(Asked, ByTime, total=False):
    """What references to other systems may be asked for."""

    subject_type: str
    subject_id: Id
    service_name: str
    service_model: str
    service_model_ref: str
    status: str
    external_status: str
    external_message: str
    last_synced_after: Instant
    last_synced_before: Instant


class CustomFieldsAsked(Asked, ByTime, ByReference, total=False):
    """What custom fields may be asked for."""

    matching: str
    subject_type: str


class CustomFieldValuesAsked(Asked, ByTime, ByReference, total=False):
    """What custom field values may be asked for."""

    subject_type: str
    with_custom_field_id: Ids
    with_setter_id: Ids
    with_subject_id: Ids


class AccountLocationsAsked(Asked, total=False):
    """What places of work may be asked for."""

    archived: str
    workspace_id: Id


class TimeOffEntriesAsked(Asked, ByTime, ByReference, total=False):
    """What time off may be asked for."""

    start_date: Day
    end_date: Day
    user_id: Id
    user_ids: Ids
    workspace_id: Id


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
