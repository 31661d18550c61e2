"""Days as ordinals: the hot path counts in whole numbers, the edges speak of dates."""

from datetime import date
from functools import lru_cache
from typing import Final

NEVER: Final = date.max.toordinal()
"""A day that does not come: the horizon of an answer that time alone never changes."""

_LAST_DAY_OF_FEBRUARY: Final = 28


@lru_cache(maxsize=65_536)
def day_of(iso: str) -> int:
    """The ordinal of a date as it stands in a fact."""
    return date.fromisoformat(iso).toordinal()


@lru_cache(maxsize=65_536)
def iso_of(day: int) -> str:
    """The date of an ordinal as text."""
    return date.fromordinal(day).isoformat()


@lru_cache(maxsize=65_536)
def months_after(day: int, months: int) -> int:
    """The same day of a later month, or that month's last day where it has none; NEVER beyond the calendar's end."""
    start = date.fromordinal(day)
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    if year > date.max.year:
        return NEVER
    for last in range(start.day, _LAST_DAY_OF_FEBRUARY - 1, -1):
        try:
            return date(year, month, last).toordinal()
        except ValueError:
            continue
    return date(year, month, start.day).toordinal()


def after(day: int, days: int, months: int) -> int:
    """The day that lies a span later."""
    return months_after(day, months) + days if months else day + days
