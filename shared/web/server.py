"""The listening socket and the HTTP server on it; signals belong to the process, not to the server."""

import contextlib
import os
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from shared.errors import MashangError
from shared.settings import Settings

_RESTING_SECONDS = 75
"""Longer than proxies rest a connection (60 s by habit): who closes first must not be the one who is about to be asked."""


class PortTaken(MashangError):
    """The HTTP port cannot be had."""

    code = "port_taken"
    zh = "端口 {port} 无法使用（{reason}）；请用 MASHANG_PORT 换一个端口"
    en = "Port {port} cannot be used ({reason}); choose another with MASHANG_PORT"


class HttpServer(uvicorn.Server):
    """Uvicorn without its own signal handling."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def http_server(app: ASGIApp, settings: Settings) -> HttpServer:
    """A server for the application that lets requests in hand finish when it is told to exit."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=int(settings.drain_seconds),
        timeout_keep_alive=_RESTING_SECONDS,
        ws="none",
        server_header=False,
    )
    return HttpServer(config)


def listening_socket(settings: Settings) -> socket.socket:
    """A bound socket for the HTTP port. Raises PortTaken with the reason in one line."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio switches Nagle off
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise PortTaken(port=settings.port, reason=os.strerror(error.errno or 0)) from None
    listener.listen(1024)
    return listener
