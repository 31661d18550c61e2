"""The toy services as a process of their own under a test's eyes: what it answers, what it prints, how it ends."""

import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from shared.web.identity import LocalIssuer
from tests.support.ports import free_port
from tests.support.running import until
from tests.support.serving import trusted


@dataclass
class Toy:
    """One process of the toy services and what it prints."""

    process: "subprocess.Popen[str]"
    port: int
    token: str
    log: Path

    def post(self) -> httpx.Response:
        return httpx.post(
            f"http://127.0.0.1:{self.port}/api/sender/letters",
            json={},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
            verify=trusted(),
        )

    async def is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            async with httpx.AsyncClient(timeout=10, verify=trusted()) as http:
                checks = (await http.get(f"http://127.0.0.1:{self.port}/readyz")).json()["checks"]
            return all(answer == "ok" for name, answer in checks.items() if name != "migrations")
        return False

    async def ends(self) -> int:
        async def ended() -> bool:
            return self.process.poll() is not None

        await until(ended)
        return self.process.returncode

    def says(self) -> str:
        return self.log.read_text(encoding="utf-8")

    async def says_at_last(self, words: str) -> None:
        async def said() -> bool:
            return words in self.says()

        await until(said)


@contextlib.asynccontextmanager
async def toy(database: str, nats_url: str, data: Path, port: int | None = None, **more: str) -> AsyncIterator[Toy]:
    chosen = port or free_port()
    environment = {
        **os.environ,
        "MASHANG_DATABASE_URL": database,
        "MASHANG_NATS_URL": nats_url,
        "MASHANG_PORT": str(chosen),
        "MASHANG_DATA": str(data),
        "MASHANG_STREAM_MAX_BYTES": str(64 * 1024**2),
        **more,
    }
    log = data / "log.txt"
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: ASYNC220 - started once, waited for by polling
            [sys.executable, "-m", "tests.support.toy_process"], env=environment, stdout=out, stderr=subprocess.STDOUT, text=True
        )
    running = Toy(process, chosen, LocalIssuer.at(data).token("tester", ["bureau"]), log)
    try:
        yield running
    finally:
        process.kill()
        process.wait()
