"""Packs of a month, and who is told of it by mail."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0014"
down_revision = "0013"

OWNED = ["month_packs", "statement_readers", "statement_mails"]
ROLE = "console_app"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "month_packs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        _moment("asked_at"),
        sa.Column("lease", sa.String(length=32), nullable=True),
        _moment("lease_until", nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        _moment("made_at", nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        _refers("month_packs", "company_id", "companies"),
        _refers("month_packs", "statement_id", "statements"),
        _refers("month_packs", "asked_by", "users"),
        _refers("month_packs", "file_id", "stored_files"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_packs")),
    )
    op.create_index("ix_month_packs_statement", "month_packs", ["company_id", "statement_id"])
    op.create_table(
        "statement_readers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        _moment("since"),
        sa.Column("company_id", sa.Integer(), nullable=False),
        _refers("statement_readers", "company_id", "companies"),
        _refers("statement_readers", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_readers")),
        sa.UniqueConstraint("company_id", "user_id", name=op.f("uq_statement_readers_company_id_user_id")),
    )
    op.create_table(
        "statement_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("next_try_at"),
        _moment("sent_at", nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        _refers("statement_mails", "company_id", "companies"),
        _refers("statement_mails", "user_id", "users"),
        _refers("statement_mails", "statement_id", "statements"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_mails")),
        sa.UniqueConstraint(
            "company_id", "user_id", "statement_id",
            name=op.f("uq_statement_mails_company_id_user_id_statement_id"),
        ),
    )  # fmt: skip
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
