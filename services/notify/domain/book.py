"""The rule book: who is told what, when and how, as versioned data that a bureau edits and this module checks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.notify.domain.providers import Failover
from services.notify.domain.quiet import Quiet
from services.notify.domain.retries import RetryTable

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

    def concerns(self, facts: Mapping[str, Any]) -> bool:
        """Whether the facts of the event are those that the rule is for; ``unless`` forbids only where all of it holds."""
        wanted = all(facts.get(key) in values for key, values in self.when.items())
        forbidden = bool(self.unless) and all(facts.get(key) in values for key, values in self.unless.items())
        there = all(facts.get(key) is not None for key in self.present) and all(facts.get(key) is None for key in self.absent)
        return wanted and there and not forbidden


class Offset(Entry):
    """When a reminder is due: whole days from the date at an hour, or hours from a moment."""

    days: int = 0
    clock: time | None = None
    hours: int = 0
    sms: bool = False


class DateRule(Telling):
    """What is told before and after a date; ``thing`` names the field whose date it is, ``date`` where the date stands."""

    opens: tuple[str, ...]
    closes: tuple[str, ...] = ()
    thing: str = "site_id"
    date: str
    at: tuple[Offset, ...]


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


class Book(Entry):
    """One edition, checked as a whole."""

    edition: str
    quiet: Quiet
    quiet_channels: frozenset[str]
    digest_least: int = Field(ge=2)
    digest_template: str
    sms_cap: int = Field(ge=1)
    rules: tuple[Rule, ...]
    dates: tuple[DateRule, ...]
    endings: Mapping[str, Ending]
    ladders: Mapping[str, Ladder]
    daily: Brief
    weekly: Brief
    free: frozenset[str]
    retries: Mapping[str, RetryTable]
    failover: Failover

    @classmethod
    def read(cls, text: str) -> Self:
        """Read an edition from YAML; raises ValueError (or pydantic's ValidationError) that names the place."""
        try:
            raw = yaml.safe_load(text)
        except yaml.YAMLError as error:
            message = f"not YAML: line {getattr(getattr(error, 'problem_mark', None), 'line', 0) + 1}"
            raise ValueError(message) from None
        if not isinstance(raw, dict):
            message = "not a mapping"
            raise TypeError(message)
        return cls.model_validate(_flattened(raw))

    @model_validator(mode="after")
    def names_what_is_there(self) -> Self:
        """A ladder, an ending or a kind that the book speaks of stands in it."""
        for telling in self.tellings():
            if telling.ladder is not None and telling.ladder not in self.ladders:
                message = f"{telling.kind}: no ladder {telling.ladder!r}"
                raise ValueError(message)
            if telling.until is not None and telling.until not in self.endings:
                message = f"{telling.kind}: no ending {telling.until!r}"
                raise ValueError(message)
        if "otherwise" not in self.retries:
            message = "retries: no row `otherwise`"
            raise ValueError(message)
        return self

    def tellings(self) -> Iterator[Telling]:
        """Every rule and every reminder."""
        yield from self.rules
        yield from self.dates

    @cached_property
    def by_event(self) -> Mapping[str, Sequence[Rule]]:
        """Wire name → rules that hear it, in the order of the book."""
        names = {name for rule in self.rules for name in rule.hears}
        return {name: tuple(rule for rule in self.rules if name in rule.hears) for name in names}

    @cached_property
    def dates_by_event(self) -> Mapping[str, Sequence[DateRule]]:
        """Wire name → reminders whose date it sets or ends."""
        names = {name for rule in self.dates for name in (*rule.opens, *rule.closes)}
        return {name: tuple(rule for rule in self.dates if name in (*rule.opens, *rule.closes)) for name in names}

    @cached_property
    def dates_by_kind(self) -> Mapping[str, DateRule]:
        """Kind → reminder."""
        return {rule.kind: rule for rule in self.dates}

    @property
    def templates(self) -> frozenset[str]:
        """Every template that the book names."""
        named = {group.template for telling in self.tellings() for group in telling.to}
        return frozenset(named | {self.digest_template}) - {"-"}

    def retry(self, kind: str) -> RetryTable:
        """How often a notice of a kind is tried."""
        return self.retries.get(kind) or self.retries["otherwise"]


def _flattened(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The file's shape, which suits people, as the fields of the book."""
    quiet, digest, briefs = raw["quiet"], raw["digest"], raw["briefs"]
    retries = {kind: RetryTable.of(row) for kind, row in raw["retries"].items() if kind != "mark"}
    return {
        "edition": raw["edition"],
        "quiet": Quiet(time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["to"])),
        "quiet_channels": frozenset(quiet["channels"]),
        "digest_least": digest["least"],
        "digest_template": digest["template"],
        "sms_cap": raw["caps"]["sms"],
        **{name: raw[name] for name in ("rules", "dates", "endings", "ladders", "free")},
        "daily": briefs["daily"],
        "weekly": briefs["weekly"],
        "retries": retries,
        "failover": Failover.of({key: value for key, value in raw["failover"].items() if key != "mark"}),
    }
