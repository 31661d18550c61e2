"""What a service is: one value that names everything it consists of, and the small decorator for its workers."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import APIRouter

from shared.contracts.event import Event
from shared.database import Database
from shared.messaging.mailbox import Mailbox
from shared.messaging.subscriptions import Subscriptions
from shared.settings import Settings, SettingsBase

Turn = Callable[["Station"], Awaitable[bool]]
Lifespan = Callable[["Station"], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Station:
    """Where a worker stands: what it may use between two transactions."""

    database: Database
    settings: Any
    process: Settings
    http: httpx.AsyncClient
    data: Path


@dataclass(frozen=True, slots=True)
class Worker:
    """A loop that reaches the outside world or the clock: one turn every ``seconds``, or at once when its bell rings.

    For ``gathers`` seconds after a turn it lets things come together, which costs the next ones that long and saves turns.
    """

    name: str
    turn: Turn
    seconds: float
    bell: str | None = None
    gathers: float = 0.0


def every(*, seconds: float, bell: str | None = None, gathers: float = 0.0) -> Callable[[Turn], Worker]:
    """Make a worker of ``async def turn(station) -> bool``; True means that more is waiting and the next turn comes at once."""

    def make(turn: Turn) -> Worker:
        return Worker(turn.__name__, turn, seconds, bell, gathers)

    return make


@dataclass(frozen=True, slots=True)
class Service:
    """One service, wired: no container, no registry, just this value.

    ``gathers`` is for a service for whose words nobody waits: its relay lets them come together for so many seconds.
    """

    name: str
    mailbox: Mailbox
    on: Subscriptions
    api: APIRouter
    says: tuple[type[Event], ...] = ()
    workers: tuple[Worker, ...] = ()
    settings: type[SettingsBase] | None = None
    pages: APIRouter | None = None
    lifespan: Lifespan | None = None
    gathers: float = 0.0
    version: str = "1"
    summary: str = ""

    def __post_init__(self) -> None:
        strangers = [event.event_name for event in self.says if event.stream() != self.name.upper()]
        if self.on.service != self.name or strangers:
            message = f"{self.name}: subscriptions of {self.on.service!r}, foreign events {strangers}"
            raise TypeError(message)


__all__ = ["Lifespan", "Service", "Station", "Worker", "every"]
