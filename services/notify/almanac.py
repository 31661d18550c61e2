"""Dates that are coming: remembered when an event sets them, forgotten when it ends them, called to mind by a worker."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from services.notify.domain import reminders
from services.notify.domain.book import Book
from services.notify.domain.expected import expected
from services.notify.domain.quiet import Quiet
from services.notify.domain.surroundings import Occurrence
from services.notify.domain.telling import DateRule
from services.notify.store import dates, matters
from shared.clock import SHANGHAI
from shared.database import Transaction as Tx


@dataclass(slots=True)
class _Page:
    """What a batch of events writes into the calendar."""

    dates: list[dict[str, Any]] = field(default_factory=list)
    reminders: list[dict[str, Any]] = field(default_factory=list)
    gone: dict[str, set[UUID]] = field(default_factory=dict)
    gone_sites: dict[str, set[UUID]] = field(default_factory=dict)


async def remember(tx: Tx, occurrences: Sequence[Occurrence], book: Book, ended: Collection[UUID]) -> None:
    """Set, move and forget dates as the events of a batch say."""
    page = _Page()
    for occurrence in occurrences:
        for rule, on in _dates_in(occurrence, book):
            _enter(page, rule, occurrence, on, (tx.now, book.quiet), ended)
    for kind, things in page.gone.items():
        await matters.forget_reminders(tx, things, [kind])
    for kind, sites in page.gone_sites.items():
        await matters.forget_reminders_of_sites(tx, sites, [kind])
    if page.dates:
        await dates.save_dates(tx, page.dates, page.reminders)


def _dates_in(occurrence: Occurrence, book: Book) -> Iterator[tuple[DateRule, datetime | None]]:
    """Every reminder rule that the event concerns, with the date that it sets; None where it ends it."""
    for rule in book.dates_by_event.get(occurrence.name, ()):
        if occurrence.name in rule.closes:
            yield rule, None
        elif reminders.speaks_of(rule, occurrence.facts):
            yield rule, reminders.date_in(rule, occurrence.facts)
    for owed in expected(occurrence):
        for rule in book.dates_by_event.get(owed.name, ()):
            yield rule, datetime.combine(owed.due, time(23, 59), SHANGHAI)


def _enter(  # noqa: PLR0913, PLR0917 - one line of the page
    page: _Page,
    rule: DateRule,
    occurrence: Occurrence,
    on: datetime | None,
    clock: tuple[datetime, Quiet],
    ended: Collection[UUID],
) -> None:
    thing = occurrence.facts.get(rule.thing)
    if on is None:
        _strike(page, rule, occurrence)
        return
    if thing is None or thing in ended:
        return
    page.dates.append(_date_row(rule.kind, thing, occurrence, on))
    for number, moment in reminders.moments(rule, on, *clock):
        page.reminders.append({"kind": rule.kind, "thing_id": thing, "offset": number, "at": moment})


def _strike(page: _Page, rule: DateRule, occurrence: Occurrence) -> None:
    """A thing that has no date any more; where the event names no thing, everything at its site."""
    thing = occurrence.facts.get(rule.thing)
    if thing is not None:
        page.gone.setdefault(rule.kind, set()).add(thing)
    elif occurrence.site_id is not None:
        page.gone_sites.setdefault(rule.kind, set()).add(occurrence.site_id)


def _date_row(kind: str, thing: UUID, occurrence: Occurrence, on: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "thing_id": thing,
        "version": int(occurrence.at.timestamp() * 1000),
        "cause": occurrence.name,
        "cause_id": occurrence.id,
        "site_id": occurrence.site_id,
        "facts": occurrence.facts,
        "on": on,
    }
