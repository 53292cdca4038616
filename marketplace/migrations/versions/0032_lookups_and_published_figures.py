"""What a reported row names is found by an index: catalogue number, supplier's code, bar code."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_index("ix_certificate_catalogue_no", "certificate", ["catalogue_no"], schema="certification")
    op.create_index("ix_producer_uscc", "producer", ["uscc"], schema="producers")
    op.create_index(
        "ix_product_gtin", "product", ["gtin"], schema="producers", postgresql_where=sa.text("gtin IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_product_gtin", "product", schema="producers")
    op.drop_index("ix_producer_uscc", "producer", schema="producers")
    op.drop_index("ix_certificate_catalogue_no", "certificate", schema="certification")
