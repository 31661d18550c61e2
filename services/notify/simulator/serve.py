"""Runs the simulator as a process of its own: its HTTP port, and an SMTP port where one is wished."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import uvicorn

from services.notify.simulator.app import simulator_app
from services.notify.simulator.letters import smtp_server
from shared.settings import Settings
from shared.web.server import listening_socket


def serve(
    state_dir: Path, *, host: str = "127.0.0.1", port: int = 8090, smtp_port: int | None = None, callback_url: str | None = None
) -> None:
    """Serve until a signal comes. Raises PortTaken."""
    asyncio.run(_serve(state_dir, (host, port, smtp_port), callback_url))


async def _serve(state_dir: Path, where: tuple[str, int, int | None], callback_url: str | None) -> None:
    host, port, smtp_port = where
    listener = listening_socket(Settings.model_validate({"host": host, "port": port}))
    app = simulator_app(state_dir, callback_url=callback_url)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1))
    async with AsyncExitStack() as stack:
        if smtp_port is not None:
            await stack.enter_async_context(smtp_server(app.state.exchange, host, smtp_port))
        await server.serve(sockets=[listener])
