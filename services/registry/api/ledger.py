"""Ledgers over HTTP: sent in as a file, followed while they are taken, given back with what was wrong, and taken home."""

import importlib
from contextlib import suppress
from typing import Annotated, Any, Final, cast
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response, UploadFile
from pydantic import BaseModel, Field, ValidationError

from services.registry.desk import Desk
from services.registry.ledger import actions, exporting
from services.registry.ledger.actions import Reception, WithProblems
from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.problems import FileTooLarge
from services.registry.ledger.read import open_ledger
from services.registry.ledger.reading_room import read_apart
from services.registry.ledger.running import ClaimLost, ImportRun
from services.registry.ledger.sheets import LARGEST_FILE
from services.registry.ledger.views import ExportAsked, ImportLine, ImportState, ImportView, KnownColumn, SaidMapping, SentLedger
from services.registry.ledger.workers import taker
from services.registry.views.shape import OFFICIALS, READERS
from shared.database import Database
from shared.errors import Unreadable
from shared.identifiers import new_id
from shared.web import Caller, Page, Paging, allow
from shared.web.unit import Replayed

router = APIRouter(tags=["ledgers"])

_SENDERS: Final = ("admin", "bureau", "integrator")
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKBOOKS: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {_WORKBOOK: {}}}}
_ACCEPTED: Final = 202
_ENDED: Final = {ImportState.DONE, ImportState.FAILED}


class MappingUnreadable(Unreadable):
    """``mapping`` is JSON with headings, defaults and words."""

    code = "mapping_unreadable"
    zh = "栏目对应关系(mapping)不是有效的 JSON"
    en = "The mapping is not valid JSON of headings, defaults and words"


class LedgerForm(BaseModel):
    """A ledger in a form: the file, what is said of its columns, and of which kind it is."""

    file: UploadFile
    mapping: str = Field(default="{}", description="JSON: headings, defaults, words")
    source: str | None = Field(default=None, description="a mapping that ships with the release, such as provincial")


@router.post("/imports", status_code=201, responses={_ACCEPTED: {"model": ImportView}})
async def send_ledger(
    form: Annotated[LedgerForm, Form(media_type="multipart/form-data")],
    desk: Desk,
    response: Response,
    caller: Annotated[Caller, allow(*_SENDERS)],
    dry_run: Annotated[bool, Query(description="tell what would happen and change nothing")] = False,  # noqa: FBT002
) -> ImportView:
    """Take a ledger. A short one is done with the answer (201); a long one is answered at once (202) and followed by its id."""
    data = await _whole(form.file)
    sent = SentLedger(filename=form.file.filename or "", said=_said(form.mapping), source=form.source, dry_run=dry_run)
    mapping = await desk.unit.read(actions.mapping_for, sent, caller)
    about_rows = (await read_apart(open_ledger, data, mapping)).about_rows
    reception = Reception(desk.vault, new_id(), mapping)
    try:
        view = await desk.unit(actions.receive, data, sent, reception, caller)
    except Replayed as replayed:
        view = ImportView.model_validate_json(bytes(replayed.response.body))
    else:
        await _taken(view.id, about_rows, reception, desk.unit.database)
    shown = await desk.read(actions.show_import, view.id, caller)
    response.status_code = 201 if shown.state in _ENDED else _ACCEPTED
    return shown


async def _taken(import_id: UUID, about_rows: int, reception: Reception, database: Database) -> None:
    """A short ledger is taken here, a long one by a worker."""
    if about_rows > ledger_limits().rows_while_the_sender_waits:
        await database.run(lambda tx: actions.leave_to_worker(import_id, reception.claim, tx))
        return
    with suppress(ClaimLost):
        await ImportRun(import_id, reception.claim, database, reception.vault, taker(reception.vault)).to_the_end()


@router.get("/imports")
async def list_imports(desk: Desk, paging: Paging, caller: Annotated[Caller, allow(*_SENDERS)]) -> Page[ImportLine]:
    """Ledgers sent in, the newest first."""
    return await desk.read(actions.list_imports, paging, caller)


@router.get("/imports/columns")
async def list_columns(_caller: Annotated[Caller, allow(*_SENDERS)]) -> list[KnownColumn]:
    """What a ledger's columns may be taken for."""
    return actions.known_columns()


@router.get("/imports/{import_id}")
async def get_import(import_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*_SENDERS)]) -> ImportView:
    """How far a ledger has come, and what was wrong in it."""
    return await desk.read(actions.show_import, import_id, caller)


@router.get("/imports/{import_id}/result.xlsx", response_class=Response, responses=_WORKBOOKS)
async def get_result(import_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*_SENDERS)]) -> Response:
    """The upload with the columns 行号, 处理结果 and 错误原因, wrong cells marked."""
    upload = await desk.unit.read(actions.upload_of, import_id, desk.vault, caller)
    body = await read_apart(_result_file, upload)
    return workbook(body, f"结果-{upload.filename.rpartition('.')[0] or upload.filename}.xlsx")


@router.get("/exports/ledger.xlsx", response_class=Response, responses=_WORKBOOKS)
async def export_ledger(
    asked: Annotated[ExportAsked, Query()], desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS, "landlord")]
) -> Response:
    """What the caller may see, in the columns in which a ledger is read; people only with ``personal``, for the bureau."""
    run = desk.unit if asked.personal else desk.unit.read
    return workbook(await run(exporting.export_ledger, asked, desk.vault, caller), "厂中厂台账.xlsx")


@router.get("/exports/template.xlsx", response_class=Response, responses=_WORKBOOKS)
async def get_template(desk: Desk, _caller: Annotated[Caller, allow(*READERS)]) -> Response:
    """An empty ledger with drop-downs and a page that explains."""
    return workbook(await desk.unit.read(exporting.template), "厂中厂台账模板.xlsx")


def _result_file(upload: WithProblems) -> bytes:
    """Loaded when it is asked for: most processes never write a workbook."""
    result = importlib.import_module("services.registry.ledger.result")
    return cast("bytes", result.result_file(upload.data, upload.problems, upload.mapping))


def workbook(body: bytes, name: str) -> Response:
    """A workbook to be saved under a Chinese name."""
    return Response(body, media_type=_WORKBOOK, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})


async def _whole(file: UploadFile) -> bytes:
    data = await file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise FileTooLarge(megabytes=LARGEST_FILE // 2**20, rows="…")
    return data


def _said(text: str) -> SaidMapping:
    try:
        return SaidMapping.model_validate_json(text)
    except ValidationError:
        raise MappingUnreadable(pointer="/mapping") from None
