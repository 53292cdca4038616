"""The feed upward: what lower instances feed (intake), and the sending side (statistics)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("intake.upward_entry", "intake.upward_total")
CHANGING = (
    "intake.upward_source",
    "intake.upward_signer",
    "statistics.upward_feed",
    "statistics.upward_batch",
    "statistics.upward_exclusion",
    "statistics.upward_total",
    "statistics.upward_confirmation",
    "statistics.upward_view",
)


def upgrade() -> None:
    _receiving()
    _sending()
    for table in CHANGING:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO sanzhuan_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO sanzhuan_app")
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
    op.execute("""
        CREATE FUNCTION statistics.refuse_change_of_month_total() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'UPDATE' OR OLD.state <> 'drafted' OR OLD.content <> NEW.content THEN
                RAISE EXCEPTION 'a month''s total is not edited: a new version supersedes it'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON statistics.upward_total
        FOR EACH ROW EXECUTE FUNCTION statistics.refuse_change_of_month_total()
    """)
    op.execute("""
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON statistics.upward_total
        FOR EACH STATEMENT EXECUTE FUNCTION statistics.refuse_change_of_month_total()
    """)
    op.execute("""
        CREATE FUNCTION statistics.refuse_change_of_confirmation() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'UPDATE' OR OLD.state IN ('confirmed', 'returned') THEN
                RAISE EXCEPTION 'a county''s word is not taken back: a new version asks it again'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON statistics.upward_confirmation
        FOR EACH ROW EXECUTE FUNCTION statistics.refuse_change_of_confirmation()
    """)
    op.execute("""
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON statistics.upward_confirmation
        FOR EACH STATEMENT EXECUTE FUNCTION statistics.refuse_change_of_confirmation()
    """)


def _receiving() -> None:
    op.create_table(
        "upward_source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("area_code", TEXT, nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.CheckConstraint("position >= 0", name=op.f("ck_upward_source_position")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["catalogue.channel.id"], name=op.f("fk_upward_source_channel_id")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["intake.device.id"], name=op.f("fk_upward_source_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upward_source")),
        sa.UniqueConstraint("device_id", name=op.f("uq_upward_source_device_id")),
        sa.UniqueConstraint("source", name=op.f("uq_upward_source_source")),
        schema="intake",
    )
    op.create_table(
        "upward_entry",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("withheld", TEXT, nullable=True),
        sa.Column("kind", TEXT, nullable=True),
        sa.Column("sale_fen", sa.BigInteger(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=True),
        sa.Column("weight_g", sa.BigInteger(), nullable=True),
        sa.Column("benefit_fen", sa.BigInteger(), nullable=True),
        sa.Column("linkage_mode", TEXT, nullable=True),
        sa.Column("goods_class", TEXT, nullable=True),
        sa.Column("scheme", TEXT, nullable=True),
        sa.Column("schemes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("category_code", TEXT, nullable=True),
        sa.Column("product_name", TEXT, nullable=True),
        sa.Column("producer_name", TEXT, nullable=True),
        sa.Column("producer_kind", TEXT, nullable=True),
        sa.Column("origin_area", TEXT, nullable=True),
        sa.Column("channel_kind", TEXT, nullable=True),
        sa.Column("channel_area", TEXT, nullable=True),
        sa.Column("buyer_kind", TEXT, nullable=True),
        sa.Column("buyer_area", TEXT, nullable=True),
        sa.Column("buyer_sector", TEXT, nullable=True),
        sa.Column("participation_mode", TEXT, nullable=True),
        sa.Column("purchase_kind", TEXT, nullable=True),
        sa.Column("fund_source", TEXT, nullable=True),
        sa.Column("helper_area", TEXT, nullable=True),
        sa.Column("reserve_year", sa.SmallInteger(), nullable=True),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("sold_period", TEXT, nullable=True),
        sa.Column("period", TEXT, nullable=True),
        sa.Column("adjusts_period", TEXT, nullable=True),
        sa.CheckConstraint(
            "(withheld IS NULL) = (sale_fen IS NOT NULL)", name=op.f("ck_upward_entry_withheld")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["intake.batch.id"], name=op.f("fk_upward_entry_batch_id")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["intake.upward_source.id"], name=op.f("fk_upward_entry_source_id")
        ),
        sa.PrimaryKeyConstraint("source_id", "position", name=op.f("pk_upward_entry")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_upward_entry_source_id_period"),
        "upward_entry",
        ["source_id", "period"],
        unique=False,
        schema="intake",
    )
    op.create_table(
        "upward_signer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["intake.upward_source.id"], name=op.f("fk_upward_signer_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upward_signer")),
        sa.UniqueConstraint("source_id", "public_key", name=op.f("uq_upward_signer_source_id_public_key")),
        schema="intake",
    )
    op.create_table(
        "upward_total",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["intake.batch.id"], name=op.f("fk_upward_total_batch_id")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["intake.upward_source.id"], name=op.f("fk_upward_total_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upward_total")),
        sa.UniqueConstraint(
            "source_id", "period", "version", name=op.f("uq_upward_total_source_id_period_version")
        ),
        schema="intake",
    )


def _sending() -> None:
    op.create_table(
        "upward_feed",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("begun_at", INSTANT, nullable=True),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("last_error", TEXT, nullable=True),
        sa.CheckConstraint("(state = 'stopped') = (reason IS NOT NULL)", name=op.f("ck_upward_feed_reason")),
        sa.CheckConstraint("state IN ('running', 'stopped')", name=op.f("ck_upward_feed_state")),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_upward_feed")),
        schema="statistics",
    )
    op.create_table(
        "upward_total",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("drafted_by_person", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("sealed_by_person", sa.Uuid(), nullable=True),
        sa.Column("sealed_at", INSTANT, nullable=True),
        sa.Column("key_version", sa.SmallInteger(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(state = 'sealed') = (signature IS NOT NULL)", name=op.f("ck_upward_total_signed")
        ),
        sa.CheckConstraint("state IN ('drafted', 'sealed', 'returned')", name=op.f("ck_upward_total_state")),
        sa.CheckConstraint("(version > 1) = (reason IS NOT NULL)", name=op.f("ck_upward_total_reason")),
        sa.CheckConstraint("sealed_by_person <> drafted_by_person", name=op.f("ck_upward_total_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upward_total")),
        sa.UniqueConstraint(
            "source", "period", "version", name=op.f("uq_upward_total_source_period_version")
        ),
        schema="statistics",
    )
    op.create_index(
        "uq_upward_total_open",
        "upward_total",
        ["source", "period"],
        unique=True,
        schema="statistics",
        postgresql_where=sa.text("state = 'drafted'"),
    )
    op.create_table(
        "upward_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=True),
        sa.Column("to_position", sa.BigInteger(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("total_id", sa.Uuid(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("receipt", TEXT, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("held_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'held', 'void')", name=op.f("ck_upward_batch_state")),
        sa.CheckConstraint(
            "(total_id IS NULL) = (to_position IS NOT NULL)", name=op.f("ck_upward_batch_what")
        ),
        sa.ForeignKeyConstraint(
            ["source"], ["statistics.upward_feed.source"], name=op.f("fk_upward_batch_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upward_batch")),
        schema="statistics",
    )
    op.create_index(
        "uq_upward_batch_from_position",
        "upward_batch",
        ["source", "from_position"],
        unique=True,
        schema="statistics",
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.create_index(
        "uq_upward_batch_total_id",
        "upward_batch",
        ["source", "total_id"],
        unique=True,
        schema="statistics",
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.create_table(
        "upward_confirmation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("total_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("handled_by_person", sa.Uuid(), nullable=True),
        sa.Column("handled_at", INSTANT, nullable=True),
        sa.Column("confirmed_by_person", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("opinion", TEXT, nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'handled', 'confirmed', 'returned')",
            name=op.f("ck_upward_confirmation_state"),
        ),
        sa.CheckConstraint(
            "confirmed_by_person <> handled_by_person", name=op.f("ck_upward_confirmation_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["total_id"], ["statistics.upward_total.id"], name=op.f("fk_upward_confirmation_total_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upward_confirmation")),
        sa.UniqueConstraint("total_id", "area_code", name=op.f("uq_upward_confirmation_total_id_area_code")),
        schema="statistics",
    )
    op.create_table(
        "upward_view",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("wanted_at", INSTANT, nullable=True),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source"], ["statistics.upward_feed.source"], name=op.f("fk_upward_view_source")
        ),
        sa.PrimaryKeyConstraint("source", "period", name=op.f("pk_upward_view")),
        schema="statistics",
    )
    op.create_table(
        "upward_exclusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.CheckConstraint("until_day > from_day", name=op.f("ck_upward_exclusion_days")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["catalogue.channel.id"], name=op.f("fk_upward_exclusion_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upward_exclusion")),
        schema="statistics",
    )
    op.create_index(
        "uq_upward_exclusion_running",
        "upward_exclusion",
        ["channel_id"],
        unique=True,
        schema="statistics",
        postgresql_where=sa.text("until_day IS NULL"),
    )


def downgrade() -> None:
    for table in ("view", "confirmation", "exclusion", "batch", "total", "feed"):
        op.drop_table(f"upward_{table}", schema="statistics")
    op.execute("DROP FUNCTION statistics.refuse_change_of_month_total()")
    op.execute("DROP FUNCTION statistics.refuse_change_of_confirmation()")
    for table in ("total", "entry", "signer", "source"):
        op.drop_table(f"upward_{table}", schema="intake")
