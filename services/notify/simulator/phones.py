"""Whose phone a message is on: both SMS providers reach the same one, and numbers that look alike when masked are told apart."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from services.notify.simulator.control import Shown, shown_of
from services.notify.simulator.exchange import Exchange
from services.notify.simulator.ledger import address_id

_SMS = ("aliyun", "tencent")
_TAG = 4


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone as the list shows it; ``tag`` tells it from another with the same mask and shows nothing of the number."""

    address: str
    tag: str
    last: Shown
    count: int


def phones(exchange: Exchange, most: int) -> list[Phone]:
    """Those that were written to last, newest first."""
    found: dict[str, Phone] = {}
    for address, number, _ in exchange.ledger.latest_per_address(2 * most):
        last = shown_of(exchange, number)
        tag = _tag(last.provider, last.to)
        if tag not in found:
            found[tag] = Phone(address, tag[:_TAG], last, len(numbers_on(exchange, address)))
    return list(found.values())[:most]


def numbers_on(exchange: Exchange, address: str) -> Sequence[int]:
    """Everything on the phone to which an address belongs, oldest first; nothing for an address that nobody wrote to."""
    ledger = exchange.ledger
    own = ledger.of_id(address)
    if not own:
        return own
    message = ledger.message(own[-1])
    providers = _SMS if message.provider in _SMS else (message.provider,)
    return list(heapq.merge(*(ledger.of(provider, message.to) for provider in providers)))


def tag_of(shown: Shown) -> str:
    """The tag of the phone that a message is on."""
    return _tag(shown.provider, shown.to)[:_TAG]


def _tag(provider: str, to: str) -> str:
    return address_id("sms" if provider in _SMS else provider, to)
