"""What is asked about a file, and the headings that a company has explained."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0002"
down_revision = "0001"

OWNED = ["remembered_headings"]
ROLE = "console_app"
BEFORE = ("received", "checking", "refused", "checked", "running", "finished", "withdrawn", "expired")
NOW = ("received", "checking", "asking", *BEFORE[2:])
ADDED = ("questions", "answers", "layout", "attempts")


def upgrade() -> None:
    op.add_column("batches", sa.Column("questions", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("batches", sa.Column("answers", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("batches", sa.Column("layout", sa.LargeBinary(), nullable=True))
    op.add_column("batches", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    _states(NOW)
    op.create_table(
        "remembered_headings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("heading", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_remembered_headings_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remembered_headings")),
        sa.UniqueConstraint(
            "company_id", "kind", "heading", name=op.f("uq_remembered_headings_company_id_kind_heading")
        ),
    )
    op.create_index(
        op.f("ix_remembered_headings_company_id"), "remembered_headings", ["company_id"], unique=False
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on remembered_headings to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for statement in policy("remembered_headings"):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("remembered_headings")
    op.execute("update batches set state = 'withdrawn' where state = 'asking'")
    _states(BEFORE)
    with op.batch_alter_table("batches") as batch:
        for name in ADDED:
            batch.drop_column(name)


def _states(known: tuple[str, ...]) -> None:
    """SQLite changes a condition only by copying the table."""
    name = op.f("ck_batches_state_known")
    with op.batch_alter_table("batches") as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, "state in (" + ", ".join(f"'{one}'" for one in known) + ")")
