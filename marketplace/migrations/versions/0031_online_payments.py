"""Payments made online: attempts, the producers' accounts, the gateway's messages; refunds through it; money back without goods."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "gateway_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", TEXT, nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_by_person", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'active', 'ended')", name=op.f("ck_gateway_account_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["accounts.organisation.id"], name=op.f("fk_gateway_account_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_account")),
        schema="payments",
    )
    op.create_index(
        "uq_gateway_account_account",
        "gateway_account",
        ["gateway", "account"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_index(
        "uq_gateway_account_active",
        "gateway_account",
        ["gateway", "organisation_id"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("state = 'active'"),
    )
    _attempts()
    _events()
    _refunds()
    op.drop_constraint("ck_order_return_kind", "order_return", schema="orders")
    op.create_check_constraint(
        op.f("ck_order_return_kind"),
        "order_return",
        "kind IN ('return', 'rejection', 'cancellation', 'goodwill')",
        schema="orders",
    )
    op.drop_constraint("ck_order_return_line_amounts", "order_return_line", schema="orders")
    op.create_check_constraint(
        op.f("ck_order_return_line_amounts"),
        "order_return_line",
        "quantity >= 0 AND amount_fen >= 0 AND (quantity > 0 OR amount_fen > 0)",
        schema="orders",
    )


def _attempts() -> None:
    op.create_table(
        "online_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("flow", TEXT, nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("idempotency_key", TEXT, nullable=False),
        sa.Column("intent_id", TEXT, nullable=True),
        sa.Column("page_id", TEXT, nullable=True),
        sa.Column("page_url", TEXT, nullable=True),
        sa.Column("captured_fen", sa.BigInteger(), nullable=False),
        sa.Column("given_back_fen", sa.BigInteger(), nullable=False),
        sa.Column("taken_as", TEXT, nullable=True),
        sa.Column("cancel_wanted", sa.Boolean(), nullable=False),
        sa.Column("capture_wanted", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=True),
        sa.Column("last_error", TEXT, nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_online_payment_amount")),
        sa.CheckConstraint("currency = 'CNY'", name=op.f("ck_online_payment_currency")),
        sa.CheckConstraint(
            "given_back_fen BETWEEN 0 AND captured_fen", name=op.f("ck_online_payment_given_back")
        ),
        sa.CheckConstraint(
            "state IN ('created', 'unknown', 'open', 'authorised', 'captured', 'canceled', 'failed')",
            name=op.f("ck_online_payment_state"),
        ),
        sa.CheckConstraint(
            "taken_as IN ('payment', 'surplus', 'mismatch')", name=op.f("ck_online_payment_taken_as")
        ),
        sa.CheckConstraint(
            "(state = 'captured') = (taken_as IS NOT NULL)", name=op.f("ck_online_payment_captured")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.sales_order.id"], name=op.f("fk_online_payment_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_payment")),
        sa.UniqueConstraint("number", name=op.f("uq_online_payment_number")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_online_payment_idempotency_key")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_online_payment_intent_id")),
        sa.UniqueConstraint("page_id", name=op.f("uq_online_payment_page_id")),
        schema="payments",
    )
    op.create_index(
        "uq_online_payment_live",
        "online_payment",
        ["order_id"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("state IN ('created', 'unknown', 'open', 'authorised')"),
    )
    op.create_index(op.f("ix_online_payment_order_id"), "online_payment", ["order_id"], schema="payments")
    op.create_index(op.f("ix_online_payment_batch_id"), "online_payment", ["batch_id"], schema="payments")
    op.create_index(
        "ix_online_payment_due",
        "online_payment",
        ["next_try_at"],
        schema="payments",
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )


def _events() -> None:
    op.create_table(
        "gateway_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", TEXT, nullable=False),
        sa.Column("event_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=True),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('applied', 'ignored', 'parked', 'refused')", name=op.f("ck_gateway_event_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_event")),
        sa.UniqueConstraint("gateway", "event_id", name=op.f("uq_gateway_event_gateway_event_id")),
        schema="payments",
    )
    op.create_index(
        "ix_gateway_event_parked",
        "gateway_event",
        ["next_try_at"],
        schema="payments",
        postgresql_where=sa.text("state = 'parked'"),
    )
    for table in ("gateway_account", "online_payment", "gateway_event"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON payments.{table} TO sanzhuan_app")


def _refunds() -> None:
    kind = sa.Column("kind", TEXT, nullable=False, server_default="return")
    tries = sa.Column("tries", sa.BigInteger(), nullable=False, server_default="0")
    for column in (
        kind,
        sa.Column("online_payment_id", sa.Uuid(), nullable=True),
        sa.Column("idempotency_key", TEXT, nullable=True),
        sa.Column("gateway_id", TEXT, nullable=True),
        sa.Column("asked_at", INSTANT, nullable=True),
        tries,
        sa.Column("next_try_at", INSTANT, nullable=True),
        sa.Column("last_error", TEXT, nullable=True),
        sa.Column("bounced_at", INSTANT, nullable=True),
    ):
        op.add_column("refund", column, schema="payments")
    op.alter_column("refund", "kind", server_default=None, schema="payments")
    op.alter_column("refund", "tries", server_default=None, schema="payments")
    op.create_foreign_key(
        op.f("fk_refund_online_payment_id"),
        "refund",
        "online_payment",
        ["online_payment_id"],
        ["id"],
        source_schema="payments",
        referent_schema="payments",
    )
    op.create_unique_constraint(
        op.f("uq_refund_idempotency_key"), "refund", ["idempotency_key"], schema="payments"
    )
    op.create_unique_constraint(op.f("uq_refund_gateway_id"), "refund", ["gateway_id"], schema="payments")
    op.create_index(
        "ix_refund_due",
        "refund",
        ["next_try_at"],
        schema="payments",
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.drop_constraint("ck_refund_state", "refund", schema="payments")
    op.create_check_constraint(
        op.f("ck_refund_state"),
        "refund",
        "state IN ('requested', 'approved', 'sent', 'unknown', 'failed', 'confirmed', 'refused')",
        schema="payments",
    )
    op.create_check_constraint(
        op.f("ck_refund_kind"), "refund", "kind IN ('return', 'surplus', 'goodwill')", schema="payments"
    )


def downgrade() -> None:
    op.drop_constraint("ck_order_return_line_amounts", "order_return_line", schema="orders")
    op.create_check_constraint(
        op.f("ck_order_return_line_amounts"),
        "order_return_line",
        "quantity > 0 AND amount_fen >= 0",
        schema="orders",
    )
    op.drop_constraint("ck_order_return_kind", "order_return", schema="orders")
    op.create_check_constraint(
        op.f("ck_order_return_kind"),
        "order_return",
        "kind IN ('return', 'rejection', 'cancellation')",
        schema="orders",
    )
    op.drop_constraint("ck_refund_kind", "refund", schema="payments")
    op.drop_constraint("ck_refund_state", "refund", schema="payments")
    op.create_check_constraint(
        op.f("ck_refund_state"),
        "refund",
        "state IN ('requested', 'approved', 'confirmed', 'refused')",
        schema="payments",
    )
    for column in (
        "kind",
        "online_payment_id",
        "idempotency_key",
        "gateway_id",
        "asked_at",
        "tries",
        "next_try_at",
        "last_error",
        "bounced_at",
    ):
        op.drop_column("refund", column, schema="payments")
    op.drop_table("gateway_event", schema="payments")
    op.drop_table("online_payment", schema="payments")
    op.drop_table("gateway_account", schema="payments")
