"""A listing knows the next day on which a certificate of its product begins or has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("listing", sa.Column("turns_on", sa.Date(), nullable=True), schema="catalogue")
    # Due today: the first run of the job judges what the calendar turned unseen so far, and writes the true days.
    op.execute(
        "UPDATE catalogue.listing l SET turns_on = (now() AT TIME ZONE 'Asia/Shanghai')::date"
        " WHERE l.state <> 'delisted'"
        " AND EXISTS (SELECT 1 FROM certification.certificate c WHERE c.product_id = l.product_id)"
    )
    op.create_index(
        "ix_listing_turns_on",
        "listing",
        ["turns_on"],
        schema="catalogue",
        postgresql_where=sa.text("state <> 'delisted'"),
    )


def downgrade() -> None:
    op.drop_index("ix_listing_turns_on", "listing", schema="catalogue")
    op.drop_column("listing", "turns_on", schema="catalogue")
