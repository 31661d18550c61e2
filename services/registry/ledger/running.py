"""Takes a ledger from its stored upload to the end: chunk by chunk, each in one transaction that also moves the mark.

Whoever works on an import holds a claim. Every chunk renews it and moves ``taken_to`` in the commit that takes the rows, so
that after a kill the next worker goes on behind the last committed row, and a worker that was only slow is stopped by its
lost claim. The next chunk is read while the database is busy with this one.
"""

import asyncio
import base64
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import Any, Final
from uuid import UUID

import structlog

from services.registry.actions.facts import schema_of
from services.registry.actions.settling import MAP
from services.registry.actions.taking import AnotherLedger
from services.registry.domain.facts import FactSchema
from services.registry.domain.ledger_row import LedgerRow, PersonTaken, RowOutcome, RowProblem
from services.registry.ledger import store
from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.mapping import mapping_of
from services.registry.ledger.problems import CellWrong
from services.registry.ledger.read import OpenLedger, ReadItem, open_ledger
from services.registry.ledger.reading_room import read_apart
from services.registry.ledger.tally import Tally, told_about_sheets
from services.registry.ledger.views import ImportState
from services.registry.store.audit import Deed, record
from services.registry.tables_ledger import ledger_imports
from services.registry.vault import Vault
from shared.database import Database
from shared.database import Transaction as Tx
from shared.errors import MashangError, Unavailable
from shared.web import Caller

log = structlog.get_logger()

PURPOSE = "ledger.upload"

_DONE: Final[dict[str, Any]] = {"state": ImportState.DONE.value, "rows": ledger_imports.c.done}

_FAILURES_IN_A_ROW: Final = 20
_A_MOMENT: Final = 0.1

TakeRows = Callable[[Sequence[LedgerRow], Tx], Awaitable[list[RowOutcome]]]
Chunk = Sequence[ReadItem]


class ClaimLost(Exception):
    """Somebody else works on this import now, or it has ended."""


class _Rehearsed(Exception):
    """Carries the tally of a dry run out of the transaction that is rolled back."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.tally = tally


@dataclass(slots=True)
class ImportRun:
    """One import and everything needed to bring it to its end."""

    import_id: UUID
    claim: UUID
    database: Database
    vault: Vault
    take_rows: TakeRows

    async def to_the_end(self) -> None:
        """Read, take, finish. Raises ClaimLost where somebody else goes on; a ledger that cannot be read ends as failed."""
        try:
            await self._run()
        except (ClaimLost, Unavailable):
            raise
        except MashangError as error:
            await self._held(state=ImportState.FAILED.value, problem=error.code)
        except Exception as error:
            log.exception("ledger_failed", import_id=str(self.import_id), error=type(error).__name__)
            await self._held(state=ImportState.FAILED.value, problem="fault")

    async def _run(self) -> None:
        row, facts = await self._held(with_file=True), await self.database.run(schema_of, read_only=True)
        ledger = await read_apart(_open, row, self.vault, facts)
        if row["state"] == ImportState.WAITING:
            await self.database.run(lambda tx: self._begin(ledger, tx))
        if row["dry_run"]:
            await self._rehearse(ledger)
        else:
            await self._take(ledger, row["taken_to"])
            await self.database.run(self._finish)

    async def _held(self, *, with_file: bool = False, **values: Any) -> Any:
        return await self.database.run(lambda tx: self._hold(tx, values, with_file=with_file))

    async def _hold(self, tx: Tx, values: dict[str, Any], *, with_file: bool = False) -> Any:
        row = await store.hold(tx, self.import_id, self.claim, values, with_file=with_file)
        if row is None:
            raise ClaimLost
        return row

    async def _begin(self, ledger: OpenLedger, tx: Tx) -> None:
        """Write down what the headings tell, before the first row."""
        await store.add_problems(tx, self.import_id, told_about_sheets(ledger))
        columns = [asdict(column) for column in ledger.taken_columns()]
        await self._hold(tx, {"columns": columns, "rows": ledger.about_rows, "state": ImportState.TAKING.value})

    async def _take(self, ledger: OpenLedger, taken_to: int) -> None:
        async with aclosing(_chunks(ledger, taken_to)) as chunks:
            async for chunk in chunks:
                try:
                    await self._take_chunk(chunk, ledger)
                except (ClaimLost, Unavailable):
                    raise
                except Exception as error:  # noqa: BLE001 - one row that breaks something must cost itself alone
                    log.warning("ledger_chunk_failed", import_id=str(self.import_id), error=type(error).__name__)
                    await self._take_one_by_one(chunk, ledger)

    async def _take_chunk(self, chunk: Chunk, ledger: OpenLedger) -> None:
        await self._in_turn(lambda tx: self._chunk(chunk, ledger, tx))

    async def _in_turn(self, work: Callable[[Tx], Awaitable[None]]) -> None:
        """Run it when no other ledger is being taken; the claim is kept while waiting."""
        while True:
            try:
                await self.database.run(work)
            except AnotherLedger:
                await self._held()
                await asyncio.sleep(_A_MOMENT)
            else:
                return

    async def _chunk(self, chunk: Chunk, ledger: OpenLedger, tx: Tx) -> None:
        held = await self._hold(tx, {})
        outcomes = await self._outcomes(chunk, tx)
        await self._note(Tally.of(chunk, outcomes, ledger), chunk[-1].number, tx)
        sender = Caller(held["sender"], frozenset(held["sender_roles"].split(",")))
        await record(tx, sender, *(_deed(person) for outcome in outcomes for person in outcome.people))
        tx.bells.discard(MAP)  # sums and codes follow by the clock; after the last chunk at once

    async def _outcomes(self, chunk: Chunk, tx: Tx) -> list[RowOutcome]:
        rows = [item.row for item in chunk if item.row]
        return await self.take_rows(rows, tx) if rows else []

    async def _finish(self, tx: Tx) -> None:
        await self._hold(tx, _DONE)
        tx.ring(MAP)

    async def _note(self, tally: Tally, taken_to: int, tx: Tx) -> None:
        """Count what became of the rows and move the mark behind them, in the commit that took them."""
        await store.add_problems(tx, self.import_id, tally.problems)
        await store.add_counts(tx, self.import_id, tally.counts, taken_to=taken_to)

    async def _take_one_by_one(self, chunk: Chunk, ledger: OpenLedger) -> None:
        """Find the rows that break something; when nothing but such rows comes, the fault is not in a row."""
        failures = 0
        for item in chunk:
            try:
                await self._take_chunk([item], ledger)
            except (ClaimLost, Unavailable):
                raise
            except Exception as error:
                failures += 1
                if failures == _FAILURES_IN_A_ROW:
                    raise
                log.exception("ledger_row_failed", import_id=str(self.import_id), row=item.number, error=type(error).__name__)
                await self.database.run(partial(self._note_failure, item, ledger))
            else:
                failures = 0

    async def _note_failure(self, item: ReadItem, ledger: OpenLedger, tx: Tx) -> None:
        await self._hold(tx, {})
        told = CellWrong(code="row_failed")
        failed = RowOutcome(item.number, problems=(RowProblem("", told.code, told.detail),))
        await self._note(Tally.of([item], [failed], ledger), item.number, tx)

    async def _rehearse(self, ledger: OpenLedger) -> None:
        """A dry run does everything in one transaction and takes it back; only its tally is kept, and nothing is said."""
        try:
            await self._in_turn(lambda tx: self._rehearsal(ledger, tx))
        except _Rehearsed as rehearsed:
            tally = rehearsed.tally
            await self.database.run(lambda tx: self._note_rehearsal(tally, tx))

    async def _rehearsal(self, ledger: OpenLedger, tx: Tx) -> None:
        tally = Tally()
        async with aclosing(_chunks(ledger, 0)) as chunks:
            async for chunk in chunks:
                tally.add(Tally.of(chunk, await self._outcomes(chunk, tx), ledger))
                tx.letters.clear()
                await self._held(done=sum(tally.counts.values()))
        raise _Rehearsed(tally)

    async def _note_rehearsal(self, tally: Tally, tx: Tx) -> None:
        await self._hold(tx, {"done": 0})
        await self._note(tally, 0, tx)
        await self._hold(tx, _DONE)


def _deed(person: PersonTaken) -> Deed:
    return Deed("add_contact" if person.is_new else "change_contact", "contact", person.contact_id, ",".join(person.fields))


async def _chunks(ledger: OpenLedger, taken_to: int) -> AsyncGenerator[Chunk, None]:
    """The rows behind the mark; while a chunk is being taken the next is read in a thread."""
    items = (item for item in ledger.items() if item.number > taken_to)
    reading = asyncio.create_task(read_apart(_next, items))
    try:
        while chunk := await reading:
            reading = asyncio.create_task(read_apart(_next, items))
            yield chunk
    finally:
        reading.cancel()


def _next(items: Iterator[ReadItem]) -> Chunk:
    return list(islice(items, ledger_limits().rows_in_a_chunk))


def _open(row: Any, vault: Vault, facts: FactSchema) -> OpenLedger:
    return open_ledger(unsealed(row["sealed"], vault), mapping_of(row["mapping"]), facts)


def sealed(data: bytes, vault: Vault) -> str:
    """An upload as it is stored: it is full of names and numbers of people."""
    return vault.seal(base64.b64encode(data).decode(), PURPOSE)


def unsealed(text: str, vault: Vault) -> bytes:
    """The upload again."""
    return base64.b64decode(vault.open(text, PURPOSE))
