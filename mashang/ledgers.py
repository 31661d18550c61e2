"""``mashang import``: a ledger file into a running registry, with the errors a clerk can act on."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
    while report["state"] not in _ENDED:
        await asyncio.sleep(_LOOK_EVERY)
        report = await asked(await http.get(f"{_IMPORTS}/{report['id']}"))
    return report


def _print(report: Mapping[str, Any], *, dry_run: bool) -> None:
    counts = " · ".join(f"{word} {report[key]}" for key, word in _WORDS.items())
    typer.echo(f"{'试运行 dry run: ' if dry_run else ''}{counts}")
    for error in report["errors"][:_SHOWN]:
        typer.echo(f"  第 {error['row']} 行 {error['column']}: {error['detail']}")
    if report["errors_total"] > _SHOWN:
        typer.echo(f"  … {report['errors_total']} 处 in all: {report['result_file']}")
    if report.get("problem"):
        typer.echo(f"  {report['problem']}")
