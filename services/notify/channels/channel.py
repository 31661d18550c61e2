"""What a channel is given and what it answers: outcomes are a closed set named by what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

_SHOWN_HEAD, _SHOWN_TAIL = 3, 4
CALL = "c"
"""How the key of a call with many begins, so that it is no dispatch's."""


class KeyKind(StrEnum):
    """Which key a dispatch is sent under: a trial reaches the sink, a team key the guest list, a live key everybody."""

    TRIAL = "trial"
    TEAM = "team"
    LIVE = "live"


class Concern(StrEnum):
    """What an outcome says something about, so that a bad number does not weigh on its provider."""

    DISPATCH = "dispatch"
    ADDRESS = "address"
    TEMPLATE = "template"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A phone number, openid, mailbox or URL; only ``value`` holds it, every printed form is masked."""

    value: str

    @property
    def masked(self) -> str:
        """The first three and the last four characters, or stars alone where that would show most of it."""
        if len(self.value) < 2 * (_SHOWN_HEAD + _SHOWN_TAIL) - _SHOWN_HEAD:
            return "****"
        return f"{self.value[:_SHOWN_HEAD]}****{self.value[-_SHOWN_TAIL:]}"

    def __repr__(self) -> str:
        return f"Address({self.masked})"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One attempt to send one notice over one channel, as it was stored before the call.

    ``key`` is ours and goes with the call (OutId, SessionContext, client_msg_id, webhook-id): the provider is asked by it.
    ``stored_at`` is when the attempt was stored: providers that are asked by date are asked with this one.
    ``template`` is our code (``HZ_NEW``); a channel maps it to the provider's. ``variables`` keep the template's order.
    ``link`` is the acknowledge page. ``secrets`` are the one or two live secrets of a webhook subscriber, and ``body`` what he
    is to be posted as it is (a CloudEvent in structured JSON); None where the notice itself is posted. ``call`` is the key of a
    call that carries many dispatches, stored before it too; None where a dispatch goes alone. ``asked_at`` is when its provider
    is asked about it, by the clock that ``stored_at`` was read from.
    """

    notice_id: UUID
    attempt: int
    key: str
    channel: str
    address: Address
    template: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    stored_at: datetime
    key_kind: KeyKind = KeyKind.TRIAL
    language: str = "zh-CN"
    link: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    call: str | None = None
    asked_at: datetime | None = None

    def age(self, now: datetime) -> timedelta:
        """Since when it is stored: by one clock where it is asked about, because what is too young or too old is sent twice."""
        return (self.asked_at or now) - self.stored_at


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it; a receipt may follow under ``provider_id``. ``parts`` is what an SMS is billed as, where told.

    ``together`` is the provider's number of a call that carried many, where each of them has none of its own.
    """

    provider_id: str
    parts: int | None = None
    together: str | None = None


@dataclass(frozen=True, slots=True)
class TryLater:
    """Surely not sent; send again, to this or another provider, not before ``after`` has passed.

    Also the answer of ``ask`` where the provider never received the dispatch (``after`` zero, reason ``not_received``).
    """

    after: timedelta
    reason: str
    concerns: Concern = Concern.PROVIDER


@dataclass(frozen=True, slots=True)
class Impossible:
    """Surely not sent and never will be as it stands; the next channel in the order takes over."""

    reason: str
    concerns: Concern = Concern.DISPATCH


@dataclass(frozen=True, slots=True)
class Unknown:
    """Perhaps sent: nobody sends again before the provider has been asked, not before ``ask_after`` has passed."""

    ask_after: timedelta
    reason: str = "timeout"


Outcome = Accepted | TryLater | Impossible | Unknown


class Channel(Protocol):
    """One provider of one kind of channel (``aliyun`` of ``sms``). It never raises for what the other side does.

    ``name`` is the provider's (``aliyun``, ``simulator``, ``file``); ``kind`` is one of the words that notices and
    preferences use: sms, voice, wechat (official account), mini_program, wecom, wecom_group, email, webhook, in_app, other.
    """

    @property
    def name(self) -> str:
        """The provider."""

    @property
    def kind(self) -> str:
        """The kind of channel."""

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one dispatch over."""


@runtime_checkable
class AsksLater(Protocol):
    """A channel whose provider can be asked what became of a dispatch (by ``key``, address and date)."""

    async def ask(self, dispatch: Dispatch) -> Outcome:
        """What became of it: Accepted, TryLater (never received), Impossible (received and refused), or still Unknown."""


@runtime_checkable
class SendsMany(Protocol):
    """A channel that takes many dispatches in one call.

    Where ``shares_key`` is true the provider knows all of a call by one key (``Dispatch.call``): only dispatches that have it go
    together, and no two of them to the same address.
    """

    @property
    def shares_key(self) -> bool:
        """Whether a call has one key for all that it carries."""

    @property
    def most(self) -> int:
        """How many at once."""

    async def send_many(self, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
        """Hand them over; one outcome for each, in their order."""


class Reached(StrEnum):
    """What a receipt says."""

    DELIVERED = "delivered"
    FAILED = "failed"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says later about one dispatch; found by our ``key``, else by ``provider_id``."""

    provider: str
    provider_id: str | None
    key: str | None
    reached: Reached
    at: datetime
    reason: str | None = None
    address_masked: str | None = None
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """An HTTP request from outside, as it came."""

    method: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider wants to read back, and the receipts that were in its call (none for a URL verification)."""

    receipts: Sequence[Receipt]
    body: bytes
    content_type: str = "application/json"
    status: int = 200


class ForgedCallbackError(Exception):
    """A callback whose signature, token or time is not the provider's: it changes nothing."""


@runtime_checkable
class ReadsCallbacks(Protocol):
    """A channel whose provider calls back at ``/api/notify/receipts/{name}``."""

    def read_callback(self, callback: Callback) -> Answer:
        """The receipts in it; raises ForgedCallbackError, or ValueError for what nobody can parse."""


@runtime_checkable
class CollectsReceipts(Protocol):
    """A channel whose provider is polled for receipts."""

    async def collect(self) -> Sequence[Receipt]:
        """Receipts since the last time; an empty list where there are none or the provider is away."""
