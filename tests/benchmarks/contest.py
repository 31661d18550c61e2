"""What is measured of everybody who carries a report through the chain: start, rest, a storm, and 200 a second."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from statistics import quantiles
from typing import Any, Protocol

import psutil

from tests.benchmarks import crowd
from tests.benchmarks.memory import busy_seconds, proportional_mb
from tests.benchmarks.place import Place

WARMING, PACED, PACE = 300, 2_000, 200.0
ITEM = "LF-12"  # to be put right at once, so that quiet hours do not hold its notice
_CLIENTS, _PACED_CLIENTS = 24, 64
_REST_SECONDS, _IDLE_SECONDS = 3.0, 10.0


class Contestant(Protocol):
    """Ours or a rival, running."""

    @property
    def started_in(self) -> float:
        """Seconds from the first process on until it answered."""

    def reports(self, count: int, sites: Sequence[str], item: str) -> crowd.Requests:
        """Hazard reports, each about the next site."""

    async def settled(self) -> None:
        """Wait until everything that follows from the reports is done."""

    async def times(self, since: float) -> Sequence[Mapping[str, Any]]:
        """Milliseconds until ``level`` and ``notice`` of every report accepted since."""

    def family(self, place: Place) -> list[psutil.Process]:
        """Every process that takes part."""


@dataclass(frozen=True, slots=True)
class Storm:
    """So many reports as fast as they are taken: rates a second, processor time for each, and what never arrived."""

    accepted: float
    carried: float
    cpu_ms: float
    lost: int


@dataclass(frozen=True, slots=True)
class Rest:
    """What it costs when nothing happens."""

    share: float
    memory: float


async def rest(place: Place, contestant: Contestant) -> Rest:
    """The share of one core and the memory, a moment after the start."""
    await asyncio.sleep(_REST_SECONDS)
    members = contestant.family(place)
    before = busy_seconds(members)
    await asyncio.sleep(_IDLE_SECONDS)
    return Rest((busy_seconds(members) - before) / _IDLE_SECONDS * 100, proportional_mb(members))


async def storm(place: Place, contestant: Contestant, sites: Sequence[str], count: int) -> Storm:
    """Warm up, then ``count`` reports by clients that each wait for an answer, until the last notice was handed over."""
    await _send(contestant.reports(WARMING, sites, ITEM), _CLIENTS)
    await contestant.settled()
    since, began, before = time.time(), time.perf_counter(), busy_seconds(contestant.family(place))
    await _send(contestant.reports(count, sites, ITEM), _CLIENTS)
    accepted = time.perf_counter() - began
    await contestant.settled()
    whole, busy = time.perf_counter() - began, busy_seconds(contestant.family(place)) - before
    done = [row for row in await contestant.times(since) if row["level"] is not None and row["notice"] is not None]
    return Storm(count / accepted, len(done) / whole, busy / count * 1_000, count - len(done))


async def paced(contestant: Contestant, sites: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Median and 99th percentile of milliseconds until level and notice, at 200 reports a second."""
    since = time.time()
    await _send(contestant.reports(PACED, sites, ITEM), _PACED_CLIENTS, PACE)
    await contestant.settled()
    rows = await contestant.times(since)
    points = {what: quantiles([float(row[what]) for row in rows if row[what] is not None], n=100) for what in ("level", "notice")}
    return {what: (found[49], found[98]) for what, found in points.items()}


async def _send(requests: crowd.Requests, connections: int, per_second: float | None = None) -> None:
    load: SpawnProcess = crowd.start(requests, connections, per_second)
    while load.is_alive():  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.02)
    assert load.exitcode == 0, "a report was not accepted"
