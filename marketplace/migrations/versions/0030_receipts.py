"""Receipts: what arrived in bank accounts, by statement or by hand, and what became of it. Payments become parts of receipts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"

TABLES = ("collecting_account", "declared_payer", "bank_statement", "receipt", "buyer_balance", "repayment")


def upgrade() -> None:
    op.create_table(
        "collecting_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("bank_name", sa.Text(collation="C"), nullable=False),
        sa.Column("account_enc", sa.LargeBinary(), nullable=False),
        sa.Column("account_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["accounts.organisation.id"],
            name=op.f("fk_collecting_account_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collecting_account")),
        sa.UniqueConstraint(
            "organisation_id", "account_hash", name=op.f("uq_collecting_account_organisation_id_account_hash")
        ),
        schema="payments",
    )
    op.create_table(
        "declared_payer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_area", sa.Text(collation="C"), nullable=False),
        sa.Column("payer_name", sa.Text(collation="C"), nullable=False),
        sa.Column("payer_key", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["accounts.organisation.id"], name=op.f("fk_declared_payer_buyer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_payer")),
        schema="payments",
    )
    op.create_index(
        op.f("ix_declared_payer_payer_key"), "declared_payer", ["payer_key"], unique=False, schema="payments"
    )
    op.create_index(
        "uq_declared_payer_running",
        "declared_payer",
        ["buyer_id", "payer_key"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("layout", sa.Text(collation="C"), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("file_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("lines_in", sa.BigInteger(), nullable=False),
        sa.Column("lines_out", sa.BigInteger(), nullable=False),
        sa.Column("lines_added", sa.BigInteger(), nullable=False),
        sa.Column("lines_known", sa.BigInteger(), nullable=False),
        sa.Column("added_fen", sa.BigInteger(), nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'imported', 'refused')", name=op.f("ck_bank_statement_state")
        ),
        sa.CheckConstraint("lines_added + lines_known = lines_in", name=op.f("ck_bank_statement_lines")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["payments.collecting_account.id"], name=op.f("fk_bank_statement_account_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["core.stored_file.id"], name=op.f("fk_bank_statement_file_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["accounts.organisation.id"], name=op.f("fk_bank_statement_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        schema="payments",
    )
    op.create_index(
        op.f("ix_bank_statement_organisation_id"),
        "bank_statement",
        ["organisation_id"],
        unique=False,
        schema="payments",
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("holder_area", sa.Text(collation="C"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("voucher", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("reference", sa.Text(collation="C"), nullable=False),
        sa.Column("payer_name", sa.Text(collation="C"), nullable=False),
        sa.Column("payer_key", sa.Text(collation="C"), nullable=False),
        sa.Column("payer_account_enc", sa.LargeBinary(), nullable=True),
        sa.Column("memo", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("open_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("parked_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("aside_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("aside_fen", sa.BigInteger(), nullable=False),
        sa.Column("aside_no", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column("row_no", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("aside_fen BETWEEN 0 AND amount_fen - open_fen AND (state <> 'set_aside' OR aside_fen > 0)", name=op.f("ck_receipt_aside")),
        sa.CheckConstraint("(open_fen > 0) = (state IN ('new', 'parked'))", name=op.f("ck_receipt_open")),
        sa.CheckConstraint(
            "(state = 'parked') = (parked_reason IS NOT NULL)", name=op.f("ck_receipt_reason")
        ),
        sa.CheckConstraint("currency = 'CNY'", name=op.f("ck_receipt_currency")),
        sa.CheckConstraint(
            "state IN ('new', 'parked', 'settled', 'set_aside')", name=op.f("ck_receipt_state")
        ),
        sa.CheckConstraint(
            "amount_fen > 0 AND open_fen BETWEEN 0 AND amount_fen", name=op.f("ck_receipt_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["payments.collecting_account.id"], name=op.f("fk_receipt_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["payments.bank_statement.id"], name=op.f("fk_receipt_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "holder_id",
            "account_id",
            "reference",
            name=op.f("uq_receipt_holder_id_account_id_reference"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("number", name=op.f("uq_receipt_number")),
        schema="payments",
    )
    op.create_index(
        "ix_receipt_new",
        "receipt",
        ["id"],
        unique=False,
        schema="payments",
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_index(
        op.f("ix_receipt_statement_id"), "receipt", ["statement_id"], unique=False, schema="payments"
    )
    op.create_index(
        "ix_receipt_waiting",
        "receipt",
        ["holder_id", "payer_key"],
        unique=False,
        schema="payments",
        postgresql_where=sa.text("state = 'parked'"),
    )
    op.create_table(
        "buyer_balance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("holder_area", sa.Text(collation="C"), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("open_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('kept', 'released')", name=op.f("ck_buyer_balance_state")),
        sa.CheckConstraint(
            "amount_fen > 0 AND open_fen BETWEEN 0 AND amount_fen", name=op.f("ck_buyer_balance_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["accounts.organisation.id"], name=op.f("fk_buyer_balance_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["payments.receipt.id"], name=op.f("fk_buyer_balance_receipt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_balance")),
        sa.UniqueConstraint("number", name=op.f("uq_buyer_balance_number")),
        schema="payments",
    )
    op.create_index(
        op.f("ix_buyer_balance_buyer_id"), "buyer_balance", ["buyer_id"], unique=False, schema="payments"
    )
    op.create_index(
        op.f("ix_buyer_balance_receipt_id"), "buyer_balance", ["receipt_id"], unique=False, schema="payments"
    )
    op.create_table(
        "repayment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("balance_id", sa.Uuid(), nullable=True),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("holder_area", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("reference", sa.Text(collation="C"), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_by_person", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'confirmed', 'withdrawn')", name=op.f("ck_repayment_state")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_repayment_amount")),
        sa.ForeignKeyConstraint(
            ["balance_id"], ["payments.buyer_balance.id"], name=op.f("fk_repayment_balance_id")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["payments.receipt.id"], name=op.f("fk_repayment_receipt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayment")),
        sa.UniqueConstraint("holder_id", "reference", name=op.f("uq_repayment_holder_id_reference")),
        sa.UniqueConstraint("number", name=op.f("uq_repayment_number")),
        schema="payments",
    )
    op.create_index(
        op.f("ix_repayment_balance_id"), "repayment", ["balance_id"], unique=False, schema="payments"
    )
    op.create_index(
        op.f("ix_repayment_receipt_id"), "repayment", ["receipt_id"], unique=False, schema="payments"
    )
    op.create_index(op.f("ix_organisation_name"), "organisation", ["name"], unique=False, schema="accounts")
    op.add_column("payment", sa.Column("receipt_id", sa.Uuid(), nullable=True), schema="payments")
    op.add_column("payment", sa.Column("balance_id", sa.Uuid(), nullable=True), schema="payments")
    op.add_column("payment", sa.Column("reversed_by", sa.Uuid(), nullable=True), schema="payments")
    op.add_column(
        "payment", sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True), schema="payments"
    )
    op.add_column(
        "payment", sa.Column("reversal_reason", sa.Text(collation="C"), nullable=True), schema="payments"
    )
    op.drop_constraint(op.f("uq_payment_method_reference"), "payment", schema="payments", type_="unique")
    op.create_index(
        "uq_payment_method_reference",
        "payment",
        ["method", "reference"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("receipt_id IS NULL"),
    )
    op.create_index(op.f("ix_payment_receipt_id"), "payment", ["receipt_id"], unique=False, schema="payments")
    op.create_foreign_key(
        op.f("fk_payment_receipt_id"),
        "payment",
        "receipt",
        ["receipt_id"],
        ["id"],
        source_schema="payments",
        referent_schema="payments",
    )
    op.create_foreign_key(
        op.f("fk_payment_balance_id"),
        "payment",
        "buyer_balance",
        ["balance_id"],
        ["id"],
        source_schema="payments",
        referent_schema="payments",
    )
    op.create_check_constraint(
        op.f("ck_payment_reversal"),
        "payment",
        "(state = 'reversed') = (reversed_at IS NOT NULL)",
        schema="payments",
    )
    # What was recorded by hand before is a receipt that is wholly for its order. Its transfers stand as they were booked, so it
    # can be recognised in a statement, but not undone.
    op.execute("""
        INSERT INTO payments.receipt (id, number, holder_id, holder_area, kind, voucher, reference, payer_name, payer_key, memo,
                                      amount_fen, currency, open_fen, state, aside_fen, aside_no, arrived_at, recorded_by,
                                      recorded_at, is_demo)
        SELECT p.id, 'K' || upper(substr(md5(p.id::text), 1, 12)), o.producer_organisation_id, g.area_code, p.method, '{}',
               p.reference, p.payer_name, upper(replace(normalize(p.payer_name, NFKC), ' ', '')), '', p.amount_fen, p.currency,
               0, 'settled', 0, 0, p.paid_at, p.recorded_by, p.recorded_at, o.is_demo
        FROM payments.payment p
        JOIN orders.sales_order o ON o.id = p.order_id
        JOIN accounts.organisation g ON g.id = o.producer_organisation_id
        WHERE p.method = 'bank_transfer'
    """)
    op.execute("UPDATE payments.payment SET receipt_id = id WHERE method = 'bank_transfer'")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON payments.{table} TO sanzhuan_app")


def downgrade() -> None:
    # Several parts of one receipt had the same number, which the older schema does not allow.
    op.execute("""
        UPDATE payments.payment p SET reference = p.reference || '#' || p.id
        WHERE EXISTS (
            SELECT FROM payments.payment other
            WHERE other.method = p.method AND other.reference = p.reference AND other.id < p.id
        )
    """)
    op.drop_index("uq_payment_method_reference", table_name="payment", schema="payments")
    op.drop_index("ix_payment_receipt_id", table_name="payment", schema="payments")
    op.drop_constraint("ck_payment_reversal", "payment", schema="payments")
    for column in ("receipt_id", "balance_id", "reversed_by", "reversed_at", "reversal_reason"):
        op.drop_column("payment", column, schema="payments")
    op.create_unique_constraint(
        "uq_payment_method_reference", "payment", ["method", "reference"], schema="payments"
    )
    for table in reversed(TABLES):
        op.drop_table(table, schema="payments")
    op.drop_index("ix_organisation_name", table_name="organisation", schema="accounts")
