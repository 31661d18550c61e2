"""Working days of mainland China, from the State Council's notices; where a year has no notice yet, the answer says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

_SHIPPED = Path(__file__).parent / "holidays"
_DAY = timedelta(days=1)
_SATURDAY = 5
_DECEMBER_29 = (12, 29)


@dataclass(frozen=True, slots=True)
class DayKind:
    """Whether a day is worked; true in a condition when it is. ``certain`` is False where no notice covers the day."""

    is_working: bool
    certain: bool
    occasion: str | None = None

    def __bool__(self) -> bool:
        return self.is_working


@dataclass(frozen=True, slots=True)
class DueDay:
    """A date counted in working days. Uncertain ones must be counted again when the missing notice is published."""

    date: date
    certain: bool


@dataclass(frozen=True, slots=True)
class DayCount:
    """A number of working days, negative when counted backwards."""

    days: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """A value that can be handed to domain code: the years with a notice, the days off and the make-up days (调休)."""

    years: frozenset[int]
    days_off: Mapping[date, str] = field(default_factory=dict)
    make_up_days: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> DayKind:
        """Weekdays are worked and weekends are not, except as the notice of the year says."""
        certain = {day.year, notice_year(day)} <= self.years
        if day in self.make_up_days:
            return DayKind(is_working=True, certain=certain, occasion="调休")
        if day in self.days_off:
            return DayKind(is_working=False, certain=certain, occasion=self.days_off[day])
        return DayKind(is_working=day.weekday() < _SATURDAY, certain=certain)

    def add_working_days(self, day: date, number: int) -> DueDay:
        """The ``number``-th working day after ``day`` (before it, when negative); the day itself is not counted.

        Zero answers ``day`` itself, or the next working day where it is not one: how a deadline in calendar days moves.
        """
        step = _DAY if number >= 0 else -_DAY
        first = self.is_working_day(day)
        certain, left = first.certain, abs(number) or int(not first)
        while left:
            day += step
            kind = self.is_working_day(day)
            certain, left = certain and kind.certain, left - kind.is_working
        return DueDay(day, certain)

    def working_days_between(self, start: date, end: date) -> DayCount:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` comes first."""
        early, late = sorted((start, end))
        after = early if start <= end else early - _DAY
        kinds = [self.is_working_day(after + _DAY * number) for number in range(1, (late - early).days + 1)]
        total = sum(kind.is_working for kind in kinds)
        return DayCount(total if start <= end else -total, certain=all(kind.certain for kind in kinds))


def notice_year(day: date) -> int:
    """The year whose notice decides about ``day``: New Year's holiday may begin on 29 December of the year before."""
    return day.year + ((day.month, day.day) >= _DECEMBER_29)


def load_calendar(*folders: Path) -> Calendar:
    """The calendar of the YAML files in ``folders``; for one year, the file of a later folder replaces the earlier one."""
    notices: dict[int, dict[str, Any]] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.yaml"))):
        notice = yaml.safe_load(path.read_text(encoding="utf-8"))
        notices[notice["year"]] = notice
    return Calendar(
        years=frozenset(notices),
        days_off=MappingProxyType({day: name for notice in notices.values() for day, name in _days_off(notice)}),
        make_up_days=frozenset(day for notice in notices.values() for day in notice["make_up_days"]),
    )


def _days_off(notice: Mapping[str, Any]) -> list[tuple[date, str]]:
    return [
        (run["first"] + _DAY * number, run["name"])
        for run in notice["days_off"]
        for number in range((run["last"] - run["first"]).days + 1)
    ]


@cache
def shipped_calendar() -> Calendar:
    """The calendar of the notices that come with this release."""
    return load_calendar(_SHIPPED)


def is_working_day(day: date) -> DayKind:
    """``Calendar.is_working_day`` of the shipped calendar."""
    return shipped_calendar().is_working_day(day)


def add_working_days(day: date, number: int) -> DueDay:
    """``Calendar.add_working_days`` of the shipped calendar."""
    return shipped_calendar().add_working_days(day, number)


def working_days_between(start: date, end: date) -> DayCount:
    """``Calendar.working_days_between`` of the shipped calendar."""
    return shipped_calendar().working_days_between(start, end)
