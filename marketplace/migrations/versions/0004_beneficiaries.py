"""Tables of beneficiaries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("CREATE SCHEMA beneficiaries")
    op.create_table(
        "household",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("file_standard", sa.Text(collation="C"), nullable=False),
        sa.Column("head_name_enc", sa.LargeBinary(), nullable=True),
        sa.Column("head_id_enc", sa.LargeBinary(), nullable=True),
        sa.Column("head_id_hash", sa.LargeBinary(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("household_no", name=op.f("uq_household_household_no")),
        schema="beneficiaries",
    )
    op.create_index(
        op.f("ix_household_area_code"), "household", ["area_code"], unique=False, schema="beneficiaries"
    )
    op.create_index(
        "uq_household_head_id_hash", "household", ["head_id_hash"], unique=True, schema="beneficiaries"
    )
    op.create_table(
        "household_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_no", sa.BigInteger(), nullable=False),
        sa.Column("name_enc", sa.LargeBinary(), nullable=False),
        sa.Column("id_enc", sa.LargeBinary(), nullable=True),
        sa.Column("id_hash", sa.LargeBinary(), nullable=True),
        sa.Column("relation", sa.Text(collation="C"), nullable=False),
        sa.Column("has_labour", sa.Boolean(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_no"],
            ["beneficiaries.household.household_no"],
            name=op.f("fk_household_member_household_no"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
        sa.CheckConstraint("to_day > from_day", name=op.f("ck_household_member_days")),
        schema="beneficiaries",
    )
    op.create_index(
        "uq_household_member_id_hash",
        "household_member",
        ["id_hash"],
        unique=True,
        schema="beneficiaries",
        postgresql_where=sa.text("to_day IS NULL"),
    )
    op.create_index(
        op.f("ix_household_member_household_no"),
        "household_member",
        ["household_no"],
        unique=False,
        schema="beneficiaries",
    )
    op.create_table(
        "household_status",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_no", sa.BigInteger(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("file_status", sa.Text(collation="C"), nullable=False),
        sa.Column("monitor_type", sa.Text(collation="C"), nullable=False),
        sa.Column("monitor_status", sa.Text(collation="C"), nullable=False),
        sa.Column("members", sa.SmallInteger(), nullable=False),
        sa.Column("labour", sa.SmallInteger(), nullable=False),
        sa.Column("is_low_income", sa.Boolean(), nullable=False),
        sa.Column("document_no", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (
                sa.text(
                    "box(point(household_no, coalesce(lower(valid), date '1900-01-01') - date '1900-01-01'),"
                    " point(household_no, coalesce(upper(valid), date '2300-01-01') - date '1900-01-01' - 1))"
                ),
                "&&",
            ),
            using="gist",
            name="ex_household_status_overlap",
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("ck_household_status_valid")),
        sa.CheckConstraint(
            "file_status IN ('never', 'registered', 'graduated', 'removed')",
            name=op.f("ck_household_status_file_status"),
        ),
        sa.CheckConstraint(
            "monitor_status IN ('none', 'active', 'risk_removed')",
            name=op.f("ck_household_status_monitor_status"),
        ),
        sa.CheckConstraint(
            "monitor_type IN ('none', 'unstable', 'marginal', 'sudden_hardship')",
            name=op.f("ck_household_status_monitor_type"),
        ),
        sa.CheckConstraint("members BETWEEN 0 AND 99", name=op.f("ck_household_status_members")),
        sa.ForeignKeyConstraint(
            ["household_no"],
            ["beneficiaries.household.household_no"],
            name=op.f("fk_household_status_household_no"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_status")),
        schema="beneficiaries",
    )
    op.create_table(
        "village_collective",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("is_relative_poverty_village", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["accounts.organisation.id"],
            name=op.f("fk_village_collective_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_collective")),
        sa.UniqueConstraint("area_code", name=op.f("uq_village_collective_area_code")),
        schema="beneficiaries",
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(collation="C"), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("collective_id", sa.Uuid(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["collective_id"],
            ["beneficiaries.village_collective.id"],
            name=op.f("fk_agreement_collective_id"),
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.producer.id"], name=op.f("fk_agreement_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("agreement_no", name=op.f("uq_agreement_agreement_no")),
        sa.UniqueConstraint("number", name=op.f("uq_agreement_number")),
        schema="beneficiaries",
    )
    op.create_index(
        op.f("ix_agreement_producer_id"), "agreement", ["producer_id"], unique=False, schema="beneficiaries"
    )
    op.create_table(
        "activity_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("activity", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["beneficiaries.agreement.id"], name=op.f("fk_activity_report_agreement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_report")),
        sa.UniqueConstraint(
            "agreement_id", "period", "version", name=op.f("uq_activity_report_agreement_id_period_version")
        ),
        schema="beneficiaries",
    )
    op.create_table(
        "agreement_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_no", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("mode", sa.Text(collation="C"), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("document_no", sa.Text(collation="C"), nullable=True),
        sa.Column("evidence_file_id", sa.Uuid(), nullable=True),
        sa.Column("share_unit", sa.Text(collation="C"), nullable=False),
        sa.Column("shares_total", sa.BigInteger(), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.Column("roster_bitmap", sa.LargeBinary(), nullable=True),
        sa.Column("village_bp", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(agreement_no, agreement_no, '[]')"), "&&"),
            (sa.literal_column("valid"), "&&"),
            where=sa.text("state = 'approved'"),
            using="gist",
            name="ex_agreement_version_overlap",
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'refused')", name=op.f("ck_agreement_version_state")
        ),
        sa.CheckConstraint("shares_total >= 0 AND households >= 0", name=op.f("ck_agreement_version_roster")),
        sa.CheckConstraint("village_bp BETWEEN 0 AND 10000", name=op.f("ck_agreement_version_village_bp")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["beneficiaries.agreement.id"], name=op.f("fk_agreement_version_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_file_id"], ["core.stored_file.id"], name=op.f("fk_agreement_version_evidence_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_version")),
        sa.UniqueConstraint(
            "agreement_id", "version", name=op.f("uq_agreement_version_agreement_id_version")
        ),
        sa.UniqueConstraint("version_no", name=op.f("uq_agreement_version_version_no")),
        schema="beneficiaries",
    )
    op.create_table(
        "payment_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_no", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.Column("evidence_file_id", sa.Uuid(), nullable=True),
        sa.Column("file_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("document_no", sa.Text(collation="C"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('wages', 'dividends', 'rent', 'purchase', 'rebate', 'post', 'other')",
            name=op.f("ck_payment_list_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["beneficiaries.agreement.id"], name=op.f("fk_payment_list_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_file_id"], ["core.stored_file.id"], name=op.f("fk_payment_list_evidence_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_list")),
        sa.UniqueConstraint(
            "agreement_id", "file_sha256", name=op.f("uq_payment_list_agreement_id_file_sha256")
        ),
        schema="beneficiaries",
    )
    op.create_index(
        op.f("ix_payment_list_period"), "payment_list", ["period"], unique=False, schema="beneficiaries"
    )
    op.create_table(
        "agreement_product",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("linked_bp", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.Text(collation="C"), nullable=False),
        sa.Column("evidence", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint("linked_bp BETWEEN 0 AND 10000", name=op.f("ck_agreement_product_linked_bp")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["producers.product.id"], name=op.f("fk_agreement_product_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["beneficiaries.agreement_version.id"],
            name=op.f("fk_agreement_product_version_id"),
        ),
        sa.PrimaryKeyConstraint("version_id", "product_id", name=op.f("pk_agreement_product")),
        schema="beneficiaries",
    )
    op.create_index(
        op.f("ix_agreement_product_product_id"),
        "agreement_product",
        ["product_id"],
        unique=False,
        schema="beneficiaries",
    )
    op.create_table(
        "payment_list_row",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("household_no", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_list_row_amount")),
        sa.ForeignKeyConstraint(
            ["household_no"],
            ["beneficiaries.household.household_no"],
            name=op.f("fk_payment_list_row_household_no"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["beneficiaries.payment_list.id"], name=op.f("fk_payment_list_row_list_id")
        ),
        sa.PrimaryKeyConstraint("list_id", "household_no", name=op.f("pk_payment_list_row")),
        schema="beneficiaries",
    )
    op.create_index(
        op.f("ix_payment_list_row_household_no"),
        "payment_list_row",
        ["household_no"],
        unique=False,
        schema="beneficiaries",
    )
    op.create_table(
        "roster_share",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("household_no", sa.BigInteger(), nullable=False),
        sa.Column("shares", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("shares > 0", name=op.f("ck_roster_share_shares")),
        sa.ForeignKeyConstraint(
            ["household_no"],
            ["beneficiaries.household.household_no"],
            name=op.f("fk_roster_share_household_no"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["beneficiaries.agreement_version.id"], name=op.f("fk_roster_share_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "household_no", name=op.f("pk_roster_share")),
        schema="beneficiaries",
    )
    op.create_index(
        op.f("ix_roster_share_household_no"),
        "roster_share",
        ["household_no"],
        unique=False,
        schema="beneficiaries",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA beneficiaries CASCADE")
