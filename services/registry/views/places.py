"""Compounds and buildings."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from services.registry.domain.building import Answer as Tristate
from services.registry.domain.building import FireSystem, SandwichPanel, Structure, SystemState
from services.registry.views.shape import Answer, Area, Filter, GivenPoint, Line, LongLine, OptionalLine, Question, ShownPoint
from shared.contracts.vocabulary import FireAcceptance, FireClass, FireResistance, LeaseState

RegionCode = Annotated[str, StringConstraints(pattern=r"^\d{6}(\d{3}(\d{3})?)?$")]
BuildingNo = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Floors = Annotated[int, Field(ge=0, le=120)]
Held = Annotated[str, StringConstraints(pattern=r"^(held|missing|not_required|unknown)$")]
Metres = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]


class NewCompound(Question):
    id: UUID | None = None
    name: LongLine
    address: OptionalLine = ""
    region_code: RegionCode
    point: GivenPoint | None = None
    landlord_party_id: UUID
    grid_id: UUID | None = None
    park_in_park: bool | None = None
    self_built_house: bool | None = None
    boundary: dict[str, Any] | None = None


class CompoundChanges(Question):
    landlord_party_id: UUID | None = None
    name: LongLine | None = None
    address: OptionalLine | None = None
    region_code: RegionCode | None = None
    point: GivenPoint | None = None
    grid_id: UUID | None = None
    park_in_park: bool | None = None
    self_built_house: bool | None = None
    boundary: dict[str, Any] | None = None


class CompoundView(Answer):
    id: UUID
    version: int
    name: str
    address: str
    region_code: str
    point: ShownPoint | None = None
    landlord_party_id: UUID
    grid_id: UUID | None = None
    park_in_park: bool | None = None
    self_built_house: bool | None = None
    boundary: dict[str, Any] | None = None
    created_at: datetime
    changed_at: datetime


class CompoundFilter(Filter):
    q: Annotated[str, StringConstraints(max_length=100)] | None = None
    landlord_party_id: UUID | None = None
    grid_id: UUID | None = None
    region_code: str | None = None


class BuildingFilter(Filter):
    compound_id: UUID | None = None
    landlord_party_id: UUID | None = None
    fire_acceptance: FireAcceptance | None = None


class SystemCard(Question):
    """One fire system: its state, and when it was last tested as a whole."""

    state: SystemState
    last_tested_on: date | None = None


class Exit(Question):
    """One exit of a floor."""

    id: Line | None = None
    floor: Line
    width: Metres | None = None
    shared: Tristate = Tristate.UNKNOWN
    locked: Tristate = Tristate.UNKNOWN
    door: Line | None = None
    leads_to: Line | None = None


class Compartment(Question):
    """One fire compartment; ``separation`` is the rating of walls and doors towards another tenant."""

    id: Line | None = None
    floor: Line
    area: Area | None = None
    boundary: Line | None = None
    separation: Line | None = None


class Certificate(Question):
    """A paper that the building must have; its file is filed as a document of the same kind."""

    held: Held = "unknown"
    number: Line | None = None
    dated: date | None = None


class Meter(Question):
    """户号: whose electricity a meter counts, so that power data can be matched."""

    number: Line
    party_id: UUID | None = None
    room: Line | None = None


class GasSupply(Question):
    """How gas comes in, and whether an alarm would tell."""

    supply: Annotated[str, StringConstraints(pattern=r"^(none|pipeline|bottles|other|unknown)$")] = "unknown"
    alarm: Tristate = Tristate.UNKNOWN


class BuildingDetails(Question):
    """What is asked of a building beyond what rules use; every answer may be unknown, which is a finding."""

    mezzanine: Tristate = Tristate.UNKNOWN
    floor_height: Metres | None = None
    storage_subclass: Line | None = None
    fire_acceptance_no: Line | None = None
    fire_acceptance_on: date | None = None
    property_certificate: Certificate = Certificate()
    land_use: Certificate = Certificate()
    planning_permit: Certificate = Certificate()
    completion_acceptance: Certificate = Certificate()
    structural_appraisal: Held = "unknown"
    structural_grade: Annotated[str, StringConstraints(pattern=r"^[ABCD]$")] | None = None
    structural_appraised_on: date | None = None
    illegal_construction_note: OptionalLine | None = None
    spacing_blocked: Tristate = Tristate.UNKNOWN
    fire_lane_width: Metres | None = None
    fire_lane_height: Metres | None = None
    fire_systems: dict[FireSystem, SystemCard] = Field(default_factory=dict)
    exits: Annotated[list[Exit], Field(max_length=200)] = Field(default_factory=list)
    compartments: Annotated[list[Compartment], Field(max_length=200)] = Field(default_factory=list)
    shared_escape_users: Annotated[list[UUID], Field(max_length=200)] = Field(default_factory=list)
    plans_displayed: Tristate = Tristate.UNKNOWN
    window_bars: Tristate = Tristate.UNKNOWN
    bicycle_charging: Annotated[str, StringConstraints(pattern=r"^(central|none|indoors|unknown)$")] = "unknown"
    transformer_kva: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    main_switch: Line | None = None
    residual_current_device: Tristate = Tristate.UNKNOWN
    meters: Annotated[list[Meter], Field(max_length=200)] = Field(default_factory=list)
    lightning_class: Line | None = None
    lightning_tested_on: date | None = None
    gas: GasSupply = GasSupply()
    dormitory: Tristate = Tristate.UNKNOWN
    canteen: Tristate = Tristate.UNKNOWN
    office: Tristate = Tristate.UNKNOWN
    shop: Tristate = Tristate.UNKNOWN


class NewBuilding(Question):
    id: UUID | None = None
    compound_id: UUID
    building_no: BuildingNo
    structure: Structure = Structure.UNKNOWN
    floors_above: Floors | None = None
    floors_below: Floors | None = None
    floor_area: Area | None = None
    footprint: Area | None = None
    height: Metres | None = None
    fire_resistance: FireResistance = FireResistance.UNKNOWN
    fire_class_design: FireClass = FireClass.UNKNOWN
    fire_acceptance: FireAcceptance = FireAcceptance.UNKNOWN
    sandwich_panel: SandwichPanel = SandwichPanel.UNKNOWN
    illegal_construction: Tristate = Tristate.UNKNOWN
    shared_escape: Tristate = Tristate.UNKNOWN
    one_key_alarm: Tristate = Tristate.UNKNOWN
    point: GivenPoint | None = None
    unified_manager_party_id: UUID | None = None
    details: BuildingDetails = BuildingDetails()


class BuildingChanges(Question):
    building_no: BuildingNo | None = None
    structure: Structure | None = None
    floors_above: Floors | None = None
    floors_below: Floors | None = None
    floor_area: Area | None = None
    footprint: Area | None = None
    height: Metres | None = None
    fire_resistance: FireResistance | None = None
    fire_class_design: FireClass | None = None
    fire_acceptance: FireAcceptance | None = None
    sandwich_panel: SandwichPanel | None = None
    illegal_construction: Tristate | None = None
    shared_escape: Tristate | None = None
    one_key_alarm: Tristate | None = None
    point: GivenPoint | None = None
    unified_manager_party_id: UUID | None = None
    details: BuildingDetails | None = None


class NewDevice(Question):
    """A device of a building: a one-key alarm, a smoke detector, a meter."""

    id: UUID | None = None
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,39}$")] = "one_key_alarm"
    label: Line
    floor: Line | None = None
    is_interlocked: Tristate = Tristate.UNKNOWN
    has_power: Tristate = Tristate.UNKNOWN


class DeviceChanges(Question):
    label: Line | None = None
    floor: Line | None = None
    is_interlocked: Tristate | None = None
    has_power: Tristate | None = None
    removed_on: date | None = None


class DeviceView(Answer):
    id: UUID
    version: int
    building_id: UUID
    kind: str
    label: str
    floor: str | None = None
    is_interlocked: Tristate
    has_power: Tristate
    last_result: str | None = None
    last_tested_at: datetime | None = None
    last_video: str | None = None
    removed_on: date | None = None


class DeviceList(Answer):
    items: list[DeviceView]


class LetSpace(Answer):
    """One lease that keeps rooms of the building today."""

    lease_id: UUID
    tenant_party_id: UUID
    tenant: str
    depth: int
    rooms: list[str]
    area: float
    start: date
    end: date
    state: LeaseState


class Occupancy(Answer):
    """Who has which rooms, and how much of the floor is let by the owner."""

    building_id: UUID
    floor_area: float | None = None
    let_area: float
    items: list[LetSpace]


class BuildingView(Answer):
    id: UUID
    version: int
    compound_id: UUID
    building_no: str
    structure: Structure
    floors_above: int | None = None
    floors_below: int | None = None
    floor_area: float | None = None
    footprint: float | None = None
    height: float | None = None
    fire_resistance: FireResistance
    fire_class_design: FireClass
    fire_acceptance: FireAcceptance
    sandwich_panel: SandwichPanel
    illegal_construction: Tristate
    shared_escape: Tristate
    one_key_alarm: Tristate
    point: ShownPoint | None = None
    unified_manager_party_id: UUID | None = None
    landlord_party_id: UUID
    details: BuildingDetails
    created_at: datetime
    changed_at: datetime
