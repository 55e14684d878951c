"""A workspace group gathers projects: those of one client company, or of whatever else they have in common."""

from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, sees_group
from timewright.database import by_letters
from timewright.presenting.declare import Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Text
from timewright.resources.custom_declarations import custom_field_filters, custom_field_values
from timewright.resources.shared_declarations import STAMPS, external_reference_filters, external_references, timestamps
from timewright.resources.words import TYPED, words_begin
from timewright.tables import workspace_group_workspaces, workspace_groups

_G = workspace_groups.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """All groups of the account for those who make projects in it; for others on the provider's team of a project
    the groups of that.
    """
    return sees_group(actor, _G.account_id, _G.id)


def _workspaces(_: Actor) -> sa.Select[Any]:
    of = workspace_group_workspaces.c
    return sa.select(of.account_id, of.workspace_group_id, of.workspace_id)


def _text(name: str, sentence: str) -> Field:
    return Field(name=name, kind=Text(), nullable=True, sentence=sentence)


RESOURCE = Resource(
    name="workspace_groups",
    singular="workspace_group",
    type="WorkspaceGroup",
    table=workspace_groups,
    sentence="Projects that belong together, often those of one client company.",
    visible_to=visible_to,
    fields=(
        Field(name="name", kind=Text(), sentence="The name."),
        Field(name="company", kind=Boolean(), sentence="Whether it stands for a client company."),
        _text("contact_name", "Who to talk to there."),
        _text("email", "The e-mail address to write to."),
        _text("phone_number", "The number to call."),
        _text("address", "The postal address."),
        _text("website", "The web address."),
        _text("notes", "What else is to be known."),
        *STAMPS,
    ),
    includes=(
        Include(
            name="workspaces",
            target="workspaces",
            member="workspace_ids",
            links=_workspaces,
            sentence="The projects in it that the caller sees.",
        ),
        custom_field_values("workspace_group"),
        external_references("WorkspaceGroup"),
    ),
    filters=(
        *timestamps(workspace_groups),
        *external_reference_filters(workspace_groups, "WorkspaceGroup"),
        *custom_field_filters(workspace_groups, "workspace_group"),
        Filter(
            name="companies_only",
            kind=Boolean(),
            sentence="Groups that stand for a client company; false for all.",
            where=lambda _, only: _G.company if only else None,
        ),
        Filter(
            name="matching",
            kind=TYPED,
            sentence="Groups with a word in their name that begins with it, in any case; for each word that is typed.",
            where=lambda _, typed: words_begin(_G.name, typed),
        ),
    ),
    orders=(
        Order(name="created_at", column=_G.created_at, sentence="By when it was made."),
        Order(name="name", column=by_letters(_G.name), sentence="By name."),
        Order(name="updated_at", column=_G.updated_at, sentence="By when it last changed."),
    ),
    default_order=("name", "asc"),
)
