"""Tables of catalogue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("CREATE SCHEMA catalogue")
    op.create_table(
        "channel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("site_kind", sa.Text(collation="C"), nullable=True),
        sa.Column("address", sa.Text(collation="C"), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("operator_id", sa.Uuid(), nullable=True),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["accounts.organisation.id"], name=op.f("fk_channel_operator_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["catalogue.channel.id"], name=op.f("fk_channel_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("channel_no", name=op.f("uq_channel_channel_no")),
        sa.UniqueConstraint("code", name=op.f("uq_channel_code")),
        schema="catalogue",
    )
    op.create_index(op.f("ix_channel_area_code"), "channel", ["area_code"], unique=False, schema="catalogue")
    op.create_index(op.f("ix_channel_parent_id"), "channel", ["parent_id"], unique=False, schema="catalogue")
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(collation="C"), nullable=False),
        sa.Column("spec", sa.Text(collation="C"), nullable=False),
        sa.Column("unit", sa.Text(collation="C"), nullable=False),
        sa.Column("net_weight_g", sa.BigInteger(), nullable=True),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("tax_treatment", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_offer_price")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.producer.id"], name=op.f("fk_offer_producer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["producers.product.id"], name=op.f("fk_offer_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("offer_no", name=op.f("uq_offer_offer_no")),
        schema="catalogue",
    )
    op.create_index(op.f("ix_offer_product_id"), "offer", ["product_id"], unique=False, schema="catalogue")
    op.create_table(
        "stock_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_item_on_hand")),
        sa.CheckConstraint("reserved >= 0 AND reserved <= on_hand", name=op.f("ck_stock_item_reserved")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["catalogue.channel.id"], name=op.f("fk_stock_item_channel_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["catalogue.offer.id"], name=op.f("fk_stock_item_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_item")),
        sa.UniqueConstraint(
            "offer_id",
            "channel_id",
            name=op.f("uq_stock_item_offer_id_channel_id"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="catalogue",
    )
    op.create_table(
        "listing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("channel_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("stock_item_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(collation="C"), nullable=False),
        sa.Column("producer_name", sa.Text(collation="C"), nullable=False),
        sa.Column("spec", sa.Text(collation="C"), nullable=False),
        sa.Column("unit", sa.Text(collation="C"), nullable=False),
        sa.Column("category_code", sa.Text(collation="C"), nullable=False),
        sa.Column("origin_area", sa.Text(collation="C"), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("price_per_500g_fen", sa.BigInteger(), nullable=True),
        sa.Column("price_group_id", sa.Uuid(), nullable=True),
        sa.Column("goods_class", sa.Text(collation="C"), nullable=False),
        sa.Column("goods_class_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("uncertified_class", sa.Text(collation="C"), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=True),
        sa.Column("aid_until", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("state_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delisted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "goods_class IN ('certified_aid', 'area_produce', 'ordinary')",
            name=op.f("ck_listing_goods_class"),
        ),
        sa.CheckConstraint(
            "uncertified_class IN ('area_produce', 'ordinary')", name=op.f("ck_listing_uncertified_class")
        ),
        sa.CheckConstraint(
            "(goods_class = 'certified_aid') = (certificate_id IS NOT NULL AND aid_until IS NOT NULL)",
            name=op.f("ck_listing_certificate"),
        ),
        sa.CheckConstraint("state IN ('listed', 'paused', 'delisted')", name=op.f("ck_listing_state")),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_listing_price")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certification.certificate.id"], name=op.f("fk_listing_certificate_id")
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["catalogue.channel.id"], name=op.f("fk_listing_channel_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["catalogue.offer.id"], name=op.f("fk_listing_offer_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.producer.id"], name=op.f("fk_listing_producer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["producers.product.id"], name=op.f("fk_listing_product_id")),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["catalogue.stock_item.id"], name=op.f("fk_listing_stock_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sa.UniqueConstraint("listing_no", name=op.f("uq_listing_listing_no")),
        schema="catalogue",
    )
    op.create_index(op.f("ix_listing_offer_id"), "listing", ["offer_id"], unique=False, schema="catalogue")
    op.create_index(
        op.f("ix_listing_product_id"), "listing", ["product_id"], unique=False, schema="catalogue"
    )
    op.create_index(
        "uq_listing_open",
        "listing",
        ["channel_id", "offer_id"],
        unique=True,
        schema="catalogue",
        postgresql_where=sa.text("state <> 'delisted'"),
    )
    op.create_index(
        "ix_listing_price_group",
        "listing",
        ["price_group_id"],
        unique=False,
        schema="catalogue",
        postgresql_where=sa.text("price_group_id IS NOT NULL"),
    )
    for scope, leading in (
        ("all", []),
        ("channel", ["channel_id"]),
        ("kind", ["channel_kind"]),
        ("category", ["category_code"]),
        ("channel_category", ["channel_id", "category_code"]),
    ):
        for order, column in (("price", "price_fen"), ("new", "listed_at"), ("name", "title")):
            op.create_index(
                f"ix_listing_{scope}_{order}",
                "listing",
                [*leading, column, "id", "origin_area"],
                unique=False,
                schema="catalogue",
                postgresql_where=sa.text("state = 'listed'"),
            )
    op.create_index(
        "ix_listing_origin",
        "listing",
        ["origin_area", "id"],
        unique=False,
        schema="catalogue",
        postgresql_where=sa.text("state = 'listed'"),
    )
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("stock_item_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("on_hand_change", sa.BigInteger(), nullable=False),
        sa.Column("reserved_change", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('intake', 'reserve', 'release', 'ship', 'restock', 'adjust')",
            name=op.f("ck_stock_movement_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["catalogue.stock_item.id"], name=op.f("fk_stock_movement_stock_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        schema="catalogue",
    )
    op.create_index(
        op.f("ix_stock_movement_stock_item_id"),
        "stock_movement",
        ["stock_item_id"],
        unique=False,
        schema="catalogue",
    )
    op.create_index(
        "uq_stock_movement_line",
        "stock_movement",
        ["source_id", "kind"],
        unique=True,
        schema="catalogue",
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )
    op.create_table(
        "price_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_price_change_price")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["catalogue.listing.id"], name=op.f("fk_price_change_listing_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_change")),
        schema="catalogue",
    )
    op.create_index(
        op.f("ix_price_change_listing_id_from_at"),
        "price_change",
        ["listing_id", "from_at"],
        unique=False,
        schema="catalogue",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA catalogue CASCADE")
