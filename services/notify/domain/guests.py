"""Trial, team and live keys: whom a dispatch may reach at all."""

from collections.abc import Set as AbstractSet

from services.notify.channels.channel import KeyKind


def may_reach(key: KeyKind, address: str, guests: AbstractSet[str]) -> bool:
    """Whether the real channel may be used: live reaches everybody, team its guests, trial nobody."""
    if key is KeyKind.LIVE:
        return True
    return key is KeyKind.TEAM and address.casefold() in {guest.casefold() for guest in guests}
