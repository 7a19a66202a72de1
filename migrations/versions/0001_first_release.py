"""The tables of the first release, with row-level security on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0001"
down_revision = None

OWNED = ['audit_events', 'cost_centers', 'departments', 'operator_events', 'phone_numbers', 'sim_cards', 'stored_files', 'users', 'batches', 'employees', 'recovery_codes', 'sms_codes', 'user_sessions', 'batch_rows', 'lines', 'notices', 'orders', 'problems', 'differences']
EVERYBODYS = ['operator_cursor', 'plans']
ROLE = "console_app"


def upgrade() -> None:
    op.create_table('companies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('group_code', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('batch_day', sa.String(length=8), nullable=False),
    sa.Column('batch_count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_companies')),
    sa.UniqueConstraint('group_code', name=op.f('uq_companies_group_code')),
    sa.UniqueConstraint('uscc', name=op.f('uq_companies_uscc'))
    )
    op.create_table('operator_cursor',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('read_until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator_cursor'))
    )
    op.create_table('plans',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('sellable', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('family', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('fee_fen', sa.Integer(), nullable=False),
    sa.Column('fee_cycle', sa.String(length=10), nullable=False),
    sa.Column('voice_min', sa.Integer(), nullable=False),
    sa.Column('data_mb', sa.Integer(), nullable=False),
    sa.Column('directed_mb', sa.Integer(), nullable=False),
    sa.Column('sms', sa.Integer(), nullable=False),
    sa.Column('contract_months', sa.Integer(), nullable=False),
    sa.Column('min_qty', sa.Integer(), nullable=False),
    sa.Column('eligibility', sa.String(length=30), nullable=False),
    sa.Column('first_month', sa.String(length=20), nullable=False),
    sa.Column('requires', sa.JSON(), nullable=False),
    sa.Column('excludes', sa.JSON(), nullable=False),
    sa.Column('synonyms', sa.JSON(), nullable=False),
    sa.Column('tax', sa.String(length=20), nullable=False),
    sa.Column('bill_item', sa.String(length=30), nullable=False),
    sa.Column('more', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plans')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_plans_code_version'))
    )
    op.create_table('audit_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=100), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('task', sa.String(length=100), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(length=20), nullable=False),
    sa.Column('entity', sa.String(length=40), nullable=False),
    sa.Column('entity_id', sa.Integer(), nullable=True),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_audit_events_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_events'))
    )
    op.create_index('ix_audit_events_company_at', 'audit_events', ['company_id', 'at'], unique=False)
    op.create_index('ix_audit_events_company_batch', 'audit_events', ['company_id', 'batch_id'], unique=False)
    op.create_index(op.f('ix_audit_events_company_id'), 'audit_events', ['company_id'], unique=False)
    op.create_table('cost_centers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_cost_centers_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cost_centers')),
    sa.UniqueConstraint('company_id', 'code', name=op.f('uq_cost_centers_company_id_code'))
    )
    op.create_index(op.f('ix_cost_centers_company_id'), 'cost_centers', ['company_id'], unique=False)
    op.create_table('departments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('path', sa.String(length=200), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_departments_company_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['departments.id'], name=op.f('fk_departments_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_departments')),
    sa.UniqueConstraint('company_id', 'path', name=op.f('uq_departments_company_id_path'))
    )
    op.create_index(op.f('ix_departments_company_id'), 'departments', ['company_id'], unique=False)
    op.create_table('operator_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.String(length=60), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_operator_events_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator_events')),
    sa.UniqueConstraint('event_id', name=op.f('uq_operator_events_event_id'))
    )
    op.create_index(op.f('ix_operator_events_company_id'), 'operator_events', ['company_id'], unique=False)
    waiting = sa.text("applied_at is null")
    op.create_index('ix_operator_events_waiting', 'operator_events', ['company_id', 'received_at'], unique=False, sqlite_where=waiting, postgresql_where=waiting)
    op.create_table('phone_numbers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('msisdn', sa.LargeBinary(), nullable=False),
    sa.Column('msisdn_index', sa.LargeBinary(), nullable=False),
    sa.Column('tail_index', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('locked', 'reserved', 'assigned', 'lost')", name=op.f('ck_phone_numbers_state_known')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_phone_numbers_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phone_numbers')),
    sa.UniqueConstraint('company_id', 'msisdn_index', name=op.f('uq_phone_numbers_company_id_msisdn_index'))
    )
    op.create_index(op.f('ix_phone_numbers_company_id'), 'phone_numbers', ['company_id'], unique=False)
    op.create_index('ix_phone_numbers_company_state', 'phone_numbers', ['company_id', 'state', 'id'], unique=False)
    op.create_index('ix_phone_numbers_company_tail', 'phone_numbers', ['company_id', 'tail_index'], unique=False)
    op.create_table('sim_cards',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('iccid', sa.String(length=20), nullable=False),
    sa.Column('key19', sa.String(length=19), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('in_stock', 'reserved', 'assigned', 'scrapped')", name=op.f('ck_sim_cards_state_known')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_sim_cards_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sim_cards')),
    sa.UniqueConstraint('company_id', 'key19', name=op.f('uq_sim_cards_company_id_key19'))
    )
    op.create_index(op.f('ix_sim_cards_company_id'), 'sim_cards', ['company_id'], unique=False)
    op.create_index('ix_sim_cards_company_state', 'sim_cards', ['company_id', 'state', 'id'], unique=False)
    op.create_table('stored_files',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_stored_files_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_files'))
    )
    op.create_index(op.f('ix_stored_files_company_id'), 'stored_files', ['company_id'], unique=False)
    op.create_index(op.f('ix_stored_files_fingerprint'), 'stored_files', ['fingerprint'], unique=False)
    op.create_table('users',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('totp_secret', sa.LargeBinary(), nullable=True),
    sa.Column('totp_enabled', sa.Boolean(), nullable=False),
    sa.Column('totp_last_step', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('theme', sa.String(length=10), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('locale', sa.String(length=5), nullable=False),
    sa.Column('density', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_users_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('login', name=op.f('uq_users_login'))
    )
    op.create_index(op.f('ix_users_company_id'), 'users', ['company_id'], unique=False)
    op.create_table('batches',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('defaults', sa.JSON(), nullable=False),
    sa.Column('headings', sa.JSON(), nullable=False),
    sa.Column('unused', sa.JSON(), nullable=False),
    sa.Column('notes', sa.JSON(), nullable=False),
    sa.Column('refusal', sa.JSON(), nullable=True),
    sa.Column('rows_total', sa.Integer(), nullable=False),
    sa.Column('columns_total', sa.Integer(), nullable=False),
    sa.Column('priced_on', sa.Date(), nullable=True),
    sa.Column('rows_digest', sa.LargeBinary(), nullable=True),
    sa.Column('submitted_by', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by', sa.Integer(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=32), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('received', 'checking', 'refused', 'checked', 'running', 'finished', 'withdrawn', 'expired')", name=op.f('ck_batches_state_known')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_batches_company_id')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['users.id'], name=op.f('fk_batches_confirmed_by')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_batches_file_id')),
    sa.ForeignKeyConstraint(['submitted_by'], ['users.id'], name=op.f('fk_batches_submitted_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batches')),
    sa.UniqueConstraint('company_id', 'number', name=op.f('uq_batches_company_id_number'))
    )
    op.create_index('ix_batches_company_created', 'batches', ['company_id', 'created_at'], unique=False)
    op.create_index(op.f('ix_batches_company_id'), 'batches', ['company_id'], unique=False)
    op.create_index(op.f('ix_batches_rows_digest'), 'batches', ['rows_digest'], unique=False)
    op.create_index('ix_batches_state', 'batches', ['state'], unique=False)
    op.create_table('employees',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('name_index', sa.LargeBinary(), nullable=False),
    sa.Column('document_type', sa.String(length=20), nullable=True),
    sa.Column('document_no', sa.LargeBinary(), nullable=True),
    sa.Column('document_index', sa.LargeBinary(), nullable=True),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('cost_center_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_employees_company_id')),
    sa.ForeignKeyConstraint(['cost_center_id'], ['cost_centers.id'], name=op.f('fk_employees_cost_center_id')),
    sa.ForeignKeyConstraint(['department_id'], ['departments.id'], name=op.f('fk_employees_department_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employees')),
    sa.UniqueConstraint('company_id', 'number', name=op.f('uq_employees_company_id_number'))
    )
    op.create_index('ix_employees_company_document', 'employees', ['company_id', 'document_index'], unique=False)
    op.create_index(op.f('ix_employees_company_id'), 'employees', ['company_id'], unique=False)
    op.create_index('ix_employees_company_name', 'employees', ['company_id', 'name_index'], unique=False)
    op.create_index(op.f('ix_employees_cost_center_id'), 'employees', ['cost_center_id'], unique=False)
    op.create_index(op.f('ix_employees_department_id'), 'employees', ['department_id'], unique=False)
    op.create_table('recovery_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_recovery_codes_company_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recovery_codes_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes'))
    )
    op.create_index(op.f('ix_recovery_codes_company_id'), 'recovery_codes', ['company_id'], unique=False)
    op.create_index(op.f('ix_recovery_codes_user_id'), 'recovery_codes', ['user_id'], unique=False)
    op.create_table('sms_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_sms_codes_company_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_sms_codes_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_codes')),
    sa.UniqueConstraint('user_id', 'sent_at', name=op.f('uq_sms_codes_user_id_sent_at'))
    )
    op.create_index(op.f('ix_sms_codes_company_id'), 'sms_codes', ['company_id'], unique=False)
    op.create_index(op.f('ix_sms_codes_user_id'), 'sms_codes', ['user_id'], unique=False)
    op.create_table('user_sessions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_digest', sa.LargeBinary(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen', sa.DateTime(timezone=True), nullable=False),
    sa.Column('factor_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_user_sessions_company_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_user_sessions_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_sessions')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_user_sessions_token_digest'))
    )
    op.create_index(op.f('ix_user_sessions_company_id'), 'user_sessions', ['company_id'], unique=False)
    op.create_index(op.f('ix_user_sessions_user_id'), 'user_sessions', ['user_id'], unique=False)
    op.create_table('batch_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('cells', sa.LargeBinary(), nullable=False),
    sa.Column('values', sa.LargeBinary(), nullable=False),
    sa.Column('document_index', sa.LargeBinary(), nullable=True),
    sa.Column('price_key', sa.String(length=30), nullable=True),
    sa.Column('monthly_fen', sa.Integer(), nullable=False),
    sa.Column('cycle_fen', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('wrong', 'ready', 'confirmed', 'ordered', 'done', 'left_out')", name=op.f('ck_batch_rows_state_known')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_batch_rows_batch_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_batch_rows_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batch_rows'))
    )
    op.create_index('ix_batch_rows_batch', 'batch_rows', ['company_id', 'batch_id', 'state', 'number'], unique=False)
    op.create_index(op.f('ix_batch_rows_company_id'), 'batch_rows', ['company_id'], unique=False)
    confirmed = sa.text("state = 'confirmed'")
    op.create_index('ix_batch_rows_confirmed', 'batch_rows', ['company_id', 'batch_id'], unique=False, sqlite_where=confirmed, postgresql_where=confirmed)
    op.create_index('ix_batch_rows_document', 'batch_rows', ['company_id', 'document_index'], unique=False)
    op.create_table('lines',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number_id', sa.Integer(), nullable=False),
    sa.Column('sim_id', sa.Integer(), nullable=False),
    sa.Column('employee_id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=True),
    sa.Column('active_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('reserved', 'assigned', 'shipped', 'signed', 'wait_face', 'active', 'suspended', 'terminated', 'released')", name=op.f('ck_lines_state_known')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_lines_company_id')),
    sa.ForeignKeyConstraint(['employee_id'], ['employees.id'], name=op.f('fk_lines_employee_id')),
    sa.ForeignKeyConstraint(['number_id'], ['phone_numbers.id'], name=op.f('fk_lines_number_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_lines_plan_id')),
    sa.ForeignKeyConstraint(['sim_id'], ['sim_cards.id'], name=op.f('fk_lines_sim_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lines'))
    )
    op.create_index(op.f('ix_lines_company_id'), 'lines', ['company_id'], unique=False)
    op.create_index('ix_lines_company_state', 'lines', ['company_id', 'state'], unique=False)
    op.create_index(op.f('ix_lines_employee_id'), 'lines', ['employee_id'], unique=False)
    op.create_index(op.f('ix_lines_number_id'), 'lines', ['number_id'], unique=False)
    op.create_index(op.f('ix_lines_plan_id'), 'lines', ['plan_id'], unique=False)
    op.create_index(op.f('ix_lines_sim_id'), 'lines', ['sim_id'], unique=False)
    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_notices_batch_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_notices_company_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notices_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    op.create_index(op.f('ix_notices_company_id'), 'notices', ['company_id'], unique=False)
    op.create_index('ix_notices_user', 'notices', ['company_id', 'user_id', 'read_at'], unique=False)
    op.create_table('orders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('row_id', sa.Integer(), nullable=True),
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('external_id', sa.String(length=60), nullable=False),
    sa.Column('idempotency_key', sa.String(length=40), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('operator_id', sa.String(length=40), nullable=True),
    sa.Column('operator_sequence', sa.Integer(), nullable=False),
    sa.Column('operator_state', sa.String(length=30), nullable=True),
    sa.Column('lifecycle', sa.String(length=20), nullable=True),
    sa.Column('lifecycle_sequence', sa.Integer(), nullable=False),
    sa.Column('error_code', sa.String(length=40), nullable=True),
    sa.Column('retryable', sa.Boolean(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=32), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('placed', 'sending', 'unknown', 'accepted', 'done', 'failed', 'attention', 'reversed', 'cancelled')", name=op.f('ck_orders_state_known')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_orders_batch_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_orders_company_id')),
    sa.ForeignKeyConstraint(['line_id'], ['lines.id'], name=op.f('fk_orders_line_id')),
    sa.ForeignKeyConstraint(['row_id'], ['batch_rows.id'], name=op.f('fk_orders_row_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('external_id', name=op.f('uq_orders_external_id')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_orders_idempotency_key'))
    )
    op.create_index('ix_orders_company_batch', 'orders', ['company_id', 'batch_id', 'state'], unique=False)
    op.create_index('ix_orders_company_due', 'orders', ['company_id', 'state', 'id'], unique=False)
    op.create_index(op.f('ix_orders_company_id'), 'orders', ['company_id'], unique=False)
    op.create_index('ix_orders_due', 'orders', ['state', 'next_try_at'], unique=False)
    op.create_index(op.f('ix_orders_line_id'), 'orders', ['line_id'], unique=False)
    op.create_index(op.f('ix_orders_row_id'), 'orders', ['row_id'], unique=False)
    op.create_table('problems',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=30), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('level', sa.String(length=5), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_problems_batch_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_problems_company_id')),
    sa.ForeignKeyConstraint(['row_id'], ['batch_rows.id'], name=op.f('fk_problems_row_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problems'))
    )
    op.create_index('ix_problems_batch', 'problems', ['company_id', 'batch_id', 'level', 'code'], unique=False)
    op.create_index(op.f('ix_problems_company_id'), 'problems', ['company_id'], unique=False)
    op.create_index('ix_problems_row', 'problems', ['row_id'], unique=False)
    op.create_table('differences',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=20), nullable=False),
    sa.Column('ours', sa.String(length=40), nullable=False),
    sa.Column('theirs', sa.String(length=40), nullable=False),
    sa.Column('repaired', sa.Boolean(), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_differences_company_id')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_differences_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_differences'))
    )
    op.create_index(op.f('ix_differences_company_id'), 'differences', ['company_id'], unique=False)
    op.create_index(op.f('ix_differences_order_id'), 'differences', ['order_id'], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _secure()


def _secure() -> None:
    """The console works under a role that owns nothing: it can neither lift a policy nor rewrite the trail."""
    op.execute(
        f"do $$ begin if not exists (select from pg_roles where rolname = '{ROLE}') then"
        f" create role {ROLE} nologin; end if; end $$"
    )
    op.execute(f"grant {ROLE} to current_user")
    op.execute(f"grant usage on schema public to {ROLE}")
    op.execute(f"grant select, insert, update, delete on all tables in schema public to {ROLE}")
    op.execute(f"revoke update, delete on audit_events from {ROLE}")
    op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
    for table in OWNED:
        for statement in policy(table):
            op.execute(statement)
    for statement in policy("companies", "id"):
        op.execute(statement)


def downgrade() -> None:
    for table in ['differences', 'problems', 'orders', 'notices', 'lines', 'batch_rows', 'user_sessions', 'sms_codes', 'recovery_codes', 'employees', 'batches', 'users', 'stored_files', 'sim_cards', 'phone_numbers', 'operator_events', 'departments', 'cost_centers', 'audit_events', 'plans', 'operator_cursor', 'companies']:
        op.drop_table(table)
