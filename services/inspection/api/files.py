"""Evidence: photos, documents and short videos, kept as they came."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, UploadFile
from starlette.responses import FileResponse

from services.inspection import archive
from services.inspection.actions import files
from services.inspection.actions.files import Kept
from services.inspection.domain.evidence import kind_of
from services.inspection.views.files import FileView
from shared.contracts.vocabulary import HazardId, Sha256
from shared.web import Caller, Unit, allow
from shared.web.unit import UnitOfWork

router = APIRouter(tags=["files"])

_EVERYBODY = ("admin", "bureau", "enforcer", "grid_officer", "engineer", "department", "landlord", "tenant", "integrator")
_SEEING = tuple(role for role in _EVERYBODY if role != "integrator")


@router.post("/files", status_code=201)
async def upload(file: UploadFile, unit: Unit, caller: Annotated[Caller, allow(*_EVERYBODY)]) -> FileView:
    """Keep one file; what it is, is told by its content."""
    content = await file.read(archive.LIMIT + 1)
    archive.check_size(content)
    kind_of(content)
    await asyncio.to_thread(archive.keep, unit.data, content, archive.sha256_of(content))
    return await unit(files.record_file, content, caller)


@router.get("/files/{file_id}")
async def download(file_id: UUID, unit: Unit, caller: Annotated[Caller, allow(*_EVERYBODY)]) -> FileResponse:
    """The bytes as they came, never shown inside a page."""
    return _sent(unit, await unit.read(files.find_file, file_id, caller))


@router.get("/hazards/{hazard_id}/photos/{sha256}")
async def see_photo(hazard_id: HazardId, sha256: Sha256, unit: Unit, caller: Annotated[Caller, allow(*_SEEING)]) -> FileResponse:
    """What shows a hazard or one of its steps, for everybody who sees the hazard."""
    return _sent(unit, await unit.read(files.find_photo, hazard_id, sha256, caller))


def _sent(unit: UnitOfWork, kept: Kept) -> FileResponse:
    headers = {"Content-Disposition": "attachment"}
    return FileResponse(archive.path_of(unit.data, kept.sha256), media_type=kept.media_type, headers=headers)
