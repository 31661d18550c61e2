"""Who hears what: handlers declared by decorator, each with a consumer name that must not change by accident."""

import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar, get_origin

from shared.contracts.event import Event, newest, subject_filter

P = ParamSpec("P")
R = TypeVar("R")

_EVENT_AND_TX = 2


@dataclass(frozen=True, slots=True)
class Handler:
    """One reaction of one service: the function, what it hears, and whether it takes the whole batch.

    For ``gathers`` seconds after it has begun with some events it lets the next ones come together: an event that comes alone
    is handled at once, and many that come one by one do not cost a transaction each.
    """

    service: str
    name: str
    function: Callable[..., Awaitable[None]]
    events: tuple[type[Event], ...]
    takes_batch: bool
    gathers: float = 0.0

    @property
    def consumer(self) -> str:
        """The durable's name on the wire. A rename would replay the stream, so ``docs/events.md`` lists it."""
        return f"{self.service}-{self.name}"

    def streams(self) -> dict[str, list[str]]:
        """Stream name → subjects that this handler filters on it."""
        found: dict[str, list[str]] = {}
        for event in self.events:
            found.setdefault(event.stream(), []).extend(subject_filter(event))
        return {stream: sorted(subjects) for stream, subjects in sorted(found.items())}


@dataclass(slots=True)
class Subscriptions:
    """The handlers of one service: ``on = Subscriptions("grading")``, then ``@on(HazardFound)``."""

    service: str
    handlers: list[Handler] = field(default_factory=list)

    def __call__(
        self, *events: type[Event], consumer: str | None = None, gathers: float = 0.0
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Subscribe a function ``(event, tx)``, or ``(events: Sequence[…], tx)`` for batches; returned unchanged.

        ``consumer`` keeps an old identity when the function is renamed. ``gathers``: see Handler.
        """

        def subscribe(function: Callable[P, R]) -> Callable[P, R]:
            self._add(function, events, consumer, gathers)
            return function

        return subscribe

    def __iter__(self) -> Iterator[Handler]:
        return iter(self.handlers)

    def _add(self, function: Callable[..., Any], events: tuple[type[Event], ...], consumer: str | None, gathers: float) -> None:
        name = consumer or function.__name__.replace("_", "-")
        if any(handler.name == name for handler in self.handlers):
            message = f"{self.service}: two handlers with the consumer name {name!r}"
            raise TypeError(message)
        retired = [event.__name__ for event in events if newest(event) is not event]
        if retired or not events:
            message = f"{function.__qualname__}: a handler hears the newest classes only, not {retired or 'nothing'}"
            raise TypeError(message)
        self.handlers.append(Handler(self.service, name, _injected(function), events, _takes_batch(function), gathers))


def _takes_batch(function: Callable[..., Any]) -> bool:
    parameters = list(inspect.signature(function).parameters.values())
    if len(parameters) < _EVENT_AND_TX or parameters[0].annotation is inspect.Parameter.empty:
        message = f"{function.__qualname__}: a handler is (event: SomeEvent, tx: Tx) or (events: Sequence[SomeEvent], tx: Tx)"
        raise TypeError(message)
    return get_origin(parameters[0].annotation) in (Sequence, list, tuple)


def _injected(function: Callable[..., Any]) -> Callable[..., Any]:
    """What stands after (event, tx) is a FastStream dependency (``Depends(…)``), resolved for each call."""
    if len(inspect.signature(function).parameters) == _EVENT_AND_TX:
        return function
    from fast_depends import inject  # noqa: PLC0415 - only for handlers that ask for more

    return inject(function, cast=False, cast_result=False)
