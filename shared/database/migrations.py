"""One Alembic environment for all; each service has its own version folder, schema and version table."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.messaging.mailbox import Mailbox

_ENVIRONMENT = Path(__file__).with_name("alembic")
_VERSION_TABLE = "migrations"


def create_mailbox(service: str) -> None:
    """Inside a migration: the service's schema with its outbox, inbox, retries, quarantine and idempotency tables."""
    metadata = MetaData(schema=service)
    Mailbox(metadata)
    metadata.create_all(op.get_bind())


def config_for(service: str) -> Config:
    """Alembic's configuration for one service: its folder of versions, its schema."""
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(_versions_of(service)))
    config.set_main_option("path_separator", "newline")
    config.attributes["schema"] = service
    return config


def _versions_of(service: str) -> Path:
    spec = importlib.util.find_spec(f"services.{service}")
    if spec is None or spec.origin is None:
        message = f"no service named {service!r}"
        raise LookupError(message)
    return Path(spec.origin).parent / "migrations"


async def migrate(engine: AsyncEngine, services: Sequence[str]) -> list[str]:
    """Bring every named service to its head, one process at a time; returns the services that changed."""
    async with engine.connect() as connection:
        await connection.execute(text("SET statement_timeout = 0"))
        await connection.execute(text("SELECT pg_advisory_lock(hashtext('mashang.migrations'))"))
        changed = [service for service in services if await connection.run_sync(_upgrade, service)]
        await connection.commit()
        await connection.execute(text("SELECT pg_advisory_unlock(hashtext('mashang.migrations'))"))
        await connection.commit()
    await engine.dispose()
    return changed


def _upgrade(connection: Connection, service: str) -> bool:
    if at_head(connection, service):
        return False
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service}"'))
    config = config_for(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


def at_head(connection: Connection, service: str) -> bool:
    """Whether the service's schema stands at the newest migration of this code."""
    return version_of(connection, service) == head_of(service)


def head_of(service: str) -> str | None:
    """The newest revision in the service's folder."""
    return ScriptDirectory.from_config(config_for(service)).get_current_head()


def version_of(connection: Connection, service: str) -> str | None:
    """The revision at which the service's schema stands, or None where it was never migrated."""
    options = {"version_table": _VERSION_TABLE, "version_table_schema": service}
    return MigrationContext.configure(connection, opts=options).get_current_revision()
