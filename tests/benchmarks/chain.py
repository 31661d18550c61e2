"""The whole chain with all services and servers on this machine: report accepted → level → notice handed over."""

import asyncio
import time
from multiprocessing.context import SpawnProcess
from statistics import quantiles

from tests.benchmarks import crowd, zone
from tests.benchmarks.figures import Figure
from tests.benchmarks.memory import busy_seconds, proportional_mb
from tests.benchmarks.place import Place
from tests.benchmarks.system import System, family, system
from tests.support.running import until

COPIES, REPORTS, PACED, PACE = 40, 6_000, 2_000, 200.0
_IDLE_SECONDS = 15.0
_ITEM = "LF-12"  # to be put right at once, so that quiet hours do not hold its notice
_FOUND = "SELECT event_id, created_at FROM inspection.outbox WHERE subject LIKE 'inspection.hazard_found.%' AND id > $1"
_CHAIN = f"""
    SELECT extract(epoch FROM told.at - found.created_at) * 1000 AS notice,
           extract(epoch FROM graded.heard_at - found.created_at) * 1000 AS level
    FROM ({_FOUND}) found
    LEFT JOIN (SELECT cause_id, min(accepted_at) AS at FROM notify.notices GROUP BY cause_id) told
        ON told.cause_id = found.event_id
    LEFT JOIN grading.inbox graded ON graded.event_id = found.event_id AND graded.handler = 'grading-regrade'
"""


async def measure(place: Place) -> list[Figure]:
    """In one process: idle cost, sustained rate, latency at 200 a second. Then the rate with a process for each service."""
    async with system(place, "chain") as together:
        await _populate(together)
        figures = [*await _idle(place, together), *await _sustained(together, "one process"), *await _latency(together)]
    async with system(place, "apart", apart=True) as apart:
        await _populate(apart)
        return figures + await _sustained(apart, "four processes")


async def _populate(running: System) -> None:
    async with running.http("registry") as http:
        running.sites = await zone.register(http, COPIES)
    await until(lambda: _graded(running), patience=300)
    await running.settled()


async def _graded(running: System) -> bool:
    return int(await running.value("SELECT count(*) FROM grading.sites WHERE level IS NOT NULL")) >= len(running.sites)


async def _sustained(running: System, how: str) -> list[Figure]:
    last = await running.value("SELECT coalesce(max(id), 0) FROM inspection.outbox")
    began = time.perf_counter()
    load = crowd.start(running.reports(REPORTS, _ITEM), connections=24)
    await _ended(load)
    accepted = time.perf_counter() - began
    await running.settled()
    whole = time.perf_counter() - began
    told = [row for row in await running.rows(_CHAIN, last) if row["notice"] is not None and row["level"] is not None]
    note = f"{REPORTS} reports about {len(running.sites)} sites over HTTP by 24 clients; lost {REPORTS - len(told)}"
    return [
        Figure(f"chain, {how}: reports accepted", "reports/s", REPORTS / accepted, note=note),
        Figure(f"chain, {how}: report → level → notice handed over", "reports/s", len(told) / whole, goal="≥ 1,500", note=note),
    ]


async def _latency(running: System) -> list[Figure]:
    last = await running.value("SELECT coalesce(max(id), 0) FROM inspection.outbox")
    load = crowd.start(running.reports(PACED, _ITEM), connections=32, per_second=PACE)
    await _ended(load)
    await running.settled()
    rows = await running.rows(_CHAIN, last)
    figures = []
    for what, goals in (("level", ("", "")), ("notice", ("≤ 40", "≤ 150"))):
        times = [float(row[what]) for row in rows if row[what] is not None]
        note = f"{len(times)} of {PACED} reports at {PACE:.0f}/s; from the report's transaction on"
        points = quantiles(times, n=100)
        figures += [
            Figure(f"chain at 200 reports/s: report → {what}, {name}", "ms", points[place], goal=goal, note=note)
            for name, place, goal in (("p50", 49, goals[0]), ("p99", 98, goals[1]))
        ]
    return figures


async def _ended(load: SpawnProcess) -> None:
    while load.is_alive():  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.02)
    assert load.exitcode == 0, "a report was not accepted"


async def _idle(place: Place, running: System) -> list[Figure]:
    """What everything costs when nothing happens."""
    members = family(place, running)
    await asyncio.sleep(5)
    before = busy_seconds(members)
    await asyncio.sleep(_IDLE_SECONDS)
    share = (busy_seconds(members) - before) / _IDLE_SECONDS * 100
    memory = proportional_mb(members)
    note = f"with {len(running.sites)} sites, services and servers"
    return [
        Figure("idle: share of one core", "%", share, goal="≤ 3", note=note),
        Figure("idle: memory (proportional set size)", "MB", memory, goal="≤ 450", note=note),
    ]
