"""Tables of accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE SCHEMA accounts")
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_by_person", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'refused', 'used')", name=op.f("ck_approval_state")
        ),
        sa.CheckConstraint(
            "decided_by_person IS NULL OR decided_by_person <> asked_by_person",
            name=op.f("ck_approval_four_eyes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        schema="accounts",
    )
    op.create_index(
        op.f("ix_approval_subject_kind_subject_id"),
        "approval",
        ["subject_kind", "subject_id"],
        unique=False,
        schema="accounts",
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("uscc", sa.Text(collation="C"), nullable=True),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("fiscal_area", sa.Text(collation="C"), nullable=True),
        sa.Column("fiscal_tier", sa.Text(collation="C"), nullable=True),
        sa.Column("sector", sa.Text(collation="C"), nullable=True),
        sa.Column("size_class", sa.Text(collation="C"), nullable=True),
        sa.Column("bank_name", sa.Text(collation="C"), nullable=True),
        sa.Column("bank_account_enc", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("organisation_no", name=op.f("uq_organisation_organisation_no")),
        sa.UniqueConstraint("uscc", name=op.f("uq_organisation_uscc")),
        schema="accounts",
    )
    op.create_index(
        op.f("ix_organisation_area_code"), "organisation", ["area_code"], unique=False, schema="accounts"
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.Text(collation="C"), nullable=False),
        sa.Column("phone_enc", sa.LargeBinary(), nullable=True),
        sa.Column("mail_enc", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        schema="accounts",
    )
    op.create_table(
        "rate_count",
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "window_start", name=op.f("pk_rate_count")),
        schema="accounts",
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("login", sa.Text(collation="C"), nullable=False),
        sa.Column("password_hash", sa.Text(collation="C"), nullable=True),
        sa.Column("opened_by_unit", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("failed_logins", sa.SmallInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["accounts.organisation.id"], name=op.f("fk_account_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["accounts.person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        schema="accounts",
    )
    op.create_table(
        "organisation_place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_no", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(organisation_no, organisation_no, '[]')"), "&&"),
            (sa.literal_column("valid"), "&&"),
            using="gist",
            name="ex_organisation_place_overlap",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["accounts.organisation.id"],
            name=op.f("fk_organisation_place_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["accounts.organisation.id"], name=op.f("fk_organisation_place_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_place")),
        schema="accounts",
    )
    op.create_index(
        op.f("ix_organisation_place_parent_id"),
        "organisation_place",
        ["parent_id"],
        unique=False,
        schema="accounts",
    )
    op.create_table(
        "reserve_filing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("canteen_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("represented_by", sa.Uuid(), nullable=True),
        sa.Column("canteen_total_fen", sa.BigInteger(), nullable=False),
        sa.Column("reserve_bp", sa.BigInteger(), nullable=False),
        sa.Column("reserve_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "canteen_kind IN ('own', 'none', 'shared', 'outsourced')",
            name=op.f("ck_reserve_filing_canteen_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'accepted', 'returned')", name=op.f("ck_reserve_filing_state")
        ),
        sa.CheckConstraint(
            "canteen_total_fen >= 0 AND reserve_fen >= 0", name=op.f("ck_reserve_filing_amounts")
        ),
        sa.CheckConstraint("reserve_bp BETWEEN 0 AND 10000", name=op.f("ck_reserve_filing_ratio")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["accounts.organisation.id"], name=op.f("fk_reserve_filing_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["represented_by"], ["accounts.organisation.id"], name=op.f("fk_reserve_filing_represented_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserve_filing")),
        sa.UniqueConstraint(
            "organisation_id", "year", "version", name=op.f("uq_reserve_filing_organisation_id_year_version")
        ),
        schema="accounts",
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account.id"], name=op.f("fk_api_token_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        schema="accounts",
    )
    op.create_index(
        op.f("ix_api_token_account_id"), "api_token", ["account_id"], unique=False, schema="accounts"
    )
    op.create_table(
        "grant_of_role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(collation="C"), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account.id"], name=op.f("fk_grant_of_role_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["accounts.organisation.id"], name=op.f("fk_grant_of_role_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_of_role")),
        schema="accounts",
    )
    op.create_index(
        op.f("ix_grant_of_role_account_id"), "grant_of_role", ["account_id"], unique=False, schema="accounts"
    )
    op.create_index(
        "uq_grant_of_role_open",
        "grant_of_role",
        [
            "account_id",
            "role",
            "area_code",
            sa.literal_column("coalesce(organisation_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
        ],
        unique=True,
        schema="accounts",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "inbox_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "account_id IS NOT NULL OR organisation_id IS NOT NULL", name=op.f("ck_inbox_notice_addressee")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account.id"], name=op.f("fk_inbox_notice_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["accounts.organisation.id"], name=op.f("fk_inbox_notice_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_notice")),
        schema="accounts",
    )
    op.create_index(
        "ix_inbox_notice_account", "inbox_notice", ["account_id", "id"], unique=False, schema="accounts"
    )
    op.create_index(
        "ix_inbox_notice_organisation",
        "inbox_notice",
        ["organisation_id", "id"],
        unique=False,
        schema="accounts",
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("session_hash", sa.LargeBinary(), nullable=False),
        sa.Column("csrf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account.id"], name=op.f("fk_sign_in_session_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("session_hash", name=op.f("uq_sign_in_session_session_hash")),
        schema="accounts",
    )
    op.create_index(
        op.f("ix_sign_in_session_account_id"),
        "sign_in_session",
        ["account_id"],
        unique=False,
        schema="accounts",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA accounts CASCADE")
