"""Who had a line on which day; statements, charges and their allocation; questions, budgets and what was noticed."""

import sqlalchemy as sa
from alembic import op

from console.core.tenancy import policy

revision = "0011"
down_revision = "0010"

OWNED = ["budgets", "watched", "statements", "charges", "placements", "allocations", "questions_on_charges", "voucher_accounts"]
ROLE = "console_app"


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("since", sa.String(length=7), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_budgets_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint(
            "company_id", "scope", "key", "since", name=op.f("uq_budgets_company_id_scope_key_since")
        ),
    )
    op.create_index(op.f("ix_budgets_company_id"), "budgets", ["company_id"])
    op.create_table(
        "watched",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=220), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_watched_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched")),
        sa.UniqueConstraint(
            "company_id", "period", "code", "subject", name=op.f("uq_watched_company_id_period_code_subject")
        ),
    )
    op.create_index(op.f("ix_watched_company_id"), "watched", ["company_id"])
    op.create_table(
        "statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("company_fen", sa.BigInteger(), nullable=False),
        sa.Column("person_fen", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("cursor", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('draft', 'open', 'closed', 'restated')", name=op.f("ck_statements_state_known")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_statements_closed_by")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_statements_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint(
            "company_id", "period", "version", name=op.f("uq_statements_company_id_period_version")
        ),
    )
    op.create_index(op.f("ix_statements_company_id"), "statements", ["company_id"])
    op.create_table(
        "charges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_line", sa.String(length=60), nullable=False),
        sa.Column("operator_version", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("tax_class", sa.String(length=20), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("service_from", sa.Date(), nullable=False),
        sa.Column("service_to", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("paid_by", sa.String(length=10), nullable=False),
        sa.Column("prepaid", sa.Boolean(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=False),
        sa.Column("to_version", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "to_version is null or to_version >= from_version", name=op.f("ck_charges_versions_in_order")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_charges_company_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_charges_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charges")),
    )
    op.create_index(op.f("ix_charges_company_id"), "charges", ["company_id"])
    op.create_index("ix_charges_line", "charges", ["company_id", "line_id", "period"])
    op.create_index("ix_charges_month", "charges", ["company_id", "period", "from_version"])
    op.create_index(
        "uq_charges_operator_line",
        "charges",
        ["company_id", "period", "operator_line"],
        unique=True,
        sqlite_where=sa.text("to_version is null"),
        postgresql_where=sa.text("to_version is null"),
    )
    op.create_table(
        "placements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("cost_center", sa.String(length=30), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_placements_company_id")),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_placements_employee_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_placements_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
        sa.UniqueConstraint(
            "company_id", "line_id", "since", name=op.f("uq_placements_company_id_line_id_since")
        ),
    )
    op.create_index(op.f("ix_placements_company_id"), "placements", ["company_id"])
    op.create_table(
        "allocations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("charge_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("cost_center", sa.String(length=30), nullable=True),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("invoiced_fen", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=False),
        sa.Column("to_version", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "to_version is null or to_version >= from_version", name=op.f("ck_allocations_versions_in_order")
        ),
        sa.CheckConstraint(
            "(amount_fen >= 0 and invoiced_fen between 0 and amount_fen) or "
            "(amount_fen < 0 and invoiced_fen between amount_fen and 0)",
            name=op.f("ck_allocations_invoiced_once"),
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fk_allocations_charge_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_allocations_company_id")),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_allocations_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index("ix_allocations_charge", "allocations", ["charge_id"])
    op.create_index(op.f("ix_allocations_company_id"), "allocations", ["company_id"])
    op.create_index("ix_allocations_month", "allocations", ["company_id", "period", "from_version"])
    op.create_table(
        "questions_on_charges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("charge_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('asked', 'disputed', 'settled')", name=op.f("ck_questions_on_charges_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["users.id"], name=op.f("fk_questions_on_charges_answered_by")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_questions_on_charges_asked_by")),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charges.id"], name=op.f("fk_questions_on_charges_charge_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_questions_on_charges_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions_on_charges")),
    )
    op.create_index("ix_questions_on_charges_charge", "questions_on_charges", ["charge_id"])
    op.create_index(op.f("ix_questions_on_charges_company_id"), "questions_on_charges", ["company_id"])
    op.create_table(
        "voucher_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("department", sa.String(length=200), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_voucher_accounts_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_accounts")),
        sa.UniqueConstraint(
            "company_id", "role", "department", name=op.f("uq_voucher_accounts_company_id_role_department")
        ),
    )
    op.create_index(op.f("ix_voucher_accounts_company_id"), "voucher_accounts", ["company_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"grant select, insert, update, delete on {', '.join(OWNED)} to {ROLE}")
        op.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        for table in OWNED:
            for statement in policy(table):
                op.execute(statement)


def downgrade() -> None:
    for table in reversed(OWNED):
        op.drop_table(table)
