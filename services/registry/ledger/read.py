"""Reads a ledger that a clerk sent: every sheet with a heading that we know, row by row, with all that is wrong in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from services.registry.domain.facts import FactSchema
from services.registry.domain.ledger_row import LedgerRow
from services.registry.domain.pinyin import normalise
from services.registry.ledger.columns import Columns, shipped_columns
from services.registry.ledger.headings import Table, find_table
from services.registry.ledger.mapping import LedgerMapping
from services.registry.ledger.problems import CellWrong, NoLedgerFound, RowError, Severity
from services.registry.ledger.rows import ReadRow, RowReader
from services.registry.ledger.sheets import Sheet, open_sheets
from services.registry.rulebook import shipped_facts

_ROWS_IN_A_SHEET = 1 << 20


@dataclass(frozen=True, slots=True)
class TakenColumn:
    """What a column of the sheet was taken for; no path means that it was left alone."""

    sheet: str
    heading: str
    path: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class ReadLedger:
    """The rows that can be taken, and everything to tell the clerk.

    ``LedgerRow.number`` is the row's number in its sheet; rows of the second sheet count on from 2**20, see ``place_of``.
    """

    rows: list[LedgerRow]
    errors: list[RowError]
    columns: list[TakenColumn]
    sheets: list[str]
    total: int

    def number_of(self, sheet: str, row: int) -> int:
        """The number of a row of a sheet; row 0 is the sheet as a whole."""
        return self.sheets.index(sheet) * _ROWS_IN_A_SHEET + row

    def heading_of(self, sheet: str, path: str) -> str:
        """The heading that a sheet's clerk sees over a path's cells; our own where the sheet has no such column."""
        headings = (column.heading for column in self.columns if (column.sheet, column.path) == (sheet, path))
        known = shipped_columns().columns.get(path)
        return next(headings, known.heading if known else "")

    def place_of(self, number: int) -> tuple[str, int]:
        """The sheet and the row in it for the number of a row."""
        sheet, row = divmod(number, _ROWS_IN_A_SHEET)
        return self.sheets[sheet], row


def read_ledger(
    data: bytes,
    filename: str,
    mapping: LedgerMapping | None = None,
    *,
    columns: Columns | None = None,
    facts: FactSchema | None = None,
) -> ReadLedger:
    """All rows of the workbook; raises FileUnreadable, FileTooLarge or NoLedgerFound, everything smaller is a RowError.

    The kind of file is told from its content: ``filename`` is whatever somebody called it.
    """
    del filename
    mapping = mapping or LedgerMapping()
    columns = (columns or shipped_columns()).with_words(mapping.words)
    return _read_tables(_tables(data, columns, mapping), columns, facts or shipped_facts(), mapping)


def _tables(data: bytes, columns: Columns, mapping: LedgerMapping) -> list[Table]:
    tables = [table for sheet in open_sheets(data) if (table := find_table(sheet, columns, mapping))]
    if not tables:
        raise NoLedgerFound
    return tables


def _read_tables(tables: list[Table], columns: Columns, facts: FactSchema, mapping: LedgerMapping) -> ReadLedger:
    ledger = ReadLedger([], [], [], [table.sheet.name for table in tables], 0)
    seen: dict[tuple[str, ...], LedgerRow] = {}
    total = 0
    for ordinal, table in enumerate(tables):
        ledger.columns.extend(_taken(table))
        missing = list(_missing(table, columns, mapping))
        ledger.errors.extend((*_hidden(table), *missing))
        if missing:
            continue
        reader = RowReader(table, columns, facts, mapping.defaults)
        for read in reader.read_all():
            total += 1
            _gather(read, ordinal, table.sheet, ledger, seen)
    return replace(ledger, total=total)


def _gather(read: ReadRow, ordinal: int, sheet: Sheet, ledger: ReadLedger, seen: dict[tuple[str, ...], LedgerRow]) -> None:
    ledger.errors.extend(read.problems)
    if read.row is None:
        return
    row = replace(read.row, number=ordinal * _ROWS_IN_A_SHEET + read.row.number)
    earlier = seen.setdefault(_business_key(row), row)
    if earlier is row:
        ledger.rows.append(row)
        return
    is_same = replace(earlier, number=0) == replace(row, number=0)
    told = CellWrong(code="row_repeated" if is_same else "row_conflict", other=earlier.number % _ROWS_IN_A_SHEET)
    ledger.errors.append(_about_row(read.row.number, sheet, told, "warning" if is_same else "error"))


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


def _about_row(number: int, sheet: Sheet, told: CellWrong, severity: Severity, column: str = "") -> RowError:
    return RowError(number, column, told.code, told.detail, severity, sheet.name)


def _taken(table: Table) -> Iterator[TakenColumn]:
    for match in table.matches:
        if match.heading.parts:
            path = match.column.path if match.column else None
            yield TakenColumn(table.sheet.name, match.heading.text, path, min(match.confidence, 1.0))


def _hidden(table: Table) -> Iterator[RowError]:
    for match in table.matches:
        if match.column and match.heading.is_hidden:
            yield _about_row(0, table.sheet, CellWrong(code="hidden_column"), "warning", match.heading.text)


def _missing(table: Table, columns: Columns, mapping: LedgerMapping) -> Iterable[RowError]:
    given = table.paths | set(mapping.defaults) | set(table.above)
    for column in columns.columns.values():
        if column.required and column.path not in given:
            told = CellWrong(code="column_missing", heading=column.heading)
            yield _about_row(table.last, table.sheet, told, "error", column.heading)


def row_in_sheet(number: int) -> int:
    """The row that the clerk sees, for the number of a row."""
    return number % _ROWS_IN_A_SHEET


@dataclass(frozen=True, slots=True)
class Glance:
    """What a first look at a workbook tells: that it is one, and about how many rows it has."""

    rows: int


def glance_at(data: bytes, mapping: LedgerMapping) -> Glance:
    """Open a workbook and find its headings, without reading the rows; raises as ``read_ledger`` does."""
    tables = _tables(data, shipped_columns().with_words(mapping.words), mapping)
    return Glance(sum(table.sheet.height - table.last for table in tables))
