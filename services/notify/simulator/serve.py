"""Runs the simulator as a process of its own: its HTTP port, and an SMTP port where one is wished."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from services.notify.simulator.app import simulator_app
from services.notify.simulator.letters import smtp_server
from shared.settings import Settings
from shared.web.server import listening_socket


def serve(  # noqa: PLR0913 - the words of a command line
    state_dir: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8090,
    smtp_port: int | None = None,
    callback_url: str | None = None,
    announce: Callable[[str], None] = lambda _url: None,
) -> None:
    """Serve until a signal comes; ``announce`` is told the address once it is ours. Raises PortTaken."""
    listener = listening_socket(Settings.model_validate({"host": host, "port": port}))
    announce(f"http://{host}:{listener.getsockname()[1]}/")
    asyncio.run(_serve(simulator_app(state_dir, callback_url=callback_url), listener, (host, smtp_port)))


async def _serve(app: FastAPI, listener: socket.socket, smtp: tuple[str, int | None]) -> None:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1))
    async with AsyncExitStack() as stack:
        host, smtp_port = smtp
        if smtp_port is not None:
            await stack.enter_async_context(smtp_server(app.state.exchange, host, smtp_port))
        await server.serve(sockets=[listener])
