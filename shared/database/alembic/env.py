"""Alembic's entry: runs inside the connection that ``shared.database.migrations`` opened."""

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes.get("metadata"),
    version_table="migrations",
    version_table_schema=config.attributes["schema"],
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
