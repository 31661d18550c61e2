"""What all workers of one process share: open channels, the address book, the safe, the settings."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from httpx import AsyncClient, Limits
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notify.address_book import AddressBook, Person, RegistryAddressBook
from services.notify.channels.channel import Address, Dispatch
from services.notify.domain.telling import Lane
from services.notify.errands import Errand
from services.notify.openings import open_senders
from services.notify.rounds import Rounds
from services.notify.safe import Safe, Unsealed
from services.notify.seal import Seal
from services.notify.senders import Senders
from services.notify.settings import NotifySettings
from services.notify.store import subscriptions
from services.notify.store.records import Row
from shared.contracts.vocabulary import Recipient
from shared.database import Database
from shared.service import Station
from shared.web.identity import LocalIssuer

log = structlog.get_logger()

_LEAVING_SECONDS = 10.0
_YEARS = 10 * 365 * 86400


@dataclass(slots=True)
class Office:
    """Opened by the first worker that needs it."""

    station: Station
    settings: NotifySettings
    calls: AsyncClient
    senders: Senders
    addresses: AddressBook
    safe: Safe
    rounds: Mapping[str, Rounds] = field(init=False)
    verifying: Rounds = field(init=False)

    def __post_init__(self) -> None:
        self.rounds = {lane: Rounds(self.settings.round_seconds, self.settings.at_once) for lane in Lane}
        self.verifying = Rounds(self.settings.round_seconds, self.settings.at_once)

    async def find(self, rows: Sequence[Row]) -> Mapping[UUID, Person]:
        """Where everybody in these rows can be reached: people in the registry, subscribers here. Raises Away."""
        outside = {row["person_id"] for row in rows if row["recipient"] == Recipient.SUBSCRIBER}
        people = dict(await self.addresses.find({row["person_id"] for row in rows} - outside))
        return people | await self._subscribers(outside) if outside else people

    async def _subscribers(self, identities: set[UUID]) -> dict[UUID, Person]:
        rows = await self.station.database.run(lambda tx: subscriptions.endpoints(tx, identities), read_only=True)
        return {row["id"]: self._subscriber(row) for row in rows}

    def _subscriber(self, row: Any) -> Person:
        """One whose address was sealed with another key, or has been damaged, fails alone."""
        try:
            address = Address(self.safe.open(row["address"]))
            return Person(secrets=tuple(map(self.safe.open, row["secrets"])), only={row["channel"]: address})
        except Unsealed:
            log.warning("address_unreadable", subscription=str(row["id"]))
            return Person(fault="address_unreadable")

    async def letters(self, rows: Sequence[Row]) -> Mapping[UUID, str]:
        """The events that webhooks among these rows post as they are."""
        events = {row["cause_id"] for row in rows if row["subscription_id"] and row["on_channel"] == "webhook"}
        if not events:
            return {}
        return await self.station.database.run(lambda tx: subscriptions.letters(tx, events), read_only=True)

    def dispatch(self, errand: Errand, person: Person, address: Address, letters: Mapping[UUID, str] | None = None) -> Dispatch:
        """What the channel is given for an errand."""
        letter = (letters or {}).get(errand.row["cause_id"]) if errand.row["subscription_id"] else None
        body = letter.encode() if letter is not None and errand.row["on_channel"] == "webhook" else None
        return errand.dispatch(address, self.settings.public_url, secrets=person.secrets, body=body)


_OFFICES: "WeakKeyDictionary[AsyncClient, Office]" = WeakKeyDictionary()
_STATIONS: "WeakKeyDictionary[AsyncEngine, Station]" = WeakKeyDictionary()


def office_of(station: Station) -> Office:
    """The office of this process."""
    if station.http not in _OFFICES:
        settings: NotifySettings = station.settings
        _OFFICES[station.http] = Office(
            station,
            settings,
            (calls := _calls()),
            open_senders(settings, calls, station.data, station.database),
            _address_book(settings, station),
            safe_of(settings, station),
        )
    return _OFFICES[station.http]


def office_over(database: Database) -> Office:
    """The office of the service that lives over this database, for requests; they have no station of their own."""
    return office_of(_STATIONS[database.engine])


@asynccontextmanager
async def keeping(station: Station) -> AsyncIterator[None]:
    """The life of the service: a key that cannot be used ends the start, and what the office has opened is closed at the end."""
    safe_of(station.settings, station)
    Seal.of(station.settings, station.data)
    _STATIONS[station.database.engine] = station
    yield
    _STATIONS.pop(station.database.engine, None)
    if office := _OFFICES.pop(station.http, None):
        await asyncio.gather(*(rounds.ended(_LEAVING_SECONDS) for rounds in (*office.rounds.values(), office.verifying)))
        await office.calls.aclose()


def _calls() -> AsyncClient:
    """What providers are called with: whoever calls counts, and no provider waits for another one's connections."""
    return AsyncClient(limits=Limits(max_connections=None, keepalive_expiry=5), timeout=10, follow_redirects=False)


def safe_of(settings: NotifySettings, station: Any) -> Safe:
    """The safe that the settings name, for workers and requests alike."""
    return Safe.of(settings.address_key.get_secret_value() if settings.address_key else None, station.data)


def _address_book(settings: NotifySettings, station: Station) -> AddressBook:
    url = settings.registry_url or f"http://127.0.0.1:{station.process.port}"
    token = settings.registry_token.get_secret_value() if settings.registry_token else _own_token(station)
    return RegistryAddressBook(station.http, url.rstrip("/"), token, settings.address_seconds)


def _own_token(station: Station) -> str:
    """Embedded, notify signs its own token with the issuer of the data folder."""
    claims: dict[str, Any] = {"source": "notify"}
    return LocalIssuer.at(station.data).token("notify", ["integrator"], seconds=_YEARS, **claims)
