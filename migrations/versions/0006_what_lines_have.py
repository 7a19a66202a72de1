"""What a line has beside its plan, what the operator tells of it, and differences of lines."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0006"
down_revision = "0005"

OWNED = ["line_events"]
ROLE = "console_app"
BEFORE = ("reserved", "assigned", "shipped", "signed", "wait_face", "active", "suspended", "terminated", "released")
NOW = (*BEFORE[:7], "lost", "risk_suspended", *BEFORE[7:])
ADDED = ("told", "products", "limit_mb", "limit_action", "contract_end")


def upgrade() -> None:
    op.add_column("lines", sa.Column("told", sa.Integer(), server_default="0", nullable=False))
    op.add_column("lines", sa.Column("products", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("lines", sa.Column("limit_mb", sa.Integer(), nullable=True))
    op.add_column("lines", sa.Column("limit_action", sa.String(length=10), nullable=True))
    op.add_column("lines", sa.Column("contract_end", sa.Date(), nullable=True))
    _states(NOW)
    op.add_column(
        "operator_cursor", sa.Column("events", sa.String(length=40), server_default="", nullable=False)
    )
    with op.batch_alter_table("differences") as table:
        table.alter_column("order_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("line_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_differences_line_id"), "lines", ["line_id"], ["id"])
    op.create_index(op.f("ix_differences_line_id"), "differences", ["line_id"])
    op.create_table(
        "line_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("lifecycle", sa.String(length=20), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_line_events_company_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_line_events_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_events")),
        sa.UniqueConstraint("company_id", "event_id", name=op.f("uq_line_events_company_id_event_id")),
    )
    op.create_index(op.f("ix_line_events_company_id"), "line_events", ["company_id"])
    op.create_index("ix_line_events_line", "line_events", ["company_id", "line_id", "sequence"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    op.drop_table("line_events")
    op.execute("delete from differences where order_id is null")
    op.drop_index(op.f("ix_differences_line_id"), "differences")
    with op.batch_alter_table("differences") as table:
        table.drop_constraint(op.f("fk_differences_line_id"), type_="foreignkey")
        table.drop_column("line_id")
        table.alter_column("order_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("operator_cursor") as table:
        table.drop_column("events")
    op.execute("update lines set state = 'suspended' where state in ('lost', 'risk_suspended')")
    _states(BEFORE)
    with op.batch_alter_table("lines") as table:
        for name in ADDED:
            table.drop_column(name)


def _states(known: tuple[str, ...]) -> None:
    """SQLite changes a condition only by copying the table."""
    name = op.f("ck_lines_state_known")
    with op.batch_alter_table("lines") as lines:
        lines.drop_constraint(name, type_="check")
        lines.create_check_constraint(name, "state in (" + ", ".join(f"'{one}'" for one in known) + ")")
