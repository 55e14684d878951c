"""A user is a person. Who sees whom follows from the projects they share."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, in_accounts_of, sees_person
from timewright.database import by_letters
from timewright.presenting.declare import Field, Include, Order, Resource
from timewright.presenting.kinds import Id, Text
from timewright.resources.custom_declarations import custom_field_values
from timewright.resources.shared_declarations import external_references
from timewright.resources.user_filters import FILTERS
from timewright.tables import account_memberships, users

_M = account_memberships.c


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The actor, everyone who shares a project with them, and for reports viewers and administrators
    everyone who stands in the account.
    """
    return sees_person(actor, users.c.id)


def _of_membership(column: sa.ColumnElement[Any]) -> Callable[[Actor], sa.Select[Any]]:
    """What the membership of the home account says, where the caller stands in that account."""
    return lambda actor: sa.select(_M.account_id, _M.user_id, column.label("other_id")).where(
        in_accounts_of(actor, _M.account_id),
        users.c.id == _M.user_id,
        users.c.account_id == _M.account_id,
        column.is_not(None),
    )


def _text(name: str, sentence: str) -> Field:
    return Field(name=name, kind=Text(), optional=True, sentence=sentence, value=lambda row: row[name] or "")


RESOURCE = Resource(
    name="users",
    singular="user",
    type="User",
    table=users,
    sentence="A person.",
    visible_to=visible_to,
    me=lambda actor: actor.user_id,
    fields=(
        Field(name="full_name", kind=Text(), sentence="The full name."),
        Field(name="photo_path", kind=Text(), sentence="Where the portrait is."),
        Field(name="email_address", kind=Text(), sentence="The e-mail address, in lower case."),
        Field(name="headline", kind=Text(), nullable=True, sentence="What the person does, in a line."),
        Field(name="account_id", kind=Id(), sentence="The home account."),
        _text("bio", "About the person."),
        _text("website", "The person's web address."),
        _text("city", "The city."),
        _text("state", "The state or province."),
        _text("country", "The country."),
        _text("abbreviated_timezone", "The time zone's short name."),
        Field(
            name="classification",
            kind=Text(),
            optional=True,
            sentence="Internal for people of the caller's account, else External.",
            expression=lambda actor: sa.case((users.c.account_id == actor.account_id, "Internal"), else_="External"),
        ),
    ),
    includes=(
        Include(
            name="account_membership",
            target="account_memberships",
            member="account_membership_id",
            links=_of_membership(_M.id),
            first=True,
            sentence="The membership of the account.",
        ),
        Include(
            name="role",
            target="roles",
            member="role_id",
            links=_of_membership(_M.default_role_id),
            first=True,
            sentence="The role in the account.",
        ),
        Include(
            name="manager",
            target="users",
            member="manager_id",
            links=_of_membership(_M.manager_id),
            first=True,
            sentence="Who manages the person.",
        ),
        custom_field_values("user"),
        external_references("User"),
    ),
    filters=FILTERS,
    orders=(Order(name="alphabetical", column=by_letters(users.c.full_name), sentence="By full name."),),
    default_order=("alphabetical", "asc"),
)
