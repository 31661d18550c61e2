"""Channels that a test commands: what they answer, what they were given, and what the phones show."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify import workers
from services.notify.channels.channel import Accepted, Channel, Dispatch, Outcome, TryLater
from services.notify.office import office_of
from services.notify.senders import Senders
from shared.clock import SHANGHAI
from tests.support.service import ServiceUnderTest

Says = Callable[[Dispatch], Outcome]
LANES = (workers.send_alarms, workers.send_ordinary, workers.send_broadcasts, workers.send_outside)


@dataclass(slots=True)
class Phone:
    """A provider that answers as it is told; it remembers every call, and which of them reached somebody."""

    kind: str = "sms"
    name: str = "carrier"
    says: Says = lambda dispatch: Accepted(f"no-{dispatch.key}")
    knows: Says | None = None
    calls: list[Dispatch] = field(default_factory=list)
    asked: list[Dispatch] = field(default_factory=list)

    async def send(self, dispatch: Dispatch) -> Outcome:
        self.calls.append(dispatch)
        return self.says(dispatch)

    @property
    def texts(self) -> list[str]:
        return [dispatch.text for dispatch in self.calls]

    def notices(self) -> list[UUID]:
        return [dispatch.notice_id for dispatch in self.calls]


@dataclass(slots=True)
class AnsweringPhone(Phone):
    """The same, of a provider that can be asked what became of a dispatch."""

    async def ask(self, dispatch: Dispatch) -> Outcome:
        self.asked.append(dispatch)
        return self.knows(dispatch) if self.knows else TryLater(timedelta(), "not_received")


@dataclass(slots=True)
class FrozenPhone(AnsweringPhone):
    """A provider that does not come back before it is thawed; ``reached`` is set once it has been called ``wanted`` times."""

    wanted: int = 1
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, dispatch: Dispatch) -> Outcome:
        self.calls.append(dispatch)
        if len(self.calls) >= self.wanted:
            self.reached.set()
        await self.thawed.wait()
        return self.says(dispatch)


def install(notify: ServiceUnderTest, *channels: Channel) -> None:
    """Let these be the only channels."""
    office_of(notify.station).senders = Senders.of(channels, channels)


async def send_all(notify: ServiceUnderTest) -> None:
    """Every lane until a whole round changes nothing any more."""
    before: set[Any] = set()
    await notify.works(workers.release_held)
    while (now := await _states(notify)) != before:
        before = now
        for lane in LANES:
            await notify.works(lane)


async def _states(notify: ServiceUnderTest) -> set[Any]:
    return {(row["id"], row["state"], row["due_at"]) for row in await notify.table("dispatches")}


async def _now(tx: Any) -> datetime:
    now: datetime = tx.now
    return now


def screens(notify: ServiceUnderTest, channel: str = "sms") -> list[Any]:
    """What the phones of the file channel show."""
    path = notify.data / "outbox" / f"{channel}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


async def notices(notify: ServiceUnderTest, **wanted: Any) -> Sequence[Any]:
    """Rows of notices with these values, in the order in which they were planned."""
    rows = await notify.table("notices")
    return sorted((row for row in rows if all(row[key] == value for key, value in wanted.items())), key=lambda row: row["id"])


async def at_clock(notify: ServiceUnderTest, hour: int, minute: int = 0, days: int = 0) -> None:
    """Move the clock forward to an hour of the Shanghai day, at least ``days`` days ahead."""
    now = (await notify.database.run(_now)).astimezone(SHANGHAI)
    goal = now.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=days)
    if goal < now:
        goal += timedelta(days=1)
    notify.database.shift += goal - now


async def today(notify: ServiceUnderTest) -> date:
    """The Shanghai day on the moved clock."""
    return (await notify.database.run(_now)).astimezone(SHANGHAI).date()
