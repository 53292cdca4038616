"""Tables of orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("CREATE SCHEMA orders")
    op.create_table(
        "checkout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=True),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["accounts.organisation.id"], name=op.f("fk_checkout_buyer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout")),
        sa.UniqueConstraint("number", name=op.f("uq_checkout_number")),
        schema="orders",
    )
    op.create_table(
        "sales_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("checkout_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("producer_name", sa.Text(collation="C"), nullable=False),
        sa.Column("producer_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("producer_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("producer_area", sa.Text(collation="C"), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_name", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_area", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_sector", sa.Text(collation="C"), nullable=True),
        sa.Column("buyer_path", sa.Text(collation="C"), nullable=False),
        sa.Column("budget_unit_id", sa.Uuid(), nullable=True),
        sa.Column("reserve_year", sa.SmallInteger(), nullable=True),
        sa.Column("participation_mode", sa.Text(collation="C"), nullable=False),
        sa.Column("fund_source", sa.Text(collation="C"), nullable=True),
        sa.Column("purchase_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("broker_id", sa.Uuid(), nullable=True),
        sa.Column("helper_area", sa.Text(collation="C"), nullable=True),
        sa.Column("payment_method", sa.Text(collation="C"), nullable=False),
        sa.Column("payment_terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("delivery_area", sa.Text(collation="C"), nullable=False),
        sa.Column("deliver_to_enc", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("payment_state", sa.Text(collation="C"), nullable=False),
        sa.Column("invoice_state", sa.Text(collation="C"), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("tax_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("deducted_fen", sa.BigInteger(), nullable=False),
        sa.Column("owed_back_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_extended", sa.Boolean(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invoiced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "refunded_fen <= owed_back_fen AND owed_back_fen <= paid_fen", name=op.f("ck_sales_order_refunds")
        ),
        sa.CheckConstraint("deducted_fen BETWEEN 0 AND total_fen", name=op.f("ck_sales_order_deducted")),
        sa.CheckConstraint(
            "total_fen >= 0 AND paid_fen >= 0 AND refunded_fen >= 0", name=op.f("ck_sales_order_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["budget_unit_id"], ["accounts.organisation.id"], name=op.f("fk_sales_order_budget_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["accounts.organisation.id"], name=op.f("fk_sales_order_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["orders.checkout.id"], name=op.f("fk_sales_order_checkout_id")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.producer.id"], name=op.f("fk_sales_order_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("number", name=op.f("uq_sales_order_number")),
        sa.UniqueConstraint("order_no", name=op.f("uq_sales_order_order_no")),
        schema="orders",
    )
    op.create_index(
        "ix_sales_order_buyer", "sales_order", ["buyer_id", "order_no"], unique=False, schema="orders"
    )
    op.create_index(
        op.f("ix_sales_order_checkout_id"), "sales_order", ["checkout_id"], unique=False, schema="orders"
    )
    op.create_index(
        "ix_sales_order_due",
        "sales_order",
        ["due_on"],
        unique=False,
        schema="orders",
        postgresql_where=sa.text("payment_state IN ('unpaid', 'partly_paid')"),
    )
    op.create_index(
        "ix_sales_order_producer", "sales_order", ["producer_id", "order_no"], unique=False, schema="orders"
    )
    op.create_index(
        "ix_sales_order_uncounted",
        "sales_order",
        ["order_no"],
        unique=False,
        schema="orders",
        postgresql_where=sa.text("counted_at IS NULL AND state <> 'cancelled'"),
    )
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(collation="C"), nullable=True),
        sa.Column("by_account", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_evaluation_stars")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.sales_order.id"], name=op.f("fk_evaluation_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("order_id", name=op.f("uq_evaluation_order_id")),
        schema="orders",
    )
    op.create_table(
        "order_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.sales_order.id"], name=op.f("fk_order_event_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_event")),
        schema="orders",
    )
    op.create_index(
        op.f("ix_order_event_order_id"), "order_event", ["order_id"], unique=False, schema="orders"
    )
    op.create_table(
        "order_return",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('return', 'rejection', 'cancellation')", name=op.f("ck_order_return_kind")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.sales_order.id"], name=op.f("fk_order_return_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_return")),
        sa.UniqueConstraint("number", name=op.f("uq_order_return_number")),
        schema="orders",
    )
    op.create_index(
        op.f("ix_order_return_order_id"), "order_return", ["order_id"], unique=False, schema="orders"
    )
    op.create_table(
        "shipment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("carrier", sa.Text(collation="C"), nullable=True),
        sa.Column("tracking_no", sa.Text(collation="C"), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.sales_order.id"], name=op.f("fk_shipment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        schema="orders",
    )
    op.create_index(op.f("ix_shipment_order_id"), "shipment", ["order_id"], unique=False, schema="orders")
    op.create_table(
        "order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("channel_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("channel_area", sa.Text(collation="C"), nullable=False),
        sa.Column("counting_policy", sa.Text(collation="C"), nullable=False),
        sa.Column("stock_item_id", sa.BigInteger(), nullable=False),
        sa.Column("product_name", sa.Text(collation="C"), nullable=False),
        sa.Column("spec", sa.Text(collation="C"), nullable=False),
        sa.Column("unit", sa.Text(collation="C"), nullable=False),
        sa.Column("category_code", sa.Text(collation="C"), nullable=False),
        sa.Column("origin_area", sa.Text(collation="C"), nullable=False),
        sa.Column("net_weight_g", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("tax_treatment", sa.Text(collation="C"), nullable=False),
        sa.Column("tax_fen", sa.BigInteger(), nullable=False),
        sa.Column("levy_bp", sa.BigInteger(), nullable=False),
        sa.Column("shown_goods_class", sa.Text(collation="C"), nullable=False),
        sa.Column("shown_certificate_id", sa.Uuid(), nullable=True),
        sa.Column("goods_class", sa.Text(collation="C"), nullable=True),
        sa.Column("goods_class_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("certificate_id", sa.Uuid(), nullable=True),
        sa.Column("scheme", sa.Text(collation="C"), nullable=True),
        sa.Column("schemes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("shipped", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("counted_fen", sa.BigInteger(), nullable=True),
        sa.Column("counted_quantity", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "goods_class IS NULL OR goods_class IN ('certified_aid', 'area_produce', 'ordinary')",
            name=op.f("ck_order_line_goods_class"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND unit_price_fen > 0 AND amount_fen = unit_price_fen * quantity",
            name=op.f("ck_order_line_amount"),
        ),
        sa.CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name=op.f("ck_order_line_refunded")),
        sa.CheckConstraint(
            "shipped + cancelled <= quantity AND accepted + rejected <= shipped AND returned <= accepted",
            name=op.f("ck_order_line_quantities"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["catalogue.channel.id"], name=op.f("fk_order_line_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["catalogue.listing.id"], name=op.f("fk_order_line_listing_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["catalogue.offer.id"], name=op.f("fk_order_line_offer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.sales_order.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["producers.product.id"], name=op.f("fk_order_line_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "line_no", name=op.f("uq_order_line_order_id_line_no")),
        schema="orders",
    )
    op.create_table(
        "order_return_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("was_counted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity > 0 AND amount_fen >= 0", name=op.f("ck_order_return_line_amounts")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["orders.order_line.id"], name=op.f("fk_order_return_line_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["orders.order_return.id"], name=op.f("fk_order_return_line_return_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_return_line")),
        schema="orders",
    )
    op.create_table(
        "shipment_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity")),
        sa.ForeignKeyConstraint(["line_id"], ["orders.order_line.id"], name=op.f("fk_shipment_line_line_id")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["orders.shipment.id"], name=op.f("fk_shipment_line_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_line")),
        schema="orders",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA orders CASCADE")
