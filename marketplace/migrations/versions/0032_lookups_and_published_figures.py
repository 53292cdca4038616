"""What a reported row names is found by an index: catalogue number, supplier's code, bar code; and what was said of a sale. Published figures in their words."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_index("ix_certificate_catalogue_no", "certificate", ["catalogue_no"], schema="certification")
    op.create_index("ix_producer_uscc", "producer", ["uscc"], schema="producers")
    op.create_index(
        "ix_product_gtin", "product", ["gtin"], schema="producers", postgresql_where=sa.text("gtin IS NOT NULL")
    )
    op.create_index("ix_report_sale_id", "report", ["sale_id"], schema="intake")
    text = sa.Text(collation="C")
    op.create_table(
        "published_figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=True),
        sa.Column("area_words", text, nullable=False),
        sa.Column("area_code", text, nullable=True),
        sa.Column("period_words", text, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("indicator", text, nullable=False),
        sa.Column("raw_text", text, nullable=False),
        sa.Column("unit_words", text, nullable=False),
        sa.Column("unit", text, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("upper_amount", sa.BigInteger(), nullable=True),
        sa.Column("qualifier", text, nullable=True),
        sa.Column("figures", JSONB(), nullable=False),
        sa.Column("compared", text, nullable=True),
        sa.Column("note", text, nullable=True),
        sa.Column("source", text, nullable=False),
        sa.Column("part_of_id", sa.Uuid(), nullable=True),
        sa.Column("flags", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["part_of_id"],
            ["statistics.published_figure.id"],
            name=op.f("fk_published_figure_part_of_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_figure")),
        sa.UniqueConstraint("digest", name=op.f("uq_published_figure_digest")),
        schema="statistics",
    )
    op.create_index("ix_published_figure_area_code", "published_figure", ["area_code"], schema="statistics")
    for event, scope in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER refuse_{event.split(' ', 1)[0].lower()} BEFORE {event} ON statistics.published_figure"
            f" FOR EACH {scope} EXECUTE FUNCTION core.refuse_change()"
        )
    op.execute("REVOKE ALL ON statistics.published_figure FROM sanzhuan_app")
    op.execute("GRANT SELECT, INSERT ON statistics.published_figure TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("published_figure", schema="statistics")
    op.drop_index("ix_report_sale_id", "report", schema="intake")
    op.drop_index("ix_product_gtin", "product", schema="producers")
    op.drop_index("ix_producer_uscc", "producer", schema="producers")
    op.drop_index("ix_certificate_catalogue_no", "certificate", schema="certification")
