"""What somebody reads who imports a ledger from the command line."""

import io
from typing import Any

import pytest

from mashang.ledgers import Progress, told

ERROR = {"row": 8, "column": "手机", "code": "mobile_scientific", "detail": "号码已丢失", "severity": "error", "sheet": "排查表"}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def report(done: int, rows: int = 1_000) -> dict[str, Any]:
    return {"rows": rows, "done": done}


def test_progress_is_a_line_for_each_tenth_where_nobody_watches() -> None:
    out = io.StringIO()
    progress = Progress(out)
    for state in (report(0, 0), report(0), report(40), report(150), report(180), report(1_000)):
        progress.show(state)
    progress.end()
    assert out.getvalue().splitlines() == [
        "排队中 waiting",
        "导入中 importing: 150 / 1000 行 rows, 10 %",
        "导入中 importing: 1000 / 1000 行 rows, 100 %",
    ]


def test_progress_is_one_line_on_a_terminal_and_is_gone_at_the_end() -> None:
    out = Terminal()
    progress = Progress(out)
    progress.show(report(150))
    progress.show(report(300))
    progress.end()
    assert "\n" not in out.getvalue()
    assert "300 / 1000" in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("changes", "several", "line"),
    [
        ({}, False, "第 8 行 手机: 号码已丢失"),
        ({}, True, "[排查表] 第 8 行 手机: 号码已丢失"),
        ({"row": 0, "severity": "warning"}, False, "(提示) 手机: 号码已丢失"),
        ({"column": "", "severity": "warning"}, False, "第 8 行 (提示) 号码已丢失"),
    ],
)
def test_an_error_is_told_by_sheet_row_and_heading(changes: dict[str, Any], several: bool, line: str) -> None:  # noqa: FBT001
    assert told(ERROR | changes, several_sheets=several) == line
