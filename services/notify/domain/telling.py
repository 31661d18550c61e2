"""The parts of a rule book: tellings with their groups and routes, dates, endings, ladders, briefs."""

from collections.abc import Mapping
from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

ChannelWord = Literal["in_app", "sms", "voice", "mini_program", "wechat", "wecom", "wecom_group", "email", "webhook", "other"]
IN_APP = "in_app"


def _span(value: Any) -> Any:
    return timedelta(**value) if isinstance(value, Mapping) else value


def _step(value: Any) -> Any:
    return {"channel": value} if isinstance(value, str) else value


Span = Annotated[timedelta, BeforeValidator(_span)]
Wanted = Mapping[str, tuple[str | bool, ...]]


class Entry(BaseModel):
    """One part of the book: frozen, and an unknown word in it is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)


class Urgency(StrEnum):
    """How much a notice hurries: only ordinary ones keep quiet hours."""

    ORDINARY = "ordinary"
    IMMEDIATE = "immediate"
    MAJOR = "major"


class Lane(StrEnum):
    """Queues that do not wait for one another."""

    ALARM = "alarm"
    ORDINARY = "ordinary"
    BROADCAST = "broadcast"
    OUTSIDE = "outside"


class Step(Entry):
    """One channel of a route, and when it starts; without a condition at once."""

    channel: ChannelWord
    otherwise: bool = False
    after: Span | None = None
    unless: Literal["read", "acknowledged"] | None = None

    @property
    def starts_at_once(self) -> bool:
        """Whether nothing has to happen first."""
        return not self.otherwise and self.after is None


Route = tuple[Annotated[Step, BeforeValidator(_step)], ...]


class Group(Entry):
    """Whom a rule tells with one text over one route; ``sms_route`` is for reminders that may end in an SMS."""

    who: tuple[str, ...]
    template: str
    route: Route
    sms_route: Route | None = None


class Telling(Entry):
    """What rules and reminders share."""

    kind: str
    row: str
    mark: Literal["table", "D", "R", "M"]
    to: tuple[Group, ...]
    urgency: Urgency = Urgency.ORDINARY
    lane: Lane | None = None
    merge: bool = False
    until: str | None = None
    expires: Span
    ladder: str | None = None

    @property
    def travels(self) -> Lane:
        """The lane in which its dispatches wait."""
        return self.lane or (Lane.ORDINARY if self.urgency is Urgency.ORDINARY else Lane.ALARM)


class Rule(Telling):
    """What is told when an event is heard."""

    hears: tuple[str, ...]
    when: Wanted = {}
    unless: Wanted = {}
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    once_per: str | None = None
    at: time | None = None
    expects: Mapping[int, Mapping[str, str]] = {}

    def concerns(self, facts: Mapping[str, Any]) -> bool:
        """Whether the facts of the event are those that the rule is for; ``unless`` forbids only where all of it holds."""
        wanted = all(fact_at(facts, key) in values for key, values in self.when.items())
        forbidden = bool(self.unless) and all(fact_at(facts, key) in values for key, values in self.unless.items())
        there = all(facts.get(key) is not None for key in self.present) and all(facts.get(key) is None for key in self.absent)
        return wanted and there and not forbidden


def fact_at(facts: Mapping[str, Any], path: str) -> Any:
    """The fact of a name, or below it where the name is dotted (``rule.rule``); None where there is none."""
    value: Any = facts
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


class Offset(Entry):
    """When a reminder is due: whole days from the date at an hour, or hours from a moment; ``times`` on so many days in a row."""

    days: int = 0
    clock: time | None = None
    hours: int = 0
    sms: bool = False
    template: str | None = None
    times: int = Field(default=1, ge=1, le=60)

    def each(self) -> "tuple[Offset, ...]":
        """The same on each of its days."""
        return tuple(self.model_copy(update={"days": self.days + more, "times": 1}) for more in range(self.times))


def _days_apart(offsets: tuple[Offset, ...]) -> tuple[Offset, ...]:
    return tuple(day for offset in offsets for day in offset.each())


class DateRule(Telling):
    """What is told before and after a date; ``thing`` names the field whose date it is, ``date`` where the date stands."""

    opens: tuple[str, ...]
    closes: tuple[str, ...] = ()
    thing: str = "site_id"
    date: str
    at: Annotated[tuple[Offset, ...], AfterValidator(_days_apart)]


class Happens(Entry):
    """An event, perhaps only with certain facts."""

    event: str
    when: Wanted = {}


class Ending(Entry):
    """What ends a matter, and what begins it again; ``stops_climbing`` stops the ladder alone."""

    thing: str
    ends: tuple[Happens, ...]
    begins_again: tuple[Happens, ...] = ()
    stops_climbing: tuple[str, ...] = ()


class Rung(Entry):
    """One step up: how long after the one below, who hears of it, and what is expected of him."""

    after: Span
    recipients: tuple[str, ...]
    expects: Mapping[str, str]


class Ladder(Entry):
    """Who is told next while nobody acknowledges."""

    mark: str
    occasion: str
    rungs: tuple[Rung, ...]

    def above(self, reached: int) -> Rung | None:
        """The rung above the one reached (0 is the first notice); None at the top."""
        return self.rungs[reached] if reached < len(self.rungs) else None


class Brief(Entry):
    """When a brief is written and for whom; ``weekday`` 0 is Monday."""

    clock: time
    to: tuple[str, ...]
    occasion: str
    weekday: int | None = Field(default=None, ge=0, le=6)
