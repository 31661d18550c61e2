"""The life that both embedded servers share: claim the folder, end a leftover, launch, wait until ready, stop."""

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import psutil

from mashang.embedded.folder import DataFolder, EmbeddedError, free_port, is_free
from mashang.embedded.process import end, spawn

_READY_WITHIN = 120.0  # recovery after a kill reads the log back, which can take long on a slow disk
_LOOK_EVERY = 0.005
_PORTS_TO_TRY = 5


class Server(ABC):
    """One server with one data folder, listening on one port of 127.0.0.1.

    Calls block, so start it before the event loop or in a thread. Without a port it takes a free one and keeps it over
    kill and restart. Use it as a context manager, or call `stop`.
    """

    name: ClassVar[str]
    user: int | None = None
    goodbye: signal.Signals = signal.SIGTERM
    environment: ClassVar[Mapping[str, str]] = {}

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = DataFolder(folder)
        self._port = port
        self._process: psutil.Popen | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where and as whom a client connects; it holds the password."""

    @abstractmethod
    def prepare(self) -> None:
        """Make data, and end what a dead parent left running."""

    @abstractmethod
    def command(self) -> list[str]:
        """What to run, now that the port is chosen."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the running process takes clients."""

    @property
    def port(self) -> int:
        """The port it listens on, known from the first start."""
        if self._port is None:
            message = f"{self.name} was never started"
            raise EmbeddedError(message)
        return self._port

    @property
    def pid(self) -> int:
        """The process that listens; PostgreSQL's others are its children."""
        if self._process is None:
            message = f"{self.name} is not running"
            raise EmbeddedError(message)
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process is there; false after a crash."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start and wait until clients are taken; EmbeddedError says in one line why not."""
        if self.is_running:
            return self
        self.folder.claim()
        try:
            self.prepare()
            self._launch()
        except BaseException:
            self.kill()
            self.folder.release()
            raise
        return self

    def stop(self) -> None:
        """End it cleanly and let go of the folder; data stays."""
        if self._process is not None:
            end(self._process, self.goodbye)
            self._process.wait()
            self._process = None
        self.folder.release()

    def kill(self) -> None:
        """What a crash would do (kill -9); `start` afterwards recovers on the same port."""
        if self._process is not None:
            end(self._process, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop cleanly and start on the same port and data."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _launch(self) -> None:
        """Take the port that was asked for, or a free one; a neighbour may be quicker, so look for another a few times."""
        chosen = self._port
        for _ in range(1 if chosen else _PORTS_TO_TRY):
            self._port = chosen or free_port()
            if is_free(self._port) and self._comes_up():
                return
        message = f"{self.name}: port {self._port} is in use: stop what listens there, or choose another port"
        self._port = chosen
        raise EmbeddedError(message)

    def _comes_up(self) -> bool:
        """Whether it got the port; any other failure is raised."""
        with self.folder.writing():
            self._process = spawn(self.command(), self.folder, user=self.user, goodbye=self.goodbye, environment=self.environment)
        deadline = time.monotonic() + _READY_WITHIN
        while self.is_running and time.monotonic() < deadline:
            if self.is_ready():
                return True
            time.sleep(_LOOK_EVERY)
        if not self.is_running and self.folder.log_says("address already in use"):
            return False
        why = self.folder.last_words() if not self.is_running else f"not ready after {_READY_WITHIN:.0f} s"
        message = f"{self.name} did not start: {why} (log: {self.folder.log})"
        raise EmbeddedError(message)
