"""Reads a ledger that a clerk sent: every sheet with a heading that we know, row by row, with all that is wrong in it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from services.registry.domain.facts import FactSchema
from services.registry.domain.ledger_row import LedgerRow
from services.registry.domain.pinyin import normalise
from services.registry.ledger.columns import Columns, columns_for
from services.registry.ledger.headings import Table, find_table
from services.registry.ledger.mapping import LedgerMapping
from services.registry.ledger.problems import CellWrong, NoLedgerFound, RowError, Severity
from services.registry.ledger.rows import ReadRow, RowReader
from services.registry.ledger.sheets import open_sheets
from services.registry.rulebook import shipped_facts

_ROWS_IN_A_SHEET = 1 << 20

_Seen = dict[tuple[str, ...], tuple[int, int]]
"""By business key: where the row stands, and a digest of what it says."""


class Fate(StrEnum):
    """What reading alone decides about a row."""

    READ = "read"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TakenColumn:
    """What a column of the sheet was taken for; no path means that it was left alone."""

    sheet: str
    heading: str
    path: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class ReadItem:
    """One row of a sheet: its ledger row unless it is refused or a repetition, and what there is to tell about it."""

    number: int
    row: LedgerRow | None
    problems: tuple[RowError, ...]
    fate: Fate


@dataclass(slots=True)
class OpenLedger:
    """A workbook whose tables are found; its rows are read one after another, so that it is never in memory as a whole.

    ``LedgerRow.number`` is the row's number in its sheet; rows of the second sheet count on from 2**20, see ``place_of``.
    """

    tables: list[Table]
    columns: Columns
    facts: FactSchema
    mapping: LedgerMapping

    @property
    def sheets(self) -> list[str]:
        """The sheets that hold a table."""
        return [table.sheet.name for table in self.tables]

    @property
    def about_rows(self) -> int:
        """How many rows there are at most."""
        return sum(table.sheet.height - table.last for table in self.tables)

    def taken_columns(self) -> list[TakenColumn]:
        """What every column was taken for."""
        return [column for table in self.tables for column in _taken(table)]

    def errors(self) -> list[RowError]:
        """What is to be told about the sheets as such."""
        return [error for table in self.tables for error in (*_hidden(table), *self._missing(table))]

    def items(self) -> Iterator[ReadItem]:
        """Every row that says something, in order; none of a sheet that lacks a required column. Each call begins anew."""
        seen: _Seen = {}
        for ordinal, table in enumerate(self.tables):
            if any(self._missing(table)):
                continue
            reader = RowReader(table, self.columns, self.facts, self.mapping.defaults)
            for number, read in reader.read_all():
                yield _item(ordinal * _ROWS_IN_A_SHEET + number, read, table.sheet.name, seen)

    def number_of(self, sheet: str, row: int) -> int:
        """The number of a row of a sheet; row 0 is the sheet as a whole."""
        return self.sheets.index(sheet) * _ROWS_IN_A_SHEET + row

    def place_of(self, number: int) -> tuple[str, int]:
        """The sheet and the row in it for the number of a row."""
        sheet, row = divmod(number, _ROWS_IN_A_SHEET)
        return self.sheets[sheet], row

    def heading_of(self, sheet: str, path: str) -> str:
        """The heading that a sheet's clerk sees over a path's cells; our own where the sheet has no such column."""
        headings = (column.heading for column in self.taken_columns() if (column.sheet, column.path) == (sheet, path))
        known = self.columns.columns.get(path)
        return next(headings, known.heading if known else "")

    def _missing(self, table: Table) -> Iterator[RowError]:
        given = table.paths | set(self.mapping.defaults) | set(table.above)
        for column in self.columns.columns.values():
            if column.required and column.path not in given:
                told = CellWrong(code="column_missing", heading=column.heading)
                yield RowError(table.last, column.heading, told.code, told.detail, "error", table.sheet.name)


@dataclass(frozen=True, slots=True)
class ReadLedger:
    """A whole ledger: the rows that can be taken, all there is to tell the clerk, and how many rows say something."""

    rows: list[LedgerRow]
    errors: list[RowError]
    columns: list[TakenColumn]
    sheets: list[str]
    total: int


def open_ledger(data: bytes, mapping: LedgerMapping | None = None, facts: FactSchema | None = None) -> OpenLedger:
    """The workbook with its tables; raises FileUnreadable, FileTooLarge or NoLedgerFound, everything smaller is a RowError."""
    mapping, facts = mapping or LedgerMapping(), facts or shipped_facts()
    columns = columns_for(facts).with_words(mapping.words)
    tables = [table for sheet in open_sheets(data) if (table := find_table(sheet, columns, mapping))]
    if not tables:
        raise NoLedgerFound
    return OpenLedger(tables, columns, facts, mapping)


def read_ledger(data: bytes, filename: str, mapping: LedgerMapping | None = None) -> ReadLedger:
    """All rows of the workbook at once; raises as ``open_ledger`` does.

    The kind of file is told from its content: ``filename`` is whatever somebody called it.
    """
    del filename
    ledger = open_ledger(data, mapping)
    items = list(ledger.items())
    rows = [item.row for item in items if item.row]
    errors = [*ledger.errors(), *(problem for item in items for problem in item.problems)]
    return ReadLedger(rows, errors, ledger.taken_columns(), ledger.sheets, len(items))


def row_in_sheet(number: int) -> int:
    """The row that the clerk sees, for the number of a row."""
    return number % _ROWS_IN_A_SHEET


def _item(number: int, read: ReadRow, sheet: str, seen: _Seen) -> ReadItem:
    """The row, unless it is refused or was seen before."""
    if read.row is None:
        return ReadItem(number, None, read.problems, Fate.REFUSED)
    row, digest = replace(read.row, number=number), _digest(read.row)
    earlier, known = seen.setdefault(_business_key(row), (number, digest))
    if earlier == number:
        return ReadItem(number, row, read.problems, Fate.READ)
    same = digest == known
    told = CellWrong(code="row_repeated" if same else "row_conflict", other=row_in_sheet(earlier))
    severity: Severity = "warning" if same else "error"
    problem = RowError(row_in_sheet(number), "", told.code, told.detail, severity, sheet)
    return ReadItem(number, None, (*read.problems, problem), Fate.REPEATED if same else Fate.REFUSED)


def _business_key(row: LedgerRow) -> tuple[str, ...]:
    """What makes a row the same one: landlord, compound, building, tenant, and the space let."""
    return tuple(
        normalise(part)
        for part in (
            row.landlord.uscc or row.landlord.name,
            row.compound.name,
            row.building.building_no,
            (row.tenant.uscc or row.tenant.name) if row.tenant else "",
            row.lease.floor if row.lease else "",
            row.lease.room if row.lease else "",
        )
    )


def _digest(row: LedgerRow) -> int:
    """Equal for rows that say the same."""
    facts = tuple(sorted(row.facts.items(), key=lambda fact: fact[0]))
    return hash((row.landlord, row.compound, row.building, row.tenant, row.lease, row.grid_name, facts))


def _taken(table: Table) -> Iterator[TakenColumn]:
    for match in table.matches:
        if match.heading.parts:
            path = match.column.path if match.column else None
            yield TakenColumn(table.sheet.name, match.heading.text, path, min(match.confidence, 1.0))


def _hidden(table: Table) -> Iterator[RowError]:
    told = CellWrong(code="hidden_column")
    for match in table.matches:
        if match.column and match.heading.is_hidden:
            yield RowError(0, match.heading.text, told.code, told.detail, "warning", table.sheet.name)
