"""The whole chain with all services and servers on this machine: report accepted → level → notice handed over."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import asyncpg
import httpx
import psutil

from shared.database import make_engine
from shared.database.migrations import migrate
from shared.identifiers import new_id
from shared.web.identity import LocalIssuer
from tests.benchmarks import crowd
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.support.running import until

SITES, REPORTS, PACED, PACE = 200, 6_000, 3_000, 200.0
SERVICES = ("registry", "inspection", "grading", "notify")
_IDLE_SECONDS = 20.0
_ITEM = "LF-13"  # at once, so that quiet hours do not hold its notice
_CHAIN = """
    SELECT extract(epoch FROM n.accepted_at - h.created_at) * 1000 AS ms
    FROM (SELECT event_id, created_at FROM inspection.outbox WHERE subject LIKE 'inspection.hazard_found.%' AND id > $1) h
    JOIN (SELECT cause_id, min(accepted_at) AS accepted_at FROM notify.notices GROUP BY cause_id) n ON n.cause_id = h.event_id
"""


@dataclass(slots=True)
class System:
    """The four services in one process, as `mashang up` runs them, on the servers of the place."""

    process: "subprocess.Popen[bytes]"
    port: int
    url: str
    token: str
    sites: list[str]

    async def value(self, query: str, *arguments: Any) -> Any:
        """One value from the database."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(query, *arguments)
        finally:
            await connection.close()

    def reports(self, count: int) -> crowd.Requests:
        """Hazard reports spread over the sites."""
        bodies = [
            crowd.as_body({"id": str(new_id()), "site_id": self.sites[number % len(self.sites)], "item": _ITEM})
            for number in range(count)
        ]
        return crowd.Requests(self.port, "/api/inspection/hazards", self.token, bodies)

    async def settled(self) -> None:
        """Wait until no outbox holds a letter and no consumer is behind."""
        queries = [f'SELECT count(*) FROM "{name}".outbox WHERE sent_at IS NULL' for name in SERVICES]

        async def quiet() -> bool:
            return not any([await self.value(query) for query in queries]) and await self._handed_over()

        await until(quiet, patience=600)

    async def _handed_over(self) -> bool:
        found = await self.value("SELECT count(*) FROM inspection.outbox WHERE subject LIKE 'inspection.hazard_found.%'")
        told = await self.value("SELECT count(DISTINCT cause_id) FROM notify.notices WHERE accepted_at IS NOT NULL")
        return bool(told >= found)


@asynccontextmanager
async def system(place: Place) -> AsyncIterator[System]:
    """Start everything and register the sites through HTTP."""
    url = await place.database("chain")
    await migrate(make_engine(place.settings(url), "bench"), SERVICES)
    data = place.data / "chain"
    data.mkdir()
    issuer = LocalIssuer.at(data)
    port = crowd_port()
    environment = {
        **os.environ,
        "MASHANG_DATABASE_URL": url,
        "MASHANG_NATS_URL": place.nats.url,
        "MASHANG_DATA": str(data),
        "MASHANG_PORT": str(port),
        "MASHANG_LOG_LEVEL": "WARNING",
        "MASHANG_NOTIFY_REGISTRY_URL": f"http://127.0.0.1:{port}",
        "MASHANG_NOTIFY_REGISTRY_TOKEN": issuer.token("notify", ["integrator"], source="notify"),
    }
    log = (data / "log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "services"], env=environment, stdout=log, stderr=log)  # noqa: ASYNC220 - started once
    running = System(process, port, url, issuer.token("bench", ["bureau", "admin"]), [])
    try:
        await until(lambda: _ready(running))
        running.sites = await _register_sites(running)
        yield running
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def crowd_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _ready(running: System) -> bool:
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            return (await http.get(f"http://127.0.0.1:{running.port}/readyz")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


async def _register_sites(running: System) -> list[str]:
    """The demo zone once, then as many tenants as the load needs."""
    headers = {"Authorization": f"Bearer {running.token}"}
    ledger = Path(__file__).parents[2] / "deploy" / "demo" / "ledger.xlsx"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", headers=headers, timeout=120) as http:
        (await http.post("/api/registry/imports", files={"file": (ledger.name, ledger.read_bytes())})).raise_for_status()

        async def graded() -> list[str]:
            answer = await http.get("/api/registry/sites", params={"kind": "tenant", "limit": SITES})
            sites = [site["id"] for site in answer.json()["items"]]
            known = [(await http.get(f"/api/grading/sites/{site}")).status_code == httpx.codes.OK for site in sites]
            return sites if sites and all(known) else []

        found: list[str] = await until(graded)
        return found


async def measure(place: Place) -> list[Figure]:
    """Throughput, latency at 200 a second, idle cost."""
    async with system(place) as running:
        idle = await _idle(running, place)
        throughput = await _throughput(running)
        latency = await _latency(running)
    return [*throughput, *latency, *idle]


async def _throughput(running: System) -> list[Figure]:
    began = time.perf_counter()
    load = crowd.start(running.reports(REPORTS), connections=24)
    while load.is_alive():  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)
    accepted = time.perf_counter() - began
    await running.settled()
    whole = time.perf_counter() - began
    lost = REPORTS - await running.value("SELECT count(DISTINCT cause_id) FROM notify.notices WHERE accepted_at IS NOT NULL")
    note = f"{REPORTS} reports over HTTP by 24 clients; lost {max(0, lost)}; exit code of the load {load.exitcode}"
    return [
        Figure("chain: reports accepted", "reports/s", REPORTS / accepted, note=note),
        Figure("chain: report → level → notice handed over, sustained", "reports/s", REPORTS / whole, goal="≥ 1,500", note=note),
    ]


async def _latency(running: System) -> list[Figure]:
    last = await running.value("SELECT max(id) FROM inspection.outbox")
    load = crowd.start(running.reports(PACED), connections=32, per_second=PACE)
    while load.is_alive():  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)
    await running.settled()
    connection = await asyncpg.connect(running.url)
    times = sorted(float(row["ms"]) for row in await connection.fetch(_CHAIN, last))
    await connection.close()
    points = quantiles(times, n=100)
    note = f"{len(times)} of {PACED} reports at {PACE:.0f}/s: commit of the report → notice handed to the file channel"
    return [
        Figure("latency of the chain at 200 reports/s, p50", "ms", points[49], goal="≤ 40", note=note),
        Figure("latency of the chain at 200 reports/s, p99", "ms", points[98], goal="≤ 150", note=note),
    ]


async def _idle(running: System, place: Place) -> list[Figure]:
    """What everything costs when nothing happens."""
    family = [psutil.Process(running.process.pid)]
    for server in (place.postgres, place.nats):
        assert server.pid is not None
        parent = psutil.Process(server.pid)
        family += [parent, *parent.children(recursive=True)]
    await asyncio.sleep(5)
    before = sum(_seconds(process) for process in family)
    await asyncio.sleep(_IDLE_SECONDS)
    share = (sum(_seconds(process) for process in family) - before) / _IDLE_SECONDS * 100
    memory = sum(_private(process) for process in family) / 1024**2
    return [
        Figure("idle: share of one core, services and servers", "%", share, goal="≤ 3"),
        Figure("idle: memory (proportional) of services and servers", "MB", memory, goal="≤ 450"),
    ]


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _private(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0
