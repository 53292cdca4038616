"""Notices as PDF and withdrawn notices; revocations proposed by one person and decided by another."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
NOTICE = (
    ("document_file_id", sa.Uuid()),
    ("document_sha256", sa.LargeBinary()),
    ("withdrawn_at", INSTANT),
    ("withdrawn_by", sa.Uuid()),
    ("withdrawal_reason", TEXT),
)
CHECKS = {
    "document": "(document_file_id IS NULL) = (document_sha256 IS NULL)",
    "withdrawal": "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)"
    " AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL)",
}


def upgrade() -> None:
    for name, kind in NOTICE:
        op.add_column("notice", sa.Column(name, kind, nullable=True), schema="certification")
    op.create_foreign_key(
        "fk_notice_document_file_id", "notice", "stored_file", ["document_file_id"], ["id"],
        source_schema="certification", referent_schema="core",
    )
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_notice_{name}"), "notice", rule, schema="certification")
    op.create_table(
        "revocation_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("void_from", sa.Date(), nullable=True),
        sa.Column("grounds", TEXT, nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_by_person", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("opinion", TEXT, nullable=True),
        sa.Column("document_no", TEXT, nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'refused')", name=op.f("ck_revocation_proposal_state")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_revocation_proposal_decision")
        ),
        sa.CheckConstraint(
            "decided_by_person <> proposed_by_person", name=op.f("ck_revocation_proposal_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certification.certificate.id"],
            name=op.f("fk_revocation_proposal_certificate_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_proposal")),
        sa.UniqueConstraint("number", name=op.f("uq_revocation_proposal_number")),
        schema="certification",
    )
    op.create_index(
        "uq_revocation_proposal_open",
        "revocation_proposal",
        ["certificate_id"],
        unique=True,
        schema="certification",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON certification.revocation_proposal TO sanzhuan_app"
    )


def downgrade() -> None:
    op.drop_table("revocation_proposal", schema="certification")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_notice_{name}"), "notice", schema="certification", type_="check")
    for name, _ in reversed(NOTICE):
        op.drop_column("notice", name, schema="certification")
