"""One row of a ledger as the registry takes it, already read and cleaned, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.registry.domain.building import Structure
from shared.contracts.vocabulary import FireAcceptance, FireClass, FireResistance, LeaseUse, PartyType

FactValue = bool | str | int | float | Decimal | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class PersonCells:
    """A person to call; either cell may be empty."""

    name: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class LandlordCells:
    """Who lets; found again by credit code, otherwise by name, a natural person by his mobile or compound too."""

    name: str
    uscc: str | None = None
    party_type: PartyType = PartyType.ENTERPRISE
    principal: PersonCells | None = None


@dataclass(frozen=True, slots=True)
class PointCells:
    """A place as CGCS2000 degrees, with the system in which it was written."""

    lon: float
    lat: float
    crs: str = "cgcs2000"


@dataclass(frozen=True, slots=True)
class CompoundCells:
    """The compound; found again by landlord and name."""

    name: str
    address: str = ""
    region_code: str = ""
    point: PointCells | None = None


@dataclass(frozen=True, slots=True)
class BuildingCells:
    """The building; found again by compound and number."""

    building_no: str
    structure: Structure = Structure.UNKNOWN
    floors_above: int | None = None
    floor_area: Decimal | None = None
    fire_resistance: FireResistance = FireResistance.UNKNOWN
    fire_class_design: FireClass = FireClass.UNKNOWN
    fire_acceptance: FireAcceptance = FireAcceptance.UNKNOWN
    unified_manager: LandlordCells | None = None


@dataclass(frozen=True, slots=True)
class TenantCells:
    """Who rents; found again by credit code, otherwise by name, a natural person by his mobile or compound too."""

    name: str
    uscc: str | None = None
    party_type: PartyType = PartyType.ENTERPRISE
    industry_code: str | None = None
    supervision_industry: str | None = None
    employees: int | None = None
    principal: PersonCells | None = None
    safety_officer: PersonCells | None = None


@dataclass(frozen=True, slots=True)
class LeaseCells:
    """What is let; found again by landlord, tenant, building and space.

    ``floor`` and ``room`` are as written ("2F", "201、202"): the registry reads them. What is None the row does not say;
    ``is_unsigned`` is its word that there is no agreement.
    """

    floor: str = ""
    room: str = ""
    area: Decimal | None = None
    start: date | None = None
    end: date | None = None
    use: LeaseUse | None = None
    agreement_signed_on: date | None = None
    is_unsigned: bool = False
    fire_class_declared: FireClass = FireClass.UNKNOWN


@dataclass(frozen=True, slots=True)
class FactCells:
    """One fact about the tenant's site; ``value`` None means that the cell says nothing."""

    value: FactValue
    qty: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row; without ``tenant`` it registers the landlord, compound and building only (a vacant building).

    ``number`` is the row's number in the sheet and comes back in the outcome. ``facts`` is by key of ``rulebook/facts.yaml``.
    """

    number: int
    landlord: LandlordCells
    compound: CompoundCells
    building: BuildingCells
    tenant: TenantCells | None = None
    lease: LeaseCells | None = None
    facts: Mapping[str, FactCells] = field(default_factory=dict)
    grid_name: str = ""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was not taken, or what is to be told of one that was.

    ``column`` is the path of the cell (``lease.room``), ``detail`` is for people, in Chinese.
    """

    column: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class PersonTaken:
    """A person whom the row made known or changed, and in which fields; never their values."""

    contact_id: UUID
    is_new: bool
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row.

    ``created`` and ``updated`` name what was touched: landlord, compound, building, tenant, site, lease, facts, contact…
    Both empty without problems: the row said nothing new. With problems nothing of the row was taken.
    """

    number: int
    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()
    site_id: UUID | None = None
    people: tuple[PersonTaken, ...] = ()

    @property
    def is_unchanged(self) -> bool:
        """Nothing new and nothing wrong."""
        return not (self.created or self.updated or self.problems)
