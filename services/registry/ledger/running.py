"""Takes a ledger from its stored upload to the end: chunk by chunk, each in one transaction that also moves the mark.

Whoever works on an import holds a claim. Every chunk renews it and moves ``taken_to`` in the commit that takes the rows, so
that after a kill the next worker goes on behind the last committed row, and a worker that was only slow is stopped by its
lost claim.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from services.registry.domain.ledger_row import LedgerRow, RowOutcome, RowProblem
from services.registry.ledger import store
from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.mapping import mapping_of
from services.registry.ledger.problems import CellWrong
from services.registry.ledger.read import ReadLedger, read_ledger
from services.registry.ledger.views import ImportState
from services.registry.vault import Vault
from shared.database import Database
from shared.database import Transaction as Tx
from shared.errors import MashangError, Unavailable

log = structlog.get_logger()

PURPOSE = "ledger.upload"

TakeRows = Callable[[Sequence[LedgerRow], Tx], Awaitable[list[RowOutcome]]]


class ClaimLost(Exception):
    """Somebody else works on this import now, or it has ended."""


class _Rehearsed(Exception):
    """Carries the outcomes of a dry run out of the transaction that is rolled back."""

    def __init__(self, outcomes: list[RowOutcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


@dataclass(slots=True)
class Tally:
    """What became of some rows, and what is to be told about them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """The four by name."""
        return {"created": self.created, "updated": self.updated, "unchanged": self.unchanged, "refused": self.refused}

    def count(self, outcome: RowOutcome, ledger: ReadLedger) -> None:
        """Every row is exactly one of the four."""
        if outcome.problems:
            self.refused += 1
        elif outcome.created:
            self.created += 1
        elif outcome.updated:
            self.updated += 1
        else:
            self.unchanged += 1
        sheet, _ = ledger.place_of(outcome.number)
        for place, problem in enumerate(outcome.problems):
            own = {"code": problem.code, "detail": problem.detail, "column": ledger.heading_of(sheet, problem.column)}
            about = {"row": outcome.number, "place": _TAKING + place, "sheet": sheet, "severity": "error"}
            self.problems.append(own | about)


_TAKING = 1000
"""Problems met while taking a row stand behind those met while reading it."""


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import and everything needed to bring it to its end."""

    import_id: UUID
    claim: UUID
    database: Database
    vault: Vault
    take_rows: TakeRows

    async def to_the_end(self) -> None:
        """Read, take, finish. Raises ClaimLost where somebody else goes on; a ledger that cannot be read ends as failed."""
        row = await self._held(with_file=True)
        try:
            ledger = await asyncio.to_thread(self._read, row)
        except MashangError as error:
            await self._held(state=ImportState.FAILED.value, problem=error.code)
            return
        if row["state"] == ImportState.WAITING:
            row = await self.database.run(lambda tx: self._begin(ledger, tx))
        rows = [one for one in ledger.rows if one.number > row["taken_to"]]
        if row["dry_run"]:
            await self._rehearse(rows, ledger)
        else:
            await self._take(rows, ledger)
        await self._held(state=ImportState.DONE.value)

    def _read(self, row: Any) -> ReadLedger:
        data = unsealed(row["sealed"], self.vault)
        return read_ledger(data, row["filename"], mapping_of(row["mapping"]))

    async def _held(self, *, with_file: bool = False, **values: Any) -> Any:
        return await self.database.run(lambda tx: self._hold(tx, values, with_file=with_file))

    async def _hold(self, tx: Tx, values: dict[str, Any], *, with_file: bool = False) -> Any:
        row = await store.hold(tx, self.import_id, self.claim, values, with_file=with_file)
        if row is None:
            raise ClaimLost
        return row

    async def _begin(self, ledger: ReadLedger, tx: Tx) -> Any:
        """Write down what reading found: how many rows there are, and which of them are refused already."""
        repeated = sum(error.code == "row_repeated" for error in ledger.errors)
        refused = ledger.total - len(ledger.rows) - repeated
        await store.add_problems(tx, self.import_id, list(_told(ledger)))
        counts = {"rows": ledger.total, "done": refused + repeated, "refused": refused, "unchanged": repeated}
        columns = [
            {"sheet": column.sheet, "heading": column.heading, "path": column.path, "confidence": column.confidence}
            for column in ledger.columns
        ]
        return await self._hold(tx, {**counts, "columns": columns, "state": ImportState.TAKING.value})

    async def _take(self, rows: list[LedgerRow], ledger: ReadLedger) -> None:
        for chunk in _chunks(rows, ledger_limits().rows_in_a_chunk):
            try:
                await self._take_chunk(chunk, ledger)
            except (ClaimLost, Unavailable):
                raise
            except Exception as error:  # noqa: BLE001 - one row that breaks something must cost itself alone
                log.warning("ledger_chunk_failed", import_id=str(self.import_id), error=type(error).__name__)
                await self._take_one_by_one(chunk, ledger)

    async def _take_chunk(self, chunk: Sequence[LedgerRow], ledger: ReadLedger) -> None:
        await self.database.run(lambda tx: self._chunk(chunk, ledger, tx))

    async def _chunk(self, chunk: Sequence[LedgerRow], ledger: ReadLedger, tx: Tx) -> None:
        await self._hold(tx, {})
        await self._note(await self.take_rows(chunk, tx), chunk, ledger, tx)

    async def _take_one_by_one(self, chunk: Sequence[LedgerRow], ledger: ReadLedger) -> None:
        for row in chunk:
            try:
                await self._take_chunk([row], ledger)
            except (ClaimLost, Unavailable):
                raise
            except Exception as error:
                log.exception("ledger_row_failed", import_id=str(self.import_id), row=row.number, error=type(error).__name__)
                await self.database.run(partial(self._note_failure, row, ledger))

    async def _note_failure(self, row: LedgerRow, ledger: ReadLedger, tx: Tx) -> None:
        await self._hold(tx, {})
        await self._note([_failed(row)], [row], ledger, tx)

    async def _note(self, outcomes: list[RowOutcome], chunk: Sequence[LedgerRow], ledger: ReadLedger, tx: Tx) -> None:
        """Count what became of the rows and move the mark behind them, in the commit that took them."""
        tally = _tallied(outcomes, ledger)
        await store.add_problems(tx, self.import_id, tally.problems)
        await store.add_counts(tx, self.import_id, tally.counts, taken_to=chunk[-1].number)

    async def _rehearse(self, rows: list[LedgerRow], ledger: ReadLedger) -> None:
        """A dry run does everything in one transaction and takes it back."""
        outcomes: list[RowOutcome] = []
        try:
            await self.database.run(lambda tx: self._rehearsal(rows, tx))
        except _Rehearsed as rehearsed:
            outcomes = rehearsed.outcomes
        if outcomes:
            await self.database.run(lambda tx: self._note(outcomes, rows, ledger, tx))

    async def _rehearsal(self, rows: list[LedgerRow], tx: Tx) -> None:
        outcomes: list[RowOutcome] = []
        for chunk in _chunks(rows, ledger_limits().rows_in_a_chunk):
            outcomes += await self.take_rows(chunk, tx)
        raise _Rehearsed(outcomes)


def _failed(row: LedgerRow) -> RowOutcome:
    """The outcome of a row that broke something of ours."""
    told = CellWrong(code="row_failed")
    return RowOutcome(row.number, problems=(RowProblem("", told.code, told.detail),))


def _tallied(outcomes: list[RowOutcome], ledger: ReadLedger) -> Tally:
    tally = Tally()
    for outcome in outcomes:
        tally.count(outcome, ledger)
    return tally


def _told(ledger: ReadLedger) -> Iterator[dict[str, Any]]:
    """What reading found, numbered within its row."""
    places: dict[int, int] = {}
    for error in ledger.errors:
        number = ledger.number_of(error.sheet, error.row)
        places[number] = places.get(number, -1) + 1
        own = {"column": error.column, "code": error.code, "detail": error.detail, "severity": error.severity}
        yield {"row": number, "place": places[number], "sheet": error.sheet, **own}


def _chunks(rows: Sequence[LedgerRow], size: int) -> Iterator[Sequence[LedgerRow]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def sealed(data: bytes, vault: Vault) -> str:
    """An upload as it is stored: it is full of names and numbers of people."""
    return vault.seal(base64.b64encode(data).decode(), PURPOSE)


def unsealed(text: str, vault: Vault) -> bytes:
    """The upload again."""
    return base64.b64decode(vault.open(text, PURPOSE))
