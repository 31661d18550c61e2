"""``/n/{token}``: what a notice's link shows; opening is reading, and only the button acknowledges."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.notify.actions import pages as actions
from services.notify.pages import rendering
from services.notify.settings import NotifySettings
from shared.errors import Missing
from shared.web import Unit
from shared.web.language import language_of
from shared.web.pages import PAGE_HEADERS

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/n/{token}")
async def show(token: str, unit: Unit, request: Request) -> HTMLResponse:
    """The notice in the recipient's language."""
    try:
        return _page(token, await unit(actions.opened, token), unit.settings)
    except Missing:
        return _no_page(request)


@router.head("/n/{token}")
async def look(token: str, request: Request) -> HTMLResponse:  # noqa: ARG001
    """Whoever only asks whether the page is there has read nothing."""
    return HTMLResponse("", headers=PAGE_HEADERS)


@router.post("/n/{token}")
async def confirm(token: str, unit: Unit, request: Request) -> HTMLResponse:
    """The button: whoever holds the link confirms receipt."""
    try:
        return _page(token, await unit(actions.confirmed, token), unit.settings)
    except Missing:
        return _no_page(request)


def _no_page(request: Request) -> HTMLResponse:
    """A link that leads nowhere says so in words, to a person."""
    language = language_of(request)
    words = rendering.WORDS[language]
    body = rendering.render("no_notice.html", words=words, title=words["no_such_link"], language=language)
    return HTMLResponse(body, HTTPStatus.NOT_FOUND, headers=PAGE_HEADERS)


def _page(token: str, notice: Mapping[str, Any], settings: NotifySettings) -> HTMLResponse:
    words = rendering.WORDS[notice["language"]]
    shown = {
        "title": notice["title"],
        "text": notice["text"],
        "planned": rendering.moment(notice["planned_at"]),
        "issuer": settings.signature,
        "clause": rendering.clause(notice["clause"], notice["language"]),
        "clause_url": _clause_url(notice["clause"], settings.handbook_url),
        "acknowledge_by": rendering.moment(notice["acknowledge_by"]),
        "acknowledged": rendering.moment(notice["acknowledged_at"]),
    }
    body = rendering.render(
        "notice.html", notice=shown, words=words, token=token, title=notice["title"], language=notice["language"]
    )
    return HTMLResponse(body, headers=PAGE_HEADERS)


def _clause_url(clause: str | None, handbook: str | None) -> str | None:
    """Where the handbook shows the clause as it stood on the day of the notice."""
    if not clause or not handbook:
        return None
    number, _, version = clause.partition("@")
    return handbook.replace("{clause}", quote(number)).replace("{version}", quote(version))
