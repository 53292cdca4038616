"""What buyers do around the checkout: cart, addresses, approval, plan, three quotes, gifts to many addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0031"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "delivery_address",
    "cart_line",
    "favourite",
)
# Rows that are a person's own and leave no history.
DELETABLE = (
    "cart_line",
    "favourite",
)


def column(name: str, kind: sa.types.TypeEngine, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable)


def refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))


def upgrade() -> None:
    _delivery_address()
    _cart_line()
    _favourite()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON orders.{table} TO sanzhuan_app")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON orders.{table} TO sanzhuan_app")


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


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="orders")
