"""Requests for detail records."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0026"
down_revision = "0025"

TABLE = "detail_requests"
OWNED = [TABLE]
ROLE = "console_app"
STATES = "'asked', 'consenting', 'fetching', 'ready', 'returned', 'declined', 'failed', 'expired'"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("consent_id", sa.String(length=40), nullable=True),
        sa.Column("consent_token", sa.LargeBinary(), nullable=True),
        sa.Column("export_id", sa.String(length=40), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"state in ({STATES})", name=op.f(f"ck_{TABLE}_state_known")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f(f"fk_{TABLE}_asked_by")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f(f"fk_{TABLE}_company_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f(f"fk_{TABLE}_decided_by")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f(f"fk_{TABLE}_file_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f(f"fk_{TABLE}_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_company_id"), TABLE, ["company_id"])
    op.create_index(op.f(f"ix_{TABLE}_line_id"), TABLE, ["line_id"])
    op.create_index(op.f(f"ix_{TABLE}_due"), TABLE, ["state", "next_look_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {TABLE} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for statement in policy(TABLE):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table(TABLE)
