"""Plans a trial's blows from its seed, and deals them one after the other."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.faults.arena import Arena
from tests.faults.blows import STRIKES
from tests.faults.evidence import Blow
from tests.faults.failpoints import DELIVERY_POINTS, RELAY_POINTS, REQUEST_POINTS

_SHARES = {
    "kill": 40,
    **dict.fromkeys(REQUEST_POINTS, 4),
    **dict.fromkeys(RELAY_POINTS, 4),
    **dict.fromkeys(DELIVERY_POINTS, 4),
    "kill nats": 14,
    "kill postgres": 10,
}
"""Out of a hundred deaths, roughly how many of which kind."""
_BESIDES = ("pause", "take over", "copies", "shuffle", "poison", "delete consumer", "drift", "freeze nats", "nats away")
_MEASURED = frozenset({"kill", "kill nats", "kill postgres"})
_ALONE = 0.4
"""So many of the plain kills strike when nothing else is broken: from these it is read how soon everything works again."""
_WITHOUT_HANDLERS = {*DELIVERY_POINTS, "delete consumer", "drift"}
_OF_THOSE_WHO_ARE_ASKED = {*REQUEST_POINTS, "shuffle"}


@dataclass(frozen=True, slots=True)
class Planned:
    """One blow to come: how long after the last, which, on whom; ``alone`` when all is well, and until all is well again."""

    gap: float
    kind: str
    target: str
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Targets:
    """Which services can be hit where: all of them, those that hear, those that are asked."""

    every: Sequence[str]
    hearing: Sequence[str]
    asked: Sequence[str]

    def draw(self, kind: str, chance: Random) -> str:
        """Somebody whom this kind of blow can hit."""
        if kind in _WITHOUT_HANDLERS:
            return chance.choice(self.hearing)
        return chance.choice(self.asked if kind in _OF_THOSE_WHO_ARE_ASKED else self.every)


def plan(chance: Random, kills: int, targets: Targets, besides: int, gap: float) -> list[Planned]:
    """At least ``kills`` deaths of every kind in proportion, and ``besides`` rounds of what does not kill, all mixed."""
    shares = list(_SHARES)
    sure = [kind for kind, share in _SHARES.items() for _ in range(kills * share // 100)]
    drawn = chance.choices(shares, weights=list(_SHARES.values()), k=max(0, kills - len(sure)))
    kinds = [*sure, *drawn, *(_BESIDES * besides)]
    chance.shuffle(kinds)
    return [
        Planned(
            chance.uniform(0, 2 * gap), kind, targets.draw(kind, chance), alone=kind in _MEASURED and chance.random() < _ALONE
        )
        for kind in kinds
    ]


async def deal(arena: Arena, planned: Sequence[Planned], tell: Callable[[Blow], None]) -> None:
    """All blows in their order."""
    for blow in planned:
        await asyncio.sleep(blow.gap)
        if blow.alone:
            await arena.calm()
        tell(await STRIKES[blow.kind](arena, blow.target))
        if blow.alone:
            await arena.calm()
