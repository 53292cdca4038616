"""The search index knows what a listing is called when its certificate has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    column = sa.Column("uncertified_class", sa.Text(collation="C"), nullable=False, server_default="ordinary")
    op.add_column("document_listing", column, schema="search")
    op.alter_column("document_listing", "uncertified_class", server_default=None, schema="search")
    op.execute(
        "UPDATE search.document_listing d SET uncertified_class = l.uncertified_class"
        " FROM catalogue.listing l WHERE l.id = d.listing_id AND l.uncertified_class <> 'ordinary'"
    )
    # A document has another digest now: the worker writes each anew, for PostgreSQL; an index of Elasticsearch is rebuilt.
    op.execute(
        "INSERT INTO search.change (engine, product_id, due_at, attempts)"
        " SELECT 'postgresql', product_id, now(), 0 FROM search.document WHERE digest <> ''"
    )


def downgrade() -> None:
    op.drop_column("document_listing", "uncertified_class", schema="search")
