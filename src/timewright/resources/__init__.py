"""The resources of the API, in reading order. This list is the table of contents."""

from timewright.presenting.registry import Registry
from timewright.resources import (
    account_locations,
    account_memberships,
    external_references,
    invoices,
    participations,
    rate_cards,
    roles,
    stories,
    time_entries,
    time_off_entries,
    timesheet_submissions,
    users,
    workspace_groups,
    workspace_resources,
    workspaces,
)

REGISTRY = Registry(
    [
        time_entries.RESOURCE,
        timesheet_submissions.RESOURCE,
        workspaces.RESOURCE,
        workspace_groups.RESOURCE,
        workspace_resources.RESOURCE,
        stories.RESOURCE,
        users.RESOURCE,
        account_memberships.RESOURCE,
        participations.RESOURCE,
        roles.RESOURCE,
        rate_cards.RATE_CARDS,
        rate_cards.RATE_CARD_ROLES,
        rate_cards.RATE_CARD_SETS,
        rate_cards.RATE_CARD_SET_VERSIONS,
        rate_cards.RATE_CARD_VERSIONS,
        invoices.RESOURCE,
        external_references.RESOURCE,
        account_locations.RESOURCE,
        time_off_entries.RESOURCE,
    ]
)
