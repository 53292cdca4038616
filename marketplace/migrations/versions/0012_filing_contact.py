"""Whom to ask about a reserve filing: contact and telephone, as encrypted cells."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for name in ("contact_enc", "phone_enc"):
        op.add_column("reserve_filing", sa.Column(name, sa.LargeBinary(), nullable=True), schema="accounts")


def downgrade() -> None:
    for name in ("phone_enc", "contact_enc"):
        op.drop_column("reserve_filing", name, schema="accounts")
