"""What is wrong with a cell, a row or a whole file, in words that a clerk can act on; never with the value that was wrong."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from shared.errors import Refused, Unreadable

_FILE = Path(__file__).with_name("faults.yaml")

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class RowError:
    """Where something is wrong and what to do. A row with an ``error`` is not taken; a ``warning`` is only told.

    ``row`` is the row's number in its sheet (0: the sheet as a whole), ``column`` the heading as it stands there.
    """

    row: int
    column: str
    code: str
    detail: str
    severity: Severity = "error"
    sheet: str = ""


class CellWrong(Exception):
    """A cell that cannot be read; ``code`` is a key of ``faults.yaml`` and ``facts`` fill its text."""

    def __init__(self, *, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.detail = code, fault_texts()[code].format(**facts)


@cache
def fault_texts() -> dict[str, str]:
    """What clerks are told, by code."""
    texts: dict[str, str] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["faults"]
    return texts


class FileUnreadable(Unreadable):
    """Not a workbook that we can open."""

    code = "ledger_unreadable"
    zh = "文件打不开:请确认是 .xlsx、.xls 或 .ods 表格,没有加密,然后另存为 .xlsx 再上传"
    en = "The file cannot be opened: send an .xlsx, .xls or .ods workbook without a password"


class FileTooLarge(Refused):
    """More than we read in one go."""

    code = "ledger_too_large"
    status = 413
    zh = "文件过大:最多 {megabytes} MB、{rows} 行,请拆分后上传"
    en = "The file is too large: at most {megabytes} MB and {rows} rows; split it"


class NoLedgerFound(Refused):
    """No sheet has a heading that we know."""

    code = "ledger_heading_missing"
    zh = "没有找到表头:请保留一行包含“出租方名称”“楼号”“承租企业名称”等栏目的表头"
    en = "No heading found: keep a row with columns such as 出租方名称, 楼号, 承租企业名称"
