-- Made from tables.py by 'make docs'; do not change it by hand.

CREATE TABLE id_counters (name TEXT NOT NULL, last_id INTEGER NOT NULL, CONSTRAINT pk_id_counters PRIMARY KEY (name)) STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('fence', 0);

CREATE TABLE accounts (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    lock_date TEXT,
    rolled_up_to INTEGER DEFAULT 0 NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('accounts', 0);

CREATE TABLE entries_by_day (
    account_id INTEGER NOT NULL,
    date_performed TEXT NOT NULL,
    workspace_id INTEGER NOT NULL,
    billable INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    CONSTRAINT pk_entries_by_day PRIMARY KEY (account_id, date_performed, workspace_id, billable),
    CONSTRAINT ck_entries_by_day_billable_is_a_flag CHECK (billable IN (0, 1))
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE entries_by_story (
    account_id INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    billable INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    cent_minutes INTEGER NOT NULL,
    CONSTRAINT pk_entries_by_story PRIMARY KEY (account_id, story_id, workspace_id, billable),
    CONSTRAINT ck_entries_by_story_billable_is_a_flag CHECK (billable IN (0, 1))
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE users (
    id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    full_name TEXT NOT NULL,
    email_address TEXT NOT NULL,
    photo_path TEXT NOT NULL,
    headline TEXT,
    bio TEXT,
    website TEXT,
    city TEXT,
    state TEXT,
    country TEXT,
    abbreviated_timezone TEXT,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT fk_users_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT uq_users_email_address UNIQUE (email_address),
    CONSTRAINT ck_users_email_address_is_lower_case CHECK (email_address = lower(email_address))
)
 STRICT;

CREATE INDEX ix_users_account_id_full_name ON users (account_id, full_name);

INSERT INTO id_counters (name, last_id) VALUES ('users', 0);

CREATE TRIGGER users_stay_at_home BEFORE UPDATE OF account_id ON users FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'the home account of a person does not change'); END;

CREATE TABLE roles (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    deleted_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_roles PRIMARY KEY (account_id, id),
    CONSTRAINT fk_roles_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('roles', 0);

CREATE TABLE account_locations (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    archived INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_account_locations PRIMARY KEY (account_id, id),
    CONSTRAINT uq_account_locations_account_id_name UNIQUE (account_id, name),
    CONSTRAINT fk_account_locations_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_account_locations_archived_is_a_flag CHECK (archived IN (0, 1))
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('account_locations', 0);

CREATE TABLE rate_card_sets (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_rate_card_sets PRIMARY KEY (account_id, id),
    CONSTRAINT fk_rate_card_sets_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('rate_card_sets', 0);

CREATE TABLE workspace_groups (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    company INTEGER NOT NULL,
    contact_name TEXT,
    email TEXT,
    phone_number TEXT,
    address TEXT,
    website TEXT,
    notes TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_workspace_groups PRIMARY KEY (account_id, id),
    CONSTRAINT fk_workspace_groups_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_workspace_groups_company_is_a_flag CHECK (company IN (0, 1))
)
 STRICT;

CREATE INDEX ix_workspace_groups_account_id_name ON workspace_groups (account_id, name);

INSERT INTO id_counters (name, last_id) VALUES ('workspace_groups', 0);

CREATE TABLE external_references (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    service_name TEXT NOT NULL,
    service_model TEXT NOT NULL,
    service_model_ref TEXT NOT NULL,
    status TEXT NOT NULL,
    external_link TEXT,
    external_message TEXT,
    external_status TEXT,
    locked INTEGER NOT NULL,
    last_synced_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_external_references PRIMARY KEY (account_id, id),
    CONSTRAINT uq_external_references_account_id_subject_type_subject_id_service_name UNIQUE (account_id, subject_type, subject_id, service_name),
    CONSTRAINT ck_external_references_status_is_known CHECK (status IN ('successful', 'pending', 'failed')),
    CONSTRAINT fk_external_references_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_external_references_locked_is_a_flag CHECK (locked IN (0, 1))
)
 STRICT;

CREATE INDEX ix_external_references_account_id_service_name_service_model_service_model_ref ON external_references (account_id, service_name, service_model, service_model_ref);

CREATE INDEX ix_external_references_by_exchange ON external_references (account_id, subject_type, last_synced_at DESC, id);

INSERT INTO id_counters (name, last_id) VALUES ('external_references', 0);

CREATE TABLE tags (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_tags PRIMARY KEY (account_id, id),
    CONSTRAINT uq_tags_account_id_name UNIQUE (account_id, name),
    CONSTRAINT fk_tags_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('tags', 0);

CREATE TABLE custom_field_sets (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_custom_field_sets PRIMARY KEY (account_id, id),
    CONSTRAINT ck_custom_field_sets_subject_type_is_known CHECK (subject_type IN ('story', 'user', 'workspace', 'workspace_group', 'resource', 'time_entry')),
    CONSTRAINT uq_custom_field_sets_account_id_subject_type_id UNIQUE (account_id, subject_type, id),
    CONSTRAINT fk_custom_field_sets_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('custom_field_sets', 0);

CREATE TABLE account_people (
    account_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_account_people PRIMARY KEY (account_id, user_id),
    CONSTRAINT fk_account_people_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_account_people_user_id FOREIGN KEY(user_id) REFERENCES users (id)
)
 STRICT;

CREATE INDEX ix_account_people_user_id ON account_people (user_id);

CREATE TABLE tokens (
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    start TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    can_read INTEGER NOT NULL,
    can_write INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_tokens PRIMARY KEY (id),
    CONSTRAINT fk_tokens_user_id FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT uq_tokens_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_tokens_can_read_is_a_flag CHECK (can_read IN (0, 1)),
    CONSTRAINT ck_tokens_can_write_is_a_flag CHECK (can_write IN (0, 1))
)
 STRICT;

CREATE INDEX ix_tokens_user_id ON tokens (user_id);

INSERT INTO id_counters (name, last_id) VALUES ('tokens', 0);

CREATE TRIGGER tokens_do_not_change_hands BEFORE UPDATE OF user_id ON tokens FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'a token does not change hands'); END;

CREATE TABLE rate_cards (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    rate_card_set_id INTEGER NOT NULL,
    currency TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_rate_cards PRIMARY KEY (account_id, id),
    CONSTRAINT fk_rate_cards_account_id_rate_card_set_id FOREIGN KEY(account_id, rate_card_set_id) REFERENCES rate_card_sets (account_id, id),
    CONSTRAINT uq_rate_cards_account_id_rate_card_set_id_currency UNIQUE (account_id, rate_card_set_id, currency),
    CONSTRAINT fk_rate_cards_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('rate_cards', 0);

CREATE TABLE rate_card_set_versions (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    rate_card_set_id INTEGER NOT NULL,
    effective_date TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_rate_card_set_versions PRIMARY KEY (account_id, id),
    CONSTRAINT fk_rate_card_set_versions_account_id_rate_card_set_id FOREIGN KEY(account_id, rate_card_set_id) REFERENCES rate_card_sets (account_id, id),
    CONSTRAINT uq_rate_card_set_versions_account_id_rate_card_set_id_effective_date UNIQUE (account_id, rate_card_set_id, effective_date),
    CONSTRAINT fk_rate_card_set_versions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_rate_card_set_versions_active_is_a_flag CHECK (active IN (0, 1))
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('rate_card_set_versions', 0);

CREATE TABLE account_memberships (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    permission TEXT NOT NULL,
    is_owner INTEGER NOT NULL,
    may_proxy INTEGER NOT NULL,
    bill_rate_in_cents INTEGER,
    cost_rate_in_cents INTEGER,
    billability_target INTEGER,
    default_role_id INTEGER,
    require_time_entry_location INTEGER NOT NULL,
    manager_id INTEGER,
    manager_can_approve INTEGER DEFAULT 0 NOT NULL,
    manager_can_edit_skills INTEGER DEFAULT 0 NOT NULL,
    default_read_only INTEGER DEFAULT 0 NOT NULL,
    collaborator_only_license INTEGER DEFAULT 0 NOT NULL,
    resource_request_approver INTEGER DEFAULT 0 NOT NULL,
    should_show_alert_on_timesheet_submission INTEGER DEFAULT 0 NOT NULL,
    enforce_workweek_minimum_on_timesheet_submission INTEGER DEFAULT 0 NOT NULL,
    enforce_workweek_maximum_on_timesheet_submission INTEGER DEFAULT 0 NOT NULL,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_account_memberships PRIMARY KEY (account_id, id),
    CONSTRAINT fk_account_memberships_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_account_memberships_account_id_manager_id FOREIGN KEY(account_id, manager_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_account_memberships_account_id_default_role_id FOREIGN KEY(account_id, default_role_id) REFERENCES roles (account_id, id),
    CONSTRAINT uq_account_memberships_account_id_user_id UNIQUE (account_id, user_id),
    CONSTRAINT ck_account_memberships_permission_is_known CHECK (permission IN ('punch_clock', 'collaborator', 'external_collaborator', 'project_creator', 'project_lead', 'reports_viewer', 'reports_viewer_with_cost', 'administrator')),
    CONSTRAINT ck_account_memberships_bill_rate_in_cents_is_in_range CHECK (bill_rate_in_cents IS NULL OR (bill_rate_in_cents BETWEEN 0 AND 1000000000)),
    CONSTRAINT ck_account_memberships_cost_rate_in_cents_is_in_range CHECK (cost_rate_in_cents IS NULL OR (cost_rate_in_cents BETWEEN 0 AND 1000000000)),
    CONSTRAINT ck_account_memberships_nobody_manages_themselves CHECK (manager_id <> user_id),
    CONSTRAINT fk_account_memberships_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_account_memberships_is_owner_is_a_flag CHECK (is_owner IN (0, 1)),
    CONSTRAINT ck_account_memberships_may_proxy_is_a_flag CHECK (may_proxy IN (0, 1)),
    CONSTRAINT ck_account_memberships_require_time_entry_location_is_a_flag CHECK (require_time_entry_location IN (0, 1)),
    CONSTRAINT ck_account_memberships_manager_can_approve_is_a_flag CHECK (manager_can_approve IN (0, 1)),
    CONSTRAINT ck_account_memberships_manager_can_edit_skills_is_a_flag CHECK (manager_can_edit_skills IN (0, 1)),
    CONSTRAINT ck_account_memberships_default_read_only_is_a_flag CHECK (default_read_only IN (0, 1)),
    CONSTRAINT ck_account_memberships_collaborator_only_license_is_a_flag CHECK (collaborator_only_license IN (0, 1)),
    CONSTRAINT ck_account_memberships_resource_request_approver_is_a_flag CHECK (resource_request_approver IN (0, 1)),
    CONSTRAINT ck_account_memberships_should_show_alert_on_timesheet_submission_is_a_flag CHECK (should_show_alert_on_timesheet_submission IN (0, 1)),
    CONSTRAINT ck_account_memberships_enforce_workweek_minimum_on_timesheet_submission_is_a_flag CHECK (enforce_workweek_minimum_on_timesheet_submission IN (0, 1)),
    CONSTRAINT ck_account_memberships_enforce_workweek_maximum_on_timesheet_submission_is_a_flag CHECK (enforce_workweek_maximum_on_timesheet_submission IN (0, 1))
)
 STRICT;

CREATE INDEX ix_account_memberships_by_manager_id ON account_memberships (account_id, manager_id) WHERE manager_id IS NOT NULL;

INSERT INTO id_counters (name, last_id) VALUES ('account_memberships', 0);

CREATE TABLE rate_card_versions (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    rate_card_id INTEGER NOT NULL,
    rate_card_set_version_id INTEGER NOT NULL,
    default_rate INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_rate_card_versions PRIMARY KEY (account_id, id),
    CONSTRAINT fk_rate_card_versions_account_id_rate_card_id FOREIGN KEY(account_id, rate_card_id) REFERENCES rate_cards (account_id, id),
    CONSTRAINT fk_rate_card_versions_account_id_rate_card_set_version_id FOREIGN KEY(account_id, rate_card_set_version_id) REFERENCES rate_card_set_versions (account_id, id),
    CONSTRAINT uq_rate_card_versions_account_id_rate_card_id_rate_card_set_version_id UNIQUE (account_id, rate_card_id, rate_card_set_version_id),
    CONSTRAINT ck_rate_card_versions_default_rate_is_in_range CHECK (default_rate BETWEEN 0 AND 1000000000),
    CONSTRAINT fk_rate_card_versions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('rate_card_versions', 0);

CREATE TABLE workspaces (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    start_date TEXT,
    due_date TEXT,
    archived INTEGER NOT NULL,
    access_level TEXT NOT NULL,
    budgeted INTEGER NOT NULL,
    change_orders_enabled INTEGER NOT NULL,
    consultant_role_name TEXT NOT NULL,
    client_role_name TEXT NOT NULL,
    percentage_complete INTEGER NOT NULL,
    exclude_archived_stories_percent_complete INTEGER NOT NULL,
    default_rate_in_cents INTEGER,
    price_in_cents INTEGER,
    target_margin INTEGER,
    currency TEXT NOT NULL,
    rate_card_id INTEGER,
    tasks_default_non_billable INTEGER NOT NULL,
    posts_require_privacy_decision INTEGER NOT NULL,
    require_time_approvals INTEGER NOT NULL,
    require_expense_approvals INTEGER NOT NULL,
    require_notes_on_time_entries INTEGER NOT NULL,
    time_trackable INTEGER NOT NULL,
    stage TEXT NOT NULL,
    status_key INTEGER,
    status_color TEXT,
    status_message TEXT,
    creator_id INTEGER NOT NULL,
    primary_maven_id INTEGER,
    primary_workspace_group_id INTEGER,
    stories_are_fixed_fee_by_default INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_workspaces PRIMARY KEY (account_id, id),
    CONSTRAINT fk_workspaces_account_id_creator_id FOREIGN KEY(account_id, creator_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_workspaces_account_id_primary_maven_id FOREIGN KEY(account_id, primary_maven_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_workspaces_account_id_rate_card_id FOREIGN KEY(account_id, rate_card_id) REFERENCES rate_cards (account_id, id),
    CONSTRAINT fk_workspaces_account_id_primary_workspace_group_id FOREIGN KEY(account_id, primary_workspace_group_id) REFERENCES workspace_groups (account_id, id),
    CONSTRAINT ck_workspaces_access_level_is_known CHECK (access_level IN ('invitation', 'open', 'admins')),
    CONSTRAINT ck_workspaces_stage_is_known CHECK (stage IN ('estimate', 'project')),
    CONSTRAINT ck_workspaces_percentage_complete_is_in_range CHECK (percentage_complete BETWEEN 0 AND 100),
    CONSTRAINT ck_workspaces_default_rate_in_cents_is_in_range CHECK (default_rate_in_cents IS NULL OR (default_rate_in_cents BETWEEN 0 AND 1000000000)),
    CONSTRAINT fk_workspaces_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_workspaces_archived_is_a_flag CHECK (archived IN (0, 1)),
    CONSTRAINT ck_workspaces_budgeted_is_a_flag CHECK (budgeted IN (0, 1)),
    CONSTRAINT ck_workspaces_change_orders_enabled_is_a_flag CHECK (change_orders_enabled IN (0, 1)),
    CONSTRAINT ck_workspaces_exclude_archived_stories_percent_complete_is_a_flag CHECK (exclude_archived_stories_percent_complete IN (0, 1)),
    CONSTRAINT ck_workspaces_tasks_default_non_billable_is_a_flag CHECK (tasks_default_non_billable IN (0, 1)),
    CONSTRAINT ck_workspaces_posts_require_privacy_decision_is_a_flag CHECK (posts_require_privacy_decision IN (0, 1)),
    CONSTRAINT ck_workspaces_require_time_approvals_is_a_flag CHECK (require_time_approvals IN (0, 1)),
    CONSTRAINT ck_workspaces_require_expense_approvals_is_a_flag CHECK (require_expense_approvals IN (0, 1)),
    CONSTRAINT ck_workspaces_require_notes_on_time_entries_is_a_flag CHECK (require_notes_on_time_entries IN (0, 1)),
    CONSTRAINT ck_workspaces_time_trackable_is_a_flag CHECK (time_trackable IN (0, 1)),
    CONSTRAINT ck_workspaces_stories_are_fixed_fee_by_default_is_a_flag CHECK (stories_are_fixed_fee_by_default IN (0, 1))
)
 STRICT;

CREATE INDEX ix_workspaces_by_change ON workspaces (account_id, updated_at DESC, id);

CREATE INDEX ix_workspaces_by_rate_card_id ON workspaces (account_id, rate_card_id) WHERE rate_card_id IS NOT NULL;

INSERT INTO id_counters (name, last_id) VALUES ('workspaces', 0);

CREATE TABLE invoices (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    recipient_id INTEGER,
    invoice_date TEXT NOT NULL,
    due_date TEXT NOT NULL,
    status TEXT NOT NULL,
    draft INTEGER NOT NULL,
    payment_schedule INTEGER NOT NULL,
    user_invoice_number INTEGER NOT NULL,
    user_invoice_title TEXT,
    tax_rate_in_basis_points INTEGER NOT NULL,
    purchase_order TEXT,
    project_code TEXT,
    message TEXT,
    balance_in_cents INTEGER NOT NULL,
    currency TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_invoices PRIMARY KEY (account_id, id),
    CONSTRAINT fk_invoices_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_invoices_account_id_recipient_id FOREIGN KEY(account_id, recipient_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT uq_invoices_account_id_user_invoice_number UNIQUE (account_id, user_invoice_number),
    CONSTRAINT ck_invoices_status_is_known CHECK (status IN ('new', 'cancelled', 'accepted payment')),
    CONSTRAINT fk_invoices_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_invoices_draft_is_a_flag CHECK (draft IN (0, 1))
)
 STRICT;

CREATE INDEX ix_invoices_by_creation ON invoices (account_id, created_at DESC, id);

INSERT INTO id_counters (name, last_id) VALUES ('invoices', 0);

CREATE TABLE entries_by_person (
    account_id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    billable INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    cent_minutes INTEGER NOT NULL,
    CONSTRAINT pk_entries_by_person PRIMARY KEY (account_id, workspace_id, user_id, billable),
    CONSTRAINT fk_entries_by_person_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT ck_entries_by_person_billable_is_a_flag CHECK (billable IN (0, 1))
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE time_off_entries (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    requested_date TEXT NOT NULL,
    submission_date TEXT NOT NULL,
    hours_in_hundredths INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_time_off_entries PRIMARY KEY (account_id, id),
    CONSTRAINT fk_time_off_entries_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT uq_time_off_entries_account_id_user_id_requested_date UNIQUE (account_id, user_id, requested_date),
    CONSTRAINT ck_time_off_entries_hours_in_hundredths_is_in_range CHECK (hours_in_hundredths BETWEEN 1 AND 2400),
    CONSTRAINT ck_time_off_entries_requested_date_is_in_range CHECK (requested_date BETWEEN '1990-01-01' AND '2100-12-31'),
    CONSTRAINT fk_time_off_entries_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

CREATE INDEX ix_time_off_entries_account_id_requested_date ON time_off_entries (account_id, requested_date);

INSERT INTO id_counters (name, last_id) VALUES ('time_off_entries', 0);

CREATE TABLE custom_fields (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    custom_field_set_id INTEGER,
    subject_type TEXT NOT NULL,
    name TEXT NOT NULL,
    value_type TEXT NOT NULL,
    default_text TEXT,
    unique_constraint INTEGER NOT NULL,
    write_access TEXT,
    read_access TEXT,
    hidden_in_user_interface INTEGER NOT NULL,
    currency TEXT,
    available_on_estimates INTEGER NOT NULL,
    available_to_resources INTEGER NOT NULL,
    creator_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_custom_fields PRIMARY KEY (account_id, id),
    CONSTRAINT fk_custom_fields_account_id_subject_type_custom_field_set_id FOREIGN KEY(account_id, subject_type, custom_field_set_id) REFERENCES custom_field_sets (account_id, subject_type, id),
    CONSTRAINT fk_custom_fields_account_id_creator_id FOREIGN KEY(account_id, creator_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT uq_custom_fields_account_id_subject_type_id UNIQUE (account_id, subject_type, id),
    CONSTRAINT ck_custom_fields_subject_type_is_known CHECK (subject_type IN ('story', 'user', 'workspace', 'workspace_group', 'resource', 'time_entry')),
    CONSTRAINT ck_custom_fields_value_type_is_known CHECK (value_type IN ('string', 'date', 'number', 'currency', 'single', 'multi')),
    CONSTRAINT ck_custom_fields_write_access_is_known CHECK (write_access IS NULL OR write_access IN ('punch_clock', 'collaborator', 'external_collaborator', 'project_creator', 'project_lead', 'reports_viewer', 'reports_viewer_with_cost', 'administrator')),
    CONSTRAINT ck_custom_fields_read_access_is_known CHECK (read_access IS NULL OR read_access IN ('punch_clock', 'collaborator', 'external_collaborator', 'project_creator', 'project_lead', 'reports_viewer', 'reports_viewer_with_cost', 'administrator')),
    CONSTRAINT fk_custom_fields_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_custom_fields_unique_constraint_is_a_flag CHECK (unique_constraint IN (0, 1)),
    CONSTRAINT ck_custom_fields_hidden_in_user_interface_is_a_flag CHECK (hidden_in_user_interface IN (0, 1)),
    CONSTRAINT ck_custom_fields_available_on_estimates_is_a_flag CHECK (available_on_estimates IN (0, 1)),
    CONSTRAINT ck_custom_fields_available_to_resources_is_a_flag CHECK (available_to_resources IN (0, 1))
)
 STRICT;

CREATE INDEX ix_custom_fields_by_name ON custom_fields (account_id, name, id);

INSERT INTO id_counters (name, last_id) VALUES ('custom_fields', 0);

CREATE TABLE line_item_locks (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    locked_to TEXT NOT NULL,
    creator_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_line_item_locks PRIMARY KEY (account_id, id),
    CONSTRAINT fk_line_item_locks_account_id_creator_id FOREIGN KEY(account_id, creator_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT uq_line_item_locks_account_id_locked_to UNIQUE (account_id, locked_to),
    CONSTRAINT fk_line_item_locks_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('line_item_locks', 0);

CREATE TABLE idempotency_records (
    account_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    request_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    created_ids TEXT,
    ignored TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_idempotency_records PRIMARY KEY (account_id, request_key),
    CONSTRAINT fk_idempotency_records_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id)
)
 WITHOUT ROWID,
 STRICT;

CREATE INDEX ix_idempotency_records_by_age ON idempotency_records (created_at) WHERE created_ids IS NOT NULL;

CREATE TABLE changes (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    verb TEXT NOT NULL,
    user_id INTEGER,
    on_behalf_of_id INTEGER,
    token_id INTEGER,
    request_id TEXT,
    "before" TEXT,
    "after" TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT pk_changes PRIMARY KEY (account_id, id),
    CONSTRAINT fk_changes_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_changes_account_id_on_behalf_of_id FOREIGN KEY(account_id, on_behalf_of_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_changes_token_id FOREIGN KEY(token_id) REFERENCES tokens (id),
    CONSTRAINT ck_changes_something_changed CHECK (before IS NOT NULL OR after IS NOT NULL),
    CONSTRAINT fk_changes_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

CREATE INDEX ix_changes_account_id_request_id ON changes (account_id, request_id);

CREATE INDEX ix_changes_account_id_subject_type_subject_id ON changes (account_id, subject_type, subject_id);

INSERT INTO id_counters (name, last_id) VALUES ('changes', 0);

CREATE TRIGGER changes_do_not_change BEFORE UPDATE ON changes FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'the change log does not change'); END;

CREATE TRIGGER changes_stay BEFORE DELETE ON changes FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'the change log is not deleted from'); END;

CREATE TABLE rate_card_roles (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    rate_card_version_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    rate INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_rate_card_roles PRIMARY KEY (account_id, id),
    CONSTRAINT fk_rate_card_roles_account_id_rate_card_version_id FOREIGN KEY(account_id, rate_card_version_id) REFERENCES rate_card_versions (account_id, id),
    CONSTRAINT fk_rate_card_roles_account_id_role_id FOREIGN KEY(account_id, role_id) REFERENCES roles (account_id, id),
    CONSTRAINT uq_rate_card_roles_account_id_rate_card_version_id_role_id UNIQUE (account_id, rate_card_version_id, role_id),
    CONSTRAINT ck_rate_card_roles_rate_is_in_range CHECK (rate BETWEEN 0 AND 1000000000),
    CONSTRAINT fk_rate_card_roles_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('rate_card_roles', 0);

CREATE TABLE participations (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    access_level TEXT NOT NULL,
    is_team_lead INTEGER NOT NULL,
    can_invite INTEGER NOT NULL,
    can_edit_time INTEGER NOT NULL,
    can_post INTEGER DEFAULT 0 NOT NULL,
    can_edit_expense INTEGER DEFAULT 0 NOT NULL,
    can_schedule_their_hours INTEGER DEFAULT 0 NOT NULL,
    can_schedule_team_hours INTEGER DEFAULT 0 NOT NULL,
    is_time_approver INTEGER NOT NULL,
    workspace_role_id INTEGER,
    rate_in_cents INTEGER,
    cost_in_cents INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_participations PRIMARY KEY (account_id, id),
    CONSTRAINT fk_participations_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id),
    CONSTRAINT fk_participations_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_participations_account_id_workspace_role_id FOREIGN KEY(account_id, workspace_role_id) REFERENCES roles (account_id, id),
    CONSTRAINT uq_participations_account_id_workspace_id_user_id UNIQUE (account_id, workspace_id, user_id),
    CONSTRAINT ck_participations_role_is_known CHECK (role IN ('maven', 'buyer')),
    CONSTRAINT ck_participations_access_level_is_known CHECK (access_level IN ('view_tasks', 'edit_tasks', 'view_time_and_expenses', 'edit_time_and_expenses', 'view_financials', 'edit_financials', 'admin')),
    CONSTRAINT ck_participations_rate_in_cents_is_in_range CHECK (rate_in_cents IS NULL OR (rate_in_cents BETWEEN 0 AND 1000000000)),
    CONSTRAINT ck_participations_cost_in_cents_is_in_range CHECK (cost_in_cents IS NULL OR (cost_in_cents BETWEEN 0 AND 1000000000)),
    CONSTRAINT fk_participations_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_participations_is_team_lead_is_a_flag CHECK (is_team_lead IN (0, 1)),
    CONSTRAINT ck_participations_can_invite_is_a_flag CHECK (can_invite IN (0, 1)),
    CONSTRAINT ck_participations_can_edit_time_is_a_flag CHECK (can_edit_time IN (0, 1)),
    CONSTRAINT ck_participations_can_post_is_a_flag CHECK (can_post IN (0, 1)),
    CONSTRAINT ck_participations_can_edit_expense_is_a_flag CHECK (can_edit_expense IN (0, 1)),
    CONSTRAINT ck_participations_can_schedule_their_hours_is_a_flag CHECK (can_schedule_their_hours IN (0, 1)),
    CONSTRAINT ck_participations_can_schedule_team_hours_is_a_flag CHECK (can_schedule_team_hours IN (0, 1)),
    CONSTRAINT ck_participations_is_time_approver_is_a_flag CHECK (is_time_approver IN (0, 1))
)
 STRICT;

CREATE INDEX ix_participations_account_id_user_id ON participations (account_id, user_id);

INSERT INTO id_counters (name, last_id) VALUES ('participations', 0);

CREATE TABLE stories (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    story_type TEXT NOT NULL,
    state TEXT NOT NULL,
    priority TEXT NOT NULL,
    position INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    deleted_at INTEGER,
    start_date TEXT,
    due_date TEXT,
    percentage_complete INTEGER NOT NULL,
    project_plan INTEGER NOT NULL,
    time_trackable INTEGER NOT NULL,
    billable INTEGER NOT NULL,
    fixed_fee INTEGER NOT NULL,
    weight INTEGER,
    time_estimate_in_minutes INTEGER,
    budget_estimate_in_cents INTEGER,
    completed_at INTEGER,
    assignment_timestamped_at INTEGER,
    creator_id INTEGER NOT NULL,
    parent_id INTEGER,
    root_id INTEGER,
    ancestry TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_stories PRIMARY KEY (account_id, id),
    CONSTRAINT fk_stories_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id),
    CONSTRAINT fk_stories_account_id_creator_id FOREIGN KEY(account_id, creator_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_stories_account_id_workspace_id_parent_id FOREIGN KEY(account_id, workspace_id, parent_id) REFERENCES stories (account_id, workspace_id, id),
    CONSTRAINT fk_stories_account_id_workspace_id_root_id FOREIGN KEY(account_id, workspace_id, root_id) REFERENCES stories (account_id, workspace_id, id),
    CONSTRAINT uq_stories_account_id_workspace_id_id UNIQUE (account_id, workspace_id, id),
    CONSTRAINT ck_stories_story_type_is_known CHECK (story_type IN ('task', 'deliverable', 'milestone', 'issue')),
    CONSTRAINT ck_stories_state_is_known CHECK (state IN ('not started', 'started', 'needs info', 'completed', 'new', 'reopened', 'in progress', 'blocked', 'fixed', 'duplicate', 'can''t repro', 'resolved', 'won''t fix')),
    CONSTRAINT ck_stories_priority_is_known CHECK (priority IN ('low', 'normal', 'high', 'critical')),
    CONSTRAINT ck_stories_percentage_complete_is_in_range CHECK (percentage_complete BETWEEN 0 AND 100),
    CONSTRAINT fk_stories_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_stories_archived_is_a_flag CHECK (archived IN (0, 1)),
    CONSTRAINT ck_stories_project_plan_is_a_flag CHECK (project_plan IN (0, 1)),
    CONSTRAINT ck_stories_time_trackable_is_a_flag CHECK (time_trackable IN (0, 1)),
    CONSTRAINT ck_stories_billable_is_a_flag CHECK (billable IN (0, 1)),
    CONSTRAINT ck_stories_fixed_fee_is_a_flag CHECK (fixed_fee IN (0, 1))
)
 STRICT;

CREATE INDEX ix_stories_account_id_parent_id ON stories (account_id, parent_id);

CREATE INDEX ix_stories_account_id_root_id ON stories (account_id, root_id);

CREATE INDEX ix_stories_account_id_workspace_id_position ON stories (account_id, workspace_id, position);

CREATE INDEX ix_stories_by_change ON stories (account_id, updated_at DESC, id, workspace_id, archived, deleted_at, project_plan);

INSERT INTO id_counters (name, last_id) VALUES ('stories', 0);

CREATE TABLE workspace_group_workspaces (
    account_id INTEGER NOT NULL,
    workspace_group_id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    CONSTRAINT pk_workspace_group_workspaces PRIMARY KEY (account_id, workspace_group_id, workspace_id),
    CONSTRAINT fk_workspace_group_workspaces_account_id_workspace_group_id FOREIGN KEY(account_id, workspace_group_id) REFERENCES workspace_groups (account_id, id),
    CONSTRAINT fk_workspace_group_workspaces_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id)
)
 STRICT;

CREATE INDEX ix_workspace_group_workspaces_account_id_workspace_id_workspace_group_id ON workspace_group_workspaces (account_id, workspace_id, workspace_group_id);

CREATE TABLE workspace_resources (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    user_id INTEGER,
    role_id INTEGER,
    label TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_workspace_resources PRIMARY KEY (account_id, id),
    CONSTRAINT fk_workspace_resources_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id),
    CONSTRAINT fk_workspace_resources_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_workspace_resources_account_id_role_id FOREIGN KEY(account_id, role_id) REFERENCES roles (account_id, id),
    CONSTRAINT ck_workspace_resources_somebody_or_some_role CHECK (user_id IS NOT NULL OR role_id IS NOT NULL),
    CONSTRAINT fk_workspace_resources_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

CREATE INDEX ix_workspace_resources_account_id_user_id ON workspace_resources (account_id, user_id);

CREATE INDEX ix_workspace_resources_account_id_workspace_id_user_id ON workspace_resources (account_id, workspace_id, user_id);

CREATE INDEX ix_workspace_resources_by_change ON workspace_resources (account_id, updated_at DESC, id);

INSERT INTO id_counters (name, last_id) VALUES ('workspace_resources', 0);

CREATE TABLE timesheet_submissions (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    title TEXT NOT NULL,
    comment TEXT,
    status TEXT NOT NULL,
    start_date TEXT NOT NULL,
    end_date TEXT NOT NULL,
    currency TEXT NOT NULL,
    resolution_description TEXT,
    current_resolution_creator_id INTEGER,
    current_resolution_created_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_timesheet_submissions PRIMARY KEY (account_id, id),
    CONSTRAINT fk_timesheet_submissions_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id),
    CONSTRAINT fk_timesheet_submissions_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_timesheet_submissions_account_id_current_resolution_creator_id FOREIGN KEY(account_id, current_resolution_creator_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT ck_timesheet_submissions_status_is_known CHECK (status IN ('pending', 'approved', 'rejected', 'cancelled')),
    CONSTRAINT ck_timesheet_submissions_dates_are_in_order CHECK (start_date <= end_date),
    CONSTRAINT fk_timesheet_submissions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

CREATE INDEX ix_timesheet_submissions_account_id_user_id_start_date ON timesheet_submissions (account_id, user_id, start_date);

CREATE INDEX ix_timesheet_submissions_account_id_workspace_id_start_date ON timesheet_submissions (account_id, workspace_id, start_date);

INSERT INTO id_counters (name, last_id) VALUES ('timesheet_submissions', 0);

CREATE TABLE invoice_workspaces (
    account_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    CONSTRAINT pk_invoice_workspaces PRIMARY KEY (account_id, invoice_id, workspace_id),
    CONSTRAINT fk_invoice_workspaces_account_id_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id),
    CONSTRAINT fk_invoice_workspaces_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id)
)
 STRICT;

CREATE INDEX ix_invoice_workspaces_account_id_workspace_id_invoice_id ON invoice_workspaces (account_id, workspace_id, invoice_id);

CREATE TABLE custom_field_choices (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    custom_field_id INTEGER NOT NULL,
    label TEXT NOT NULL,
    position INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_custom_field_choices PRIMARY KEY (account_id, id),
    CONSTRAINT fk_custom_field_choices_account_id_custom_field_id FOREIGN KEY(account_id, custom_field_id) REFERENCES custom_fields (account_id, id),
    CONSTRAINT uq_custom_field_choices_account_id_custom_field_id_id UNIQUE (account_id, custom_field_id, id),
    CONSTRAINT fk_custom_field_choices_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('custom_field_choices', 0);

CREATE TABLE custom_field_values (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    custom_field_id INTEGER NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    text TEXT,
    date TEXT,
    number TEXT,
    amount_in_cents INTEGER,
    currency TEXT,
    setter_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_custom_field_values PRIMARY KEY (account_id, id),
    CONSTRAINT fk_custom_field_values_account_id_subject_type_custom_field_id FOREIGN KEY(account_id, subject_type, custom_field_id) REFERENCES custom_fields (account_id, subject_type, id),
    CONSTRAINT fk_custom_field_values_account_id_setter_id FOREIGN KEY(account_id, setter_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT uq_custom_field_values_account_id_subject_type_subject_id_custom_field_id UNIQUE (account_id, subject_type, subject_id, custom_field_id),
    CONSTRAINT uq_custom_field_values_account_id_custom_field_id_id UNIQUE (account_id, custom_field_id, id),
    CONSTRAINT ck_custom_field_values_an_amount_has_a_currency CHECK ((amount_in_cents IS NULL) = (currency IS NULL)),
    CONSTRAINT fk_custom_field_values_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

CREATE INDEX ix_custom_field_values_by_creation ON custom_field_values (account_id, subject_type, created_at, id);

INSERT INTO id_counters (name, last_id) VALUES ('custom_field_values', 0);

CREATE TABLE expense_reports (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_expense_reports PRIMARY KEY (account_id, id),
    CONSTRAINT fk_expense_reports_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id),
    CONSTRAINT fk_expense_reports_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT ck_expense_reports_status_is_known CHECK (status IN ('pending', 'approved', 'rejected', 'cancelled')),
    CONSTRAINT fk_expense_reports_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

INSERT INTO id_counters (name, last_id) VALUES ('expense_reports', 0);

CREATE TABLE assignments (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    assignee_id INTEGER,
    resource_id INTEGER NOT NULL,
    role_id INTEGER,
    current INTEGER NOT NULL,
    estimated_minutes INTEGER,
    allocated_minutes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_assignments PRIMARY KEY (account_id, id),
    CONSTRAINT fk_assignments_account_id_story_id FOREIGN KEY(account_id, story_id) REFERENCES stories (account_id, id),
    CONSTRAINT fk_assignments_account_id_assignee_id FOREIGN KEY(account_id, assignee_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_assignments_account_id_role_id FOREIGN KEY(account_id, role_id) REFERENCES roles (account_id, id),
    CONSTRAINT fk_assignments_account_id_resource_id FOREIGN KEY(account_id, resource_id) REFERENCES workspace_resources (account_id, id),
    CONSTRAINT uq_assignments_account_id_story_id_assignee_id UNIQUE (account_id, story_id, assignee_id),
    CONSTRAINT fk_assignments_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_assignments_current_is_a_flag CHECK (current IN (0, 1))
)
 STRICT;

CREATE INDEX ix_assignments_account_id_assignee_id ON assignments (account_id, assignee_id);

CREATE INDEX ix_assignments_account_id_resource_id ON assignments (account_id, resource_id);

CREATE INDEX ix_assignments_by_creation ON assignments (account_id, created_at DESC, id, story_id, assignee_id);

INSERT INTO id_counters (name, last_id) VALUES ('assignments', 0);

CREATE TABLE time_entries (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    story_id INTEGER,
    user_id INTEGER NOT NULL,
    role_id INTEGER,
    location_id INTEGER,
    date_performed TEXT NOT NULL,
    time_in_minutes INTEGER NOT NULL,
    billable INTEGER NOT NULL,
    notes TEXT,
    rate_in_cents INTEGER NOT NULL,
    rate_rule TEXT NOT NULL,
    cost_rate_in_cents INTEGER,
    currency TEXT NOT NULL,
    taxable INTEGER NOT NULL,
    approved INTEGER NOT NULL,
    active_submission_id INTEGER,
    recent_submission_id INTEGER,
    invoice_id INTEGER,
    created_by_id INTEGER NOT NULL,
    operation_id TEXT NOT NULL,
    request_key TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_time_entries PRIMARY KEY (account_id, id),
    CONSTRAINT fk_time_entries_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id),
    CONSTRAINT fk_time_entries_account_id_workspace_id_story_id FOREIGN KEY(account_id, workspace_id, story_id) REFERENCES stories (account_id, workspace_id, id),
    CONSTRAINT fk_time_entries_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_time_entries_account_id_created_by_id FOREIGN KEY(account_id, created_by_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_time_entries_account_id_role_id FOREIGN KEY(account_id, role_id) REFERENCES roles (account_id, id),
    CONSTRAINT fk_time_entries_account_id_location_id FOREIGN KEY(account_id, location_id) REFERENCES account_locations (account_id, id),
    CONSTRAINT fk_time_entries_account_id_active_submission_id FOREIGN KEY(account_id, active_submission_id) REFERENCES timesheet_submissions (account_id, id),
    CONSTRAINT fk_time_entries_account_id_recent_submission_id FOREIGN KEY(account_id, recent_submission_id) REFERENCES timesheet_submissions (account_id, id),
    CONSTRAINT fk_time_entries_account_id_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id),
    CONSTRAINT ck_time_entries_time_in_minutes_is_in_range CHECK (time_in_minutes BETWEEN 1 AND 1440),
    CONSTRAINT ck_time_entries_rate_in_cents_is_in_range CHECK (rate_in_cents BETWEEN 0 AND 1000000000),
    CONSTRAINT ck_time_entries_cost_rate_in_cents_is_in_range CHECK (cost_rate_in_cents IS NULL OR (cost_rate_in_cents BETWEEN 0 AND 1000000000)),
    CONSTRAINT ck_time_entries_date_performed_is_in_range CHECK (date_performed BETWEEN '1990-01-01' AND '2100-12-31'),
    CONSTRAINT ck_time_entries_notes_are_not_too_long CHECK (length(notes) <= 65535),
    CONSTRAINT ck_time_entries_only_billable_time_has_a_rate CHECK (billable OR rate_in_cents = 0),
    CONSTRAINT ck_time_entries_only_submitted_time_is_approved CHECK (active_submission_id IS NOT NULL OR NOT approved),
    CONSTRAINT ck_time_entries_rate_rule_is_known CHECK (rate_rule IN ('not_billable', 'rate_in_cents', 'rate_card_role', 'rate_card_default', 'participation', 'account_membership', 'workspace', 'none')),
    CONSTRAINT fk_time_entries_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_time_entries_billable_is_a_flag CHECK (billable IN (0, 1)),
    CONSTRAINT ck_time_entries_taxable_is_a_flag CHECK (taxable IN (0, 1)),
    CONSTRAINT ck_time_entries_approved_is_a_flag CHECK (approved IN (0, 1))
)
 STRICT;

CREATE INDEX ix_time_entries_by_active_submission_id ON time_entries (account_id, active_submission_id, date_performed DESC, id, workspace_id, user_id, billable) WHERE active_submission_id IS NOT NULL;

CREATE INDEX ix_time_entries_by_change ON time_entries (account_id, updated_at DESC, id, workspace_id, user_id, billable);

CREATE INDEX ix_time_entries_by_creation ON time_entries (account_id, created_at DESC, id, workspace_id, user_id, billable);

CREATE INDEX ix_time_entries_by_day ON time_entries (account_id, date_performed DESC, id, workspace_id, user_id, billable, approved, active_submission_id, recent_submission_id, invoice_id, created_by_id);

CREATE INDEX ix_time_entries_by_invoice_id ON time_entries (account_id, invoice_id, date_performed DESC, id, workspace_id, user_id, billable) WHERE invoice_id IS NOT NULL;

CREATE INDEX ix_time_entries_by_location_id ON time_entries (account_id, location_id) WHERE location_id IS NOT NULL;

CREATE INDEX ix_time_entries_by_recent_submission_id ON time_entries (account_id, recent_submission_id, date_performed DESC, id, workspace_id, user_id, billable) WHERE recent_submission_id IS NOT NULL;

CREATE INDEX ix_time_entries_by_story ON time_entries (account_id, story_id, date_performed DESC, id, workspace_id, user_id, billable);

CREATE INDEX ix_time_entries_by_user ON time_entries (account_id, user_id, date_performed DESC, id, workspace_id, billable);

CREATE INDEX ix_time_entries_by_workspace ON time_entries (account_id, workspace_id, date_performed DESC, id, user_id, billable);

CREATE INDEX ix_time_entries_invoiced_on_story ON time_entries (account_id, story_id, invoice_id, time_in_minutes, rate_in_cents) WHERE invoice_id IS NOT NULL;

CREATE INDEX ix_time_entries_since ON time_entries (account_id, story_id, id, billable, time_in_minutes, rate_in_cents);

INSERT INTO id_counters (name, last_id) VALUES ('time_entries', 0);

CREATE TRIGGER time_entries_are_rolled_up_update AFTER UPDATE OF account_id, id, workspace_id, story_id, user_id, date_performed, time_in_minutes, billable, rate_in_cents ON time_entries FOR EACH ROW WHEN OLD.id <= (SELECT rolled_up_to FROM accounts WHERE id = OLD.account_id) OR NEW.id <= (SELECT rolled_up_to FROM accounts WHERE id = NEW.account_id) BEGIN
    INSERT INTO entries_by_person (account_id, workspace_id, user_id, billable, entries, minutes, cent_minutes) SELECT account_id, workspace_id, user_id, billable, sum(sign * 1), sum(sign * time_in_minutes), sum(sign * CAST(rate_in_cents AS BIGINT) * time_in_minutes) FROM (SELECT OLD.account_id AS account_id, OLD.id AS id, OLD.workspace_id AS workspace_id, OLD.story_id AS story_id, OLD.user_id AS user_id, OLD.date_performed AS date_performed, OLD.time_in_minutes AS time_in_minutes, OLD.billable AS billable, OLD.rate_in_cents AS rate_in_cents, -1 AS sign UNION ALL SELECT NEW.account_id AS account_id, NEW.id AS id, NEW.workspace_id AS workspace_id, NEW.story_id AS story_id, NEW.user_id AS user_id, NEW.date_performed AS date_performed, NEW.time_in_minutes AS time_in_minutes, NEW.billable AS billable, NEW.rate_in_cents AS rate_in_cents, 1 AS sign) AS touched, accounts WHERE touched.account_id = accounts.id AND touched.id <= accounts.rolled_up_to AND account_id IS NOT NULL AND workspace_id IS NOT NULL AND user_id IS NOT NULL AND billable IS NOT NULL GROUP BY account_id, workspace_id, user_id, billable HAVING sum(sign * 1) <> 0 OR sum(sign * time_in_minutes) <> 0 OR sum(sign * CAST(rate_in_cents AS BIGINT) * time_in_minutes) <> 0 ORDER BY account_id, workspace_id, user_id, billable ON CONFLICT (account_id, workspace_id, user_id, billable) DO UPDATE SET entries = entries_by_person.entries + excluded.entries, minutes = entries_by_person.minutes + excluded.minutes, cent_minutes = entries_by_person.cent_minutes + excluded.cent_minutes;
    INSERT INTO entries_by_day (account_id, date_performed, workspace_id, billable, entries, minutes) SELECT account_id, date_performed, workspace_id, billable, sum(sign * 1), sum(sign * time_in_minutes) FROM (SELECT OLD.account_id AS account_id, OLD.id AS id, OLD.workspace_id AS workspace_id, OLD.story_id AS story_id, OLD.user_id AS user_id, OLD.date_performed AS date_performed, OLD.time_in_minutes AS time_in_minutes, OLD.billable AS billable, OLD.rate_in_cents AS rate_in_cents, -1 AS sign UNION ALL SELECT NEW.account_id AS account_id, NEW.id AS id, NEW.workspace_id AS workspace_id, NEW.story_id AS story_id, NEW.user_id AS user_id, NEW.date_performed AS date_performed, NEW.time_in_minutes AS time_in_minutes, NEW.billable AS billable, NEW.rate_in_cents AS rate_in_cents, 1 AS sign) AS touched, accounts WHERE touched.account_id = accounts.id AND touched.id <= accounts.rolled_up_to AND account_id IS NOT NULL AND date_performed IS NOT NULL AND workspace_id IS NOT NULL AND billable IS NOT NULL GROUP BY account_id, date_performed, workspace_id, billable HAVING sum(sign * 1) <> 0 OR sum(sign * time_in_minutes) <> 0 ORDER BY account_id, date_performed, workspace_id, billable ON CONFLICT (account_id, date_performed, workspace_id, billable) DO UPDATE SET entries = entries_by_day.entries + excluded.entries, minutes = entries_by_day.minutes + excluded.minutes;
    INSERT INTO entries_by_story (account_id, story_id, workspace_id, billable, entries, minutes, cent_minutes) SELECT account_id, story_id, workspace_id, billable, sum(sign * 1), sum(sign * time_in_minutes), sum(sign * CAST(rate_in_cents AS BIGINT) * time_in_minutes) FROM (SELECT OLD.account_id AS account_id, OLD.id AS id, OLD.workspace_id AS workspace_id, OLD.story_id AS story_id, OLD.user_id AS user_id, OLD.date_performed AS date_performed, OLD.time_in_minutes AS time_in_minutes, OLD.billable AS billable, OLD.rate_in_cents AS rate_in_cents, -1 AS sign UNION ALL SELECT NEW.account_id AS account_id, NEW.id AS id, NEW.workspace_id AS workspace_id, NEW.story_id AS story_id, NEW.user_id AS user_id, NEW.date_performed AS date_performed, NEW.time_in_minutes AS time_in_minutes, NEW.billable AS billable, NEW.rate_in_cents AS rate_in_cents, 1 AS sign) AS touched, accounts WHERE touched.account_id = accounts.id AND touched.id <= accounts.rolled_up_to AND account_id IS NOT NULL AND story_id IS NOT NULL AND workspace_id IS NOT NULL AND billable IS NOT NULL GROUP BY account_id, story_id, workspace_id, billable HAVING sum(sign * 1) <> 0 OR sum(sign * time_in_minutes) <> 0 OR sum(sign * CAST(rate_in_cents AS BIGINT) * time_in_minutes) <> 0 ORDER BY account_id, story_id, workspace_id, billable ON CONFLICT (account_id, story_id, workspace_id, billable) DO UPDATE SET entries = entries_by_story.entries + excluded.entries, minutes = entries_by_story.minutes + excluded.minutes, cent_minutes = entries_by_story.cent_minutes + excluded.cent_minutes;
END;

CREATE TRIGGER time_entries_are_rolled_up_delete AFTER DELETE ON time_entries FOR EACH ROW WHEN OLD.id <= (SELECT rolled_up_to FROM accounts WHERE id = OLD.account_id) BEGIN
    INSERT INTO entries_by_person (account_id, workspace_id, user_id, billable, entries, minutes, cent_minutes) SELECT account_id, workspace_id, user_id, billable, sum(sign * 1), sum(sign * time_in_minutes), sum(sign * CAST(rate_in_cents AS BIGINT) * time_in_minutes) FROM (SELECT OLD.account_id AS account_id, OLD.id AS id, OLD.workspace_id AS workspace_id, OLD.story_id AS story_id, OLD.user_id AS user_id, OLD.date_performed AS date_performed, OLD.time_in_minutes AS time_in_minutes, OLD.billable AS billable, OLD.rate_in_cents AS rate_in_cents, -1 AS sign) AS touched, accounts WHERE touched.account_id = accounts.id AND touched.id <= accounts.rolled_up_to AND account_id IS NOT NULL AND workspace_id IS NOT NULL AND user_id IS NOT NULL AND billable IS NOT NULL GROUP BY account_id, workspace_id, user_id, billable HAVING sum(sign * 1) <> 0 OR sum(sign * time_in_minutes) <> 0 OR sum(sign * CAST(rate_in_cents AS BIGINT) * time_in_minutes) <> 0 ORDER BY account_id, workspace_id, user_id, billable ON CONFLICT (account_id, workspace_id, user_id, billable) DO UPDATE SET entries = entries_by_person.entries + excluded.entries, minutes = entries_by_person.minutes + excluded.minutes, cent_minutes = entries_by_person.cent_minutes + excluded.cent_minutes;
    INSERT INTO entries_by_day (account_id, date_performed, workspace_id, billable, entries, minutes) SELECT account_id, date_performed, workspace_id, billable, sum(sign * 1), sum(sign * time_in_minutes) FROM (SELECT OLD.account_id AS account_id, OLD.id AS id, OLD.workspace_id AS workspace_id, OLD.story_id AS story_id, OLD.user_id AS user_id, OLD.date_performed AS date_performed, OLD.time_in_minutes AS time_in_minutes, OLD.billable AS billable, OLD.rate_in_cents AS rate_in_cents, -1 AS sign) AS touched, accounts WHERE touched.account_id = accounts.id AND touched.id <= accounts.rolled_up_to AND account_id IS NOT NULL AND date_performed IS NOT NULL AND workspace_id IS NOT NULL AND billable IS NOT NULL GROUP BY account_id, date_performed, workspace_id, billable HAVING sum(sign * 1) <> 0 OR sum(sign * time_in_minutes) <> 0 ORDER BY account_id, date_performed, workspace_id, billable ON CONFLICT (account_id, date_performed, workspace_id, billable) DO UPDATE SET entries = entries_by_day.entries + excluded.entries, minutes = entries_by_day.minutes + excluded.minutes;
    INSERT INTO entries_by_story (account_id, story_id, workspace_id, billable, entries, minutes, cent_minutes) SELECT account_id, story_id, workspace_id, billable, sum(sign * 1), sum(sign * time_in_minutes), sum(sign * CAST(rate_in_cents AS BIGINT) * time_in_minutes) FROM (SELECT OLD.account_id AS account_id, OLD.id AS id, OLD.workspace_id AS workspace_id, OLD.story_id AS story_id, OLD.user_id AS user_id, OLD.date_performed AS date_performed, OLD.time_in_minutes AS time_in_minutes, OLD.billable AS billable, OLD.rate_in_cents AS rate_in_cents, -1 AS sign) AS touched, accounts WHERE touched.account_id = accounts.id AND touched.id <= accounts.rolled_up_to AND account_id IS NOT NULL AND story_id IS NOT NULL AND workspace_id IS NOT NULL AND billable IS NOT NULL GROUP BY account_id, story_id, workspace_id, billable HAVING sum(sign * 1) <> 0 OR sum(sign * time_in_minutes) <> 0 OR sum(sign * CAST(rate_in_cents AS BIGINT) * time_in_minutes) <> 0 ORDER BY account_id, story_id, workspace_id, billable ON CONFLICT (account_id, story_id, workspace_id, billable) DO UPDATE SET entries = entries_by_story.entries + excluded.entries, minutes = entries_by_story.minutes + excluded.minutes, cent_minutes = entries_by_story.cent_minutes + excluded.cent_minutes;
END;

CREATE TRIGGER closed_time_entries_do_not_change BEFORE UPDATE OF workspace_id, story_id, user_id, role_id, location_id, date_performed, time_in_minutes, billable, notes, rate_in_cents, cost_rate_in_cents, currency ON time_entries FOR EACH ROW WHEN (OLD.approved OR OLD.invoice_id IS NOT NULL) BEGIN SELECT RAISE(ABORT, 'approved and invoiced time entries do not change'); END;

CREATE TRIGGER closed_time_entries_stay BEFORE DELETE ON time_entries FOR EACH ROW WHEN (OLD.approved OR OLD.invoice_id IS NOT NULL) BEGIN SELECT RAISE(ABORT, 'approved and invoiced time entries are not deleted'); END;

CREATE TABLE story_followers (
    account_id INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    CONSTRAINT pk_story_followers PRIMARY KEY (account_id, story_id, user_id),
    CONSTRAINT fk_story_followers_account_id_story_id FOREIGN KEY(account_id, story_id) REFERENCES stories (account_id, id),
    CONSTRAINT fk_story_followers_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id)
)
 STRICT;

CREATE INDEX ix_story_followers_account_id_user_id ON story_followers (account_id, user_id);

CREATE TABLE story_tags (
    account_id INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    CONSTRAINT pk_story_tags PRIMARY KEY (account_id, story_id, tag_id),
    CONSTRAINT fk_story_tags_account_id_story_id FOREIGN KEY(account_id, story_id) REFERENCES stories (account_id, id),
    CONSTRAINT fk_story_tags_account_id_tag_id FOREIGN KEY(account_id, tag_id) REFERENCES tags (account_id, id)
)
 STRICT;

CREATE INDEX ix_story_tags_account_id_tag_id ON story_tags (account_id, tag_id);

CREATE TABLE story_tasks (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    text TEXT NOT NULL,
    position INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_story_tasks PRIMARY KEY (account_id, id),
    CONSTRAINT fk_story_tasks_account_id_story_id FOREIGN KEY(account_id, story_id) REFERENCES stories (account_id, id),
    CONSTRAINT fk_story_tasks_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_story_tasks_completed_is_a_flag CHECK (completed IN (0, 1))
)
 STRICT;

CREATE INDEX ix_story_tasks_account_id_story_id ON story_tasks (account_id, story_id);

INSERT INTO id_counters (name, last_id) VALUES ('story_tasks', 0);

CREATE TABLE story_dependencies (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    target_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_story_dependencies PRIMARY KEY (account_id, id),
    CONSTRAINT fk_story_dependencies_account_id_source_id FOREIGN KEY(account_id, source_id) REFERENCES stories (account_id, id),
    CONSTRAINT fk_story_dependencies_account_id_target_id FOREIGN KEY(account_id, target_id) REFERENCES stories (account_id, id),
    CONSTRAINT uq_story_dependencies_account_id_source_id_target_id UNIQUE (account_id, source_id, target_id),
    CONSTRAINT ck_story_dependencies_type_is_known CHECK (type IN ('start_to_start', 'start_to_finish', 'finish_to_start', 'finish_to_finish')),
    CONSTRAINT ck_story_dependencies_it_joins_two CHECK (source_id <> target_id),
    CONSTRAINT fk_story_dependencies_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
)
 STRICT;

CREATE INDEX ix_story_dependencies_account_id_target_id ON story_dependencies (account_id, target_id);

INSERT INTO id_counters (name, last_id) VALUES ('story_dependencies', 0);

CREATE TABLE custom_field_value_choices (
    account_id INTEGER NOT NULL,
    custom_field_id INTEGER NOT NULL,
    custom_field_value_id INTEGER NOT NULL,
    custom_field_choice_id INTEGER NOT NULL,
    CONSTRAINT pk_custom_field_value_choices PRIMARY KEY (account_id, custom_field_value_id, custom_field_choice_id),
    CONSTRAINT fk_custom_field_value_choices_account_id_custom_field_id_custom_field_value_id FOREIGN KEY(account_id, custom_field_id, custom_field_value_id) REFERENCES custom_field_values (account_id, custom_field_id, id),
    CONSTRAINT fk_custom_field_value_choices_account_id_custom_field_id_custom_field_choice_id FOREIGN KEY(account_id, custom_field_id, custom_field_choice_id) REFERENCES custom_field_choices (account_id, custom_field_id, id)
)
 STRICT;

CREATE INDEX ix_custom_field_value_choices_account_id_custom_field_choice_id ON custom_field_value_choices (account_id, custom_field_choice_id);

CREATE TABLE expenses (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL,
    story_id INTEGER,
    user_id INTEGER NOT NULL,
    role_id INTEGER,
    date TEXT NOT NULL,
    notes TEXT,
    category TEXT NOT NULL,
    vendor_name TEXT,
    amount_in_cents INTEGER NOT NULL,
    currency TEXT NOT NULL,
    is_billable INTEGER NOT NULL,
    taxable INTEGER NOT NULL,
    reimbursable INTEGER NOT NULL,
    approved INTEGER NOT NULL,
    active_expense_report_id INTEGER,
    recent_expense_report_id INTEGER,
    invoice_id INTEGER,
    created_by_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT pk_expenses PRIMARY KEY (account_id, id),
    CONSTRAINT fk_expenses_account_id_workspace_id FOREIGN KEY(account_id, workspace_id) REFERENCES workspaces (account_id, id),
    CONSTRAINT fk_expenses_account_id_workspace_id_story_id FOREIGN KEY(account_id, workspace_id, story_id) REFERENCES stories (account_id, workspace_id, id),
    CONSTRAINT fk_expenses_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_expenses_account_id_created_by_id FOREIGN KEY(account_id, created_by_id) REFERENCES account_people (account_id, user_id),
    CONSTRAINT fk_expenses_account_id_role_id FOREIGN KEY(account_id, role_id) REFERENCES roles (account_id, id),
    CONSTRAINT fk_expenses_account_id_active_expense_report_id FOREIGN KEY(account_id, active_expense_report_id) REFERENCES expense_reports (account_id, id),
    CONSTRAINT fk_expenses_account_id_recent_expense_report_id FOREIGN KEY(account_id, recent_expense_report_id) REFERENCES expense_reports (account_id, id),
    CONSTRAINT fk_expenses_account_id_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id),
    CONSTRAINT ck_expenses_date_is_in_range CHECK (date BETWEEN '1990-01-01' AND '2100-12-31'),
    CONSTRAINT ck_expenses_only_submitted_costs_are_approved CHECK (active_expense_report_id IS NOT NULL OR NOT approved),
    CONSTRAINT fk_expenses_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_expenses_is_billable_is_a_flag CHECK (is_billable IN (0, 1)),
    CONSTRAINT ck_expenses_taxable_is_a_flag CHECK (taxable IN (0, 1)),
    CONSTRAINT ck_expenses_reimbursable_is_a_flag CHECK (reimbursable IN (0, 1)),
    CONSTRAINT ck_expenses_approved_is_a_flag CHECK (approved IN (0, 1))
)
 STRICT;

CREATE INDEX ix_expenses_by_active_expense_report_id ON expenses (account_id, active_expense_report_id) WHERE active_expense_report_id IS NOT NULL;

CREATE INDEX ix_expenses_by_day ON expenses (account_id, date DESC, id, workspace_id, user_id);

CREATE INDEX ix_expenses_by_invoice_id ON expenses (account_id, invoice_id) WHERE invoice_id IS NOT NULL;

CREATE INDEX ix_expenses_by_recent_expense_report_id ON expenses (account_id, recent_expense_report_id) WHERE recent_expense_report_id IS NOT NULL;

CREATE INDEX ix_expenses_by_story_id ON expenses (account_id, story_id) WHERE story_id IS NOT NULL;

CREATE INDEX ix_expenses_by_user ON expenses (account_id, user_id, date DESC, id, workspace_id);

CREATE INDEX ix_expenses_by_workspace ON expenses (account_id, workspace_id, date DESC, id, user_id);

INSERT INTO id_counters (name, last_id) VALUES ('expenses', 0);

CREATE TABLE timesheet_submission_entries (
    account_id INTEGER NOT NULL,
    timesheet_submission_id INTEGER NOT NULL,
    time_entry_id INTEGER NOT NULL,
    CONSTRAINT pk_timesheet_submission_entries PRIMARY KEY (account_id, timesheet_submission_id, time_entry_id),
    CONSTRAINT fk_timesheet_submission_entries_account_id_timesheet_submission_id FOREIGN KEY(account_id, timesheet_submission_id) REFERENCES timesheet_submissions (account_id, id),
    CONSTRAINT fk_timesheet_submission_entries_account_id_time_entry_id FOREIGN KEY(account_id, time_entry_id) REFERENCES time_entries (account_id, id)
)
 STRICT;

CREATE INDEX ix_timesheet_submission_entries_account_id_time_entry_id ON timesheet_submission_entries (account_id, time_entry_id);

CREATE TABLE invoice_time_entries (
    account_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    time_entry_id INTEGER NOT NULL,
    CONSTRAINT pk_invoice_time_entries PRIMARY KEY (account_id, invoice_id, time_entry_id),
    CONSTRAINT fk_invoice_time_entries_account_id_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id),
    CONSTRAINT fk_invoice_time_entries_account_id_time_entry_id FOREIGN KEY(account_id, time_entry_id) REFERENCES time_entries (account_id, id)
)
 STRICT;

CREATE INDEX ix_invoice_time_entries_account_id_time_entry_id ON invoice_time_entries (account_id, time_entry_id);

