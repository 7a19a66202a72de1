"""Usage of the month that has not ended: data of each day, and shared pools."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0025"
down_revision = "0024"

DAYS, POOLS = "usage_days", "data_pools"
OWNED = [DAYS, POOLS]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        DAYS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("data_kb", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f(f"fk_{DAYS}_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{DAYS}")),
        sa.UniqueConstraint("company_id", "day", name=op.f(f"uq_{DAYS}_company_id_day")),
    )
    op.create_table(
        POOLS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("size_kb", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("used_kb", sa.BigInteger(), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f(f"fk_{POOLS}_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{POOLS}")),
        sa.UniqueConstraint("company_id", "code", name=op.f(f"uq_{POOLS}_company_id_code")),
    )
    for table in OWNED:
        op.create_index(op.f(f"ix_{table}_company_id"), table, ["company_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    op.execute("delete from usage_months where version = 0")
    for table in reversed(OWNED):
        op.drop_table(table)
