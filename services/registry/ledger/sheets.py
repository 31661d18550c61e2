"""Opens a workbook that somebody sent: visible sheets, their rows by true row number, merged cells and hidden columns."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from services.registry.ledger.archive import Layout, layouts_of
from services.registry.ledger.problems import FileTooLarge, FileUnreadable

LARGEST_FILE = 24 * 1024 * 1024
MOST_ROWS = 60_000
MOST_CELLS = 6_000_000
_MEGABYTE = 1024 * 1024
_HEAD = 40

Row = tuple[Any, ...]
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; rows and columns are counted from 0 here, as the file does, people count rows from 1.

    ``head`` is the first rows; all of them are only handed out one after another, so that a large sheet is never in memory
    as a whole twice.
    """

    name: str
    head: tuple[Row, ...]
    height: int
    all_rows: Callable[[], Iterator[Row]]
    merged: tuple[tuple[Place, Place], ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    _sources: dict[Place, Place] = field(default_factory=dict)

    def source(self, row: int, column: int) -> Place:
        """Where the value of a merged cell really stands; any other cell is its own source."""
        return self._covered().get((row, column), (row, column))

    def is_merged(self, row: int, column: int) -> bool:
        """Whether the cell is part of a merged one."""
        return (row, column) in self._covered()

    def _covered(self) -> dict[Place, Place]:
        if not self._sources and self.merged:
            self._sources.update(_covered_cells(self.merged))
        return self._sources

    def head_cell(self, row: int, column: int) -> Any:
        """A raw cell of the first rows, or "" beyond the end of a row."""
        return cell_of(self.head[row], column)


def cell_of(row: Row, column: int) -> Any:
    """A raw cell, or "" beyond the end of the row."""
    return row[column] if column < len(row) else ""


def _covered_cells(merged: tuple[tuple[Place, Place], ...]) -> Iterator[tuple[Place, Place]]:
    for first, last in merged:
        for row in range(first[0], min(last[0], MOST_ROWS) + 1):
            for column in range(first[1], last[1] + 1):
                yield (row, column), first


class MergedCells:
    """Fills the rows of a sheet, met from top to bottom, with the values of the merged cells that cover them."""

    def __init__(self, sheet: Sheet) -> None:
        self._values: dict[Place, Any] = {}
        self._starts: dict[int, list[int]] = defaultdict(list)
        self._covered: dict[int, list[tuple[int, Place]]] = defaultdict(list)
        for first, _ in sheet.merged:
            self._starts[first[0]].append(first[1])
        for (row, column), source in _covered_cells(sheet.merged):
            if row != source[0]:
                self._covered[row].append((column, source))

    def filled(self, index: int, row: Row) -> Row:
        """The row with what stands for it above; values are kept only from rows that were met here."""
        for column in self._starts.get(index, ()):
            self._values[index, column] = cell_of(row, column)
        covered = self._covered.get(index)
        if not covered:
            return row
        cells = list(row)
        for column, source in covered:
            if column < len(cells):
                cells[column] = self._values.get(source, "")
        return tuple(cells)


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
    return [sheet for sheet in sheets if sheet.height]


def _too_large() -> FileTooLarge:
    return FileTooLarge(megabytes=LARGEST_FILE // _MEGABYTE, rows=MOST_ROWS)


def _visible(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet
    ]


def _sheet(sheet: CalamineSheet, layout: Layout | None) -> Sheet:
    hidden = layout.hidden_columns if layout else frozenset()
    if sheet.start is None:
        return Sheet(sheet.name, (), 0, partial(iter, ()))
    if sheet.total_height > MOST_ROWS:
        raise _too_large()
    all_rows = partial(_rows, sheet, sheet.start[1])
    head = tuple(islice(all_rows(), _HEAD))
    return Sheet(sheet.name, head, sheet.total_height, all_rows, tuple(sheet.merged_cell_ranges or ()), hidden)


def _rows(sheet: CalamineSheet, first_column: int) -> Iterator[Row]:
    margin = ("",) * first_column
    return (margin + tuple(row) for row in sheet.iter_rows())
