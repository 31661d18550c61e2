"""What happens to messages once they are here: inbox, handler, outbox in one commit, and a verdict for each message."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.clock import utc_now
from shared.contracts.event import Event, UnreadableEventError, decode
from shared.database.engine import Database, NoConnectionFree, is_connection_lost
from shared.database.transaction import Ancestry, Transaction
from shared.errors import MashangError, Refused, Unavailable, Unreadable
from shared.identifiers import new_id
from shared.messaging.gauges import BATCH_SECONDS, BATCH_SIZE, DELIVERED, LAG_SECONDS, QUARANTINED
from shared.messaging.inbox import Inbox
from shared.messaging.subscriptions import Handler
from shared.traces import span_of_delivery

log = structlog.get_logger()

DELAYS = (0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0)
"""Seconds before the next try; after the last one the message is quarantined."""
_ANYTHING = text("SELECT 1")
_POISONOUS_DELIVERIES = 200
"""A message delivered this often without ever being recorded as failed kills the process that touches it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came from a stream; ``deliveries`` is the server's count, 1 the first time."""

    raw: bytes
    subject: str
    stream: str
    stream_seq: int
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class Acked:
    """Handled, or seen before."""


@dataclass(frozen=True, slots=True)
class Retried:
    """To be delivered again after ``delay`` seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row in quarantine; the stream need not deliver it again."""


Verdict = Acked | Retried | Quarantined
_ACKED, _QUARANTINED = Acked(), Quarantined()


class Deliverer(Protocol):
    """Whatever can take a batch of messages and say what became of each."""

    async def deliver(self, messages: Sequence[Message]) -> list[Verdict]:
        """One verdict per message, in order. Raises Unavailable when a dependency is down: no attempt is spent."""


@dataclass(slots=True)
class Delivery:
    """One handler's door: exactly one effect per event, whatever the wire does."""

    handler: Handler
    database: Database
    delays: tuple[float, ...] = DELAYS
    _inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self._inbox = Inbox.of(self.handler.service)

    async def deliver(self, messages: Sequence[Message]) -> list[Verdict]:
        """One verdict per message, in order; raises Unavailable when the database is away.

        What nobody can read, and what fails alone, is dealt with when its neighbours are done: they never wait for poison.
        """
        read = [(place, *self._read(message)) for place, message in enumerate(messages)]
        verdicts = await self._handle(
            messages, [(place, event) for place, event, fault in read if event is not None and not fault]
        )
        for place, event, fault in read:
            if fault:
                await self._quarantine(messages[place], event, fault, messages[place].deliveries)
                verdicts[place] = _QUARANTINED
        for kind, number in Counter(map(type, verdicts.values())).items():
            DELIVERED.labels(self.handler.consumer, kind.__name__.lower()).inc(number)
        return [verdicts[place] for place in range(len(messages))]

    def _read(self, message: Message) -> tuple[Event | None, str]:
        """The event in a message, and why it is not to be handled; empty where it is."""
        try:
            event = decode(message.raw)
        except UnreadableEventError as error:
            return None, f"unreadable: {error}"
        kills = message.deliveries > _POISONOUS_DELIVERIES
        return event, f"delivered {message.deliveries} times without an answer" if kills else ""

    async def _handle(self, messages: Sequence[Message], readable: list[tuple[int, Event]]) -> dict[int, Verdict]:
        """All together; where that fails, in halves down to each alone, and what failed alone is judged at the end."""
        failed = await self._failures(messages, readable)
        verdicts: dict[int, Verdict] = {place: _ACKED for place, _ in readable}
        for place, event in readable:
            if place in failed:
                verdicts[place] = await self._judge(messages[place], event, failed[place])
        return verdicts

    async def _failures(self, messages: Sequence[Message], part: list[tuple[int, Event]]) -> dict[int, Exception]:
        """What failed alone, by place: one bad event among 500 costs 18 transactions. Raises Unavailable: no attempt is spent.

        A connection that is lost while the database answers was lost by the batch: it was too much for one transaction.
        """
        if not part:
            return {}
        try:
            await self._together([event for _, event in part], again=any(messages[place].deliveries > 1 for place, _ in part))
        except NoConnectionFree:
            raise
        except Exception as error:
            if is_connection_lost(error) and not await self._answers():
                raise Unavailable from error
            if len(part) == 1:
                return {part[0][0]: error}
        else:
            return {}
        half = len(part) // 2
        return await self._failures(messages, part[:half]) | await self._failures(messages, part[half:])

    async def _answers(self) -> bool:
        """Whether the database is there after all."""
        try:
            await self.database.run(lambda tx: tx.value(_ANYTHING), read_only=True, reconnect=False)
        except Exception as error:
            if is_connection_lost(error):
                return False
            raise
        return True

    async def _together(self, events: list[Event], *, again: bool) -> None:
        """All events in one transaction: it opens with the inbox, which makes it repeatable, and then calls the handler."""
        unique = {event.envelope.id: event for event in events}
        began = time.perf_counter()
        heard = {"ids": list(unique), "handler": self.handler.consumer}

        async def work(tx: Transaction) -> None:
            fresh = set(tx.opened["fresh"])
            if again:
                await tx.execute(self._inbox.forget, heard)
            await self._call([event for identity, event in unique.items() if identity in fresh], tx)

        opening = (self._inbox.fresh, heard | {"shift": self.database.shift})
        ancestry = Ancestry.of(events[0])
        with span_of_delivery(self.handler.consumer, ancestry.traceparent) as traceparent:
            told = replace(ancestry, traceparent=traceparent)
            await self.database.run(work, repeatable=True, reconnect=len(events) == 1, ancestry=told, opening=opening)
        BATCH_SECONDS.labels(self.handler.consumer).observe(time.perf_counter() - began)
        BATCH_SIZE.labels(self.handler.consumer).observe(len(events))
        LAG_SECONDS.labels(self.handler.consumer).observe(max(0.0, (utc_now() - events[0].envelope.time).total_seconds()))

    async def _call(self, fresh: list[Event], tx: Transaction) -> None:
        if not fresh:
            return
        if self.handler.takes_batch:
            await self.handler.function(fresh, tx)
            return
        for event in fresh:
            tx.ancestry = Ancestry.of(event)
            await self.handler.function(event, tx)

    async def _judge(self, message: Message, event: Event, error: Exception) -> Verdict:
        """What to do about one message on which the handler failed alone."""
        reason = reason_of(error)
        attempts = await self._count(event, reason)
        if isinstance(error, (Refused, Unreadable)) or attempts > len(self.delays):
            await self._quarantine(message, event, reason, attempts)
            return _QUARANTINED
        log.warning(
            "delivery_retried",
            handler=self.handler.consumer,
            event_id=str(event.envelope.id),
            attempt=attempts,
            reason=reason,
            exc_info=None if isinstance(error, MashangError) else error,
        )
        return Retried(self.delays[attempts - 1])

    async def _count(self, event: Event, reason: str) -> int:
        parameters = {"id": event.envelope.id, "handler": self.handler.consumer, "reason": reason}
        return int(await self._noted(lambda tx: tx.value(self._inbox.count, parameters | {"now": tx.now})))

    async def _quarantine(self, message: Message, event: Event | None, reason: str, attempts: int) -> None:
        parameters = {
            "id": new_id(),
            "handler": self.handler.consumer,
            "subject": message.subject.replace("\0", "�"),
            "event_id": event.envelope.id if event else None,
            "stream": message.stream,
            "stream_seq": message.stream_seq,
            "body": message.raw,
            "reason": reason,
            "attempts": attempts,
        }
        await self._noted(lambda tx: tx.execute(self._inbox.quarantine, parameters | {"now": tx.now}))
        QUARANTINED.labels(self.handler.consumer).inc()
        where = {"handler": self.handler.consumer, "stream": message.stream, "seq": message.stream_seq}
        log.error("message_quarantined", **where, reason=reason)

    async def _noted(self, work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        """Our own notes. Raises Unavailable where they cannot be taken: the database is full, or may only be read."""
        try:
            return await self.database.run(work, repeatable=True)
        except DBAPIError as error:
            raise Unavailable from error


def reason_of(error: Exception) -> str:
    """Why a handler failed, without a value that could be personal data."""
    if isinstance(error, Unavailable) and error.__cause__ is not None:
        return f"{error.code}: {type(error.__cause__).__name__}"
    if isinstance(error, MashangError):
        return error.code
    if isinstance(error, ValidationError):
        places = error.errors(include_input=False, include_url=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, place['loc']))}: {place['type']}" for place in places[:5])
    return type(error).__name__
