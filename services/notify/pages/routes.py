"""``/n/{token}``: what a notice's link shows; opening is reading, and only the button acknowledges."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.notify.actions import pages as actions
from services.notify.pages import rendering
from shared.web import Unit

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
}


@router.get("/n/{token}")
async def show(token: str, unit: Unit) -> HTMLResponse:
    """The notice in the recipient's language."""
    return _page(token, await unit(actions.opened, token), unit.settings.handbook_url)


@router.head("/n/{token}")
async def look(token: str, request: Request) -> HTMLResponse:  # noqa: ARG001
    """Whoever only asks whether the page is there has read nothing."""
    return HTMLResponse("", headers=_HEADERS)


@router.post("/n/{token}")
async def confirm(token: str, unit: Unit) -> HTMLResponse:
    """The button: whoever holds the link confirms receipt."""
    return _page(token, await unit(actions.confirmed, token), unit.settings.handbook_url)


def _page(token: str, notice: Mapping[str, Any], handbook: str | None) -> HTMLResponse:
    words = rendering.WORDS[notice["language"]]
    shown = {
        "title": notice["title"],
        "text": notice["text"],
        "planned": rendering.moment(notice["planned_at"]),
        "clause": notice["clause"],
        "clause_url": _clause_url(notice["clause"], handbook),
        "acknowledge_by": rendering.moment(notice["acknowledge_by"]),
        "acknowledged": rendering.moment(notice["acknowledged_at"]),
    }
    body = rendering.render(
        "notice.html", notice=shown, words=words, token=token, title=notice["title"], language=notice["language"]
    )
    return HTMLResponse(body, headers=_HEADERS)


def _clause_url(clause: str | None, handbook: str | None) -> str | None:
    """Where the handbook shows the clause as it stood on the day of the notice."""
    if not clause or not handbook:
        return None
    number, _, version = clause.partition("@")
    return handbook.replace("{clause}", quote(number)).replace("{version}", quote(version))
