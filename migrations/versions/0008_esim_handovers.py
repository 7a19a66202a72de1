"""Activation codes of eSIMs, each shown once."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0008"
down_revision = "0007"

OWNED = ["esim_handovers"]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        "esim_handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_esim_handovers_company_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_esim_handovers_order_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_esim_handovers_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_esim_handovers")),
        sa.UniqueConstraint("order_id", name=op.f("uq_esim_handovers_order_id")),
    )
    op.create_index(op.f("ix_esim_handovers_company_id"), "esim_handovers", ["company_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    op.drop_table("esim_handovers")
