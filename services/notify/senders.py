"""Which provider carries a dispatch just now: channels as they were opened, behind their breakers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.channels.answers import UNLISTED
from services.notify.channels.channel import Accepted, Channel, Concern, KeyKind, Outcome, SendsMany, TryLater, Unknown
from services.notify.domain.breaker import Breaker, Gate, Tolerance
from services.notify.domain.bucket import Bucket
from services.notify.domain.providers import Weight, choose
from services.notify.domain.telling import Lane

_CLOSED = timedelta(minutes=1)
_FOR_LONG = timedelta(hours=1)
_PATIENCE = timedelta(seconds=15)
_KEPT = {Lane.ORDINARY: 0.1, Lane.BROADCAST: 0.3, Lane.OUTSIDE: 0.3}
"""The share of a provider's rate that a lane leaves to those that matter more; an alarm leaves nothing."""

Place = tuple[str, str]
"""A channel and one of its providers."""


@dataclass(slots=True)
class Senders:
    """Every channel that is open: the real ones, and for a trial the sinks that stand beside them."""

    real: Mapping[str, Mapping[str, Channel]]
    sinks: Mapping[str, Mapping[str, Channel]]
    tolerance: Tolerance = field(default_factory=Tolerance)
    breakers: dict[Place, Breaker] = field(default_factory=dict)
    trials: dict[Place, datetime] = field(default_factory=dict)
    weights: dict[str, list[Weight]] = field(default_factory=dict)
    stopped: set[Place] = field(default_factory=set)
    rates: Mapping[str, float] = field(default_factory=dict)
    buckets: dict[Place, Bucket] = field(default_factory=dict)

    @classmethod
    def of(cls, real: Iterable[Channel], sinks: Iterable[Channel]) -> "Senders":
        """Channels sorted by kind and provider."""
        return cls(_by_kind(real), _by_kind(sinks))

    def among(self, key: KeyKind) -> Mapping[str, Mapping[str, Channel]]:
        """The channels that a key opens."""
        return self.sinks if key is KeyKind.TRIAL else self.real

    def barred(self, key: KeyKind, now: datetime, full: Collection[Place] = ()) -> list[str]:
        """Kinds of which no provider may be called just now; what waits for them goes on waiting and spends no attempt.

        Those that are ``full`` may not be called either.
        """

        def takes_nothing(place: Place) -> bool:
            return place in full or self._shut(place, now)

        open_now = self.among(key).items()
        return [kind for kind, providers in open_now if providers and all(takes_nothing((kind, p)) for p in providers)]

    def away_for_long(self, key: KeyKind, now: datetime) -> list[str]:
        """Kinds that are barred for an hour or more: what has another channel left does not wait for them."""
        return [kind for kind in self.barred(key, now) if self.wait(kind, key, now) >= _FOR_LONG]

    def has(self, kind: str, key: KeyKind) -> bool:
        """Whether the channel exists at all under a key."""
        return bool(self.among(key).get(kind))

    def provider_for(  # noqa: PLR0913, PLR0917 - what is asked for, and what is not wanted
        self,
        kind: str,
        dispatch: UUID,
        key: KeyKind,
        now: datetime,
        avoid: str | None = None,
        full: Collection[Place] = (),
    ) -> str | None:
        """The provider for one dispatch by weight, none that is ``full``; another than ``avoid`` where there is one."""
        providers = self.among(key).get(kind, {})
        shut = frozenset(p for p in providers if (kind, p) in full or self._shut((kind, p), now))
        weights = self._weights(kind, providers, now)
        elsewhere = shut | {avoid} if avoid else shut
        chosen = choose(weights, dispatch, elsewhere) or choose(weights, dispatch, shut)
        if chosen is not None:
            self._pass((kind, chosen), now)
        return chosen

    def draws(self, kind: str, provider: str, lane: str, now: datetime) -> bool:
        """Whether one more may be handed to the provider now; what is rare is kept for alarms, then for daily notices."""
        rate = self.rates.get(provider)
        if rate is None:
            return True
        bucket = self.buckets.get((kind, provider)) or Bucket.full(rate, rate, now)
        if not bucket.room(now, _KEPT.get(Lane(lane), 0.0)):
            return False
        self.buckets[kind, provider] = bucket.drawn(now, 1)
        return True

    def channel(self, kind: str, provider: str, key: KeyKind) -> Channel | None:
        """The channel of a stored attempt, wherever it is open now."""
        everywhere = (self.among(key), self.real, self.sinks)
        return next((open_[kind][provider] for open_ in everywhere if provider in open_.get(kind, {})), None)

    def shares_key(self, kind: str, provider: str, key: KeyKind) -> bool:
        """Whether many may go to the provider in one call that has one key."""
        channel = self.channel(kind, provider, key)
        return bool(getattr(channel, "shares_key", False))

    def goes_alone(self, kind: str, provider: str, key: KeyKind) -> bool:
        """Whether a dispatch without a key that it shares takes a call of its own."""
        channel = self.channel(kind, provider, key)
        return channel is not None and (not isinstance(channel, SendsMany) or channel.shares_key)

    def learn(self, kind: str, provider: str, outcome: Outcome, now: datetime) -> None:
        """Let the breaker know how a call went; what concerns an address or a text says nothing about the provider."""
        place = (kind, provider)
        self.trials.pop(place, None)
        breaker = self.breakers.get(place, Breaker())
        faulty = isinstance(outcome, Unknown) or (isinstance(outcome, TryLater) and outcome.concerns is Concern.PROVIDER)
        if faulty:
            self.breakers[place] = breaker.failed(now, self.tolerance)
            if isinstance(outcome, TryLater) and outcome.after >= _CLOSED and not outcome.reason.startswith(UNLISTED):
                self.breakers[place] = Breaker(self.tolerance.faults, now + outcome.after)
        elif isinstance(outcome, Accepted) or getattr(outcome, "concerns", None) is not Concern.PROVIDER:
            self.breakers[place] = breaker.succeeded()

    def is_shut(self, kind: str, provider: str, now: datetime) -> bool:
        """Whether the provider failed so often of late, or was stopped, that nobody calls it now; its trial may go on."""
        place = (kind, provider)
        return place in self.stopped or self.breakers.get(place, Breaker()).gate(now) is Gate.SHUT

    def answered(self, kind: str, provider: str) -> None:
        """A provider that tells what became of a dispatch is there, whatever it tells."""
        self.breakers.pop((kind, provider), None)

    def elsewhere(self, kind: str, provider: str, key: KeyKind, now: datetime) -> bool:
        """Whether another provider of the kind may be called now."""
        return any(other != provider and not self._shut((kind, other), now) for other in self.among(key).get(kind, {}))

    def wait(self, kind: str, key: KeyKind, now: datetime) -> timedelta:
        """How long until a provider of the kind may be called again."""
        ends = [self.breakers.get((kind, p), Breaker()).shut_until for p in self.among(key).get(kind, {})]
        waits = [end - now for end in ends if end is not None and end > now]
        return min(waits, default=timedelta(seconds=5))

    def _pass(self, place: Place, now: datetime) -> None:
        """While the one who passes a gate that lets one through has not come back, nobody follows him."""
        if self.breakers.get(place, Breaker()).gate(now) is Gate.ONE_TRIAL:
            self.trials[place] = now + _PATIENCE

    def _shut(self, place: Place, now: datetime) -> bool:
        """Whether nobody new is sent there."""
        on_trial = place in self.trials and now < self.trials[place]
        return on_trial or self.is_shut(*place, now)

    def _weights(self, kind: str, providers: Mapping[str, Channel], now: datetime) -> Sequence[Weight]:
        known = {weight.provider: weight for weight in self.weights.get(kind, ())}
        even = 100 // max(1, len(providers))
        return [known.get(provider) or Weight(provider, even, even, now) for provider in providers]


def _by_kind(channels: Iterable[Channel]) -> dict[str, dict[str, Channel]]:
    found: dict[str, dict[str, Channel]] = {}
    for channel in channels:
        found.setdefault(channel.kind, {})[channel.name] = channel
    return found
