"""Builders make the smallest valid row, with anything overridden. They store rows without asking any rule:
a test says what is there, also what no rule would let in any more."""

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from timewright import tables as t
from timewright import tokens
from timewright.database import Transaction

MADE_AT = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
STAMPS = {"created_at": MADE_AT, "updated_at": MADE_AT}
Made = dict[str, Any]


class Builder:
    """Stores rows in one transaction. Ids are given or counted up for each table and account."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._last: dict[tuple[str, int], int] = defaultdict(int)

    def _store(self, table: sa.Table, row: Made) -> Made:
        scope = (table.name, row.get("account_id", 0) if "account_id" in table.primary_key.columns else 0)
        if "id" in table.c:
            row["id"] = row["id"] if row.get("id") is not None else self._last[scope] + 1
            self._last[scope] = max(self._last[scope], row["id"])
        self.tx.insert(table, [row])
        return row

    def finish(self) -> None:
        """Let the counters go on after the ids that were given."""
        for table in t.metadata.sorted_tables:
            last = [number for (name, _), number in self._last.items() if name == table.name]
            if last:
                self.tx.skip_ids(table, max(last))

    def account(self, **how: Any) -> Made:
        return self._store(
            t.accounts,
            {"id": None, "name": "House", "currency": "USD", "lock_date": None, "rolled_up_to": 0, **STAMPS, **how},
        )

    def user(self, account: Made, name: str, **how: Any) -> Made:
        row = self._store(
            t.users,
            {
                "id": None,
                "account_id": account["id"],
                "full_name": name,
                "email_address": f"{name.lower().replace(' ', '.')}@{account['id']}.example.com",
                "photo_path": "/photos/none.png",
                "headline": None,
                "bio": None,
                "website": None,
                "city": None,
                "state": None,
                "country": None,
                "abbreviated_timezone": None,
                "disabled_at": None,
                **STAMPS,
                **how,
            },
        )
        self.stands_in(account, row)
        return row

    def stands_in(self, account: Made, user: Made) -> None:
        self.tx.insert(t.account_people, [{"account_id": account["id"], "user_id": user["id"], "created_at": MADE_AT}])

    def token(self, user: Made, **how: Any) -> str:
        """Store a token; answers the token itself."""
        token = tokens.new_token()
        tokens.add(self.tx, token, user_id=user["id"], name="test", **how)
        return token

    def membership(self, account: Made, user: Made, permission: str = "collaborator", **how: Any) -> Made:
        return self._store(
            t.account_memberships,
            {
                "account_id": account["id"],
                "id": None,
                "user_id": user["id"],
                "permission": permission,
                "is_owner": False,
                "may_proxy": False,
                "bill_rate_in_cents": None,
                "cost_rate_in_cents": None,
                "billability_target": None,
                "default_role_id": None,
                "require_time_entry_location": False,
                "manager_id": None,
                "manager_can_approve": False,
                "manager_can_edit_skills": False,
                "default_read_only": False,
                "collaborator_only_license": False,
                "resource_request_approver": False,
                "should_show_alert_on_timesheet_submission": False,
                "enforce_workweek_minimum_on_timesheet_submission": False,
                "enforce_workweek_maximum_on_timesheet_submission": False,
                "disabled_at": None,
                **STAMPS,
                **how,
            },
        )

    def role(self, account: Made, name: str = "Engineer", **how: Any) -> Made:
        row = {"account_id": account["id"], "id": None, "name": name, "deleted_at": None, **STAMPS, **how}
        return self._store(t.roles, row)

    def location(self, account: Made, name: str, **how: Any) -> Made:
        row = {"account_id": account["id"], "id": None, "name": name, "archived": False, **STAMPS, **how}
        return self._store(t.account_locations, row)

    def workspace(self, account: Made, creator: Made, title: str = "Project", **how: Any) -> Made:
        return self._store(
            t.workspaces,
            {
                "account_id": account["id"],
                "id": None,
                "title": title,
                "description": None,
                "start_date": None,
                "due_date": None,
                "archived": False,
                "access_level": "invitation",
                "budgeted": True,
                "change_orders_enabled": False,
                "consultant_role_name": "Consultants",
                "client_role_name": "Clients",
                "percentage_complete": 0,
                "exclude_archived_stories_percent_complete": False,
                "default_rate_in_cents": 5_000,
                "price_in_cents": None,
                "target_margin": None,
                "currency": "USD",
                "rate_card_id": None,
                "tasks_default_non_billable": False,
                "posts_require_privacy_decision": False,
                "require_time_approvals": False,
                "require_expense_approvals": False,
                "require_notes_on_time_entries": False,
                "time_trackable": True,
                "stage": "project",
                "status_key": None,
                "status_color": None,
                "status_message": None,
                "creator_id": creator["id"],
                "primary_maven_id": None,
                "primary_workspace_group_id": None,
                "stories_are_fixed_fee_by_default": False,
                **STAMPS,
                **how,
            },
        )

    def workspace_group(self, account: Made, name: str, *workspaces: Made, **how: Any) -> Made:
        """A group, with projects in it."""
        blank = dict.fromkeys(("contact_name", "email", "phone_number", "address", "website", "notes"))
        row = {"account_id": account["id"], "id": None, "name": name, "company": True, **blank, **STAMPS, **how}
        made = self._store(t.workspace_groups, row)
        of_group = {"account_id": account["id"], "workspace_group_id": made["id"]}
        self.tx.insert(t.workspace_group_workspaces, [{**of_group, "workspace_id": each["id"]} for each in workspaces])
        return made

    def workspace_resource(self, workspace: Made, user: Made | None, role: Made | None, **how: Any) -> Made:
        return self._store(
            t.workspace_resources,
            {
                "account_id": workspace["account_id"],
                "id": None,
                "workspace_id": workspace["id"],
                "user_id": user["id"] if user else None,
                "role_id": role["id"] if role else None,
                "label": None,
                **STAMPS,
                **how,
            },
        )

    def participation(self, workspace: Made, user: Made, access_level: str = "edit_tasks", **how: Any) -> Made:
        return self._store(
            t.participations,
            {
                "account_id": workspace["account_id"],
                "id": None,
                "workspace_id": workspace["id"],
                "user_id": user["id"],
                "role": "maven",
                "access_level": access_level,
                "is_team_lead": False,
                "can_invite": False,
                "can_edit_time": True,
                "can_post": True,
                "can_edit_expense": True,
                "can_schedule_their_hours": False,
                "can_schedule_team_hours": False,
                "is_time_approver": False,
                "workspace_role_id": None,
                "rate_in_cents": None,
                "cost_in_cents": None,
                **STAMPS,
                **how,
            },
        )

    def story(self, workspace: Made, creator: Made, title: str = "Task", **how: Any) -> Made:
        return self._store(
            t.stories,
            {
                "account_id": workspace["account_id"],
                "id": None,
                "workspace_id": workspace["id"],
                "title": title,
                "description": None,
                "story_type": "task",
                "state": "not started",
                "priority": "normal",
                "position": 1,
                "archived": False,
                "deleted_at": None,
                "start_date": None,
                "due_date": None,
                "percentage_complete": 0,
                "project_plan": True,
                "time_trackable": True,
                "billable": True,
                "fixed_fee": False,
                "weight": None,
                "time_estimate_in_minutes": None,
                "budget_estimate_in_cents": None,
                "completed_at": None,
                "assignment_timestamped_at": None,
                "creator_id": creator["id"],
                "parent_id": None,
                "root_id": None,
                "ancestry": "",
                **STAMPS,
                **how,
            },
        )

    def assignment(self, story: Made, user: Made | None, place: Made | None = None, **how: Any) -> Made:
        """That somebody works on a story, in their `place` in the team of its project or in one of its own."""
        workspace = {"account_id": story["account_id"], "id": story["workspace_id"]}
        if place is None:
            of = t.workspace_resources.c
            there = self.tx.rows(
                sa.select(of.id, of.workspace_id, of.user_id).where(of.account_id == story["account_id"])
            )
            held = [each for each in there if (each["workspace_id"], each["user_id"]) == (workspace["id"], user["id"])]
            last = max((each["id"] for each in there), default=0)
            place = held[0] if held else self.workspace_resource(workspace, user, None, id=last + 1)
        return self._store(
            t.assignments,
            {
                "account_id": story["account_id"],
                "id": None,
                "story_id": story["id"],
                "assignee_id": user["id"] if user else None,
                "resource_id": place["id"],
                "role_id": None,
                "current": True,
                "estimated_minutes": None,
                "allocated_minutes": 0,
                **STAMPS,
                **how,
            },
        )

    def _link(self, table: sa.Table, story: Made, **other: int) -> None:
        self.tx.insert(table, [{"account_id": story["account_id"], "story_id": story["id"], **other}])

    def follows(self, user: Made, story: Made) -> None:
        self._link(t.story_followers, story, user_id=user["id"])

    def tag(self, account: Made, name: str, *stories: Made) -> Made:
        made = self._store(t.tags, {"account_id": account["id"], "id": None, "name": name, **STAMPS})
        for each in stories:
            self._link(t.story_tags, each, tag_id=made["id"])
        return made

    def story_task(self, story: Made, text: str, **how: Any) -> Made:
        row = {"account_id": story["account_id"], "id": None, "story_id": story["id"], "text": text}
        return self._store(t.story_tasks, {**row, "position": 1, "completed": False, **STAMPS, **how})

    def dependency(self, source: Made, target: Made, **how: Any) -> Made:
        row = {"account_id": source["account_id"], "id": None, "source_id": source["id"], "target_id": target["id"]}
        return self._store(t.story_dependencies, {**row, "type": "finish_to_start", **STAMPS, **how})

    def custom_field_set(self, account: Made, subject_type: str, name: str = "Set") -> Made:
        row = {"account_id": account["id"], "id": None, "name": name, "subject_type": subject_type}
        return self._store(t.custom_field_sets, {**row, **STAMPS})

    def custom_field(self, account: Made, creator: Made, subject_type: str, value_type: str, **how: Any) -> Made:
        return self._store(
            t.custom_fields,
            {
                "account_id": account["id"],
                "id": None,
                "custom_field_set_id": None,
                "subject_type": subject_type,
                "name": f"{subject_type} {value_type}",
                "value_type": value_type,
                "default_text": None,
                "unique_constraint": False,
                "write_access": None,
                "read_access": None,
                "hidden_in_user_interface": False,
                "currency": None,
                "available_on_estimates": False,
                "available_to_resources": False,
                "creator_id": creator["id"],
                **STAMPS,
                **how,
            },
        )

    def choice(self, field: Made, label: str, **how: Any) -> Made:
        row = {"account_id": field["account_id"], "id": None, "custom_field_id": field["id"], "label": label}
        return self._store(t.custom_field_choices, {**row, "position": 1, **STAMPS, **how})

    def custom_value(self, field: Made, subject: Made, setter: Made, *chosen: Made, **how: Any) -> Made:
        """The value of a field for an object, in the column of its type or as choices."""
        made = self._store(
            t.custom_field_values,
            {
                "account_id": field["account_id"],
                "id": None,
                "custom_field_id": field["id"],
                "subject_type": field["subject_type"],
                "subject_id": subject["id"],
                **dict.fromkeys(("text", "date", "number", "amount_in_cents", "currency")),
                "setter_id": setter["id"],
                **STAMPS,
                **how,
            },
        )
        for each in chosen:
            row = {
                "account_id": made["account_id"],
                "custom_field_id": field["id"],
                "custom_field_value_id": made["id"],
            }
            self.tx.insert(t.custom_field_value_choices, [{**row, "custom_field_choice_id": each["id"]}])
        return made

    def expense_report(self, workspace: Made, user: Made, status: str = "pending") -> Made:
        row = {"account_id": workspace["account_id"], "id": None, "workspace_id": workspace["id"], "status": status}
        return self._store(t.expense_reports, {**row, "user_id": user["id"], **STAMPS})

    def expense(self, workspace: Made, user: Made, **how: Any) -> Made:
        return self._store(
            t.expenses,
            {
                "account_id": workspace["account_id"],
                "id": None,
                "workspace_id": workspace["id"],
                "story_id": None,
                "user_id": user["id"],
                "role_id": None,
                "date": date(2026, 1, 5),
                "notes": None,
                "category": "Travel",
                "vendor_name": None,
                "amount_in_cents": 1_250,
                "currency": "USD",
                "is_billable": True,
                "taxable": False,
                "reimbursable": False,
                "approved": False,
                "active_expense_report_id": None,
                "recent_expense_report_id": None,
                "invoice_id": None,
                "created_by_id": user["id"],
                **STAMPS,
                **how,
            },
        )

    def lock(self, account: Made, creator: Made, locked_to: date) -> Made:
        row = {"account_id": account["id"], "id": None, "locked_to": locked_to, "creator_id": creator["id"], **STAMPS}
        return self._store(t.line_item_locks, row)

    def entry(self, workspace: Made, user: Made, **how: Any) -> Made:
        return self._store(
            t.time_entries,
            {
                "account_id": workspace["account_id"],
                "id": None,
                "workspace_id": workspace["id"],
                "story_id": None,
                "user_id": user["id"],
                "role_id": None,
                "location_id": None,
                "date_performed": date(2026, 1, 5),
                "time_in_minutes": 60,
                "billable": True,
                "notes": None,
                "rate_in_cents": 5_000,
                "rate_rule": "workspace",
                "cost_rate_in_cents": None,
                "currency": "USD",
                "taxable": False,
                "approved": False,
                "active_submission_id": None,
                "recent_submission_id": None,
                "invoice_id": None,
                "created_by_id": user["id"],
                "operation_id": "made-by-a-builder",
                "request_key": None,
                **STAMPS,
                **how,
            },
        )

    def submission(self, workspace: Made, user: Made, status: str = "pending", **how: Any) -> Made:
        return self._store(
            t.timesheet_submissions,
            {
                "account_id": workspace["account_id"],
                "id": None,
                "workspace_id": workspace["id"],
                "user_id": user["id"],
                "title": "Week",
                "comment": None,
                "status": status,
                "start_date": date(2026, 1, 4),
                "end_date": date(2026, 1, 10),
                "currency": "USD",
                "resolution_description": None,
                "current_resolution_creator_id": None,
                "current_resolution_created_at": None,
                **STAMPS,
                **how,
            },
        )

    def holds(self, submission: Made, entry: Made) -> None:
        row = {
            "account_id": submission["account_id"],
            "timesheet_submission_id": submission["id"],
            "time_entry_id": entry["id"],
        }
        self.tx.insert(t.timesheet_submission_entries, [row])

    def invoice(self, workspace: Made, user: Made, *further: Made, **how: Any) -> Made:
        """An invoice of a project, and of further ones."""
        made = self._store(
            t.invoices,
            {
                "account_id": workspace["account_id"],
                "id": None,
                "user_id": user["id"],
                "recipient_id": None,
                "invoice_date": date(2026, 1, 31),
                "due_date": date(2026, 3, 2),
                "status": "new",
                "draft": False,
                "payment_schedule": 30,
                "user_invoice_number": self._last["invoices", workspace["account_id"]] + 1,
                "user_invoice_title": None,
                "tax_rate_in_basis_points": 0,
                "purchase_order": None,
                "project_code": None,
                "message": None,
                "balance_in_cents": 5_000,
                "currency": "USD",
                **STAMPS,
                **how,
            },
        )
        row = {"account_id": made["account_id"], "invoice_id": made["id"]}
        self.tx.insert(t.invoice_workspaces, [{**row, "workspace_id": each["id"]} for each in (workspace, *further)])
        return made

    def time_off(self, account: Made, user: Made, day: date = date(2026, 1, 12), **how: Any) -> Made:
        return self._store(
            t.time_off_entries,
            {
                "account_id": account["id"],
                "id": None,
                "user_id": user["id"],
                "requested_date": day,
                "submission_date": date(2026, 1, 5),
                "hours_in_hundredths": 800,
                **STAMPS,
                **how,
            },
        )

    def reference(self, subject_type: str, subject: Made, service_name: str = "tracker", **how: Any) -> Made:
        return self._store(
            t.external_references,
            {
                "account_id": subject["account_id"],
                "id": None,
                "subject_type": subject_type,
                "subject_id": subject["id"],
                "service_name": service_name,
                "service_model": "Issue",
                "service_model_ref": "WEB-1",
                "status": "successful",
                "external_link": None,
                "external_message": None,
                "external_status": None,
                "locked": False,
                "last_synced_at": MADE_AT,
                **STAMPS,
                **how,
            },
        )

    def rate_card(
        self,
        account: Made,
        versions: list[tuple[date, int, dict[int, int]]],
        title: str = "Standard",
        currency: str = "USD",
        **how: Any,
    ) -> Made:
        """A rate card with versions: effective date, default rate, rates by role id."""
        owner = {"account_id": account["id"]}
        title_row = {**owner, "id": None, "title": title, **STAMPS}
        of_set = self._store(t.rate_card_sets, title_row)
        card = self._store(
            t.rate_cards, {**owner, "id": None, "rate_card_set_id": of_set["id"], "currency": currency, **STAMPS}
        )
        for effective_date, default_rate, role_rates in versions:
            dated = self._store(
                t.rate_card_set_versions,
                {
                    **owner,
                    "id": None,
                    "rate_card_set_id": of_set["id"],
                    "effective_date": effective_date,
                    "active": True,
                    **STAMPS,
                    **how,
                },
            )
            version = self._store(
                t.rate_card_versions,
                {
                    **owner,
                    "id": None,
                    "rate_card_id": card["id"],
                    "rate_card_set_version_id": dated["id"],
                    "default_rate": default_rate,
                    **STAMPS,
                },
            )
            for role_id, rate in role_rates.items():
                row = {**owner, "id": None, "rate_card_version_id": version["id"], "role_id": role_id, "rate": rate}
                self._store(t.rate_card_roles, {**row, **STAMPS})
        return card
