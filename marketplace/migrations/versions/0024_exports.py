"""Exports with their progress and their files; the papers of bulletins and their sealed copies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
PAPERS = ("statistics.bulletin_paper", "statistics.bulletin_paper_check")


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("file_format", TEXT, nullable=False),
        sa.Column("area_code", TEXT, nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("rows_total", sa.BigInteger(), nullable=True),
        sa.Column("refused", TEXT, nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(made_at IS NULL) = (sha256 IS NULL) AND (made_at IS NULL) = (expires_at IS NULL)",
            name=op.f("ck_export_made"),
        ),
        sa.CheckConstraint("made_at IS NULL OR refused IS NULL", name=op.f("ck_export_refused")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["accounts.approval.id"], name=op.f("fk_export_approval_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        schema="accounts",
    )
    op.create_index(
        op.f("ix_export_asked_by_asked_at_id"),
        "export",
        ["asked_by", "asked_at", "id"],
        schema="accounts",
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON accounts.export TO sanzhuan_app")
    _keep_those_on_their_way()
    _create_papers()


def _create_papers() -> None:
    op.create_table(
        "bulletin_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("seal_holder", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_by_person", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('whole', 'open', 'ca_pdf', 'ca_ofd', 'scan')", name=op.f("ck_bulletin_paper_kind")
        ),
        sa.CheckConstraint(
            "(kind IN ('whole', 'open')) = (added_by_person IS NULL)", name=op.f("ck_bulletin_paper_added_by")
        ),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["statistics.bulletin.id"], name=op.f("fk_bulletin_paper_bulletin_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["core.stored_file.id"], name=op.f("fk_bulletin_paper_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_paper")),
        schema="statistics",
    )
    op.create_index(
        "uq_bulletin_paper_set",
        "bulletin_paper",
        ["bulletin_id", "kind"],
        unique=True,
        schema="statistics",
        postgresql_where=sa.text("kind IN ('whole', 'open')"),
    )
    op.create_index(
        "uq_bulletin_paper_copy",
        "bulletin_paper",
        ["bulletin_id", "sha256"],
        unique=True,
        schema="statistics",
        postgresql_where=sa.text("kind NOT IN ('whole', 'open')"),
    )
    op.create_table(
        "bulletin_paper_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("opinion", TEXT, nullable=False),
        sa.Column("added_by_person", sa.Uuid(), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_by_person", sa.Uuid(), nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.CheckConstraint("verdict IN ('matches', 'differs')", name=op.f("ck_bulletin_paper_check_verdict")),
        sa.CheckConstraint(
            "checked_by_person <> added_by_person", name=op.f("ck_bulletin_paper_check_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["statistics.bulletin_paper.id"], name=op.f("fk_bulletin_paper_check_paper_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_paper_check")),
        sa.UniqueConstraint("paper_id", name=op.f("uq_bulletin_paper_check_paper_id")),
        schema="statistics",
    )
    for table in PAPERS:
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"GRANT SELECT, INSERT ON {table} TO sanzhuan_app")
    op.execute("""
        INSERT INTO core.job (kind, payload, key, state, attempts, run_at, created_at)
        SELECT 'statistics.bulletin_paper', jsonb_build_object('bulletin', number),
               'statistics.bulletin_paper:' || number, 'ready', 0, issued_at, issued_at
        FROM statistics.bulletin WHERE state = 'issued'
    """)


def _keep_those_on_their_way() -> None:
    """What was asked for before and is neither refused nor made goes on: its job names the export by the approval's id."""
    op.execute("""
        INSERT INTO accounts.export (id, kind, title, file_format, area_code, parameters, reason, asked_by, asked_at,
                                     approval_id, rows_done)
        SELECT id, payload ->> 'kind', payload ->> 'title', 'xlsx', area_code,
               coalesce(payload -> 'parameters', '{}'::jsonb), reason, asked_by, asked_at, id, 0
        FROM accounts.approval WHERE action = 'mass_export' AND state IN ('pending', 'approved')
    """)
    op.execute("""
        UPDATE core.job SET payload = jsonb_build_object('export_id', payload ->> 'approval_id')
        WHERE kind = 'accounts.export' AND state = 'ready'
    """)


def downgrade() -> None:
    op.drop_table("bulletin_paper_check", schema="statistics")
    op.drop_table("bulletin_paper", schema="statistics")
    op.execute("DELETE FROM core.job WHERE kind = 'statistics.bulletin_paper'")
    op.execute("""
        UPDATE core.job SET payload = jsonb_build_object('approval_id', payload ->> 'export_id')
        WHERE kind = 'accounts.export' AND state = 'ready'
    """)
    op.drop_table("export", schema="accounts")
