"""How a company stands with the operator."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0016"
down_revision = "0015"

OWNED = ["standings"]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        "standings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("arrears", sa.Boolean(), nullable=False),
        sa.Column("owed_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_fen", sa.BigInteger(), nullable=True),
        sa.Column("letter", sa.String(length=40), nullable=True),
        sa.Column("letter_until", sa.Date(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_standings_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standings")),
        sa.UniqueConstraint("company_id", name=op.f("uq_standings_company_id")),
    )
    op.create_index(op.f("ix_standings_company_id"), "standings", ["company_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    op.drop_table("standings")
