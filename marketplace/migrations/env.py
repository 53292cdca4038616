"""Alembic's entry: runs the chain on the connection that `marketplace.core.migrate` hands over."""

from alembic import context

from marketplace.core.db import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_schemas=True,
    version_table_schema="public",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
