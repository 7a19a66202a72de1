"""What a row costs once, for leaving a contract, and who pays."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ADDED = ("once_fen", "penalty_fen", "cost_center")


def upgrade() -> None:
    op.add_column("batch_rows", sa.Column("once_fen", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch_rows", sa.Column("penalty_fen", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch_rows", sa.Column("cost_center", sa.String(length=30), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("batch_rows") as rows:
        for name in ADDED:
            rows.drop_column(name)
