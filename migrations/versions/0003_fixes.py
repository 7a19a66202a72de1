"""What was mended in a batch, so that it can be taken back, and the words that a company has explained."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0003"
down_revision = "0002"

OWNED = ["fixes", "remembered_values"]
ROLE = "console_app"
SAME = sa.text("same is not null")


def upgrade() -> None:
    op.add_column('problems', sa.Column('same', sa.String(length=32), nullable=True))
    op.drop_index('ix_problems_batch', 'problems')
    op.create_index('ix_problems_batch', 'problems', ['company_id', 'batch_id', 'level', 'code', 'row_id'], unique=False)
    op.create_index('ix_problems_same', 'problems', ['company_id', 'batch_id', 'level', 'field', 'code', 'same', 'row_id'], unique=False, sqlite_where=SAME, postgresql_where=SAME)
    op.create_table('fixes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('field', sa.String(length=30), nullable=True),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('cells', sa.LargeBinary(), nullable=False),
    sa.Column('meaning', sa.JSON(), nullable=True),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_fixes_batch_id')),
    sa.ForeignKeyConstraint(['by'], ['users.id'], name=op.f('fk_fixes_by')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_fixes_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fixes'))
    )
    op.create_index('ix_fixes_batch', 'fixes', ['company_id', 'batch_id', 'id'], unique=False)
    op.create_index(op.f('ix_fixes_company_id'), 'fixes', ['company_id'], unique=False)
    op.create_table('remembered_values',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=30), nullable=False),
    sa.Column('same', sa.String(length=32), nullable=False),
    sa.Column('written', sa.LargeBinary(), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['users.id'], name=op.f('fk_remembered_values_by')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_remembered_values_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remembered_values')),
    sa.UniqueConstraint('company_id', 'field', 'same', name=op.f('uq_remembered_values_company_id_field_same'))
    )
    op.create_index(op.f('ix_remembered_values_company_id'), 'remembered_values', ['company_id'], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _secure()


def _secure() -> None:
    op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
    op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
    for table in OWNED:
        for statement in policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in OWNED:
        op.drop_table(table)
    op.drop_index('ix_problems_same', 'problems')
    op.drop_index('ix_problems_batch', 'problems')
    op.create_index('ix_problems_batch', 'problems', ['company_id', 'batch_id', 'level', 'code'], unique=False)
    op.drop_column('problems', 'same')
