"""What grading says: which level a site has, why, what would better it, and under which policy."""

from datetime import date

from pydantic import BaseModel, Field

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    AppealDecision,
    AppealId,
    Approval,
    Code,
    Frequency,
    GradeCause,
    GridId,
    Improvement,
    InherentRisk,
    Level,
    ManagementScore,
    OverrideId,
    PartyId,
    Reason,
    SiteId,
    SiteKind,
    Title,
    Veto,
)


class GradedSite(BaseModel):
    """Whom a level concerns: the site and those who are told of it."""

    site_id: SiteId
    kind: SiteKind | None = None
    party_id: PartyId | None = None
    landlord_site_id: SiteId | None = None
    landlord_party_id: PartyId | None = None
    grid_id: GridId | None = None


class GradeChanged(GradedSite, Event, name="grading.grade_changed", aggregate="site_id"):
    """等级调整: the level of a site from a day on, with everything that explains it."""

    from_: Level | None = Field(default=None, alias="from", description="none where the site has its first level")
    to: Level
    inherent: InherentRisk
    management: ManagementScore
    cell: Code | None = Field(default=None, description="the cell of the matrix, such as r2:80-89")
    vetoes: tuple[Veto, ...] = ()
    reasons: tuple[Reason, ...] = ()
    to_improve: tuple[Improvement, ...] = ()
    cause: GradeCause = GradeCause.FACT
    manual: bool = Field(default=False, description="人工调整: people set the level, the policy did not")
    policy: Code
    revision: int = Field(ge=1)
    effective_from: date
    valid_until: date | None = Field(default=None, description="the first day on which time alone could change the answer")
    frequencies: tuple[Frequency, ...] = ()


class GradeWarned(GradedSite, Event, name="grading.grade_warned", aggregate="site_id"):
    """降级预告: the level will drop unless something is done until a day."""

    from_: Level = Field(alias="from")
    to: Level
    reasons: tuple[Reason, ...]
    to_improve: tuple[Improvement, ...] = ()
    policy: Code
    revision: int = Field(ge=1)
    notice_until: date


class PolicyActivated(Event, name="grading.policy_activated", aggregate="policy"):
    """分级规则启用: sites are graded by this version from a day on."""

    policy: Code
    previous: Code | None = None
    name: Title | None = None
    effective_from: date
    approvals: tuple[Approval, ...] = ()


class GradeOverridden(GradedSite, Event, name="grading.grade_overridden", aggregate="override_id"):
    """人工调整: two persons set the level of a site for a time."""

    override_id: OverrideId
    from_: Level | None = Field(default=None, alias="from")
    to: Level
    reason: Code
    approvals: tuple[Approval, ...]
    effective_from: date
    until: date


class OverrideExpired(GradedSite, Event, name="grading.override_expired", aggregate="override_id"):
    """人工调整到期: the policy sets the level again."""

    override_id: OverrideId
    expired_on: date


class AppealFiled(GradedSite, Event, name="grading.appeal_filed", aggregate="appeal_id"):
    """等级申诉: a party disputes a level; it stands meanwhile."""

    appeal_id: AppealId
    level: Level
    disputed_revision: int = Field(ge=1)
    disputed_rules: tuple[Code, ...] = ()
    filed_on: date
    due: date = Field(description="the day by which it is decided")


class AppealDecided(GradedSite, Event, name="grading.appeal_decided", aggregate="appeal_id"):
    """申诉结论: what came of it, and the level that holds now."""

    appeal_id: AppealId
    decision: AppealDecision
    level: Level
    approvals: tuple[Approval, ...] = ()
    decided_on: date
