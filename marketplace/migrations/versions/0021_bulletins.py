"""Sealed bulletins, their steps, and what open ones show and withhold. What is issued or returned never changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("statistics.bulletin_step", "statistics.published_cells")


def upgrade() -> None:
    op.create_table(
        "bulletin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("report_code", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("area_code", TEXT, nullable=False),
        sa.Column("view", TEXT, nullable=False),
        sa.Column("level", TEXT, nullable=False),
        sa.Column("adjusted_to", TEXT, nullable=True),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("supplied_by", TEXT, nullable=False),
        sa.Column("main_to", postgresql.JSONB(), nullable=False),
        sa.Column("copy_to", postgresql.JSONB(), nullable=False),
        sa.Column("disclosure", TEXT, nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("drafted_by_person", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("reviewed_by_person", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("issued_by_person", sa.Uuid(), nullable=True),
        sa.Column("issued_at", INSTANT, nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("issue_no", sa.BigInteger(), nullable=True),
        sa.Column("total_no", sa.BigInteger(), nullable=True),
        sa.Column("imprint", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("public_content", sa.LargeBinary(), nullable=True),
        sa.Column("public_imprint", sa.LargeBinary(), nullable=True),
        sa.Column("public_signature", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('drafted', 'reviewed', 'issued', 'returned')", name=op.f("ck_bulletin_state")
        ),
        sa.CheckConstraint(
            "disclosure IN ('open', 'on_request', 'not_open')", name=op.f("ck_bulletin_disclosure")
        ),
        sa.CheckConstraint(
            "reviewed_by_person <> drafted_by_person AND issued_by_person <> drafted_by_person"
            " AND issued_by_person <> reviewed_by_person",
            name=op.f("ck_bulletin_three_persons"),
        ),
        sa.CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", name=op.f("ck_bulletin_issued")),
        sa.CheckConstraint("(state = 'issued') = (signature IS NOT NULL)", name=op.f("ck_bulletin_signed")),
        sa.CheckConstraint(
            "(version > 1) = (supersedes_id IS NOT NULL)", name=op.f("ck_bulletin_supersedes")
        ),
        sa.CheckConstraint("(supersedes_id IS NULL) = (reason IS NULL)", name=op.f("ck_bulletin_reason")),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["statistics.bulletin.id"], name=op.f("fk_bulletin_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint("number", name=op.f("uq_bulletin_number")),
        schema="statistics",
    )
    op.create_index(
        op.f("ix_bulletin_area_code_period"), "bulletin", ["area_code", "period"], schema="statistics"
    )
    for name, columns in (
        ("uq_bulletin_issue_no", ["area_code", "year", "issue_no", "version"]),
        ("uq_bulletin_total_no", ["area_code", "total_no", "version"]),
        ("uq_bulletin_supersedes_id", ["supersedes_id"]),
    ):
        op.create_index(
            name,
            "bulletin",
            columns,
            unique=True,
            schema="statistics",
            postgresql_where=sa.text("state = 'issued'"),
        )
    _create_append_only()
    op.execute("""
        CREATE FUNCTION statistics.refuse_change_of_bulletin() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'UPDATE' OR OLD.state IN ('issued', 'returned') OR OLD.content <> NEW.content THEN
                RAISE EXCEPTION 'a bulletin is not edited: a new version supersedes it'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON statistics.bulletin
        FOR EACH ROW EXECUTE FUNCTION statistics.refuse_change_of_bulletin()
    """)
    op.execute("""
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON statistics.bulletin
        FOR EACH STATEMENT EXECUTE FUNCTION statistics.refuse_change_of_bulletin()
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON statistics.bulletin TO sanzhuan_app")


def _create_append_only() -> None:
    op.create_table(
        "bulletin_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("opinion", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["statistics.bulletin.id"], name=op.f("fk_bulletin_step_bulletin_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_step")),
        schema="statistics",
    )
    op.create_index(
        op.f("ix_bulletin_step_bulletin_id"), "bulletin_step", ["bulletin_id"], schema="statistics"
    )
    op.create_table(
        "published_cells",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("cells", postgresql.JSONB(), nullable=False),
        sa.Column("small", postgresql.JSONB(), nullable=False),
        sa.Column("equations", postgresql.JSONB(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["statistics.bulletin.id"], name=op.f("fk_published_cells_bulletin_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_cells")),
        sa.UniqueConstraint("bulletin_id", name=op.f("uq_published_cells_bulletin_id")),
        schema="statistics",
    )
    for table in APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"GRANT SELECT, INSERT ON {table} TO sanzhuan_app")


def downgrade() -> None:
    for table in ("published_cells", "bulletin_step", "bulletin"):
        op.drop_table(table, schema="statistics")
    op.execute("DROP FUNCTION statistics.refuse_change_of_bulletin()")
