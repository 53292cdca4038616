"""Sales made elsewhere: keys and devices of channels, batches, sales with their reports, rows kept apart."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("intake.report",)


def upgrade() -> None:
    op.execute("CREATE SCHEMA intake")
    _channels()
    _batches()
    _sales()
    op.execute("GRANT USAGE ON SCHEMA intake TO sanzhuan_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA intake TO sanzhuan_app")
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE ON {table} FROM sanzhuan_app")
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)


def _channels() -> None:
    op.create_table(
        "channel_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("secret_enc", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["catalogue.channel.id"], name=op.f("fk_channel_key_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_key")),
        sa.UniqueConstraint("channel_id", "version", name=op.f("uq_channel_key_channel_id_version")),
        schema="intake",
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("adapter", TEXT, nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["catalogue.channel.id"], name=op.f("fk_device_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("channel_id", "code", name=op.f("uq_device_channel_id_code")),
        schema="intake",
    )


def _batches() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("adapter", TEXT, nullable=False),
        sa.Column("format", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=True),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("refusal", TEXT, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("accepted", "duplicate", "corrected", "quarantined")
        ),
        sa.CheckConstraint("state IN ('received', 'done', 'refused')", name=op.f("ck_batch_state")),
        sa.CheckConstraint("row_count > 0 AND sequence > 0", name=op.f("ck_batch_counts")),
        sa.ForeignKeyConstraint(["channel_id"], ["catalogue.channel.id"], name=op.f("fk_batch_channel_id")),
        sa.ForeignKeyConstraint(["device_id"], ["intake.device.id"], name=op.f("fk_batch_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("number", name=op.f("uq_batch_number")),
        sa.UniqueConstraint("device_id", "sequence", name=op.f("uq_batch_device_id_sequence")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_batch_channel_id_received_at"), "batch", ["channel_id", "received_at"], schema="intake"
    )
    op.create_table(
        "row_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("field", TEXT, nullable=True),
        sa.Column("order_ref", TEXT, nullable=True),
        sa.Column("record", postgresql.JSONB(), nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("settled_how", TEXT, nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("opinion", TEXT, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('duplicate', 'corrected', 'quarantined')", name=op.f("ck_row_outcome_outcome")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["intake.batch.id"], name=op.f("fk_row_outcome_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_row_outcome")),
        sa.UniqueConstraint(
            "batch_id", "row_no", "attempt", name=op.f("uq_row_outcome_batch_id_row_no_attempt")
        ),
        schema="intake",
    )
    op.create_index(
        "ix_row_outcome_open",
        "row_outcome",
        ["channel_id", "order_ref"],
        schema="intake",
        postgresql_where=sa.text("outcome = 'quarantined' AND settled_at IS NULL"),
    )


def _sales() -> None:
    op.create_table(
        "foreign_sale",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("order_ref", TEXT, nullable=False),
        sa.Column("line_ref", TEXT, nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("counting_policy", TEXT, nullable=False),
        sa.Column("facts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sale_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=True),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_milli", sa.BigInteger(), nullable=False),
        sa.Column("sold_at", INSTANT, nullable=False),
        sa.Column("counted_at", INSTANT, nullable=True),
        sa.Column("frozen", postgresql.JSONB(), nullable=False),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'counted', 'superseded', 'duplicate')", name=op.f("ck_foreign_sale_state")
        ),
        sa.CheckConstraint("sale_fen > 0 AND quantity_milli > 0", name=op.f("ck_foreign_sale_amounts")),
        sa.CheckConstraint(
            "refunded_fen BETWEEN 0 AND sale_fen AND refunded_milli BETWEEN 0 AND quantity_milli",
            name=op.f("ck_foreign_sale_refunded"),
        ),
        sa.CheckConstraint(
            "(state = 'duplicate') = (duplicate_of IS NOT NULL)", name=op.f("ck_foreign_sale_duplicate")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["catalogue.channel.id"], name=op.f("fk_foreign_sale_channel_id")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["intake.batch.id"], name=op.f("fk_foreign_sale_batch_id")),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["intake.foreign_sale.id"], name=op.f("fk_foreign_sale_duplicate_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreign_sale")),
        sa.UniqueConstraint(
            "channel_id",
            "order_ref",
            "line_ref",
            "revision",
            name=op.f("uq_foreign_sale_channel_id_order_ref_line_ref_revision"),
        ),
        schema="intake",
    )
    op.create_index(
        "ix_foreign_sale_waiting",
        "foreign_sale",
        ["channel_id", "sold_at"],
        schema="intake",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("order_ref", TEXT, nullable=False),
        sa.Column("line_ref", TEXT, nullable=False),
        sa.Column("action_ref", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["catalogue.channel.id"], name=op.f("fk_report_channel_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["intake.batch.id"], name=op.f("fk_report_batch_id")),
        sa.ForeignKeyConstraint(["sale_id"], ["intake.foreign_sale.id"], name=op.f("fk_report_sale_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "channel_id",
            "order_ref",
            "line_ref",
            "action_ref",
            name=op.f("uq_report_channel_id_order_ref_line_ref_action_ref"),
        ),
        schema="intake",
    )
    op.create_index(op.f("ix_report_batch_id"), "report", ["batch_id"], schema="intake")


def downgrade() -> None:
    op.execute("DROP SCHEMA intake CASCADE")
