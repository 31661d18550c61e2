"""What a server's data folder gives it: one owner at a time, a secret that lasts, and a port that is free."""

import contextlib
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from shared.key_files import KeyFileBroken, kept

# Below the range from which the kernel takes ports for outgoing connections (32768 and up on Linux, 49152 elsewhere).
# Inside it, a client that keeps knocking while its server restarts can be given the very port it knocks at, and so hold it.
_PORTS = range(15_000, 32_000)
_SHORTEST_PASSWORD = 8
_BLAME = ("FATAL", "PANIC", "[FTL]", "[ERR]", "error:")
_NO_BLAME = ("the database system is",)  # starting up, or in recovery: told to a client that came too early


class EmbeddedError(Exception):
    """A server cannot run; the text is one line that says why and what to do."""


class DataFolder:
    """The folder in which one server keeps its data, its log and its secret."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.log = self.path / "log"
        self._lock: IO[str] | None = None

    def claim(self) -> None:
        """Own the folder until `release`, or until this process ends in whatever way."""
        if self._lock is not None:
            return
        with self.writing():
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            message = f"{self.path} is in use by process {owner}: stop it, or choose another data folder"
            raise EmbeddedError(message) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Let another process have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def secret(self) -> str:
        """The password of this server, made once; only the owner of the file may read it."""
        try:
            with self.writing():
                return kept(self.path / "password", _fresh_password, fits=_is_password).decode("ascii")
        except KeyFileBroken as broken:
            raise EmbeddedError(broken.text("en")) from None

    def log_says(self, words: str) -> bool:
        """Whether the server's log of this start holds the words."""
        return words in self.log.read_text("utf-8", "replace").lower()

    def last_words(self) -> str:
        """The line of the log that best tells why the server ended: the first that blames something, or the last of all."""
        lines = [line.strip() for line in self.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        blaming = [line for line in lines if any(word in line for word in _BLAME) and not any(word in line for word in _NO_BLAME)]
        return (blaming or lines[-1:] or ["it said nothing"])[0]

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Turns a failing disk into one clear line."""
        try:
            yield
        except OSError as error:
            message = f"{self.path} cannot be used: {error.strerror or error}"
            raise EmbeddedError(message) from error


def _fresh_password() -> bytes:
    return secrets.token_urlsafe(24).encode("ascii")


def _is_password(content: bytes) -> bool:
    return content.isascii() and len(content.strip()) >= _SHORTEST_PASSWORD


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, and that nobody holds or has just used."""
    while not _is_bindable(port := secrets.choice(_PORTS), reuse=False):
        pass
    return port


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of 127.0.0.1; connections that are still closing do not count."""
    return _is_bindable(port, reuse=True)


def _is_bindable(port: int, *, reuse: bool) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
