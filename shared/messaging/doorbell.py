"""Wake-ups after a commit: relay and workers of this process at once, those of other processes by a coalesced NOTIFY.

NOTIFY stays outside the transaction on purpose: inside, PostgreSQL takes a global lock that serialises every commit.
A wake-up that is lost costs half a second, because everything that is woken also looks by itself.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog

from shared.database.connection import dedicated
from shared.messaging.relay import Relay, channel_of
from shared.settings import Settings

log = structlog.get_logger()

_COALESCE_SECONDS = 0.02


@dataclass(slots=True)
class Doorbells:
    """Bells of one process: ``rung`` is called by the database after each commit of ``service``."""

    settings: Settings
    relays: dict[str, Relay] = field(default_factory=dict)
    _listeners: dict[tuple[str, str], list[asyncio.Event]] = field(default_factory=lambda: defaultdict(list))
    _abroad: set[str] = field(default_factory=set)
    _pending: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self, service: str, bell: str) -> asyncio.Event:
        """An event that is set whenever ``bell`` rings for ``service``, in this process or another."""
        event = asyncio.Event()
        self._listeners[service, bell].append(event)
        return event

    def rung(self, service: str, bells: frozenset[str], *, letters: bool) -> None:
        """A transaction of ``service`` committed: wake whom it concerns."""
        relay = self.relays.get(service)
        if letters and relay is not None:
            relay.doorbell.set()
        if letters and (relay is None or not relay.leading):
            self._tell_others(channel_of(service))
        for bell in bells:
            _wake(self._listeners.get((service, bell), ()))
            self._tell_others(bell_channel(service, bell))

    def _tell_others(self, channel: str) -> None:
        self._abroad.add(channel)
        self._pending.set()

    async def run(self) -> None:
        """Carry rings to and from other processes until cancelled; a lost connection is opened again."""
        while True:
            try:
                await self._session()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                log.info("doorbell_lost_database", error=type(error).__name__)
                await asyncio.sleep(0.5)

    async def _session(self) -> None:
        connection = await dedicated(self.settings, "mashang-doorbell", command_timeout=10)
        connection.add_termination_listener(lambda _: self._pending.set())
        try:
            await self._listen_to(connection)
            self._pending.set()
            while True:
                await self._pending.wait()
                await asyncio.sleep(_COALESCE_SECONDS)
                await self._carry(connection)
        finally:
            connection.terminate()

    async def _listen_to(self, connection: "asyncpg.Connection[Any]") -> None:
        """Hear the others from now on; what they told while nobody listened is lost, so everybody looks once."""
        own = await connection.fetchval("SELECT pg_backend_pid()")
        for (service, bell), listeners in self._listeners.items():

            def heard(
                _connection: object, pid: int, _channel: str, _payload: object, to: list[asyncio.Event] = listeners
            ) -> None:
                if pid != own:
                    _wake(to)

            await connection.add_listener(bell_channel(service, bell), heard)
        for listeners in self._listeners.values():
            _wake(listeners)

    async def _carry(self, connection: "asyncpg.Connection[Any]") -> None:
        """Tell the others what has gathered; what could not be told is kept for the next session."""
        channels, self._abroad = self._abroad, set()
        self._pending.clear()
        try:
            await connection.execute("SELECT pg_notify(c, '') FROM unnest($1::text[]) AS c", sorted(channels))
        except BaseException:
            self._abroad |= channels
            raise


def _wake(listeners: Iterable[asyncio.Event]) -> None:
    for listener in listeners:
        listener.set()


def bell_channel(service: str, bell: str) -> str:
    """The NOTIFY channel of one bell."""
    return f"mashang_{service}_bell_{bell}"
