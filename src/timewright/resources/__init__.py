"""The resources of the API, in reading order. This list is the table of contents."""

from timewright.presenting.registry import Registry
from timewright.resources import (
    account_locations,
    account_memberships,
    external_references,
    invoices,
    participations,
    roles,
    stories,
    time_entries,
    time_off_entries,
    timesheet_submissions,
    users,
    workspaces,
)

REGISTRY = Registry(
    [
        time_entries.RESOURCE,
        timesheet_submissions.RESOURCE,
        workspaces.RESOURCE,
        stories.RESOURCE,
        users.RESOURCE,
        account_memberships.RESOURCE,
        participations.RESOURCE,
        roles.RESOURCE,
        invoices.RESOURCE,
        external_references.RESOURCE,
        account_locations.RESOURCE,
        time_off_entries.RESOURCE,
    ]
)
