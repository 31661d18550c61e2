"""Addresses are asked for at the moment of sending and kept for seconds; they are never stored with a notice."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import httpx
import structlog

from services.notify.channels.channel import Address

log = structlog.get_logger()

_FIELDS = {
    "sms": "mobile",
    "voice": "mobile",
    "email": "email",
    "mini_program": "wechat_openid",
    "wechat": "wechat_openid",
    "wecom": "wecom_userid",
}
_MOST = 500
_REMEMBERED = 50_000


class Away(Exception):
    """The registry does not answer: nothing is sent and no attempt is spent."""


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Where one person can be reached, by field of the registry; a subscriber ``only`` on the channel that he gave.

    ``fault`` says why nobody can tell.
    """

    addresses: Mapping[str, Address] = field(default_factory=dict)
    only: Mapping[str, Address] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    fault: str | None = None

    def at(self, channel: str) -> Address | None:
        """His address on a channel, or None."""
        return self.only.get(channel) or self.addresses.get(_FIELDS.get(channel, channel))


@dataclass(frozen=True, slots=True, repr=False)
class Mobile:
    """The number that a contact has at this moment, and the version of the contact in the registry."""

    address: Address
    party_id: UUID
    version: int


class AddressBook(Protocol):
    """Whoever knows where people can be reached."""

    async def find(self, people: Iterable[UUID]) -> Mapping[UUID, Person]:
        """Those that are known; raises Away."""

    async def mobile(self, contact: UUID) -> Mobile | None:
        """A contact's mobile as it is now, whatever was remembered; None where there is none. Raises Away."""

    def forget(self) -> None:
        """Somebody has changed: what was remembered is asked for again."""


@dataclass(slots=True)
class RegistryAddressBook:
    """Asks the registry over HTTP, at most 500 people at once, and remembers the answers for ``seconds``."""

    http: httpx.AsyncClient
    url: str
    token: str
    seconds: float
    _known: dict[UUID, tuple[float, Person]] = field(default_factory=dict)
    _changes: int = 0

    async def find(self, people: Iterable[UUID]) -> Mapping[UUID, Person]:
        """Those that the registry knows; raises Away."""
        wanted = set(people)
        now = time.monotonic()
        missing = [person for person in wanted if self._known.get(person, (0.0,))[0] < now]
        known = {person: self._known[person][1] for person in wanted.difference(missing)}
        for start in range(0, len(missing), _MOST):
            known |= await self._ask(missing[start : start + _MOST])
        return known

    def forget(self) -> None:
        """Somebody has changed: what was remembered is asked for again, and so is what is being asked for just now."""
        self._known.clear()
        self._changes += 1

    async def mobile(self, contact: UUID) -> Mobile | None:
        """A contact's mobile as it is now, whatever was remembered; None where there is none. Raises Away.

        So does the answer of a registry from before contacts had a version: of which number it speaks nobody could say later.
        """
        for item in await self._items([contact]):
            if item.get("mobile"):
                if item.get("version") is None:
                    raise Away
                return Mobile(Address(str(item["mobile"])), UUID(item["party_id"]), int(item["version"]))
        return None

    async def _ask(self, people: Sequence[UUID]) -> Mapping[UUID, Person]:
        changes = self._changes
        told = dict(filter(None, map(_told, await self._items(people))))
        found = {person: told.get(person, Person()) for person in people}
        if changes == self._changes:
            self._remember(found)
        return found

    async def _items(self, people: Sequence[UUID]) -> Sequence[Mapping[str, Any]]:
        try:
            answer = await self.http.post(
                f"{self.url}/api/registry/contacts/addresses",
                json={"ids": [str(person) for person in people]},
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=5,
            )
            items: Sequence[Mapping[str, Any]] = answer.raise_for_status().json()["items"]
        except (httpx.HTTPError, ValueError, KeyError):
            raise Away from None
        return items

    def _remember(self, found: Mapping[UUID, Person]) -> None:
        if len(self._known) + len(found) > _REMEMBERED:
            self._known.clear()
        until = time.monotonic() + self.seconds
        self._known.update({person: (until, how) for person, how in found.items()})


def _told(item: Any) -> tuple[UUID, Person] | None:
    """An item that nobody can read is left out: the others are to be told."""
    try:
        return UUID(item["contact_id"]), _person(item)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.warning("contact_unreadable", error=type(error).__name__)
        return None


def _person(item: Mapping[str, Any]) -> Person:
    names = set(_FIELDS.values())
    return Person({name: Address(str(item[name])) for name in names if item.get(name)})
