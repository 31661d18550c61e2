"""``mashang import``: a ledger file into a running registry, with the errors a clerk can act on."""

import json
from pathlib import Path

import httpx
import typer

from shared.settings import Settings
from shared.web.identity import LocalIssuer

_BAD_REQUEST = 400
_SHOWN = 20


async def import_file(url: str, settings: Settings, file: Path, *, dry_run: bool, as_json: bool) -> int:
    """Upload ``file``; prints counts and row errors. Exit code 1 when it was refused or a row has an error."""
    upload = {"file": (file.name, file.read_bytes())}  # noqa: ASYNC240 - nothing else runs here
    token = LocalIssuer.at(settings.data).token("cli", ["bureau"])
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=600) as http:
        answer = await http.post("/api/registry/imports", params={"dry_run": str(dry_run).lower()}, files=upload)
    report = answer.json()
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    elif answer.status_code >= _BAD_REQUEST:
        typer.echo(report.get("detail") or report.get("title"), err=True)
    else:
        _print(report, dry_run=dry_run)
    return 1 if answer.status_code >= _BAD_REQUEST or report.get("errors") else 0


def _print(report: dict[str, object], *, dry_run: bool) -> None:
    counts = " · ".join(f"{word} {report.get(key)}" for key, word in _WORDS.items())
    typer.echo(f"{'试运行 dry run: ' if dry_run else ''}{counts}")
    errors = report.get("errors")
    for error in errors[:_SHOWN] if isinstance(errors, list) else []:
        typer.echo(f"  第 {error['row']} 行 {error.get('column') or ''}: {error['detail']}")


_WORDS = {"rows": "行 rows", "created": "新增 created", "updated": "更新 updated", "unchanged": "未变 unchanged"}
