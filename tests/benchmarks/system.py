"""All services running for the chain: in one process as ``mashang up`` runs them, or one process for each."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from services.__main__ import NAMES
from shared.database import make_engine
from shared.database.migrations import migrate
from shared.identifiers import new_id
from shared.web.identity import LocalIssuer
from tests.benchmarks import crowd
from tests.benchmarks.place import Place
from tests.support.ports import free_port
from tests.support.running import until

_TIMES = """
    SELECT extract(epoch FROM told.at - found.created_at) * 1000 AS notice,
           extract(epoch FROM graded.heard_at - found.created_at) * 1000 AS level
    FROM (SELECT event_id, created_at FROM inspection.outbox
          WHERE subject LIKE 'inspection.hazard_found.%' AND created_at > to_timestamp($1)) found
    LEFT JOIN (SELECT cause_id, min(accepted_at) AS at FROM notify.notices GROUP BY cause_id) told
        ON told.cause_id = found.event_id
    LEFT JOIN grading.inbox graded ON graded.event_id = found.event_id AND graded.handler = 'grading-regrade'
"""
_UNSENT = " OR ".join(f'EXISTS (SELECT FROM "{name}".outbox WHERE sent_at IS NULL)' for name in NAMES)
_BUSY = f"SELECT EXISTS (SELECT FROM grading.rollups) OR {_UNSENT}"
_INBOXES = " + ".join(f'(SELECT count(*) FROM "{name}".inbox)' for name in NAMES)
_HEARD = f"SELECT (SELECT count(*) FROM notify.dispatches WHERE ended_at IS NOT NULL) + {_INBOXES}"
_BETWEEN_LOOKS = 0.2
_PATIENCE = 600.0
_START_PATIENCE = 300.0


@dataclass(slots=True)
class System:
    """Running services: their processes, where each answers, and what stands in their database."""

    url: str
    token: str
    ports: Mapping[str, int]
    processes: Sequence["subprocess.Popen[bytes]"]
    asking: "asyncpg.Connection[Any]" = field(repr=False)
    started_in: float = 0.0
    sites: list[str] = field(default_factory=list)

    def http(self, service: str) -> httpx.AsyncClient:
        """A signed-in client of one service."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.ports[service]}", headers=headers, timeout=120)

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """Rows from the database, on one connection that stays open: a new one would cost the servers more than the question."""
        return list(await self.asking.fetch(query, *arguments))

    async def value(self, query: str, *arguments: Any) -> Any:
        """The first column of the first row."""
        return (await self.rows(query, *arguments))[0][0]

    def reports(self, count: int, sites: Sequence[str], item: str) -> crowd.Requests:
        """Hazard reports, each about the next site."""
        asked = ({"id": str(new_id()), "site_id": sites[number % len(sites)], "item": item} for number in range(count))
        return crowd.Requests(self.ports["inspection"], "/api/inspection/hazards", self.token, [*map(crowd.as_body, asked)])

    async def times(self, since: float) -> list[Any]:
        """Milliseconds from each report's transaction to its level and its first notice."""
        return await self.rows(_TIMES, since)

    async def settled(self) -> None:
        """Wait until no outbox holds a letter, every stream was heard to its end and nothing is due to be sent."""
        await until(self._is_quiet, patience=_PATIENCE)

    def family(self, place: Place) -> list[psutil.Process]:
        """Every process that the system consists of: services, PostgreSQL with its children, NATS."""
        found = [psutil.Process(process.pid) for process in self.processes]
        for server in (place.postgres, place.nats):
            assert server.pid is not None
            parent = psutil.Process(server.pid)
            found += [parent, *parent.children(recursive=True)]
        return found

    async def _is_quiet(self) -> bool:
        """Two looks, because between an outbox and an inbox an event is in neither."""
        for _ in range(2):
            if await self.value(_BUSY):
                return False
            before = await self.value(_HEARD)
            await asyncio.sleep(_BETWEEN_LOOKS)
            if before != await self.value(_HEARD):
                return False
        return True


@asynccontextmanager
async def system(place: Place, name: str, *, apart: bool = False) -> AsyncIterator[System]:
    """Migrate a fresh database, start the services and wait until they are ready."""
    url = await place.database(name)
    await migrate(make_engine(place.settings(url), "bench"), NAMES)
    data = place.data / name
    data.mkdir()
    issuer = LocalIssuer.at(data)
    ports = {service: free_port() for service in NAMES} if apart else dict.fromkeys(NAMES, free_port())
    groups = [(service,) for service in NAMES] if apart else [NAMES]
    environment = _environment(place, url, data) | {
        "MASHANG_NOTIFY_REGISTRY_URL": f"http://127.0.0.1:{ports['registry']}",
        "MASHANG_NOTIFY_REGISTRY_TOKEN": issuer.token("notify", ["integrator"], source="notify"),
    }
    with ExitStack() as running:
        began = time.perf_counter()
        processes = [running.enter_context(_process(group, ports[group[0]], environment, data)) for group in groups]
        asking = await asyncpg.connect(url)
        started = System(url, issuer.token("bench", ["bureau", "admin"]), ports, processes, asking)
        await until(lambda: _ready(started), patience=_START_PATIENCE)
        started.started_in = time.perf_counter() - began
        try:
            yield started
        finally:
            await asking.close()


def _environment(place: Place, url: str, data: Path) -> dict[str, str]:
    own = {"URL": url, "DATA": str(data)}
    return {
        **os.environ,
        "MASHANG_DATABASE_URL": own["URL"],
        "MASHANG_NATS_URL": place.nats.url,
        "MASHANG_DATA": own["DATA"],
        "MASHANG_LOG_LEVEL": "WARNING",
    }


@contextmanager
def _process(
    services: Sequence[str], port: int, environment: Mapping[str, str], data: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    with (data / f"{services[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", *services],
            env={**environment, "MASHANG_PORT": str(port)},
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


async def _ready(started: System) -> bool:
    for process in started.processes:
        assert process.poll() is None, f"a process of services ended with {process.returncode}"
    try:
        for service in dict(zip(started.ports.values(), started.ports, strict=True)).values():
            async with started.http(service) as http:
                if (await http.get("/readyz")).status_code != httpx.codes.OK:
                    return False
    except httpx.HTTPError:
        return False
    return True
