"""What the members of a shared pool took from it, by month."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0027"
down_revision = "0026"

TABLE = "pool_uses"
OWNED = [TABLE]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("used_kb", sa.BigInteger(), nullable=False),
        sa.Column("size_kb", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f(f"fk_{TABLE}_company_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f(f"fk_{TABLE}_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "company_id", "period", "code", "line_id", name=op.f(f"uq_{TABLE}_company_id_period_code_line_id")
        ),
    )
    op.create_index(op.f(f"ix_{TABLE}_company_id"), TABLE, ["company_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {TABLE} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for statement in policy(TABLE):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table(TABLE)
