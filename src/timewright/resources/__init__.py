"""The resources of the API, in reading order. This list is the table of contents."""

from timewright.presenting.declare import Registry
from timewright.resources import (
    account_locations,
    external_references,
    invoices,
    roles,
    stories,
    time_entries,
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
        roles.RESOURCE,
        invoices.RESOURCE,
        external_references.RESOURCE,
        account_locations.RESOURCE,
    ]
)
