"""Writes a ledger as clerks expect one: frozen heading, codes as text, dates as dates, drop-downs, and a page that explains."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from services.registry.domain.facts import FactSchema
from services.registry.ledger.columns import CellKind, Column, Columns
from services.registry.ledger.wording import shown, words_of

SHEET = "台账"
_NOTES_SHEET = "填写说明"
_ROWS_WITH_DROP_DOWNS = 20_000
_LONGEST_INLINE_LIST = 255
_FONT = {"font_name": "宋体", "font_size": 11}
_TEXT_KINDS = {CellKind.CREDIT_CODE, CellKind.MOBILE, CellKind.REGION, CellKind.INDUSTRY}

SheetRow = Mapping[str, Any]


class LedgerWriter:
    """Puts values of rows, keyed by the path of their column, into one workbook."""

    def __init__(self, columns: Columns, facts: FactSchema, *, created: datetime) -> None:
        self._columns, self._facts, self._listed = columns, facts, columns.template()
        self._buffer = BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
        self._book.set_properties({"title": "厂中厂台账", "created": created})
        self._formats = {
            "heading": self._book.add_format({**_FONT, "bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True}),
            "required": self._book.add_format({**_FONT, "bold": True, "bg_color": "#FCE4D6", "border": 1, "text_wrap": True}),
            "plain": self._book.add_format(_FONT),
            "text": self._book.add_format({**_FONT, "num_format": "@"}),
            "date": self._book.add_format({**_FONT, "num_format": "yyyy-mm-dd"}),
        }

        self._sheet = self._book.add_worksheet(SHEET)
        self._rows = 0
        self._head(self._sheet)

    def write(self, rows: Iterable[SheetRow]) -> bytes:
        """The whole workbook at once."""
        self.add(rows)
        return self.finish()

    def add(self, rows: Iterable[SheetRow]) -> None:
        """More rows; they are taken one after another and not kept."""
        for row in rows:
            self._rows += 1
            self._row(self._sheet, self._rows, row)

    def finish(self) -> bytes:
        """The workbook, with its page that explains."""
        self._explain(self._book.add_worksheet(_NOTES_SHEET))
        self._book.close()
        return self._buffer.getvalue()

    def _head(self, sheet: Worksheet) -> None:
        sheet.set_row(0, 32)
        sheet.freeze_panes(1, 1)
        for index, column in enumerate(self._listed):
            sheet.set_column(index, index, column.width, self._format_of(column))
            sheet.write_string(0, index, column.heading, self._formats["required" if column.required else "heading"])
            self._drop_down(sheet, index, words_of(column, self._columns, self._facts))
        sheet.autofilter(0, 0, 0, len(self._listed) - 1)

    def _drop_down(self, sheet: Worksheet, index: int, words: Sequence[str]) -> None:
        if words and len(",".join(words)) <= _LONGEST_INLINE_LIST:
            rule = {"validate": "list", "source": list(words), "error_type": "warning", "error_message": "请尽量从下拉列表中选择"}
            sheet.data_validation(1, index, _ROWS_WITH_DROP_DOWNS, index, rule)

    def _row(self, sheet: Worksheet, number: int, row: SheetRow) -> None:
        for index, column in enumerate(self._listed):
            value = shown(row.get(column.path), column, self._columns, self._facts)
            if value is None or value == "":
                continue
            if isinstance(value, date):
                sheet.write_datetime(number, index, datetime(value.year, value.month, value.day), self._formats["date"])  # noqa: DTZ001 - a cell has no zone
            elif isinstance(value, str):
                sheet.write_string(number, index, value, self._format_of(column))
            else:
                sheet.write_number(number, index, float(value))

    def _explain(self, sheet: Worksheet) -> None:
        for index, (heading, width) in enumerate((("栏目", 26), ("分类", 14), ("是否必填", 10), ("说明", 44), ("可填内容", 60))):
            sheet.set_column(index, index, width, self._formats["plain"])
            sheet.write_string(0, index, heading, self._formats["heading"])
        for number, column in enumerate(self._listed, start=1):
            words = "、".join(words_of(column, self._columns, self._facts))
            group = self._columns.groups[column.group].heading
            for index, text in enumerate((column.heading, group, "必填" if column.required else "", column.note, words)):
                sheet.write_string(number, index, text, self._formats["plain"])

    def _format_of(self, column: Column) -> Format:
        if column.kind in _TEXT_KINDS:
            return self._formats["text"]
        return self._formats["date" if column.kind is CellKind.DATE else "plain"]
