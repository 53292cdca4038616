"""What the gateway kept of payments online."""

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


def downgrade() -> None:
    op.drop_column("online_payment", "fee_fen", schema="payments")
