"""Batches that wait for a day or for a second person, that rest, and whose rest is called off."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BEFORE = (
    "received", "checking", "asking", "refused", "checked", "running", "finished", "withdrawn", "expired",
)  # fmt: skip
NOW = (
    "received", "checking", "asking", "refused", "checked", "approving", "scheduled", "running", "paused", "finished",
    "withdrawn", "expired",
)  # fmt: skip
TAKEN_BACK = sa.text("cancel_asked")


def upgrade() -> None:
    _states(NOW)
    with op.batch_alter_table("batches") as batch:
        batch.add_column(sa.Column("run_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("paused_by", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(op.f("fk_batches_paused_by"), "users", ["paused_by"], ["id"])
    for name in ("held", "cancel_asked"):
        op.add_column("orders", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_orders_cancel_asked", "orders", ["company_id"], sqlite_where=TAKEN_BACK, postgresql_where=TAKEN_BACK
    )


def downgrade() -> None:
    op.drop_index("ix_orders_cancel_asked", "orders")
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("cancel_asked")
        orders.drop_column("held")
    op.execute("update batches set state = 'running' where state = 'paused'")
    op.execute("update batches set state = 'checked' where state in ('approving', 'scheduled')")
    with op.batch_alter_table("batches") as batch:
        batch.drop_constraint(op.f("fk_batches_paused_by"), type_="foreignkey")
        for name in ("paused_at", "paused_by", "run_on"):
            batch.drop_column(name)
    _states(BEFORE)


def _states(known: tuple[str, ...]) -> None:
    """SQLite changes a condition only by copying the table."""
    name = op.f("ck_batches_state_known")
    with op.batch_alter_table("batches") as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, "state in (" + ", ".join(f"'{one}'" for one in known) + ")")
