"""Puts the values of one row together: who lets, where, what, to whom, under which lease."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.registry.domain.building import Structure
from services.registry.domain.ledger_row import (
    BuildingCells,
    CompoundCells,
    FactCells,
    LandlordCells,
    LeaseCells,
    LedgerRow,
    PersonCells,
    PointCells,
    TenantCells,
)
from services.registry.ledger.problems import CellWrong, Severity
from shared.contracts.vocabulary import FireAcceptance, FireClass, FireResistance, LeaseUse, PartyType
from shared.errors import Refused
from shared.geo import to_cgcs2000

Values = Mapping[str, Any]

_LATITUDES_OF_CHINA: Final = (3.0, 54.0)
_LONGITUDES_OF_CHINA: Final = (73.0, 136.0)
_A_FIRM: Final = re.compile(r"公司|厂|店|部|社|行|场|站|中心|集团|企业|工作室|村|局|所|院|委")
_LONGEST_PERSON: Final = 4
_TYPES_BY_CODE: Final = {
    "92": PartyType.INDIVIDUAL_BUSINESS,
    "N1": PartyType.VILLAGE_COLLECTIVE,
    "N2": PartyType.VILLAGE_COLLECTIVE,
    "N3": PartyType.VILLAGE_COLLECTIVE,
    "11": PartyType.INSTITUTION,
    "12": PartyType.INSTITUTION,
    "13": PartyType.INSTITUTION,
}


@dataclass(slots=True)
class Composed:
    """A row of the ledger, and what does not fit together in it: path, problem, and whether it forbids the row."""

    row: LedgerRow
    problems: list[tuple[str, CellWrong, Severity]] = field(default_factory=list)


def compose(number: int, values: Values, facts: Mapping[str, FactCells]) -> Composed:
    """The row of these values; the required ones are there."""
    problems: list[tuple[str, CellWrong, Severity]] = []
    landlord = LandlordCells(**_party(values, "landlord"), principal=_person(values, "landlord.principal"))
    tenant = _tenant(values) if values.get("tenant.name") else None
    row = LedgerRow(
        number=number,
        landlord=landlord,
        compound=_compound(values, landlord, problems),
        building=_building(values),
        tenant=tenant,
        lease=_lease(values, problems) if tenant else None,
        facts=facts if tenant else {},
        grid_name=values.get("grid_name", ""),
    )
    return Composed(row, problems)


def _party(values: Values, of: str) -> dict[str, Any]:
    name, uscc = values[f"{of}.name"], values.get(f"{of}.uscc")
    given = values.get(f"{of}.party_type")
    return {"name": name, "uscc": uscc, "party_type": PartyType(given) if given else party_type_of(name, uscc)}


def party_type_of(name: str, uscc: str | None) -> PartyType:
    """What a party most likely is where the ledger does not say: by the beginning of its code, otherwise by its name."""
    if uscc:
        return _TYPES_BY_CODE.get(uscc[:2], PartyType.ENTERPRISE)
    is_person = len(name) <= _LONGEST_PERSON and not _A_FIRM.search(name)
    return PartyType.NATURAL_PERSON if is_person else PartyType.ENTERPRISE


def _person(values: Values, path: str) -> PersonCells | None:
    name, mobile = values.get(f"{path}.name") or "", values.get(f"{path}.mobile") or ""
    return PersonCells(name, mobile) if name or mobile else None


def _tenant(values: Values) -> TenantCells:
    return TenantCells(
        **_party(values, "tenant"),
        industry_code=values.get("tenant.industry_code"),
        supervision_industry=values.get("tenant.supervision_industry"),
        employees=values.get("tenant.employees"),
        principal=_person(values, "tenant.principal"),
        safety_officer=_person(values, "tenant.safety_officer"),
    )


def _compound(values: Values, landlord: LandlordCells, problems: list[tuple[str, CellWrong, Severity]]) -> CompoundCells:
    return CompoundCells(
        name=values.get("compound.name") or landlord.name,
        address=values.get("compound.address", ""),
        region_code=values.get("compound.region_code", ""),
        point=_point(values, problems),
    )


def _point(values: Values, problems: list[tuple[str, CellWrong, Severity]]) -> PointCells | None:
    lon, lat = values.get("compound.point") or (values.get("compound.lon"), values.get("compound.lat"))
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        problems.append(("compound.lat" if lat is None else "compound.lon", CellWrong(code="point_half"), "warning"))
        return None
    if "compound.crs" not in values:
        problems.append(("compound.crs", CellWrong(code="crs_missing"), "warning"))
        return None
    if _is_swapped(lon, lat):
        problems.append(("compound.lon", CellWrong(code="point_swapped"), "warning"))
        lon, lat = lat, lon
    return _stored_point(lon, lat, values["compound.crs"], problems)


def _stored_point(lon: float, lat: float, crs: str, problems: list[tuple[str, CellWrong, Severity]]) -> PointCells | None:
    try:
        stored = to_cgcs2000(lon, lat, crs)
    except Refused as refusal:
        problems.append(("compound.lon", CellWrong(code=refusal.code), "error"))
        return None
    return PointCells(round(stored.lon, 7), round(stored.lat, 7), crs)


def _is_swapped(lon: float, lat: float) -> bool:
    south, north = _LATITUDES_OF_CHINA
    west, east = _LONGITUDES_OF_CHINA
    return south <= lon <= north and west <= lat <= east


def _building(values: Values) -> BuildingCells:
    has_manager = bool(values.get("building.unified_manager.name"))
    return BuildingCells(
        building_no=values["building.building_no"],
        structure=Structure(values.get("building.structure", Structure.UNKNOWN)),
        floors_above=values.get("building.floors_above"),
        floor_area=values.get("building.floor_area"),
        fire_resistance=FireResistance(values.get("building.fire_resistance", FireResistance.UNKNOWN)),
        fire_class_design=FireClass(values.get("building.fire_class_design", FireClass.UNKNOWN)),
        fire_acceptance=FireAcceptance(values.get("building.fire_acceptance", FireAcceptance.UNKNOWN)),
        unified_manager=LandlordCells(**_party(values, "building.unified_manager")) if has_manager else None,
    )


def _lease(values: Values, problems: list[tuple[str, CellWrong, Severity]]) -> LeaseCells:
    of_period = values.get("lease.period") or (None, None)
    start, end = values.get("lease.start") or of_period[0], values.get("lease.end") or of_period[1]
    if start and end and end < start:
        problems.append(("lease.end", CellWrong(code="lease_ends_before_start"), "error"))
    if not (start and end) and any(values.get(f"lease.{name}") for name in ("floor", "room", "area", "start", "end")):
        problems.append(("lease.end" if start else "lease.start", CellWrong(code="lease_term_missing"), "warning"))
    signed = values.get("lease.agreement_signed_on")
    return LeaseCells(
        floor=values.get("lease.floor", ""),
        room=values.get("lease.room", ""),
        area=values.get("lease.area"),
        start=start or None,
        end=end or None,
        use=LeaseUse(use) if (use := values.get("lease.use")) else None,
        agreement_signed_on=signed or None,
        is_unsigned=signed is False,
        fire_class_declared=FireClass(values.get("lease.fire_class_declared", FireClass.UNKNOWN)),
    )
