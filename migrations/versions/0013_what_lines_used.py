"""What lines had and used, month by month, and what was advised because of it."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0013"
down_revision = "0012"

OWNED = ["line_terms", "usage_months", "advice"]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        "line_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("line_state", sa.String(length=20), nullable=False),
        sa.Column("next_plan_id", sa.Integer(), nullable=True),
        sa.Column("next_plan_on", sa.Date(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_line_terms_company_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_line_terms_line_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_line_terms_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_terms")),
        sa.UniqueConstraint(
            "company_id", "line_id", "since", name=op.f("uq_line_terms_company_id_line_id_since")
        ),
    )
    op.create_index(op.f("ix_line_terms_company_id"), "line_terms", ["company_id"])
    op.create_table(
        "usage_months",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("onnet_minutes", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("data_kb", sa.BigInteger(), nullable=False),
        sa.Column("directed", sa.JSON(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "minutes >= 0 and onnet_minutes >= 0 and messages >= 0 and data_kb >= 0",
            name=op.f("ck_usage_months_counted"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_usage_months_company_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_usage_months_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_months")),
        sa.UniqueConstraint(
            "company_id", "period", "line_id", "version",
            name=op.f("uq_usage_months_company_id_period_line_id_version"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_usage_months_company_id"), "usage_months", ["company_id"])
    op.create_index(op.f("ix_usage_months_line_id"), "usage_months", ["line_id"])
    op.create_table(
        "advice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("advised_id", sa.Integer(), nullable=False),
        sa.Column("before_fen", sa.Integer(), nullable=False),
        sa.Column("after_fen", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_advice_company_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_advice_line_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_advice_plan_id")),
        sa.ForeignKeyConstraint(["advised_id"], ["plans.id"], name=op.f("fk_advice_advised_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice")),
        sa.UniqueConstraint(
            "company_id", "period", "line_id", name=op.f("uq_advice_company_id_period_line_id")
        ),
    )
    op.create_index(op.f("ix_advice_company_id"), "advice", ["company_id"])
    op.create_index(op.f("ix_advice_line_id"), "advice", ["line_id"])
    op.create_index("ix_advice_batch", "advice", ["company_id", "batch_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    for table in reversed(OWNED):
        op.drop_table(table)
