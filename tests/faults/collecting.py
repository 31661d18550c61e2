"""Reads what a trial left behind: every service's mailbox, every stream, every consumer."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import nats
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

from shared.contracts.event import known_events
from shared.messaging.streams import consumer_info, stream_info
from shared.service import Service
from tests.faults.evidence import Heard, Listener, Parked, Said, Stored

TRICK = "Mashang-Trick"
_AT_ONCE = 500


def listeners_of(services: Iterable[Service]) -> tuple[Listener, ...]:
    """Every durable of the services, with its filters."""
    return tuple(
        Listener(service.name, handler.consumer, stream, tuple(subjects))
        for service in services
        for handler in service.on
        for stream, subjects in handler.streams().items()
    )


async def said_by(connection: "asyncpg.Connection[Any]", service: str) -> list[Said]:
    """The whole outbox of one service."""
    fields = {event.wire_type(): event.aggregate for event in known_events()}
    rows = await connection.fetch(f'SELECT * FROM "{service}".outbox ORDER BY id')
    return [_said(service, row, fields) for row in rows]


def _said(service: str, row: Mapping[str, Any], fields: Mapping[str, str]) -> Said:
    body = json.loads(row["body"])
    return Said(
        service=service,
        row=row["id"],
        event_id=body["id"],
        type=body["type"],
        subject=row["subject"],
        digest=_digest(row["body"]),
        aggregate=_aggregate(fields[body["type"]], body["data"]),
        sequence=int(body["sequence"]),
        correlation_id=body["correlationid"],
        causation_id=body.get("causationid"),
        created_at=row["created_at"],
        sent=row["sent_at"] is not None,
        stream_seq=row["stream_seq"],
    )


def _aggregate(name: str, data: Mapping[str, Any]) -> str:
    """What a sequence counts; each channel of a notice speaks for itself."""
    channel = data.get("channel")
    return f"{name}={data[name]}" + (f"/{channel}" if channel else "")


async def heard_by(connection: "asyncpg.Connection[Any]", service: str) -> list[Heard]:
    """The whole inbox of one service."""
    rows = await connection.fetch(f'SELECT handler, event_id::text, heard_at FROM "{service}".inbox')
    return [Heard(service, *row) for row in rows]


async def parked_by(connection: "asyncpg.Connection[Any]", service: str) -> list[Parked]:
    """The whole quarantine of one service."""
    rows = await connection.fetch(f'SELECT handler, stream, stream_seq, reason FROM "{service}".quarantine')
    return [Parked(service, *row) for row in rows]


async def things_in(connection: "asyncpg.Connection[Any]", tables: Iterable[str]) -> dict[str, frozenset[str]]:
    """The ids in each table."""
    found = {}
    for table in tables:
        rows = await connection.fetch(f"SELECT id::text FROM {table}")
        found[table] = frozenset(row["id"] for row in rows)
    return found


async def stored_in(bus: Client, stream: str) -> list[Stored]:
    """Every message of a stream, in its order, through a consumer that leaves no trace."""
    info = await stream_info(bus, stream)
    wanted = info["state"]["messages"] if info else 0
    if not wanted:
        return []
    js = bus.jetstream(timeout=20)
    reader = await js.add_consumer(stream, ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True, inactive_threshold=30))
    subscription = await js.pull_subscribe_bind(reader.name, stream=stream)
    found: list[Stored] = []
    while len(found) < wanted:
        messages = await subscription.fetch(min(_AT_ONCE, wanted - len(found)), timeout=20)
        found += [_stored(stream, message) for message in messages]
    await subscription.unsubscribe()
    await js.delete_consumer(stream, reader.name)
    return found


def _stored(stream: str, message: Any) -> Stored:
    trick = (message.headers or {}).get(TRICK)
    return Stored(stream, message.metadata.sequence.stream, message.subject, _id_of(message.data), _digest(message.data), trick)


def _id_of(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["id"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


async def deliveries_of(bus: Client, listeners: Sequence[Listener]) -> dict[str, int]:
    """How often each durable handed out messages, as the server still knows it."""
    found = {}
    for listener in listeners:
        info = await consumer_info(bus, listener.stream, listener.consumer)
        found[f"{listener.stream}/{listener.consumer}"] = info["delivered"]["consumer_seq"] if info else 0
    return found


async def unfinished(bus: Client, listeners: Sequence[Listener]) -> list[str]:
    """Durables that still have something to hand out or to hear about."""
    found = []
    for listener in listeners:
        info = await consumer_info(bus, listener.stream, listener.consumer)
        if info is None:
            found.append(f"{listener.consumer} is not there")
        elif info["num_pending"] or info["num_ack_pending"]:
            found.append(f"{listener.stream}/{listener.consumer} {info['num_pending']}+{info['num_ack_pending']}")
    return found


async def connect(url: str) -> Client:
    """A patient connection for the trial itself."""
    return await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=_ignore, name="trial")


async def _ignore(_error: Exception) -> None:
    return
