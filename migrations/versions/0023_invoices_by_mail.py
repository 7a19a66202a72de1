"""Invoices by mail: who gets each new one, and the letters."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0023"
down_revision = "0022"

READERS, MAILS = "invoice_readers", "invoice_mails"
OWNED = [READERS, MAILS]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        READERS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f(f"fk_{READERS}_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{READERS}")),
        sa.UniqueConstraint("company_id", "email_index", name=op.f(f"uq_{READERS}_company_id_email_index")),
    )
    op.create_table(
        MAILS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f(f"fk_{MAILS}_asked_by")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f(f"fk_{MAILS}_company_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f(f"fk_{MAILS}_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MAILS}")),
        sa.UniqueConstraint(
            "company_id", "invoice_id", "email_index", name=op.f(f"uq_{MAILS}_company_id_invoice_id_email_index")
        ),
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
    for table in reversed(OWNED):
        op.drop_table(table)
