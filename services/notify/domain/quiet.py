"""Quiet hours: a phone stays silent at night, unless somebody is in danger."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.clock import SHANGHAI

_MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Quiet:
    """A daily stretch of Shanghai time, ``start`` included and ``end`` not; it may run over midnight."""

    start: time
    end: time

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies inside."""
        now = moment.astimezone(SHANGHAI).time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end

    def over(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the stretch that it lies in."""
        if not self.holds(moment):
            return moment
        local = moment.astimezone(SHANGHAI)
        end = datetime.combine(local.date(), self.end, SHANGHAI)
        return end if end > local else end + timedelta(days=1)

    def began(self, moment: datetime) -> datetime:
        """When the stretch in which the moment lies began; the moment itself outside of one."""
        if not self.holds(moment):
            return moment
        local = moment.astimezone(SHANGHAI)
        start = datetime.combine(local.date(), self.start, SHANGHAI)
        return start if start <= local else start - timedelta(days=1)

    def covers(self, other: "Quiet") -> bool:
        """Whether nobody is disturbed inside ``other`` who is not inside this one."""
        return all(self.has(minute) for minute in range(_MINUTES_OF_A_DAY) if other.has(minute))

    def has(self, minute: int) -> bool:
        """Whether a minute of the day lies inside."""
        start, end = minutes(self.start), minutes(self.end)
        return start <= minute < end if start <= end else minute >= start or minute < end


def minutes(clock: time) -> int:
    """Minutes since midnight."""
    return clock.hour * 60 + clock.minute


def next_at(moment: datetime, clock: time) -> datetime:
    """The first time that a Shanghai wall clock shows ``clock``, not before the moment."""
    local = moment.astimezone(SHANGHAI)
    today = datetime.combine(local.date(), clock, SHANGHAI)
    return today if today >= local else today + timedelta(days=1)
