"""Finds where a sheet's table begins: under titles and notes, with headings of one, two or three lines, merged or not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from services.registry.ledger.columns import Columns, plain
from services.registry.ledger.mapping import Heading, LedgerMapping, Match, match_headings
from services.registry.ledger.sheets import Sheet

_ROWS_SEARCHED: Final = 30
_MOST_LINES: Final = 3
_FEWEST_COLUMNS: Final = 3
_LONGEST_HEADING: Final = 60
_STATEMENT: Final = re.compile("[:：]")
_SEVERAL: Final = re.compile(r"\s{2,}|[;；]")


@dataclass(frozen=True, slots=True)
class Table:
    """The table found in a sheet: rows of its heading (from 0, last excluded), what its columns mean, values given above it."""

    sheet: Sheet
    first: int
    last: int
    matches: tuple[Match, ...]
    above: dict[str, str]

    @property
    def paths(self) -> set[str]:
        """What the sheet has columns for."""
        return {match.column.path for match in self.matches if match.column}


def find_table(sheet: Sheet, columns: Columns, mapping: LedgerMapping | None = None) -> Table | None:
    """The best heading among the first rows; None where fewer than three columns are known."""
    candidates = [
        (_score(matches), -lines, first, matches)
        for first in range(min(_ROWS_SEARCHED, len(sheet.head)))
        for lines in range(1, min(_MOST_LINES, len(sheet.head) - first) + 1)
        if (matches := _matches(sheet, first, lines, columns, mapping))
    ]
    score, lines, first, matches = max(candidates, key=lambda found: found[:2], default=((0.0, 0), 0, 0, []))
    if score[1] < _FEWEST_COLUMNS:
        return None
    matches = match_headings([match.heading for match in matches], columns, mapping)
    return Table(sheet, first, first - lines, tuple(matches), dict(_given_above(sheet, first, columns)))


def _score(matches: list[Match]) -> tuple[float, int]:
    found = [match for match in matches if match.column]
    return sum(match.confidence for match in found), len(found)


def _matches(sheet: Sheet, first: int, lines: int, columns: Columns, mapping: LedgerMapping | None) -> list[Match]:
    """What the lines mean as a heading; nothing where one of them looks like data or like a title."""
    rows = range(first, first + lines)
    if any(not _may_be_heading(sheet.head[row]) for row in rows):
        return []
    width = max(len(sheet.head[row]) for row in rows)
    spread = [_spread(sheet, row, width, is_last=row == rows[-1]) for row in rows]
    if any(len(set(line)) == 1 for line in spread) or any(_STATEMENT.search(text) for line in spread[:-1] for text in line):
        return []
    return match_headings(list(_headings(sheet, spread)), columns, mapping, guess=False)


def _may_be_heading(row: tuple[Any, ...]) -> bool:
    filled = [cell for cell in row if cell != ""]
    return bool(filled) and all(isinstance(cell, str) and len(cell) <= _LONGEST_HEADING for cell in filled)


def _headings(sheet: Sheet, spread: list[list[str]]) -> Iterator[Heading]:
    """Each column's lines from top to bottom, once each: a merged cell counts for every column below it."""
    for index, lines in enumerate(zip(*spread, strict=True)):
        yield Heading(index, tuple(dict.fromkeys(filter(None, lines))), is_hidden=index in sheet.hidden_columns)


def _spread(sheet: Sheet, row: int, width: int, *, is_last: bool) -> list[str]:
    """The line's texts; one over empty cells covers them too, unless it ends with its merged cell or the line is the last."""
    line: list[str] = []
    for index in range(width):
        text = str(sheet.head_cell(*sheet.source(row, index))).strip()
        if not text and not is_last and line and not (sheet.is_merged(row, index) or sheet.is_merged(row, index - 1)):
            text = line[-1]
        line.append(text)
    return line


def _given_above(sheet: Sheet, first: int, columns: Columns) -> Iterator[tuple[str, str]]:
    """Values stated over the table, such as "出租方:…" in the title lines of a sheet for one landlord."""
    for row in sheet.head[:first]:
        texts = [text for cell in row if isinstance(cell, str) for text in _SEVERAL.split(cell.strip()) if text]
        for text, following in pairwise([*texts, ""]):
            name, colon, value = text.replace("：", ":").partition(":")
            path = next((column.path for column in columns.columns.values() if plain(name) in column.names), None)
            if colon and path and (stated := value.strip() or following):
                yield path, stated
