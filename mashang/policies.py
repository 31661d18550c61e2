"""``mashang policy``: a policy is checked as a file, rehearsed on a running instance, activated from a day, and explained."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import typer

from mashang.people import asked
from services.__main__ import check_policy
from shared.errors import MashangError
from shared.settings import Settings
from shared.web.identity import LocalIssuer

_GRADING = "/api/grading"
_LOOK_EVERY = 0.5
_SHOWN = 20
_LEVELS = {"blue": "蓝", "yellow": "黄", "orange": "橙", "red": "红"}
_WARNINGS = {
    "red_share_high": "红色占比过高，多半是规则或数据有误 / more red than a policy should give",
    "grid_moved_much": "某网格变动过多，多半是规则或数据有误 / a grid of which too much would move",
}


class NoSuchSite(MashangError):
    """Neither an id nor the code of a site that the instance knows."""

    code = "no_such_site"
    status = 404
    zh = "没有找到场所“{site}”：请给出场所ID或编码"
    en = "No site {site}: give its id or its code"


def check(file: Path, *, as_json: bool) -> int:
    """What the file contains; exit code 1 and one line for each problem where it cannot grade."""
    found = check_policy(_text(file))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        for problem in found["problems"]:
            typer.echo(f"{file}: {problem['message']}", err=True)
        if not found["problems"]:
            typer.echo(f"{found['id']} {found['name']}: {found['rules']} 条规则 rules, {found['vetoes']} 项否决 vetoes")
    return 1 if found["problems"] else 0


@dataclass(frozen=True, slots=True)
class PolicyDesk:
    """Where a bureau asks a running instance about its policies; each answer is an exit code."""

    url: str
    settings: Settings
    as_json: bool

    async def explain(self, site: str) -> int:
        """The level of a site with its reasons, as its landlord reads it."""
        async with self._signed_in() as http:
            known = await asked(await http.get(f"{_GRADING}/sites/{await _site_id(http, site)}"))
        return self._said(known, lambda: _print_explanation(known))

    async def rehearse(self, file: Path, days: int) -> int:
        """Keep the file as a draft and grade all sites by it over the last days. Exit code 1 where that gives a warning."""
        yaml = {"Content-Type": "application/yaml"}
        async with self._signed_in() as http:
            draft = await asked(await http.post(f"{_GRADING}/policies", content=_text(file), headers=yaml))
            report = await asked(await http.post(f"{_GRADING}/policies/{draft['id']}/rehearse", json={"days": days}))
            while report["state"] == "running":
                _progress("试运行 rehearsing", report["done"], report["total"])
                await asyncio.sleep(_LOOK_EVERY)
                report = await asked(await http.get(f"{_GRADING}/rehearsals/{report['id']}"))
        self._said(report, lambda: _print_rehearsal(report))
        return 1 if report["warnings"] else 0

    async def activate(self, policy: str, first: date, *, wait: bool) -> int:
        """Let a policy grade from a day on; ``wait`` follows the grading anew to its end, where the day has come."""
        async with self._signed_in() as http:
            view = await asked(await http.post(f"{_GRADING}/policies/{policy}/activate", json={"from": first.isoformat()}))
            while wait and (running := _running(view)) is not None:
                _progress("重新定级 grading anew", running["graded"], running["total"])
                await asyncio.sleep(_LOOK_EVERY)
                view = await asked(await http.get(f"{_GRADING}/policies/{policy}"))
        plain = {key: value for key, value in view.items() if key != "document"}
        return self._said(plain, lambda: _print_policies([plain]))

    async def listed(self) -> int:
        """Every policy, from when each grades, and how far grading anew has come."""
        async with self._signed_in() as http:
            views = await asked(await http.get(f"{_GRADING}/policies"))
        return self._said(views, lambda: _print_policies(views))

    def _said(self, answer: Any, tell: Callable[[], None]) -> int:
        if self.as_json:
            typer.echo(json.dumps(answer, ensure_ascii=False))
        else:
            tell()
        return 0

    @asynccontextmanager
    async def _signed_in(self) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {LocalIssuer.at(self.settings.data).token('cli', ['bureau'])}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=600) as http:
            yield http


def _print_explanation(known: Mapping[str, Any]) -> None:
    typer.echo(known["explanation"]["zh"])
    typer.echo(known["explanation"]["en"])
    for better in known["to_improve"]:
        steps = "；".join(step["text"]["zh"] for step in better["change"])
        typer.echo(f"  → {_LEVELS[better['gives']]} {better['gives']}: {steps}")


def _print_policies(views: Sequence[Mapping[str, Any]]) -> None:
    for view in views:
        typer.echo(f"{view['id']}  {view['state']}  {view['name']}")
        for each in view["activations"]:
            state = "完成 done" if each["finished_at"] else f"{each['graded']}/{each['total'] or '…'}"
            typer.echo(f"  自 from {each['effective_from']}  重新定级 graded anew: {state}")


def _running(view: Mapping[str, Any]) -> dict[str, Any] | None:
    """The activation that is at work; one whose day has not come waits without us."""
    unfinished: list[dict[str, Any]] = [each for each in view["activations"] if not each["finished_at"] and each["due"]]
    return unfinished[0] if unfinished else None


def _print_rehearsal(report: Mapping[str, Any]) -> None:
    levels = " · ".join(f"{_LEVELS[level]} {count}" for level, count in report["levels"].items())
    typer.echo(f"{report['policy']} ← {report['compared_with']}, {report['days']} 天 days, {report['total']} 处 sites: {levels}")
    for move in report["moves"]:
        typer.echo(f"  {_LEVELS.get(move['from'], '–')} → {_LEVELS[move['to']]}  {move['count']}")
    typer.echo(f"通知 notices: {report['messages']} ({report['compared_with']}: {report['messages_before']})")
    for grid in report["grids"][:_SHOWN]:
        typer.echo(f"  网格 grid {grid['grid_id'] or '–'}: {grid['moved']}/{grid['sites']} ({grid['percent']} %)")
    for site in report["sites"][:_SHOWN]:
        typer.echo(f"  {site['site_id']} {site['name'] or ''}  {_LEVELS.get(site['from'], '–')} → {_LEVELS[site['to']]}")
    left = len(report["sites"]) - _SHOWN + report["more_sites"]
    if left > 0:
        typer.echo(f"  … {left} 处 more; --json")
    for warning in report["warnings"]:
        typer.echo(f"⚠ {_WARNINGS.get(warning, warning)}", err=True)


def _progress(what: str, done: int, total: int | None) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{what} {done}/{total or '…'}", nl=False, err=True)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


async def _site_id(http: httpx.AsyncClient, site: str) -> UUID:
    try:
        return UUID(site)
    except ValueError:
        found = await asked(await http.get("/api/registry/sites", params={"q": site, "limit": 50}))
    matching = [item["id"] for item in found["items"] if item["code"] == site]
    if not matching:
        raise NoSuchSite(site=site)
    return UUID(matching[0])
