"""One row of a table becomes a row of the ledger, or problems by heading; what stands once for many rows is carried down."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
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
from services.registry.ledger.sheets import MergedCells, Row

_CARRIED: Final = (("landlord",), ("compound",), ("building", "manager"))
_LEADS: Final = {"landlord": "landlord.name", "compound": "compound.name", "building": "building.building_no"}
_CELLS_THAT_TELL: Final = 3
_KINDS_OF_FEW_VALUES: Final = {CellKind.FACT, CellKind.CHOICE, CellKind.CRS, CellKind.DATE, CellKind.REGION, CellKind.INDUSTRY}

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
        self._places = [(path, columns.columns[path], match.heading.index) for path, match in self._matches.items()]
        self._defaults = {**table.above, **defaults}
        self._units = {path: match.unit for path, match in self._matches.items()}
        self._headings = {plain(match.heading.parts[-1]) for match in self._matches.values()}
        self._groups = {
            group: [path for path in self._matches if columns.columns[path].group == group] for group in columns.groups
        }
        self._known: dict[str, dict[Any, Any]] = defaultdict(dict)
        self._previous: Raw = {}
        self._merged = MergedCells(table.sheet)

    def read_all(self) -> Iterator[tuple[int, ReadRow]]:
        """Every row below the heading that says something, in order, with its number in the sheet."""
        for index, row in islice(enumerate(self._table.sheet.all_rows()), self._table.last, None):
            cells = self._merged.filled(index, row)
            raw = self._raw(cells)
            if raw and not self._is_beside_the_table(row):
                yield index + 1, self._read(index + 1, self._carried(raw), own=raw.keys())

    def _raw(self, row: Row) -> Raw:
        """The cells that say something, by path."""
        width, columns = len(row), self._columns
        return {
            path: row[index]
            for path, column, index in self._places
            if index < width and row[index] != "" and not is_empty(row[index], column, columns)
        }

    def _is_beside_the_table(self, row: Row) -> bool:
        """Totals, notes under the table, and headings repeated on every printed page."""
        filled = [cell for cell in row if isinstance(cell, str) and cell]
        texts = [plain(cell) for cell in filled[:_CELLS_THAT_TELL]]
        if any(text in self._columns.words["total_rows"] for text in texts):
            return True
        if texts and len(filled) < _CELLS_THAT_TELL and texts[0].startswith(tuple(self._columns.words["note_rows"])):
            return True
        return any(text in self._headings for text in texts) and self._is_a_heading(filled)

    def _is_a_heading(self, filled: list[str]) -> bool:
        return len(self._headings.intersection(map(plain, filled))) >= _CELLS_THAT_TELL

    def _carried(self, raw: Raw) -> Raw:
        """The row with what "同上", and an empty landlord, compound or building, take over from the row above."""
        same = self._columns.words["same_as_above"]
        row = {
            path: self._previous.get(path) if isinstance(cell, str) and cell.strip() in same else cell
            for path, cell in raw.items()
        }
        for groups in _CARRIED:
            lead = _LEADS[groups[0]]
            if lead in row and row[lead] != self._previous.get(lead):
                break
            for path in (path for group in groups for path in self._groups[group] if path not in row and path in self._previous):
                row[path] = self._previous[path]
        self._previous = row
        return {**self._defaults, **row}

    def _read(self, number: int, raw: Raw, own: Collection[str]) -> ReadRow:
        """A warning is told where its cell stands, and not again in the rows that it is carried to."""
        problems: list[RowError] = []
        values: dict[str, Any] = {}
        facts: dict[str, FactCells] = {}
        for path, cell in raw.items():
            known = self._known[path]
            if cell in known and not isinstance(cell, bool):
                self._place(path, known[cell], values, facts)
                continue
            reading = Cell(cell, self._columns.columns[path], self._units.get(path, "m2"))
            try:
                value = self._value(reading)
                self._place(path, value, values, facts)
                self._remember(reading, value)
            except CellWrong as wrong:
                problems.append(self._problem(number, path, wrong))
            if path in own:
                problems.extend(self._problem(number, path, warning, "warning") for warning in reading.warnings)
        problems.extend(self._problem(number, path, wrong) for path, wrong in self._empty_ones(values, problems))
        row = self._composed(number, values, facts, problems)
        return ReadRow(None if any(problem.severity == "error" for problem in problems) else row, tuple(problems))

    def _value(self, cell: Cell) -> Any:
        if cell.column.kind is CellKind.FACT:
            return read_fact(cell, self._facts.keys[_key_of(cell.column.path)], self._columns)
        if cell.column.path == "tenant.name" and plain(half_width(cell.raw)) in self._columns.words["vacant"]:
            return None
        return read_cell(cell, self._columns)

    def _place(self, path: str, value: Any, values: dict[str, Any], facts: dict[str, FactCells]) -> None:
        kind = self._columns.columns[path].kind
        if kind is CellKind.FACT:
            facts[_key_of(path)] = value
        elif kind is CellKind.QUANTITY:
            facts[_key_of(path)] = with_quantity(facts.get(_key_of(path)), value, self._facts.keys[_key_of(path)])
        else:
            values[path] = value

    def _remember(self, cell: Cell, value: Any) -> None:
        """A column of few different words is read once for each, any other once while the same cell comes again and again."""
        if cell.warnings or isinstance(cell.raw, bool):
            return
        if cell.column.kind in _KINDS_OF_FEW_VALUES and isinstance(cell.raw, str):
            self._known[cell.column.path][cell.raw] = value
        else:
            self._known[cell.column.path] = {cell.raw: value}

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


def _key_of(path: str) -> str:
    """The fact that a column is about: ``dust`` for ``facts.dust`` and ``facts.dust.qty``."""
    return path.removeprefix("facts.").removesuffix(".qty")
