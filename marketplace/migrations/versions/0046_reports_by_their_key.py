"""A report is known by its natural key alone: nothing ever asked for it by a number of its own.

The table is locked while the key is built, some seconds a million rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

_KEY = ["channel_id", "order_ref", "line_ref", "action_ref"]
_UNIQUE = "uq_report_channel_id_order_ref_line_ref_action_ref"


def upgrade() -> None:
    op.drop_constraint(op.f("pk_report"), "report", schema="intake", type_="primary")
    op.drop_constraint(op.f(_UNIQUE), "report", schema="intake", type_="unique")
    op.create_primary_key(op.f("pk_report"), "report", _KEY, schema="intake")
    op.drop_column("report", "id", schema="intake")


def downgrade() -> None:
    op.add_column(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()")),
        schema="intake",
    )
    op.alter_column("report", "id", server_default=None, schema="intake")
    op.drop_constraint(op.f("pk_report"), "report", schema="intake", type_="primary")
    op.create_primary_key(op.f("pk_report"), "report", ["id"], schema="intake")
    op.create_unique_constraint(op.f(_UNIQUE), "report", _KEY, schema="intake")
