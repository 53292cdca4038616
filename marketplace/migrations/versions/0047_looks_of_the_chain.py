"""The chain looks near its head; when it last looked through everything that is not settled stands beside that number."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column(
        "chain_state", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True), schema="attribution"
    )


def downgrade() -> None:
    op.drop_column("chain_state", "looked_at", schema="attribution")
