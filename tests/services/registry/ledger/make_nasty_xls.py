"""Makes nasty.xls, which the tests only read: run it by hand with xlwt 1.3.0 installed, a package too old to depend on.

``uv run --with xlwt==1.3.0 python tests/services/registry/ledger/make_nasty_xls.py``
"""

from datetime import date
from pathlib import Path
from typing import Any

import xlwt  # type: ignore[import-not-found]

ROWS: list[list[Any]] = [
    ["云荡经济开发区租赁厂房汇总"],
    [],
    ["业主", "业主电话", "地址", "厂房名称", "建筑面积", "火灾危险性", "消防手续", "租户", "社会信用代码", "租户电话",
     "承租楼层", "承租部位", "承租面积", "起租时间", "到期时间", "安全协议", "危化品"],
    ["云荡砚池包装有限公司", 15400010006.0, "东荡路108号", "一号厂房", "5亩", "丙类", "有", "云荡竹影纸品有限公司",
     "92320282MA0000015K", 15400000001.0, 1.0, 101.0, 600.0,
     45292.0, 46387.0, "是", "油漆、稀释剂"],
    ["云荡砚池包装有限公司", "1.54E+10", "东荡路108号", "一号厂房", "5亩", "丙类", "有", "云荡兰影印务有限公司",
     "91320282MA0000023H", 15400000000.0, "二层", "201、202", 400.0,
     date(2024, 5, 1), "2027/4/30", date(2024, 4, 20), "无"],
    ["云荡砚池包装有限公司", 15400010006.0, "东荡路108号", "一号厂房", "5亩", "丙类", "有", "云荡兰影印务有限公司",
     "91320282MA0000023H", 15400000002.0, "二层", "201、202", 400.0,
     date(2024, 5, 1), "2027/4/30", date(2024, 4, 20), "无"],
    ["云荡砚池包装有限公司", 15400010006.0, "东荡路108号", "一号厂房", "5亩", "丙类", "有", "云荡兰影印务有限公司",
     "91320282MA0000023H", 15400000002.0, "二层", "201、202", 450.0,
     date(2024, 5, 1), "2027/4/30", date(2024, 4, 20), "无"],
    ["云荡砚池包装有限公司", 15400010006.0, "东荡路108号", date(2024, 3, 1), "5亩", "丙类", "有", "云荡云影钢构加工厂",
     "913202820000", 15400000003.0, 3.0, "整层", -20.0, "2024.5",
     "2023.4", "否", "无"],
    ["总计", "", "", "", "", "", "", "", "", "", "", "", 1850.0],
    ["注:面积以合同为准"],
]  # fmt: skip


def make(path: Path) -> None:
    """One sheet with everything as numbers, and one without a heading."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet, day = book.add_sheet("Sheet1"), xlwt.easyxf(num_format_str="yyyy-m-d")
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write(row, column, cell, day)
            elif cell != "":
                sheet.write(row, column, cell)
    book.add_sheet("Sheet2").write(0, 0, "随手记")
    book.add_sheet("Sheet3")
    book.save(str(path))


if __name__ == "__main__":
    make(Path(__file__).with_name("nasty.xls"))
