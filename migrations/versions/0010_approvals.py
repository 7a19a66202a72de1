"""Rules for a second person, what was asked of him, and who answers for whom."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0010"
down_revision = "0009"

OWNED = ["approval_rules", "approvals", "deputies"]
ROLE = "console_app"
STATES = ("asked", "approved", "returned", "taken_back", "expired")


def upgrade() -> None:
    with op.batch_alter_table("batches") as batch:
        batch.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_batches_parent_id"), "batches", ["parent_id"], ["id"])
    op.create_table(
        "approval_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("least_rows", sa.Integer(), nullable=True),
        sa.Column("least_monthly_fen", sa.Integer(), nullable=True),
        sa.Column("least_once_fen", sa.Integer(), nullable=True),
        sa.Column("cost_center", sa.String(length=30), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_approval_rules_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rules")),
    )
    op.create_index(op.f("ix_approval_rules_company_id"), "approval_rules", ["company_id"])
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("monthly_fen", sa.Integer(), nullable=False),
        sa.Column("once_fen", sa.Integer(), nullable=False),
        sa.Column("run_on", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "decided_by is null or decided_by <> asked_by", name=op.f("ck_approvals_two_people")
        ),
        sa.CheckConstraint(
            "state in (" + ", ".join(f"'{one}'" for one in STATES) + ")", name=op.f("ck_approvals_state_known")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_approvals_asked_by")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_approvals_batch_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_approvals_company_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_approvals_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_company_id"), "approvals", ["company_id"])
    op.create_index("ix_approvals_batch", "approvals", ["company_id", "batch_id"])
    op.create_index("ix_approvals_state", "approvals", ["company_id", "state"])
    op.create_table(
        "deputies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("user_id <> deputy_id", name=op.f("ck_deputies_somebody_else")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_deputies_company_id")),
        sa.ForeignKeyConstraint(["deputy_id"], ["users.id"], name=op.f("fk_deputies_deputy_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_deputies_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputies")),
    )
    op.create_index(op.f("ix_deputies_company_id"), "deputies", ["company_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    for table in reversed(OWNED):
        op.drop_table(table)
    with op.batch_alter_table("batches") as batch:
        batch.drop_constraint(op.f("fk_batches_parent_id"), type_="foreignkey")
        batch.drop_column("parent_id")
