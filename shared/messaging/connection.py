"""Connections to NATS: never give up reconnecting, notice a frozen server, and treat a closed connection as fatal."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import nats
import structlog
from nats.aio.client import Client

from shared.settings import BusSettings

log = structlog.get_logger()

CLOSED_EXIT_CODE = 75
"""EX_TEMPFAIL: the supervisor starts the process again."""
_REFUSALS = 3
"""Refused so often in a row, the credentials are no longer good: a new process reads them anew."""


async def connect(
    settings: BusSettings,
    name: str,
    closed: Callable[[], Awaitable[None]],
    back: Callable[[], Awaitable[None]] | None = None,
    *,
    buffered: bool = True,
) -> Client:
    """A connection with its own inbox prefix (so that permissions can be per service).

    ``buffered=False`` is for the relay: a publish while the server is away fails at once and never lands late.
    ``back`` is called after each reconnection; ``closed`` when nats-py gives up for good, or when the server
    has refused the credentials several times in a row.
    """
    refusals = 0

    async def on_error(error: Exception) -> None:
        nonlocal refusals
        log.warning("bus_error", connection=name, error=type(error).__name__)
        if "authorization" in str(error).lower():
            refusals += 1
            if refusals == _REFUSALS:
                await closed()

    async def reconnected() -> None:
        nonlocal refusals
        refusals = 0
        if back is not None:
            await back()

    options = credentials_of(settings)
    if not buffered:
        options["pending_size"] = 0
    return await nats.connect(
        settings.nats_url.get_secret_value().split(","),
        name=f"mashang-{name}",
        inbox_prefix=f"_INBOX_{name.partition('-')[0]}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        connect_timeout=2,
        ping_interval=5,
        max_outstanding_pings=2,
        drain_timeout=10,
        error_cb=on_error,
        closed_cb=closed,
        reconnected_cb=reconnected,
        **options,
    )


def heed_cancellation() -> None:
    """Raises CancelledError where this task was meant to end and does not know: nats-py swallows that while it flushes.

    Whoever loops around a connection, or begins something long after having used one, asks.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def credentials_of(settings: BusSettings) -> dict[str, Any]:
    """What ``nats.connect`` is told of who we are and whom we trust."""
    options: dict[str, Any] = {}
    if settings.nats_credentials:
        options["user_credentials"] = str(settings.nats_credentials)
    if settings.nats_nkey_seed:
        options["nkeys_seed"] = str(settings.nats_nkey_seed)
    if settings.nats_tls_ca:
        options["tls"] = ssl.create_default_context(cafile=str(settings.nats_tls_ca))
    return options
