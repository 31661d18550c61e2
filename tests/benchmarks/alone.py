"""One service running alone as ``mashang run`` runs it: a process of its own, its database and bus on the benchmark's servers."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from shared.database import make_engine
from shared.database.migrations import migrate
from shared.settings import Settings
from shared.web.identity import LocalIssuer
from tests.benchmarks.memory import busy_seconds
from tests.benchmarks.place import Place
from tests.support.ports import free_port
from tests.support.running import until

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Alone:
    """The running service: its process, where it answers, a token for it, and the settings with which it runs."""

    pid: int
    port: int
    token: str
    settings: Settings

    def http(self) -> httpx.AsyncClient:
        """A signed-in client."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=120)

    def busy_seconds(self) -> float:
        """Processor time that the process has used so far: what it costs however busy others keep the machine."""
        return busy_seconds([psutil.Process(self.pid)])

    def most_memory_mb(self) -> float:
        """The most that the process has ever held (VmHWM), shared pages counted in full."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


@asynccontextmanager
async def alone(place: Place, service: str, name: str) -> AsyncIterator[Alone]:
    """Migrate a fresh database, start the service in a process of its own, wait until it is ready; stop it at the end."""
    settings = place.settings(await place.database(name))
    await migrate(make_engine(settings, "bench"), [service])
    data, port = place.data / name, free_port()
    data.mkdir()
    environment = {
        **os.environ,
        "MASHANG_DATABASE_URL": settings.database_url.get_secret_value(),
        "MASHANG_NATS_URL": place.nats.url,
        "MASHANG_DATA": str(data),
        "MASHANG_LOG_LEVEL": "WARNING",
        "MASHANG_PORT": str(port),
    }
    token = LocalIssuer.at(data).token("bench", ["bureau"])
    with _process(service, environment, data / "service.log") as pid:
        started = Alone(pid, port, token, settings)
        await until(lambda: _ready(started), patience=_PATIENCE)
        yield started


@contextmanager
def _process(service: str, environment: dict[str, str], told: Path) -> Iterator[int]:
    with told.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "services", service], env=environment, stdout=log, stderr=log)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)


async def _ready(started: Alone) -> bool:
    try:
        async with started.http() as http:
            return (await http.get("/readyz")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
