"""What the operator said of people before anything was ordered for them."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0017"
down_revision = "0016"

OWNED = ["person_checks"]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        "person_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_index", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_person_checks_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_checks")),
        sa.UniqueConstraint(
            "company_id", "document_index", name=op.f("uq_person_checks_company_id_document_index")
        ),
    )
    op.create_index(op.f("ix_person_checks_company_id"), "person_checks", ["company_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    op.drop_table("person_checks")
