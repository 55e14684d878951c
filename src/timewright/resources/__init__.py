"""The resources of the API, in reading order. This list is the table of contents."""

from timewright.presenting.registry import Registry
from timewright.resources import (
    account_locations,
    assignments,
    custom_field_choices,
    custom_field_sets,
    custom_field_values,
    custom_fields,
    expenses,
    external_references,
    invoices,
    line_item_locks,
    roles,
    stories,
    story_dependencies,
    story_tasks,
    tags,
    time_entries,
    timesheet_submissions,
    users,
    workspaces,
)

REGISTRY = Registry(
    [
        time_entries.RESOURCE,
        timesheet_submissions.RESOURCE,
        expenses.RESOURCE,
        line_item_locks.RESOURCE,
        workspaces.RESOURCE,
        stories.RESOURCE,
        assignments.RESOURCE,
        story_tasks.RESOURCE,
        story_dependencies.RESOURCE,
        tags.RESOURCE,
        users.RESOURCE,
        roles.RESOURCE,
        invoices.RESOURCE,
        external_references.RESOURCE,
        custom_fields.RESOURCE,
        custom_field_sets.RESOURCE,
        custom_field_choices.RESOURCE,
        custom_field_values.RESOURCE,
        account_locations.RESOURCE,
    ]
)
