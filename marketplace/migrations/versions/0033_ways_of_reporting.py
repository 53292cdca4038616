"""Ways of reporting: what a sale was made at, rows that are no sale, files handed in by people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0031"


def upgrade() -> None:
    op.add_column(
        "foreign_sale", sa.Column("particulars", postgresql.JSONB(), nullable=False, server_default="{}"), schema="intake"
    )
    op.alter_column("foreign_sale", "particulars", server_default=None, schema="intake")
    op.add_column(
        "batch", sa.Column("passed_over", sa.BigInteger(), nullable=False, server_default="0"), schema="intake"
    )
    op.alter_column("batch", "passed_over", server_default=None, schema="intake")
    _outcomes("'duplicate', 'corrected', 'quarantined', 'passed_over'")
    op.create_index(
        "uq_batch_by_hand",
        "batch",
        ["device_id", "digest"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("key_version IS NULL"),
    )


def _outcomes(known: str) -> None:
    op.drop_constraint(op.f("ck_row_outcome_outcome"), "row_outcome", schema="intake")
    op.create_check_constraint(
        op.f("ck_row_outcome_outcome"), "row_outcome", f"outcome IN ({known})", schema="intake"
    )


def downgrade() -> None:
    op.drop_index("uq_batch_by_hand", "batch", schema="intake")
    op.execute("DELETE FROM intake.row_outcome WHERE outcome = 'passed_over'")
    _outcomes("'duplicate', 'corrected', 'quarantined'")
    op.drop_column("batch", "passed_over", schema="intake")
    op.drop_column("foreign_sale", "particulars", schema="intake")
