"""What is to be done for each row of a full roster, who has left, and plans that change with the next cycle."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BEFORE = ("wrong", "ready", "confirmed", "ordered", "done", "left_out")
NOW = (*BEFORE, "unchanged")
WAITING = sa.text("next_plan_on is not null")
ADDED = {
    "companies": ("leavers_percent", "leavers_least"),
    "employees": ("left_on",),
    "lines": ("next_plan_id", "next_plan_on", "heard"),
    "batches": ("leavers_accepted",),
    "orders": ("effective_on",),
    "batch_rows": ("operation", "employee_id"),
}


def upgrade() -> None:
    op.add_column(
        "companies", sa.Column("leavers_percent", sa.Integer(), server_default="20", nullable=False)
    )
    op.add_column("companies", sa.Column("leavers_least", sa.Integer(), server_default="5", nullable=False))
    op.add_column("employees", sa.Column("left_on", sa.Date(), nullable=True))
    op.add_column("lines", sa.Column("next_plan_id", sa.Integer(), nullable=True))
    op.add_column("lines", sa.Column("next_plan_on", sa.Date(), nullable=True))
    op.add_column("lines", sa.Column("heard", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_lines_next_plan", "lines", ["next_plan_on"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.add_column("batches", sa.Column("leavers_accepted", sa.Integer(), nullable=True))
    op.add_column("batch_rows", sa.Column("operation", sa.String(length=20), nullable=True))
    op.add_column("batch_rows", sa.Column("employee_id", sa.Integer(), nullable=True))
    op.add_column("orders", sa.Column("effective_on", sa.Date(), nullable=True))
    _states(NOW)


def downgrade() -> None:
    op.execute("update batch_rows set state = 'left_out' where state = 'unchanged'")
    _states(BEFORE)
    op.drop_index("ix_lines_next_plan", "lines")
    for table, names in ADDED.items():
        with op.batch_alter_table(table) as changed:
            for name in names:
                changed.drop_column(name)


def _states(known: tuple[str, ...]) -> None:
    """SQLite changes a condition only by copying the table."""
    name = op.f("ck_batch_rows_state_known")
    with op.batch_alter_table("batch_rows") as rows:
        rows.drop_constraint(name, type_="check")
        rows.create_check_constraint(name, "state in (" + ", ".join(f"'{one}'" for one in known) + ")")
