"""Notices as they are shown: what was told to whom, by which attempts, with which receipts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.notify.domain.states import DispatchState, NoticeState
from shared.contracts.vocabulary import Recipient


class Shown(BaseModel):
    """A row as it is shown; columns that nobody asked for are left out."""

    model_config = ConfigDict(extra="ignore")


class Attempt(Shown):
    """One attempt; the address is never shown whole."""

    id: UUID
    channel: str
    attempt: int
    state: DispatchState
    provider: str | None = None
    provider_id: str | None = None
    address: str | None = Field(default=None, description="masked")
    text: str | None = None
    parts: int | None = None
    reason: str | None = None
    due_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None


class ReceiptView(Shown):
    """What a provider said later; ``times`` counts how often it said so."""

    dispatch_id: UUID
    provider: str
    reached: str
    reason: str | None = None
    times: int
    at: datetime
    received_at: datetime


class NoticeLine(Shown):
    """A notice in a list."""

    id: UUID
    kind: str
    state: NoticeState
    recipient: Recipient
    party_id: UUID | None = None
    officer_id: UUID | None = None
    site_id: UUID | None = None
    hazard_id: UUID | None = None
    lease_id: UUID | None = None
    campaign_id: UUID | None = None
    cause: str
    cause_id: UUID | None = None
    rung: int
    urgency: str
    channel: str | None = None
    provider: str | None = None
    title: str
    text: str
    reason: str | None = None
    planned_at: datetime
    send_after: datetime
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledge_by: datetime | None = None


class NoticeView(NoticeLine):
    """A notice whole."""

    version: int
    language: str
    template: str
    template_version: int
    variables: dict[str, Any]
    clause: str | None = Field(default=None, description="the handbook clause with its version of that day")
    edition: str
    expires_at: datetime
    acknowledged_by: str | None = None
    merged_into: UUID | None = None
    link: str
    attempts: list[Attempt]
    receipts: list[ReceiptView]


class NoticeFilter(BaseModel):
    """Which notices are asked for; every field that is given must fit."""

    site_id: UUID | None = None
    party_id: UUID | None = None
    hazard_id: UUID | None = None
    lease_id: UUID | None = None
    campaign_id: UUID | None = None
    broadcast_id: UUID | None = None
    cause_id: UUID | None = None
    state: NoticeState | None = None
    kind: str | None = None
    recipient: Recipient | None = None


class Marked(BaseModel):
    """The state after somebody read or acknowledged."""

    id: UUID
    state: NoticeState


class CallView(Shown):
    """Somebody is to be phoned, because nobody has confirmed."""

    id: UUID
    notice_id: UUID
    state: str
    text: str
    site_id: UUID | None = None
    party_id: UUID | None = None
    opened_at: datetime
    done_at: datetime | None = None


class CallDone(BaseModel):
    """Whether the person was reached on the phone."""

    reached: bool
    note: str | None = Field(default=None, max_length=200)


class Consent(BaseModel):
    """What a person agreed to in the mini-program: one more message for each template that he accepted."""

    person_id: UUID
    accepted: list[str] = Field(max_length=10, description="template codes")
    refused: list[str] = Field(default=[], max_length=10)


class AnchorView(Shown):
    """One hash that binds everything proven up to a moment, chained to the one before; to be kept by somebody else."""

    number: int
    upto: datetime
    entries: int
    root: str
    previous: str
    hash: str
    signature: str | None = None
