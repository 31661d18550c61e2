"""One Alembic environment for all; each service has its own version folder, schema and version table.

Alembic itself is loaded where a schema is behind: whether it is, the names of the files tell.
"""

# ruff: noqa: PLC0415

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.messaging.mailbox import Mailbox

if TYPE_CHECKING:
    from alembic.config import Config

_ENVIRONMENT = Path(__file__).with_name("alembic")


def create_mailbox(service: str) -> None:
    """Inside a migration: the service's schema with its outbox, inbox, retries, quarantine and idempotency tables."""
    from alembic import op

    metadata = MetaData(schema=service)
    Mailbox(metadata)
    metadata.create_all(op.get_bind())


def config_for(service: str) -> "Config":
    """Alembic's configuration for one service: its folder of versions, its schema."""
    from alembic.config import Config

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
    from alembic import command

    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service}"'))
    config = config_for(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


def at_head(connection: Connection, service: str) -> bool:
    """Whether the service's schema stands at the newest migration of this code."""
    return version_of(connection, service) == head_of(service)


@cache
def head_of(service: str) -> str | None:
    """The newest revision in the service's folder, whose files are numbered as their revisions are."""
    newest = max((file.name for file in _versions_of(service).glob("[0-9]*.py")), default=None)
    return f"{service}_{newest.partition('_')[0]}" if newest else None


def version_of(connection: Connection, service: str) -> str | None:
    """The revision at which the service's schema stands, or None where it was never migrated."""
    table = f'"{service}".migrations'
    if connection.scalar(text("SELECT to_regclass(:table)"), {"table": table}) is None:
        return None
    version: str | None = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - a service's own name
    return version
