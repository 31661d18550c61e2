"""One worker at work: turn after turn, woken by its bell or by time; a failing turn waits longer, it never kills the process."""

import asyncio
import contextlib
from dataclasses import dataclass

import structlog

from shared.messaging.gauges import WORKER_TURNS
from shared.service import Station, Worker

log = structlog.get_logger()

_LONGEST_WAIT = 30.0
_ALARMING = 5


@dataclass(slots=True)
class Shift:
    """Runs one worker of one service until stopped."""

    service: str
    worker: Worker
    station: Station
    bell: asyncio.Event
    busy: bool = False
    stopping: bool = False
    failures: int = 0

    @property
    def trouble(self) -> str | None:
        """One line when the last turns all failed; readiness shows it."""
        return f"{self.failures} turns failed in a row" if self.failures >= _ALARMING else None

    def stop(self) -> None:
        """End after the turn in hand."""
        self.stopping = True
        self.bell.set()

    async def run(self) -> None:
        """Turn after turn until stopped."""
        while not self.stopping:
            self.bell.clear()
            more = await self._turn()
            if not more and not self.stopping:
                await asyncio.sleep(self.worker.gathers)
                await self._wait(self._pause())

    async def _turn(self) -> bool:
        self.busy = True
        try:
            more = await self.worker.turn(self.station)
        except Exception as error:
            self.failures += 1
            log.warning("worker_turn_failed", worker=self.worker.name, service=self.service, times=self.failures, exc_info=error)
            WORKER_TURNS.labels(self.service, self.worker.name, "failed").inc()
            return False
        finally:
            self.busy = False
        self.failures = 0
        if more:
            WORKER_TURNS.labels(self.service, self.worker.name, "worked").inc()
        return more

    def _pause(self) -> float:
        return self.worker.seconds if not self.failures else min(_LONGEST_WAIT, max(self.worker.seconds, 0.2 * 2**self.failures))

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.bell.wait()
