"""Places where a process under test is made to die; production code knows nothing of them, the doomed process puts them in."""

import importlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from nats.aio.msg import Msg

from shared.contracts.event import Event
from shared.database import Database, Transaction
from shared.messaging.consumer import Consumer
from shared.messaging.delivery import Delivery, Verdict
from shared.messaging.relay import Relay, Row
from shared.web.unit import UnitOfWork
from tests.faults.clock import AheadDatabase

T = TypeVar("T")

REQUEST_POINTS = ("request_before_commit", "request_before_answer")
RELAY_POINTS = ("relay_before_publish", "relay_mid_batch", "relay_before_mark", "relay_after_mark")
DELIVERY_POINTS = ("delivery_before_commit", "delivery_before_ack", "delivery_mid_ack")
_HALF = 2


class Failpoints:
    """A file ``<service>.<point>`` arms a point; the first process of the service that passes it takes the file and dies."""

    folder: ClassVar[Path] = Path()

    @classmethod
    def take(cls, service: str, point: str) -> bool:
        """Whether the point was armed; it is not any more."""
        try:
            (cls.folder / f"{service}.{point}").unlink()
        except FileNotFoundError:
            return False
        return True

    @classmethod
    def at(cls, service: str, point: str) -> None:
        """Die here where the point is armed."""
        if cls.take(service, point):
            die()


def die() -> None:
    """Exactly what ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


class DoomedRelay(Relay):
    """Dies before it publishes, with half a batch on the wire, between acknowledgement and mark, or after the mark."""

    async def _publish(self, rows: Sequence[Row]) -> list[int]:
        Failpoints.at(self.service, "relay_before_publish")
        return await super()._publish(rows)

    async def _publish_batch(self, rows: Sequence[Row]) -> int:
        if Failpoints.take(self.service, "relay_mid_batch"):
            await self._half(rows)
            die()
        return await super()._publish_batch(rows)

    async def _mark(self, connection: Any, rows: Sequence[Row], sequences: Sequence[int]) -> None:
        Failpoints.at(self.service, "relay_before_mark")
        await super()._mark(connection, rows, sequences)
        Failpoints.at(self.service, "relay_after_mark")

    async def _half(self, rows: Sequence[Row]) -> None:
        for number, row in enumerate(rows[: len(rows) // _HALF], start=1):
            headers = {"Nats-Msg-Id": row.event_id, "Nats-Batch-Id": "half", "Nats-Batch-Sequence": str(number)}
            await self.bus.publish(row.subject, row.body, headers=headers)
        await self.bus.flush()


class DoomedDelivery(Delivery):
    """Dies when the handler is done and nothing is committed, or when all is committed and nobody was told."""

    async def _call(self, fresh: list[Event], tx: Transaction) -> None:
        await super()._call(fresh, tx)
        Failpoints.at(self.handler.service, "delivery_before_commit")

    async def _together(self, events: list[Event], *, again: bool) -> None:
        await super()._together(events, again=again)
        Failpoints.at(self.handler.service, "delivery_before_ack")


class DoomedConsumer(Consumer):
    """Dies when half of a batch is acknowledged."""

    async def _answer(self, batch: Sequence[Msg], verdicts: Sequence[Verdict]) -> None:
        if len(batch) >= _HALF and Failpoints.take(self.handler.service, "delivery_mid_ack"):
            half = len(batch) // _HALF
            await super()._answer(batch[:half], verdicts[:half])
            await self.bus.flush()
            die()
        await super()._answer(batch, verdicts)


class DoomedUnit(UnitOfWork):
    """Dies when the action is done and nothing is committed, or when all is committed and the caller has no answer."""

    async def __call__(self, action: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        service = self.database.service

        async def act(*given: Any) -> T:
            answer = await action(*given)
            Failpoints.at(service, "request_before_commit")
            return answer

        answer = await super().__call__(act, *arguments)
        Failpoints.at(service, "request_before_answer")
        return answer


def install(folder: Path) -> None:
    """Put the points into this process."""
    Failpoints.folder = folder
    stand_ins: dict[type, type] = {
        Relay: DoomedRelay,
        Delivery: DoomedDelivery,
        Consumer: DoomedConsumer,
        UnitOfWork: DoomedUnit,
        Database: AheadDatabase,
    }
    for real, stand_in in stand_ins.items():
        replace(real, stand_in)


def replace(real: type, stand_in: type) -> None:
    """Whoever in ``shared`` builds the one builds the other from now on; LookupError where nobody does."""
    importlib.import_module("shared.runtime")
    rooms = [module for name, module in sys.modules.items() if name.startswith("shared.")]
    users = [(room, name) for room in rooms for name, value in vars(room).items() if value is real]
    for room, name in users:
        setattr(room, name, stand_in)
    if not users:
        raise LookupError(real.__qualname__)
