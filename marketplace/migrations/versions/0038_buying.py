"""What buyers do around the checkout: cart, addresses, approval, plan, three quotes, gifts to many addresses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
SAME = sa.func.int8range(sa.literal_column("organisation_no"), sa.literal_column("organisation_no"), "[]")
TABLES = (
    "approval_rule",
    "delivery_address",
    "price_inquiry",
    "purchase_plan",
    "approval_delegation",
    "price_inquiry_item",
    "price_inquiry_supplier",
    "price_quote",
    "purchase_plan_line",
    "purchase_request",
    "purchase_decision",
    "parcel",
    "cart_line",
    "favourite",
    "parcel_line",
)
# Rows that are a person's own and leave no history.
DELETABLE = (
    "cart_line",
    "favourite",
    "purchase_plan_line",
)


def column(name: str, kind: sa.types.TypeEngine, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable)


def refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))


def upgrade() -> None:
    _approval_rule()
    _delivery_address()
    _price_inquiry()
    _purchase_plan()
    _approval_delegation()
    _price_inquiry_item()
    _price_inquiry_supplier()
    _price_quote()
    _purchase_plan_line()
    _purchase_request()
    _purchase_decision()
    _parcel()
    _cart_line()
    _favourite()
    _parcel_line()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON orders.{table} TO sanzhuan_app")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON orders.{table} TO sanzhuan_app")


def _approval_rule() -> None:
    op.create_table(
        "approval_rule",
        column("id", sa.Uuid()),
        column("organisation_id", sa.Uuid()),
        column("organisation_no", sa.BigInteger()),
        column("valid", postgresql.TSTZRANGE()),
        column("direct_up_to_fen", sa.BigInteger()),
        column("tiers", postgresql.JSONB()),
        column("lapse_days", sa.SmallInteger()),
        column("made_by", sa.Uuid(), True),
        column("made_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rule")),
        refers("approval_rule", "organisation_id", "accounts.organisation"),
        sa.CheckConstraint(
            "direct_up_to_fen >= 0",
            name=op.f("ck_approval_rule_direct"),
        ),
        sa.CheckConstraint(
            "lapse_days BETWEEN 1 AND 365",
            name=op.f("ck_approval_rule_lapse"),
        ),
        postgresql.ExcludeConstraint(
            (SAME, "&&"),
            (sa.literal_column("valid"), "&&"),
            using="gist",
            name="ex_approval_rule_overlap",
        ),
        schema="orders",
    )


def _delivery_address() -> None:
    op.create_table(
        "delivery_address",
        column("id", sa.Uuid()),
        column("organisation_id", sa.Uuid()),
        column("label", TEXT),
        column("area_code", TEXT),
        column("deliver_to_enc", sa.LargeBinary(), True),
        column("is_default", sa.Boolean()),
        column("row_version", sa.BigInteger()),
        column("created_by", sa.Uuid(), True),
        column("created_at", INSTANT),
        column("removed_at", INSTANT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_address")),
        refers("delivery_address", "organisation_id", "accounts.organisation"),
        schema="orders",
    )
    op.create_index(
        op.f("ix_delivery_address_organisation_id"),
        "delivery_address",
        ["organisation_id"],
        schema="orders",
    )
    op.create_index(
        "uq_delivery_address_default",
        "delivery_address",
        ["organisation_id"],
        unique=True,
        schema="orders",
        postgresql_where=sa.text("is_default AND removed_at IS NULL"),
    )


def _price_inquiry() -> None:
    op.create_table(
        "price_inquiry",
        column("id", sa.Uuid()),
        sa.Column("inquiry_no", sa.BigInteger(), sa.Identity(), nullable=False),
        column("number", TEXT),
        column("buyer_id", sa.Uuid()),
        column("buyer_area", TEXT),
        column("title", TEXT),
        column("deliver_by", sa.Date()),
        column("deadline", INSTANT),
        column("fewer_reason", TEXT, True),
        column("state", TEXT),
        column("asked_by", sa.Uuid()),
        column("asked_at", INSTANT),
        column("opened_by", sa.Uuid(), True),
        column("opened_at", INSTANT, True),
        column("awarded_to", sa.Uuid(), True),
        column("award_reason", TEXT, True),
        column("awarded_by", sa.Uuid(), True),
        column("awarded_at", INSTANT, True),
        column("cancel_reason", TEXT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_inquiry")),
        refers("price_inquiry", "awarded_to", "accounts.organisation"),
        refers("price_inquiry", "buyer_id", "accounts.organisation"),
        sa.UniqueConstraint("inquiry_no", name=op.f("uq_price_inquiry_inquiry_no")),
        sa.UniqueConstraint("number", name=op.f("uq_price_inquiry_number")),
        sa.CheckConstraint(
            "(state = 'awarded') = (awarded_to IS NOT NULL)",
            name=op.f("ck_price_inquiry_awarded"),
        ),
        sa.CheckConstraint(
            "opened_at IS NULL OR opened_at >= deadline",
            name=op.f("ck_price_inquiry_opened"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'opened', 'awarded', 'cancelled')",
            name=op.f("ck_price_inquiry_state"),
        ),
        schema="orders",
    )
    op.create_index(
        op.f("ix_price_inquiry_buyer_id"),
        "price_inquiry",
        ["buyer_id"],
        schema="orders",
    )


def _purchase_plan() -> None:
    op.create_table(
        "purchase_plan",
        column("id", sa.Uuid()),
        column("organisation_id", sa.Uuid()),
        column("area_code", TEXT),
        column("year", sa.SmallInteger()),
        column("version", sa.SmallInteger()),
        column("state", TEXT),
        column("over_plan", TEXT),
        column("made_by", sa.Uuid(), True),
        column("made_at", INSTANT),
        column("submitted_by", sa.Uuid(), True),
        column("submitted_by_person", sa.Uuid(), True),
        column("submitted_at", INSTANT, True),
        column("decided_by", sa.Uuid(), True),
        column("decided_by_person", sa.Uuid(), True),
        column("decided_at", INSTANT, True),
        column("opinion", TEXT, True),
        column("row_version", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_plan")),
        refers("purchase_plan", "organisation_id", "accounts.organisation"),
        sa.UniqueConstraint(
            "organisation_id", "year", "version", name=op.f("uq_purchase_plan_organisation_id_year_version")
        ),
        sa.CheckConstraint(
            "decided_by_person <> submitted_by_person",
            name=op.f("ck_purchase_plan_four_eyes"),
        ),
        sa.CheckConstraint(
            "over_plan IN ('warn', 'refuse')",
            name=op.f("ck_purchase_plan_over_plan"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'approved', 'superseded')",
            name=op.f("ck_purchase_plan_state"),
        ),
        schema="orders",
    )
    op.create_index(
        "uq_purchase_plan_approved",
        "purchase_plan",
        ["organisation_id", "year"],
        unique=True,
        schema="orders",
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_index(
        "uq_purchase_plan_open",
        "purchase_plan",
        ["organisation_id", "year"],
        unique=True,
        schema="orders",
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned')"),
    )


def _approval_delegation() -> None:
    op.create_table(
        "approval_delegation",
        column("id", sa.Uuid()),
        column("from_account", sa.Uuid()),
        column("from_person", sa.Uuid()),
        column("to_account", sa.Uuid()),
        column("to_person", sa.Uuid()),
        column("starts_at", INSTANT),
        column("ends_at", INSTANT),
        column("reason", TEXT),
        column("created_at", INSTANT),
        column("revoked_at", INSTANT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_delegation")),
        refers("approval_delegation", "from_account", "accounts.account"),
        refers("approval_delegation", "to_account", "accounts.account"),
        sa.CheckConstraint(
            "from_person <> to_person",
            name=op.f("ck_approval_delegation_persons"),
        ),
        sa.CheckConstraint(
            "starts_at < ends_at",
            name=op.f("ck_approval_delegation_time"),
        ),
        schema="orders",
    )
    op.create_index(
        op.f("ix_approval_delegation_from_account"),
        "approval_delegation",
        ["from_account"],
        schema="orders",
    )
    op.create_index(
        op.f("ix_approval_delegation_to_account"),
        "approval_delegation",
        ["to_account"],
        schema="orders",
    )


def _price_inquiry_item() -> None:
    op.create_table(
        "price_inquiry_item",
        column("inquiry_id", sa.Uuid()),
        column("line_no", sa.SmallInteger()),
        column("name", TEXT),
        column("spec", TEXT, True),
        column("unit", TEXT),
        column("quantity", sa.BigInteger()),
        sa.PrimaryKeyConstraint("inquiry_id", "line_no", name=op.f("pk_price_inquiry_item")),
        refers("price_inquiry_item", "inquiry_id", "orders.price_inquiry"),
        sa.CheckConstraint(
            "quantity > 0",
            name=op.f("ck_price_inquiry_item_quantity"),
        ),
        schema="orders",
    )


def _price_inquiry_supplier() -> None:
    op.create_table(
        "price_inquiry_supplier",
        column("inquiry_id", sa.Uuid()),
        column("organisation_id", sa.Uuid()),
        column("name", TEXT),
        sa.PrimaryKeyConstraint("inquiry_id", "organisation_id", name=op.f("pk_price_inquiry_supplier")),
        refers("price_inquiry_supplier", "inquiry_id", "orders.price_inquiry"),
        refers("price_inquiry_supplier", "organisation_id", "accounts.organisation"),
        schema="orders",
    )
    op.create_index(
        op.f("ix_price_inquiry_supplier_organisation_id"),
        "price_inquiry_supplier",
        ["organisation_id"],
        schema="orders",
    )


def _price_quote() -> None:
    op.create_table(
        "price_quote",
        column("id", sa.Uuid()),
        column("inquiry_id", sa.Uuid()),
        column("organisation_id", sa.Uuid()),
        column("version", sa.SmallInteger()),
        column("quote_enc", sa.LargeBinary()),
        column("sent_by", sa.Uuid()),
        column("sent_at", INSTANT),
        column("ended_at", INSTANT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_quote")),
        refers("price_quote", "inquiry_id", "orders.price_inquiry"),
        refers("price_quote", "organisation_id", "accounts.organisation"),
        sa.UniqueConstraint(
            "inquiry_id",
            "organisation_id",
            "version",
            name=op.f("uq_price_quote_inquiry_id_organisation_id_version"),
        ),
        schema="orders",
    )
    op.create_index(
        "uq_price_quote_standing",
        "price_quote",
        ["inquiry_id", "organisation_id"],
        unique=True,
        schema="orders",
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _purchase_plan_line() -> None:
    op.create_table(
        "purchase_plan_line",
        column("plan_id", sa.Uuid()),
        column("line_no", sa.SmallInteger()),
        column("category_code", TEXT),
        column("fund_source", TEXT),
        column("month", sa.SmallInteger(), True),
        column("quarter", sa.SmallInteger(), True),
        column("amount_fen", sa.BigInteger()),
        sa.PrimaryKeyConstraint("plan_id", "line_no", name=op.f("pk_purchase_plan_line")),
        refers("purchase_plan_line", "plan_id", "orders.purchase_plan"),
        sa.CheckConstraint(
            "amount_fen > 0",
            name=op.f("ck_purchase_plan_line_amount"),
        ),
        sa.CheckConstraint(
            "month BETWEEN 1 AND 12 AND quarter IS NULL OR month IS NULL",
            name=op.f("ck_purchase_plan_line_month"),
        ),
        sa.CheckConstraint(
            "quarter IS NULL OR quarter BETWEEN 1 AND 4",
            name=op.f("ck_purchase_plan_line_quarter"),
        ),
        schema="orders",
    )


def _purchase_request() -> None:
    op.create_table(
        "purchase_request",
        column("id", sa.Uuid()),
        sa.Column("request_no", sa.BigInteger(), sa.Identity(), nullable=False),
        column("number", TEXT),
        column("buyer_id", sa.Uuid()),
        column("buyer_area", TEXT),
        column("rule_id", sa.Uuid()),
        column("rule_organisation_id", sa.Uuid()),
        column("state", TEXT),
        column("round", sa.SmallInteger()),
        column("step", sa.SmallInteger()),
        column("steps", postgresql.JSONB()),
        column("waits_for_role", TEXT, True),
        column("waits_for_account", sa.Uuid(), True),
        column("terms", postgresql.JSONB()),
        column("lines", postgresql.JSONB()),
        column("total_fen", sa.BigInteger()),
        column("deliver_to_enc", sa.LargeBinary(), True),
        column("note", TEXT, True),
        column("warnings", postgresql.JSONB()),
        column("sent_back", postgresql.JSONB()),
        column("checkout_number", TEXT, True),
        column("asked_by", sa.Uuid()),
        column("asked_by_person", sa.Uuid()),
        column("asked_at", INSTANT),
        column("waits_since", INSTANT),
        column("lapses_at", INSTANT),
        column("ended_at", INSTANT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_request")),
        refers("purchase_request", "buyer_id", "accounts.organisation"),
        refers("purchase_request", "rule_id", "orders.approval_rule"),
        refers("purchase_request", "rule_organisation_id", "accounts.organisation"),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_request_number")),
        sa.UniqueConstraint("request_no", name=op.f("uq_purchase_request_request_no")),
        sa.CheckConstraint(
            "(state = 'placed') = (checkout_number IS NOT NULL)",
            name=op.f("ck_purchase_request_placed"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'returned', 'placed', 'withdrawn', 'lapsed')",
            name=op.f("ck_purchase_request_state"),
        ),
        schema="orders",
    )
    op.create_index(
        op.f("ix_purchase_request_buyer_id"),
        "purchase_request",
        ["buyer_id"],
        schema="orders",
    )
    op.create_index(
        op.f("ix_purchase_request_state_lapses_at"),
        "purchase_request",
        ["state", "lapses_at"],
        schema="orders",
    )


def _purchase_decision() -> None:
    op.create_table(
        "purchase_decision",
        column("id", sa.Uuid()),
        column("request_id", sa.Uuid()),
        column("round", sa.SmallInteger()),
        column("step", sa.SmallInteger()),
        column("kind", TEXT),
        column("decision", TEXT),
        column("opinion", TEXT, True),
        column("by_account", sa.Uuid()),
        column("by_person", sa.Uuid()),
        column("for_account", sa.Uuid(), True),
        column("asked_by_person", sa.Uuid()),
        column("at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_decision")),
        refers("purchase_decision", "request_id", "orders.purchase_request"),
        sa.UniqueConstraint(
            "request_id", "round", "by_person", name=op.f("uq_purchase_decision_request_id_round_by_person")
        ),
        sa.UniqueConstraint(
            "request_id", "round", "step", name=op.f("uq_purchase_decision_request_id_round_step")
        ),
        sa.CheckConstraint(
            "decision IN ('approved', 'returned')",
            name=op.f("ck_purchase_decision_decision"),
        ),
        sa.CheckConstraint(
            "by_person <> asked_by_person",
            name=op.f("ck_purchase_decision_four_eyes"),
        ),
        schema="orders",
    )


def _parcel() -> None:
    op.create_table(
        "parcel",
        column("id", sa.Uuid()),
        column("order_id", sa.Uuid()),
        column("parcel_no", sa.SmallInteger()),
        column("area_code", TEXT),
        column("recipient_enc", sa.LargeBinary(), True),
        column("shipment_id", sa.Uuid(), True),
        column("forgotten_at", INSTANT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
        refers("parcel", "order_id", "orders.sales_order"),
        refers("parcel", "shipment_id", "orders.shipment"),
        sa.UniqueConstraint("order_id", "parcel_no", name=op.f("uq_parcel_order_id_parcel_no")),
        schema="orders",
    )
    op.create_index(
        op.f("ix_parcel_shipment_id"),
        "parcel",
        ["shipment_id"],
        schema="orders",
    )


def _cart_line() -> None:
    op.create_table(
        "cart_line",
        column("account_id", sa.Uuid()),
        column("listing_id", sa.Uuid()),
        column("quantity", sa.BigInteger()),
        column("seen_price_fen", sa.BigInteger()),
        column("seen_goods_class", TEXT),
        column("is_ticked", sa.Boolean()),
        column("added_at", INSTANT),
        sa.PrimaryKeyConstraint("account_id", "listing_id", name=op.f("pk_cart_line")),
        refers("cart_line", "listing_id", "catalogue.listing"),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 1000000",
            name=op.f("ck_cart_line_quantity"),
        ),
        sa.CheckConstraint(
            "seen_price_fen > 0",
            name=op.f("ck_cart_line_seen_price"),
        ),
        schema="orders",
    )


def _favourite() -> None:
    op.create_table(
        "favourite",
        column("account_id", sa.Uuid()),
        column("listing_id", sa.Uuid()),
        column("added_at", INSTANT),
        sa.PrimaryKeyConstraint("account_id", "listing_id", name=op.f("pk_favourite")),
        refers("favourite", "listing_id", "catalogue.listing"),
        schema="orders",
    )


def _parcel_line() -> None:
    op.create_table(
        "parcel_line",
        column("parcel_id", sa.Uuid()),
        column("line_id", sa.Uuid()),
        column("quantity", sa.BigInteger()),
        sa.PrimaryKeyConstraint("parcel_id", "line_id", name=op.f("pk_parcel_line")),
        refers("parcel_line", "line_id", "orders.order_line"),
        refers("parcel_line", "parcel_id", "orders.parcel"),
        sa.CheckConstraint(
            "quantity > 0",
            name=op.f("ck_parcel_line_quantity"),
        ),
        schema="orders",
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="orders")
