"""What the gateway kept of payments online; refunds begun again in the place of failed ones; payouts told by statements."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "online_payment",
        sa.Column("fee_fen", sa.BigInteger(), nullable=False, server_default="0"),
        schema="payments",
    )
    op.alter_column("online_payment", "fee_fen", server_default=None, schema="payments")
    _refunds()
    _payout_lines()


def _refunds() -> None:
    op.add_column("refund", sa.Column("replaces_id", sa.Uuid(), nullable=True), schema="payments")
    op.create_foreign_key(
        op.f("fk_refund_replaces_id"),
        "refund",
        "refund",
        ["replaces_id"],
        ["id"],
        source_schema="payments",
        referent_schema="payments",
    )
    op.create_unique_constraint(op.f("uq_refund_replaces_id"), "refund", ["replaces_id"], schema="payments")
    op.drop_constraint("uq_refund_return_id", "refund", schema="payments")
    op.create_index(
        "uq_refund_return_id",
        "refund",
        ["return_id"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("state <> 'replaced'"),
    )
    _refund_states("'failed', 'replaced'")


def _refund_states(failed: str) -> None:
    op.drop_constraint("ck_refund_state", "refund", schema="payments")
    op.create_check_constraint(
        op.f("ck_refund_state"),
        "refund",
        f"state IN ('requested', 'approved', 'sent', 'unknown', {failed}, 'confirmed', 'refused')",
        schema="payments",
    )


def _payout_lines() -> None:
    op.add_column(
        "payout", sa.Column("turn", sa.SmallInteger(), nullable=False, server_default="0"), schema="payments"
    )
    op.alter_column("payout", "turn", server_default=None, schema="payments")
    op.create_table(
        "payout_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payee_name", TEXT, nullable=False),
        sa.Column("memo", TEXT, nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("parked_reason", TEXT, nullable=True),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("attempt", sa.SmallInteger(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payout_line_amount")),
        sa.CheckConstraint(
            "state IN ('new', 'parked', 'settled', 'other')", name=op.f("ck_payout_line_state")
        ),
        sa.CheckConstraint(
            "(state = 'parked') = (parked_reason IS NOT NULL)", name=op.f("ck_payout_line_reason")
        ),
        sa.CheckConstraint(
            "(state = 'settled') = (payout_id IS NOT NULL)", name=op.f("ck_payout_line_payout")
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"payments.{table}.id"], name=op.f(f"fk_payout_line_{name}_id")
            )
            for name, table in (
                ("account", "collecting_account"),
                ("receipt", "receipt"),
                ("statement", "bank_statement"),
                ("payout", "payout"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_line")),
        sa.UniqueConstraint("account_id", "reference", name=op.f("uq_payout_line_account_id_reference")),
        schema="payments",
    )
    op.create_index(op.f("ix_payout_line_payout_id"), "payout_line", ["payout_id"], schema="payments")
    op.create_index(
        "ix_payout_line_new",
        "payout_line",
        ["id"],
        schema="payments",
        postgresql_where=sa.text("state = 'new'"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON payments.payout_line TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("payout_line", schema="payments")
    op.drop_column("payout", "turn", schema="payments")
    _refund_states("'failed'")
    op.drop_index("uq_refund_return_id", "refund", schema="payments")
    op.create_unique_constraint(op.f("uq_refund_return_id"), "refund", ["return_id"], schema="payments")
    op.drop_column("refund", "replaces_id", schema="payments")
    op.drop_column("online_payment", "fee_fen", schema="payments")
