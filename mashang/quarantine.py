"""``mashang quarantine``: look at, replay or discard what could not be handled."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import typer

from shared.database import Database, make_engine
from shared.logs import mask
from shared.messaging import quarantine
from shared.service import Service
from shared.settings import Settings


async def show_list(settings: Settings, services: Sequence[Service], *, waiting: bool, as_json: bool) -> int:
    """One line per message, or JSON."""
    found: list[dict[str, Any]] = []
    for service in services:
        async with _database(settings, service.name) as database:
            found += [{"service": service.name, **row} for row in await quarantine.listed(database, waiting=waiting)]
    if as_json:
        typer.echo(json.dumps(found, default=str))
        return 0
    for row in found:
        moment = f"{row['quarantined_at']:%Y-%m-%d %H:%M}"
        typer.echo(f"{row['service']} {row['id']} {row['state']} {moment} {row['subject']} ← {row['reason']}")
    typer.echo(f"{len(found)} 条 messages")
    return 0


async def show(settings: Settings, service: Service, identity: UUID) -> int:
    """The whole message as one JSON document; what looks like a phone or ID number is masked."""
    async with _database(settings, service.name) as database:
        row = dict(await quarantine.shown(database, identity))
    row["body"] = _readable(bytes(row["body"]))
    typer.echo(mask(json.dumps({"service": service.name, **row}, default=str, indent=2, ensure_ascii=False)))
    return 0


async def replay_one(settings: Settings, service: Service, identity: UUID) -> int:
    """Through the same delivery as before."""
    async with _database(settings, service.name) as database:
        await quarantine.replay(database, service.on, identity)
    typer.echo("已重新处理 replayed")
    return 0


async def discard_one(settings: Settings, service: Service, identity: UUID, reason: str) -> int:
    """With a reason that stays."""
    async with _database(settings, service.name) as database:
        await quarantine.discard(database, identity, reason)
    typer.echo("已作废 discarded")
    return 0


def _readable(body: bytes) -> Any:
    """JSON where it is JSON, and else its text."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


@asynccontextmanager
async def _database(settings: Settings, service: str) -> AsyncIterator[Database]:
    engine = make_engine(settings, "mashang-quarantine")
    try:
        yield Database(engine, service)
    finally:
        await engine.dispose()
