"""Claiming: due dispatches become stored attempts in one short transaction; what is outdated or over a cap falls out."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify import allowances, cards, library
from services.notify.channels.channel import CALL, KeyKind
from services.notify.domain.planning import Library
from services.notify.domain.states import DispatchState, Happening, NoticeState
from services.notify.domain.telling import Lane
from services.notify.errands import Errand
from services.notify.senders import Senders
from services.notify.store import queue
from services.notify.store.records import Row
from shared.contracts.vocabulary import NoticeFailure
from shared.database import Transaction as Tx
from shared.identifiers import new_id

NO_PROVIDER = "none"
_NO_LONGER = {NoticeState.ACKNOWLEDGED, NoticeState.CANCELLED, NoticeState.EXPIRED, NoticeState.MERGED}


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one worker holds, what fell away while it was claimed, and how many were left for a moment by a rate."""

    holder: UUID
    errands: Sequence[Errand]
    dropped: Sequence[Row]
    exhausted: AbstractSet[tuple[UUID, str]] = frozenset()
    left: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker asks for: how many of which lane, under which key, for how long."""

    lane: str
    key: KeyKind
    most: int
    lease: timedelta


async def claim(tx: Tx, wanted: Claim, senders: Senders) -> Claimed:
    """Take due dispatches and store the attempts: from here on a crash leaves a question, never a second call."""
    away = senders.away_for_long(wanted.key, tx.now)
    rows = await queue.lock_due(tx, wanted.lane, senders.barred(wanted.key, tx.now), wanted.most, away)
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
    carried = [errand for row in asked if (errand := _errand(row, in_force, senders, wanted.key, tx.now))]
    allowed = {row["id"] for row in await allowances.within_cap(tx, [errand.row for errand in carried], in_force.book)}
    errands = [errand for errand in carried if errand.id in allowed]
    await queue.store_attempts(tx, [*map(_attempt, errands), *(_drop(row, tx.now) for row in dropped)], holder, wanted.lease)
    await _expire(tx, dropped)
    exhausted = await allowances.exhausted(tx, [errand.row for errand in errands])
    return Claimed(holder, errands, dropped, exhausted, len(live) - len(carried))


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


def _errand(row: Row, in_force: Library, senders: Senders, default: KeyKind, now: datetime) -> Errand | None:
    key = default if row["key_kind"] == "default" else KeyKind(row["key_kind"])
    exists = senders.has(row["on_channel"], key) and not row["away"]
    provider = senders.provider_for(row["on_channel"], row["id"], key, now, row["not_by"]) if exists else NO_PROVIDER
    if provider is None or not senders.draws(row["on_channel"], provider, row["lane"], now):
        return None
    together = row["attempt"] == 1 and senders.shares_key(row["on_channel"], provider, key)
    template = in_force.shelf.exact(row["template"], row["template_version"])
    title = template.title.get(row["language"], template.title["zh-CN"])
    text = template.render(row["on_channel"], row["language"], row["variables"])
    own: dict[str, Any] = {"variables": template.in_order(row["variables"]), "call": row["call"] if together else None}
    return Errand({**row, **own}, provider, key, title, text, now)


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
