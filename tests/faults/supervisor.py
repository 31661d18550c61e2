"""Starts processes, keeps the book of how they end, and starts them again at once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from tests.faults.evidence import Exit
from tests.faults.nest import hatch
from tests.support.ports import free_port
from tests.support.serving import trusted

_LOOK_EVERY = 0.02
_TOO_OFTEN = 25
_DRAINED_WITHIN = 25.0


class Life(Protocol):
    """What a supervisor needs of a process, however it was started."""

    @property
    def pid(self) -> int:
        """The number of the process."""

    def poll(self) -> int | None:
        """The exit code, or None while it lives."""

    def wait(self, patience: float, /) -> object:
        """Wait for the end, not for ever."""


class NeverReadyError(AssertionError):
    """A process did not come up; the text is the end of its log."""


@dataclass(slots=True)
class Ward:
    """One process under supervision, on one port over all its lives; ``cold`` lives begin with an empty interpreter."""

    name: str
    cast: str
    services: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    cold: bool = False
    process: Life | None = None
    cause: str | None = None
    retired: bool = False
    lives: int = 0
    fell: int = 0

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin a life."""
        self.lives += 1
        words, environment = (self.cast, *self.services), {**self.environment, "MASHANG_PORT": str(self.port)}
        self.process = _launch(words, environment, self.log) if self.cold else hatch(words, environment, self.log)

    def twin(self) -> "Ward":
        """A second process of the same services, on a port of its own."""
        return Ward(f"{self.name}-twin", self.cast, self.services, self.environment, self.log, cold=self.cold)

    def send(self, number: signal.Signals, cause: str | None = None) -> None:
        """Send a signal; ``cause`` explains the death that follows."""
        if self.process is not None and self.process.poll() is None:
            self.cause = cause or self.cause
            os.kill(self.process.pid, number)

    @property
    def is_alive(self) -> bool:
        """Whether there is a process just now."""
        return self.process is not None and self.process.poll() is None

    async def is_ready(self) -> bool:
        """Whether database, bus and consumers are as they should be; toys have no migrations."""
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False, verify=trusted()) as http:
                checks = (await http.get(f"{self.address}/readyz")).json()["checks"]
        except (httpx.HTTPError, ValueError, KeyError):
            return False
        return all(answer == "ok" for name, answer in checks.items() if name not in {"migrations", "outbox", "workers"})

    async def readiness(self) -> Mapping[str, str]:
        """What readiness says in words, or nothing while nobody answers."""
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False, verify=trusted()) as http:
                checks: Mapping[str, str] = (await http.get(f"{self.address}/readyz")).json()["checks"]
        except (httpx.HTTPError, ValueError, KeyError):
            return {}
        return checks

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_bytes()[-3000:].decode("utf-8", "replace")


@dataclass(slots=True)
class Supervisor:
    """Restarts whatever exits, without asking why, as a supervisor does; the book keeps the why."""

    wards: dict[str, Ward] = field(default_factory=dict)
    exits: list[Exit] = field(default_factory=list)
    closing: bool = False
    drained: list[int | None] = field(default_factory=list)

    def add(self, ward: Ward) -> Ward:
        """Take a ward on and start it."""
        self.wards[ward.name] = ward
        ward.start()
        return ward

    def ward_of(self, service: str) -> Ward:
        """The process that runs a service."""
        return next(ward for ward in self.wards.values() if service in ward.services and not ward.retired)

    async def watch(self) -> None:
        """Look until cancelled."""
        while not self.closing:
            for ward in list(self.wards.values()):
                self._look_at(ward)
            await asyncio.sleep(_LOOK_EVERY)

    def _look_at(self, ward: Ward) -> None:
        code = ward.process.poll() if ward.process is not None else None
        if code is None or self.closing:
            return
        self.exits.append(Exit(ward.name, time.time(), code, ward.cause))
        ward.fell = ward.fell + 1 if ward.cause is None else 0
        ward.cause, ward.process = None, None
        if ward.fell > _TOO_OFTEN:
            message = f"{ward.name} does not stay up:\n{ward.last_words()}"
            raise NeverReadyError(message)
        if not ward.retired:
            ward.start()

    async def all_ready(self, patience: float) -> None:
        """Wait until every ward is ready; raises NeverReadyError with the log of the one that is not."""
        until = time.monotonic() + patience
        for ward in list(self.wards.values()):
            while not ward.retired and not await ward.is_ready():
                if time.monotonic() > until:
                    message = f"{ward.name} is not ready: {await ward.readiness()}\n{ward.last_words()}"
                    raise NeverReadyError(message)
                await asyncio.sleep(0.1)

    def close(self) -> None:
        """End everything politely, then by force."""
        self.closing = True
        alive = [ward.process for ward in self.wards.values() if ward.process is not None and ward.process.poll() is None]
        for process in alive:
            os.kill(process.pid, signal.SIGCONT)
            os.kill(process.pid, signal.SIGTERM)
        for process in alive:
            try:
                process.wait(_DRAINED_WITHIN)
            except (subprocess.TimeoutExpired, TimeoutError):
                os.kill(process.pid, signal.SIGKILL)
                process.wait(_DRAINED_WITHIN)
        self.drained = [process.poll() for process in alive]


def _launch(words: Sequence[str], environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as out:
        return subprocess.Popen([sys.executable, "-m", "tests.faults.doomed", *words], env=environment, stdout=out, stderr=out)
