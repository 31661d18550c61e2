"""One connection to NATS for a command: it gives up soon, and says why in one line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
from nats.aio.client import Client
from nats.errors import Error

from shared.errors import Unavailable
from shared.messaging.connection import credentials_of
from shared.settings import Settings


class NoBus(Unavailable):
    """NATS does not answer, or does not let us in."""

    code = "no_bus"
    zh = "连不上 NATS（{reason}）；请启动它，或更正 MASHANG_NATS_URL"
    en = "NATS cannot be reached ({reason}): start it, or correct MASHANG_NATS_URL"


@asynccontextmanager
async def bus(settings: Settings, name: str) -> AsyncIterator[Client]:
    """A connected client, closed at the end. Raises NoBus."""
    reasons: list[Exception] = []

    async def note(error: Exception) -> None:
        reasons.append(error)

    try:
        client = await nats.connect(
            settings.nats_url.get_secret_value().split(","),
            name=f"mashang-{name}",
            error_cb=note,
            connect_timeout=3,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            **credentials_of(settings),
        )
    except (Error, OSError, TimeoutError) as error:
        raise NoBus(reason=type(reasons[0] if reasons else error).__name__) from None
    try:
        yield client
    finally:
        await client.close()
