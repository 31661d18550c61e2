"""What inspection says of major hazards: determined by people, listed, and taken off the list."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.contracts.event import Event
from shared.contracts.inspection.hazards import HazardCard
from shared.contracts.vocabulary import Approval, DeterminationBasis, DeterminedBy, ListingLevel, Title


class MajorHazardConfirmed(HazardCard, Event, name="inspection.major_hazard_confirmed", aggregate="hazard_id"):
    """重大事故隐患判定: a certified person or a panel has determined it, and a second one agrees; a veto at once."""

    basis: DeterminationBasis
    determined_by: DeterminedBy
    approvals: tuple[Approval, ...]
    proposed_by_system: bool = False
    plan_due: date | None = Field(default=None, description="the day by which the treatment plan is filed")
    confirmed_at: AwareDatetime


class MajorHazardListed(HazardCard, Event, name="inspection.major_hazard_listed", aggregate="hazard_id"):
    """挂牌督办: a government supervises the treatment until it accepts it."""

    listing_level: ListingLevel
    document_no: Title
    plan_due: date | None = None
    finish_by: date
    listed_on: date


class MajorHazardDelisted(HazardCard, Event, name="inspection.major_hazard_delisted", aggregate="hazard_id"):
    """摘牌销号: the treatment is accepted, and the veto may be lifted."""

    approvals: tuple[Approval, ...]
    document_no: Title | None = None
    delisted_on: date
