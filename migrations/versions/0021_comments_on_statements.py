"""What people write on a month's statement, and on the questions about its charges."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0021"
down_revision = "0020"

TABLE = "statement_comments"
OWNED = [TABLE]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f(f"fk_{TABLE}_company_id")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions_on_charges.id"], name=op.f(f"fk_{TABLE}_question_id")
        ),
        sa.ForeignKeyConstraint(["written_by"], ["users.id"], name=op.f(f"fk_{TABLE}_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_company_id"), TABLE, ["company_id"])
    op.create_index(op.f(f"ix_{TABLE}_company_period"), TABLE, ["company_id", "period"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {TABLE} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for statement in policy(TABLE):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table(TABLE)
