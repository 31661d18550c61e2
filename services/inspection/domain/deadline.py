"""Until when a hazard must be put right, how long a stopped clock gives back, and how much time may be added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Protocol

from pydantic import Field

from services.inspection.domain.rule import Mark, RuleData
from shared.clock import SHANGHAI, shanghai_date
from shared.contracts.vocabulary import HazardLevel, Word

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class CountedDay(Protocol):
    """A day that a calendar has counted; uncertain where no holiday notice covers it."""

    @property
    def date(self) -> date:
        """The day."""

    @property
    def certain(self) -> bool:
        """Whether every day on the way is covered by a notice."""


MoveDays = Callable[[date, int], CountedDay]
"""The n-th working day after a day; n = 0 gives the day itself, or the next working day."""


Worked = Callable[["Due", str], "Due"]
"""A deadline of a class of time, off days that are not worked where the class says so."""


class RestDay(Word):
    """遇休息日: what happens to a last day that is not worked."""

    NEXT = "next", "顺延至下一工作日"
    KEEP = "keep", "不顺延"


class Recheck(Word):
    """复核方式: how the result is looked at."""

    PHOTO = "photo", "照片复核"
    ON_SITE = "on_site", "现场复核"
    PANEL = "panel", "专家组验收"


class DeadlineClass(RuleData):
    """整改期限类别: the days of one class and how they may grow."""

    days: Annotated[int, Field(ge=0)]
    hours: int | None = None
    plan_days: int | None = None
    rest_day: RestDay
    recheck: Recheck
    on_site_sample: float = 0
    extensions: Annotated[int, Field(ge=0)] = 0
    longest_extension: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """The last day, and the moment after which the hazard is overdue; ``certain`` is False until the year's notice is out."""

    on: date
    at: datetime
    certain: bool = True

    @classmethod
    def end_of(cls, day: date, *, certain: bool = True) -> "Due":
        """The whole of ``day`` in Asia/Shanghai is still in time."""
        return cls(day, datetime.combine(day + _DAY, time(), SHANGHAI), certain)

    @classmethod
    def until(cls, moment: datetime, *, certain: bool = True) -> "Due":
        """Up to a moment; the last day is the one in which it lies."""
        return cls(shanghai_date(moment - _INSTANT), moment, certain)

    def resumed(self, paused_at: datetime, now: datetime) -> "Due":
        """The clock stood still between the two moments, and a begun day counts whole; what was overdue before stays so."""
        if paused_at >= self.at:
            return self
        return Due.end_of(shanghai_date(self.at + (now - paused_at) - _INSTANT), certain=self.certain)


class Deadlines(RuleData):
    """The classes of time to put something right, as data."""

    version: str
    effective_from: date
    mark: Mark
    classes: Mapping[str, DeadlineClass]
    works_from_days: int
    repeat_days: int

    def class_of(self, level: HazardLevel, days: int | None = None) -> str:
        """The class of a hazard of this level whose item asks for ``days``."""
        if level is HazardLevel.MAJOR:
            return "major"
        if days == 0:
            return "immediate"
        if days is not None and days >= self.works_from_days:
            return "works"
        return "serious" if level is HazardLevel.MAJOR_CANDIDATE else level.value

    def due(self, found: datetime, name: str, move: MoveDays, *, days: int | None = None, in_working_days: bool = False) -> Due:
        """When a hazard found now is due: ``days`` before those of the class, working days where an order says so."""
        rule = self.classes[name]
        if rule.hours is not None:
            return Due.until(found + timedelta(hours=rule.hours))
        number, day = rule.days if days is None else days, shanghai_date(found)
        if in_working_days:
            last = move(day, number)
            return Due.end_of(last.date, certain=last.certain)
        return self._in_calendar_days(day + _DAY * number, rule, move)

    def worked(self, due: Due, name: str, move: MoveDays) -> Due:
        """The same where its last day is worked or its class does not mind, else to the end of the next working day."""
        moved = move(due.on, 0)
        if self.classes[name].rest_day is RestDay.KEEP or moved.date == due.on:
            return due
        return Due.end_of(moved.date, certain=due.certain and moved.certain)

    @staticmethod
    def _in_calendar_days(last: date, rule: DeadlineClass, move: MoveDays) -> Due:
        if rule.rest_day is RestDay.KEEP:
            return Due.end_of(last)
        moved = move(last, 0)
        return Due.end_of(moved.date, certain=moved.certain)
