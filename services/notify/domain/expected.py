"""Checks that a party owes next: nobody says when they are due, so it follows from the last one and from the calendar."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.notify.domain.surroundings import Occurrence
from shared.clock import shanghai_date
from shared.contracts.vocabulary import SiteKind

SELF_CHECK, LANDLORD_CHECK = "notify.self_check_expected", "notify.landlord_check_expected"
_LEAST_DAYS = 7
_FOLLOWED = {
    "inspection.self_check_submitted": SELF_CHECK,
    "inspection.self_check_missed": SELF_CHECK,
    "inspection.landlord_check_recorded": LANDLORD_CHECK,
    "inspection.landlord_check_missed": LANDLORD_CHECK,
}


@dataclass(frozen=True, slots=True)
class Expected:
    """A check that is due on a day, under the name by which reminders know it."""

    name: str
    due: date


def expected(occurrence: Occurrence) -> Iterator[Expected]:
    """What is owed next after an event; the first period ends with the month, or with the next where little is left of it."""
    facts = occurrence.facts
    if occurrence.name in _FOLLOWED:
        yield Expected(_FOLLOWED[occurrence.name], _next_end(facts["period"]))
    elif occurrence.name == "registry.site_registered" and facts["kind"] == SiteKind.TENANT:
        yield Expected(SELF_CHECK, _first_end(shanghai_date(occurrence.at)))
    elif occurrence.name == "registry.lease_activated" and facts.get("site_id"):
        yield Expected(LANDLORD_CHECK, _first_end(shanghai_date(occurrence.at)))


def _first_end(today: date) -> date:
    end = _month_end(today)
    return end if (end - today).days >= _LEAST_DAYS else _month_end(end + timedelta(days=1))


def _next_end(period: Mapping[str, date]) -> date:
    """Whole months are followed by as many whole months, anything else by as many days."""
    first, last = period["first"], period["last"]
    if first.day != 1 or last != _month_end(last):
        return last + (last - first) + timedelta(days=1)
    end = last
    for _ in range((last.year - first.year) * 12 + last.month - first.month + 1):
        end = _month_end(end + timedelta(days=1))
    return end


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
