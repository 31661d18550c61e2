"""How a batch is sent: claimed and stored, then called with no transaction open, then recorded as the answers come in."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog

from services.notify.address_book import Away, Person
from services.notify.channels.channel import (
    Accepted,
    Channel,
    Concern,
    Dispatch,
    Impossible,
    KeyKind,
    Outcome,
    SendsMany,
    Unknown,
)
from services.notify.claiming import NO_PROVIDER, Claim, Claimed, claim
from services.notify.domain.guests import may_reach
from services.notify.errands import Errand
from services.notify.groups import Group, Ready, by_channel, place_of, sorted_out
from services.notify.office import Office
from services.notify.recording import record
from services.notify.results import NO_CONTACT_YET, Postponed, Result
from services.notify.rounds import Rounds
from services.notify.senders import Place
from shared.errors import Unavailable
from shared.traces import span_of_call, spans_of_calls, trace_of

log = structlog.get_logger()

_AWAY = timedelta(seconds=5)
_ASK_AFTER = timedelta(seconds=30)
_HOPE, _HOPES = timedelta(seconds=15), 6
"""How long and how often a notice waits for a party's contact; the event that tells of him may be on its way again."""
_TOGETHER_SECONDS = 0.02
_NEXT_CALLS_SECONDS = 0.1
_LAST_CALL = 0.5
"""The share of a lease after which no call is begun: what is begun must have ended before somebody else may ask about it."""


class ManyChannel(Channel, SendsMany, Protocol):
    """A channel that takes many."""


async def send(office: Office, lane: str) -> bool:
    """One turn of a lane: claim, call, record; True when more may be waiting."""
    rounds, asked = office.rounds[lane], wanted(office, lane)
    began = time.monotonic()
    claimed = await office.station.database.run(lambda tx: claim(tx, asked, office.senders))
    if claimed.errands:
        await rounds.begin(round_of(office, lane, claimed, began))
    waits = bool(rounds.full)
    if claimed.left or (waits and not claimed.errands):
        await asyncio.sleep(_NEXT_CALLS_SECONDS)
    return claimed.left > 0 or claimed.more or waits


def wanted(office: Office, lane: str) -> Claim:
    """What a lane may claim at this moment."""
    settings, rounds = office.settings, office.rounds[lane]
    lease = timedelta(seconds=settings.lease_seconds)
    return Claim(lane, settings.key_kind, settings.batch_of(lane), lease, rounds.at_once, rounds.busy)


def round_of(office: Office, lane: str, claimed: Claimed, began: float) -> Coroutine[Any, Any, None]:
    """A claimed batch on its way out; the calls that it may make are no longer free."""
    return _Round(office, claimed, office.rounds[lane], began).carry()


@dataclass(slots=True)
class _Round:
    """One claimed batch on its way out."""

    office: Office
    claimed: Claimed
    rounds: Rounds
    began: float
    failed: list[Result | Postponed] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)
    alone: dict[UUID, Place] = field(init=False)
    batches: set[Place] = field(init=False)

    def __post_init__(self) -> None:
        places = {errand.id: place_of(errand) for errand in self.claimed.errands}
        self.alone = {dispatch: places[dispatch] for dispatch in places if dispatch in self.claimed.alone}
        self.batches = {place for dispatch, place in places.items() if dispatch not in self.alone}
        self.rounds.calls.update(self.alone.values())
        self.rounds.batches.update(self.batches)

    async def carry(self) -> None:
        """All of it; what it takes of a provider's calls is given back, as soon as they are over."""
        try:
            await self._carry()
        finally:
            self._give_back(list(self.alone))
            self._end(list(self.batches))

    def _give_back(self, dispatches: Iterable[UUID]) -> None:
        self.rounds.calls.subtract(place for dispatch in dispatches if (place := self.alone.pop(dispatch, None)))

    def _end(self, batches: Iterable[Place]) -> None:
        over = self.batches.intersection(batches)
        self.batches -= over
        self.rounds.batches.subtract(over)

    async def _carry(self) -> None:
        rows = [errand.row for errand in self.claimed.errands]
        try:
            people, letters = await self.office.find(rows), await self.office.letters(rows)
        except (Away, Unavailable):
            log.warning("addresses_away", waiting=len(rows))
            await self._record([Postponed(errand, _AWAY, "registry_away") for errand in self.claimed.errands])
            return
        for errand in self.claimed.errands:
            self._address(errand, people, letters)
        groups = by_channel(self.ready)
        self._end(self.batches.difference((kind, provider) for kind, provider, _ in groups))
        parts = [self._record(self.failed), *(self._carry_group(place, group) for place, group in groups.items())]
        for ended in await asyncio.gather(*parts, return_exceptions=True):
            if ended is not None:
                raise ended

    async def _carry_group(self, place: Group, group: Sequence[Ready]) -> None:
        try:
            await self._hand_over(self.office.senders.channel(*place), group)
        finally:
            self._end([place[:2]])

    def _address(self, errand: Errand, people: Mapping[UUID, Person], letters: Mapping[UUID, str]) -> None:
        """An errand with an address that its key may reach is ready; any other has failed on this channel."""
        person = people.get(errand.row["person_id"])
        address = person.at(errand.row["on_channel"]) if person else None
        if errand.fault or errand.provider == NO_PROVIDER:
            self.failed.append(Result(errand, Impossible(errand.fault or "no_channel")))
        elif address is None and _is_nobody_yet(errand):
            self.failed.append(Postponed(errand, _HOPE, NO_CONTACT_YET))
        elif person is None or address is None:
            why = person.fault if person and person.fault else "no_address"
            self.failed.append(Result(errand, Impossible(why, Concern.ADDRESS)))
        elif (errand.row["person_id"], errand.row["template"]) in self.claimed.exhausted:
            self.failed.append(Result(errand, Impossible("no_quota"), address))
        elif errand.key_kind is KeyKind.TEAM and not may_reach(
            errand.key_kind, address.value, frozenset(self.office.settings.guests)
        ):
            self.failed.append(Result(errand, Impossible("not_a_guest"), address))
        else:
            self.ready.append((errand, self.office.dispatch(errand, person, address, letters)))

    async def _hand_over(self, channel: Channel | None, group: Sequence[Ready]) -> None:
        if channel is None:
            await self._record([Postponed(errand, _AWAY, "channel_closed") for errand, _ in group])
        elif isinstance(channel, SendsMany):
            many, alone, repeated = sorted_out(channel, group)
            await self._record([Postponed(errand, timedelta(), "same_address") for errand, _ in repeated])
            for start in range(0, len(many), channel.most):
                await self._record(await self._call_with_many(channel, many[start : start + channel.most]))
            await self._one_by_one(channel, alone)
        else:
            await self._one_by_one(channel, group)

    async def _call_with_many(self, channel: ManyChannel, part: Sequence[Ready]) -> Sequence[Result | Postponed]:
        """One turn of a channel that takes many; the provider is judged once for each way in which it answered."""
        if (reason := self._hindrance(channel, part[0][0])) is not None:
            return [Postponed(errand, timedelta(), reason) for errand, _ in part]
        with spans_of_calls(f"send {channel.kind}", (trace_of(errand.row["correlation_id"]) for errand, _ in part)):
            outcomes = await _guarded_many(channel, [dispatch for _, dispatch in part])
        kinds = {(type(outcome), getattr(outcome, "reason", "")): outcome for outcome in outcomes}
        for outcome in sorted(kinds.values(), key=lambda outcome: not isinstance(outcome, Accepted)):
            self._learn(part[0][0], outcome)
        return [self._result(*ready, outcome) for ready, outcome in zip(part, outcomes, strict=True)]

    async def _one_by_one(self, channel: Channel, group: Sequence[Ready]) -> None:
        """Many calls at once; what has come back is recorded while the slow ones are still under way."""
        under_way = {asyncio.create_task(self._call(channel, *ready)) for ready in group}
        while under_way:
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            done, under_way = await asyncio.wait(under_way, timeout=_TOGETHER_SECONDS)
            await self._record([task.result() for task in done])

    async def _call(self, channel: Channel, errand: Errand, dispatch: Dispatch) -> Result | Postponed:
        """One call; none where it has come to its turn too late, or the provider has failed meanwhile."""
        if (reason := self._hindrance(channel, errand)) is not None:
            return Postponed(errand, timedelta(), reason)
        with span_of_call(f"send {channel.kind}", trace_of(errand.row["correlation_id"])):
            outcome = await guarded(channel, dispatch)
        self._give_back([errand.id])
        self._learn(errand, outcome)
        return self._result(errand, dispatch, outcome)

    def _hindrance(self, channel: Channel, errand: Errand) -> str | None:
        """Why a call is not begun."""
        if time.monotonic() - self.began > _LAST_CALL * self.office.settings.lease_seconds:
            return "too_late"
        return "gate_shut" if self.office.senders.is_shut(channel.kind, channel.name, self._now(errand)) else None

    def _learn(self, errand: Errand, outcome: Outcome) -> None:
        self.office.senders.learn(*place_of(errand), outcome, self._now(errand))

    def _result(self, errand: Errand, dispatch: Dispatch, outcome: Outcome) -> Result:
        place, now = place_of(errand), self._now(errand)
        return Result(errand, outcome, dispatch.address, elsewhere=self.office.senders.elsewhere(*place, errand.key_kind, now))

    def _now(self, errand: Errand) -> datetime:
        """The clock by which the errand was claimed, as it stands now."""
        return errand.stored_at + timedelta(seconds=time.monotonic() - self.began)

    async def _record(self, results: Sequence[Result | Postponed]) -> None:
        self._give_back(result.errand.id for result in results)
        until = self.began + self.office.settings.lease_seconds
        await record(self.office.station.database, self.claimed.holder, results, until)


def _is_nobody_yet(errand: Errand) -> bool:
    """A notice for a party of which no contact is known: after a kill a site may be heard of before the people behind it."""
    return errand.is_for_nobody and errand.row["postponed"] < _HOPES


async def guarded(channel: Channel, dispatch: Dispatch) -> Outcome:
    """One call; a channel that raises has left the matter open: nobody knows whether it was sent."""
    try:
        return await channel.send(dispatch)
    except Exception as error:  # noqa: BLE001 - whatever it was, the call may have gone through
        log.warning("channel_raised", provider=channel.name, channel=channel.kind, error=type(error).__name__)
        return Unknown(_ASK_AFTER, type(error).__name__)


async def _guarded_many(channel: ManyChannel, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
    try:
        return await channel.send_many(dispatches)
    except Exception as error:  # noqa: BLE001 - the same
        log.warning("channel_raised", provider=channel.name, channel=channel.kind, error=type(error).__name__)
        return [Unknown(_ASK_AFTER, type(error).__name__) for _ in dispatches]
