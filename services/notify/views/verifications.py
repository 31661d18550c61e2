"""Verifications of mobiles as they are asked for and shown; neither the code nor the whole number ever is."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.notify.channels.channel import KeyKind
from services.notify.domain.verification import DIGITS, Stage
from services.notify.views.notices import Shown


class NewVerification(BaseModel):
    """Whose mobile is to be verified."""

    id: UUID | None = None
    contact_id: UUID


class TypedCode(BaseModel):
    """What was typed: six digits, spaces around them forgiven."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, pattern=rf"^[0-9]{{{DIGITS}}}$")] = Field(repr=False)


class VerificationView(Shown):
    """One code on its way. ``again_at``: when another may be asked for; ``reason``: why it could not be sent."""

    id: UUID
    contact_id: UUID
    mobile: str = Field(description="its ends only")
    key_kind: KeyKind = Field(description="trial: a rehearsal, of which the ledger hears only in the demo")
    state: Stage
    reason: str | None = None
    tries_left: int
    asked_at: datetime
    again_at: datetime
    expires_at: datetime
    verified_at: datetime | None = None
