"""The trail of who read or decided what: appended in the same commit, each row chained to the one before."""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from services.registry.store.rows import add_many
from services.registry.tables_facts import audit
from shared.database import Transaction as Tx
from shared.web import Caller

_CHAIN: Final = 7_411_901_003
_FIRST: Final = b"\0" * 32


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


async def broken_link(tx: Tx) -> int | None:
    """The id of the first row whose chain does not hold, or None."""
    previous = _FIRST
    for row in await tx.rows(select(audit).order_by(audit.c.id)):
        if row["previous"] != previous or row["digest"] != digest(previous, dict(row)):
            return int(row["id"])
        previous = row["digest"]
    return None
