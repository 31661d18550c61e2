"""How a claimed batch falls into groups that are handed over together: by channel, provider and key."""

from collections.abc import Sequence

from services.notify.channels.channel import Dispatch, KeyKind, SendsMany
from services.notify.errands import Errand
from services.notify.senders import Place

Ready = tuple[Errand, Dispatch]
Group = tuple[str, str, KeyKind]


def place_of(errand: Errand) -> Place:
    """Where it goes."""
    return errand.row["on_channel"], errand.provider


def by_place(errands: Sequence[Errand]) -> list[list[Errand]]:
    """Those that one provider is asked about."""
    places: dict[Place, list[Errand]] = {}
    for errand in errands:
        places.setdefault(place_of(errand), []).append(errand)
    return list(places.values())


def by_channel(ready: Sequence[Ready]) -> dict[Group, list[Ready]]:
    """Those that go to one provider under one key."""
    groups: dict[Group, list[Ready]] = {}
    for errand, dispatch in ready:
        groups.setdefault((*place_of(errand), errand.key_kind), []).append((errand, dispatch))
    return groups


def sorted_out(channel: SendsMany, group: Sequence[Ready]) -> tuple[list[Ready], list[Ready], list[Ready]]:
    """Those that go together, those that go alone, and those whose address is in the call already: they wait for the next."""
    if not channel.shares_key:
        return list(group), [], []
    first = {dispatch.address.value: errand.id for errand, dispatch in reversed(group) if dispatch.call}
    shared = [(errand, dispatch) for errand, dispatch in group if dispatch.call]
    many = [ready for ready in shared if first[ready[1].address.value] == ready[0].id]
    repeated = [ready for ready in shared if first[ready[1].address.value] != ready[0].id]
    return many, [ready for ready in group if not ready[1].call], repeated
