"""Photos with an objection; what waits for somebody's approval is found without reading all that waits anywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"

_WAITS = sa.text("state = 'submitted'")


def upgrade() -> None:
    op.create_table(
        "objection_photo",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("objection_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["core.stored_file.id"], name=op.f("fk_objection_photo_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["certification.objection.id"], name=op.f("fk_objection_photo_objection_id")
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_objection_photo")),
        schema="certification",
    )
    op.create_index(
        op.f("ix_objection_photo_objection_id"), "objection_photo", ["objection_id"], schema="certification"
    )
    op.execute("GRANT SELECT, INSERT ON certification.objection_photo TO sanzhuan_app")
    for column in ("rule_organisation_id", "waits_for_account"):
        op.create_index(
            f"ix_purchase_request_waiting_{column}",
            "purchase_request",
            [column],
            schema="orders",
            postgresql_where=_WAITS,
        )


def downgrade() -> None:
    for column in ("rule_organisation_id", "waits_for_account"):
        op.drop_index(f"ix_purchase_request_waiting_{column}", "purchase_request", schema="orders")
    op.drop_table("objection_photo", schema="certification")
