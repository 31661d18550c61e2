"""Which provider carries the next dispatch: weights that leave a slow or failing one by steps, and drift back to rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Failover:
    """When traffic moves, by how much, and how it comes back (a row of the data file)."""

    slow_after: timedelta
    slow_share: float
    window: timedelta
    least_samples: int
    errors_per_minute: int
    step: int
    pause_after_slow: timedelta
    pause_after_errors: timedelta
    drift_every: timedelta
    floor: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read the row; times are in seconds."""
        times = ("slow_after", "window", "pause_after_slow", "pause_after_errors", "drift_every")
        plain = ("slow_share", "least_samples", "errors_per_minute", "step", "floor")
        values: dict[str, Any] = {name: timedelta(seconds=row[f"{name}_seconds"]) for name in times}
        return cls(**values, **{name: row[name] for name in plain})


@dataclass(frozen=True, slots=True)
class Weight:
    """A provider's present share of its channel's traffic, and the share it rests at."""

    provider: str
    points: int
    resting: int
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a provider did of late: inside the window ``sent`` and ``slow``, in the last minute ``errors``."""

    provider: str
    sent: int = 0
    slow: int = 0
    errors: int = 0


def reweigh(weights: Sequence[Weight], statistics: Sequence[Statistics], rules: Failover, now: datetime) -> list[Weight]:
    """The weights after one look at the figures; equal to the old ones where nothing has to move.

    Slowness moves traffic only where exactly one provider is slow: when all are, the fault lies elsewhere.
    """
    seen = {item.provider: item for item in statistics}
    failing = [w.provider for w in weights if _figures(seen, w).errors > rules.errors_per_minute]
    slow = [w.provider for w in weights if _is_slow(_figures(seen, w), rules)]
    if len(failing) not in {0, len(weights)}:
        return _moved(weights, failing, rules.pause_after_errors, rules, now)
    if not failing and len(slow) == 1 and len(weights) > 1:
        return _moved(weights, slow, rules.pause_after_slow, rules, now)
    return _drifted(weights, rules, now) if not failing and not slow else list(weights)


def choose(weights: Sequence[Weight], dispatch: UUID, shut: frozenset[str] = frozenset()) -> str | None:
    """The provider for one dispatch: by weight, the same each time for the same id; None when every gate is shut.

    A provider without points is taken only where nobody else may be called.
    """
    passable = [weight for weight in weights if weight.provider not in shut]
    weighted = [weight for weight in passable if weight.points > 0] or [replace(weight, points=1) for weight in passable]
    total = sum(weight.points for weight in weighted)
    if not total:
        return None
    mark = hash_of(dispatch) % total
    for weight in weighted:
        mark -= weight.points
        if mark < 0:
            return weight.provider
    return weighted[-1].provider


def hash_of(dispatch: UUID) -> int:
    """Numbers spread evenly over ids that were made one after another (the random tail of a UUIDv7)."""
    return dispatch.int & 0x3FFF_FFFF_FFFF_FFFF


def _figures(seen: Mapping[str, Statistics], weight: Weight) -> Statistics:
    return seen.get(weight.provider, Statistics(weight.provider))


def _is_slow(figures: Statistics, rules: Failover) -> bool:
    return figures.sent >= rules.least_samples and figures.slow >= rules.slow_share * figures.sent


def _moved(weights: Sequence[Weight], away: Sequence[str], pause: timedelta, rules: Failover, now: datetime) -> list[Weight]:
    if any(now - weight.moved_at < pause for weight in weights if weight.provider in away):
        return list(weights)
    leaving = [weight for weight in weights if weight.provider in away]
    losses = {weight.provider: max(0, min(rules.step, weight.points - rules.floor)) for weight in leaving}
    return _transferred(weights, losses, now)


def _transferred(weights: Sequence[Weight], losses: Mapping[str, int], now: datetime) -> list[Weight]:
    given = sum(losses.values())
    others = [weight for weight in weights if weight.provider not in losses]
    shares = dict(zip((weight.provider for weight in others), _split(given, len(others)), strict=True))
    changes = {**{provider: -loss for provider, loss in losses.items()}, **shares}
    return [_changed(weight, changes[weight.provider], now) for weight in weights]


def _drifted(weights: Sequence[Weight], rules: Failover, now: datetime) -> list[Weight]:
    if any(now - weight.moved_at < rules.drift_every for weight in weights):
        return list(weights)
    steps = {weight.provider: max(-rules.step, min(rules.step, weight.resting - weight.points)) for weight in weights}
    return [_changed(weight, steps[weight.provider], now) for weight in weights]


def _changed(weight: Weight, points: int, now: datetime) -> Weight:
    return replace(weight, points=weight.points + points, moved_at=now) if points else weight


def _split(total: int, ways: int) -> list[int]:
    return [total // ways + (1 if index < total % ways else 0) for index in range(ways)]
