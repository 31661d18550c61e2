"""One row of a table becomes a row of the ledger, or problems by heading; what stands once for many rows is carried down."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from services.registry.domain.facts import FactSchema
from services.registry.domain.ledger_row import FactCells, LedgerRow
from services.registry.ledger.cells import Cell, is_empty, read_cell
from services.registry.ledger.columns import CellKind, Columns, plain
from services.registry.ledger.fact_cells import read_fact, with_quantity
from services.registry.ledger.headings import Table
from services.registry.ledger.numbers import half_width
from services.registry.ledger.problems import CellWrong, RowError, Severity
from services.registry.ledger.row_parts import compose
from services.registry.ledger.sheets import Place, Row, cell_of

_CARRIED: Final = (("landlord",), ("compound",), ("building", "manager"))
_LEADS: Final = {"landlord": "landlord.name", "compound": "compound.name", "building": "building.building_no"}
_CELLS_OF_A_REPEATED_HEADING: Final = 3
_KINDS_OF_FEW_VALUES: Final = {CellKind.CHOICE, CellKind.CRS, CellKind.DATE, CellKind.REGION, CellKind.INDUSTRY}

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What one row of the sheet gave: a ledger row, unless an error among ``problems`` forbids it."""

    row: LedgerRow | None
    problems: tuple[RowError, ...]


class RowReader:
    """Reads the rows of one table from top to bottom, because a cell may stand for the rows below it."""

    def __init__(self, table: Table, columns: Columns, facts: FactSchema, defaults: Mapping[str, str]) -> None:
        self._table, self._columns, self._facts = table, columns, facts
        self._matches = {match.column.path: match for match in table.matches if match.column}
        self._defaults = {**table.above, **defaults}
        self._units = {path: match.unit for path, match in self._matches.items()}
        self._headings = {plain(match.heading.parts[-1]) for match in self._matches.values()}
        self._known: dict[tuple[str, str], Any] = {}
        self._previous: Raw = {}
        self._merged: dict[Place, Any] = {}
        self._merged_starts: dict[int, list[int]] = defaultdict(list)
        for (row, column), _ in table.sheet.merged:
            self._merged_starts[row].append(column)

    def read_all(self) -> Iterator[tuple[int, ReadRow]]:
        """Every row below the heading that says something, in order, with its number in the sheet."""
        for index, row in islice(enumerate(self._table.sheet.all_rows()), self._table.last, None):
            self._keep_merged(index, row)
            raw = self._raw(index, row)
            if raw and not self._is_beside_the_table(row):
                yield index + 1, self._read(index + 1, self._carried(raw), own=raw.keys())

    def _keep_merged(self, index: int, row: Row) -> None:
        """Keep the values that stand for the rows below them."""
        for column in self._merged_starts.get(index, ()):
            self._merged[index, column] = cell_of(row, column)

    def _raw(self, index: int, row: Row) -> Raw:
        """The cells that say something, by path."""
        cells = ((path, self._cell(index, row, match.heading.index)) for path, match in self._matches.items())
        return {path: cell for path, cell in cells if not is_empty(cell, self._columns.columns[path], self._columns)}

    def _cell(self, index: int, row: Row, column: int) -> Any:
        source = self._table.sheet.source(index, column)
        return cell_of(row, column) if source == (index, column) else self._merged.get(source, "")

    def _is_beside_the_table(self, row: Row) -> bool:
        """Totals, notes under the table, and headings repeated on every printed page."""
        texts = [plain(cell) for cell in row if isinstance(cell, str) and cell.strip()]
        if any(text in self._columns.words["total_rows"] for text in texts[:3]):
            return True
        if texts and len(texts) <= 2 and texts[0].startswith(tuple(self._columns.words["note_rows"])):  # noqa: PLR2004
            return True
        return len(self._headings.intersection(texts)) >= _CELLS_OF_A_REPEATED_HEADING

    def _carried(self, raw: Raw) -> Raw:
        """The row with what "同上", and an empty landlord, compound or building, take over from the row above."""
        same = self._columns.words["same_as_above"]
        row = {
            path: self._previous.get(path) if isinstance(cell, str) and plain(cell) in same else cell
            for path, cell in raw.items()
        }
        for groups in _CARRIED:
            lead = _LEADS[groups[0]]
            if lead in row and row[lead] != self._previous.get(lead):
                break
            row.update(self._of_groups(groups, row))
        self._previous = row
        return {**{path: text for path, text in self._defaults.items() if path not in row}, **row}

    def _of_groups(self, groups: tuple[str, ...], row: Raw) -> Raw:
        return {
            path: cell for path, cell in self._previous.items() if self._columns.columns[path].group in groups and path not in row
        }

    def _read(self, number: int, raw: Raw, own: Collection[str]) -> ReadRow:
        """A warning is told where its cell stands, and not again in the rows that it is carried to."""
        problems: list[RowError] = []
        values: dict[str, Any] = {}
        facts: dict[str, FactCells] = {}
        for path, cell in raw.items():
            reading = Cell(cell, self._columns.columns[path], self._units.get(path, "m2"))
            try:
                self._take(path, reading, values, facts)
            except CellWrong as wrong:
                problems.append(self._problem(number, path, wrong))
            if path in own:
                problems.extend(self._problem(number, path, warning, "warning") for warning in reading.warnings)
        problems.extend(self._problem(number, path, wrong) for path, wrong in self._empty_ones(values, problems))
        row = self._composed(number, values, facts, problems)
        return ReadRow(None if any(problem.severity == "error" for problem in problems) else row, tuple(problems))

    def _take(self, path: str, cell: Cell, values: dict[str, Any], facts: dict[str, FactCells]) -> None:
        key = path.removeprefix("facts.").removesuffix(".qty")
        if cell.column.kind is CellKind.FACT:
            facts[key] = self._of_few(path, cell, lambda: read_fact(cell, self._facts.keys[key], self._columns))
        elif cell.column.kind is CellKind.QUANTITY:
            quantity: Decimal = read_cell(cell, self._columns)
            facts[key] = with_quantity(facts.get(key), quantity, self._facts.keys[key])
        elif cell.column.kind in _KINDS_OF_FEW_VALUES:
            values[path] = self._of_few(path, cell, lambda: read_cell(cell, self._columns))
        elif path == "tenant.name" and plain(half_width(cell.raw)) in self._columns.words["vacant"]:
            values[path] = None
        else:
            values[path] = read_cell(cell, self._columns)

    def _of_few(self, path: str, cell: Cell, read: Callable[[], Any]) -> Any:
        """A column of few different words is read once for each word."""
        if not isinstance(cell.raw, str):
            return read()
        if (path, cell.raw) not in self._known:
            value = read()
            if cell.warnings:
                return value
            self._known[path, cell.raw] = value
        return self._known[path, cell.raw]

    def _empty_ones(self, values: Mapping[str, Any], problems: list[RowError]) -> list[tuple[str, CellWrong]]:
        """Required columns without a value, unless something else was already told about them."""
        told = {problem.column for problem in problems}
        required = (column for column in self._columns.columns.values() if column.required)
        return [
            (column.path, CellWrong(code="required_empty", heading=column.heading))
            for column in required
            if not values.get(column.path) and self._heading(column.path) not in told
        ]

    def _composed(
        self, number: int, values: dict[str, Any], facts: dict[str, FactCells], problems: list[RowError]
    ) -> LedgerRow | None:
        if any(problem.severity == "error" for problem in problems):
            return None
        composed = compose(number, values, facts)
        problems.extend(self._problem(number, path, wrong, severity) for path, wrong, severity in composed.problems)
        return composed.row

    def _problem(self, number: int, path: str, wrong: CellWrong, severity: Severity = "error") -> RowError:
        return RowError(number, self._heading(path), wrong.code, wrong.detail, severity, self._table.sheet.name)

    def _heading(self, path: str) -> str:
        match = self._matches.get(path)
        return match.heading.text if match else self._columns.columns[path].heading
