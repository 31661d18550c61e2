"""How often, and when, a dispatch that surely was not sent is sent again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RetryTable:
    """``at_once`` attempts without a pause, then ``more`` attempts ``every`` apart; after the last the channel has failed."""

    at_once: int
    more: int
    every: timedelta

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """Read one row of the data file."""
        return cls(at_once=row["at_once"], more=row["more"], every=timedelta(seconds=row["every_seconds"]))

    @property
    def attempts(self) -> int:
        """All attempts together, the first one included."""
        return 1 + self.at_once + self.more

    def pause_after(self, attempt: int, asked: timedelta = timedelta()) -> timedelta | None:
        """How long to wait after the given attempt, at least as long as the provider asked; None when it was the last."""
        if attempt >= self.attempts:
            return None
        return max(asked, timedelta() if attempt <= self.at_once else self.every)
