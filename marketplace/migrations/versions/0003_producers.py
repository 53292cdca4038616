"""Tables of producers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE SCHEMA producers")
    op.create_table(
        "producer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("uscc", sa.Text(collation="C"), nullable=True),
        sa.Column("entity_kind", sa.Text(collation="C"), nullable=False),
        sa.Column("registered_area", sa.Text(collation="C"), nullable=False),
        sa.Column("production_area", sa.Text(collation="C"), nullable=False),
        sa.Column("legal_representative_enc", sa.LargeBinary(), nullable=True),
        sa.Column("contact_enc", sa.LargeBinary(), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("is_832_supplier", sa.Boolean(), nullable=False),
        sa.Column("agent_of_id", sa.Uuid(), nullable=True),
        sa.Column("published", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_of_id"], ["producers.producer.id"], name=op.f("fk_producer_agent_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["accounts.organisation.id"], name=op.f("fk_producer_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_producer_organisation_id")),
        sa.UniqueConstraint("producer_no", name=op.f("uq_producer_producer_no")),
        schema="producers",
    )
    op.create_index(
        op.f("ix_producer_production_area"), "producer", ["production_area"], unique=False, schema="producers"
    )
    op.create_table(
        "product_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("file_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("good_rows_only", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_added", sa.BigInteger(), nullable=False),
        sa.Column("rows_known", sa.BigInteger(), nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=True),
        sa.Column("area_code", sa.Text(collation="C"), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'validated', 'imported', 'refused')", name=op.f("ck_product_import_state")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["core.stored_file.id"], name=op.f("fk_product_import_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_import")),
        schema="producers",
    )
    op.create_index(
        op.f("ix_product_import_file_sha256"),
        "product_import",
        ["file_sha256"],
        unique=False,
        schema="producers",
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("category_code", sa.Text(collation="C"), nullable=False),
        sa.Column("brand", sa.Text(collation="C"), nullable=True),
        sa.Column("spec", sa.Text(collation="C"), nullable=False),
        sa.Column("unit", sa.Text(collation="C"), nullable=False),
        sa.Column("net_weight_g", sa.BigInteger(), nullable=True),
        sa.Column("gtin", sa.Text(collation="C"), nullable=True),
        sa.Column("origin_area", sa.Text(collation="C"), nullable=False),
        sa.Column("shelf_life_days", sa.BigInteger(), nullable=True),
        sa.Column("season_from", sa.BigInteger(), nullable=True),
        sa.Column("season_to", sa.BigInteger(), nullable=True),
        sa.Column("is_perishable", sa.Boolean(), nullable=False),
        sa.Column("tax_treatment", sa.Text(collation="C"), nullable=False),
        sa.Column("annual_capacity", sa.BigInteger(), nullable=True),
        sa.Column("commodity_value_fen", sa.BigInteger(), nullable=True),
        sa.Column("published", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("quality_marks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "commodity_value_fen IS NULL OR commodity_value_fen >= 0", name=op.f("ck_product_commodity_value")
        ),
        sa.CheckConstraint("net_weight_g IS NULL OR net_weight_g > 0", name=op.f("ck_product_net_weight")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.producer.id"], name=op.f("fk_product_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("producer_id", "name", "spec", name=op.f("uq_product_producer_id_name_spec")),
        sa.UniqueConstraint("product_no", name=op.f("uq_product_product_no")),
        schema="producers",
    )
    op.create_index(
        op.f("ix_product_category_code"), "product", ["category_code"], unique=False, schema="producers"
    )
    op.create_index(
        op.f("ix_product_origin_area"), "product", ["origin_area"], unique=False, schema="producers"
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA producers CASCADE")
