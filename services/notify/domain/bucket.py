"""Token buckets: how fast a provider may be called, with a share that only alarms may spend."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bucket:
    """``rate`` tokens flow in each second, up to ``size``; ``level`` is what was there at ``at``."""

    rate: float
    size: float
    level: float
    at: datetime

    @classmethod
    def full(cls, rate: float, size: float, at: datetime) -> "Bucket":
        """A bucket that nobody has drawn from."""
        return cls(rate, size, size, at)

    def filled(self, now: datetime) -> "Bucket":
        """The bucket as it stands now; a clock that went back adds nothing."""
        seconds = max(0.0, (now - self.at).total_seconds())
        return replace(self, level=min(self.size, self.level + seconds * self.rate), at=max(now, self.at))

    def room(self, now: datetime, kept: float = 0.0) -> int:
        """How many may pass now when the share ``kept`` (of the size) is left for those who matter more."""
        return max(0, int(self.filled(now).level - kept * self.size))

    def drawn(self, now: datetime, count: int) -> "Bucket":
        """The bucket after ``count`` have passed."""
        filled = self.filled(now)
        return replace(filled, level=filled.level - count)

    def wait(self, now: datetime, count: int = 1, kept: float = 0.0) -> float:
        """Seconds until ``count`` may pass."""
        missing = count + kept * self.size - self.filled(now).level
        return max(0.0, missing / self.rate)
