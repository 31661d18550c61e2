"""Where blows are dealt: everything that a blow may touch, and the book in which it is entered."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
from nats.aio.client import Client

from tests.faults.evidence import Blow
from tests.faults.ground import Ground
from tests.faults.supervisor import Supervisor, Ward
from tests.faults.tricks import Trickster

_READY_WITHIN = 90.0
_CARRIED_WITHIN = 20.0


@dataclass(slots=True)
class Arena:
    """Everything a blow may touch."""

    ground: Ground
    supervisor: Supervisor
    trickster: Trickster
    bus: Client
    chance: Random
    ack_wait: float
    accepted: Callable[[], int]
    away: float = 4.0
    blows: list[Blow] = field(default_factory=list)

    def note(self, kind: str, target: str, began: float, **more: Any) -> Blow:
        """Enter a blow into the book."""
        blow = Blow(kind, target, began, more.pop("deadly", False), **more)
        self.blows.append(blow)
        return blow

    async def up(self, ward: Ward) -> None:
        """Wait, not for ever, until a ward is ready."""
        await within(_READY_WITHIN, ward.is_ready)

    async def calm(self) -> None:
        """Wait, not for ever, until everybody is ready and what was said just now has been carried."""
        for ward in list(self.supervisor.wards.values()):
            if not ward.retired:
                await self.up(ward)
        now = time.time()

        async def carried() -> bool:
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                return await self.trickster.oldest_unsent() > now
            return False

        await within(_CARRIED_WITHIN, carried)


Strike = Callable[[Arena, str], Awaitable[Blow]]


async def within(seconds: float, condition: Callable[[], Awaitable[bool]]) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + seconds
    while not (true := await condition()) and time.monotonic() < until:  # noqa: ASYNC110 - it happens in another process
        await asyncio.sleep(0.05)
    return true
