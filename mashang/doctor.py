"""``mashang doctor``: look at everything that must be true before the system can work, and say what to do where it is not."""

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import nats
import typer
from nats.aio.client import Client
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import utc_now
from shared.database import make_engine
from shared.database.migrations import head_of, version_of
from shared.messaging.streams import consumer_info, differences_from, plan_for
from shared.service import Service
from shared.settings import Settings

_POSTGRES, _NATS = (15, "15"), ((2, 12), "2.12")
_SKEW_SECONDS, _OUTBOX_SECONDS = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``advice`` where it is not well."""

    subject: str
    well: bool
    detail: str
    advice: str = ""


Look = Callable[[], Awaitable[list[Finding]]]


async def examine(settings: Settings, services: Sequence[Service], *, as_json: bool) -> int:
    """Print what was found; exit code 1 when anything is not well."""
    findings = [_python(), *await _database(settings, services), *await _bus(settings, services)]
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
    number = int(await connection.scalar(text("SHOW server_version_num")) or 0)
    return Finding(
        "postgresql", number // 10_000 >= _POSTGRES[0], f"{number // 10_000}.{number % 10_000}", f"{_POSTGRES[1]} or newer"
    )


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


async def _bus(settings: Settings, services: Sequence[Service]) -> list[Finding]:
    try:
        bus = await nats.connect(settings.nats_url.get_secret_value().split(","), connect_timeout=3, allow_reconnect=False)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return [Finding("nats", well=False, detail=type(error).__name__, advice="start it, or correct MASHANG_NATS_URL")]
    try:
        return [_nats_version(bus), *await _streams(bus, settings, services)]
    finally:
        await bus.close()


def _nats_version(bus: Client) -> Finding:
    version = bus.connected_server_version
    number = f"{version.major}.{version.minor}.{version.patch}"
    return Finding("nats", (version.major, version.minor) >= _NATS[0], number, f"{_NATS[1]} or newer (atomic batches)")


async def _streams(bus: Client, settings: Settings, services: Sequence[Service]) -> list[Finding]:
    plan = plan_for([service.name for service in services], [handler for service in services for handler in service.on], settings)
    drift = await differences_from(bus, plan)
    findings = [
        Finding(item.place, well=False, detail=str(item), advice="an operator decides: docs/operations.md, drift")
        for item in drift
    ]
    if not drift:
        findings.append(
            Finding("streams and consumers", well=True, detail=f"{len(plan.streams)} and {len(plan.consumers)} as declared")
        )
    for stream, consumer in plan.consumers:
        info = await consumer_info(bus, stream, consumer)
        if info is not None and info["num_pending"] + info["num_ack_pending"] > 0:
            behind = f"{info['num_pending']} behind, {info['num_ack_pending']} in hand"
            findings.append(Finding(f"{stream}/{consumer}", well=True, detail=behind))
    return findings
