"""What a trial of notify stands on: durable servers, a directory, the simulator, and notify under a supervisor."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from nats.aio.client import Client

from shared.database import make_engine
from shared.database.migrations import migrate
from tests.faults import collecting
from tests.faults.ground import Ground, ground
from tests.faults.notify import town
from tests.faults.notify.cast import HURRY
from tests.faults.supervisor import Supervisor, Ward
from tests.support.ports import free_port
from tests.support.running import until
from tests.support.service import settings_for

_ACK_WAIT = 3.0
_HURRIED = {HURRY: "1", "MASHANG_NOTIFY_LEASE_SECONDS": "8"}


@dataclass(slots=True)
class Stage:
    """Everything at hand; addresses are those of HTTP servers."""

    land: Ground
    supervisor: Supervisor
    ward: Ward
    bus: Client
    simulator: str
    http: httpx.AsyncClient
    rows: "asyncpg.Pool[Any]" = field(repr=False)

    @property
    def arrived(self) -> Path:
        """The simulator's ledger: whatever is in it was taken by a provider."""
        return self.land.folder / "simulator" / "messages.jsonl"

    async def value(self, query: str, *arguments: Any) -> Any:
        """The first column of the first row."""
        return await self.rows.fetchval(query, *arguments)

    async def tell_simulator(self, method: str, path: str, **body: Any) -> None:
        """Change how it behaves."""
        answer = await self.http.request(method, f"{self.simulator}/api/{path}", json=body or None)
        assert answer.is_success, answer.text


@contextlib.asynccontextmanager
async def stage(
    folder: Path, *, people: int, officers: int, hurried: bool = False, more: dict[str, str] | None = None
) -> AsyncIterator[Stage]:
    """A fresh one; ``people`` is how many sites the town has, ``officers`` how many of them have one; ``more`` are settings.

    Closed in whatever way the trial ends.
    """
    with ground(folder) as land, contextlib.ExitStack() as processes:
        await migrate(make_engine(settings_for(land.postgres.url, Path()), "migrate"), ["notify"])
        await town.settle(land.postgres.url, people, officers)
        directory, simulator, own = free_port(), free_port(), free_port()
        receipts = f"http://127.0.0.1:{own}/api/notify/receipts"
        state = ("--state", str(folder / "simulator"), "--port", str(simulator), "--callback-url", receipts)
        processes.enter_context(_process(folder, "directory", "tests.faults.notify.directory", str(directory)))
        processes.enter_context(_process(folder, "simulator", "services.notify.simulator", *state))
        environment = _environment(land, directory, simulator, own) | (more or {}) | (_HURRIED if hurried else {})
        ward = Ward("notify", "notify", ("notify",), environment, folder / "logs" / "notify.log", port=own)
        supervisor = Supervisor()
        processes.callback(supervisor.close)
        async with contextlib.AsyncExitStack() as open_:
            http = await open_.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=20))
            await until(lambda: _answers(http, f"http://127.0.0.1:{directory}/livez", f"http://127.0.0.1:{simulator}/"))
            supervisor.add(ward)
            await supervisor.all_ready(240)
            bus = await collecting.connect(land.nats.url)
            open_.push_async_callback(bus.close)
            rows = await open_.enter_async_context(asyncpg.create_pool(land.postgres.url, min_size=1, max_size=4))
            watching = asyncio.create_task(supervisor.watch())
            try:
                yield Stage(land, supervisor, ward, bus, f"http://127.0.0.1:{simulator}", http, rows)
            finally:
                supervisor.closing = True
                await asyncio.gather(watching, return_exceptions=True)


def _environment(land: Ground, directory: int, simulator: int, own: int) -> dict[str, str]:
    return land.environment(_ACK_WAIT) | {
        "MASHANG_NOTIFY_FILES_ONLY": "false",
        "MASHANG_NOTIFY_SIMULATOR_URL": f"http://127.0.0.1:{simulator}",
        "MASHANG_NOTIFY_REGISTRY_URL": f"http://127.0.0.1:{directory}",
        "MASHANG_NOTIFY_REGISTRY_TOKEN": "directory",
        "MASHANG_NOTIFY_PUBLIC_URL": f"http://127.0.0.1:{own}",
        "MASHANG_LOG_LEVEL": "WARNING",
    }


@contextlib.contextmanager
def _process(folder: Path, name: str, *words: str) -> Iterator[None]:
    with (folder / "logs" / f"{name}.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", *words], stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()


async def _answers(http: httpx.AsyncClient, *urls: str) -> bool:
    try:
        return all([(await http.get(url)).is_success for url in urls])
    except httpx.HTTPError:
        return False
