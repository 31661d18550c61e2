"""Entering one row into the book: what is not on file is made, what differs is changed, and each is named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.registry.actions.contacts import contact_values, sealed_numbers, unverified
from services.registry.actions.site_parts import opening, site_name
from services.registry.actions.taking.book import Book, Record, building_key
from services.registry.actions.taking.matching import Whereabouts, known_by_name, namesake_told
from services.registry.actions.taking.reading import PartySaid, PersonSaid, RowSaid, newer
from services.registry.domain.areas import GridMap
from services.registry.domain.building import Answer, SandwichPanel, Structure
from services.registry.domain.ledger_row import LeaseCells, PersonTaken, RowProblem
from services.registry.domain.pinyin import normalise
from services.registry.domain.search import findable
from services.registry.vault import Vault
from shared.contracts.vocabulary import FireAcceptance, FireClass, FireResistance, PartyKind, PartyStatus, SiteKind
from shared.database import Transaction as Tx
from shared.identifiers import new_id

_UNKNOWN_SAYS_NOTHING = frozenset({"unknown"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is: the building in its compound, and who owns it."""

    landlord: Record
    compound: Record
    building: Record


@dataclass(slots=True)
class Entry:
    """One row on its way into the book."""

    said: RowSaid
    book: Book
    vault: Vault
    tx: Tx
    grids: GridMap
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    people: list[PersonTaken] = field(default_factory=list)

    def note(self, name: str, *, created: bool = False, updated: bool = False) -> None:
        """Remember what was touched, once."""
        if created and name not in self.created:
            self.created.append(name)
        elif updated and name not in self.created and name not in self.updated:
            self.updated.append(name)

    def known(self, said: PartySaid, landlord: Record | None = None, compound: Record | None = None) -> Record | None:
        """The party on file that the row means: by its code, otherwise by its name where that is enough."""
        if said.uscc:
            return self.book.parties.records.get(said.uscc)
        return known_by_name(self.book, said, Whereabouts(self.said.row.compound, landlord, compound), self.vault)

    def party(self, said: PartySaid, kind: PartyKind, name: str, record: Record | None) -> Record:
        """The party, on file or new, with its people, in this part."""
        if record is None:
            told = namesake_told(self.book, said)
            self.warnings += [told] if told else []
            record = _new_party(said, kind)
            self.book.parties.add(record["id"], record)
            self.book.shelve_party(record)
            self.note(name, created=True)
        else:
            self.note(name, updated=self.book.parties.change(record, _newer_party(record, said, kind)))
        for person in said.people:
            self._person(record, person)
        return record

    def _person(self, party: Record, said: PersonSaid) -> None:
        shelf, key = self.book.contacts, (party["id"], said.role)
        held = shelf.records.get(key)
        if held is None:
            who = {"role": said.role, "name": said.name or party["name"]}
            given = who | {"mobile": said.mobile, "email": None, "wechat_openid": None}
            held = shelf.add(key, contact_values(given, self.vault, party["id"], "") | {"version": 1})
            told = ("mobile", "name", "role") if said.mobile else ("name", "role")
            self.people.append(PersonTaken(held["id"], is_new=True, fields=told))
            self.note("contact", created=True)
            return
        changes: dict[str, Any] = {"name": said.name} if said.name and said.name != held["name"] else {}
        if said.mobile and held["mobile_index"] not in self.vault.indexes(said.mobile, "contact.mobile"):
            changes |= sealed_numbers({"mobile": said.mobile}, self.vault, "")
            changes |= unverified(held["version"] + 1)
        fields = tuple(name for name, column in (("mobile", "mobile_index"), ("name", "name")) if column in changes)
        self.people += [PersonTaken(held["id"], is_new=False, fields=fields)] if fields else []
        self.note("contact", updated=shelf.change(held, changes))

    def grid(self) -> UUID | None:
        """The grid that the row names; made where nobody knows it."""
        name = self.said.row.grid_name
        if not name:
            return None
        held = self.book.grids.records.get(name)
        if held is None:
            held = self.book.grids.add(name, {"id": new_id(), "name": name, "code": None, "region_code": None, "area": None})
            self.note("grid", created=True)
        return UUID(str(held["id"]))

    def compound(self, landlord: Record, grid_id: UUID | None) -> Record:
        """The landlord's compound of that name."""
        cells = self.said.row.compound
        point: Record = {} if cells.point is None else {"lon": cells.point.lon, "lat": cells.point.lat, "crs": cells.point.crs}
        told = {"address": cells.address or None, "region_code": cells.region_code or None, **point}
        key = landlord["id"], normalise(cells.name)
        held = self.book.compounds.records.get(key)
        if held is not None:
            changes = newer(held, told)
            self.note("compound", updated=self.book.compounds.change(held, changes | _moved(changes)))
            return held
        self.note("compound", created=True)
        found = findable(cells.name)
        empty = ("lon", "lat", "crs", "coord_source", "park_in_park", "self_built_house", "boundary")
        own = {"id": new_id(), "name": cells.name, "name_key": key[1], "search": found.search, "grams": found.grams}
        place = {**told, **_moved(point), "address": cells.address, "region_code": cells.region_code}
        grid = grid_id or self.grids.grid_at(point.get("lon"), point.get("lat"))
        record = {**dict.fromkeys(empty), **own, **place, "landlord_party_id": landlord["id"], "grid_id": grid, "version": 1}
        return self.book.compounds.add(key, record)

    def building(self, compound: Record, manager: Record | None) -> Record:
        """The building of that number in the compound."""
        told = {name: value for name, value in _building_told(self.said, manager).items() if value not in _UNKNOWN_SAYS_NOTHING}
        key = compound["id"], building_key(self.said.row.building.building_no)
        held = self.book.buildings.records.get(key)
        if held is not None:
            self.note("building", updated=self.book.buildings.change(held, newer(held, told)))
            return held
        self.note("building", created=True)
        own = {"id": new_id(), "compound_id": compound["id"], "no_key": key[1], "version": 1}
        return self.book.buildings.add(key, {**_bare_building(), **{k: v for k, v in told.items() if v is not None}, **own})

    def site(self, who: Record, kind: SiteKind, place: Place) -> Record:
        """The open site of that party in the building; its readable number comes when the chunk is written."""
        building, compound = place.building, place.compound
        key = who["id"], building["id"], kind
        held = self.book.sites.records.get(key)
        if held is not None:
            return held
        self.note("site", created=kind is SiteKind.TENANT)
        cells = self.said.row.lease if kind is SiteKind.TENANT else None
        placed = building if building["lon"] is not None else compound
        name = site_name(kind, who, {**building, "compound_name": compound["name"]})
        record = {
            "id": new_id(),
            "code": "",
            "kind": kind,
            "party_id": who["id"],
            "building_id": building["id"],
            "version": 1,
            "compound_id": compound["id"],
            "landlord_site_id": None,
            "grid_id": compound["grid_id"],
            "grid_by_hand": False,
            **_rooms(cells),
            **{axis: placed[axis] for axis in ("lon", "lat", "crs", "coord_source")},
            "name": name,
            **opening(self.tx.today),
        }
        self.book.shelve_site(self.book.sites.add(key, record))
        return record


def _moved(told: Mapping[str, Any]) -> Record:
    """Where a place is another one than was on file, it comes from the ledger."""
    return {"coord_source": "import"} if told.keys() & {"lon", "lat"} else {}


def _rooms(cells: LeaseCells | None) -> Record:
    if cells is None:
        return {"floor": None, "room": None, "area": None}
    return {"floor": cells.floor or None, "room": cells.room or None, "area": cells.area}


def _new_party(said: PartySaid, kind: PartyKind) -> Record:
    found = findable(said.name, codes=[said.uscc])
    names = {"name": said.name, "name_key": said.name_key, "search": found.search, "grams": found.grams}
    empty = ("uscc_override", "scale", "standardisation", "registered_address", "actual_address")
    return {
        "id": new_id(),
        "version": 1,
        "party_type": said.party_type,
        "kinds": [kind.value],
        **names,
        "uscc": said.uscc,
        "uscc_doubts": list(said.doubts),
        "industry_code": said.industry_code,
        "supervision_industry": said.supervision_industry,
        "employees": said.employees,
        "status": PartyStatus.OPERATING.value,
        "details": {},
        "merged_into": None,
        **dict.fromkeys((*empty, "id_number_sealed", "id_number_index")),
    }


def _newer_party(held: Record, said: PartySaid, kind: PartyKind) -> Mapping[str, Any]:
    changes = newer(held, {name: getattr(said, name) for name in ("industry_code", "supervision_industry", "employees")})
    if said.uscc and said.name != held["name"]:
        found = findable(said.name, codes=[said.uscc])
        changes |= {"name": said.name, "name_key": said.name_key, "search": found.search, "grams": found.grams}
    return changes if kind.value in held["kinds"] else changes | {"kinds": [*held["kinds"], kind.value]}


def _building_told(said: RowSaid, manager: Record | None) -> dict[str, Any]:
    cells = said.row.building
    return {
        "building_no": cells.building_no,
        "structure": cells.structure.value,
        "floors_above": cells.floors_above,
        "floor_area": cells.floor_area,
        "fire_resistance": cells.fire_resistance.value,
        "fire_class_design": cells.fire_class_design.value,
        "fire_acceptance": cells.fire_acceptance.value,
        "unified_manager_party_id": manager["id"] if manager else None,
    }


def _bare_building() -> Record:
    built = {"structure": Structure.UNKNOWN.value, "fire_resistance": FireResistance.UNKNOWN.value}
    unknown = built | {"sandwich_panel": SandwichPanel.UNKNOWN.value}
    asked = dict.fromkeys(("illegal_construction", "shared_escape", "one_key_alarm"), Answer.UNKNOWN.value)
    measures = ("floors_above", "floors_below", "floor_area", "footprint", "height")
    empty = dict.fromkeys((*measures, "lon", "lat", "crs", "coord_source"))
    fire = {"fire_class_design": FireClass.UNKNOWN.value, "fire_acceptance": FireAcceptance.UNKNOWN.value}
    return {**unknown, **asked, **empty, **fire, "unified_manager_party_id": None, "details": {}}
