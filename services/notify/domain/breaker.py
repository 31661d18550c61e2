"""A circuit breaker per provider: after several faults in a row nobody calls it for a while, then one call tries."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Gate(StrEnum):
    """Whether a provider may be called."""

    OPEN_FOR_ALL = "open_for_all"
    ONE_TRIAL = "one_trial"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """``faults`` in a row shut the gate for ``first``; each further fault doubles the time, up to ``longest``."""

    faults: int = 5
    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Breaker:
    """What the last calls of one provider taught; every change is a new value."""

    faults: int = 0
    shut_until: datetime | None = None

    def gate(self, now: datetime) -> Gate:
        """Whether calls may pass now."""
        if self.shut_until is None:
            return Gate.OPEN_FOR_ALL
        return Gate.SHUT if now < self.shut_until else Gate.ONE_TRIAL

    def succeeded(self) -> "Breaker":
        """One good call opens it again."""
        return self if self == Breaker() else Breaker()

    def failed(self, now: datetime, tolerance: Tolerance) -> "Breaker":
        """One more fault of the provider (not of an address, not of a text); what fails while it is shut had left before."""
        if self.gate(now) is Gate.SHUT:
            return self
        faults = self.faults + 1
        over = faults - tolerance.faults
        if over < 0:
            return replace(self, faults=faults)
        pause = min(tolerance.first * 2 ** min(over, 16), tolerance.longest)
        return Breaker(faults, now + pause)
