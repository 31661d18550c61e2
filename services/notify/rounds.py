"""Batches on their way: a call that hangs keeps nobody waiting but its own provider, at which only so much hangs at once."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from services.notify.senders import Place

log = structlog.get_logger()

_MOST = 6


@dataclass(slots=True)
class Rounds:
    """The rounds of one lane; one that takes longer than ``seconds`` is slow. A provider has ``at_once`` calls at most.

    ``calls`` are those that each carry one dispatch, claimed and not over; ``batches`` those of providers that take many.
    """

    seconds: float
    at_once: int
    calls: Counter[Place] = field(default_factory=Counter)
    batches: Counter[Place] = field(default_factory=Counter)
    under_way: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def busy(self) -> dict[Place, int]:
        """The calls of each provider; all that it may have where as many batches are under way as should be."""
        return dict(+self.calls) | dict.fromkeys((place for place, n in self.batches.items() if n >= _MOST), self.at_once)

    @property
    def full(self) -> set[Place]:
        """The providers that take nothing more just now."""
        return {place for place, calls in self.busy.items() if calls >= self.at_once}

    async def begin(self, carry: Coroutine[Any, Any, None]) -> None:
        """Start a round; come back when it has ended, or is so slow that another one may go beside it."""
        task = asyncio.create_task(carry)
        self.under_way.add(task)
        done, _ = await asyncio.wait({task}, timeout=self.seconds)
        if done:
            self.under_way.discard(task)
            task.result()
            return
        task.add_done_callback(self._over)

    def depart(self, carry: Coroutine[Any, Any, None]) -> None:
        """Start a round for which nobody waits."""
        task = asyncio.create_task(carry)
        self.under_way.add(task)
        task.add_done_callback(self._over)

    async def ended(self, within: float | None = None) -> None:
        """Wait for those that are still under way; what has not ended ``within`` so many seconds is a question for the next."""
        if self.under_way:
            _, late = await asyncio.wait(self.under_way, timeout=within)
            for task in late:
                task.cancel()

    def _over(self, task: "asyncio.Task[None]") -> None:
        """What a slow round did not record is asked about later; here it is only told."""
        self.under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("round_failed", exc_info=error)
