"""The migrations make exactly the tables that the code expects."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from services.notify.service import TABLES
from services.notify.tables import metadata
from tests.support.service import ServiceUnderTest


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    return name == "notify" if kind == "schema" else name != "migrations"


def differences(connection: Connection) -> list[Any]:
    """What would have to be migrated still."""
    options = {"include_schemas": True, "include_name": _ours, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_every_module_of_tables_hangs_on_the_same_metadata() -> None:
    assert {table.metadata for table in TABLES} == {metadata}


async def test_the_migrated_schema_is_that_of_the_tables(notify: ServiceUnderTest) -> None:
    async with notify.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_missing_index_would_be_found(notify: ServiceUnderTest) -> None:
    async with notify.database.engine.connect() as connection:
        await connection.execute(text("DROP INDEX notify.dispatches_due"))
        assert len(await connection.run_sync(differences)) == 1
