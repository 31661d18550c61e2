"""Documents of places and parties as they are sent and shown."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from services.registry.views.shape import Answer, Line, Note, Question

Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,40}$")]


class NewPlaceDocument(Question):
    """The next version of a document: a plan, a map of risks or of escape, a certificate, an appointment, a test."""

    id: UUID | None = None
    kind: Kind
    file_id: UUID | None = None
    number: Line | None = None
    dated: date | None = None
    valid_until: date | None = None
    note: Note | None = None


class PlaceDocument(Answer):
    """``is_current`` for the newest version of its kind."""

    id: UUID
    kind: str
    version: int
    file_id: UUID | None = None
    number: str | None = None
    dated: date | None = None
    valid_until: date | None = None
    note: str | None = None
    filed_at: datetime
    is_current: bool
    is_expired: bool


class PlaceDocuments(Answer):
    items: list[PlaceDocument]
