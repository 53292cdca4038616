"""What a producer says of a product in its own words."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("product", sa.Column("description", sa.Text(), nullable=True), schema="producers")
    op.create_check_constraint(
        "description", "product", "char_length(description) <= 2000", schema="producers"
    )


def downgrade() -> None:
    op.drop_column("product", "description", schema="producers")
