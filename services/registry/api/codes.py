"""Codes on walls over HTTP: pictures, label sheets, and what happens to a code."""

import asyncio
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.registry.codes import actions
from services.registry.codes.label import printed
from services.registry.codes.pictures import address_of, png_of, svg_of
from services.registry.codes.views import CodeView, Ending, Posting, Replacing, Scan, ScanView, SheetAsked
from services.registry.desk import Desk
from services.registry.views.shape import OFFICIALS, READERS
from shared.contracts.vocabulary import CodeHolder
from shared.web import Caller, Unit, allow

router = APIRouter(tags=["codes"])

_POSTERS: Final = ("admin", "bureau", "grid_officer", "landlord", "tenant")
_PICTURE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/svg+xml": {}, "image/png": {}}}}
_SHEET: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/pdf": {}}}}

Kind = Literal["svg", "png"]


async def _origin(request: Request, unit: Unit) -> str:
    """The address under which people reach us: as it was set, otherwise as this caller reached us."""
    return str(unit.settings.public_url or f"{request.url.scheme}://{request.url.netloc}")


Origin = Annotated[str, Depends(_origin)]


@router.get("/sites/{site_id}/code")
async def get_site_code(site_id: UUID, desk: Desk, origin: Origin, caller: Annotated[Caller, allow(*READERS)]) -> CodeView:
    """The site's code and the address that its QR says."""
    view = await desk.do(actions.code_of, CodeHolder.SITE, site_id, caller)
    return view.model_copy(update={"address": address_of(view.code, origin)})


@router.get("/sites/{site_id}/code.{kind}", response_class=Response, responses=_PICTURE)
async def get_site_picture(
    site_id: UUID, kind: Kind, desk: Desk, origin: Origin, caller: Annotated[Caller, allow(*READERS)]
) -> Response:
    """The site's QR with the printed short code."""
    return _picture(await desk.do(actions.code_of, CodeHolder.SITE, site_id, caller), kind, origin)


@router.get("/buildings/{building_id}/code.{kind}", response_class=Response, responses=_PICTURE)
async def get_building_picture(
    building_id: UUID, kind: Kind, desk: Desk, origin: Origin, caller: Annotated[Caller, allow(*READERS)]
) -> Response:
    """The building's QR with the printed short code."""
    return _picture(await desk.do(actions.code_of, CodeHolder.BUILDING, building_id, caller), kind, origin)


@router.get("/parties/{party_id}/code.{kind}", response_class=Response, responses=_PICTURE)
async def get_landlord_picture(
    party_id: UUID, kind: Kind, desk: Desk, origin: Origin, caller: Annotated[Caller, allow(*READERS)]
) -> Response:
    """The landlord's QR with the printed short code."""
    return _picture(await desk.do(actions.code_of, CodeHolder.LANDLORD, party_id, caller), kind, origin)


@router.get("/codes/sheet.pdf", response_class=Response, responses=_SHEET)
async def get_sheet(
    asked: Annotated[SheetAsked, Query()], desk: Desk, origin: Origin, caller: Annotated[Caller, allow(*OFFICIALS, "landlord")]
) -> Response:
    """Labels of a building or a grid on A4, at most 400 at once; ``skip`` goes on from there."""
    sheet = await desk.unit(actions.labels_of, asked, caller)
    body = await asyncio.to_thread(printed, sheet.labels, origin, sheet.batch)
    shown = {"Content-Disposition": f'inline; filename="labels-{sheet.batch}.pdf"', "X-Labels": str(len(sheet.labels))}
    return Response(body, media_type="application/pdf", headers=shown)


@router.get("/codes/{code}")
async def get_code(code: str, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> CodeView:
    """One code and its life so far."""
    return await desk.read(actions.show_code, code, caller)


@router.post("/codes/{code}/posted")
async def post_code(code: str, body: Posting, desk: Desk, caller: Annotated[Caller, allow(*_POSTERS)]) -> CodeView:
    """The label hangs on the wall, with a photo and the place."""
    return await desk.do(actions.post_code, code, body, caller)


@router.post("/codes/{code}/void")
async def void_code(code: str, body: Ending, desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS)]) -> CodeView:
    """The code holds no longer."""
    return await desk.do(actions.void_code, code, body, caller)


@router.post("/codes/{code}/reissue")
async def reissue_code(code: str, body: Replacing, desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS)]) -> CodeView:
    """A new code in place of this one; the answer is the new one."""
    return await desk.do(actions.reissue_code, code, body, caller)


@router.post("/codes/{code}/scanned")
async def scan_code(code: str, body: Scan, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> ScanView:
    """Whether a scanned code can be trusted here and now."""
    return await desk.do(actions.scan_code, code, body, caller)


def _picture(view: CodeView, kind: Kind, origin: str) -> Response:
    if kind == "svg":
        return Response(svg_of(view.code, origin), media_type="image/svg+xml")
    return Response(png_of(view.code, origin), media_type="image/png")
