"""The proof of a notice over HTTP: as data, and as a page to print."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from services.notify import certificate
from services.notify.actions import pages as actions
from services.notify.api.notices import READERS
from services.notify.pages import rendering
from services.notify.seal import Seal
from services.notify.views.notices import AnchorView
from shared.contracts.vocabulary import Recipient
from shared.web import Caller, Page, Paging, Unit, allow

router = APIRouter(tags=["proofs"])
Reader = Annotated[Caller, allow(*READERS)]


def _seal(unit: Unit) -> Seal:
    return Seal.of(unit.settings, unit.data)


Sealed = Annotated[Seal, Depends(_seal)]


@router.get("/notices/{notice_id}/proof.json")
async def proof(notice_id: UUID, unit: Unit, seal: Sealed, caller: Reader) -> dict[str, Any]:
    """Chain, anchors and seal; it verifies without us."""
    return await unit.read(actions.proven, notice_id, seal, caller)


@router.get("/notices/{notice_id}/proof", response_class=HTMLResponse)
async def printed_proof(notice_id: UUID, unit: Unit, seal: Sealed, caller: Reader) -> HTMLResponse:
    """送达回证, to print or to keep as a file."""
    found = await unit.read(actions.proven, notice_id, seal, caller)
    told = found["notice"]
    body = rendering.render(
        "proof.html",
        proof=found,
        lines=[rendering.line(entry) for entry in found["entries"]],
        last=found["entries"][-1]["hash"] if found["entries"] else "—",
        script=rendering.raw(certificate.script(found)),
        title=f"送达回证 {told['id']}",
        language="zh-CN",
        issuer=unit.settings.signature,
        recipient=f"{Recipient(told['recipient']).zh} {told['recipient']}",
        state=rendering.state(told["state"]),
        clause=rendering.clause(told["clause"], "zh-CN"),
    )
    return HTMLResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/seal")
async def public_key(seal: Sealed, caller: Reader) -> dict[str, str]:  # noqa: ARG001
    """The public key under which proofs verify; to be written down somewhere else."""
    return {"algorithm": "Ed25519", "public_key": seal.public}


@router.get("/anchors")
async def kept_anchors(unit: Unit, paging: Paging, caller: Reader) -> Page[AnchorView]:  # noqa: ARG001
    """Every anchor in order, to be kept somewhere else: with a copy, proofs that were written anew are found."""
    return await unit.read(actions.kept_anchors, paging)
