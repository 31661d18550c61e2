"""The part of the ledger that a chunk may touch, in memory: found by business key, changed there, written once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.registry.actions.taking.reading import RowSaid
from services.registry.domain.lease import Term
from services.registry.domain.party import shown_name
from services.registry.domain.pinyin import normalise
from services.registry.domain.space import Space, on_no_floor
from services.registry.store import ledger_book as store
from services.registry.store.facts import facts_of
from services.registry.store.rows import Row
from shared.contracts.vocabulary import PartyType, SiteKind
from shared.database import Transaction as Tx

Record = dict[str, Any]
Numbers = tuple[int, int]
Reading = Callable[[Numbers], Numbers | None]


class AnotherLedger(Exception):
    """Rows of another ledger are being taken just now: come again in a moment."""


@dataclass(slots=True)
class Shelf:
    """Records of one kind by business key, with which of them are new and which were changed in which fields."""

    records: dict[Any, Record] = field(default_factory=dict)
    new: dict[UUID, Record] = field(default_factory=dict)
    changed: dict[UUID, set[str]] = field(default_factory=dict)

    def add(self, key: Any, record: Record) -> Record:
        """A record that is not on file yet."""
        self.records[key] = self.new[record["id"]] = record
        return record

    def change(self, record: Record, values: Mapping[str, Any]) -> bool:
        """Change a record; whether it was on file before this chunk and is different now."""
        record.update(values)
        if not values or record["id"] in self.new:
            return False
        self.changed.setdefault(record["id"], set()).update(values)
        return True

    def changed_records(self) -> list[Record]:
        """Those on file that are different now, in order of id."""
        by_id = {record["id"]: record for record in self.records.values()}
        return [by_id[identity] for identity in sorted(self.changed)]


@dataclass(slots=True)
class Book:
    """Every shelf of the chunk."""

    parties: Shelf = field(default_factory=Shelf)
    contacts: Shelf = field(default_factory=Shelf)
    grids: Shelf = field(default_factory=Shelf)
    compounds: Shelf = field(default_factory=Shelf)
    buildings: Shelf = field(default_factory=Shelf)
    sites: Shelf = field(default_factory=Shelf)
    leases: Shelf = field(default_factory=Shelf)
    held: dict[UUID, tuple[Term, tuple[Numbers, ...]]] = field(default_factory=dict)
    of_building: dict[UUID, list[Record]] = field(default_factory=dict)
    namesakes: dict[str, list[Record]] = field(default_factory=dict)
    present: set[tuple[UUID, UUID]] = field(default_factory=set)
    names: dict[UUID, Row] = field(default_factory=dict)
    facts: dict[UUID, dict[str, Row]] = field(default_factory=dict)
    written: list[Record] = field(default_factory=list)

    def shelve_party(self, record: Record) -> None:
        """Let a party be found by its code, and among those of its name."""
        self.parties.records[record["id"]] = record
        if record["uscc"]:
            self.parties.records[record["uscc"]] = record
        self.namesakes.setdefault(record["name_key"], []).append(record)

    def shelve_site(self, record: Record) -> None:
        """Let a site be found by whose it is and where, and its party be known to be in the compound."""
        self.sites.records[record["party_id"], record["building_id"], SiteKind(record["kind"])] = record
        self.present.add((record["party_id"], record["compound_id"]))

    def name_of(self, party_id: UUID) -> str:
        """A party's name as others may read it, whether a row names it or a lease on file does."""
        record = self.parties.records.get(party_id) or self.names[party_id]
        return shown_name(PartyType(record["party_type"]), record["name"])

    def shelve_lease(self, record: Record) -> None:
        """Let a lease be found among those of its building."""
        self.leases.records[record["id"]] = record
        self.of_building.setdefault(record["building_id"], []).append(record)

    def holder(self, building_id: UUID, spaces: Sequence[Space], term: Term, besides: UUID | None) -> Record | None:
        """The lease that keeps any of these rooms on any of these days."""
        return self._holder(building_id, [space.range for space in spaces], term, besides)

    def maybe_holder(self, building_id: UUID, spaces: Sequence[Space], term: Term, besides: UUID | None) -> Record | None:
        """The lease whose rooms may be one of these, for one of both does not tell the floor."""
        placed = [numbers for space in spaces if (numbers := on_no_floor(space.range))]
        nowhere = [space.range for space in spaces if space.is_nowhere]
        holder = self._holder(building_id, placed, term, besides)
        return holder or self._holder(building_id, nowhere, term, besides, on_no_floor)

    def _holder(
        self, building_id: UUID, ranges: Sequence[Numbers], term: Term, besides: UUID | None, read: Reading = lambda held: held
    ) -> Record | None:
        for lease in self.of_building.get(building_id, ()):
            kept = self.held.get(lease["id"])
            if kept is None or lease["id"] == besides or lease["parent_lease_id"] is not None:
                continue
            numbers = [found for held in kept[1] if (found := read(held))]
            if kept[0].overlaps(term) and any(low < end and start < high for low, high in numbers for start, end in ranges):
                return lease
        return None


async def open_book(tx: Tx, rows: Sequence[RowSaid]) -> Book:
    """The book with everything on file that these rows may mean, locked until the chunk is written; raises AnotherLedger."""
    book = Book()
    if not await store.one_ledger_at_a_time(tx):
        raise AnotherLedger
    said = [party for row in rows for party in (row.landlord, row.manager, row.tenant) if party is not None]
    for row in await store.parties_of(tx, {party.uscc for party in said if party.uscc}, {party.name_key for party in said}):
        book.shelve_party(dict(row))
    known = {record["id"] for record in book.parties.records.values()}
    for row in await store.contacts_of(tx, known):
        book.contacts.records.setdefault((row["party_id"], row["role"]), dict(row))
    for row in await store.grids_of(tx, {row.row.grid_name for row in rows if row.row.grid_name}):
        book.grids.records[row["name"]] = dict(row)
    await _load_places(tx, book, known)
    return book


async def _load_places(tx: Tx, book: Book, party_ids: set[UUID]) -> None:
    for row in await store.compounds_of(tx, party_ids):
        book.compounds.records[row["landlord_party_id"], row["name_key"]] = dict(row)
    for row in await store.buildings_of(tx, [record["id"] for record in book.compounds.records.values()]):
        book.buildings.records[row["compound_id"], row["no_key"]] = dict(row)
    standing = [record["id"] for record in book.buildings.records.values()]
    for row in await store.sites_of(tx, standing):
        book.shelve_site(dict(row))
    for row in await store.leases_of(tx, standing):
        book.shelve_lease(dict(row))
    tenants = {record["tenant_party_id"] for record in book.leases.records.values()} - party_ids
    book.names = {row["id"]: row for row in (await store.names_of(tx, tenants) if tenants else ())}
    for row in await store.spaces_of(tx, book.leases.records):
        days = row["term"]
        term, ranges = book.held.get(row["lease_id"], (Term(days.lower, days.upper - timedelta(days=1)), ()))
        book.held[row["lease_id"]] = (term, (*ranges, (row["space"].lower, row["space"].upper)))
    answered = [
        record["id"]
        for (party_id, _, kind), record in book.sites.records.items()
        if kind is SiteKind.TENANT and party_id in party_ids
    ]
    known = await facts_of(tx, answered)
    book.facts = {identity: dict(rows) for identity, rows in known.items()}


def building_key(building_no: str) -> str:
    """Under which a building's number is compared."""
    return normalise(building_no)
