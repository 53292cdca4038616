"""Saved views: names that officials give to questions of statistics; keys of wall screens."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("shared_with", sa.Uuid(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 60", name=op.f("ck_saved_view_name")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account.id"], name=op.f("fk_saved_view_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["shared_with"], ["accounts.organisation.id"], name=op.f("fk_saved_view_shared_with")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_saved_view_account_id_name")),
        schema="statistics",
    )
    op.create_index(op.f("ix_saved_view_shared_with"), "saved_view", ["shared_with"], schema="statistics")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON statistics.saved_view TO sanzhuan_app")
    op.create_table(
        "wall_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("area_code", TEXT, nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_wall_key_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_wall_key_key_hash")),
        schema="statistics",
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON statistics.wall_key TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("wall_key", schema="statistics")
    op.drop_table("saved_view", schema="statistics")
