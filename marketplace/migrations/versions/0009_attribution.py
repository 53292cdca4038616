"""Tables of attribution."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("CREATE SCHEMA attribution")
    op.create_table(
        "accrual",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_no", sa.BigInteger(), nullable=False),
        sa.Column("agreement_no", sa.BigInteger(), nullable=False),
        sa.Column("linkage_mode", sa.Text(collation="C"), nullable=False),
        sa.Column("earned_period", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("adjusts_period", sa.Text(collation="C"), nullable=True),
        sa.Column("sequence", sa.SmallInteger(), nullable=False),
        sa.Column("benefit_fen", sa.BigInteger(), nullable=False),
        sa.Column("basis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("origin_area", sa.Text(collation="C"), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accrual")),
        sa.UniqueConstraint(
            "version_no",
            "earned_period",
            "sequence",
            name=op.f("uq_accrual_version_no_earned_period_sequence"),
        ),
        schema="attribution",
    )
    op.create_index(op.f("ix_accrual_period"), "accrual", ["period"], unique=False, schema="attribution")
    op.create_table(
        "agreement_statement",
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("version_no", sa.BigInteger(), nullable=False),
        sa.Column("earned_period", sa.Text(collation="C"), nullable=False),
        sa.Column("agreement_no", sa.BigInteger(), nullable=False),
        sa.Column("sale_fen", sa.BigInteger(), nullable=False),
        sa.Column("pool_fen", sa.BigInteger(), nullable=False),
        sa.Column("pool_total_fen", sa.BigInteger(), nullable=False),
        sa.Column("village_fen", sa.BigInteger(), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("period", "version_no", "earned_period", name=op.f("pk_agreement_statement")),
        schema="attribution",
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.Column("sale_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=True),
        sa.Column("benefit_fen", sa.BigInteger(), nullable=False),
        sa.Column("version_no", sa.BigInteger(), nullable=False),
        sa.Column("agreement_no", sa.BigInteger(), nullable=True),
        sa.Column("linkage_mode", sa.Text(collation="C"), nullable=True),
        sa.Column("linked_bp", sa.BigInteger(), nullable=False),
        sa.Column("goods_class", sa.Text(collation="C"), nullable=False),
        sa.Column("goods_class_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("certificate_id", sa.Uuid(), nullable=True),
        sa.Column("scheme", sa.Text(collation="C"), nullable=True),
        sa.Column("schemes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("product_name", sa.Text(collation="C"), nullable=False),
        sa.Column("category_code", sa.Text(collation="C"), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("producer_name", sa.Text(collation="C"), nullable=False),
        sa.Column("producer_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("origin_area", sa.Text(collation="C"), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("channel_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("channel_area", sa.Text(collation="C"), nullable=False),
        sa.Column("levy_bp", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_path", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_area", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_sector", sa.Text(collation="C"), nullable=True),
        sa.Column("budget_unit_id", sa.Uuid(), nullable=True),
        sa.Column("reserve_year", sa.SmallInteger(), nullable=True),
        sa.Column("fund_source", sa.Text(collation="C"), nullable=True),
        sa.Column("participation_mode", sa.Text(collation="C"), nullable=False),
        sa.Column("purchase_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("broker_id", sa.Uuid(), nullable=True),
        sa.Column("helper_area", sa.Text(collation="C"), nullable=True),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sold_period", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("adjusts_period", sa.Text(collation="C"), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'sale') = (reverses_id IS NULL) OR kind = 'correction'", name=op.f("ck_entry_reverses")
        ),
        sa.CheckConstraint(
            "goods_class IN ('certified_aid', 'area_produce', 'ordinary')", name=op.f("ck_entry_goods_class")
        ),
        sa.CheckConstraint("kind <> 'sale' OR sale_fen >= 0", name=op.f("ck_entry_sign")),
        sa.CheckConstraint("kind IN ('sale', 'refund', 'correction')", name=op.f("ck_entry_kind")),
        sa.ForeignKeyConstraint(["reverses_id"], ["attribution.entry.id"], name=op.f("fk_entry_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("entry_no", name=op.f("uq_entry_entry_no")),
        sa.UniqueConstraint(
            "source", "event_id", "line_id", "kind", "version_no", "goods_class", name="uq_entry_event"
        ),
        schema="attribution",
    )
    op.create_index(
        op.f("ix_entry_certificate_id"), "entry", ["certificate_id"], unique=False, schema="attribution"
    )
    op.create_index(op.f("ix_entry_line_id"), "entry", ["line_id"], unique=False, schema="attribution")
    op.create_index(op.f("ix_entry_period"), "entry", ["period"], unique=False, schema="attribution")
    op.create_index(
        op.f("ix_entry_reverses_id"), "entry", ["reverses_id"], unique=False, schema="attribution"
    )
    op.create_index(
        op.f("ix_entry_version_no_period"),
        "entry",
        ["version_no", "period"],
        unique=False,
        schema="attribution",
    )
    op.create_table(
        "household_statement",
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("version_no", sa.BigInteger(), nullable=False),
        sa.Column("earned_period", sa.Text(collation="C"), nullable=False),
        sa.Column("household_no", sa.BigInteger(), nullable=False),
        sa.Column("benefit_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "period", "version_no", "earned_period", "household_no", name=op.f("pk_household_statement")
        ),
        schema="attribution",
    )
    op.create_index(
        op.f("ix_household_statement_household_no"),
        "household_statement",
        ["household_no"],
        unique=False,
        schema="attribution",
    )
    op.create_table(
        "period",
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=True),
        sa.Column("sale_fen", sa.BigInteger(), nullable=True),
        sa.Column("benefit_fen", sa.BigInteger(), nullable=True),
        sa.Column("last_position", sa.BigInteger(), nullable=True),
        sa.Column("chain_head", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_period_state")),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_period")),
        schema="attribution",
    )
    op.create_table(
        "link",
        sa.Column("entry_no", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_no"], ["attribution.entry.entry_no"], name=op.f("fk_link_entry_no")),
        sa.PrimaryKeyConstraint("entry_no", name=op.f("pk_link")),
        sa.UniqueConstraint("position", name=op.f("uq_link_position")),
        schema="attribution",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA attribution CASCADE")
