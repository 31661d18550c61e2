"""Several streams of a bus read as one, from their beginnings, in order of time, by consumers that leave no trace."""

import heapq
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.messaging.streams import stream_info

_PORTION: Final = 500
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class StoredStreams:
    """Every message that streams hold, of some subjects alone where those are named.

    ``since``: the first moment of which all of them have everything, None for always.
    """

    client: Client
    names: Mapping[str, Sequence[str]]
    since: datetime | None
    dropped: dict[str, int]
    """Messages that a stream has dropped by its limits, for those that have."""

    @classmethod
    async def of(cls, client: Client, names: Mapping[str, Sequence[str]]) -> Self:
        """The streams of these names as far as they are there."""
        known = {name: info["state"] for name in names if (info := await stream_info(client, name)) is not None}
        cut = {name: state for name, state in known.items() if state["first_seq"] > 1}
        begin = [_moment(state["first_ts"] if state["messages"] else state["last_ts"]) for state in cut.values()]
        return cls(
            client,
            {name: names[name] for name in known},
            max(begin, default=None),
            {name: cut[name]["first_seq"] - 1 for name in cut},
        )

    async def letters(self) -> AsyncIterator[Sequence[tuple[datetime, bytes]]]:
        """All that is stored when it begins, in order of time, in portions."""
        readers = [_Reader(self.client, name, subjects) for name, subjects in self.names.items()]
        try:
            portion: list[tuple[datetime, bytes]] = []
            async for message in _in_order(readers):
                portion.append((message.metadata.timestamp, message.data))
                if len(portion) == _PORTION:
                    yield portion
                    portion = []
            if portion:
                yield portion
        finally:
            for reader in readers:
                await reader.close()


async def _in_order(readers: "Sequence[_Reader]") -> AsyncIterator[Msg]:
    """The earliest message of all, again and again."""
    heads: list[tuple[datetime, int, Msg]] = []
    for place, reader in enumerate(readers):
        if (first := await reader.next()) is not None:
            heads.append((first.metadata.timestamp, place, first))
    heapq.heapify(heads)
    while heads:
        _, place, message = heads[0]
        yield message
        following = await readers[place].next()
        if following is None:
            heapq.heappop(heads)
        else:
            heapq.heapreplace(heads, (following.metadata.timestamp, place, following))


class _Reader:
    """One stream, message after message, up to the last one that was there when the reading began."""

    def __init__(self, client: Client, stream: str, subjects: Sequence[str]) -> None:
        self._client, self._stream, self._subjects = client, stream, subjects
        self._waiting: list[Msg] = []
        self._subscription: Any = None
        self._left = 0

    async def next(self) -> Msg | None:
        """The next message, None at the end."""
        if self._subscription is None:
            await self._begin()
        if not self._waiting and self._left:
            found = await self._subscription.fetch(min(_PORTION, self._left), timeout=_PATIENCE)
            self._waiting, self._left = found[::-1], self._left - len(found)
        return self._waiting.pop() if self._waiting else None

    async def close(self) -> None:
        """Take the consumer away; it would go by itself after some minutes."""
        if self._subscription is not None:
            consumer = (await self._subscription.consumer_info()).name
            await self._client.jetstream().delete_consumer(self._stream, consumer)

    async def _begin(self) -> None:
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=600,
            mem_storage=True,
            num_replicas=1,
            filter_subjects=list(self._subjects) or None,
        )
        self._subscription = await self._client.jetstream().pull_subscribe("", stream=self._stream, config=config)
        self._left = (await self._subscription.consumer_info()).num_pending


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
