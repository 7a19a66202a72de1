"""Rules by which the charges of a cost centre, or of no line, are shared out."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0022"
down_revision = "0021"

TABLE = "cost_shares"
OWNED = [TABLE]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=30), nullable=False),
        sa.Column("since", sa.String(length=7), nullable=False),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("cost_center", sa.String(length=30), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("percent between 1 and 100", name=op.f(f"ck_{TABLE}_percent")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f(f"fk_{TABLE}_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_company_id"), TABLE, ["company_id"])
    op.create_index(op.f(f"ix_{TABLE}_company_source"), TABLE, ["company_id", "source", "since"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {TABLE} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for statement in policy(TABLE):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table(TABLE)
