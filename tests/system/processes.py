"""Processes of the system under test: started with an environment of their own, watched by their log, ended by a signal."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from shared.web.identity import LocalIssuer
from tests.architecture.committed import ROOT
from tests.mashang.command import Said, mashang
from tests.support.serving import trusted

_PATIENCE_SECONDS = 120.0


def until(condition: Callable[[], Any], patience: float = _PATIENCE_SECONDS) -> Any:
    """The first true answer; fails with the last one when patience ends."""
    deadline = time.monotonic() + patience
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"never came true; the last answer was {answer!r}"
        time.sleep(0.02)
    return answer


@dataclass(frozen=True, slots=True)
class Running:
    """One process of ours."""

    process: "subprocess.Popen[bytes]"
    data: Path
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def words(self) -> str:
        """All that it has said so far, on both channels."""
        return self.log.read_text("utf-8", "replace")

    def family(self) -> list[psutil.Process]:
        """It, and what it has started."""
        itself = psutil.Process(self.process.pid)
        return [itself, *itself.children(recursive=True)]

    def client(self, *roles: str, **claims: Any) -> httpx.Client:
        """A signed-in client."""
        token = LocalIssuer.at(self.data).token("tester", roles, **claims)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=trusted())

    def is_ready(self) -> bool:
        """Whether every check of its readiness is green."""
        assert self.process.poll() is None, self.words()
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", verify=trusted()).status_code == httpx.codes.OK
        return False

    def ends(self, by: signal.Signals) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(by)
        return self.process.wait(_PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Instance(Running):
    """``mashang up``: everything in one process."""

    def says(self, *words: str) -> Said:
        """What a command says that finds the instance by its data folder."""
        return mashang(*words, data=self.data)

    @property
    def addresses(self) -> dict[str, Any]:
        """What it left for commands."""
        found: dict[str, Any] = json.loads((self.data / "instance.json").read_text("utf-8"))
        return found

    def server(self, program: str) -> psutil.Process:
        """One of its two servers."""
        return next(child for child in psutil.Process(self.process.pid).children() if child.name() == program)


def start(words: Sequence[str], data: Path, port: int, **settings: object) -> Running:
    """One ``mashang …`` whose environment holds these settings and no others; its log lies beside the data folder."""
    data.parent.mkdir(parents=True, exist_ok=True)
    named = {f"MASHANG_{name.upper()}": str(value) for name, value in {"data": data, "port": port, **settings}.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MASHANG_")}
    log = data.with_name(f"{data.name}-{port}.log")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in a shell's background: our children would be deaf to Ctrl-C too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with log.open("wb") as words_go_to:
        process = subprocess.Popen(
            [sys.executable, "-m", "mashang", *words],
            env=kept | named,
            stdout=words_go_to,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    return Running(process, data, port, log)


@contextlib.contextmanager
def up(data: Path, port: int, *options: str, **settings: object) -> Iterator[Instance]:
    """An instance that is ready and has its demo ledger; ended at the end, if the test has not done so."""
    begun = start(["up", *options], data, port, **settings)
    instance = Instance(begun.process, data, port, begun.log)
    try:
        until(lambda: "Ctrl-C" in instance.words() or instance.process.poll() is not None)
        until(instance.is_ready)
        yield instance
    finally:
        if instance.process.poll() is None:
            instance.ends(signal.SIGINT)
