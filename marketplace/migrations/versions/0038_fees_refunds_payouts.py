"""What the gateway kept of payments online; refunds that are begun again in the place of failed ones."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0031"


def upgrade() -> None:
    op.add_column(
        "online_payment",
        sa.Column("fee_fen", sa.BigInteger(), nullable=False, server_default="0"),
        schema="payments",
    )
    op.alter_column("online_payment", "fee_fen", server_default=None, schema="payments")
    _refunds()


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


def downgrade() -> None:
    _refund_states("'failed'")
    op.drop_index("uq_refund_return_id", "refund", schema="payments")
    op.create_unique_constraint(op.f("uq_refund_return_id"), "refund", ["return_id"], schema="payments")
    op.drop_column("refund", "replaces_id", schema="payments")
    op.drop_column("online_payment", "fee_fen", schema="payments")
