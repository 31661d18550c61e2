"""Changes that a tenant or a landlord proposes and an officer accepts, after comparing old with new; and merges."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.registry.domain.proposal import ProposalKind, ProposalState
from services.registry.views.parties import IndustryCode
from services.registry.views.shape import Answer, Area, Filter, Line, LongLine, Note, Question
from services.registry.views.sites import GivenFacts
from shared.contracts.vocabulary import PartyStatus, Scale


class SiteProposal(Question):
    """What should be changed of a site: its answers, or its card."""

    id: UUID | None = None
    facts: GivenFacts = Field(default_factory=dict)
    floor: Line | None = None
    room: Line | None = None
    area: Area | None = None
    note: Note | None = None


class PartyProposal(Question):
    """What should be changed of a party."""

    id: UUID | None = None
    name: LongLine | None = None
    industry_code: IndustryCode | None = None
    scale: Scale | None = None
    employees: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    status: PartyStatus | None = None
    registered_address: LongLine | None = None
    actual_address: LongLine | None = None
    note: Note | None = None


class ProposalDecision(Question):
    reason: Note | None = None


class Comparison(Answer):
    """One field: what the ledger says now, and what it would say."""

    field: str
    label: str
    old: Any
    new: Any


class ProposalView(Answer):
    """``has_moved`` where the ledger changed since it was proposed, so that the comparison wants a second look."""

    id: UUID
    kind: ProposalKind
    object_id: UUID
    site_id: UUID | None = None
    state: ProposalState
    comparison: list[Comparison]
    has_moved: bool
    note: str | None = None
    proposed_by: str
    proposed_at: datetime
    decided_at: datetime | None = None
    reason: str | None = None


class ProposalFilter(Filter):
    state: ProposalState | None = ProposalState.OPEN
    object_id: UUID | None = None


class Confirmation(Question):
    """The ledger about this site is right as it stands."""

    confirmed_on: date | None = None


class Merging(Question):
    """``into`` is the party that goes on."""

    into: UUID
    reason: Note


class Unmerging(Question):
    reason: Note | None = None


class MergeView(Answer):
    id: UUID
    kept_party_id: UUID
    merged_party_id: UUID
    reason: str
    moved: dict[str, list[UUID]]
    by: str
    at: datetime
    undone_at: datetime | None = None
