"""``/c/{code}``: what anybody sees who scans a code on a wall, and ``/c`` where its characters can be typed."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.registry.codes.actions import CodeUnknown
from services.registry.codes.face import CodeVoid, face_of
from services.registry.codes.public import public_page
from services.registry.codes.token import TokenMistyped
from services.registry.pages import rendered
from services.registry.vault import Keys
from shared.web import Unit
from shared.web.language import language_of
from shared.web.pages import PAGE_HEADERS

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

_HEADERS = {**PAGE_HEADERS, "Vary": "Accept-Language"}


@router.get("/c")
async def type_code(request: Request, code: str = "") -> HTMLResponse:
    """A field for the characters below the picture, for when it cannot be scanned."""
    if code.strip():
        return RedirectResponse(f"/c/{quote(code.strip()[:200], safe='')}", HTTPStatus.SEE_OTHER)  # type: ignore[return-value]
    words = _words(request)
    return _page(request, "no_code.html", HTTPStatus.OK, title=words["type_it"], what=words["type_what"])


@router.api_route("/c/{code}", methods=["GET", "HEAD"])
async def show(code: str, unit: Unit, keys: Keys, request: Request) -> HTMLResponse:
    """Who is responsible, how to get out, where to report; or why the code says nothing."""
    words = _words(request)
    try:
        face = await unit.read(face_of, code, public_page(), keys)
    except TokenMistyped:
        return _page(request, "no_code.html", HTTPStatus.NOT_FOUND, title=words["mistyped"], what=words["mistyped_what"])
    except CodeUnknown:
        return _page(request, "no_code.html", HTTPStatus.NOT_FOUND, title=words["unknown"], what=words["unknown_what"])
    except CodeVoid as void:
        why = f"{words['void_why'][void.reason]}{words['void_what']}"
        return _page(request, "no_code.html", HTTPStatus.GONE, title=words["void"], what=why)
    return _page(request, "code.html", HTTPStatus.OK, title=face.name, face=face)


def _words(request: Request) -> Any:
    return public_page().words[language_of(request)]


def _page(request: Request, template: str, status: HTTPStatus, **values: Any) -> HTMLResponse:
    language = language_of(request)
    known = {"words": public_page().words[language], "lines": public_page().lines, "language": language}
    return HTMLResponse(rendered(template, **known, **values), status, headers=_HEADERS)
