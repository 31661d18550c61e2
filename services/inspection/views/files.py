"""A file as the contract shows it."""

from uuid import UUID

from pydantic import BaseModel

from services.inspection.domain.evidence import FileKind


class FileView(BaseModel):
    id: UUID
    sha256: str
    size: int
    kind: FileKind
    media_type: str
