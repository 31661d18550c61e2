"""The trail of who read or decided what: appended in the same commit, each row chained to the one before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, and_, func, or_, select

from services.registry.store.rows import add_many
from services.registry.tables_facts import audit
from shared.database import Transaction as Tx
from shared.web import Caller
from shared.web.paging import PageRequest

_CHAIN: Final = 7_411_901_003
_FIRST: Final = b"\0" * 32
_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to what; ``note`` carries ids and words, never a number of a person."""

    name: str
    kind: str
    object_id: UUID | None = None
    note: str = ""


async def record(tx: Tx, caller: Caller, *deeds: Deed) -> None:
    """Append one row for each."""
    if not deeds:
        return
    await tx.execute(select(func.pg_advisory_xact_lock(_CHAIN)))
    previous = await tx.value(select(audit.c.digest).order_by(audit.c.id.desc()).limit(1)) or _FIRST
    rows = []
    for deed in deeds:
        entry = {
            "at": tx.now,
            "subject": caller.subject,
            "roles": ",".join(sorted(caller.roles)),
            "deed": deed.name,
            "object_kind": deed.kind,
            "object_id": deed.object_id,
            "note": deed.note,
        }
        link = digest(previous, entry)
        rows.append({**entry, "previous": previous, "digest": link})
        previous = link
    await add_many(tx, audit, rows)


def digest(previous: bytes, entry: dict[str, object]) -> bytes:
    """The chain's link: SHA-256 over the link before and the row's words."""
    words = "\x1f".join(str(entry[name]) for name in ("at", "subject", "roles", "deed", "object_kind", "object_id", "note"))
    return hashlib.sha256(previous + words.encode()).digest()


@dataclass(frozen=True, slots=True)
class Chain:
    """The trail as it was recomputed: how many rows, the first one that does not fit, the last link."""

    rows: int
    broken_at: int | None
    last: bytes


async def check(tx: Tx) -> Chain:
    """Recompute the chain, a few thousand rows at a time."""
    rows, last, seen = 0, _FIRST, 0
    while batch := await tx.rows(select(audit).where(audit.c.id > seen).order_by(audit.c.id).limit(_AT_ONCE)):
        for row in batch:
            if row["previous"] != last or row["digest"] != digest(last, dict(row)):
                return Chain(rows, row["id"], last)
            rows, last, seen = rows + 1, row["digest"], row["id"]
    return Chain(rows, None, last)


async def page_of_deeds(tx: Tx, filters: Mapping[str, Any], paging: PageRequest) -> Sequence[RowMapping]:
    """Deeds, the newest first; one that was done to many at once names them in its note."""
    query = select(audit).order_by(audit.c.id.desc()).limit(paging.limit + 1)
    for name in ("subject", "deed"):
        if name in filters:
            query = query.where(audit.c[name] == filters[name])
    if "object_id" in filters:
        among = and_(audit.c.object_id.is_(None), audit.c.note.contains(str(filters["object_id"])))
        query = query.where(or_(audit.c.object_id == filters["object_id"], among))
    if "since" in filters:
        query = query.where(audit.c.at >= filters["since"])
    if "until" in filters:
        query = query.where(audit.c.at < filters["until"])
    return await tx.rows(query.where(audit.c.id < int(paging.after)) if paging.after else query)
