"""Monthly bills of commission for orders that were paid to the producer directly."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "commission_bill",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("producer_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("base_fen", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=True),
        sa.Column("drawn_at", INSTANT, nullable=False),
        sa.Column("reference", TEXT, nullable=True),
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_bill")),
        sa.UniqueConstraint("number", name=op.f("uq_commission_bill_number")),
        sa.UniqueConstraint(
            "producer_organisation_id", "period", name=op.f("uq_commission_bill_producer_organisation_id_period")
        ),
        sa.ForeignKeyConstraint(
            ["producer_organisation_id"],
            ["accounts.organisation.id"],
            name=op.f("fk_commission_bill_producer_organisation_id"),
        ),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_commission_bill_total")),
        sa.CheckConstraint("state IN ('drawn', 'paid')", name=op.f("ck_commission_bill_state")),
        sa.CheckConstraint(
            "(state = 'paid') = (reference IS NOT NULL AND paid_at IS NOT NULL)",
            name=op.f("ck_commission_bill_paid"),
        ),
        schema="payments",
    )
    op.create_index(
        "uq_commission_bill_reference",
        "commission_bill",
        ["reference"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.create_table(
        "commission_bill_line",
        sa.Column("charge_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("charge_no", name=op.f("pk_commission_bill_line")),
        sa.ForeignKeyConstraint(
            ["charge_no"],
            ["payments.line_charge.charge_no"],
            name=op.f("fk_commission_bill_line_charge_no"),
        ),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["payments.commission_bill.id"], name=op.f("fk_commission_bill_line_bill_id")
        ),
        schema="payments",
    )
    op.create_index(
        op.f("ix_commission_bill_line_bill_id"), "commission_bill_line", ["bill_id"], schema="payments"
    )
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON payments.commission_bill_line
        FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
    """)
    op.execute("""
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON payments.commission_bill_line
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
    """)
    op.execute("GRANT SELECT, INSERT ON payments.commission_bill_line TO sanzhuan_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON payments.commission_bill TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("commission_bill_line", schema="payments")
    op.drop_table("commission_bill", schema="payments")
