"""Anchors, and the entries that each of them binds."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import RowMapping, insert, select, text

from services.notify.domain.anchor import Anchor
from services.notify.tables import anchors
from shared.database import Transaction as Tx

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('notify.anchors'))")
_BETWEEN = text("""
    SELECT notice_id, position, hash FROM notify.proofs WHERE at > :after AND at <= :upto ORDER BY at, notice_id, position""")
_OF_ENTRY = text("SELECT * FROM notify.anchors WHERE upto >= :at ORDER BY upto LIMIT 1")
_BEFORE = text("SELECT upto FROM notify.anchors WHERE number = :number")
_SELECT = select(anchors)


async def alone(tx: Tx) -> bool:
    """Whether no other process is anchoring just now."""
    return bool(await tx.value(_LOCK))


async def newest(tx: Tx) -> RowMapping | None:
    return await tx.row(_SELECT.order_by(anchors.c.number.desc()).limit(1))


async def entries_between(tx: Tx, after: datetime, upto: datetime) -> Sequence[RowMapping]:
    return await tx.rows(_BETWEEN, {"after": after, "upto": upto})


async def add_anchor(tx: Tx, anchor: Anchor, signature: str | None) -> None:
    values = {"number": anchor.number, "upto": anchor.upto, "entries": anchor.entries, "root": anchor.root}
    await tx.execute(insert(anchors).values(**values, previous=anchor.previous, hash=anchor.hash, signature=signature))


async def anchor_of(tx: Tx, at: datetime) -> RowMapping | None:
    """The anchor that binds what was proven at a moment; None while it waits for the next one."""
    return await tx.row(_OF_ENTRY, {"at": at})


async def end_of(tx: Tx, number: int) -> datetime | None:
    found: datetime | None = await tx.value(_BEFORE, {"number": number})
    return found


async def page_of_anchors(tx: Tx, after: int | None, most: int) -> Sequence[RowMapping]:
    """In the order in which they were made."""
    query = _SELECT.order_by(anchors.c.number).limit(most)
    return await tx.rows(query if after is None else query.where(anchors.c.number > after))
