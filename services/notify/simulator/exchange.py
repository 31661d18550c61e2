"""What all pretended providers share: the ledger, the faults, the courier, the clock, and how a call goes wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from services.notify.channels.limits import PerNumber, limits_of
from services.notify.simulator.courier import Courier
from services.notify.simulator.faults import Fault, FaultBook, Kind
from services.notify.simulator.ledger import Ledger
from services.notify.simulator.messages import End, Message, State
from shared.clock import SHANGHAI
from shared.identifiers import new_id

ID, SECRET = "simulator", "simulator-secret"
_AFTER = frozenset({Kind.HANG_AFTER_ACCEPTANCE, Kind.SERVER_ERROR_AFTER_ACCEPTANCE, Kind.GARBAGE_AFTER_ACCEPTANCE, Kind.SLOW})
_HANGING = frozenset({Kind.HANG, Kind.HANG_AFTER_ACCEPTANCE})
_LOOK = 0.25


@dataclass(frozen=True, slots=True)
class Way:
    """How one provider takes a call and how it says one of its codes."""

    provider: str
    accept: Callable[[], Response]
    refuse: Callable[[str, str], Response]


@dataclass(slots=True)
class Exchange:
    """The simulator's inside."""

    ledger: Ledger
    book: FaultBook
    courier: Courier
    clock: Callable[[], datetime]
    providers: tuple[str, ...] = ()
    strict: bool = True
    seconds: dict[str, tuple[int, int]] = field(default_factory=dict)
    seen: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    quotas: dict[tuple[str, str], int] = field(default_factory=dict)

    def now_at(self, provider: str) -> datetime:
        """What the provider's clock shows."""
        fault = self.book.take("clock", provider, "")
        return self.clock() + timedelta(seconds=fault.seconds if fault else 0.0)

    def keep(self, message: Message, *, dropped: bool = False) -> int:
        """Take a message: write it down, and have its receipt brought."""
        number = self.ledger.add(message)
        if dropped:
            self.ledger.end(number, End(State.DROPPED, "", message.at))
        else:
            self.courier.take(number, message)
            self.courier.start()
        return number

    def is_too_fast(self, provider: str) -> bool:
        """Whether the provider was called more often in this second than it allows."""
        limit, second = limits_of(provider).calls_per_second, int(self.clock().timestamp())
        at, count = self.seconds.get(provider, (second, 0))
        self.seconds[provider] = (second, count + 1 if at == second else 1)
        return self.strict and limit is not None and self.seconds[provider][1] > limit

    def broken_rule(self, provider: str, to: str, template: str, text: str) -> PerNumber | None:
        """The provider's rule per number that one more message would break."""
        limits = limits_of(provider).per_number if self.strict else ()
        return next((rule for rule in limits if self._count(rule, provider, to, template, text) >= rule.count), None)

    def is_repeat(self, what: str, seconds: float) -> str | None:
        """The number of the same thing where it was taken within so many seconds."""
        at, number = self.seen.get(what, (None, ""))
        return number if at is not None and self.clock() - at < timedelta(seconds=seconds) else None

    def remember(self, what: str, number: str) -> None:
        """So that a repeat is known."""
        if len(self.seen) > 100_000:  # noqa: PLR2004 (old ones go, in the order in which they came)
            self.seen.pop(next(iter(self.seen)))
        self.seen[what] = (self.clock(), number)

    async def answer(self, request: Request, to: str, way: Way) -> Response:
        """Take a call as the provider would, or let it go wrong as somebody wished."""
        fault = self.book.take("call", way.provider, to)
        if fault is None:
            return way.accept()
        if fault.kind is Kind.CODE:
            return way.refuse(fault.code, fault.message)
        taken = way.accept() if fault.kind in _AFTER else None
        if fault.kind is Kind.SLOW and taken is not None:
            await patience(request, fault.seconds)
            return taken
        return await self._broken(request, fault)

    async def _broken(self, request: Request, fault: Fault) -> Response:
        if fault.kind in _HANGING:
            await patience(request, fault.seconds)
            return Response(status_code=504)
        if fault.kind in {Kind.GARBAGE, Kind.GARBAGE_AFTER_ACCEPTANCE}:
            return Response("<html>\x00 502 ¿?", media_type="text/html")
        return JSONResponse({"message": "internal error"}, status_code=503)

    def _count(self, rule: PerNumber, provider: str, to: str, template: str, text: str) -> int:
        now = self.clock()
        since = now - timedelta(seconds=rule.seconds)
        if rule.calendar_day:
            since = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        same: dict[str, Any] = {"template": {"template": template}, "content": {"text": text}}.get(rule.scope, {})
        return self.ledger.sent_since(provider, to, since, **same)


async def patience(request: Request, seconds: float) -> None:
    """Say nothing for so long, or until nobody waits any more."""
    for _ in range(int(seconds / _LOOK)):
        if await request.is_disconnected():
            return
        await asyncio.sleep(_LOOK)


def fresh_id() -> UUID:
    """A number that nobody has."""
    return new_id()
