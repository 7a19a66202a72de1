"""What stands on invoices beyond a charge that was corrected to less."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    with op.batch_alter_table("charges") as charges:
        charges.add_column(sa.Column("over_fen", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("charges") as charges:
        charges.drop_column("over_fen")
