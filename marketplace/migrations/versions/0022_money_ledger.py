"""The ledger of money: transfers between accounts, append-only. Orders that there are enter with what is open on them."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("transfer_no", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("debit_account", TEXT, nullable=False),
        sa.Column("debit_party", sa.Uuid(), nullable=True),
        sa.Column("credit_account", TEXT, nullable=False),
        sa.Column("credit_party", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("booked_at", INSTANT, nullable=False),
        sa.Column("reverses_no", sa.BigInteger(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_transfer_amount")),
        sa.CheckConstraint(
            "(debit_account, debit_party) IS DISTINCT FROM (credit_account, credit_party)",
            name=op.f("ck_transfer_two_sides"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.sales_order.id"], name=op.f("fk_transfer_order_id")),
        sa.ForeignKeyConstraint(
            ["reverses_no"], ["payments.transfer.transfer_no"], name=op.f("fk_transfer_reverses_no")
        ),
        sa.PrimaryKeyConstraint("transfer_no", name=op.f("pk_transfer")),
        sa.UniqueConstraint("event", "line_no", name=op.f("uq_transfer_event_line_no")),
        sa.UniqueConstraint("reverses_no", name=op.f("uq_transfer_reverses_no")),
        schema="payments",
    )
    op.create_index(op.f("ix_transfer_order_id"), "transfer", ["order_id"], schema="payments")
    op.create_index(
        "ix_transfer_debit", "transfer", ["debit_account", "debit_party"], schema="payments"
    )
    op.create_index(
        "ix_transfer_credit", "transfer", ["credit_account", "credit_party"], schema="payments"
    )
    # What is open on an order is what its buyer owes and, as all was paid to producers directly, what its producer is owed.
    op.execute("""
        INSERT INTO payments.transfer (event, line_no, kind, debit_account, debit_party, credit_account, credit_party,
                                       order_id, amount_fen, happened_at, booked_at, is_demo)
        SELECT 'placed:' || id, 1, 'opened',
               CASE WHEN open_fen > 0 THEN 'buyer_receivable' ELSE 'producer_payable' END,
               CASE WHEN open_fen > 0 THEN buyer_id ELSE producer_organisation_id END,
               CASE WHEN open_fen > 0 THEN 'producer_payable' ELSE 'buyer_receivable' END,
               CASE WHEN open_fen > 0 THEN producer_organisation_id ELSE buyer_id END,
               id, abs(open_fen), placed_at, now(), is_demo
        FROM (SELECT *, total_fen - deducted_fen - paid_fen + refunded_fen AS open_fen FROM orders.sales_order) o
        WHERE open_fen <> 0
    """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON payments.transfer
        FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
    """)
    op.execute("""
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON payments.transfer
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
    """)
    op.execute("GRANT SELECT, INSERT ON payments.transfer TO sanzhuan_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA payments TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("transfer", schema="payments")
