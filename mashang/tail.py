"""``mashang events tail``: read streams as they grow, by consumers that leave no trace."""

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import typer
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingYet
from nats.js.api import ConsumerConfig, DeliverPolicy

from mashang.bus import bus
from shared.clock import SHANGHAI
from shared.contracts.event import Event, UnreadableEventError, decode
from shared.contracts.speakers import SPEAKERS, published
from shared.logs import mask
from shared.messaging.streams import stream_info
from shared.settings import Settings

_VERSION = re.compile(r"\.v\d+$")
_LOOK_EVERY = 1.0

Take = Callable[[Msg], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events to show, all versions where none is named; from ``past`` messages back, until ``count`` were shown."""

    site: UUID | None = None
    event_type: str | None = None
    past: int = 0
    count: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is such an event."""
        return self.event_type in {None, *(name for event in published() for name in (event.event_name, event.wire_type()))}

    def subjects(self) -> dict[str, str]:
        """Stream → the narrowest NATS subject that holds what is wanted of it."""
        return {speaker.upper(): self._subject(speaker) for speaker in SPEAKERS if self._concerns(speaker)}

    def _concerns(self, speaker: str) -> bool:
        return self.event_type is None or self.event_type.startswith(f"{speaker}.")

    def _subject(self, speaker: str) -> str:
        name = self.event_type or f"{speaker}.*"
        return f"{name if _VERSION.search(name) else f'{name}.*'}.{self.site or '*'}"


async def tail(settings: Settings, wanted: Filter, *, as_json: bool) -> int:
    """Print events until Ctrl-C, or until ``count`` were shown."""
    queue: asyncio.Queue[Msg] = asyncio.Queue(maxsize=1_000)
    async with bus(settings, "tail") as client, asyncio.TaskGroup() as tasks:
        readers = [tasks.create_task(_read(client, place, wanted.past, queue.put)) for place in wanted.subjects().items()]
        shown = 0
        while wanted.count is None or shown < wanted.count:
            message = await queue.get()
            typer.echo(mask(message.data.decode()) if as_json else _line(message))
            shown += 1
        for reader in readers:
            reader.cancel()
    return 0


async def _read(client: Client, place: tuple[str, str], past: int, take: Take) -> None:
    stream, subject = place
    while (info := await stream_info(client, stream)) is None:  # noqa: ASYNC110 - the stream is made in another process
        await asyncio.sleep(_LOOK_EVERY)
    start = max(1, info["state"]["last_seq"] - past + 1)
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start, inactive_threshold=30)
    subscription = await client.jetstream().pull_subscribe(subject, stream=stream, config=config)
    while True:
        with contextlib.suppress(NothingYet, TimeoutError):
            for message in await subscription.fetch(100, timeout=2):
                await message.ack()
                await take(message)


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
