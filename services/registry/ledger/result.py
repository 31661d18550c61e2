"""The sender's own sheets back, with the row's number and what was wrong beside every row, and the wrong cells marked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from services.registry.ledger.columns import shipped_columns
from services.registry.ledger.headings import Table, find_table
from services.registry.ledger.mapping import LedgerMapping
from services.registry.ledger.sheets import Sheet, open_sheets

_ADDED: Final = ("行号", "处理结果", "错误原因")
_RESULTS: Final = {"error": "未导入", "warning": "已导入,请留意"}

Problems = Mapping[tuple[str, int], Sequence[Mapping[str, Any]]]


def result_file(data: bytes, problems: Sequence[Mapping[str, Any]], mapping: LedgerMapping | None = None) -> bytes:
    """An .xlsx with every visible sheet of the upload; sheets that were read carry the added columns."""
    by_row: dict[tuple[str, int], list[Mapping[str, Any]]] = defaultdict(list)
    for problem in problems:
        by_row[problem["sheet"], problem["row"]].append(problem)
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd"})
    formats = {
        "wrong": book.add_format({"bg_color": "#FFC7CE"}),
        "doubtful": book.add_format({"bg_color": "#FFEB9C"}),
        "added": book.add_format({"bold": True, "bg_color": "#DDEBF7"}),
        "merged": book.add_format({"valign": "vcenter"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    columns = shipped_columns()
    for sheet in open_sheets(data):
        _write(book.add_worksheet(sheet.name), sheet, find_table(sheet, columns, mapping), by_row, formats)
    book.close()
    return buffer.getvalue()


def _write(page: Any, sheet: Sheet, table: Table | None, problems: Problems, formats: Mapping[str, Any]) -> None:
    places = {match.heading.text: match.heading.index for match in table.matches} if table else {}
    width = max(map(len, sheet.head))
    for index in sheet.hidden_columns:
        page.set_column(index, index, None, None, {"hidden": True})
    for first, last in sheet.merged:
        page.merge_range(*first, *last, "", formats["merged"])
    for number, row in enumerate(sheet.all_rows(), start=1):
        of_row = problems.get((sheet.name, number), ())
        marks = {places[problem["column"]]: problem["severity"] for problem in of_row if problem["column"] in places}
        for index, cell in enumerate(row):
            _cell(page, (number - 1, index), cell, marks.get(index), formats)
        if table and number > table.last:
            _say(page, number, width, of_row)
    if table:
        _head(page, table, width, problems, formats)


def _cell(page: Any, place: tuple[int, int], cell: Any, mark: str | None, formats: Mapping[str, Any]) -> None:
    chosen = formats[{"error": "wrong", "warning": "doubtful"}[mark]] if mark else None
    if isinstance(cell, datetime | date):
        page.write_datetime(*place, cell, chosen or formats["date"])
    elif isinstance(cell, bool):
        page.write_boolean(*place, cell, chosen)
    elif isinstance(cell, int | float):
        page.write_number(*place, cell, chosen)
    elif cell or chosen:
        page.write_string(*place, str(cell), chosen)


def _head(page: Any, table: Table, width: int, problems: Problems, formats: Mapping[str, Any]) -> None:
    page.freeze_panes(table.last, 0)
    for offset, heading in enumerate(_ADDED):
        page.write_string(table.last - 1, width + offset, heading, formats["added"])
    page.set_column(width + len(_ADDED) - 1, width + len(_ADDED) - 1, 60)
    about_sheet = [problem for row in (0, table.last) for problem in problems.get((table.sheet.name, row), ())]
    if about_sheet:
        page.write_comment(table.last - 1, width + len(_ADDED) - 1, _reasons(about_sheet))


def _say(page: Any, number: int, width: int, problems: Sequence[Mapping[str, Any]]) -> None:
    page.write_number(number - 1, width, number)
    if not problems:
        return
    is_refused = any(problem["severity"] == "error" for problem in problems)
    page.write_string(number - 1, width + 1, _RESULTS["error" if is_refused else "warning"])
    page.write_string(number - 1, width + 2, _reasons(problems))


def _reasons(problems: Sequence[Mapping[str, Any]]) -> str:
    return ";".join(
        f"{problem['column']}:{problem['detail']}" if problem["column"] else problem["detail"] for problem in problems
    )
