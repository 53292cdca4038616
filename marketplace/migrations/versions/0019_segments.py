"""Segments of the ledger with their watermark, how far the chain is settled, states of households on closed days."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
TABLES = ("attribution.chain_state", "statistics.segment", "statistics.watermark", "statistics.household_state")
BOUNDS = ("lower", "upper")  # what began or ended after a day


def upgrade() -> None:
    op.create_table(
        "chain_state",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("settled_entry_no", sa.BigInteger(), nullable=False),
        sa.Column("next_entry_no", sa.BigInteger(), nullable=True),
        sa.Column("next_xid", sa.BigInteger(), nullable=True),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_chain_state_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_state")),
        schema="attribution",
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("layout", sa.SmallInteger(), nullable=False),
        sa.Column("after_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("sale_fen", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "after_position < to_position AND entries > 0", name=op.f("ck_segment_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("name", name=op.f("uq_segment_name")),
        schema="statistics",
    )
    op.create_index(
        "ix_segment_live",
        "segment",
        ["period"],
        schema="statistics",
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "watermark",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.SmallInteger(), nullable=False),
        sa.Column("moved_at", INSTANT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_watermark_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watermark")),
        schema="statistics",
    )
    op.create_table(
        "household_state",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("on_day", name=op.f("pk_household_state")),
        schema="statistics",
    )
    for bound in BOUNDS:
        op.create_index(
            f"ix_household_status_{bound}", "household_status", [sa.text(f"{bound}(valid)")], schema="beneficiaries"
        )
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO sanzhuan_app")


def downgrade() -> None:
    for bound in BOUNDS:
        op.drop_index(f"ix_household_status_{bound}", "household_status", schema="beneficiaries")
    for table in reversed(TABLES):
        schema, name = table.split(".")
        op.drop_table(name, schema=schema)
