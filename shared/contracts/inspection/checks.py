"""What inspection says of the checks that parties owe: of themselves, of their tenants, of their alarms."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, Field

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    AlarmResult,
    AlarmTestId,
    BuildingId,
    Code,
    DateRange,
    DeviceId,
    HazardId,
    LandlordCheckId,
    PartyId,
    SelfCheckId,
    Sha256,
    SiteId,
    VisitId,
)


class SelfCheckCard(BaseModel):
    """What every event about a self-check says of it: whose it is and for which period."""

    self_check_id: SelfCheckId
    site_id: SiteId
    party_id: PartyId
    period: DateRange
    due: date


class SelfCheckSubmitted(SelfCheckCard, Event, name="inspection.self_check_submitted", aggregate="self_check_id"):
    """企业自查提交: a party has looked at itself and says what it saw."""

    asked: int = Field(ge=0)
    failed: int = Field(ge=0)
    hazards: tuple[HazardId, ...] = ()
    on_time: bool
    sampled: bool = Field(default=False, description="抽查: somebody will compare it on site")
    submitted_at: AwareDatetime


class SelfCheckMissed(SelfCheckCard, Event, name="inspection.self_check_missed", aggregate="self_check_id"):
    """企业自查缺失: the period is over and nothing was submitted."""


class SelfCheckContradicted(SelfCheckCard, Event, name="inspection.self_check_contradicted", aggregate="self_check_id"):
    """自查不实: a visit within three days saw otherwise."""

    visit_id: VisitId
    items: tuple[Code, ...]
    contradicted_on: date


class LandlordCheckCard(BaseModel):
    """What every event about a landlord's check says of it: who owes it and for which tenant, whose site it is."""

    landlord_check_id: LandlordCheckId
    site_id: SiteId
    landlord_site_id: SiteId
    landlord_party_id: PartyId
    tenant_party_id: PartyId
    period: DateRange
    due: date


class LandlordCheckRecorded(LandlordCheckCard, Event, name="inspection.landlord_check_recorded", aggregate="landlord_check_id"):
    """出租方检查记录: the landlord has checked a tenant, as the law asks of him."""

    asked: int = Field(ge=0)
    failed: int = Field(ge=0)
    hazards: tuple[HazardId, ...] = ()
    on_time: bool
    signed_by_both: bool
    visit_id: VisitId | None = None
    checked_at: AwareDatetime


class LandlordCheckMissed(LandlordCheckCard, Event, name="inspection.landlord_check_missed", aggregate="landlord_check_id"):
    """出租方检查缺失: the period is over and no check of this tenant is recorded; a candidate for a major hazard."""


class AlarmTested(Event, name="inspection.alarm_tested", aggregate="alarm_test_id"):
    """一键响铃测试: whether everybody in the building would hear it; the site is the landlord's."""

    alarm_test_id: AlarmTestId
    site_id: SiteId
    building_id: BuildingId
    device_id: DeviceId | None = None
    result: AlarmResult
    interlocked: bool | None = Field(default=None, description="全楼联动; None where nobody tried")
    video: Sha256 | None = None
    tested_at: AwareDatetime
