"""``mashang doctor``: look at everything that must be true before the system can work, and say what to do where it is not."""

import json
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import asyncpg
import typer
from nats.aio.client import Client
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mashang import versions
from mashang.bus import NoBus, bus
from shared.clock import utc_now
from shared.database import make_engine
from shared.database.connection import dedicated
from shared.database.migrations import head_of, version_of
from shared.messaging.streams import Difference, Plan, consumer_info, differences_from, plan_for
from shared.service import Service
from shared.settings import Settings

_SKEW_SECONDS, _OUTBOX_SECONDS = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``advice`` where it is not well."""

    subject: str
    well: bool
    detail: str
    advice: str = ""


async def examine(settings: Settings, services: Sequence[Service], *, as_json: bool) -> int:
    """Print what was found; exit code 1 when anything is not well."""
    findings = [_python(), *await _database(settings, services), *await _sessions(settings), *await _bus(settings, services)]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(f"{'✓' if finding.well else '✗'} {finding.subject:<28} {finding.detail}")
            if not finding.well and finding.advice:
                typer.echo(f"  → {finding.advice}")
    return 0 if all(finding.well for finding in findings) else 1


def _python() -> Finding:
    return Finding("python", sys.version_info >= (3, 11), sys.version.split()[0], "Python 3.11 or newer")


async def _database(settings: Settings, services: Sequence[Service]) -> list[Finding]:
    engine = make_engine(settings, "mashang-doctor")
    try:
        async with engine.connect() as connection:
            findings = [await _postgres_version(connection), await _clock(connection)]
            for service in services:
                findings += await _schema(connection, service)
            return findings
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return [Finding("database", well=False, detail=type(error).__name__, advice="start it, or correct MASHANG_DATABASE_URL")]
    finally:
        await engine.dispose()


async def _postgres_version(connection: AsyncConnection) -> Finding:
    return _version("postgresql", await versions.postgres_version(connection), versions.POSTGRESQL)


def _version(server: str, found: versions.Version, needed: versions.Version) -> Finding:
    return Finding(server, found >= needed, versions.worded(found), f"{versions.worded(needed)} or newer")


async def _clock(connection: AsyncConnection) -> Finding:
    there: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    skew = abs((utc_now() - there).total_seconds())
    return Finding("clock", skew < _SKEW_SECONDS, f"{skew:.2f} s from the database's", "synchronise the clocks (NTP)")


async def _schema(connection: AsyncConnection, service: Service) -> list[Finding]:
    stands, head = await connection.run_sync(version_of, service.name), head_of(service.name)
    findings = [Finding(f"migrations {service.name}", stands == head, f"{stands} (head {head})", "mashang migrate")]
    if stands == head:
        findings += [await _outbox(connection, service.name), await _waiting(connection, service.name)]
    return findings


async def _outbox(connection: AsyncConnection, service: str) -> Finding:
    statement = f'SELECT count(*), extract(epoch FROM now() - min(created_at)) FROM "{service}".outbox WHERE sent_at IS NULL'  # noqa: S608
    count, age = (await connection.execute(text(statement))).one()
    oldest = float(age or 0)
    return Finding(
        f"outbox {service}", oldest < _OUTBOX_SECONDS, f"{count} unsent, oldest {oldest:.0f} s", "is the relay running?"
    )


async def _waiting(connection: AsyncConnection, service: str) -> Finding:
    count = await connection.scalar(text(f"SELECT count(*) FROM \"{service}\".quarantine WHERE state = 'waiting'"))  # noqa: S608
    return Finding(f"quarantine {service}", not count, f"{count} waiting", "mashang quarantine list")


async def _sessions(settings: Settings) -> list[Finding]:
    """Whether a lock belongs to who took it. Through a pooler two sessions are one, and two relays would lead at once."""
    lock = secrets.randbits(62)
    try:
        async with _session(settings) as one, _session(settings) as other:
            first, second = [bool(await each.fetchval("SELECT pg_try_advisory_lock($1)", lock)) for each in (one, other)]
            kept = bool(await one.fetchval("SELECT pg_advisory_unlock($1)", lock))
    except asyncpg.ProtocolViolationError:  # what PgBouncer answers to who asks for more than it knows
        first = second = kept = False
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        wrong = Finding("sessions", well=False, detail=type(error).__name__, advice="correct MASHANG_DATABASE_DIRECT_URL")
        return [wrong] if settings.database_direct_url else []
    well = first and kept and not second
    detail = "a lock belongs to who took it" if well else "a lock belongs to nobody: this URL leads through a pooler"
    advice = "name PostgreSQL itself by MASHANG_DATABASE_DIRECT_URL: docs/operations.md, behind PgBouncer"
    return [Finding("sessions", well, detail, advice)]


@asynccontextmanager
async def _session(settings: Settings) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await dedicated(settings, "mashang-doctor", command_timeout=5, statement_cache_size=0)
    try:
        yield connection
    finally:
        connection.terminate()


async def _bus(settings: Settings, services: Sequence[Service]) -> list[Finding]:
    handlers = [handler for service in services for handler in service.on]
    plan = plan_for([service.name for service in services], handlers, settings)
    try:
        async with bus(settings, "doctor") as client:
            found = _version("nats", versions.nats_version(client), versions.NATS)
            return [found, *await _streams(client, plan), *await _backlogs(client, plan)] if found.well else [found]
    except NoBus as error:
        return [Finding("nats", well=False, detail=error.facts["reason"], advice="start it, or correct MASHANG_NATS_URL")]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return [Finding("nats", well=False, detail=type(error).__name__, advice="does it run with JetStream?")]


async def _streams(client: Client, plan: Plan) -> list[Finding]:
    drift = await differences_from(client, plan)
    if drift:
        return [Finding(item.place, well=False, detail=str(item), advice=_advice(item)) for item in drift]
    return [Finding("streams and consumers", well=True, detail=f"{len(plan.streams)} and {len(plan.consumers)} as declared")]


def _advice(drift: Difference) -> str:
    if drift.setting == "exists":
        return "start its service again: it is made anew, and what was handled before is not handled twice"
    return "an operator decides: docs/operations.md, drift"


async def _backlogs(client: Client, plan: Plan) -> list[Finding]:
    found = [(place, await consumer_info(client, *place)) for place in plan.consumers]
    return [
        Finding("/".join(place), well=True, detail=f"{info['num_pending']} behind, {info['num_ack_pending']} in hand")
        for place, info in found
        if info is not None and info["num_pending"] + info["num_ack_pending"] > 0
    ]
