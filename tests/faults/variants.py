"""How it is often done, and what each habit costs: the negative controls that a trial must convict."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from nats.aio.msg import Msg

from shared.contracts.event import Event
from shared.database import Transaction
from shared.messaging.delivery import Acked
from shared.messaging.relay import Row
from tests.faults.failpoints import DoomedConsumer, DoomedDelivery, DoomedRelay, DoomedUnit

T = TypeVar("T")


class AcksFirst(DoomedConsumer):
    """Tells the server that all is well, and only then begins."""

    async def _deliver(self, batch: Sequence[Msg]) -> None:
        await super()._answer(batch, [Acked()] * len(batch))
        await self.bus.flush()
        await super()._deliver(batch)


class WithoutInbox(DoomedDelivery):
    """Writes down what it has heard, and never looks."""

    _all: tuple[Event, ...] = ()

    async def _together(self, events: list[Event], *, again: bool) -> None:
        self._all = tuple(events)
        await super()._together(events, again=again)

    async def _call(self, fresh: list[Event], tx: Transaction) -> None:
        await super()._call(list(self._all), tx)


class RemembersTheLast(DoomedRelay):
    """Asks for what has a greater id than the last that it took in hand, or than the last there was when it began."""

    last = 0

    async def _unsent(self, connection: Any) -> list[Row]:
        if not self.last:
            self.last = await connection.fetchval(f'SELECT coalesce(max(id), 0) FROM "{self.service}".outbox')
        found = await connection.fetch(
            f'SELECT id, event_id::text, subject, body FROM "{self.service}".outbox WHERE id > $1 ORDER BY id LIMIT 500',
            self.last,
        )
        rows = [Row(*record) for record in found]
        self.last = rows[-1].id if rows else self.last
        return rows


class MarksFirst(DoomedRelay):
    """Marks the rows as sent, and only then sends them."""

    async def carry(self, connection: Any) -> int:
        rows = await self._unsent(connection)
        if rows:
            await self._mark(connection, rows, [0] * len(rows))
            await self._publish(rows)
        return len(rows)


class WithoutKeys(DoomedUnit):
    """Does again whatever it is asked again."""

    async def __call__(self, action: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        self.request.scope["headers"] = [
            (name, value) for name, value in self.request.scope["headers"] if name != b"idempotency-key"
        ]
        self.request.__dict__.pop("_headers", None)
        return await super().__call__(action, *arguments)


VARIANTS: dict[str, tuple[type, type]] = {
    "acks_first": (DoomedConsumer, AcksFirst),
    "without_inbox": (DoomedDelivery, WithoutInbox),
    "remembers_the_last": (DoomedRelay, RemembersTheLast),
    "marks_first": (DoomedRelay, MarksFirst),
    "without_keys": (DoomedUnit, WithoutKeys),
}
"""What each puts in the place of what."""
