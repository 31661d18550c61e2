"""``mashang events tail``: read streams as they grow, without a durable, leaving no trace."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import nats
import typer
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingYet
from nats.js.api import ConsumerConfig, DeliverPolicy

from shared.clock import SHANGHAI
from shared.contracts.event import Event, UnreadableEventError, decode
from shared.logs import mask
from shared.messaging.streams import stream_info
from shared.service import Service
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events to show; ``past`` of each stream first, and end after ``count``."""

    site: UUID | None = None
    event_type: str | None = None
    past: int = 0
    count: int | None = None

    def subject(self, stream: str) -> str:
        """The narrowest NATS subject that holds what is wanted of one stream."""
        name = self.event_type if self.event_type and self.event_type.startswith(f"{stream.lower()}.") else f"{stream.lower()}.*"
        return f"{name}.*.{self.site or '*'}"

    def wants(self, stream: str) -> bool:
        """Whether the stream can hold what is wanted."""
        return self.event_type is None or self.event_type.startswith(f"{stream.lower()}.")


async def tail(settings: Settings, services: Sequence[Service], wanted: Filter, *, as_json: bool) -> int:
    """Print events until Ctrl-C, or until ``count`` were shown."""
    bus = await nats.connect(settings.nats_url.get_secret_value().split(","), connect_timeout=3, max_reconnect_attempts=-1)
    shown = 0
    try:
        async for message in _messages(bus, [service.name.upper() for service in services], wanted):
            typer.echo(mask(message.data.decode()) if as_json else _line(message))
            shown += 1
            if shown == wanted.count:
                break
    finally:
        await bus.close()
    return 0


async def _messages(bus: Client, streams: Sequence[str], wanted: Filter) -> AsyncIterator[Msg]:
    queue: asyncio.Queue[Msg] = asyncio.Queue(maxsize=1_000)
    async with asyncio.TaskGroup() as tasks:
        readers = [tasks.create_task(_read(bus, stream, wanted, queue)) for stream in streams if wanted.wants(stream)]
        try:
            while True:
                yield await queue.get()
        finally:
            for reader in readers:
                reader.cancel()


async def _read(bus: Client, stream: str, wanted: Filter, queue: "asyncio.Queue[Msg]") -> None:
    info = await stream_info(bus, stream)
    if info is None:
        return
    start = max(1, info["state"]["last_seq"] - wanted.past + 1)
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start, inactive_threshold=30)
    subscription = await bus.jetstream().pull_subscribe(wanted.subject(stream), stream=stream, config=config)
    while True:
        try:
            for message in await subscription.fetch(100, timeout=2):
                await message.ack()
                await queue.put(message)
        except (NothingYet, TimeoutError):
            continue


def _line(message: Msg) -> str:
    try:
        event = decode(message.data)
    except UnreadableEventError as error:
        return f"?        {message.subject}  {error}"
    moment = event.envelope.time.astimezone(SHANGHAI)
    return (
        f"{moment:%H:%M:%S.%f}"[:-3]
        + f"  {event.wire_type():<38} #{event.envelope.sequence:<4} {event.site or '-'}  {_short(event)}"
    )


def _short(event: Event) -> str:
    fields = event.model_dump(mode="json", by_alias=True, exclude={"site_id"}, exclude_none=True)
    return mask(json.dumps(fields, ensure_ascii=False))[:160]
