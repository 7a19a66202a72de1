"""Titles, invoices with their lines and what they cover, red forms, original files."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0012"
down_revision = "0011"

OWNED = ['invoice_titles', 'invoices', 'invoice_files', 'invoice_lines', 'red_forms', 'invoice_shares']
ROLE = "console_app"


def upgrade() -> None:
    op.create_table("invoice_titles",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("department", sa.String(length=200), nullable=False),
    sa.Column("kind", sa.String(length=10), nullable=False),
    sa.Column("name", sa.String(length=100), nullable=False),
    sa.Column("tax_number", sa.String(length=20), nullable=False),
    sa.Column("address", sa.LargeBinary(), nullable=False),
    sa.Column("phone", sa.LargeBinary(), nullable=False),
    sa.Column("bank", sa.String(length=100), nullable=False),
    sa.Column("bank_account", sa.LargeBinary(), nullable=False),
    sa.Column("email", sa.LargeBinary(), nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("company_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_invoice_titles_company_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_titles")),
    sa.UniqueConstraint("company_id", "department", name=op.f("uq_invoice_titles_company_id_department"))
    )
    op.create_index(op.f("ix_invoice_titles_company_id"), "invoice_titles", ["company_id"])
    op.create_table("invoices",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("serial", sa.String(length=20), nullable=False),
    sa.Column("number", sa.String(length=20), nullable=True),
    sa.Column("state", sa.String(length=20), nullable=False),
    sa.Column("kind", sa.String(length=10), nullable=False),
    sa.Column("channel", sa.String(length=20), nullable=False),
    sa.Column("period", sa.String(length=7), nullable=False),
    sa.Column("scope", sa.String(length=20), nullable=False),
    sa.Column("scope_key", sa.String(length=200), nullable=False),
    sa.Column("buyer_name", sa.String(length=100), nullable=False),
    sa.Column("buyer_tax_number", sa.String(length=20), nullable=False),
    sa.Column("seller_name", sa.String(length=100), nullable=False),
    sa.Column("seller_tax_number", sa.String(length=20), nullable=False),
    sa.Column("drawer", sa.String(length=60), nullable=False),
    sa.Column("remark", sa.String(length=200), nullable=False),
    sa.Column("net_fen", sa.BigInteger(), nullable=False),
    sa.Column("tax_fen", sa.BigInteger(), nullable=False),
    sa.Column("total_fen", sa.BigInteger(), nullable=False),
    sa.Column("red_fen", sa.BigInteger(), nullable=False),
    sa.Column("red_of_id", sa.Integer(), nullable=True),
    sa.Column("retry_of_id", sa.Integer(), nullable=True),
    sa.Column("platform_serial", sa.String(length=40), nullable=True),
    sa.Column("error_code", sa.String(length=20), nullable=True),
    sa.Column("error_text", sa.String(length=200), nullable=True),
    sa.Column("polls", sa.Integer(), nullable=False),
    sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("requested_by", sa.Integer(), nullable=True),
    sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("booked_as", sa.String(length=60), nullable=True),
    sa.Column("company_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('placed', 'unknown', 'issuing', 'needs_human', 'sign_failed', 'issued', 'failed', 'partly_red', 'fully_red')", name=op.f("ck_invoices_state_known")),
    sa.CheckConstraint("net_fen + tax_fen = total_fen", name=op.f("ck_invoices_sums_agree")),
    sa.CheckConstraint("red_fen >= 0 and (red_of_id is not null or red_fen <= total_fen)", name=op.f("ck_invoices_red_within_blue")),
    sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_invoices_company_id")),
    sa.ForeignKeyConstraint(["red_of_id"], ["invoices.id"], name=op.f("fk_invoices_red_of_id")),
    sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_invoices_requested_by")),
    sa.ForeignKeyConstraint(["retry_of_id"], ["invoices.id"], name=op.f("fk_invoices_retry_of_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
    sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
    sa.UniqueConstraint("serial", name=op.f("uq_invoices_serial"))
    )
    op.create_index(op.f("ix_invoices_company_id"), "invoices", ["company_id"])
    op.create_index("ix_invoices_company_state", "invoices", ["company_id", "state"])
    op.create_index("ix_invoices_due", "invoices", ["state", "next_poll_at"])
    op.create_table("invoice_files",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("invoice_id", sa.Integer(), nullable=False),
    sa.Column("format", sa.String(length=4), nullable=False),
    sa.Column("sha256", sa.String(length=64), nullable=False),
    sa.Column("content", sa.LargeBinary(), nullable=False),
    sa.Column("kept_until", sa.Date(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("company_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_invoice_files_company_id")),
    sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_files_invoice_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_files")),
    sa.UniqueConstraint("invoice_id", "format", name=op.f("uq_invoice_files_invoice_id_format"))
    )
    op.create_index(op.f("ix_invoice_files_company_id"), "invoice_files", ["company_id"])
    op.create_table("invoice_lines",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("invoice_id", sa.Integer(), nullable=False),
    sa.Column("place", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(length=90), nullable=False),
    sa.Column("short_name", sa.String(length=40), nullable=False),
    sa.Column("code", sa.String(length=19), nullable=False),
    sa.Column("percent", sa.Integer(), nullable=False),
    sa.Column("net_fen", sa.BigInteger(), nullable=False),
    sa.Column("tax_fen", sa.BigInteger(), nullable=False),
    sa.Column("discount", sa.Boolean(), nullable=False),
    sa.Column("company_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_invoice_lines_company_id")),
    sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
    sa.UniqueConstraint("invoice_id", "place", name=op.f("uq_invoice_lines_invoice_id_place"))
    )
    op.create_index(op.f("ix_invoice_lines_company_id"), "invoice_lines", ["company_id"])
    op.create_table("red_forms",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("invoice_id", sa.Integer(), nullable=False),
    sa.Column("state", sa.String(length=20), nullable=False),
    sa.Column("reason", sa.String(length=2), nullable=False),
    sa.Column("net_fen", sa.BigInteger(), nullable=False),
    sa.Column("tax_fen", sa.BigInteger(), nullable=False),
    sa.Column("partial", sa.Boolean(), nullable=False),
    sa.Column("line_place", sa.Integer(), nullable=True),
    sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("platform_id", sa.String(length=40), nullable=True),
    sa.Column("platform_no", sa.String(length=20), nullable=True),
    sa.Column("error_text", sa.String(length=200), nullable=True),
    sa.Column("polls", sa.Integer(), nullable=False),
    sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("asked_by", sa.Integer(), nullable=False),
    sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("red_invoice_id", sa.Integer(), nullable=True),
    sa.Column("company_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("state in ('placed', 'unknown', 'waiting', 'ready', 'red_issued', 'failed', 'rejected', 'expired', 'withdrawn')", name=op.f("ck_red_forms_state_known")),
    sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_red_forms_asked_by")),
    sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_red_forms_company_id")),
    sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_red_forms_invoice_id")),
    sa.ForeignKeyConstraint(["red_invoice_id"], ["invoices.id"], name=op.f("fk_red_forms_red_invoice_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_red_forms"))
    )
    op.create_index(op.f("ix_red_forms_company_id"), "red_forms", ["company_id"])
    op.create_index("ix_red_forms_due", "red_forms", ["state", "next_poll_at"])
    op.create_index(op.f("ix_red_forms_invoice_id"), "red_forms", ["invoice_id"])
    op.create_table("invoice_shares",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("invoice_id", sa.Integer(), nullable=False),
    sa.Column("allocation_id", sa.Integer(), nullable=False),
    sa.Column("amount_fen", sa.Integer(), nullable=False),
    sa.Column("company_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["allocation_id"], ["allocations.id"], name=op.f("fk_invoice_shares_allocation_id")),
    sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_invoice_shares_company_id")),
    sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_shares_invoice_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_shares")),
    sa.UniqueConstraint("invoice_id", "allocation_id", name=op.f("uq_invoice_shares_invoice_id_allocation_id"))
    )
    op.create_index(op.f("ix_invoice_shares_allocation_id"), "invoice_shares", ["allocation_id"])
    op.create_index(op.f("ix_invoice_shares_company_id"), "invoice_shares", ["company_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    for table in reversed(OWNED):
        op.drop_table(table)
