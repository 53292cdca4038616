"""Once only: cases of sales that two reporters tell, the part a row plays, raw material that owes benefit without being a sale."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("intake.sighting", "intake.duplicate_decision", "attribution.input_line")


def upgrade() -> None:
    _sales()
    _sightings()
    _cases()
    _inputs()
    for table in ("intake.duplicate_case", *APPEND_ONLY):
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO sanzhuan_app")
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


def _sales() -> None:
    added = (
        sa.Column("role", TEXT, nullable=False, server_default="purchase"),
        sa.Column("said", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column("transfer_to", sa.Uuid(), nullable=True),
        sa.Column("booked_fen", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("booked_milli", sa.BigInteger(), nullable=False, server_default="0"),
    )
    for column in added:
        op.add_column("foreign_sale", column, schema="intake")
    op.create_foreign_key(
        op.f("fk_foreign_sale_transfer_to"),
        "foreign_sale",
        "channel",
        ["transfer_to"],
        ["id"],
        source_schema="intake",
        referent_schema="catalogue",
    )
    op.drop_constraint("fk_foreign_sale_duplicate_of", "foreign_sale", schema="intake")
    for name, condition in (
        ("state", "state IN ('waiting', 'counted', 'superseded', 'duplicate', 'internal')"),
        ("duplicate", "state <> 'duplicate' OR duplicate_of IS NOT NULL"),
    ):
        op.drop_constraint(f"ck_foreign_sale_{name}", "foreign_sale", schema="intake")
        op.create_check_constraint(op.f(f"ck_foreign_sale_{name}"), "foreign_sale", condition, schema="intake")
    for name, condition in (
        ("role", "role IN ('purchase', 'brokered', 'transfer', 'input')"),
        (
            "booked",
            "booked_fen BETWEEN 0 AND sale_fen AND booked_milli BETWEEN 0 AND quantity_milli",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_foreign_sale_{name}"), "foreign_sale", condition, schema="intake")
    op.create_index(
        op.f("ix_foreign_sale_channel_id_sold_at"), "foreign_sale", ["channel_id", "sold_at"], schema="intake"
    )
    op.create_index(
        "ix_foreign_sale_duplicate_of",
        "foreign_sale",
        ["duplicate_of"],
        schema="intake",
        postgresql_where=sa.text("state = 'duplicate'"),
    )
    op.create_index(
        "ix_foreign_sale_transfer",
        "foreign_sale",
        ["transfer_to", "product_id"],
        schema="intake",
        postgresql_where=sa.text("state = 'internal' AND role = 'transfer'"),
    )


def _sightings() -> None:
    op.create_table(
        "sighting",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["sale_id"], ["intake.foreign_sale.id"], name=op.f("fk_sighting_sale_id")),
        sa.PrimaryKeyConstraint("key", "sold_on", "sale_id", name=op.f("pk_sighting")),
        schema="intake",
    )


def _cases() -> None:
    op.create_table(
        "duplicate_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("first", sa.Uuid(), nullable=False),
        sa.Column("second", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("sureness", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("loser", sa.Uuid(), nullable=False),
        sa.Column("first_key", postgresql.JSONB(), nullable=False),
        sa.Column("second_key", postgresql.JSONB(), nullable=False),
        sa.Column("first_area", TEXT, nullable=False),
        sa.Column("second_area", TEXT, nullable=False),
        sa.Column("first_operator_id", sa.Uuid(), nullable=True),
        sa.Column("second_operator_id", sa.Uuid(), nullable=True),
        sa.Column("why", postgresql.JSONB(), nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("decisions", sa.SmallInteger(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'confirmed', 'dismissed', 'decided')", name=op.f("ck_duplicate_case_state")
        ),
        sa.CheckConstraint("sureness IN ('certain', 'likely')", name=op.f("ck_duplicate_case_sureness")),
        sa.CheckConstraint(
            "first < second AND loser IN (first, second)", name=op.f("ck_duplicate_case_sides")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_case")),
        sa.UniqueConstraint("number", name=op.f("uq_duplicate_case_number")),
        sa.UniqueConstraint("first", "second", "round", name=op.f("uq_duplicate_case_first_second_round")),
        schema="intake",
    )
    op.create_index(op.f("ix_duplicate_case_second"), "duplicate_case", ["second"], schema="intake")
    op.create_index(
        op.f("ix_duplicate_case_found_at_id"), "duplicate_case", ["found_at", "id"], schema="intake"
    )
    op.create_table(
        "duplicate_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("decision_no", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("opinion", TEXT, nullable=True),
        sa.Column("seen", postgresql.JSONB(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'dismissed', 'decided')", name=op.f("ck_duplicate_decision_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["intake.duplicate_case.id"], name=op.f("fk_duplicate_decision_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_decision")),
        sa.UniqueConstraint(
            "case_id", "decision_no", name=op.f("uq_duplicate_decision_case_id_decision_no")
        ),
        schema="intake",
    )


def _inputs() -> None:
    op.create_table(
        "input_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sold_at", INSTANT, nullable=False),
        sa.Column("sold_period", TEXT, nullable=False),
        sa.Column("sale_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_input_line")),
        sa.UniqueConstraint("line_id", "event_id", name=op.f("uq_input_line_line_id_event_id")),
        schema="attribution",
    )
    op.create_index(op.f("ix_input_line_sold_period"), "input_line", ["sold_period"], schema="attribution")
    op.create_index(op.f("ix_input_line_written_at"), "input_line", ["written_at"], schema="attribution")


def downgrade() -> None:
    """Rows that only the newer code understands are told as the older one can: internal ones as superseded."""
    op.drop_table("input_line", schema="attribution")
    for table in ("duplicate_decision", "duplicate_case", "sighting"):
        op.drop_table(table, schema="intake")
    for name in ("ix_foreign_sale_transfer", "ix_foreign_sale_duplicate_of", "ix_foreign_sale_channel_id_sold_at"):
        op.drop_index(name, "foreign_sale", schema="intake")
    op.execute("UPDATE intake.foreign_sale SET duplicate_of = NULL WHERE state <> 'duplicate'")
    op.execute("UPDATE intake.foreign_sale SET state = 'superseded' WHERE state = 'internal'")
    op.execute("""
        UPDATE intake.foreign_sale SET duplicate_of = id
        WHERE state = 'duplicate' AND duplicate_of NOT IN (SELECT id FROM intake.foreign_sale)
    """)
    for name in ("state", "duplicate", "role", "booked"):
        op.drop_constraint(f"ck_foreign_sale_{name}", "foreign_sale", schema="intake")
    for column in ("role", "said", "transfer_to", "booked_fen", "booked_milli"):
        op.drop_column("foreign_sale", column, schema="intake")
    op.create_check_constraint(
        op.f("ck_foreign_sale_state"),
        "foreign_sale",
        "state IN ('waiting', 'counted', 'superseded', 'duplicate')",
        schema="intake",
    )
    op.create_check_constraint(
        op.f("ck_foreign_sale_duplicate"),
        "foreign_sale",
        "(state = 'duplicate') = (duplicate_of IS NOT NULL)",
        schema="intake",
    )
    op.create_foreign_key(
        op.f("fk_foreign_sale_duplicate_of"),
        "foreign_sale",
        "foreign_sale",
        ["duplicate_of"],
        ["id"],
        source_schema="intake",
        referent_schema="intake",
    )
