"""What comes next when a dispatch did not arrive: another attempt, the next channel of the route, or the end of the notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify import cards, unreached
from services.notify.chains import append
from services.notify.channels.channel import Concern
from services.notify.domain.book import Book
from services.notify.domain.routes import Start
from services.notify.domain.states import DispatchState, Happening, NoticeState
from services.notify.errands import Errand
from services.notify.intentions import dispatch_row, ring_for
from services.notify.store import followups as store
from services.notify.store import queue
from services.notify.store.records import Row
from shared.database import Transaction as Tx


@dataclass(frozen=True, slots=True)
class Failure:
    """A channel that will not carry a notice; ``unreachable`` says that it will carry nothing to this person."""

    row: Row
    reason: str
    concerns: Concern
    unreachable: bool


@dataclass(frozen=True, slots=True)
class Again:
    """An attempt to be made again after a pause, and whether by another provider."""

    errand: Errand
    pause: timedelta
    elsewhere: bool


async def retry(tx: Tx, attempts: Sequence[Again], book: Book) -> None:
    """Surely not sent: the next attempt is queued, and the notice goes on being sent."""
    if not attempts:
        return
    routes = {row["id"]: row for row in await store.routes(tx, {again.errand.row["notice_id"] for again in attempts})}
    rows = [_again(again, routes[again.errand.row["notice_id"]], tx.now, book) for again in attempts]
    await store.queue_dispatches(tx, rows)
    moved = [{"id": notice, "state": NoticeState.SENDING} for notice in routes]
    await queue.raise_notices(tx, moved, Happening.TRY_LATER)
    ring_for(tx, [row for again, row in zip(attempts, rows, strict=True) if not again.pause])


def _again(again: Again, route: Row, now: datetime, book: Book) -> dict[str, Any]:
    errand = again.errand
    start = Start(errand.row["on_channel"], now + again.pause)
    row = dispatch_row(route, start, DispatchState.DUE, book.quiet_channels, errand.row["attempt"] + 1)
    return row | {"provider": errand.provider if again.elsewhere else None}


async def fail(tx: Tx, failures: Sequence[Failure], book: Book) -> None:
    """A channel failed for good: the next one takes over at once; a notice that has none left, or is outdated, has failed."""
    if not failures:
        return
    learned = [f for f in failures if f.unreachable]
    await store.learn_unreachable(tx, [_lesson(failure, tx.now) for failure in learned])
    notices = {failure.row["notice_id"] for failure in failures}
    await store.lock(tx, notices)
    routes = {row["id"]: row for row in await store.routes(tx, notices)}
    going_on = {notice for notice, route in routes.items() if route["alive"]}
    open_ones = [route for notice, route in routes.items() if notice not in going_on and route["expires_at"] > tx.now]
    started = await start_next(tx, open_ones, book)
    for failure in failures:
        if failure.row["notice_id"] in going_on | started:
            _say_failed(tx, failure, routes[failure.row["notice_id"]], final=False)
    await _end(tx, [f for f in failures if f.row["notice_id"] not in going_on | started], book)


def _lesson(failure: Failure, now: datetime) -> dict[str, Any]:
    row = failure.row
    return {"dispatch_id": row["id"], "person_id": row["person_id"], "channel": row["on_channel"], "found_at": now}


async def start_next(tx: Tx, routes: Sequence[Row], book: Book) -> set[UUID]:
    """Start the next step of each route that has one; the notices of which one was started."""
    ready = [route for route in routes if route["later"]]
    starts = [_next_row(route, tx.now, book) for route in ready]
    await store.queue_dispatches(tx, starts)
    await store.advance(tx, [_rest(route, tx.now) for route in ready])
    ring_for(tx, starts)
    return {route["id"] for route in ready}


def _next_row(route: Row, now: datetime, book: Book) -> dict[str, Any]:
    return dispatch_row(route, Start(route["later"][0]["channel"], now), DispatchState.DUE, book.quiet_channels)


def _rest(route: Row, now: datetime) -> dict[str, Any]:
    rest = route["later"][1:]
    after = rest[0]["after"] if rest else None
    return {"id": route["id"], "later": rest, "next_at": None if after is None else now + timedelta(seconds=after)}


async def _end(tx: Tx, failures: Sequence[Failure], book: Book) -> None:
    by_notice = {failure.row["notice_id"]: failure for failure in failures}
    rows = [{"id": notice, "state": NoticeState.FAILED, "reason": failure.reason} for notice, failure in by_notice.items()]
    ended = await queue.raise_notices(tx, rows, Happening.FAILED)
    for row in ended:
        _say_failed(tx, by_notice[row["id"]], row, final=True)
    await append(tx, [(row["id"], _told(by_notice[row["id"]])) for row in ended])
    await unreached.note(tx, {row["id"] for row in ended}, book)


def _told(failure: Failure) -> dict[str, Any]:
    """What the proof keeps of a notice that did not arrive: that it was tried, where, and why it ended."""
    row = failure.row
    return {"happened": "failed", "channel": row["on_channel"], "attempt": row["attempt"], "reason": failure.reason}


def _say_failed(tx: Tx, failure: Failure, row: Row, *, final: bool) -> None:
    named = {**row, "channel": failure.row["on_channel"], "provider": failure.row["provider"]}
    reason = cards.failure_of(failure.reason, failure.concerns)
    cards.failed(tx, named, reason, attempt=failure.row["attempt"], final=final)
