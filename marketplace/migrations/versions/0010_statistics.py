"""Tables of statistics."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("CREATE SCHEMA statistics")
    op.create_table(
        "declared_figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("measure", sa.Text(collation="C"), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("qualifier", sa.Text(collation="C"), nullable=True),
        sa.Column("raw_text", sa.Text(collation="C"), nullable=False),
        sa.Column("note", sa.Text(collation="C"), nullable=True),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_figure")),
        schema="statistics",
    )
    op.create_index(
        op.f("ix_declared_figure_area_code_measure"),
        "declared_figure",
        ["area_code", "measure"],
        unique=False,
        schema="statistics",
    )
    op.create_table(
        "target",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("measure", sa.Text(collation="C"), nullable=False),
        sa.Column("sector", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("relative_to", sa.Text(collation="C"), nullable=True),
        sa.Column("raw_text", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint(
            "area_code",
            "year",
            "measure",
            "sector",
            "version",
            name=op.f("uq_target_area_code_year_measure_sector_version"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="statistics",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA statistics CASCADE")
