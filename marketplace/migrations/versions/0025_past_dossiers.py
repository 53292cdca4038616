"""What dossiers of producers and points of sale said before they were amended, so that old reports stay what they were."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
TABLES = ("producers.producer_past", "catalogue.channel_past")


def upgrade() -> None:
    op.create_table(
        "producer_past",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("production_area", TEXT, nullable=False),
        sa.Column("agent_of_id", sa.Uuid(), nullable=True),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.producer.id"], name=op.f("fk_producer_past_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer_past")),
        schema="producers",
    )
    op.create_index(
        op.f("ix_producer_past_producer_id_until_at"),
        "producer_past",
        ["producer_id", "until_at"],
        schema="producers",
    )
    op.create_table(
        "channel_past",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("site_kind", TEXT, nullable=True),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["catalogue.channel.id"], name=op.f("fk_channel_past_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_past")),
        schema="catalogue",
    )
    op.create_index(
        op.f("ix_channel_past_channel_id_until_at"),
        "channel_past",
        ["channel_id", "until_at"],
        schema="catalogue",
    )
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO sanzhuan_app")
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)


def downgrade() -> None:
    op.drop_table("channel_past", schema="catalogue")
    op.drop_table("producer_past", schema="producers")
