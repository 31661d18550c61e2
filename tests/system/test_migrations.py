"""The migrations of every service make exactly the tables that its code expects."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from services.__main__ import NAMES, load
from shared.database import make_engine
from shared.database.migrations import config_for, head_of, migrate
from shared.service import Service
from tests.support import servers
from tests.support.service import settings_for

SERVICES = {service.name: service for service in load()}


def differences(connection: Connection, service: Service) -> list[Any]:
    """What would have to be migrated still."""

    def ours(name: str | None, kind: str, _parents: Any) -> bool:
        return name == service.name if kind == "schema" else name != "migrations"

    options = {"include_schemas": True, "include_name": ours, "compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), service.mailbox.outbox.metadata))


async def _migrated(url: str) -> None:
    await migrate(make_engine(settings_for(url, servers.folder("none")), "migrate"), NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_the_migrated_schema_is_that_of_the_tables(name: str) -> None:
    async with servers.fresh_database("every-service", _migrated) as url:
        engine = make_engine(settings_for(url, servers.folder("none")), "compare")
        async with engine.connect() as connection:
            assert await connection.run_sync(differences, SERVICES[name]) == []
            await connection.execute(text(f'DROP TABLE "{name}".quarantine'))
            assert await connection.run_sync(differences, SERVICES[name]) != []
        await engine.dispose()


@pytest.mark.parametrize("name", NAMES)
def test_the_names_of_the_files_tell_what_alembic_finds_in_them(name: str) -> None:
    assert head_of(name) == ScriptDirectory.from_config(config_for(name)).get_current_head()


async def test_no_service_makes_anything_outside_its_schema() -> None:
    async with servers.fresh_database("every-service", _migrated) as url:
        engine = make_engine(settings_for(url, servers.folder("none")), "compare")
        async with engine.connect() as connection:
            schemas = await connection.execute(text("SELECT DISTINCT schemaname FROM pg_tables"))
            assert {row[0] for row in schemas} == {*NAMES, "pg_catalog", "information_schema"}
        await engine.dispose()
