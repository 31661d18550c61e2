"""The four services as four processes on servers of their own, behind one origin, as an ingress would put them."""

import contextlib
import http.client
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from services.__main__ import NAMES
from shared.web.identity import LocalIssuer
from tests.mashang.command import Said, mashang
from tests.support import servers
from tests.support.ports import free_port
from tests.system.processes import Running, start, until


@dataclass(frozen=True, slots=True)
class Split:
    """Everything that a command needs to talk to them as to one."""

    services: Mapping[str, Running]
    data: Path
    url: str
    database_url: str
    nats_url: str

    def says(self, *words: str) -> Said:
        """What a command says that is given the addresses by settings."""
        here = {"public_url": self.url, "database_url": self.database_url, "nats_url": self.nats_url}
        return mashang(*words, data=self.data, **here)


@contextlib.contextmanager
def split(data: Path) -> Iterator[Split]:
    """Migrated, started side by side, and ready."""
    with servers.own_postgres(durable=False) as postgres, servers.own_nats() as nats, contextlib.ExitStack() as stack:
        urls = {"database_url": postgres.url, "nats_url": nats.url}
        assert mashang("migrate", data=data, **urls).code == 0
        ports = {name: free_port() for name in NAMES}
        token = LocalIssuer.at(data).token("notify", ["integrator"], source="notify")
        registry = {"notify_registry_url": f"http://127.0.0.1:{ports['registry']}", "notify_registry_token": token}
        running = {name: start(["run", name], data, ports[name], **urls, **registry) for name in NAMES}
        for process in running.values():
            stack.callback(process.ends, signal.SIGTERM)
        until(lambda: all(process.is_ready() for process in running.values()))
        yield Split(running, data, stack.enter_context(_ingress(ports)), **urls)


@contextlib.contextmanager
def _ingress(ports: Mapping[str, int]) -> Iterator[str]:
    """One origin: ``/api/<service>`` goes to the process of that service."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(ports))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(ports: Mapping[str, int]) -> type[BaseHTTPRequestHandler]:
    class Forward(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            upstream = http.client.HTTPConnection("127.0.0.1", ports[self.path.split("/")[2]], timeout=60)
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("content-type", answer.getheader("content-type", "application/json"))
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            upstream.close()

        do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 - the names that the library looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    return Forward
