"""When a coming date is called to mind: whole days at an hour of the Shanghai clock, or hours before a moment."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.notify.domain.quiet import Quiet
from services.notify.domain.telling import DateRule, Offset, Urgency
from shared.clock import SHANGHAI

_SILENT = object()
_BEFORE_THE_NIGHT = timedelta(minutes=30)


def date_in(rule: DateRule, facts: Mapping[str, Any]) -> datetime | None:
    """The moment that the rule's ``date`` names in the facts, a day standing for its end; None where there is none."""
    value = _at(rule.date, facts)
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time(23, 59), SHANGHAI) if isinstance(value, date) else None


def speaks_of(rule: DateRule, facts: Mapping[str, Any]) -> bool:
    """Whether the facts say anything about the date, be it that there is none any more."""
    return _at(rule.date, facts) is not _SILENT


def _at(path: str, facts: Mapping[str, Any]) -> Any:
    value: Any = facts
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return _SILENT
        value = value[part]
    return value


def moments(rule: DateRule, on: datetime, now: datetime, quiet: Quiet) -> Iterator[tuple[int, datetime]]:
    """The reminders that are still to come, as offset number and moment."""
    for number, offset in enumerate(rule.at):
        moment = _awake(moment_of(offset, on), rule, quiet)
        if moment > now:
            yield number, moment


def moment_of(offset: Offset, on: datetime) -> datetime:
    """When one reminder is due."""
    if offset.clock is None:
        return on + timedelta(days=offset.days, hours=offset.hours)
    day = on.astimezone(SHANGHAI).date() + timedelta(days=offset.days)
    return datetime.combine(day, offset.clock, SHANGHAI)


def _awake(moment: datetime, rule: DateRule, quiet: Quiet) -> datetime:
    """The moment; half an hour before the night where the morning would be too late to tell it."""
    if rule.urgency is not Urgency.ORDINARY or quiet.over(moment) < moment + rule.expires:
        return moment
    return quiet.began(moment) - _BEFORE_THE_NIGHT


def occasion_of(kind: str, thing: UUID, moment: datetime) -> UUID:
    """The same reminder has the same identity whoever plans it, so that it is planned once."""
    return uuid5(thing, f"{kind}@{moment.astimezone(SHANGHAI).isoformat(timespec='minutes')}")
