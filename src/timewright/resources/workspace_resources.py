"""A workspace resource is a place in a project's team: somebody in some role, or a role that nobody fills yet.

A person may have several in one project, each with a role and so with a rate of its own (contract:
workspace_resources.meaning). Long because its published page is.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, provides_with_money, sees_workspace
from timewright.database import Row, by_letters
from timewright.presenting.declare import Condition, Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import Boolean, Id, Integer, Text
from timewright.resources.custom_declarations import custom_field_filters, custom_field_values
from timewright.resources.shared_declarations import STAMPS, external_reference_filters, external_references, timestamps
from timewright.resources.words import TYPED, words_begin
from timewright.resources.workspace_resource_rates import bill_rates, cost_rates
from timewright.tables import (
    assignments,
    participations,
    roles,
    stories,
    users,
    workspace_resources,
    workspaces,
)

_R = workspace_resources.c
_SIBLINGS = workspace_resources.alias("siblings")
_NAMED = _R.user_id.is_not(None)
_IS_PROVIDER = sa.exists().where(
    participations.c.account_id == _R.account_id,
    participations.c.workspace_id == _R.workspace_id,
    participations.c.user_id == _R.user_id,
    participations.c.role == "maven",
)


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The places in the teams of projects that the actor sees."""
    return sees_workspace(actor, _R.account_id, _R.workspace_id)


_SEES_RATES = Condition(
    name="sees_rates",
    sentence="the caller is on the provider's team with financial access or administers the account",
    holds=lambda actor: provides_with_money(actor, _R.account_id, _R.workspace_id),
)


def _of_user(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.select(column).where(users.c.id == _R.user_id).scalar_subquery()


_FULL_NAME, _PHOTO_PATH = _of_user(users.c.full_name), _of_user(users.c.photo_path)
_ROLE_NAME = (
    sa.select(roles.c.name).where(roles.c.account_id == _R.account_id, roles.c.id == _R.role_id).scalar_subquery()
)
_WORKSPACE_TITLE = (
    sa.select(workspaces.c.title)
    .where(workspaces.c.account_id == _R.account_id, workspaces.c.id == _R.workspace_id)
    .scalar_subquery()
)
_PARTICIPATION_ID = (
    sa.select(participations.c.id)
    .where(
        participations.c.account_id == _R.account_id,
        participations.c.workspace_id == _R.workspace_id,
        participations.c.user_id == _R.user_id,
    )
    .scalar_subquery()
)


def _participation(_: Actor) -> sa.Select[Any]:
    same = sa.and_(
        participations.c.account_id == _R.account_id,
        participations.c.workspace_id == _R.workspace_id,
        participations.c.user_id == _R.user_id,
    )
    return sa.select(_R.account_id, _R.id, participations.c.id.label("participation_id")).where(same)


def _display_label(row: Row) -> str | None:
    if row["label"]:
        return str(row["label"])
    name, role = row["full_name"], row["role_name"]
    return f"{name} ({role})" if name and role else name or role


def _role_initials(row: Row) -> str | None:
    words = (row["role_name"] or "").split()
    return "".join(word[0].upper() for word in words) or None


def _read(name: str, sentence: str, expression: sa.ColumnElement[Any]) -> Field:
    return Field(name=name, kind=Text(), nullable=True, sentence=sentence, expression=lambda _: expression)


def _of(name: str, sentence: str, column: sa.ColumnElement[int]) -> Filter:
    return Filter(name=name, kind=Integer(), sentence=sentence, where=lambda _, id_: column == id_)


_NAMED_ONLY = "named"
"""What include_unnamed means when it is not sent: only places that somebody has, as the word says."""


def _include_unnamed(_: Actor, included: bool | str) -> sa.ColumnElement[bool] | None:
    return None if included is True else _NAMED


def _only(condition: sa.ColumnElement[bool]) -> Callable[[Actor, bool], sa.ColumnElement[bool] | None]:
    return lambda _, only: condition if only else None


def _free_for_story(*, unnamed: bool) -> Callable[[Actor, int], sa.ColumnElement[bool]]:
    """Who could be assigned to a story of a project that the caller sees: all in its team who are not."""

    def where(_: Actor, story_id: int) -> sa.ColumnElement[bool]:
        of_project = sa.exists().where(
            stories.c.account_id == _R.account_id,
            stories.c.workspace_id == _R.workspace_id,
            stories.c.id == story_id,
        )
        is_assigned = sa.exists().where(
            assignments.c.account_id == _R.account_id,
            assignments.c.story_id == story_id,
            assignments.c.assignee_id == _R.user_id,
            assignments.c.current,
        )
        return sa.and_(of_project, sa.not_(is_assigned), *([] if unnamed else [_NAMED]))

    return where


def _beside(_: Actor, resource_id: int) -> sa.ColumnElement[bool]:
    of = _SIBLINGS.c
    return sa.and_(
        _R.id != resource_id,
        sa.exists().where(of.account_id == _R.account_id, of.workspace_id == _R.workspace_id, of.id == resource_id),
    )


def _matching(_: Actor, typed: str) -> sa.ColumnElement[bool] | None:
    of_role = sa.func.coalesce(_ROLE_NAME, "")
    return words_begin(sa.func.coalesce(_FULL_NAME, "") + " " + of_role, typed)


def _by_name(name: str) -> Order:
    names = sa.func.coalesce(_FULL_NAME, _ROLE_NAME, "")
    return Order(name=name, expression=lambda _: by_letters(names), sentence="By the person's name, or the role's.")


def _rate(name: str, sentence: str, batched: Any) -> Field:
    return Field(
        name=name,
        kind=Integer(),
        optional=True,
        nullable=True,
        sentence=sentence,
        batched=batched,
        visible_if=_SEES_RATES,
    )


RESOURCE = Resource(
    name="workspace_resources",
    singular="workspace_resource",
    type="WorkspaceResource",
    table=workspace_resources,
    sentence="A place in the team of a project: somebody in a role, or a role that nobody fills yet.",
    visible_to=visible_to,
    fields=(
        Field(name="label", kind=Text(), nullable=True, sentence="What it is called."),
        Field(
            name="display_label",
            kind=Text(),
            nullable=True,
            sentence="The label, or else the person's name and role.",
            value=_display_label,
        ),
        _read("full_name", "The person's full name.", _FULL_NAME),
        _read("role_name", "The role's name.", _ROLE_NAME),
        Field(
            name="role_initials",
            kind=Text(),
            nullable=True,
            sentence="The first letters of the words in the role's name.",
            value=_role_initials,
        ),
        _read("photo_path", "Where the person's portrait is.", _PHOTO_PATH),
        _read("workspace_title", "The project's title.", _WORKSPACE_TITLE),
        *STAMPS,
        Field(
            name="participation_id",
            kind=Id(),
            nullable=True,
            sentence="The person's participation in the project.",
            expression=lambda _: _PARTICIPATION_ID,
        ),
        _rate("resource_bill_rate", "What an hour costs the client today, in subunits.", bill_rates),
        _rate("resource_cost_rate", "What an hour costs the provider, in subunits.", cost_rates),
    ),
    includes=(
        Include(
            name="workspace",
            target="workspaces",
            member="workspace_id",
            column="workspace_id",
            always=True,
            sentence="The project.",
        ),
        Include(
            name="user",
            target="users",
            member="user_id",
            column="user_id",
            always=True,
            sentence="Who has it, null while nobody does.",
        ),
        Include(
            name="role",
            target="roles",
            member="role_id",
            column="role_id",
            always=True,
            sentence="The role.",
        ),
        Include(
            name="participation",
            target="participations",
            member="participation_id",
            first=True,
            always=True,
            links=_participation,
            sentence="The person's participation in the project.",
        ),
        custom_field_values("resource"),
        external_references("WorkspaceResource"),
    ),
    filters=(
        *timestamps(workspace_resources),
        *external_reference_filters(workspace_resources, "WorkspaceResource"),
        *custom_field_filters(workspace_resources, "resource"),
        _of("workspace_id", "Places in the team of this project.", _R.workspace_id),
        _of("user_id", "Places that this user has.", _R.user_id),
        _of("role_id", "Places for this role.", _R.role_id),
        Filter(
            name="include_unnamed",
            kind=Boolean(),
            default=_NAMED_ONLY,
            sentence="Whether places that nobody has yet are there as well. When not sent, they are not.",
            where=_include_unnamed,
        ),
        Filter(
            name="only_unnamed",
            kind=Boolean(),
            sentence="Places that nobody has yet, only.",
            replaces=("include_unnamed",),
            where=lambda _, only: sa.not_(_NAMED) if only else _NAMED,
        ),
        Filter(
            name="matching",
            kind=TYPED,
            sentence="Places with a word in the person's or the role's name that begins with it, in any case.",
            where=_matching,
        ),
        Filter(
            name="providers",
            kind=Boolean(),
            sentence="Places of people on the provider's team; false for all.",
            where=_only(_IS_PROVIDER),
        ),
        Filter(
            name="providers_with_unnamed",
            kind=Boolean(),
            sentence="Places of people on the provider's team, or that nobody has yet; false for all.",
            replaces=("include_unnamed",),
            where=_only(sa.or_(_IS_PROVIDER, sa.not_(_NAMED))),
        ),
        Filter(
            name="potential_workspace_resources_for_story",
            kind=Integer(),
            sentence="Who could be assigned to this story and is not.",
            where=_free_for_story(unnamed=False),
        ),
        Filter(
            name="potential_workspace_resource_for_story_with_unnamed_resources",
            kind=Integer(),
            sentence="Who could be assigned to this story and is not, and places that nobody has yet.",
            replaces=("include_unnamed",),
            where=_free_for_story(unnamed=True),
        ),
        Filter(
            name="potential_workspace_resources_for_reassignment",
            kind=Integer(),
            sentence="The other places in the team of this one, that nobody has yet as well.",
            replaces=("include_unnamed",),
            where=_beside,
        ),
        Filter(
            name="with_organizations",
            kind=Boolean(),
            sentence="There are no organizations here: it narrows nothing.",
        ),
    ),
    orders=(
        _by_name("alphabetical"),
        _by_name("alphabetically"),
        Order(name="created_at", column=_R.created_at, sentence="By when it was made."),
        Order(name="updated_at", column=_R.updated_at, sentence="By when it last changed."),
    ),
    default_order=("updated_at", "desc"),
)
