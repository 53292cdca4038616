"""Tables of certification."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("CREATE SCHEMA certification")
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("scheme", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(collation="C"), nullable=False),
        sa.Column("document_no", sa.Text(collation="C"), nullable=True),
        sa.Column("issuing_unit", sa.Text(collation="C"), nullable=False),
        sa.Column("receiving_unit", sa.Text(collation="C"), nullable=False),
        sa.Column("telephone", sa.Text(collation="C"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('running', 'ended', 'withdrawn')", name=op.f("ck_notice_state")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_notice_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_notice_number")),
        schema="certification",
    )
    op.create_index(
        op.f("ix_notice_area_code_starts_on"),
        "notice",
        ["area_code", "starts_on"],
        unique=False,
        schema="certification",
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("scheme", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("applicant_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("rule_set", sa.Text(collation="C"), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evaluation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("returned_from", sa.Text(collation="C"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("renews_certificate_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_by_person", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["applicant_organisation_id"],
            ["accounts.organisation.id"],
            name=op.f("fk_application_applicant_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.producer.id"], name=op.f("fk_application_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["producers.product.id"], name=op.f("fk_application_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("number", name=op.f("uq_application_number")),
        schema="certification",
    )
    op.create_index(
        "ix_application_queue", "application", ["state", "area_code"], unique=False, schema="certification"
    )
    op.create_index(
        "uq_application_open",
        "application",
        ["product_id", "scheme"],
        unique=True,
        schema="certification",
        postgresql_where=sa.text("state NOT IN ('published', 'rejected', 'withdrawn')"),
    )
    op.create_table(
        "application_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("from_state", sa.Text(collation="C"), nullable=False),
        sa.Column("to_state", sa.Text(collation="C"), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_person", sa.Uuid(), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.Column("evidence_hash", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["certification.application.id"],
            name=op.f("fk_application_step_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_step")),
        schema="certification",
    )
    op.create_index(
        op.f("ix_application_step_application_id_id"),
        "application_step",
        ["application_id", "id"],
        unique=False,
        schema="certification",
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("catalogue_no", sa.Text(collation="C"), nullable=False),
        sa.Column("scheme", sa.Text(collation="C"), nullable=False),
        sa.Column("batch", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("product_name", sa.Text(collation="C"), nullable=False),
        sa.Column("spec", sa.Text(collation="C"), nullable=False),
        sa.Column("category_code", sa.Text(collation="C"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("suspensions", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_cause", sa.Text(collation="C"), nullable=True),
        sa.Column("households_helped", sa.BigInteger(), nullable=True),
        sa.Column("persons_helped", sa.BigInteger(), nullable=True),
        sa.Column("commodity_value_fen", sa.BigInteger(), nullable=True),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_certificate_validity")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["certification.application.id"], name=op.f("fk_certificate_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.producer.id"], name=op.f("fk_certificate_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["producers.product.id"], name=op.f("fk_certificate_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("application_id", name=op.f("uq_certificate_application_id")),
        sa.UniqueConstraint("certificate_no", name=op.f("uq_certificate_certificate_no")),
        sa.UniqueConstraint("scheme", "catalogue_no", name=op.f("uq_certificate_scheme_catalogue_no")),
        schema="certification",
    )
    op.create_index(
        op.f("ix_certificate_product_id"), "certificate", ["product_id"], unique=False, schema="certification"
    )
    op.create_index(
        op.f("ix_certificate_valid_to"), "certificate", ["valid_to"], unique=False, schema="certification"
    )
    op.create_table(
        "notice_item",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["certification.application.id"], name=op.f("fk_notice_item_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["certification.notice.id"], name=op.f("fk_notice_item_notice_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", "application_id", name=op.f("pk_notice_item")),
        schema="certification",
    )
    op.create_index(
        op.f("ix_notice_item_application_id"),
        "notice_item",
        ["application_id"],
        unique=False,
        schema="certification",
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_no", sa.Text(collation="C"), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("is_real_name", sa.Boolean(), nullable=False),
        sa.Column("objector_enc", sa.LargeBinary(), nullable=True),
        sa.Column("text_enc", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("resolution", sa.Text(collation="C"), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name=op.f("ck_objection_state")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["certification.application.id"], name=op.f("fk_objection_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["certification.notice.id"], name=op.f("fk_objection_notice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("receipt_no", name=op.f("uq_objection_receipt_no")),
        schema="certification",
    )
    op.create_index(
        "ix_objection_open",
        "objection",
        ["application_id"],
        unique=False,
        schema="certification",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "certificate_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.Text(collation="C"), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("document_no", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certification.certificate.id"],
            name=op.f("fk_certificate_event_certificate_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_event")),
        schema="certification",
    )
    op.create_index(
        op.f("ix_certificate_event_certificate_id_at"),
        "certificate_event",
        ["certificate_id", "at"],
        unique=False,
        schema="certification",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA certification CASCADE")
