"""What registry says: who is where, under which lease, behind which code, in whose grid."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    AccountId,
    AdmissionDecision,
    AgreementState,
    BuildingId,
    Code,
    CodeHolder,
    CodeVoidReason,
    CompoundId,
    ContactId,
    ContactRole,
    FactValue,
    FireClass,
    GridId,
    LeaseEndReason,
    LeaseId,
    LeaseState,
    LeaseUse,
    OfficerId,
    OfficerRole,
    PartyId,
    PartyKind,
    PartyStatus,
    PartyType,
    PlaceCheck,
    Point,
    RuleCheck,
    RuleRef,
    Scale,
    ScopeFlag,
    SiteClosingReason,
    SiteId,
    SiteKind,
    Title,
)


class SiteCard(BaseModel):
    """What registration and every change say of a site: the whole card, so that the latest one alone is enough."""

    site_id: SiteId
    code: Code = Field(description="场所编号: the readable number of the site, never a credit code")
    kind: SiteKind
    party_id: PartyId
    landlord_site_id: SiteId | None = Field(default=None, description="the landlord's site that a tenant's site belongs to")
    building_id: BuildingId
    compound_id: CompoundId | None = None
    grid_id: GridId | None = None
    name: Title = Field(description="a natural person's site is named for its place")
    point: Point | None = None
    scope: tuple[ScopeFlag, ...] = ()


class SiteRegistered(SiteCard, Event, name="registry.site_registered", aggregate="site_id"):
    """场所登记: one party operates here from now on; everybody starts to follow the site."""

    facts: dict[Code, FactValue] = {}


class SiteChanged(SiteCard, Event, name="registry.site_changed", aggregate="site_id"):
    """场所变更: the card of a site as it is now; ``changed`` names the fields that are new."""

    changed: tuple[Code, ...]
    reason: Code | None = None


class SiteClosed(Event, name="registry.site_closed", aggregate="site_id"):
    """场所注销: nobody operates here any more; what was is kept, what is open ends."""

    site_id: SiteId
    kind: SiteKind
    party_id: PartyId
    landlord_site_id: SiteId | None = None
    building_id: BuildingId | None = None
    grid_id: GridId | None = None
    reason: SiteClosingReason
    closed_on: date
    successor_site_id: SiteId | None = Field(
        default=None, description="the site that goes on in its stead, after a merger or a move"
    )


class SiteFactsChanged(Event, name="registry.site_facts_changed", aggregate="site_id"):
    """要素变更: what is now known under these keys; keys that are not here are as they were."""

    site_id: SiteId
    facts: dict[Code, FactValue]
    removed: tuple[Code, ...] = Field(default=(), description="keys under which nothing is known any more")


class PartyCard(BaseModel):
    """What registration and every change say of a party: the whole card."""

    party_id: PartyId
    party_type: PartyType
    kinds: tuple[PartyKind, ...]
    name: Title | None = Field(default=None, description="an organisation's registered name; none for a natural person")
    uscc: Code | None = Field(default=None, description="统一社会信用代码; none for a natural person")
    industry_code: Code | None = Field(default=None, description="GB/T 4754 code")
    scale: Scale | None = None
    status: PartyStatus = PartyStatus.OPERATING

    @model_validator(mode="after")
    def keeps_persons_private(self) -> "PartyCard":
        """A natural person is an id to the other services."""
        if self.party_type is PartyType.NATURAL_PERSON and (self.name or self.uscc):
            message = "a natural person's name and code never travel"
            raise ValueError(message)
        return self


class PartyRegistered(PartyCard, Event, name="registry.party_registered", aggregate="party_id"):
    """主体登记: an organisation or a person that lets, rents or manages."""


class PartyChanged(PartyCard, Event, name="registry.party_changed", aggregate="party_id"):
    """主体变更: the card of a party as it is now; a merged party names the one that goes on."""

    changed: tuple[Code, ...]
    merged_into: PartyId | None = None


class ContactChanged(Event, name="registry.contact_changed", aggregate="contact_id"):
    """联系人变更: there is another way to reach a party; the number itself stays in the ledger."""

    contact_id: ContactId
    party_id: PartyId
    role: ContactRole
    active: bool = True
    reachable: bool | None = Field(default=None, description="None where nobody has tried")


class LeaseCard(BaseModel):
    """What every event about a lease says of it: the whole card, with its place in the chain."""

    lease_id: LeaseId
    site_id: SiteId | None = Field(default=None, description="the tenant's site; none before it is registered")
    landlord_site_id: SiteId | None = None
    landlord_party_id: PartyId
    tenant_party_id: PartyId
    parent_lease_id: LeaseId | None = Field(default=None, description="the lease under which the landlord himself rents")
    depth: int = Field(default=1, ge=1, description="1 for a lease from the owner, 2 for a sublet, and so on")
    building_id: BuildingId
    rooms: tuple[str, ...]
    area: float = Field(ge=0, allow_inf_nan=False, description="square metres")
    start: date
    end: date
    use: LeaseUse
    fire_class: FireClass = Field(default=FireClass.UNKNOWN, description="what the tenant declared")
    state: LeaseState
    agreement: AgreementState
    agreement_until: date | None = None


class LeaseSubmitted(LeaseCard, Event, name="registry.lease_submitted", aggregate="lease_id"):
    """租赁申请: a landlord asks the zone to review a tenant; the automatic checks have run."""

    checks: tuple[RuleCheck, ...]
    due: date | None = Field(default=None, description="the day by which the departments answer")


class AdmissionDecided(LeaseCard, Event, name="registry.admission_decided", aggregate="lease_id"):
    """联合会审意见: what the departments together advise; not a licence."""

    decision: AdmissionDecision
    checks: tuple[RuleCheck, ...]
    conditions: tuple[RuleRef, ...] = ()
    decided_on: date


class LeaseActivated(LeaseCard, Event, name="registry.lease_activated", aggregate="lease_id"):
    """租赁生效: the tenant has moved in, and the landlord answers for it from now on."""


class LeaseChanged(LeaseCard, Event, name="registry.lease_changed", aggregate="lease_id"):
    """租赁变更: an agreement was signed, a term, a room or a declaration changed; ``changed`` names the fields."""

    changed: tuple[Code, ...]


class LeaseExpiring(LeaseCard, Event, name="registry.lease_expiring", aggregate="lease_id"):
    """租赁即将到期: the term ends soon and nobody has renewed it."""

    days_left: int


class LeaseEnded(LeaseCard, Event, name="registry.lease_ended", aggregate="lease_id"):
    """租赁终止: the rooms are no longer let under this lease."""

    reason: LeaseEndReason
    ended_on: date


class CodeCard(BaseModel):
    """What every event about a code says of it: the token on the wall, and what it stands for."""

    code: Code = Field(description="the opaque token on the wall")
    holder: CodeHolder
    site_id: SiteId | None = None
    building_id: BuildingId | None = None
    party_id: PartyId | None = None


class CodeIssued(CodeCard, Event, name="registry.code_issued", aggregate="code"):
    """安全码发放: a code may be printed and put on the wall."""

    replaces: Code | None = None


class CodePosted(CodeCard, Event, name="registry.code_posted", aggregate="code"):
    """安全码张贴: the code hangs where it should, or not, as the position tells."""

    place_check: PlaceCheck
    posted_at: AwareDatetime


class CodeVoided(CodeCard, Event, name="registry.code_voided", aggregate="code"):
    """安全码作废: whoever scans it is warned from now on."""

    reason: CodeVoidReason
    replaced_by: Code | None = None


class OfficerAssigned(Event, name="registry.officer_assigned", aggregate="grid_id"):
    """网格责任人: who answers for a grid and since when; with ``to`` the day on which he no longer does."""

    grid_id: GridId
    officer_id: OfficerId
    account_id: AccountId | None = Field(default=None, description="the subject of the officer's account, where he has one")
    role: OfficerRole = OfficerRole.OFFICER
    from_: date = Field(alias="from")
    to: date | None = None
