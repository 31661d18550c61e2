"""Errands: dispatches that a worker has claimed, with text and provider, stored before anybody is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify import cards, library
from services.notify.channels.channel import Address, Dispatch, KeyKind
from services.notify.domain.planning import Library
from services.notify.domain.states import DispatchState, Happening, NoticeState
from services.notify.senders import Senders
from services.notify.store import queue
from services.notify.store.records import Row
from shared.contracts.vocabulary import NoticeFailure
from shared.database import Transaction as Tx
from shared.identifiers import new_id

_NO_LONGER = {NoticeState.ACKNOWLEDGED, NoticeState.CANCELLED, NoticeState.EXPIRED, NoticeState.MERGED}


@dataclass(frozen=True, slots=True)
class Errand:
    """One stored attempt that is about to be made, or that nobody knows the end of."""

    row: Row
    provider: str
    key_kind: KeyKind
    title: str
    text: str
    stored_at: datetime

    @property
    def id(self) -> UUID:
        """The dispatch; our key at the provider."""
        identity: UUID = self.row["id"]
        return identity

    def dispatch(self, address: Address, public_url: str, **more: Any) -> Dispatch:
        """What the channel is given."""
        row = self.row
        return Dispatch(
            notice_id=row["notice_id"],
            attempt=row["attempt"],
            key=row["id"].hex,
            channel=row["on_channel"],
            address=address,
            template=row["template"],
            title=self.title,
            text=self.text,
            variables=row["variables"],
            stored_at=self.stored_at,
            key_kind=self.key_kind,
            language=row["language"],
            link=f"{public_url}/n/{row['token']}",
            **more,
        )


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one worker holds, and what fell away while it was claimed."""

    holder: UUID
    errands: Sequence[Errand]
    dropped: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker asks for: how many of which lane, under which key, for how long."""

    lane: str
    key: KeyKind
    most: int
    lease: timedelta


async def claim(tx: Tx, wanted: Claim, senders: Senders) -> Claimed:
    """Take due dispatches and store the attempts: from here on a crash leaves a question, never a second call."""
    rows = await queue.lock_due(tx, wanted.lane, senders.passable(wanted.key, tx.now), wanted.most)
    if not rows:
        return Claimed(new_id(), (), ())
    in_force = await library.in_force(tx)
    holder = new_id()
    dropped = [row for row in rows if outdated(row, tx.now)]
    live = [row for row in rows if not outdated(row, tx.now)]
    if any(not in_force.shelf.has(row["template"], row["template_version"]) for row in live):
        library.look_again(tx)
        in_force = await library.in_force(tx)
    errands = [errand for row in live if (errand := _errand(row, in_force, senders, wanted.key, tx.now))]
    await queue.store_attempts(tx, [*map(_attempt, errands), *(_drop(row, tx.now) for row in dropped)], holder, wanted.lease)
    await _expire(tx, dropped)
    return Claimed(holder, errands, dropped)


async def _expire(tx: Tx, dropped: Sequence[Row]) -> None:
    """What nobody needs to hear any more is dropped with its reason."""
    rows = [{"id": row["notice_id"], "state": NoticeState.EXPIRED, "reason": "outdated"} for row in dropped]
    for row in await queue.raise_notices(tx, list({row["id"]: row for row in rows}.values()), Happening.OUTDATED):
        cards.failed(tx, row, NoticeFailure.OUTDATED, final=True)


def outdated(row: Row, now: datetime) -> bool:
    """Whether nobody needs to hear it any more."""
    return row["expires_at"] <= now or row["state"] in _NO_LONGER


def _errand(row: Row, in_force: Library, senders: Senders, default: KeyKind, now: datetime) -> Errand | None:
    key = default if row["key_kind"] == "default" else KeyKind(row["key_kind"])
    provider = senders.provider_for(row["on_channel"], row["id"], key, now)
    if provider is None:
        return None
    template = in_force.shelf.exact(row["template"], row["template_version"])
    title = template.title.get(row["language"], template.title["zh-CN"])
    return Errand(row, provider, key, title, template.render(row["on_channel"], row["language"], row["variables"]), now)


def _attempt(errand: Errand) -> dict[str, Any]:
    return {
        "id": errand.id,
        "state": DispatchState.SENDING,
        "provider": errand.provider,
        "key_kind": errand.key_kind,
        "text": errand.text,
        "reason": None,
    }


def _drop(row: Row, now: datetime) -> dict[str, Any]:
    reason = "outdated" if row["expires_at"] <= now else row["state"]
    return {"id": row["id"], "state": DispatchState.DROPPED, "provider": None, "key_kind": None, "text": None, "reason": reason}
