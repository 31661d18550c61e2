"""From intentions to rows: the notice, its first dispatches, and what is said of them."""

import base64
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify import cards
from services.notify.chains import append
from services.notify.departures import board
from services.notify.domain.book import Book
from services.notify.domain.planning import Intention
from services.notify.domain.quiet import minutes
from services.notify.domain.routes import Later, Start
from services.notify.domain.states import DispatchState, NoticeState
from services.notify.domain.telling import Urgency
from services.notify.store import intentions as store
from services.notify.store.records import Row
from shared.database import Transaction as Tx
from shared.identifiers import new_id

HELD_BELL = "held"
"""Wakes whoever merges reminders that wait for company."""
_TOKEN_BYTES = 13
_THINGS = ("hazard_id", "lease_id", "campaign_id", "appeal_id", "complaint_id", "consultation_id")


async def store_intentions(tx: Tx, intentions: Sequence[Intention], book: Book, ended: Collection[UUID] = ()) -> int:
    """Store what was not planned before, say it, let go what cannot wait, and wake the workers for the rest.

    What belongs to an ended matter is stored as cancelled.
    """
    rows = [_notice_row(intention, book, tx.now, ended) for intention in intentions]
    planned = [
        (row, dispatch)
        for intention, row in zip(intentions, rows, strict=True)
        if row["state"] == NoticeState.PLANNED
        for dispatch in _dispatch_rows(intention, row, book)
    ]
    departure = await board(tx, planned)
    queue = [dispatch for _, dispatch in planned]
    fresh = await store.insert_planned(tx, rows, queue) if rows else set()
    for row in rows:
        if row["id"] in fresh:
            cards.planned(tx, row)
    await _show(tx, [row for row in rows if row["id"] in fresh and row["state"] == NoticeState.ACCEPTED])
    gone = await departure.leave(tx, fresh) if departure else set()
    ring_for(tx, [dispatch for dispatch in queue if dispatch["notice_id"] in fresh and dispatch["id"] not in gone])
    return len(fresh)


def lane_bell(lane: str) -> str:
    """Wakes the sender of one lane: a bell for all would have every lane ask the database for nothing."""
    return f"dispatches_{lane}"


def ring_for(tx: Tx, dispatches: Iterable[Row]) -> None:
    """Wake whom these dispatches, each with its ``lane`` and ``state``, concern."""
    for dispatch in dispatches:
        tx.ring(HELD_BELL if dispatch["state"] == DispatchState.HELD else lane_bell(dispatch["lane"]))


async def _show(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """A notice for the inbox alone has arrived where it should as soon as it is stored."""
    for row in rows:
        cards.accepted(tx, row, 1, tx.now)
    told = [(row["id"], _shown(row)) for row in rows]
    await append(tx, told, {row["id"] for row in rows})


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """What the proof keeps of a notice in the inbox."""
    text = {"template": f"{row['template']}.{row['template_version']}", "variables": dict(row["variables"])}
    return {"happened": "shown", "channel": "in_app", "clause": row["clause"], **text}


def new_token() -> str:
    """A hundred bits that nobody guesses, in twenty characters that fit into a template's variable."""
    return base64.b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode()[:20].lower()


def _notice_row(intention: Intention, book: Book, now: datetime, ended: Collection[UUID]) -> dict[str, Any]:
    facts, telling = intention.occurrence.facts, intention.telling
    thing = next((facts[name] for name in _THINGS if facts.get(name)), None)
    over = telling.until is not None and thing in ended
    return {
        "id": new_id(),
        "occasion": intention.occasion,
        "person_id": intention.addressee.person_id,
        "kind": telling.kind,
        "state": _first_state(intention, over=over),
        "version": 1,
        "recipient": intention.addressee.recipient,
        "party_id": intention.addressee.party_id,
        "officer_id": intention.addressee.officer_id,
        "cause_id": facts.get("cause_id", intention.occurrence.id),
        "cause": facts.get("cause_name", intention.occurrence.name),
        "correlation_id": facts.get("correlation_id"),
        **{name: facts.get(name) for name in ("site_id", "grid_id", "hazard_id", "lease_id", "campaign_id", "appeal_id")},
        "thing_id": thing,
        "ending": telling.until,
        "ladder": telling.ladder,
        "rung": facts.get("rung", 0),
        "urgency": telling.urgency,
        "lane": telling.travels,
        "quiet_from": minutes(intention.silence.quiet.start) if intention.silence.kept else None,
        "quiet_to": minutes(intention.silence.quiet.end) if intention.silence.kept else None,
        "template": intention.template,
        "template_version": intention.template_version,
        "language": intention.language,
        "variables": intention.variables,
        "clause": intention.clause,
        "edition": book.edition,
        "token": new_token(),
        "key_kind": facts.get("key_kind", "default"),
        "in_app": intention.journey.in_app,
        "later": [_later(step) for step in intention.journey.later],
        "subscription_id": facts.get("subscription_id"),
        "broadcast_id": facts.get("broadcast_id"),
        "reason": "ended" if over else None,
        "channel": "in_app" if intention.journey.in_app and not intention.journey.starts else None,
        "provider": None,
        "planned_at": now,
        "send_after": max(now, intention.send_after),
        "next_at": None if over else intention.journey.next_at,
        "expires_at": intention.expires,
        "acknowledge_by": intention.acknowledge_by,
        "accepted_at": None if intention.journey.starts else now,
    }


def _first_state(intention: Intention, *, over: bool) -> NoticeState:
    if over:
        return NoticeState.CANCELLED
    return NoticeState.PLANNED if intention.journey.starts else NoticeState.ACCEPTED


def _dispatch_rows(intention: Intention, row: dict[str, Any], book: Book) -> list[dict[str, Any]]:
    held = intention.telling.merge and intention.telling.urgency is Urgency.ORDINARY
    state = DispatchState.HELD if held else DispatchState.DUE
    return [dispatch_row(row, start, state, book.quiet_channels) for start in intention.journey.starts]


def dispatch_row(
    notice: Row, start: Start, state: DispatchState, quiet_channels: Collection[str], attempt: int = 1
) -> dict[str, Any]:
    """A dispatch that waits for its time."""
    quiet = start.channel in quiet_channels
    return {
        "id": new_id(),
        "notice_id": notice["id"],
        "person_id": notice["person_id"],
        "channel": start.channel,
        "attempt": attempt,
        "lane": notice["lane"],
        "state": state,
        "quiet_from": notice["quiet_from"] if quiet else None,
        "quiet_to": notice["quiet_to"] if quiet else None,
        "postponed": 0,
        "asked": 0,
        "due_at": start.due,
    }


def _later(step: Later) -> dict[str, Any]:
    return {"channel": step.channel, "after": _seconds(step.after), "unless": step.unless}


def _seconds(after: timedelta | None) -> float | None:
    return None if after is None else after.total_seconds()
