"""Every query about ledgers sent in."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.registry.ledger.views import ImportState
from services.registry.tables_ledger import ledger_imports, ledger_mappings, ledger_problems
from shared.database import Transaction as Tx
from shared.identifiers import new_id
from shared.web.paging import PageRequest

_CLAIMED_FOR = timedelta(seconds=60)
_OPEN = ledger_imports.c.state.in_([ImportState.WAITING.value, ImportState.TAKING.value])
_EVERYTHING_BUT_THE_FILE = [column for column in ledger_imports.c if column.name != "sealed"]


async def add_import(tx: Tx, values: Mapping[str, Any]) -> RowMapping:
    """A ledger as it came in, claimed by whoever stored it."""
    counts = dict.fromkeys(("rows", "taken_to", "done", "created", "updated", "unchanged", "refused"), 0)
    stamps = {"version": 1, "created_at": tx.now, "changed_at": tx.now, "claimed_until": tx.now + _CLAIMED_FOR}
    state = {"state": ImportState.WAITING.value, "problem": None}
    statement = insert(ledger_imports).values(**counts, **stamps, **state, **values)
    row = await tx.row(statement.returning(*_EVERYTHING_BUT_THE_FILE))
    if row is None:
        raise LookupError
    return row


async def find_import(tx: Tx, import_id: UUID, seen: ColumnElement[bool], *, with_file: bool = False) -> RowMapping | None:
    """One import, without its file unless that is wanted."""
    columns = ledger_imports.c if with_file else _EVERYTHING_BUT_THE_FILE
    return await tx.row(select(*columns).where(ledger_imports.c.id == import_id, seen))


async def page_of_imports(tx: Tx, seen: ColumnElement[bool], paging: PageRequest) -> Sequence[RowMapping]:
    """The newest first."""
    query = select(*_EVERYTHING_BUT_THE_FILE).where(seen).order_by(ledger_imports.c.id.desc()).limit(paging.limit + 1)
    if paging.after:
        query = query.where(ledger_imports.c.id < UUID(paging.after))
    return await tx.rows(query)


async def claim_next(tx: Tx) -> tuple[UUID, UUID] | None:
    """The oldest import that nobody is working on, with a claim on it; a claim that was not renewed has died."""
    free = or_(ledger_imports.c.claimed_until.is_(None), ledger_imports.c.claimed_until < tx.now)
    oldest = select(ledger_imports.c.id).where(_OPEN, free).order_by(ledger_imports.c.id).limit(1)
    claim = new_id()
    taken = update(ledger_imports).where(ledger_imports.c.id == oldest.with_for_update(skip_locked=True).scalar_subquery())
    stamped = taken.values(claim=claim, claimed_until=tx.now + _CLAIMED_FOR).returning(ledger_imports.c.id)
    import_id = await tx.value(stamped)
    return None if import_id is None else (import_id, claim)


async def hold(tx: Tx, import_id: UUID, claim: UUID, values: Mapping[str, Any], *, with_file: bool = False) -> RowMapping | None:
    """Renew a claim and write down progress; None where somebody else has the import now. Locks it until the commit."""
    held = update(ledger_imports).where(ledger_imports.c.id == import_id, ledger_imports.c.claim == claim, _OPEN)
    stamps = {"version": ledger_imports.c.version + 1, "changed_at": tx.now, "claimed_until": tx.now + _CLAIMED_FOR}
    columns = ledger_imports.c if with_file else _EVERYTHING_BUT_THE_FILE
    return await tx.row(held.values(**stamps, **values).returning(*columns))


async def add_counts(tx: Tx, import_id: UUID, counts: Mapping[str, int], *, taken_to: int) -> None:
    """Count rows and move the mark behind the last of them."""
    more = {name: ledger_imports.c[name] + number for name, number in counts.items()}
    done = ledger_imports.c.done + sum(counts.values())
    await tx.execute(update(ledger_imports).where(ledger_imports.c.id == import_id).values(**more, done=done, taken_to=taken_to))


async def release(tx: Tx, import_id: UUID, claim: UUID) -> None:
    """Let the next worker have it at once."""
    mine = update(ledger_imports).where(ledger_imports.c.id == import_id, ledger_imports.c.claim == claim)
    await tx.execute(mine.values(claimed_until=None))


async def add_problems(tx: Tx, import_id: UUID, problems: Sequence[Mapping[str, Any]]) -> None:
    """Keep what is to be told; ``row`` and ``place`` make one of them the same one when it is told again."""
    rows = [{"import_id": import_id, **problem} for problem in problems]
    if rows:
        await tx.execute(upsert(ledger_problems).on_conflict_do_nothing(), rows)


async def problems_of(tx: Tx, import_id: UUID, most: int | None) -> Sequence[RowMapping]:
    """What was wrong, row by row."""
    query = select(ledger_problems).where(ledger_problems.c.import_id == import_id)
    return await tx.rows(query.order_by(ledger_problems.c.row, ledger_problems.c.place).limit(most))


async def count_problems(tx: Tx, import_id: UUID) -> int:
    """How much was wrong."""
    return int(await tx.value(select(func.count()).select_from(ledger_problems).where(ledger_problems.c.import_id == import_id)))


async def remembered_headings(tx: Tx, sender: str) -> dict[str, str]:
    """What this sender said of his headings before."""
    query = select(ledger_mappings.c.heading, ledger_mappings.c.path).where(ledger_mappings.c.sender == sender)
    return {row["heading"]: row["path"] for row in await tx.rows(query)}


async def remember_headings(tx: Tx, sender: str, headings: Mapping[str, str]) -> None:
    """Keep what this sender says now."""
    if not headings:
        return
    rows = [{"sender": sender, "heading": heading, "path": path, "remembered_at": tx.now} for heading, path in headings.items()]
    said = upsert(ledger_mappings)
    newer = {"path": said.excluded.path, "remembered_at": said.excluded.remembered_at}
    await tx.execute(said.on_conflict_do_update(index_elements=["sender", "heading"], set_=newer), rows)


async def forget_files(tx: Tx, kept: timedelta) -> int:
    """Drop the uploads that are older than they may be kept; how many there were."""
    old = update(ledger_imports).where(ledger_imports.c.sealed.is_not(None), ledger_imports.c.created_at < tx.now - kept)
    return await tx.execute(old.where(~_OPEN).values(sealed=None))
