"""An invoice may cover several months, one after the other."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    with op.batch_alter_table("invoices") as invoices:
        invoices.add_column(sa.Column("last_period", sa.String(7), nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # the policy shows rows of a company only, also to who migrates
        op.execute("select set_config('console.company', '*', true)")
    op.execute("UPDATE invoices SET last_period = period")
    with op.batch_alter_table("invoices") as invoices:
        invoices.alter_column("last_period", existing_type=sa.String(7), nullable=False)
        invoices.create_check_constraint(op.f("ck_invoices_months_in_order"), "period <= last_period")


def downgrade() -> None:
    with op.batch_alter_table("invoices") as invoices:
        invoices.drop_constraint(op.f("ck_invoices_months_in_order"), type_="check")
        invoices.drop_column("last_period")
