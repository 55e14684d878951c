"""A workspace, shown to people as a project, is where work is done for a client: who is in, what they may
see, and what an hour costs.

Long because its published page is.
"""

from typing import Any

import sqlalchemy as sa

from timewright.actor import (
    Actor,
    holds,
    in_accounts_of,
    is_one_of,
    opened,
    participates,
    sees_money,
    sees_time,
    sees_workspace,
)
from timewright.database import Row, by_letters, unindexed
from timewright.presenting.declare import Condition, Expression, Field, Filter, Include, Order, Resource
from timewright.presenting.kinds import BlankDay, Boolean, Choice, Day, Id, Integer, Number, Object, Text, Words
from timewright.resources.custom_declarations import custom_field_filters, custom_field_values
from timewright.resources.shared_declarations import (
    STAMPS,
    currency_fields,
    external_references,
    minutes_logged,
    timestamps,
)
from timewright.rules import currencies
from timewright.tables import (
    STORY_STATES,
    accounts,
    entries_by_person,
    participations,
    time_entries,
    timesheet_submissions,
    workspaces,
)

_W = workspaces.c
_LOGS = participations.alias("logs")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The projects in which the actor takes part, and for reports viewers and administrators all of the
    account.
    """
    return sees_workspace(actor, _W.account_id, _W.id)


def _takes_part(**how: Any) -> Expression:
    return lambda actor: participates(actor, _W.account_id, _W.id, **how)


def _can_log(actor: Actor) -> sa.ColumnElement[bool]:
    mine = _LOGS
    may = sa.exists().where(
        mine.c.account_id == _W.account_id,
        mine.c.workspace_id == _W.id,
        mine.c.user_id == actor.user_id,
        mine.c.role == "maven",
        mine.c.can_edit_time,
    )
    return sa.and_(may, _W.time_trackable, sa.not_(_W.archived))


def _mine(column: sa.ColumnElement[bool]) -> Expression:
    return lambda actor: sa.exists().where(
        participations.c.account_id == _W.account_id,
        participations.c.workspace_id == _W.id,
        participations.c.user_id == actor.user_id,
        column,
    )


def _condition(name: str, sentence: str, question: Expression) -> Condition:
    return Condition(name=name, sentence=sentence, holds=question)


_IS_ADMINISTRATOR = _condition(
    "is_administrator",
    "the caller administers the project or its account",
    lambda actor: sa.or_(
        holds(actor, _W.account_id, ("administrator",)), participates(actor, _W.account_id, _W.id, levels=("admin",))
    ),
)
_SEES_MONEY = _condition(
    "sees_money",
    "the caller has financial access in the project or administers the account",
    lambda actor: sees_money(actor, _W.account_id, _W.id),
)
_SEES_PRICE = _condition(
    "sees_price",
    "the caller is a reports viewer of the account or has financial access in the project",
    lambda actor: opened(actor, _W.account_id, sees_money(actor, _W.account_id, _W.id)),
)
_SEES_BUDGET = _condition(
    "sees_budget",
    "the caller is on the provider's team and views reports or has financial access",
    lambda actor: sa.and_(
        participates(actor, _W.account_id, _W.id, roles=("maven",)),
        opened(actor, _W.account_id, sees_money(actor, _W.account_id, _W.id)),
    ),
)
_PARTICIPATES = _condition("participates", "the caller takes part in the project", _takes_part())
_IS_CLIENT = _condition("is_client", "the caller is on the client's team", _takes_part(roles=("buyer",)))
_LEADS = _condition("leads", "the caller leads a team", _mine(participations.c.is_team_lead))
_CAN_INVITE = _condition("can_invite", "the caller may invite", _mine(participations.c.can_invite))
_CAN_LOG = _condition("can_log", "the caller may log time", _can_log)
_EDITS = _condition(
    "edits",
    "the caller may change tasks",
    _takes_part(levels=("edit_tasks", "edit_time_and_expenses", "edit_financials", "admin")),
)
_SEES_TIME = _condition(
    "sees_time",
    "the caller sees the time of colleagues in the project",
    lambda actor: sees_time(actor, _W.account_id, _W.id),
)


_SEES_STATUS = _condition(
    "sees_status",
    "the caller is on the provider's team or sees everything of the account",
    lambda actor: opened(actor, _W.account_id, participates(actor, _W.account_id, _W.id, roles=("maven",))),
)


def _permissions(row: Row) -> dict[str, Any]:
    administers, edits = row["_is_administrator"], bool(row["_edits"])
    return {
        "can_upload_files": edits,
        "can_private_message": bool(row["_participates"]),
        "can_join": False,
        "is_participant": bool(row["_participates"]),
        "access_level": row["permissions"],
        "team_lead": bool(row["_leads"]),
        "user_is_client": bool(row["_is_client"]),
        "can_change_price": bool(administers),
        "can_change_story_billable": bool(row["_sees_money"]),
        "can_post": bool(row["_participates"]),
        "can_edit": edits or bool(administers),
        "restricted": False,
        "can_see_financials": bool(row["_sees_money"]),
        "is_guest_on_project": False,
    }


def _status(row: Row) -> dict[str, Any]:
    return {"color": row["status_color"], "key": row["status_key"], "message": row["status_message"]}


def _active_submissions(_: Actor) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        timesheet_submissions.c.account_id == _W.account_id,
        timesheet_submissions.c.workspace_id == _W.id,
        is_one_of(timesheet_submissions.c.status, ("pending", "approved")),
    )


def _logged(billable: bool | None = None) -> Expression:
    stored = unindexed(time_entries.c.workspace_id)
    return minutes_logged(workspaces, entries_by_person.c.workspace_id, stored, billable)


def _approved(_: Actor) -> sa.ColumnElement[int]:
    return (
        sa.select(sa.func.coalesce(sa.func.sum(time_entries.c.time_in_minutes), 0))
        .where(
            time_entries.c.account_id == _W.account_id, time_entries.c.workspace_id == _W.id, time_entries.c.approved
        )
        .scalar_subquery()
    )


def _sum(name: str, sentence: str, expression: Expression) -> Field:
    return Field(
        name=name,
        kind=Integer(),
        optional=True,
        sentence=sentence,
        expression=expression,
        visible_if=_SEES_TIME,
    )


def _lock_date(_: Actor) -> sa.ColumnElement[Any]:
    return sa.select(accounts.c.lock_date).where(accounts.c.id == _W.account_id).scalar_subquery()


def _archived(_: Actor, include_archived: bool) -> sa.ColumnElement[bool] | None:
    return None if include_archived else sa.not_(_W.archived)


def _by_archived(_: Actor, which: str) -> sa.ColumnElement[bool] | None:
    return {"only": _W.archived, "exclude": sa.not_(_W.archived)}.get(which)


def _on_my_account(actor: Actor, on_my_account: bool) -> sa.ColumnElement[bool]:
    at_home = _W.account_id == actor.account_id
    return at_home if on_my_account else in_accounts_of(actor, _W.account_id)


def _has_participant(_: Actor, user_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        participations.c.account_id == _W.account_id,
        participations.c.workspace_id == _W.id,
        participations.c.user_id == user_id,
    )


def _my_access_level(actor: Actor) -> sa.ColumnElement[Any]:
    mine = participations.c
    return (
        sa.select(mine.access_level)
        .where(mine.account_id == _W.account_id, mine.workspace_id == _W.id, mine.user_id == actor.user_id)
        .scalar_subquery()
    )


def _flag(name: str, sentence: str, **how: Any) -> Field:
    return Field(name=name, kind=Boolean(), sentence=sentence, **how)


def _asked(condition: Condition, name: str, sentence: str) -> Field:
    label = f"_{condition.name}"
    return Field(name=name, kind=Boolean(), sentence=sentence, reads=(condition,), value=lambda row: bool(row[label]))


RESOURCE = Resource(
    name="workspaces",
    singular="workspace",
    type="Workspace",
    table=workspaces,
    sentence="A project: where work is done for a client.",
    visible_to=visible_to,
    fields=(
        Field(name="title", kind=Text(), sentence="The title."),
        Field(name="account_id", kind=Number(), sentence="The account it belongs to, a JSON number."),
        _flag("archived", "Whether it was put away."),
        Field(name="description", kind=Text(), nullable=True, sentence="What it is about."),
        Field(name="start_date", kind=BlankDay(), sentence="The first day; an empty string when unset."),
        Field(name="due_date", kind=BlankDay(), sentence="The day it is due; an empty string when unset."),
        Field(
            name="effective_due_date",
            kind=BlankDay(),
            sentence="The same as due_date.",
            value=lambda row: row["due_date"],
        ),
        _flag("budgeted", "Whether it has a budget."),
        _flag("change_orders_enabled", "Whether change orders are used."),
        *STAMPS,
        Field(name="consultant_role_name", kind=Text(), sentence="What the provider's team is called."),
        Field(name="client_role_name", kind=Text(), sentence="What the client's team is called."),
        Field(name="percentage_complete", kind=Integer(), sentence="How much of it is done, 0 to 100."),
        Field(name="access_level", kind=Text(), sentence="Who may invite or join: invitation, open or admins."),
        _flag("exclude_archived_stories_percent_complete", "Whether archived tasks count as done."),
        _asked(_CAN_LOG, "can_create_line_items", "Whether the caller may log time in it."),
        _asked(_CAN_INVITE, "can_invite", "Whether the caller may invite people."),
        _asked(_SEES_MONEY, "has_budget_access", "Whether the caller sees its money."),
        Field(
            name="default_rate",
            kind=Text(),
            nullable=True,
            sentence="The rate of an hour where nothing else says one, as decimal text.",
            value=lambda row: currencies.plain_amount(row["default_rate_in_cents"], row["currency"]),
            null_unless=_SEES_MONEY,
        ),
        *currency_fields(visible_if=_SEES_MONEY),
        _flag("tasks_default_non_billable", "Whether new tasks are not billable."),
        Field(name="rate_card_id", kind=Number(), nullable=True, sentence="Its rate card, a JSON number."),
        Field(
            name="workspace_invoice_preference_id",
            kind=Number(),
            nullable=True,
            sentence="Always null.",
            value=lambda _: None,
        ),
        _flag("posts_require_privacy_decision", "Whether posts ask who may see them."),
        _flag("require_time_approvals", "Whether time must be approved."),
        _flag("require_expense_approvals", "Whether expenses must be approved."),
        _flag("require_notes_on_time_entries", "Whether time entries need notes."),
        _flag("time_trackable", "Whether time may be logged in it."),
        _flag(
            "has_active_timesheet_submissions",
            "Whether some timesheet of it is pending or approved.",
            expression=_active_submissions,
        ),
        _flag(
            "has_active_expense_report_submissions",
            "Always false: there are no expense reports here.",
            value=lambda _: False,
        ),
        Field(name="task_status_set_id", kind=Id(), nullable=True, sentence="Always null.", value=lambda _: None),
        Field(name="task_status_set_name", kind=Text(), nullable=True, sentence="Always null.", value=lambda _: None),
        Field(
            name="task_statuses",
            kind=Words(),
            sentence="The states that tasks of it may have.",
            value=lambda _: list(STORY_STATES),
        ),
        Field(
            name="permissions",
            kind=Object(),
            sentence="What the caller may do in it.",
            expression=_my_access_level,
            value=_permissions,
            reads=(_IS_ADMINISTRATOR, _EDITS, _PARTICIPATES, _LEADS, _IS_CLIENT, _SEES_MONEY),
        ),
        Field(
            name="status",
            kind=Object(),
            sentence="Its state: a colour, a key and a message.",
            value=_status,
            visible_if=_SEES_STATUS,
        ),
        Field(
            name="price",
            kind=Text(),
            sentence="The price for reading, TBD when there is none.",
            value=lambda row: currencies.display_amount(row["price_in_cents"], row["currency"]),
            visible_if=_SEES_PRICE,
        ),
        Field(
            name="price_in_cents",
            kind=Integer(),
            nullable=True,
            sentence="The price in subunits.",
            visible_if=_SEES_PRICE,
        ),
        Field(
            name="target_margin",
            kind=Number(),
            sentence="The margin aimed for, in percent; 0 when unset.",
            value=lambda row: float(row["target_margin"] or 0),
            visible_if=_SEES_BUDGET,
        ),
        Field(name="stage", kind=Text(), optional=True, sentence="estimate or project."),
        Field(
            name="lock_date",
            kind=Day(),
            optional=True,
            nullable=True,
            sentence="The day before which no time of the account changes.",
            expression=_lock_date,
        ),
        _sum("minutes_logged", "All time logged, in minutes.", _logged()),
        _sum("billable_minutes", "Billable time logged, in minutes.", _logged(billable=True)),
        _sum("non_billable_minutes", "Time logged that is not billable.", _logged(billable=False)),
        _sum("total_minutes_approved", "Approved time, in minutes.", _approved),
    ),
    includes=(
        Include(
            name="creator",
            target="users",
            member="creator_id",
            column="creator_id",
            always=True,
            sentence="Who made it.",
        ),
        Include(
            name="primary_maven",
            target="users",
            member="primary_maven_id",
            column="primary_maven_id",
            always=True,
            sentence="Who leads it for the provider.",
        ),
        custom_field_values("workspace"),
        external_references("Workspace"),
    ),
    filters=(
        *timestamps(workspaces),
        *custom_field_filters(workspaces, "workspace"),
        Filter(
            name="include_archived",
            kind=Boolean(),
            default=False,
            sentence="Whether archived projects are there as well.",
            where=_archived,
        ),
        Filter(
            name="archived",
            kind=Choice(words=("only", "exclude", "include")),
            sentence="Archived projects only, not at all, or as well.",
            replaces=("include_archived",),
            where=_by_archived,
        ),
        Filter(
            name="on_my_account",
            kind=Boolean(),
            sentence="True for projects of the caller's account; false for all.",
            where=_on_my_account,
        ),
        Filter(
            name="has_participant",
            kind=Integer(),
            sentence="Projects in which this user takes part.",
            where=_has_participant,
        ),
    ),
    orders=(
        Order(name="created_at", column=_W.created_at, sentence="By when it was made."),
        Order(name="due_date", column=_W.due_date, sentence="By the day it is due."),
        Order(name="start_date", column=_W.start_date, sentence="By the first day."),
        Order(name="title", column=by_letters(_W.title), sentence="By title."),
        Order(name="updated_at", column=_W.updated_at, sentence="By when it last changed."),
    ),
    default_order=("updated_at", "desc"),
)
