"""The search index in PostgreSQL, its queue of changes and its words; sales by product are read for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.execute("CREATE SCHEMA search")
    op.execute("CREATE SEQUENCE search.document_version")
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engine", TEXT, nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", TEXT, nullable=True),
        sa.CheckConstraint("engine IN ('postgresql', 'elasticsearch')", name=op.f("ck_change_engine")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        schema="search",
    )
    op.create_index("ix_change_open", "change", ["engine", "due_at", "id"], schema="search")
    op.create_table(
        "document",
        sa.Column("product_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("category_code", TEXT, nullable=False),
        sa.Column("province", TEXT, nullable=False),
        sa.Column("city", TEXT, nullable=False),
        sa.Column("county", TEXT, nullable=False),
        sa.Column("marks", postgresql.ARRAY(TEXT), nullable=False),
        sa.Column("schemes", postgresql.ARRAY(TEXT), nullable=False),
        sa.Column("modes", postgresql.ARRAY(TEXT), nullable=False),
        sa.Column("channel_kinds", postgresql.ARRAY(TEXT), nullable=False),
        sa.Column("classes", postgresql.ARRAY(TEXT), nullable=False),
        sa.Column("classes_until", sa.Date(), nullable=True),
        sa.Column("price_bands", postgresql.ARRAY(TEXT), nullable=False),
        sa.Column("stocks", postgresql.ARRAY(TEXT), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.Column("sales_fen", sa.BigInteger(), nullable=False),
        sa.Column("popularity", sa.SmallInteger(), nullable=False),
        sa.Column("length", sa.SmallInteger(), nullable=False),
        sa.Column("newest_ms", sa.BigInteger(), nullable=False),
        sa.Column("tokens", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("product_no", name=op.f("pk_document")),
        schema="search",
    )
    # Relevance reads the tokens of every match: never compressed, and in the row where they fit.
    op.execute("ALTER TABLE search.document ALTER COLUMN tokens SET STORAGE EXTERNAL")
    op.create_index(
        "ix_document_tokens",
        "document",
        ["tokens"],
        schema="search",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(op.f("ix_document_product_id"), "document", ["product_id"], unique=True, schema="search")
    op.create_table(
        "document_listing",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("channel_kind", TEXT, nullable=False),
        sa.Column("goods_class", TEXT, nullable=False),
        sa.Column("aid_until", sa.Date(), nullable=True),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("price_per_500g_fen", sa.BigInteger(), nullable=True),
        sa.Column("in_stock", sa.Boolean(), nullable=False),
        sa.Column("listed_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_no"],
            ["search.document.product_no"],
            name=op.f("fk_document_listing_product_no"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_document_listing")),
        schema="search",
    )
    for column in ("product_no", "channel_id"):
        op.create_index(op.f(f"ix_document_listing_{column}"), "document_listing", [column], schema="search")
    op.create_table(
        "term",
        sa.Column("term", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("pinyin", TEXT, nullable=False),
        sa.Column("sound", TEXT, nullable=False),
        sa.Column("initials", TEXT, nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_term")),
        schema="search",
    )
    for column in ("pinyin", "sound", "initials"):
        op.create_index(op.f(f"ix_term_{column}"), "term", [column], schema="search")
    op.create_table(
        "index_build",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("analysis", TEXT, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('building', 'live')", name=op.f("ck_index_build_state")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_index_build")),
        schema="search",
    )
    op.create_index(
        op.f("ix_entry_product_id"), "entry", ["product_id"], schema="attribution", postgresql_include=["sale_fen"]
    )
    op.execute("GRANT USAGE ON SCHEMA search TO sanzhuan_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA search TO sanzhuan_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA search TO sanzhuan_app")


def downgrade() -> None:
    op.drop_index(op.f("ix_entry_product_id"), "entry", schema="attribution")
    for table in ("index_build", "term", "document_listing", "document", "change"):
        op.drop_table(table, schema="search")
    op.execute("DROP SEQUENCE search.document_version")
    op.execute("DROP SCHEMA search")
