"""The number of an invoice is unique in a company: what another company has entered must not stop it."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    with op.batch_alter_table("invoices") as invoices:
        invoices.drop_constraint("uq_invoices_number", type_="unique")
        invoices.create_unique_constraint("uq_invoices_company_id_number", ["company_id", "number"])


def downgrade() -> None:
    with op.batch_alter_table("invoices") as invoices:
        invoices.drop_constraint("uq_invoices_company_id_number", type_="unique")
        invoices.create_unique_constraint("uq_invoices_number", ["number"])
