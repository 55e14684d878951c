"""A workspace, shown to people as a project, is where work is done for a client: who is in, what they may
see, and what an hour costs.

Long because its published page is.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from timewright.actor import SEES_MONEY, SETS_MONEY, Actor, approves_time, is_one_of, participates, sees_money
from timewright.database import Row, unindexed
from timewright.presenting.declare import Condition, Expression, Field, Include, Resource
from timewright.presenting.kinds import BlankDay, Boolean, Day, Id, Integer, Kind, Number, Object, Text, Words
from timewright.resources import workspace_conditions as who
from timewright.resources.custom_declarations import custom_field_values
from timewright.resources.shared_declarations import STAMPS, currency_fields, external_references, minutes_logged
from timewright.resources.workspace_budgets import budgets, invoiced
from timewright.resources.workspace_filters import FILTERS, ORDERS
from timewright.rules import currencies, submissions
from timewright.tables import (
    DONE_STATES,
    STORY_STATES,
    accounts,
    entries_by_person,
    expense_reports,
    expenses,
    participations,
    stories,
    time_entries,
    timesheet_submissions,
    workspace_group_workspaces,
    workspaces,
)

_W, _P = workspaces.c, participations.c


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


def _active_reports(_: Actor) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        expense_reports.c.account_id == _W.account_id,
        expense_reports.c.workspace_id == _W.id,
        is_one_of(expense_reports.c.status, ("pending", "approved")),
    )


def _spent(_: Actor) -> sa.ColumnElement[int]:
    total = sa.select(sa.func.sum(expenses.c.amount_in_cents)).where(
        expenses.c.account_id == _W.account_id, expenses.c.workspace_id == _W.id
    )
    return sa.cast(sa.func.coalesce(total.scalar_subquery(), 0), sa.BigInteger)


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
        visible_if=who.SEES_TIME,
    )


def _lock_date(_: Actor) -> sa.ColumnElement[Any]:
    return sa.select(accounts.c.lock_date).where(accounts.c.id == _W.account_id).scalar_subquery()


def _my_access_level(actor: Actor) -> sa.ColumnElement[Any]:
    mine = participations.c
    return (
        sa.select(mine.access_level)
        .where(mine.account_id == _W.account_id, mine.workspace_id == _W.id, mine.user_id == actor.user_id)
        .scalar_subquery()
    )


def _estimated(_: Actor) -> sa.ColumnElement[Any]:
    of = stories.c
    return sa.func.coalesce(
        sa.select(sa.func.sum(of.time_estimate_in_minutes))
        .where(of.account_id == _W.account_id, of.workspace_id == _W.id, of.deleted_at.is_(None))
        .scalar_subquery(),
        0,
    )


def _total_invoiced(row: Row) -> str:
    return currencies.display_amount(submissions.total_in_cents(row["total_invoiced"]), row["currency"])


def _people(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Who takes part in projects, in participations of which all this holds; the oldest first."""
    return sa.select(_P.account_id, _P.workspace_id, _P.user_id).where(*conditions).order_by(_P.id)


def _leads_of_other_side(actor: Actor) -> sa.Select[Any]:
    is_client = participates(actor, _P.account_id, _P.workspace_id, roles=("buyer",))
    return _people(_P.is_team_lead, _P.role == sa.case((is_client, "maven"), else_="buyer"))


def _open_milestones(_: Actor) -> sa.Select[Any]:
    of = stories.c
    return (
        sa.select(of.account_id, of.workspace_id, of.id)
        .where(
            of.story_type == "milestone",
            sa.not_(is_one_of(of.state, DONE_STATES)),
            of.deleted_at.is_(None),
            sa.not_(of.archived),
        )
        .order_by(of.due_date.is_(None), of.due_date, of.id)
    )


def _to_be_approved(actor: Actor) -> sa.Select[Any]:
    of = timesheet_submissions.c
    return sa.select(of.account_id, of.workspace_id, of.id).where(
        of.status == "pending", approves_time(actor, of.account_id, of.workspace_id)
    )


def _groups(_: Actor) -> sa.Select[Any]:
    of = workspace_group_workspaces.c
    return sa.select(of.account_id, of.workspace_id, of.workspace_group_id)


def _users(
    name: str, member: str, sentence: str, links: Callable[[Actor], sa.Select[Any]], *, first: bool = False
) -> Include:
    return Include(name=name, target="users", member=member, sentence=sentence, links=links, first=first)


def _budget(name: str, kind: Kind, sentence: str, value: Any, condition: Condition = who.SEES_BUDGET) -> Field:
    return Field(name=name, kind=kind, sentence=sentence, batched=budgets, value=value, visible_if=condition)


def _never(name: str, sentence: str) -> Field:
    """A switch that nothing here turns on."""
    return _flag(name, sentence, value=lambda _: False, visible_if=who.ADMINISTERS_AT_HOME)


def _nothing(name: str, sentence: str) -> Field:
    return Field(name=name, kind=Text(), optional=True, nullable=True, sentence=sentence, value=lambda _: None)


def _lead(name: str, sentence: str, role: str) -> Field:
    return Field(
        name=name,
        kind=Text(),
        optional=True,
        nullable=True,
        sentence=sentence,
        expression=lambda _: who.lead_name(role),
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
    visible_to=who.visible_to,
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
        _asked(who.CAN_LOG, "can_create_line_items", "Whether the caller may log time in it."),
        _asked(who.CAN_INVITE, "can_invite", "Whether the caller may invite people."),
        _asked(who.SEES_MONEY, "has_budget_access", "Whether the caller sees its money."),
        Field(
            name="default_rate",
            kind=Text(),
            nullable=True,
            sentence="The rate of an hour where nothing else says one, as decimal text.",
            value=lambda row: currencies.plain_amount(row["default_rate_in_cents"], row["currency"]),
            null_unless=who.SEES_MONEY,
        ),
        *currency_fields(visible_if=who.SEES_MONEY),
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
            "Whether some expense report of it is pending or approved.",
            expression=_active_reports,
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
            reads=(who.IS_ADMINISTRATOR, who.EDITS, who.PARTICIPATES, who.LEADS, who.IS_CLIENT, who.SEES_MONEY),
        ),
        Field(
            name="status",
            kind=Object(),
            sentence="Its state: a colour, a key and a message.",
            value=_status,
            visible_if=who.SEES_STATUS,
        ),
        Field(
            name="price",
            kind=Text(),
            sentence="The price for reading, TBD when there is none.",
            value=lambda row: currencies.display_amount(row["price_in_cents"], row["currency"]),
            visible_if=who.SEES_PRICE,
        ),
        Field(
            name="price_in_cents",
            kind=Integer(),
            nullable=True,
            sentence="The price in subunits.",
            visible_if=who.SEES_PRICE,
        ),
        Field(
            name="target_margin",
            kind=Number(),
            sentence="The margin aimed for, in percent; 0 when unset.",
            value=lambda row: float(row["target_margin"] or 0),
            visible_if=who.SEES_BUDGET,
        ),
        _budget("budget_used", Text(), "The worth of the time logged, for reading.", lambda budget: budget.used),
        _budget(
            "budget_used_in_cents",
            Integer(),
            "The worth of the time logged in subunits, rounded once.",
            lambda budget: budget.used_in_cents,
        ),
        _budget(
            "budget_remaining",
            Text(),
            "What is left of the price for reading, TBD when there is none.",
            lambda budget: budget.remaining,
        ),
        _budget(
            "percent_of_budget_used",
            Integer(),
            "How much of the price was used, in whole percent; 0 when there is none.",
            lambda budget: budget.percent_used,
        ),
        _budget(
            "over_budget",
            Boolean(),
            "Whether more was used than the price.",
            lambda budget: budget.is_over,
            who.ADMINISTERS_AT_HOME,
        ),
        Field(
            name="total_expenses_in_cents",
            kind=Integer(),
            sentence="Its expenses in subunits.",
            expression=_spent,
            visible_if=who.ADMINISTERS_AT_HOME,
        ),
        _never("expenses_in_burn_rate", "Always false: expenses do not use the budget here."),
        _never("actual_fees_includes_expenses", "Always false: fees are the worth of time here."),
        _never("actual_fees_includes_additional_line_items", "Always false: fees are the worth of time here."),
        _flag(
            "stories_are_fixed_fee_by_default",
            "Whether new tasks are done for a fixed fee.",
            visible_if=who.ADMINISTERS_AT_HOME,
        ),
        Field(
            name="external_link",
            kind=Object(),
            sentence="The address behind the project's button, and its text.",
            value=lambda _: {"url": None, "text": None},
            visible_if=who.HAS_BUTTON,
        ),
        _nothing("revenue_recognition_method_id", "Always null: revenue is not recognised here."),
        _nothing("revenue_recognition_method_name", "Always null: revenue is not recognised here."),
        _lead("client_lead_name", "Who leads the client's team.", "buyer"),
        _lead("provider_lead_name", "Who leads the provider's team.", "maven"),
        Field(
            name="estimated_minutes",
            kind=Integer(),
            optional=True,
            nullable=True,
            sentence="How long its tasks should take together.",
            expression=_estimated,
            null_unless=who.SEES_TIME,
        ),
        Field(
            name="total_invoiced",
            kind=Text(),
            optional=True,
            nullable=True,
            sentence="The worth of its time that is on an invoice, drafts as well, for reading.",
            expression=invoiced,
            value=_total_invoiced,
            null_unless=who.SEES_MONEY,
        ),
        _nothing("incoming_email_address", "Always null: no mail is taken in here."),
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
        Include(
            name="participations",
            target="participations",
            member="participation_ids",
            points_back="workspace_id",
            sentence="Who takes part, and how.",
        ),
        Include(
            name="current_user_participation",
            target="participations",
            member="current_user_participation_id",
            first=True,
            links=lambda actor: sa.select(_P.account_id, _P.workspace_id, _P.id).where(_P.user_id == actor.user_id),
            sentence="How the caller takes part.",
        ),
        custom_field_values("workspace"),
        external_references("Workspace"),
        Include(
            name="primary_workspace_group",
            target="workspace_groups",
            member="primary_workspace_group_id",
            column="primary_workspace_group_id",
            sentence="The group it belongs to before all others.",
        ),
        Include(
            name="workspace_groups",
            target="workspace_groups",
            member="workspace_group_ids",
            links=_groups,
            sentence="The groups it belongs to.",
        ),
        Include(
            name="workspace_resources",
            target="workspace_resources",
            member="workspace_resource_ids",
            points_back="workspace_id",
            where=lambda table: table.c.user_id.is_not(None),
            sentence="The places in its team that somebody has.",
        ),
        Include(
            name="workspace_resources_with_unnamed",
            target="workspace_resources",
            member="workspace_resources_with_unnamed_ids",
            points_back="workspace_id",
            sentence="The places in its team, those as well that nobody has yet.",
        ),
        Include(
            name="timesheet_submissions",
            target="timesheet_submissions",
            member="timesheet_submission_ids",
            links=_to_be_approved,
            sentence="The pending timesheets that the caller may approve.",
        ),
        Include(
            name="next_uncompleted_milestone",
            target="stories",
            member="next_uncompleted_milestone_id",
            links=_open_milestones,
            first=True,
            sentence="The milestone that is due next and not completed.",
        ),
        _users("participants", "participant_ids", "Who takes part.", lambda _: _people()),
        _users(
            "primary_counterpart",
            "primary_counterpart_id",
            "Who leads the other side: the provider's team for a client, the client's for all others.",
            _leads_of_other_side,
            first=True,
        ),
        _users(
            "financial_viewers",
            "financial_viewer_ids",
            "Who has financial access; for those who see money themselves.",
            lambda actor: _people(
                is_one_of(_P.access_level, SEES_MONEY), sees_money(actor, _P.account_id, _P.workspace_id)
            ),
        ),
        _users(
            "approver",
            "approver_id",
            "Who approves its time, the first of them.",
            lambda _: _people(_P.is_time_approver),
            first=True,
        ),
        _users("approvers", "approver_ids", "Who approves its time.", lambda _: _people(_P.is_time_approver)),
        _users(
            "possible_approvers",
            "possible_approver_ids",
            "Who could approve its time: the provider's people who may change its money.",
            lambda _: _people(_P.role == "maven", is_one_of(_P.access_level, SETS_MONEY)),
        ),
        Include(
            name="account_color",
            target="account_colors",
            member="account_color_id",
            first=True,
            absent=True,
            sentence="Always null: projects have no colours here.",
        ),
    ),
    filters=FILTERS,
    orders=ORDERS,
    default_order=("updated_at", "desc"),
)
