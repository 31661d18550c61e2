"""How a batch is sent: claimed and stored, then called with no transaction open, then recorded as the answers come in."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from httpx import AsyncClient

from services.notify.address_book import AddressBook, Away, Person, RegistryAddressBook
from services.notify.channels.channel import Channel, Concern, Dispatch, Impossible, KeyKind, Outcome, SendsMany, Unknown
from services.notify.domain.guests import may_reach
from services.notify.errands import Claim, Claimed, Errand, claim
from services.notify.openings import open_senders
from services.notify.senders import Senders
from services.notify.settings import NotifySettings
from services.notify.settling import Postponed, Result, settle
from shared.clock import utc_now
from shared.service import Station
from shared.web.identity import LocalIssuer

log = structlog.get_logger()

_AWAY = timedelta(seconds=5)
_ASK_AFTER = timedelta(seconds=30)
_TOGETHER_SECONDS = 0.02


@dataclass(slots=True)
class Office:
    """What all senders of one process share: open channels, the address book, the settings."""

    station: Station
    settings: NotifySettings
    senders: Senders
    addresses: AddressBook

    async def send(self, lane: str) -> bool:
        """One turn of a lane: claim, call, record; True when more may be waiting."""
        settings = self.settings
        wanted = Claim(lane, settings.key_kind, settings.batch, timedelta(seconds=settings.lease_seconds))
        claimed = await self.station.database.run(lambda tx: claim(tx, wanted, self.senders))
        if claimed.errands:
            await self._carry(claimed)
        return len(claimed.errands) + len(claimed.dropped) >= settings.batch

    async def _carry(self, claimed: Claimed) -> None:
        try:
            people = await self.addresses.find({errand.row["person_id"] for errand in claimed.errands})
        except Away:
            log.warning("registry_away", waiting=len(claimed.errands))
            await self._record(claimed.holder, [Postponed(errand, _AWAY, "registry_away") for errand in claimed.errands])
            return
        results, ready = _addressed(claimed.errands, people, frozenset(self.settings.guests), self.settings.public_url)
        if results:
            await self._record(claimed.holder, results)
        for (kind, provider, key), group in _by_channel(ready).items():
            channel = self.senders.channel(kind, provider, key)
            await self._hand_over(claimed.holder, channel, group)

    async def _hand_over(self, holder: UUID, channel: Channel | None, group: "Sequence[tuple[Errand, Dispatch]]") -> None:
        if channel is None:
            await self._record(holder, [Postponed(errand, _AWAY, "channel_closed") for errand, _ in group])
        elif isinstance(channel, SendsMany):
            for start in range(0, len(group), channel.most):
                part = group[start : start + channel.most]
                outcomes = await _guarded_many(channel, [dispatch for _, dispatch in part])
                await self._record(holder, [self._learned(e, d, o) for (e, d), o in zip(part, outcomes, strict=True)])
        else:
            await self._one_by_one(holder, channel, group)

    async def _one_by_one(self, holder: UUID, channel: Channel, group: "Sequence[tuple[Errand, Dispatch]]") -> None:
        """Many calls at once; what has come back is recorded while the slow ones are still under way."""
        gate = asyncio.Semaphore(self.settings.at_once)

        async def call(errand: Errand, dispatch: Dispatch) -> Result:
            async with gate:
                return self._learned(errand, dispatch, await _guarded(channel, dispatch))

        under_way = {asyncio.create_task(call(errand, dispatch)) for errand, dispatch in group}
        while under_way:
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            done, under_way = await asyncio.wait(under_way, timeout=_TOGETHER_SECONDS)
            await self._record(holder, [task.result() for task in done])

    def _learned(self, errand: Errand, dispatch: Dispatch, outcome: Outcome) -> Result:
        self.senders.learn(errand.row["on_channel"], errand.provider, outcome, utc_now())
        return Result(errand, outcome, dispatch.address)

    async def _record(self, holder: UUID, results: Sequence[Result | Postponed]) -> None:
        await self.station.database.run(lambda tx: settle(tx, holder, results), repeatable=True)


def _addressed(
    errands: Sequence[Errand], people: Mapping[UUID, Person], guests: frozenset[str], public_url: str
) -> tuple[list[Result], list[tuple[Errand, Dispatch]]]:
    """Errands with an address that their key may reach; the others have failed on this channel."""
    failed, ready = [], []
    for errand in errands:
        person = people.get(errand.row["person_id"])
        address = person.at(errand.row["on_channel"]) if person else None
        if address is None:
            failed.append(Result(errand, Impossible("no_address", Concern.ADDRESS)))
        elif errand.key_kind is KeyKind.TEAM and not may_reach(errand.key_kind, address.value, guests):
            failed.append(Result(errand, Impossible("not_a_guest"), address))
        else:
            ready.append((errand, errand.dispatch(address, public_url)))
    return failed, ready


def _by_channel(ready: Sequence[tuple[Errand, Dispatch]]) -> dict[tuple[str, str, KeyKind], list[tuple[Errand, Dispatch]]]:
    groups: dict[tuple[str, str, KeyKind], list[tuple[Errand, Dispatch]]] = {}
    for errand, dispatch in ready:
        groups.setdefault((errand.row["on_channel"], errand.provider, errand.key_kind), []).append((errand, dispatch))
    return groups


async def _guarded(channel: Channel, dispatch: Dispatch) -> Outcome:
    """A channel that raises has left the matter open: nobody knows whether it was sent."""
    try:
        return await channel.send(dispatch)
    except Exception as error:  # noqa: BLE001 - whatever it was, the call may have gone through
        log.warning("channel_raised", provider=channel.name, channel=channel.kind, error=type(error).__name__)
        return Unknown(_ASK_AFTER, type(error).__name__)


async def _guarded_many(channel: SendsMany, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
    try:
        return await channel.send_many(dispatches)
    except Exception as error:  # noqa: BLE001 - the same
        log.warning("channel_raised", provider=getattr(channel, "name", "?"), error=type(error).__name__)
        return [Unknown(_ASK_AFTER, type(error).__name__) for _ in dispatches]


_OFFICES: "WeakKeyDictionary[AsyncClient, Office]" = WeakKeyDictionary()


def office_of(station: Station) -> Office:
    """The office of this process: opened by the first worker that needs it, closed with the HTTP client that it uses."""
    if station.http not in _OFFICES:
        settings: NotifySettings = station.settings
        _OFFICES[station.http] = Office(station, settings, open_senders(settings, station), _address_book(settings, station))
    return _OFFICES[station.http]


def _address_book(settings: NotifySettings, station: Station) -> AddressBook:
    url = settings.registry_url or f"http://127.0.0.1:{station.process.port}"
    token = settings.registry_token.get_secret_value() if settings.registry_token else _own_token(station)
    return RegistryAddressBook(station.http, url.rstrip("/"), token, settings.address_seconds)


def _own_token(station: Station) -> str:
    """Embedded, notify signs its own token with the issuer of the data folder."""
    claims: dict[str, Any] = {"source": "notify"}
    return LocalIssuer.at(station.data).token("notify", ["integrator"], seconds=10 * 365 * 86400, **claims)
