"""Claiming: due dispatches become stored attempts in one short transaction; what is outdated or over a cap falls out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from services.notify import allowances, cards, library
from services.notify.channels.channel import CALL, KeyKind
from services.notify.domain.planning import Library
from services.notify.domain.states import DispatchState, Happening, NoticeState
from services.notify.domain.telling import Lane, Urgency
from services.notify.errands import Errand
from services.notify.senders import Place, Senders
from services.notify.store import queue
from services.notify.store.records import Row
from shared.contracts.vocabulary import NoticeFailure
from shared.database import Transaction as Tx
from shared.identifiers import new_id

log = structlog.get_logger()

NO_PROVIDER, NO_TEXT = "none", "no_text"

Planned = tuple[dict[str, Any], dict[str, Any]]
"""A notice and one of its dispatches, as rows that are about to be stored."""

_NO_LONGER = {NoticeState.ACKNOWLEDGED, NoticeState.CANCELLED, NoticeState.EXPIRED, NoticeState.MERGED}


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one worker holds, what fell away while it was claimed, how many a rate left for a moment, and whether more are due.

    ``alone`` are those that take a call each.
    """

    holder: UUID
    errands: Sequence[Errand]
    dropped: Sequence[Row]
    exhausted: AbstractSet[tuple[UUID, str]] = frozenset()
    alone: AbstractSet[UUID] = frozenset()
    left: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker asks for: how many of which lane, under which key, for how long.

    Of those that take a call each a provider gets as many as it has ``calls`` left, of which so many are ``busy``: what was
    claimed and not yet called when a process dies is a question for nothing, and some providers cannot be asked.
    """

    lane: str
    key: KeyKind
    most: int
    lease: timedelta
    calls: int
    busy: Mapping[Place, int] = field(default_factory=dict)

    @property
    def full(self) -> set[Place]:
        """The providers that have no call left."""
        return {place for place, calls in self.busy.items() if calls >= self.calls}


async def claim(tx: Tx, wanted: Claim, senders: Senders) -> Claimed:
    """Take due dispatches and store the attempts: from here on a crash leaves a question, never a second call."""
    away = senders.away_for_long(wanted.key, tx.now)
    rows = await queue.lock_due(tx, wanted.lane, senders.barred(wanted.key, tx.now, wanted.full), wanted.most, away)
    if not rows:
        return Claimed(new_id(), (), ())
    in_force = await library.in_force(tx)
    holder = new_id()
    dropped = [row for row in rows if outdated(row, tx.now)]
    live = [row for row in rows if not outdated(row, tx.now)]
    if any(not in_force.shelf.has(row["template"], row["template_version"]) for row in live):
        library.look_again(tx)
        in_force = await library.in_force(tx)
    call = f"{CALL}{holder.hex}" if wanted.lane == Lane.BROADCAST else None
    asked = [{**row, "call": call, "away": row["on_channel"] in away} for row in live]
    clerk = _Clerk(in_force, senders, wanted, tx.now)
    carried = [errand for row in asked if (errand := clerk.errand(row))]
    await _expire(tx, dropped)
    allowed = {row["id"] for row in await allowances.within_cap(tx, [errand.row for errand in carried], in_force.book)}
    errands = [errand for errand in carried if errand.id in allowed]
    await queue.store_attempts(tx, [*map(_attempt, errands), *(_drop(row, tx.now) for row in dropped)], holder, wanted.lease)
    exhausted = await allowances.exhausted(tx, [errand.row for errand in errands])
    left = len(live) - len(carried) - clerk.refused
    alone = clerk.alone & allowed
    return Claimed(holder, errands, dropped, exhausted, alone, left, more=clerk.refused > 0 or len(rows) == wanted.most)


def claim_planned(in_force: Library, wanted: Claim, senders: Senders, planned: Sequence[Planned], now: datetime) -> Claimed:
    """Turn those dispatches of a plan into attempts, in their rows, that may leave at once and that no cap holds back."""
    barred = set(senders.barred(wanted.key, now, wanted.full))
    clerk = _Clerk(in_force, senders, wanted, now)
    holder, errands = new_id(), list[Errand]()
    for notice, dispatch in planned:
        if len(errands) == wanted.most or not _may_leave(notice, dispatch, wanted.lane, now) or dispatch["channel"] in barred:
            continue
        if (errand := clerk.errand(_errand_row(notice, dispatch))) is not None:
            errands.append(errand)
            dispatch |= {**_attempt(errand), "holder": holder, "started_at": now, "lease_until": now + wanted.lease}
    return Claimed(holder, errands, (), alone=clerk.alone)


def _may_leave(notice: Row, dispatch: Row, lane: str, now: datetime) -> bool:
    """Ordinary texts may be too many for a day, and quiet hours keep their own clock: both are the worker's."""
    waits = dispatch["due_at"] > now or dispatch["quiet_from"] is not None or dispatch["state"] != DispatchState.DUE
    return dispatch["lane"] == lane and not waits and notice["urgency"] != Urgency.ORDINARY and not outdated(notice, now)


def _errand_row(notice: Row, dispatch: Row) -> dict[str, Any]:
    """A dispatch with its notice, as the queue shows it."""
    own = {name: dispatch[name] for name in ("id", "attempt", "person_id", "postponed", "lane", "due_at")}
    kept = {name: notice[name] for name in queue.NOTICE_COLUMNS}
    more = {"on_channel": dispatch["channel"], "notice_id": notice["id"], "steps_left": len(notice["later"])}
    return kept | own | more | {"held_back": None, "not_by": None, "call": None, "away": False}


async def _expire(tx: Tx, dropped: Sequence[Row]) -> None:
    """What nobody needs to hear any more is dropped with its reason."""
    rows = [{"id": row["notice_id"], "state": NoticeState.EXPIRED, "reason": "outdated"} for row in dropped]
    capped = {row["notice_id"] for row in dropped if row["held_back"] == "capped"}
    for row in await queue.raise_notices(tx, list({row["id"]: row for row in rows}.values()), Happening.OUTDATED):
        reason = NoticeFailure.CAPPED if row["id"] in capped else NoticeFailure.OUTDATED
        cards.failed(tx, row, reason, final=True)


def outdated(row: Row, now: datetime) -> bool:
    """Whether nobody needs to hear it any more."""
    return row["expires_at"] <= now or row["state"] in _NO_LONGER


@dataclass(slots=True)
class _Clerk:
    """Makes errands of due rows while the providers take them, and while there are calls left for those that take one each."""

    in_force: Library
    senders: Senders
    wanted: Claim
    now: datetime
    refused: int = 0
    alone: set[UUID] = field(default_factory=set)
    taken: Counter[Place] = field(default_factory=Counter)
    full: AbstractSet[Place] = field(init=False)

    def __post_init__(self) -> None:
        self.full = self.wanted.full

    def errand(self, row: Row) -> Errand | None:
        """None for what waits: for a provider, a rate or a call."""
        kind, key = row["on_channel"], self.wanted.key if row["key_kind"] == "default" else KeyKind(row["key_kind"])
        exists = self.senders.has(kind, key) and not row["away"]
        wanted = (kind, row["id"], key, self.now, row["not_by"], self.full)
        provider = self.senders.provider_for(*wanted) if exists else NO_PROVIDER
        if provider is None:
            return None
        together = row["call"] is not None and row["attempt"] == 1 and self.senders.shares_key(kind, provider, key)
        alone = not together and self.senders.goes_alone(kind, provider, key)
        place = (kind, provider)
        if self.wanted.busy.get(place, 0) + (self.taken[place] if alone else 0) >= self.wanted.calls:
            self.refused += 1
            return None
        if not self.senders.draws(kind, provider, row["lane"], self.now):
            return None
        if alone:
            self.alone.add(row["id"])
            self.taken[place] += 1
        return self._written({**row, "call": row["call"] if together else None}, provider, key)

    def _written(self, row: dict[str, Any], provider: str, key: KeyKind) -> Errand:
        """With its text; one of which none can be made fails alone."""
        try:
            template = self.in_force.shelf.exact(row["template"], row["template_version"])
            title = template.title.get(row["language"], template.title["zh-CN"])
            text = template.render(row["on_channel"], row["language"], row["variables"])
            return Errand(row | {"variables": template.in_order(row["variables"])}, provider, key, title, text, self.now)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the others are to leave
            log.warning("no_text", dispatch=str(row["id"]), template=row["template"], error=type(error).__name__)
            return Errand(row, provider, key, "", "", self.now, fault=NO_TEXT)


def _attempt(errand: Errand) -> dict[str, Any]:
    return {
        "id": errand.id,
        "state": DispatchState.SENDING,
        "provider": errand.provider,
        "key_kind": errand.key_kind,
        "text": errand.text,
        "reason": None,
        "call": errand.row["call"],
    }


def _drop(row: Row, now: datetime) -> dict[str, Any]:
    reason = "outdated" if row["expires_at"] <= now else row["state"]
    return {
        "id": row["id"],
        "state": DispatchState.DROPPED,
        "provider": None,
        "key_kind": None,
        "text": None,
        "reason": reason,
        "call": None,
    }
