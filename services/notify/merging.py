"""Reminders that are held for company: several to one person become one notice, the others go as they are."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from services.notify import cards, library
from services.notify.domain.digest import Digest, digests
from services.notify.domain.planning import Library
from services.notify.domain.routes import Start
from services.notify.domain.states import DispatchState, NoticeState
from services.notify.intentions import HELD_BELL, dispatch_row, lane_bell, new_token
from services.notify.store import intentions as store
from services.notify.store import waiting
from services.notify.store.records import Row
from shared.contracts.vocabulary import NoticeFailure
from shared.database import Transaction as Tx
from shared.identifiers import new_id


async def release(tx: Tx, most: int) -> int:
    """Merge what can be merged and let everything go that is due; how many dispatches there were."""
    rows = await waiting.lock_held(tx, most)
    if not rows:
        return 0
    in_force = await library.in_force(tx)
    titled = [{**row, "title": _title(row, in_force)} for row in rows]
    written, alone = digests(titled, in_force.book.digest_least, in_force.book.digest_template)
    for digest in written:
        await _write(tx, digest, in_force)
    await waiting.release(tx, [row["id"] for row in alone])
    for row in rows:
        tx.ring(lane_bell(row["lane"]))
    return len(rows)


async def take_apart(tx: Tx, things: Collection[UUID]) -> None:
    """A digest that still waits speaks of what has ended: the reminders that are left wait for company again."""
    digests = await waiting.lock_digests(tx, things)
    if not digests:
        return
    dropped, held = await waiting.take_apart(tx, digests, things)
    for row in dropped:
        cards.failed(tx, row, NoticeFailure.OUTDATED, final=True)
    for row in held:
        cards.planned(tx, row)
    tx.ring(HELD_BELL)


def _title(row: Row, in_force: Library) -> str:
    """What a reminder is about in one line of a digest: its number where it has one, and the title of its text where known."""
    number = row["variables"].get("no") or row["variables"].get("name") or ""
    if not in_force.shelf.has(row["template"], row["template_version"]):
        return str(number)[:20]
    title = in_force.shelf.exact(row["template"], row["template_version"]).title
    return f"{number}{title.get(row['language'], title['zh-CN'])}"[:20]


async def _write(tx: Tx, digest: Digest, in_force: Library) -> None:
    row = _notice(tx, digest, in_force)
    queued = dispatch_row(row, Start(digest.rows[0]["channel"], tx.now), DispatchState.DUE, in_force.book.quiet_channels)
    if await store.insert_planned(tx, [row], [queued]):
        cards.planned(tx, row)
    for merged in await waiting.merge(tx, [item["id"] for item in digest.rows], row["id"]):
        cards.failed(tx, merged, NoticeFailure.OTHER, final=False)


def _notice(tx: Tx, digest: Digest, in_force: Library) -> dict[str, Any]:
    first = digest.rows[0]
    template = in_force.shelf.newest(digest.template)
    copied = ("person_id", "recipient", "party_id", "officer_id", "cause_id", "correlation_id", "language", "key_kind", "later")
    return {
        **{name: first[name] for name in copied},
        **dict.fromkeys(_ABSENT),
        "id": new_id(),
        "occasion": digest.occasion,
        "kind": "digest",
        "state": NoticeState.PLANNED,
        "version": 1,
        "cause": "notify.digest",
        "rung": 0,
        "urgency": "ordinary",
        "lane": first["lane"],
        "quiet_from": first["quiet_from"],
        "quiet_to": first["quiet_to"],
        "template": template.code,
        "template_version": template.version,
        "variables": digest.variables,
        "edition": in_force.book.edition,
        "token": new_token(),
        "in_app": True,
        "planned_at": tx.now,
        "send_after": tx.now,
        "expires_at": max(row["expires_at"] for row in digest.rows),
    }


_ABSENT: Sequence[str] = (
    "site_id", "grid_id", "hazard_id", "lease_id", "campaign_id", "appeal_id", "thing_id", "ending", "ladder", "clause",
    "subscription_id", "broadcast_id", "reason", "channel", "provider", "next_at", "acknowledge_by", "accepted_at",
)  # fmt: skip
