"""Messages that a person must look at: listed, replayed with their own identity, or settled without an effect."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.notify.views.notices import Shown
from shared.messaging import Subscriptions, quarantine
from shared.web import Caller, Page, Unit, allow

Operator = Annotated[Caller, allow("admin", "bureau")]


class Quarantined(Shown):
    """One message, without its body."""

    id: UUID
    handler: str
    subject: str
    event_id: UUID | None = None
    reason: str
    attempts: int
    state: str
    note: str | None = None
    quarantined_at: datetime
    settled_at: datetime | None = None


class Discard(BaseModel):
    """Why it is settled without an effect."""

    reason: str = Field(min_length=3, max_length=200)


def router_for(on: Subscriptions) -> APIRouter:
    """The endpoints over the handlers that a replayed message goes to."""
    router = APIRouter(tags=["quarantine"])

    @router.get("/quarantine")
    async def list_quarantine(unit: Unit, caller: Operator) -> Page[Quarantined]:  # noqa: ARG001
        """What waits for somebody, the oldest first."""
        return Page(items=[Quarantined(**row) for row in await quarantine.listed(unit.database)])

    @router.post("/quarantine/{message_id}/replay")
    async def replay(message_id: UUID, unit: Unit, caller: Operator) -> Quarantined:  # noqa: ARG001
        """Through the same delivery as before, with its own identity."""
        await quarantine.replay(unit.database, on, message_id)
        return Quarantined(**await quarantine.shown(unit.database, message_id))

    @router.post("/quarantine/{message_id}/discard")
    async def discard(message_id: UUID, body: Discard, unit: Unit, caller: Operator) -> Quarantined:  # noqa: ARG001
        """Settle it without an effect."""
        await quarantine.discard(unit.database, message_id, body.reason)
        return Quarantined(**await quarantine.shown(unit.database, message_id))

    return router
