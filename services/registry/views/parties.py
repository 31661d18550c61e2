"""Parties and the people by whom they are reached."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.registry.domain.building import Answer as Tristate
from services.registry.domain.party import Standardisation
from services.registry.views.shape import Answer, Filter, Line, LongLine, Note, Question, Warned
from shared.contracts.vocabulary import ContactRole, PartyKind, PartyStatus, PartyType, Scale

IndustryCode = Annotated[str, Field(max_length=20, description="GB/T 4754", json_schema_extra={"pattern": "^[A-T][0-9]{2,4}$"})]
"""The rule that it breaks is told in words, so the lists are asked by the action."""
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")]
Mobile = Annotated[str, StringConstraints(min_length=5, max_length=40)]
OpenId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{6,64}$")]


class Insurance(Question):
    """One policy: who insures, until when."""

    has: Tristate = Tristate.UNKNOWN
    insurer: Line | None = None
    expires_on: date | None = None


class PartyDetails(Question):
    """What is asked of a party beyond what rules and lists use."""

    shifts: Annotated[int, Field(ge=0, le=4)] | None = None
    largest_shift: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    largest_room: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    migrant_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    products: LongLine | None = None
    processes: LongLine | None = None
    materials: LongLine | None = None
    annual_output: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    standardisation_certificate: Line | None = None
    standardisation_expires_on: date | None = None
    work_injury_insurance: Insurance = Insurance()
    safety_liability_insurance: Insurance = Insurance()
    emergency_plan_filed_on: date | None = None
    dual_prevention: Tristate = Tristate.UNKNOWN
    all_staff_responsibility: Tristate = Tristate.UNKNOWN
    penalties: Annotated[list[LongLine], Field(max_length=50)] = Field(default_factory=list)
    accidents: Annotated[list[LongLine], Field(max_length=50)] = Field(default_factory=list)
    blacklisted: Tristate = Tristate.UNKNOWN
    lead_department: Line | None = None
    responsible_officer_id: UUID | None = None


class NewContact(Question):
    role: ContactRole
    name: Line
    mobile: Mobile | None = None
    email: Email | None = None
    wechat_openid: OpenId | None = None


class ContactChanges(Question):
    role: ContactRole | None = None
    name: Line | None = None
    mobile: Mobile | None = None
    email: Email | None = None
    wechat_openid: OpenId | None = None
    active: bool | None = None
    reachable: bool | None = None


class ContactView(Answer):
    """The numbers are masked; whoever may see them asks for the address, which is recorded."""

    id: UUID
    contact_id: UUID
    party_id: UUID
    role: ContactRole
    name: str
    mobile: str | None = None
    email: str | None = None
    has_wechat: bool = False
    active: bool
    reachable: bool | None = None
    mobile_verified_on: date | None = Field(default=None, description="a code sent to this number was typed back on this day")
    version: int


class ContactList(Answer):
    items: list[ContactView]


class ContactAddress(Answer):
    """Everything by which a person is reached; each reading is recorded."""

    contact_id: UUID
    party_id: UUID
    role: ContactRole
    name: str
    mobile: str | None = None
    email: str | None = None
    wechat_openid: str | None = None
    version: int = Field(description="of the contact; who verifies the mobile says of which version it was")


class AddressQuestion(Question):
    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class PartyQuestion(Question):
    party_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class Addresses(Answer):
    items: list[ContactAddress]


class NewParty(Question):
    """``uscc_override`` is the reason for keeping a credit code whose check character is wrong; without it that is refused."""

    id: UUID | None = None
    party_type: PartyType
    name: LongLine
    uscc: Annotated[str, StringConstraints(max_length=60)] | None = None
    uscc_override: Note | None = None
    id_number: Annotated[str, StringConstraints(max_length=40)] | None = None
    contacts: Annotated[list[NewContact], Field(max_length=20)] = Field(default_factory=list)
    industry_code: IndustryCode | None = None
    supervision_industry: Line | None = None
    scale: Scale | None = None
    employees: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    standardisation: Standardisation | None = None
    status: PartyStatus = PartyStatus.OPERATING
    registered_address: LongLine | None = None
    actual_address: LongLine | None = None
    details: PartyDetails = PartyDetails()


class PartyChanges(Question):
    """A workshop that gets its licence loses its ID number: it is known by its credit code from then on."""

    name: LongLine | None = None
    uscc: Annotated[str, StringConstraints(max_length=60)] | None = None
    uscc_override: Note | None = None
    id_number: Annotated[str, StringConstraints(max_length=40)] | None = None
    party_type: PartyType | None = None
    industry_code: IndustryCode | None = None
    supervision_industry: Line | None = None
    scale: Scale | None = None
    employees: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    standardisation: Standardisation | None = None
    status: PartyStatus | None = None
    registered_address: LongLine | None = None
    actual_address: LongLine | None = None
    details: PartyDetails | None = None


class PartyView(Answer):
    id: UUID
    version: int
    party_type: PartyType
    kinds: list[PartyKind]
    name: str
    uscc: str | None = None
    uscc_doubts: list[str] = Field(default_factory=list)
    uscc_override: str | None = None
    id_number: str | None = None
    industry_code: str | None = None
    supervision_industry: str | None = None
    scale: Scale | None = None
    employees: int | None = None
    standardisation: Standardisation | None = None
    status: PartyStatus
    registered_address: str | None = None
    actual_address: str | None = None
    details: PartyDetails = PartyDetails()
    address_differs: bool | None = None
    merged_into: UUID | None = None
    contacts: list[ContactView] = Field(default_factory=list)
    warnings: list[Warned] = Field(default_factory=list)
    created_at: datetime
    changed_at: datetime


class PartyLine(Answer):
    """A party in a list."""

    id: UUID
    version: int
    party_type: PartyType
    kinds: list[PartyKind]
    name: str
    uscc: str | None = None
    industry_code: str | None = None
    scale: Scale | None = None
    employees: int | None = None
    status: PartyStatus


class PartyList(Answer):
    items: list[PartyLine]


class PartyFilter(Filter):
    """``q`` is part of the name or code, or pinyin initials."""

    q: Annotated[str, StringConstraints(max_length=100)] | None = None
    uscc: Annotated[str, StringConstraints(max_length=40)] | None = None
    kind: PartyKind | None = None
    party_type: PartyType | None = None


class PartySearch(Question):
    """A personal number by which a party is sought; it is compared sealed, and the search is on record."""

    mobile: Mobile | None = None
    id_number: Annotated[str, StringConstraints(max_length=40)] | None = None


class PersonalNumber(Answer):
    """A natural person's ID number in full; each reading is recorded."""

    party_id: UUID
    id_number: str
