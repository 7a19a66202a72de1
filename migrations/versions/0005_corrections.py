"""Repair workbooks that came back."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0005"
down_revision = "0004"

OWNED = ["corrections"]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table('corrections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('given', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('refusal', sa.JSON(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('submitted_by', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease', sa.String(length=32), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('received', 'merging', 'merged', 'refused')", name=op.f('ck_corrections_state_known')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_corrections_batch_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_corrections_company_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_corrections_file_id')),
    sa.ForeignKeyConstraint(['submitted_by'], ['users.id'], name=op.f('fk_corrections_submitted_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_corrections'))
    )
    op.create_index('ix_corrections_batch', 'corrections', ['company_id', 'batch_id', 'given'], unique=False)
    op.create_index(op.f('ix_corrections_company_id'), 'corrections', ['company_id'], unique=False)
    op.create_index('ix_corrections_state', 'corrections', ['state'], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _secure()


def _secure() -> None:
    op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
    op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
    for table in OWNED:
        for statement in policy(table):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table('corrections')
