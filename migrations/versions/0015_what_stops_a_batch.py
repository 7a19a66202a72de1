"""Since when a batch has run and for what it stopped by itself; approval rules for a department."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    with op.batch_alter_table("batches") as batch:
        batch.add_column(sa.Column("running_since", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("paused_for", sa.String(length=40), nullable=True))
    with op.batch_alter_table("batch_rows") as rows:
        rows.add_column(sa.Column("department", sa.String(length=200), nullable=True))
    with op.batch_alter_table("approval_rules") as rules:
        rules.add_column(sa.Column("department", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("approval_rules") as rules:
        rules.drop_column("department")
    with op.batch_alter_table("batch_rows") as rows:
        rows.drop_column("department")
    with op.batch_alter_table("batches") as batch:
        batch.drop_column("paused_for")
        batch.drop_column("running_since")
