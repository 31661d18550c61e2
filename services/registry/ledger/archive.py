"""Looks into the archive of an .xlsx or .ods before it is opened: how large each sheet would become, which columns are hidden.

A stray value in the last row of a sheet makes readers fill a million empty rows; a zip bomb makes them fill the memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO
from xml.sax.saxutils import unescape
from zipfile import BadZipFile, ZipFile

from services.registry.ledger.problems import FileTooLarge, FileUnreadable

LARGEST_CONTENT = 300 * 1024 * 1024
_CHUNK = 1024 * 1024
_OVERLAP = 256
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_FILLED_CELL = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>/]*>')
_HIDDEN_COLUMN = re.compile(rb'<col\b(?=[^>]*\bhidden="(?:1|true)")(?=[^>]*\bmin="(\d+)")(?=[^>]*\bmax="(\d+)")[^>]*>')
_SHEET = re.compile(r'<(?:\w+:)?sheet\b(?=[^>]*\bname="([^"]*)")(?=[^>]*\br:id="([^"]*)")[^>]*>')
_RELATION = re.compile(r'<Relationship\b(?=[^>]*\bId="([^"]*)")(?=[^>]*\bTarget="([^"]*)")[^>]*>')
_ODS_TABLE = re.compile(r'<table:table\b[^>]*?table:name="([^"]*)"[^>]*>(.*?)<table:table-row', re.DOTALL)
_ODS_COLUMN = re.compile(r"<table:table-column\b[^>]*>")
_ODS_REPEATED = re.compile(r'table:number-columns-repeated="(\d+)"')
_QUOTES = {"&quot;": '"', "&apos;": "'"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of a sheet up to its last filled cell, and its hidden columns from 0."""

    rows: int = 0
    columns: int = 0
    hidden_columns: frozenset[int] = frozenset()

    @property
    def cells(self) -> int:
        """How many cells a reader will fill."""
        return self.rows * self.columns


def layouts_of(data: bytes) -> dict[str, Layout]:
    """Layouts by sheet name, as far as the kind of file tells them (.xls does not); refuses what is no workbook."""
    if data.startswith(_OLE):
        return {}
    if not data.startswith(_ZIP):
        raise FileUnreadable
    try:
        with ZipFile(BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_CONTENT:
                raise FileTooLarge(megabytes=LARGEST_CONTENT // _CHUNK, rows="…")
            return _ods(archive) if "content.xml" in archive.namelist() else dict(_xlsx(archive))
    except (BadZipFile, KeyError, NotImplementedError, RuntimeError, UnicodeDecodeError):
        raise FileUnreadable from None


def _xlsx(archive: ZipFile) -> Iterator[tuple[str, Layout]]:
    workbook = archive.read("xl/workbook.xml").decode()
    targets = dict(_RELATION.findall(archive.read("xl/_rels/workbook.xml.rels").decode()))
    for name, relation in _SHEET.findall(workbook):
        path = "xl/" + targets.get(relation, "").removeprefix("/").removeprefix("xl/")
        if path.startswith("xl/worksheets/"):
            with archive.open(path) as part:
                yield unescape(name, _QUOTES), _xlsx_layout(part)


def _xlsx_layout(part: IO[bytes]) -> Layout:
    rows = 0
    columns: set[bytes] = set()
    hidden: frozenset[int] = frozenset()
    rest = b""
    while chunk := part.read(_CHUNK):
        if not rest:
            hidden = _hidden_columns(chunk)
        filled = _FILLED_CELL.findall(rest + chunk)
        columns.update(column for column, _ in filled)
        rows = max(rows, int(filled[-1][1]) if filled else 0)
        rest = chunk[-_OVERLAP:]
    return Layout(rows, max(map(_column_number, columns), default=0), hidden)


def _hidden_columns(head: bytes) -> frozenset[int]:
    before_rows = head.partition(b"<sheetData")[0]
    return frozenset(
        index for first, last in _HIDDEN_COLUMN.findall(before_rows) for index in range(int(first) - 1, min(int(last), 1000))
    )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _ods(archive: ZipFile) -> dict[str, Layout]:
    content = archive.read("content.xml").decode()
    return {
        unescape(name, _QUOTES): Layout(hidden_columns=frozenset(_collapsed(head))) for name, head in _ODS_TABLE.findall(content)
    }


def _collapsed(head: str) -> Iterator[int]:
    index = 0
    for column in _ODS_COLUMN.findall(head):
        repeated = _ODS_REPEATED.search(column)
        width = int(repeated[1]) if repeated else 1
        if 'table:visibility="collapse"' in column:
            yield from range(index, min(index + width, 1000))
        index += width
