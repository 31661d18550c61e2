"""Ledgers as clerks really send them, made here so that a reader of a test sees what is wrong with them."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter  # type: ignore[import-untyped]

MARCH = datetime(2024, 3, 1)  # noqa: DTZ001 - a cell has no zone
OLD_WORKBOOK = Path(__file__).with_name("nasty.xls")


def two_line_workbook() -> bytes:
    """An .xlsx with titles, a merged heading of two lines, merged landlords, a hidden column, totals, and more sheets."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer)
    day, middle = book.add_format({"num_format": "yyyy/m/d"}), book.add_format({"valign": "vcenter"})
    cover = book.add_worksheet("封面")
    cover.merge_range("A1:F1", "云荡经济开发区厂中厂排查表", middle)
    sheet = book.add_worksheet("排查表")
    sheet.merge_range("A1:Q1", "附件2:云荡经济开发区“厂中厂”企业排查登记表(2026年11月)", middle)
    sheet.write("A2", "填报单位:东荡村   填报日期:2026.11.20")
    _two_line_heading(sheet, middle)
    rows: list[Sequence[Any]] = [
        [1, "云荡恒岭机械有限公司", "91320282MA000901X2", "赵荡生", 15400010001.0, "恒岭老厂区", "１号楼", "框架", "三层",
         "３，６００", "云荡星汀电子有限公司",
         "９１３２０２８２ma0000066Y", "吴己巳", "1.5400000006E+10", 720.0, MARCH, "2027年2月"],
        [2, "", "", "", "", "", "", "", "", "", "云荡松影水处理设备有限公司", "91320282MA0000023H", "钱乙丑", 15400000002.0,
         "1.2亩", "2024.3.1", "2027.2.28"],
        [3, "云荡镇东荡村股份经济合作社", "N2320282MA000903X1", "孙荡生", "0510-87654321", "东荡村工业集中区", "2号楼",
         "轻钢", 1.0, "约1500㎡", "云荡竹声铸造有限公司",
         "91320282MA0000031C", "孙丙寅", "1.54E+10", 300.0, 45292, "长期"],
        [4, "", "", "", "", "", "3-1", "门式刚架", "2F", "0.2万㎡", "云荡兰渚钢构加工厂", 9.1320282e17, "李丁卯",
         15400000004.0, 300.0, 2024.1, "2026/2/30"],
        ["序号", "单位名称", "信用代码", "负责人", "联系电话", "厂区名称", "楼号", "结构", "层数", "面积(㎡)", "企业名称",
         "统一社会信用代码", "主要负责人", "手机", "面积(㎡)", "起", "止"],
        [5, "沈甲子", "", "沈甲子", "154 0001 0004", "西荡桥自建厂房", "1号楼", "砖混", 2, 800, "空置", "", "", "", "", "", ""],
        [2, "云荡恒岭机械有限公司", "91320282MA000901X2", "赵荡生", 15400010001.0, "恒岭老厂区", "1号楼", "框架", 3, 3600,
         "云荡松影水处理设备有限公司",
         "91320282MA0000023H", "钱乙丑", 15400000002.0, "1.2亩", "2024.3.1", "2027.2.28"],
        ["合计", "", "", "", "", "", "", "", "", 9900, "", "", "", "", 1620, "", ""],
        ["填表人:周某", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", ""],
    ]  # fmt: skip
    _write(sheet, rows, first=4, day=day)
    sheet.merge_range("B5:B6", "云荡恒岭机械有限公司", middle)
    sheet.set_column("L:L", 20, None, {"hidden": True})
    old = book.add_worksheet("2024年旧表")
    _write(old, [["出租方名称", "楼号", "承租企业名称"], ["不应读取", "1号楼", "不应读取"]], first=0, day=day)
    old.hide()
    book.close()
    return buffer.getvalue()


def _two_line_heading(sheet: Any, middle: Any) -> None:
    sheet.merge_range("A3:A4", "序号", middle)
    for cells, text in (("B3:F3", "出租方"), ("G3:J3", "厂房情况"), ("K3:N3", "承租企业"), ("O3:Q3", "租赁情况")):
        sheet.merge_range(cells, text, middle)
    lower = ("单位名称", "信用代码", "负责人", "联系电话", "厂区名称", "楼号", "结构", "层数", "面积(㎡)",
             "企业名称", "统一社会信用代码", "主要负责人", "手机", "面积(㎡)", "起", "止")  # fmt: skip
    for index, text in enumerate(lower, start=1):
        sheet.write(3, index, text)


def _write(sheet: Any, rows: Sequence[Sequence[Any]], *, first: int, day: Any) -> None:
    for row, cells in enumerate(rows, start=first):
        for column, cell in enumerate(cells):
            if isinstance(cell, datetime):
                sheet.write_datetime(row, column, cell, day)
            elif cell != "":
                sheet.write(row, column, cell)


def open_document() -> bytes:
    """An .ods for one landlord, who is named over the table; areas in 亩, 同上, points in several systems, ID numbers."""
    rows: list[Sequence[Any]] = [
        ["禾汀小微企业园厂中厂台账"],
        ["出租方：", "云荡禾汀置业有限公司", "房东信用代码：91320282MA000907XX"],
        ["幢号", "承租单位", "信用代码", "法人", "联系电话", "安全员", "电话", "租赁面积(亩)", "租期", "可燃性粉尘",
         "有限空间", "坐标", "坐标系", "是否住人", "备注"],
        ["1号楼", "云荡青禾木业有限公司", "91320282MA0000015N", "赵甲子", "15400000001", "吴安子", "15400020001", 1.5,
         "2024.1.1至2026.12.31", "木粉尘(6人)", "2处",
         "119.885,31.362", "GCJ-02", "否", ""],
        ["同上", "云荡青影塑业有限公司", "91320282MA0000074R", "郑庚午", "15400000007/15400000008", "", "", "800㎡", "长期",
         "无", "不明", "119.885,31.362", "", "不清楚", ""],
        ["1号楼", "王小二家具加工点", "110101199003070021", "王小二", "15400000009", "", "", "900",
         "2024年1月1日-2023年1月1日", "粉末", "无", "", "", "有", ""],
        ["2号楼", "李四", "11010119900307002X", "李四", "15400000010", "", "", "-", "/", "无", "是", "31.362,119.885",
         "火星坐标", "无", "个人"],
    ]  # fmt: skip
    return _ods({"Sheet1": rows}, hidden={"Sheet1": {14}})


def _ods(sheets: dict[str, list[Sequence[Any]]], hidden: dict[str, set[int]]) -> bytes:
    tables = "".join(_ods_table(name, rows, hidden.get(name, set())) for name, rows in sheets.items())
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return buffer.getvalue()


def _ods_table(name: str, rows: list[Sequence[Any]], hidden: set[int]) -> str:
    width = max(map(len, rows))
    collapsed = ' table:visibility="collapse"'
    columns = "".join(f"<table:table-column{collapsed if index in hidden else ''}/>" for index in range(width))
    body = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{escape(name)}">{columns}{body}</table:table>'


def _ods_cell(cell: Any) -> str:
    if cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def workbook(rows: Sequence[Sequence[Any]], name: str = "Sheet1") -> bytes:
    """A plain .xlsx of these rows."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer)
    _write(book.add_worksheet(name), rows, first=0, day=book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    return buffer.getvalue()
