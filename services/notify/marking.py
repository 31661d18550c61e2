"""What becomes of notices once they are out: receipts move them on, opening shows them read, acknowledging ends the climb."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.notify import cards, followups, library
from services.notify.chains import append
from services.notify.channels.channel import Concern, Reached, Receipt
from services.notify.domain.states import DispatchState, Happening, NoticeState
from services.notify.gauges import DELIVERY_SECONDS
from services.notify.store import marking as store
from services.notify.store import matters
from services.notify.store.records import Row
from shared.contracts.vocabulary import Duty, NoticeFailure
from shared.database import Transaction as Tx
from shared.identifiers import new_id

_STATES = {
    Reached.DELIVERED: (DispatchState.DELIVERED, NoticeState.DELIVERED, Happening.DELIVERED),
    Reached.READ: (DispatchState.READ, NoticeState.READ, Happening.READ),
    Reached.FAILED: (DispatchState.FAILED, NoticeState.FAILED, Happening.FAILED),
}


async def take_receipts(tx: Tx, receipts: Sequence[Receipt]) -> int:
    """Record receipts in any order and number; how many said something new about a dispatch of ours."""
    known = await _matched(tx, receipts)
    dispatches = await store.dispatches_by_key(tx, {key for _, key in known})
    mine = [(receipt, key) for receipt, key in known if key in dispatches and dispatches[key]["provider"] == receipt.provider]
    if not mine:
        return 0
    fresh = await store.add_receipts(tx, list(_once([_receipt_row(receipt, key, tx) for receipt, key in mine]).values()))
    for reached in Reached:
        new = [(receipt, key) for receipt, key in mine if receipt.reached is reached and (key, str(reached)) in fresh]
        if new:
            await _apply(tx, reached, {key: receipt for receipt, key in new}, dispatches)
    return len(fresh)


def _once(rows: Sequence[dict[str, Any]]) -> dict[tuple[UUID, str], dict[str, Any]]:
    """The first of several receipts that say the same of one dispatch."""
    return {(row["dispatch_id"], row["reached"]): row for row in reversed(rows)}


async def _matched(tx: Tx, receipts: Sequence[Receipt]) -> list[tuple[Receipt, UUID]]:
    """Receipts with our key: their own where it is one of ours, else by the provider's number."""
    by_number: dict[str, set[str]] = {}
    for receipt in receipts:
        if _key(receipt) is None and receipt.provider_id:
            by_number.setdefault(receipt.provider, set()).add(receipt.provider_id)
    keys = {provider: await store.keys_of(tx, provider, numbers) for provider, numbers in by_number.items()}
    found = [(receipt, _key(receipt) or keys.get(receipt.provider, {}).get(receipt.provider_id or "")) for receipt in receipts]
    return [(receipt, key) for receipt, key in found if key is not None]


def _key(receipt: Receipt) -> UUID | None:
    try:
        return UUID(hex=receipt.key) if receipt.key else None
    except ValueError:
        return None


def _receipt_row(receipt: Receipt, key: UUID, tx: Tx) -> dict[str, Any]:
    return {
        "id": new_id(),
        "dispatch_id": key,
        "provider": receipt.provider,
        "provider_id": receipt.provider_id,
        "reached": receipt.reached,
        "reason": receipt.reason,
        "parts": receipt.parts,
        "times": 1,
        "at": receipt.at,
        "received_at": tx.now,
    }


async def _apply(tx: Tx, reached: Reached, receipts: Mapping[UUID, Receipt], dispatches: Mapping[UUID, Row]) -> None:
    state, notice_state, happening = _STATES[reached]
    rows = [{"id": key, "at": r.at, "reason": r.reason, "parts": r.parts} for key, r in sorted(receipts.items())]
    moved = await store.move_dispatches(tx, rows, state, happening)
    if reached is Reached.FAILED:
        await _failed(tx, {key: receipts[key] for key in moved}, dispatches)
    else:
        marks = {dispatches[key]["notice_id"]: receipts[key].at for key in sorted(moved)}
        for row in await store.mark(tx, [store.mark_row(n, at) for n, at in marks.items()], notice_state, happening):
            cards.delivered(tx, row, row["delivered_at"] or tx.now, row["read_at"])
    for key, receipt in receipts.items():
        _measure(dispatches[key], receipt)
    told = [(dispatches[key]["notice_id"], _told(receipts[key], key)) for key in sorted(receipts)]
    await append(tx, told)


def _measure(dispatch: Row, receipt: Receipt) -> None:
    if receipt.reached is Reached.DELIVERED and dispatch["started_at"]:
        seconds = (receipt.at - dispatch["started_at"]).total_seconds()
        DELIVERY_SECONDS.labels(dispatch["on_channel"], receipt.provider).observe(max(0.0, seconds))


async def _failed(tx: Tx, receipts: Mapping[UUID, Receipt], dispatches: Mapping[UUID, Row]) -> None:
    """The carrier says that it did not arrive: the next channel takes over."""
    book = (await library.in_force(tx)).book
    failures = [
        followups.Failure(dispatches[key], receipt.reason or "undelivered", Concern.ADDRESS, unreachable=False)
        for key, receipt in sorted(receipts.items())
    ]
    await followups.fail(tx, failures, book)


def _told(receipt: Receipt, key: UUID) -> dict[str, Any]:
    return {
        "happened": f"receipt_{receipt.reached}",
        "dispatch": str(key),
        "provider": receipt.provider,
        "provider_id": receipt.provider_id,
        "reason": receipt.reason,
        "at": receipt.at.isoformat(),
    }


async def mark_read(tx: Tx, notices: Collection[UUID], means: str) -> None:
    """Somebody has opened it; only the first time counts."""
    rows = await store.mark(tx, [store.mark_row(n, tx.now) for n in sorted(notices)], NoticeState.READ, Happening.READ)
    for row in rows:
        cards.delivered(tx, row, row["delivered_at"] or tx.now, row["read_at"])
    await append(tx, [(row["id"], {"happened": "opened", "means": means}) for row in rows])


async def acknowledge(tx: Tx, notices: Collection[UUID], by: str, means: str) -> int:
    """Somebody confirms: what still waits of these notices is dropped, and the ladder stops at once; how many moved."""
    rows = await confirm(tx, notices, by, means)
    await _stop_climbs(tx, rows)
    return len(rows)


async def confirm(tx: Tx, notices: Collection[UUID], by: str, means: str) -> Sequence[Row]:
    """The same of the notices alone, whatever becomes of the ladder; those that moved."""
    marks = [store.mark_row(notice, tx.now, by) for notice in sorted(notices)]
    rows = await store.mark(tx, marks, NoticeState.ACKNOWLEDGED, Happening.ACKNOWLEDGED)
    if not rows:
        return rows
    await store.drop_waiting(tx, [row["id"] for row in rows])
    for row in rows:
        cards.acknowledged(tx, row, tx.now)
    await append(tx, [(row["id"], {"happened": "acknowledged", "by": by, "means": means}) for row in rows])
    return rows


async def _stop_climbs(tx: Tx, rows: Sequence[Row]) -> None:
    """The responsible party has seen it, or somebody up the ladder has taken it over; a copy for information stops nothing."""
    things = {row["thing_id"] for row in rows if row["thing_id"]}
    climbs = await store.open_climbs(tx, things) if things else []
    pairs = [(climb, row) for climb in climbs for row in rows if row["thing_id"] == climb["thing_id"]]
    stopped = {climb["thing_id"] for climb, row in pairs if _ends(row, climb)}
    if stopped:
        await stop_climbing(tx, stopped)


async def stop_climbing(tx: Tx, things: Collection[UUID]) -> None:
    """The ladder stands still, and what it has told but not yet sent is not sent: it would say that nobody has acknowledged."""
    await matters.stop_climbs(tx, things, "acknowledged")
    kinds = (await library.in_force(tx)).book.kinds_of_rungs
    for row in await matters.cancel_waiting(tx, things, "acknowledged", kinds) if kinds else ():
        cards.failed(tx, row, NoticeFailure.OUTDATED, final=True)


def _ends(row: Row, climb: Row) -> bool:
    duties = climb["facts"].get("responsible") or ()
    responsible = {item["party_id"] for item in duties if item["role"] == Duty.RESPONSIBLE}
    return row["rung"] > 0 or str(row["party_id"]) in responsible
