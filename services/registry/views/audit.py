"""What is said about the trail of who read or decided what."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.registry.views.shape import Answer, Filter, Line
from shared.web.moments import Moment


class AuditFilter(Filter):
    """Whose deeds, which, about what, from when until before when."""

    subject: Line | None = None
    deed: Line | None = None
    object_id: Annotated[UUID | None, Field(description="also where several were read at once")] = None
    since: Moment | None = None
    until: Moment | None = None


class DeedView(Answer):
    """审计记录: one deed. ``note`` holds ids and words, never a number of a person."""

    id: int
    at: datetime
    subject: str
    roles: list[str]
    deed: str
    object_kind: str
    object_id: UUID | None = None
    note: str


class ChainView(Answer):
    """Whether the trail is whole: ``broken_at`` is the first row that was changed, or behind which one was taken out.

    Rows taken from the end leave no trace in the chain itself: note ``last_digest`` elsewhere from time to time, and compare.
    """

    rows: int
    broken_at: int | None = None
    last_digest: str
