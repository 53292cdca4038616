"""All standings of one household are found by its number: the pages of households read every standing there was."""

from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_index(
        op.f("ix_household_status_household_no"), "household_status", ["household_no"], schema="beneficiaries"
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_household_status_household_no"), table_name="household_status", schema="beneficiaries"
    )
