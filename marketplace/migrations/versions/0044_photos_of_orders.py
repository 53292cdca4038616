"""Photos of what arrived, attached to an acceptance or to a return."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_table(
        "order_photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.sales_order.id"], name=op.f("fk_order_photo_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["orders.order_return.id"], name=op.f("fk_order_photo_return_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["core.stored_file.id"], name=op.f("fk_order_photo_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_photo")),
        sa.UniqueConstraint("file_id", name=op.f("uq_order_photo_file_id")),
        schema="orders",
    )
    op.create_index(op.f("ix_order_photo_order_id"), "order_photo", ["order_id"], schema="orders")
    op.execute("GRANT SELECT, INSERT ON orders.order_photo TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("order_photo", schema="orders")
