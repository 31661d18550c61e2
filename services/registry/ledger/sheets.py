"""Opens a workbook that somebody sent: visible sheets, their rows by true row number, merged cells and hidden columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from services.registry.ledger.archive import Layout, layouts_of
from services.registry.ledger.problems import FileTooLarge, FileUnreadable

LARGEST_FILE = 30 * 1024 * 1024
MOST_ROWS = 60_000
MOST_CELLS = 6_000_000
_MEGABYTE = 1024 * 1024

Row = tuple[Any, ...]
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. Rows and columns are counted from 0 here, as the file does; people count rows from 1."""

    name: str
    rows: tuple[Row, ...]
    merged: tuple[tuple[Place, Place], ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    _sources: dict[Place, Place] = field(default_factory=dict)

    def cell(self, row: int, column: int) -> Any:
        """The raw cell, or "" beyond the end of a row."""
        cells = self.rows[row]
        return cells[column] if column < len(cells) else ""

    def source(self, row: int, column: int) -> Place:
        """Where the value of a merged cell really stands."""
        if not self._sources and self.merged:
            self._sources.update(_covered_cells(self.merged))
        return self._sources.get((row, column), (row, column))


def _covered_cells(merged: tuple[tuple[Place, Place], ...]) -> Iterator[tuple[Place, Place]]:
    for first, last in merged:
        for row in range(first[0], min(last[0], MOST_ROWS) + 1):
            for column in range(first[1], last[1] + 1):
                yield (row, column), first


def open_sheets(data: bytes) -> list[Sheet]:
    """The visible sheets that hold anything, in order; refuses what is no workbook or too large to be read in one go."""
    if len(data) > LARGEST_FILE:
        raise _too_large()
    layouts = layouts_of(data)
    if any(layout.rows > MOST_ROWS or layout.cells > MOST_CELLS for layout in layouts.values()):
        raise _too_large()
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as workbook:
            sheets = [_sheet(workbook.get_sheet_by_name(name), layouts.get(name)) for name in _visible(workbook)]
    except (CalamineError, PasswordError, ValueError, OSError):
        raise FileUnreadable from None
    return [sheet for sheet in sheets if sheet.rows]


def _too_large() -> FileTooLarge:
    return FileTooLarge(megabytes=LARGEST_FILE // _MEGABYTE, rows=MOST_ROWS)


def _visible(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet
    ]


def _sheet(sheet: CalamineSheet, layout: Layout | None) -> Sheet:
    if sheet.start is None:
        return Sheet(sheet.name, ())
    if sheet.total_height > MOST_ROWS:
        raise _too_large()
    margin = ("",) * sheet.start[1]
    rows = tuple(margin + tuple(row) for row in sheet.iter_rows())
    return Sheet(sheet.name, rows, tuple(sheet.merged_cell_ranges or ()), layout.hidden_columns if layout else frozenset())
