"""The record of one notice as a hash chain: whoever alters, removes or reorders an entry breaks every one after it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is proven: what happened when, chained to what was before."""

    notice_id: UUID
    position: int
    at: datetime
    what: Mapping[str, Any]
    previous: str
    hash: str


def entry(notice_id: UUID, position: int, at: datetime, what: Mapping[str, Any], previous: str = START) -> Entry:
    """The next entry of a chain; ``previous`` is the hash of the one before."""
    return Entry(notice_id, position, at, what, previous, digest(notice_id, position, at, what, previous))


def digest(notice_id: UUID, position: int, at: datetime, what: Mapping[str, Any], previous: str) -> str:
    """SHA-256 over canonical JSON (sorted keys, no spaces, UTF-8, times in UTC with microseconds)."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = {"notice": str(notice_id), "position": position, "at": moment, "what": what, "previous": previous}
    return hashlib.sha256(canonical(fields)).hexdigest()


def canonical(value: Any) -> bytes:
    """The same bytes for equal JSON values, on every machine."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def faults(chain: Sequence[Entry]) -> list[str]:
    """Where the chain is broken, as ``position: reason``; the empty list for a whole one."""
    found = [] if chain else ["0: empty"]
    previous = START
    for position, link in enumerate(chain, start=1):
        if link.position != position or link.notice_id != chain[0].notice_id:
            found.append(f"{position}: not the next entry")
        if link.previous != previous:
            found.append(f"{position}: does not follow the entry before")
        if link.hash != digest(link.notice_id, link.position, link.at, link.what, link.previous):
            found.append(f"{position}: altered")
        previous = link.hash
    return found
