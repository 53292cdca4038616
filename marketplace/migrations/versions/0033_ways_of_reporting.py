"""Ways of reporting: what a sale was made at, rows that are no sale, files handed in by people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("intake.purchase_step",)

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column(
        "foreign_sale", sa.Column("particulars", postgresql.JSONB(), nullable=False, server_default="{}"), schema="intake"
    )
    op.alter_column("foreign_sale", "particulars", server_default=None, schema="intake")
    op.add_column(
        "batch", sa.Column("passed_over", sa.BigInteger(), nullable=False, server_default="0"), schema="intake"
    )
    op.alter_column("batch", "passed_over", server_default=None, schema="intake")
    _outcomes("'duplicate', 'corrected', 'quarantined', 'passed_over'")
    op.create_index(
        "uq_batch_by_hand",
        "batch",
        ["device_id", "digest"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("key_version IS NULL"),
    )
    _purchases()
    _pledges()
    op.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA intake TO sanzhuan_app")
    op.execute("REVOKE UPDATE ON intake.report FROM sanzhuan_app")
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE ON {table} FROM sanzhuan_app")
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)


def _purchases() -> None:
    op.create_table(
        "purchase_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("kind", "code", "paper_no", "seller_uscc", "seller_name")
        ),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("declared_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "total_fen > 0 AND declared_fen BETWEEN 0 AND total_fen",
            name=op.f("ck_purchase_paper_declared_within"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_paper")),
        sa.UniqueConstraint(
            "code", "paper_no", "seller_uscc", name=op.f("uq_purchase_paper_code_paper_no_seller_uscc")
        ),
        schema="intake",
    )
    op.create_table(
        "purchase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("declarant_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("buyer_uscc", TEXT, nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("fund_source", TEXT, nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("declared_at", INSTANT, nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('submitted', 'returned', 'verified', 'refused', 'withdrawn', 'revoked')",
            name=op.f("ck_purchase_state"),
        ),
        sa.CheckConstraint("kind IN ('own_purchase', 'brokered_sale')", name=op.f("ck_purchase_kind")),
        sa.CheckConstraint(
            "(state IN ('verified', 'revoked')) = (batch_id IS NOT NULL)", name=op.f("ck_purchase_in_books")
        ),
        sa.CheckConstraint("amount_fen > 0 AND version > 0", name=op.f("ck_purchase_amounts")),
        sa.ForeignKeyConstraint(["paper_id"], ["intake.purchase_paper.id"], name=op.f("fk_purchase_paper_id")),
        sa.ForeignKeyConstraint(
            ["declarant_id"], ["accounts.organisation.id"], name=op.f("fk_purchase_declarant_id")
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["catalogue.channel.id"], name=op.f("fk_purchase_channel_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["intake.batch.id"], name=op.f("fk_purchase_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_number")),
        schema="intake",
    )
    op.create_index(
        "uq_purchase_standing",
        "purchase",
        ["paper_id", "declarant_id"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("state IN ('submitted', 'returned', 'verified')"),
    )
    op.create_index(op.f("ix_purchase_area_code_state"), "purchase", ["area_code", "state"], schema="intake")
    _parts_of_purchases()


def _parts_of_purchases() -> None:
    op.create_table(
        "purchase_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("goods_name", TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=True) for name in ("spec", "catalogue_no", "gtin")),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0 AND quantity_milli > 0", name=op.f("ck_purchase_line_amounts")),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["intake.purchase.id"], name=op.f("fk_purchase_line_purchase_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_line")),
        sa.UniqueConstraint(
            "purchase_id", "version", "line_no", name=op.f("uq_purchase_line_purchase_id_version_line_no")
        ),
        schema="intake",
    )
    op.create_table(
        "purchase_file",
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("attached_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["intake.purchase.id"], name=op.f("fk_purchase_file_purchase_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["core.stored_file.id"], name=op.f("fk_purchase_file_file_id")),
        sa.PrimaryKeyConstraint("purchase_id", "file_id", name=op.f("pk_purchase_file")),
        schema="intake",
    )
    op.create_table(
        "purchase_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("opinion", TEXT, nullable=True),
        sa.Column("by_account", sa.Uuid(), nullable=True),
        sa.Column("by_person", sa.Uuid(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["intake.purchase.id"], name=op.f("fk_purchase_step_purchase_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_step")),
        schema="intake",
    )
    op.create_index(op.f("ix_purchase_step_purchase_id"), "purchase_step", ["purchase_id"], schema="intake")


def _pledges() -> None:
    op.create_table(
        "pledge",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("number", "kind", "event", "buyer_name")),
        sa.Column("buyer_uscc", TEXT, nullable=True),
        *(sa.Column(name, TEXT, nullable=False) for name in ("buyer_area", "seller_name")),
        sa.Column("seller_uscc", TEXT, nullable=True),
        sa.Column("origin_area", TEXT, nullable=False),
        sa.Column("goods", TEXT, nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("opinion", TEXT, nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('signed', 'intended', 'pledged')", name=op.f("ck_pledge_kind")),
        sa.CheckConstraint("state IN ('standing', 'lapsed', 'withdrawn')", name=op.f("ck_pledge_state")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_pledge_amount")),
        sa.CheckConstraint("(state = 'standing') = (ended_at IS NULL)", name=op.f("ck_pledge_ended")),
        sa.ForeignKeyConstraint(["evidence_id"], ["core.stored_file.id"], name=op.f("fk_pledge_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge")),
        sa.UniqueConstraint("number", name=op.f("uq_pledge_number")),
        schema="intake",
    )
    for area in ("origin_area", "buyer_area"):
        op.create_index(op.f(f"ix_pledge_{area}_signed_on"), "pledge", [area, "signed_on"], schema="intake")
    op.create_table(
        "pledge_sale",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("pledge_id", sa.Uuid(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=True),
        sa.Column("named_at", INSTANT, nullable=False),
        sa.CheckConstraint("source IN ('order', 'intake')", name=op.f("ck_pledge_sale_source")),
        sa.ForeignKeyConstraint(["pledge_id"], ["intake.pledge.id"], name=op.f("fk_pledge_sale_pledge_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_pledge_sale")),
        schema="intake",
    )
    op.create_index(op.f("ix_pledge_sale_pledge_id"), "pledge_sale", ["pledge_id"], schema="intake")


def _outcomes(known: str) -> None:
    op.drop_constraint(op.f("ck_row_outcome_outcome"), "row_outcome", schema="intake")
    op.create_check_constraint(
        op.f("ck_row_outcome_outcome"), "row_outcome", f"outcome IN ({known})", schema="intake"
    )


def downgrade() -> None:
    for table in ("pledge_sale", "pledge", "purchase_step", "purchase_file", "purchase_line", "purchase", "purchase_paper"):
        op.drop_table(table, schema="intake")
    op.drop_index("uq_batch_by_hand", "batch", schema="intake")
    op.execute("DELETE FROM intake.row_outcome WHERE outcome = 'passed_over'")
    _outcomes("'duplicate', 'corrected', 'quarantined'")
    op.drop_column("batch", "passed_over", schema="intake")
    op.drop_column("foreign_sale", "particulars", schema="intake")
