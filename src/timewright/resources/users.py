"""A user is a person. Who sees whom follows from the projects they share."""

import sqlalchemy as sa

from timewright.actor import SEES_ACCOUNT, Actor, in_accounts_of, sees_workspace
from timewright.database import by_letters
from timewright.presenting.declare import Field, Filter, Order, Resource
from timewright.presenting.kinds import Boolean, Id, Integer, Text
from timewright.resources.custom_declarations import custom_field_filters, custom_field_values
from timewright.resources.shared_declarations import external_references, timestamps
from timewright.tables import account_memberships, account_people, participations, users

_MINE, _THEIRS = participations.alias("mine"), participations.alias("theirs")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The actor, everyone who shares a project with them, and for reports viewers and administrators
    everyone who stands in the account.
    """
    mine, theirs = _MINE, _THEIRS
    shares_a_project = users.c.id.in_(
        sa.select(theirs.c.user_id).where(
            in_accounts_of(actor, mine.c.account_id),
            mine.c.user_id == actor.user_id,
            theirs.c.account_id == mine.c.account_id,
            theirs.c.workspace_id == mine.c.workspace_id,
        )
    )
    whole_account = users.c.id.in_(
        sa.select(account_people.c.user_id).where(account_people.c.account_id == actor.account_id)
    )
    return sa.or_(
        users.c.id == actor.user_id,
        shares_a_project,
        whole_account if actor.permission in SEES_ACCOUNT else sa.false(),
    )


def _is_active(_: Actor, show_disabled: bool) -> sa.ColumnElement[bool] | None:
    membership = account_memberships.c
    disabled_at_home = sa.exists().where(
        membership.account_id == users.c.account_id,
        membership.user_id == users.c.id,
        membership.disabled_at.is_not(None),
    )
    return None if show_disabled else sa.and_(users.c.disabled_at.is_(None), ~disabled_at_home)


_IN_A_PROJECT = "in a project"
"""What on_my_account means when it is not sent: a member in no project is missing from the list
(contract: users.visibility)."""


def _on_my_account(actor: Actor, on_my_account: bool | str) -> sa.ColumnElement[bool]:
    if on_my_account == _IN_A_PROJECT:
        takes_part = sa.exists().where(
            in_accounts_of(actor, participations.c.account_id), participations.c.user_id == users.c.id
        )
        return sa.or_(takes_part, users.c.id == actor.user_id)
    at_home = users.c.account_id == actor.account_id
    return at_home if on_my_account else ~at_home


def _participates_in(actor: Actor, workspace_id: int) -> sa.ColumnElement[bool]:
    # Who takes part in a project is told only of projects that the caller sees.
    return sa.exists().where(
        in_accounts_of(actor, participations.c.account_id),
        participations.c.workspace_id == workspace_id,
        participations.c.user_id == users.c.id,
        sees_workspace(actor, participations.c.account_id, participations.c.workspace_id),
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
    includes=(custom_field_values("user"), external_references("User")),
    filters=(
        *timestamps(users),
        *custom_field_filters(users, "user"),
        Filter(
            name="show_disabled",
            kind=Boolean(),
            default=False,
            sentence="Whether disabled people are listed as well.",
            where=_is_active,
        ),
        Filter(
            name="on_my_account",
            kind=Boolean(),
            default=_IN_A_PROJECT,
            sentence="People of the caller's account, in a project or not; false for all others. "
            "When not sent, people in some project.",
            where=_on_my_account,
        ),
        Filter(
            name="participant_in",
            kind=Integer(),
            sentence="Who takes part in this project.",
            where=_participates_in,
        ),
        Filter(
            name="by_email_address",
            kind=Text(),
            sentence="Exactly this e-mail address.",
            where=lambda _, address: users.c.email_address == address.lower(),
        ),
    ),
    orders=(Order(name="alphabetical", column=by_letters(users.c.full_name), sentence="By full name."),),
    default_order=("alphabetical", "asc"),
)
