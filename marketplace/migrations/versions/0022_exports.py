"""Exports with their progress and their files; the papers of bulletins and their sealed copies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)


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
    op.execute("""
        UPDATE core.job SET payload = jsonb_build_object('approval_id', payload ->> 'export_id')
        WHERE kind = 'accounts.export' AND state = 'ready'
    """)
    op.drop_table("export", schema="accounts")
