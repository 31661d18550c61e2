"""Batches on their way: a call that hangs keeps nobody waiting who is not in its batch, and few batches hang at once."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

log = structlog.get_logger()

_MOST = 6


@dataclass(slots=True)
class Rounds:
    """The rounds of one lane; one that takes longer than ``seconds`` is slow. ``calls``: how many more may be made now."""

    seconds: float
    calls: int
    under_way: set["asyncio.Task[None]"] = field(default_factory=set)

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
        while self.full:
            await asyncio.wait(self.under_way, return_when=asyncio.FIRST_COMPLETED)

    @property
    def full(self) -> bool:
        """Whether so many are under way that no other should begin."""
        return len(self.under_way) >= _MOST

    def depart(self, carry: Coroutine[Any, Any, None]) -> None:
        """Start a round for which nobody waits."""
        task = asyncio.create_task(carry)
        self.under_way.add(task)
        task.add_done_callback(self._over)

    async def ended(self) -> None:
        """Wait for those that are still under way."""
        if self.under_way:
            await asyncio.wait(self.under_way)

    def _over(self, task: "asyncio.Task[None]") -> None:
        """What a slow round did not record is asked about later; here it is only told."""
        self.under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("round_failed", exc_info=error)
