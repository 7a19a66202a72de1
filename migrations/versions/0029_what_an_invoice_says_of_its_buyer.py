"""Address, phone and bank of the buyer stay with the invoice, and whether its originals are still to be fetched."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    with op.batch_alter_table("invoices") as invoices:
        invoices.add_column(sa.Column("buyer_details", sa.LargeBinary(), nullable=True))
        invoices.add_column(sa.Column("originals_due", sa.Boolean(), server_default=sa.false(), nullable=False))
    due = sa.text("originals_due")
    op.create_index("ix_invoices_bare", "invoices", ["next_poll_at"], sqlite_where=due, postgresql_where=due)


def downgrade() -> None:
    op.drop_index("ix_invoices_bare", "invoices")
    with op.batch_alter_table("invoices") as invoices:
        invoices.drop_column("originals_due")
        invoices.drop_column("buyer_details")
