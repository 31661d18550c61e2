"""Replay: all levels built again from the streams in a schema of their own, day by day, and compared with those that stand."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from pydantic_core import from_json

from services.grading.applying import Saying, apply_sayings, by_site
from services.grading.domain.registers import Write
from services.grading.domain.translation import TRANSLATORS, writes_of
from services.grading.regrading import grade_anew_on
from services.grading.review import review_until
from services.grading.rollup import roll_up_on
from services.grading.saying import in_silence
from services.grading.store import replays as stored
from services.grading.store.arrays import Row
from shared.clock import shanghai_date
from shared.contracts.event import Event, UnreadableEventError, decode
from shared.database import Database, Transaction
from shared.database.transaction import Ancestry

_TAIL: Final = timedelta(minutes=15)
"""Events younger than this may not have been heard yet; those that were are known one by one."""
_MOST_NAMED: Final = 1_000

Sayings = dict[UUID, list[Saying]]
Tell = Callable[[str, int], None]


Letter = tuple[datetime, bytes]
"""When its stream took a message, and the message."""


class Streams(Protocol):
    """What is read."""

    @property
    def since(self) -> datetime | None:
        """The first moment of which every stream still has all, None where nothing was dropped."""

    def letters(self) -> AsyncIterator[Sequence[Letter]]:
        """Every message in order of time, in portions; those stored when it is called at least."""


@dataclass(slots=True)
class Report:
    """What a replay found; ``differences`` is empty where every level that could be built again stands as it should."""

    at: datetime
    events: int = 0
    not_yet_heard: int = 0
    quarantined: int = 0
    unreadable: int = 0
    own_decisions: int = 0
    compared: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Snapshot:
    """What stood at one moment, besides the sites themselves."""

    at: datetime
    today: date
    recent: set[UUID]
    quarantined: set[UUID]
    own: list[Row]


async def replay(stands: Database, built: Database, streams: Streams, tell: Tell) -> Report:
    """Look at what stands, then build it again from streams that are read after that look, and compare."""
    at_work = _Replay(stands, built, streams.since, tell)
    return await at_work.run(await at_work.look(), streams.letters())


@dataclass(slots=True)
class _Replay:
    """One replay: ``stands`` is only read, ``built`` is a migrated, empty database; ``since`` is where cut streams begin."""

    stands: Database
    built: Database
    since: datetime | None
    tell: Tell
    _day: date | None = None
    _held: dict[date, list[Sayings]] = field(default_factory=dict)

    async def look(self) -> "_Snapshot":
        """Set aside what stands, in one consistent look that locks nothing."""
        async with _consistently(self.stands) as tx, self.built.transaction() as kept:
            await stored.set_aside(kept)
            await stored.take_policies(kept, *await stored.policies(tx))
            async for rows in stored.standing_sites(tx):
                await stored.keep_standing(kept, rows)
            await stored.leave_out(kept, await stored.sites_on_their_way(tx, tx.today), "on_its_way")
            if self.since is not None:
                await stored.leave_out(kept, await stored.sites_heard_before(tx, self.since), "older_than_the_streams")
            await stored.leave_out_above(kept)
            recent, waiting = await stored.heard_since(tx, tx.now - _TAIL), await stored.quarantined(tx)
            return _Snapshot(tx.now, tx.today, recent, waiting, list(await stored.own_decisions(tx)))

    async def run(self, snapshot: _Snapshot, letters: AsyncIterator[Sequence[Letter]]) -> Report:
        """Build everything again and compare."""
        report = Report(snapshot.at, own_decisions=len(snapshot.own))
        for row in snapshot.own:
            self._held.setdefault(row["day"], []).append(_decided(row))
        with in_silence():
            async for portion in letters:
                await self._take(portion, snapshot, report)
                self.tell("events", report.events)
            await self._pass_days(snapshot.today)
        async with self.built.transaction() as tx:
            found = await stored.counts(tx)
            report.compared, report.left_out = found["compared"], found["left_out"]
            async for rows in stored.differing(tx):
                report.differences += [differing for row in rows if (differing := _difference(row)) is not None]
                if len(report.differences) >= _MOST_NAMED:
                    break
        return report

    async def _take(self, portion: Sequence[Letter], snapshot: _Snapshot, report: Report) -> None:
        """Sort a portion of letters by the day on which each was heard, and apply those whose day has come."""
        heard = [(letter[0], event) for letter in portion if (event := _event(letter, snapshot, report)) is not None]
        report.events += len(heard)
        days = await self._days([event for _, event in heard])
        by_day: dict[date, list[Event]] = {}
        for at, event in heard:
            by_day.setdefault(days.get(event.envelope.id, shanghai_date(at)), []).append(event)
        reached = max((shanghai_date(at) for at, _ in heard), default=self._day)
        for day in sorted(by_day):
            if reached is not None and day <= reached:
                await self._pass_days(day)
                await self._apply(by_site(by_day[day]))
            else:
                self._held.setdefault(day, []).append(by_site(by_day[day]))

    async def _days(self, events: Sequence[Event]) -> Mapping[UUID, date]:
        """Only grading itself knows on which day it heard something; where it was down, that is later than the stream's."""
        sites = {write.site for event in events for write in writes_of(event, event.envelope)}
        async with self.stands.transaction() as tx:
            return await stored.heard_days(tx, list(sites), [event.envelope.id for event in events])

    async def _pass_days(self, until: date) -> None:
        """Day after day what time, people and policies do, as the service does it every day."""
        day = self._day or min([until, *self._held])
        while self._day is None or self._day < until:
            day = day if self._day is None else self._day + timedelta(days=1)
            self._day = day
            await self._until_quiet(grade_anew_on, day)
            await self._until_quiet(review_until, day)
            for sayings in self._held.pop(day, ()):
                await self._apply(sayings)
            await self._until_quiet(roll_up_on, day)
            self.tell(day.isoformat(), 0)

    async def _apply(self, sayings: Sayings) -> None:
        day = self._day
        assert day is not None  # noqa: S101 - days have begun to pass
        await self.built.run(lambda tx: apply_sayings(sayings, tx, day))
        await self._until_quiet(roll_up_on, day)

    async def _until_quiet(self, turn: Any, day: date) -> None:
        while await self.built.run(lambda tx: turn(tx, day)):
            pass


def _event(letter: Letter, snapshot: _Snapshot, report: Report) -> Event | None:
    """The event of a letter, if it is one that grading had heard and taken in."""
    at, body = letter
    try:
        event = decode(body)
    except UnreadableEventError:
        report.unreadable += 1
        return None
    if type(event) not in TRANSLATORS:
        return None
    if event.envelope.id in snapshot.quarantined:
        report.quarantined += 1
        return None
    if at > snapshot.at - _TAIL and event.envelope.id not in snapshot.recent:
        report.not_yet_heard += 1
        return None
    return event


def _decided(row: Row) -> Sayings:
    writes = [Write(row["site_id"], *write) for write in from_json(row["writes"])]
    return {row["site_id"]: [(None, row["event_id"], writes)]}


def _difference(row: Row) -> dict[str, Any] | None:
    """The site, and each value that stands beside the one that was built; None where only the wording differs."""
    pairs = {name: [row[f"s_{name}"], row[f"r_{name}"]] for name in stored.COMPARED if row[f"s_{name}"] != row[f"r_{name}"]}
    if (substance := pairs.pop("substance", None)) is not None and all(substance):
        parts = _parts(*map(from_json, substance))
        pairs |= {"reasons": parts} if parts else {}
    only = {"only": "rebuilt"} if row["only_rebuilt"] else {"only": "stands"} if row["only_stands"] else {}
    if not (only or pairs):
        return None
    return {"site_id": row["site_id"], "name": row["name"], **only, "values": {} if only else pairs}


def _parts(stands: dict[str, Any], built: dict[str, Any]) -> list[str]:
    """Which parts of the answer differ."""
    return [name for name in stands if _without_events(name, stands[name]) != _without_events(name, built.get(name))]


def _without_events(name: str, part: Any) -> Any:
    """Which of a day's events brought a tenant's new level to its landlord depends on who was quicker, and bears on nothing."""
    if name not in {"inherent", "management"} or part is None:
        return part
    return [part[0], *(sorted(([*reason[:2], *reason[3:]] for reason in reasons), key=str) for reasons in part[1:])]


@asynccontextmanager
async def _consistently(database: Database) -> AsyncIterator[Transaction]:
    """One look at a running database in which nothing moves."""
    async with database.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield await Transaction.begun(connection, database.service, database.shift, Ancestry())
