"""A small HTTP server inside the test's own event loop, and what all clients of tests trust."""

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import AsyncIterator

import httpx
import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState


@functools.cache
def trusted() -> ssl.SSLContext:
    """The machine's certificates, read once: a client that reads them for itself takes longer than most tests."""
    return httpx.create_ssl_context()


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The address of the application on a free port, until the end of the block.

    Uvicorn's protocol without uvicorn's server, which takes two tenths of a second to end.
    """
    config = uvicorn.Config(app, log_level="critical")
    config.load()
    state = ServerState()
    async with app.router.lifespan_context(app):
        server = await asyncio.get_running_loop().create_server(
            lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),  # type: ignore[call-arg]
            sock=socket.create_server(("127.0.0.1", 0)),
        )
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for connection in list(state.connections):
                connection.shutdown()
            for task in state.tasks:
                task.cancel()
            await asyncio.gather(*state.tasks, return_exceptions=True)
