"""``mashang import``: a ledger file into a running registry, with the errors a clerk can act on."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import httpx
import typer

from mashang.people import asked
from shared.settings import Settings
from shared.web.identity import LocalIssuer

_IMPORTS = "/api/registry/imports"
_SHOWN = 20
_LOOK_EVERY = 0.5
_ENDED = {"done", "failed"}
_WORDS = {
    "rows": "行 rows",
    "created": "新增 created",
    "updated": "更新 updated",
    "unchanged": "未变 unchanged",
    "refused": "拒收 refused",
}


async def import_file(url: str, settings: Settings, file: Path, *, dry_run: bool, as_json: bool) -> int:
    """Upload ``file`` and follow it to its end. Exit code 1 when it failed or a row was refused. Raises Declined."""
    token = LocalIssuer.at(settings.data).token("cli", ["bureau"])
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=600) as http:
        report = await _taken(http, file, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(report, dry_run=dry_run)
    return 1 if report["state"] == "failed" or report["refused"] else 0


async def _taken(http: httpx.AsyncClient, file: Path, *, dry_run: bool) -> dict[str, Any]:
    """A short ledger is done with the answer; a long one is followed until it is."""
    upload = {"file": (file.name, file.read_bytes())}  # noqa: ASYNC240 - nothing else runs here
    report: dict[str, Any] = await asked(await http.post(_IMPORTS, params={"dry_run": str(dry_run).lower()}, files=upload))
    progress = Progress(sys.stderr)
    while report["state"] not in _ENDED:
        progress.show(report)
        await asyncio.sleep(_LOOK_EVERY)
        report = await asked(await http.get(f"{_IMPORTS}/{report['id']}"))
    progress.end()
    return report


@dataclass(slots=True)
class Progress:
    """How far a ledger is, for the person who waits: one line that is written anew on a terminal, a line each tenth elsewhere."""

    out: TextIO
    shown: int = -1

    def show(self, report: Mapping[str, Any]) -> None:
        """Tell the rows that are done, of how many there are about."""
        rows, done = report["rows"], report["done"]
        tenth = done * 10 // rows if rows else 0
        words = f"导入中 importing: {done} / {rows} 行 rows, {tenth * 10} %" if rows else "排队中 waiting"
        if self.out.isatty():
            self.out.write(f"\r\x1b[K{words}")
        elif tenth > self.shown:
            self.out.write(f"{words}\n")
        self.out.flush()
        self.shown = max(self.shown, tenth)

    def end(self) -> None:
        """Leave no half line behind."""
        if self.shown >= 0 and self.out.isatty():
            self.out.write("\r\x1b[K")


def _print(report: Mapping[str, Any], *, dry_run: bool) -> None:
    counts = " · ".join(f"{word} {report[key]}" for key, word in _WORDS.items())
    typer.echo(f"{'试运行 dry run: ' if dry_run else ''}{counts}")
    several = len({column["sheet"] for column in report["columns"]}) > 1
    for error in report["errors"][:_SHOWN]:
        typer.echo(f"  {told(error, several_sheets=several)}")
    if report["errors_total"] > _SHOWN:
        typer.echo(f"  … {report['errors_total']} 处 in all: {report['result_file']}")
    if report.get("problem"):
        typer.echo(f"  导入中断 failed: {report['problem']}")


def told(error: Mapping[str, Any], *, several_sheets: bool) -> str:
    """One line about one cell as the clerk sees it: sheet, row, heading, what to do; 提示 where the row is taken all the same."""
    sheet = f"[{error['sheet']}] " if several_sheets and error["sheet"] else ""
    row = f"第 {error['row']} 行 " if error["row"] else ""
    taken = "(提示) " if error["severity"] == "warning" else ""
    column = f"{error['column']}: " if error["column"] else ""
    return f"{sheet}{row}{taken}{column}{error['detail']}"
