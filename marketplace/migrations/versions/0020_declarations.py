"""Declarations of reporting units: versions, steps, figures beside the computed ones, units listed as 未报."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
S = "statistics"
APPEND_ONLY = ("declaration_step", "reporting_silence")


def column(name: str, kind: sa.types.TypeEngine, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    _units()
    _declarations()
    _steps()
    op.add_column("declared_figure", column("declaration_id", sa.Uuid(), True), schema=S)
    op.add_column("declared_figure", column("computed_amount", sa.BigInteger(), True), schema=S)
    op.create_foreign_key(
        op.f("fk_declared_figure_declaration_id"), "declared_figure", "declaration", ["declaration_id"], ["id"],
        source_schema=S, referent_schema=S,
    )
    op.create_index(op.f("ix_declared_figure_declaration_id"), "declared_figure", ["declaration_id"], schema=S)
    _guards()


def _units() -> None:
    op.create_table(
        "reporting_unit",
        column("id", sa.Uuid()),
        column("organisation_id", sa.Uuid()),
        column("area_code", TEXT),
        column("kind", TEXT),
        column("report", TEXT),
        column("due_day", sa.SmallInteger()),
        column("from_day", sa.Date()),
        column("until_day", sa.Date(), True),
        column("created_by", sa.Uuid(), True),
        column("created_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporting_unit")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["accounts.organisation.id"], name=op.f("fk_reporting_unit_organisation_id")
        ),
        sa.CheckConstraint("kind IN ('authority', 'operator')", name=op.f("ck_reporting_unit_kind")),
        sa.CheckConstraint("due_day BETWEEN 1 AND 28", name=op.f("ck_reporting_unit_due_day")),
        sa.CheckConstraint("until_day > from_day", name=op.f("ck_reporting_unit_days")),
        schema=S,
    )
    op.create_index(op.f("ix_reporting_unit_area_code"), "reporting_unit", ["area_code"], schema=S)
    op.create_index(
        "uq_reporting_unit_running", "reporting_unit", ["organisation_id", "area_code", "report"],
        unique=True, schema=S, postgresql_where=sa.text("until_day IS NULL"),
    )
    op.create_index(
        "uq_reporting_unit_authority", "reporting_unit", ["area_code", "report"],
        unique=True, schema=S, postgresql_where=sa.text("until_day IS NULL AND kind = 'authority'"),
    )


def _declarations() -> None:
    op.create_table(
        "declaration",
        column("id", sa.Uuid()),
        column("unit_id", sa.Uuid()),
        column("period", TEXT),
        column("version", sa.SmallInteger()),
        column("state", TEXT),
        column("is_zero", sa.Boolean()),
        column("zero_reason", TEXT, True),
        column("correction_reason", TEXT, True),
        column("last_entry", sa.BigInteger(), True),
        column("row_version", sa.BigInteger()),
        column("created_by_person", sa.Uuid()),
        column("created_at", INSTANT),
        column("submitted_by_person", sa.Uuid(), True),
        column("submitted_at", INSTANT, True),
        column("reviewed_by_person", sa.Uuid(), True),
        column("reviewed_at", INSTANT, True),
        column("sent_by_person", sa.Uuid(), True),
        column("sent_at", INSTANT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration")),
        sa.ForeignKeyConstraint(["unit_id"], [f"{S}.reporting_unit.id"], name=op.f("fk_declaration_unit_id")),
        sa.UniqueConstraint("unit_id", "period", "version", name=op.f("uq_declaration_unit_id_period_version")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'reviewed', 'returned', 'sent')", name=op.f("ck_declaration_state")
        ),
        sa.CheckConstraint("is_zero = (zero_reason IS NOT NULL)", name=op.f("ck_declaration_zero")),
        sa.CheckConstraint(
            "reviewed_by_person NOT IN (created_by_person, submitted_by_person)"
            " AND sent_by_person NOT IN (created_by_person, submitted_by_person, reviewed_by_person)",
            name=op.f("ck_declaration_three_persons"),
        ),
        schema=S,
    )
    op.create_index(
        "uq_declaration_open", "declaration", ["unit_id", "period"], unique=True, schema=S,
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'reviewed')"),
    )
    op.create_index(op.f("ix_declaration_period"), "declaration", ["period"], schema=S)


def _steps() -> None:
    op.create_table(
        "declaration_step",
        column("id", sa.Uuid()),
        column("declaration_id", sa.Uuid()),
        column("from_state", TEXT, True),
        column("to_state", TEXT),
        column("opinion", TEXT, True),
        column("account_id", sa.Uuid()),
        column("at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_step")),
        sa.ForeignKeyConstraint(
            ["declaration_id"], [f"{S}.declaration.id"], name=op.f("fk_declaration_step_declaration_id")
        ),
        schema=S,
    )
    op.create_index(op.f("ix_declaration_step_declaration_id"), "declaration_step", ["declaration_id"], schema=S)
    op.create_table(
        "reporting_silence",
        column("id", sa.Uuid()),
        column("unit_id", sa.Uuid()),
        column("period", TEXT),
        column("reason", TEXT),
        column("listed_by", sa.Uuid()),
        column("listed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporting_silence")),
        sa.ForeignKeyConstraint(["unit_id"], [f"{S}.reporting_unit.id"], name=op.f("fk_reporting_silence_unit_id")),
        sa.UniqueConstraint("unit_id", "period", name=op.f("uq_reporting_silence_unit_id_period")),
        schema=S,
    )


def _guards() -> None:
    """What left the draft stays as it was filed; a version that was returned or sent never changes."""
    op.execute("""
        CREATE FUNCTION statistics.refuse_change_of_filed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            touched uuid[] := ARRAY[]::uuid[];
        BEGIN
            IF TG_OP <> 'INSERT' THEN touched := touched || OLD.declaration_id; END IF;
            IF TG_OP <> 'DELETE' THEN touched := touched || NEW.declaration_id; END IF;
            IF EXISTS (SELECT FROM statistics.declaration WHERE id = ANY (touched) AND state <> 'draft') THEN
                RAISE EXCEPTION 'figures of a declaration that was filed never change'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE INSERT OR UPDATE OR DELETE ON statistics.declared_figure
        FOR EACH ROW EXECUTE FUNCTION statistics.refuse_change_of_filed()
    """)
    op.execute("""
        CREATE FUNCTION statistics.refuse_edit_of_declaration() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'UPDATE' OR OLD.state IN ('returned', 'sent') OR (OLD.state <> 'draft' AND
                (OLD.unit_id, OLD.period, OLD.version, OLD.is_zero, OLD.zero_reason, OLD.correction_reason,
                 OLD.last_entry, OLD.created_by_person, OLD.created_at) IS DISTINCT FROM
                (NEW.unit_id, NEW.period, NEW.version, NEW.is_zero, NEW.zero_reason, NEW.correction_reason,
                 NEW.last_entry, NEW.created_by_person, NEW.created_at)) THEN
                RAISE EXCEPTION 'a declaration that was filed never changes; correct it by a new version'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON statistics.declaration
        FOR EACH ROW EXECUTE FUNCTION statistics.refuse_edit_of_declaration()
    """)
    op.execute("""
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON statistics.declaration
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
    """)
    for table in APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON statistics.{table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON statistics.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"GRANT SELECT, INSERT ON statistics.{table} TO sanzhuan_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON statistics.reporting_unit, statistics.declaration TO sanzhuan_app")


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_change ON statistics.declared_figure")
    op.execute("DROP FUNCTION statistics.refuse_change_of_filed()")
    op.execute("DELETE FROM statistics.declared_figure WHERE declaration_id IS NOT NULL")
    op.drop_column("declared_figure", "computed_amount", schema=S)
    op.drop_column("declared_figure", "declaration_id", schema=S)
    for table in (*APPEND_ONLY, "declaration", "reporting_unit"):
        op.drop_table(table, schema=S)
    op.execute("DROP FUNCTION statistics.refuse_edit_of_declaration()")
