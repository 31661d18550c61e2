"""The pull loop of one handler on one stream: takes what is there, never waits to fill, notices when it was cut off."""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.errors import MashangError, Unavailable
from shared.messaging.connection import heed_cancellation
from shared.messaging.delivery import Acked, Deliverer, Message, Retried, Verdict, reason_of
from shared.messaging.gauges import PAUSED
from shared.messaging.streams import BusRefused, consumer_info
from shared.messaging.subscriptions import Handler

log = structlog.get_logger()

BATCH = 500
_SECOND = 1_000_000_000
_EXPIRES_SECONDS = 30
_HEARTBEAT_SECONDS = 5
_LONGEST_PAUSE = 5.0
_HEARTBEAT = "100"
_REQUEST_ENDED = frozenset({"404", "408"})


class ConsumerGone(MashangError):
    """The durable consumer or its stream was deleted: the process ends, so that its supervisor provisions it anew."""

    code = "consumer_gone"
    status = 503
    zh = "消费者 {consumer} 已被删除"
    en = "The consumer {consumer} is gone"


@dataclass(slots=True)
class Consumer:
    """Pulls from one durable and hands what has arrived to the delivery, at most 500 at a time."""

    handler: Handler
    stream: str
    bus: Client
    delivery: Deliverer
    ack_wait: float = 30.0
    stopping: bool = False
    busy: bool = False
    _queue: deque[Msg] = field(default_factory=deque)
    _held: tuple[Msg, ...] = ()
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: int = 0
    _heard_at: float = 0.0
    _gathers_until: float = 0.0
    _trouble: int = 0
    _suspicion: str | None = None
    _subscription: Subscription | None = None

    @property
    def place(self) -> str:
        """Stream and consumer, as operators name it."""
        return f"{self.stream}/{self.handler.consumer}"

    async def run(self) -> None:
        """Deliver until stopped. Raises ConsumerGone when the durable is no longer there."""
        self._subscription = await self.bus.subscribe(self.bus.new_inbox(), cb=self._receive)
        async with asyncio.TaskGroup() as tasks:
            heart = tasks.create_task(self._keep_alive())
            while not self.stopping:
                heed_cancellation()
                await self._turn()
            heart.cancel()
        await self._give_back()

    def stop(self) -> None:
        """Finish the batch in hand, hand back what was not begun, and end."""
        self.stopping = True
        self._arrived.set()

    def reconnected(self) -> None:
        """The server is back: whatever was asked of the old connection is forgotten there."""
        self._wanted = 0
        self._arrived.set()

    async def _turn(self) -> None:
        if self._suspicion is not None:
            await self._check(self._suspicion)
        if not self._queue:
            await self._ask()
            await self._wait()
        if self._queue and not self.stopping:
            await self._gather()
            batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            self._held = tuple(batch)
            self.busy = True
            try:
                await self._deliver(batch)
            finally:
                self.busy, self._held = False, ()

    async def _gather(self) -> None:
        """Soon after the last batch has begun, let others come; who comes alone does not wait, and a full batch neither."""
        clock = asyncio.get_running_loop().time
        if len(self._queue) < BATCH and clock() < self._gathers_until:
            await asyncio.sleep(self._gathers_until - clock())
        self._gathers_until = clock() + self.handler.gathers

    async def _ask(self) -> None:
        """One pull request is out at a time; the next leaves as soon as the last message of the former arrived.

        Fewer than none are wanted where messages of a request came that was thought to be forgotten.
        """
        if self._wanted > 0 or self.stopping or self._subscription is None or not self.bus.is_connected:
            return
        self._wanted = BATCH
        self._heard_at = asyncio.get_running_loop().time()
        request = {"batch": BATCH, "expires": _EXPIRES_SECONDS * _SECOND, "idle_heartbeat": _HEARTBEAT_SECONDS * _SECOND}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.handler.consumer}"
        try:
            await self.bus.publish(subject, json.dumps(request).encode(), reply=self._subscription.subject)
        except nats.errors.Error:
            self._wanted = 0

    async def _wait(self) -> None:
        self._arrived.clear()
        if self._queue or self.stopping:
            return
        try:
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                await self._arrived.wait()
        except TimeoutError:
            silence = asyncio.get_running_loop().time() - self._heard_at
            if silence > 2 * _HEARTBEAT_SECONDS:
                await self._check("silence")

    async def _receive(self, message: Msg) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if not message.reply.startswith("$JS.ACK"):
            self._control(message)
            return
        self._trouble = 0
        self._queue.append(message)
        self._arrived.set()
        self._wanted -= 1
        if self._wanted <= 0 and len(self._queue) <= BATCH:
            self._wanted = 0
            await self._ask()

    def _control(self, message: Msg) -> None:
        headers = message.headers or {}
        status = headers.get("Status", "")
        if status == _HEARTBEAT:
            return
        self._wanted = 0
        if status not in _REQUEST_ENDED:
            self._suspicion = f"{status} {headers.get('Description', '')}".strip()
        self._arrived.set()

    async def _check(self, why: str) -> None:
        """Something is odd: is the durable still there? Raises ConsumerGone; backs off while the bus does not answer."""
        self._trouble += 1
        self._wanted, self._suspicion = 0, None
        log.warning("consumer_in_trouble", consumer=self.place, why=why, times=self._trouble)
        if not self.bus.is_connected:
            await asyncio.sleep(0.2)
            return
        try:
            found = await consumer_info(self.bus, self.stream, self.handler.consumer)
        except (Unavailable, BusRefused, nats.errors.Error):
            await asyncio.sleep(min(_LONGEST_PAUSE, 0.2 * 2**self._trouble))
            return
        if found is None:
            raise ConsumerGone(consumer=self.place)
        if self._trouble > 1:
            await asyncio.sleep(min(_LONGEST_PAUSE, 0.1 * 2**self._trouble))

    async def _deliver(self, batch: Sequence[Msg]) -> None:
        messages = [_message(item) for item in batch]
        pause = 0.1
        while (verdicts := await self._verdicts(messages)) is None:
            PAUSED.labels(self.handler.consumer).set(1)
            if self.stopping:
                return
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)
        PAUSED.labels(self.handler.consumer).set(0)
        await self._answer(batch, verdicts)

    async def _verdicts(self, messages: Sequence[Message]) -> list[Verdict] | None:
        """None while a dependency is down: the same batch is tried again, and no attempt is spent."""
        try:
            return await self.delivery.deliver(messages)
        except Unavailable as error:
            log.warning("consumer_paused", consumer=self.place, reason=reason_of(error))
            return None

    async def _answer(self, batch: Sequence[Msg], verdicts: Sequence[Verdict]) -> None:
        """Tell the server; an answer that is lost means a redelivery, which the inbox absorbs."""
        try:
            for message, verdict in zip(batch, verdicts, strict=True):
                await self.bus.publish(message.reply, _reply(verdict))
        except nats.errors.Error as error:
            log.warning("answers_lost", consumer=self.place, error=type(error).__name__)

    async def _keep_alive(self) -> None:
        """Long work says so, so that nobody else is given the same messages."""
        while True:
            heed_cancellation()
            await asyncio.sleep(self.ack_wait / 3)
            try:
                for message in (*self._held, *self._queue):
                    await self.bus.publish(message.reply, b"+WPI")
            except nats.errors.Error:
                continue

    async def _give_back(self) -> None:
        try:
            while self._queue:
                await self.bus.publish(self._queue.popleft().reply, _reply(Retried(0.1)))
            if self._subscription is not None:
                await self._subscription.unsubscribe()
        except nats.errors.Error:
            return


def _message(item: Msg) -> Message:
    """The reply subject is ``$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>…``; a second form has two more tokens."""
    tokens = item.reply.split(".")
    stream, _consumer, deliveries, sequence = tokens[2:6] if len(tokens) < 12 else tokens[4:8]  # noqa: PLR2004 - the two forms
    return Message(item.data, item.subject, stream, int(sequence), int(deliveries))


def _reply(verdict: Verdict) -> bytes:
    if isinstance(verdict, Acked):
        return b"+ACK"
    if isinstance(verdict, Retried):
        return b"-NAK " + json.dumps({"delay": int(verdict.delay * _SECOND)}).encode()
    return b"+TERM quarantined"
