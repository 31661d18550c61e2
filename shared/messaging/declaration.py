"""What FastStream is for here: it declares subscribers and publishers, from which ``shared.messaging.asyncapi`` is written.

Its own pull loop and acknowledgement are not used (docs/decisions explain what was measured); ``shared.messaging.consumer``
replaces them behind the same declarations.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub

from shared.contracts.event import Event

if TYPE_CHECKING:
    from shared.messaging.subscriptions import Handler
    from shared.service import Service

_PULL = PullSub(batch_size=500, batch=True)


def declared(services: Sequence["Service"]) -> NatsBroker:
    """A broker on which every handler is a subscriber and every event that is said a publisher; it is never connected."""
    broker = NatsBroker(ack_policy=AckPolicy.MANUAL)
    streams: dict[str, JStream] = {}
    for service in services:
        for event in service.says:
            _declare_publisher(broker, event)
        for handler in service.on:
            for name, subjects in handler.streams().items():
                stream = streams.setdefault(name, JStream(name, subjects=[f"{name.lower()}.>"], declare=False))
                _declare_subscriber(broker, handler, stream, subjects)
    return broker


def _declare_publisher(broker: NatsBroker, event: type[Event]) -> None:
    broker.publisher(f"{event.wire_type()}.{{site_id}}", title=event.wire_type(), description=event.__doc__, schema=event)


def _declare_subscriber(broker: NatsBroker, handler: "Handler", stream: JStream, subjects: Sequence[str]) -> None:
    for event in handler.events:
        if event.stream() != stream.name:
            continue
        subject = next(item for item in subjects if item.startswith(f"{event.wire_type()}."))
        subscriber = broker.subscriber(
            subject,
            stream=stream,
            durable=handler.consumer,
            pull_sub=_PULL,
            title=f"{handler.consumer}:{event.wire_type()}",
            description=handler.function.__doc__,
        )
        subscriber(_typed(event))


def _typed(event: type[Event]) -> Callable[[Any], Awaitable[None]]:
    """A function whose annotation tells FastStream the message's schema."""

    async def heard(message: Any) -> None:
        """Never called: deliveries go through shared.messaging.delivery."""

    heard.__annotations__["message"] = event
    return heard
