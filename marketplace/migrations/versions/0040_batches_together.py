"""Batches that wait to be read are found by an index of their own: what waits beside one is read along with it."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_index(
        "ix_batch_received",
        "batch",
        ["channel_id", "received_at"],
        schema="intake",
        postgresql_where=sa.text("state = 'received'"),
    )


def downgrade() -> None:
    op.drop_index("ix_batch_received", table_name="batch", schema="intake")
