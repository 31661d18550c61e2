"""Evidence on record: what was uploaded, by whom, and who may have it back."""

from dataclasses import dataclass
from uuid import UUID

from services.inspection.actions.scopes import scope_of
from services.inspection.archive import sha256_of
from services.inspection.domain.evidence import kind_of
from services.inspection.store import files, hazards
from services.inspection.views.files import FileView
from shared.contracts.vocabulary import HazardId, Role
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.identifiers import new_id
from shared.web import Caller

_UNBOUNDED = (Role.BUREAU, Role.ENFORCER, Role.ENGINEER, Role.AUDITOR)


class FileMissing(Missing):
    """No such file, or not yours."""

    code = "file_missing"
    zh = "没有找到该文件，或无权查看"
    en = "No such file, or not yours"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a reader needs to send the bytes back."""

    sha256: str
    media_type: str


async def record_file(content: bytes, caller: Caller, tx: Tx) -> FileView:
    """Note what the bytes are; they are on disk already."""
    kind, media_type = kind_of(content)
    view = FileView(id=new_id(), sha256=sha256_of(content), size=len(content), kind=kind, media_type=media_type)
    await files.insert(tx, view.model_dump() | {"uploaded_by": caller.subject, "uploaded_at": tx.now})
    return view


async def find_file(file_id: UUID, caller: Caller, tx: Tx) -> Kept:
    """Those who see everything have every file back, others their own."""
    row = await files.read(tx, file_id)
    if row is None or not (caller.has(*_UNBOUNDED) or row["uploaded_by"] == caller.subject):
        raise FileMissing
    return Kept(row["sha256"], row["media_type"])


async def find_photo(hazard_id: HazardId, sha256: str, caller: Caller, tx: Tx) -> Kept:
    """Whoever sees a hazard sees what shows it: as it was found, and what came with any of its steps."""
    if await hazards.read(tx, scope_of(caller), hazard_id) is None:
        raise FileMissing
    row = await files.of_hazard(tx, hazard_id, sha256)
    if row is None:
        raise FileMissing
    return Kept(row["sha256"], row["media_type"])
