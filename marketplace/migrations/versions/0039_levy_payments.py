"""Payments of the levy: what operators paid of a statement, who checked it; the day by which a statement is to be paid."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("levy_statement", sa.Column("due_on", sa.Date(), nullable=True), schema="payments")
    op.execute("""
        UPDATE payments.levy_statement
        SET due_on = (greatest(operator_signed_at, authority_signed_at) AT TIME ZONE 'Asia/Shanghai')::date + 15
        WHERE state = 'agreed'
    """)
    op.create_check_constraint(
        op.f("ck_levy_statement_due"), "levy_statement", "state = 'agreed' OR due_on IS NULL",
        schema="payments",
    )  # fmt: skip
    op.create_table(
        "levy_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("fund", TEXT, nullable=False),
        sa.Column("payee", TEXT, nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference_kind", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_person", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_person", sa.Uuid(), nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("reversed_by", sa.Uuid(), nullable=True),
        sa.Column("reversed_at", INSTANT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_levy_payment_amount")),
        sa.CheckConstraint("fund IN ('own', 'foreign')", name=op.f("ck_levy_payment_fund")),
        sa.CheckConstraint("(fund = 'foreign') = (payee IS NOT NULL)", name=op.f("ck_levy_payment_payee")),
        sa.CheckConstraint(
            "reference_kind IN ('bank_line', 'voucher')", name=op.f("ck_levy_payment_reference")
        ),
        sa.CheckConstraint(
            "state IN ('recorded', 'checked', 'refused', 'reversed')", name=op.f("ck_levy_payment_state")
        ),
        sa.CheckConstraint(
            "(state = 'recorded') = (checked_at IS NULL)", name=op.f("ck_levy_payment_checked")
        ),
        sa.CheckConstraint(
            "(state = 'reversed') = (reversed_at IS NOT NULL)", name=op.f("ck_levy_payment_reversed")
        ),
        sa.CheckConstraint(
            "checked_person IS DISTINCT FROM recorded_person OR checked_person IS NULL",
            name=op.f("ck_levy_payment_two_persons"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_levy_payment")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["payments.levy_statement.id"], name=op.f("fk_levy_payment_statement_id_levy_statement")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_levy_payment_number")),
        schema="payments",
    )
    op.create_index(
        op.f("ix_levy_payment_statement_id"), "levy_payment", ["statement_id"], schema="payments"
    )
    op.create_index(
        "uq_levy_payment_told",
        "levy_payment",
        ["statement_id", "reference_kind", "reference"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("state IN ('recorded', 'checked')"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON payments.levy_payment TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("levy_payment", schema="payments")
    op.drop_constraint(op.f("ck_levy_statement_due"), "levy_statement", schema="payments")
    op.drop_column("levy_statement", "due_on", schema="payments")
