"""Connections to PostgreSQL: both ends notice when the other has vanished, and what belongs to a session passes a pooler by."""

import socket
from typing import Any

import asyncpg

from shared.settings import DatabaseSettings

_IDLE, _INTERVAL, _COUNT, _UNANSWERED = 10, 5, 3, 25
"""Seconds of silence before the first question, between questions, how many, and how long anything may stay unanswered."""
_OURS = (("TCP_KEEPIDLE", _IDLE), ("TCP_KEEPINTVL", _INTERVAL), ("TCP_KEEPCNT", _COUNT), ("TCP_USER_TIMEOUT", 1000 * _UNANSWERED))

NOTICES_SILENCE = {
    "tcp_keepalives_idle": str(_IDLE),
    "tcp_keepalives_interval": str(_INTERVAL),
    "tcp_keepalives_count": str(_COUNT),
    "tcp_user_timeout": str(1000 * _UNANSWERED),
}
"""What PostgreSQL is told, so that a host without power holds its locks for half a minute and not for hours."""


def notice_silence(connection: "asyncpg.Connection[Any]") -> None:
    """Our end: a question to a server that has vanished fails within half a minute. Sockets of a file system need none of it."""
    wire: socket.socket = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]  # noqa: SLF001 - it has no door for that
    if wire.family == socket.AF_UNIX:
        return
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OURS:
        if hasattr(socket, name):
            wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def dedicated(settings: DatabaseSettings, application: str, **options: Any) -> "asyncpg.Connection[Any]":
    """A session of one's own, past any pooler: its locks and its LISTEN end with it, and only with it. Options are asyncpg's."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(
        settings.straight().database_url.get_secret_value(),
        timeout=5,
        server_settings={"application_name": application, "timezone": "UTC", **NOTICES_SILENCE},
        **options,
    )
    notice_silence(connection)
    return connection
