"""``mashang up``: how long until the first page on an empty folder, on a used one, and what it takes in memory."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.benchmarks.figures import Figure
from tests.benchmarks.memory import proportional_mb
from tests.benchmarks.place import Place
from tests.support.ports import free_port
from tests.support.running import until

_PATIENCE = 180.0
_REST_SECONDS = 5.0
_NOT_KEPT = ("MASHANG_", "PYTHON")  # a machine on which Python compiles everything each time would measure that


async def measure(place: Place) -> list[Figure]:
    """First start with the demo ledger, second start, memory at rest."""
    data = place.data / "up"
    with _up(data) as (process, url, began):
        page = await _answers(url, "/", began)
        ready = await _answers(url, "/readyz", began)
        await _says(data, "Ctrl-C")
        loaded = time.perf_counter() - began
        await asyncio.sleep(_REST_SECONDS)
        root = psutil.Process(process.pid)
        memory = proportional_mb([root, *root.children(recursive=True)])
    with _up(data) as (_process, url, began):
        again = await _answers(url, "/readyz", began)
    return [
        Figure("mashang up, empty folder → first page", "s", page, goal="≤ 10", note=f"ready after {ready:.1f} s"),
        Figure("mashang up, empty folder → demo ledger loaded", "s", loaded, goal="≤ 10"),
        Figure("mashang up, second start → ready", "s", again, goal="≤ 6"),
        Figure("mashang up at rest: memory (proportional), everything", "MB", memory, goal="≤ 450", note="with the demo ledger"),
    ]


@contextmanager
def _up(data: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str, float]]:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_KEPT)}
    with data.with_suffix(".log").open("wb") as log:
        began = time.perf_counter()
        command = [sys.executable, "-m", "mashang", "up", "--port", str(port), "--data", str(data)]
        process = subprocess.Popen(command, env=kept, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process, f"http://127.0.0.1:{port}", began
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


async def _answers(url: str, path: str, began: float) -> float:
    """Seconds until the path answers 200."""
    async with httpx.AsyncClient(base_url=url, timeout=5) as http:

        async def there() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return (await http.get(path)).status_code == httpx.codes.OK
            return False

        await until(there, patience=_PATIENCE)
    return time.perf_counter() - began


async def _says(data: Path, words: str) -> None:
    log = data.with_suffix(".log")

    async def said() -> bool:
        return words in await asyncio.to_thread(log.read_text, "utf-8")

    await until(said, patience=_PATIENCE)
