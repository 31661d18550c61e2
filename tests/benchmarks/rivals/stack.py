"""A rival of the chain, running: its tables, its processes, its Redis where it needs one, and what is asked of them."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from nats.js.api import StreamConfig

from shared.identifiers import new_id
from tests.benchmarks import crowd
from tests.benchmarks.place import Place
from tests.benchmarks.rivals import ground
from tests.support.ports import free_port
from tests.support.running import until

_PATIENCE = 300.0
_WORKERS = 4
_TIMES = """
    SELECT extract(epoch FROM told.at - h.created_at) * 1000 AS notice,
           extract(epoch FROM i.heard_at - h.created_at) * 1000 AS level
    FROM hazards h LEFT JOIN inbox i ON i.event_id = h.id AND i.handler = 'level'
    LEFT JOIN (SELECT cause_id, min(accepted_at) AS at FROM notices GROUP BY cause_id) told ON told.cause_id = h.id
    WHERE h.created_at > to_timestamp($1)
"""
_DONE = (
    "SELECT (SELECT count(*) FROM notices WHERE accepted_at IS NOT NULL), (SELECT count(*) FROM inbox WHERE handler = 'level')"
)


@dataclass(slots=True)
class Stack:
    """A rival that answers."""

    url: str
    port: int
    processes: Sequence["subprocess.Popen[bytes]"]
    started_in: float
    sent: int = 0

    def reports(self, count: int, sites: Sequence[str], item: str) -> crowd.Requests:
        """The same reports as ours."""
        asked = ({"id": str(new_id()), "site_id": sites[number % len(sites)], "item": item} for number in range(count))
        bodies = [crowd.as_body(body) for body in asked]
        self.sent += count
        return crowd.Requests(self.port, ground.PATH, "none", bodies)

    async def settled(self) -> None:
        """Wait until every report led to its level and its notices."""
        connection = await asyncpg.connect(self.url)

        async def done() -> bool:
            (notices, levels), *_ = await connection.fetch(_DONE)
            return int(notices) >= self.sent * len(ground.PEOPLE) and int(levels) >= self.sent

        await until(done, patience=_PATIENCE)
        await connection.close()

    async def times(self, since: float) -> list[Any]:
        """Milliseconds from each report's transaction to its level and its first notice."""
        connection = await asyncpg.connect(self.url)
        rows = await connection.fetch(_TIMES, since)
        await connection.close()
        return list(rows)

    def family(self, place: Place) -> list[psutil.Process]:
        """Every process that the rival consists of: its own, PostgreSQL with its children, NATS."""
        roots = [psutil.Process(process.pid) for process in self.processes]
        roots += [psutil.Process(server.pid) for server in (place.postgres, place.nats) if server.pid]
        return [process for root in roots for process in (root, *root.children(recursive=True))]


def missing_for_celery() -> str:
    """What is not installed; empty where everything is there."""
    absent = [name for name in ("celery", "redis", "psycopg") if importlib.util.find_spec(name) is None]
    return ", ".join([*absent, *(() if shutil.which("redis-server") else ("redis-server",))])


@asynccontextmanager
async def stack(place: Place, name: str) -> AsyncIterator[Stack]:
    """Fresh tables and streams, then the rival ``by_<name>`` until it answers."""
    url = await place.database(f"rival_{name}")
    connection = await asyncpg.connect(url)
    await connection.execute(ground.TABLES)
    await connection.close()
    await _fresh_stream(place)
    module, port, data = f"tests.benchmarks.rivals.by_{name}", free_port(), place.data / f"rival_{name}"
    data.mkdir()
    environment = {
        **os.environ,
        "BENCH_PORT": str(port),
        "BENCH_DATABASE": url,
        "BENCH_NATS": place.nats.url,
        "BENCH_FILE": str(data / "notices.jsonl"),
    }
    with ExitStack() as running:
        processes = []
        if name == "celery":
            redis = free_port()
            environment["BENCH_REDIS"] = f"redis://127.0.0.1:{redis}/0"
            processes.append(running.enter_context(_process(_redis(redis, data), environment, data / "redis.log")))
        began = time.perf_counter()
        processes.append(running.enter_context(_process([sys.executable, "-m", module], environment, data / "api.log")))
        if name == "celery":
            worker = [sys.executable, "-m", "celery", "-A", f"{module}:celery", "worker", "-c", str(_WORKERS), "-l", "ERROR"]
            processes.append(running.enter_context(_process(worker, environment, data / "worker.log")))
        await until(lambda: _answers(port), patience=_PATIENCE)
        yield Stack(url, port, processes, time.perf_counter() - began)


async def _fresh_stream(place: Place) -> None:
    async with place.bus(place.settings(place.postgres.url)) as bus:
        js = bus.jetstream()
        if ground.STREAM in [info.config.name for info in await js.streams_info()]:
            await js.delete_stream(ground.STREAM)
        await js.add_stream(StreamConfig(name=ground.STREAM, subjects=["chain.>"], allow_atomic=True, duplicate_window=7200))


def _redis(port: int, data: Path) -> list[str]:
    """As durable as the others: each command is on the disk before it is answered."""
    return [
        "redis-server",
        "--port",
        str(port),
        "--dir",
        str(data),
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
        "--save",
        "",
    ]


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


async def _answers(port: int) -> bool:
    try:
        async with httpx.AsyncClient() as http:
            return (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
