"""Taking a chunk of rows: read all, enter one after the other, write once, tell everybody."""

from collections.abc import Sequence
from dataclasses import replace

from services.registry.actions.facts import schema_of
from services.registry.actions.taking.book import Record, open_book
from services.registry.actions.taking.entering import Entry, Place
from services.registry.actions.taking.letting import enter_facts, enter_lease, person_problem, room_problem
from services.registry.actions.taking.reading import PartySaid, read_rows, require_registrable
from services.registry.actions.taking.writing import write_book
from services.registry.domain.areas import GridMap
from services.registry.domain.ledger_row import LedgerRow, RowOutcome
from services.registry.domain.pinyin import normalise
from services.registry.domain.space import on_only_floor
from services.registry.store.grids import areas
from services.registry.vault import Vault
from shared.contracts.vocabulary import PartyKind, SiteKind
from shared.database import Transaction as Tx


async def take_rows(rows: Sequence[LedgerRow], vault: Vault, tx: Tx, *, by: str = "ledger") -> list[RowOutcome]:
    """Register and update what the rows say, all in this transaction, each found again by its business key.

    A row with a problem is left out whole; the others are taken. The same rows again change nothing.
    A dry run takes the rows and lets the transaction fail.
    """
    schema = await schema_of(tx)
    said = read_rows(rows, schema)
    book = await open_book(tx, said)
    grids = GridMap.of(await areas(tx))
    outcomes: list[RowOutcome] = []
    for one in said:
        entry = Entry(one, book, vault, tx, grids)
        site = _enter(entry) if _may_enter(entry) else None
        outcomes.append(_outcome(entry, site))
    await write_book(book, by, tx)
    return outcomes


def _may_enter(entry: Entry) -> bool:
    """Whether nothing is wrong with the row, seen together with what is on file and with the rows before it."""
    said, book = entry.said, entry.book
    landlord = entry.known(said.landlord) if said.landlord else None
    compound = book.compounds.records.get((landlord["id"], normalise(said.row.compound.name))) if landlord else None
    tenant = entry.known(said.tenant, landlord, compound) if said.tenant else None
    manager = entry.known(said.manager, landlord, compound) if said.manager else None
    for party, on_file in ((said.landlord, landlord), (said.manager, manager), (said.tenant, tenant)):
        if party is not None and on_file is None:
            require_registrable(said, party)
    if said.problems or said.landlord is None:
        return False
    key = normalise(said.row.building.building_no)
    building = book.buildings.records.get((compound["id"], key)) if compound else None
    if said.lease is not None:
        floors = said.row.building.floors_above or (building["floors_above"] if building else None)
        has_one = floors == 1 and not (building and building["floors_below"])
        said.lease = replace(said.lease, spaces=on_only_floor(said.lease.spaces, 1 if has_one else None))
    problem = person_problem(entry, landlord, tenant, building) or room_problem(entry, landlord, tenant, building)
    said.problems += [problem] if problem else []
    return problem is None


def _enter(entry: Entry) -> Record | None:
    """Enter everything that the row says; the tenant's site, or None for a vacant building."""
    said = entry.said
    assert said.landlord is not None  # noqa: S101 - a row without a landlord has a problem
    landlord = entry.party(said.landlord, PartyKind.LANDLORD, "landlord", entry.known(said.landlord))
    compound = entry.compound(landlord, entry.grid())
    manager = None
    if said.manager is not None:
        known = entry.known(said.manager, landlord, compound)
        manager = entry.party(said.manager, PartyKind.UNIFIED_MANAGER, "unified_manager", known)
    place = Place(landlord, compound, entry.building(compound, manager))
    above = entry.site(landlord, SiteKind.LANDLORD, place)
    if manager is not None and manager["id"] != landlord["id"]:
        _under(entry, entry.site(manager, SiteKind.UNIFIED_MANAGER, place), above)
    return _enter_tenant(entry, said.tenant, place, above) if said.tenant is not None else None


def _enter_tenant(entry: Entry, said: PartySaid, place: Place, above: Record) -> Record:
    tenant = entry.party(said, PartyKind.TENANT, "tenant", entry.known(said, place.landlord, place.compound))
    site = entry.site(tenant, SiteKind.TENANT, place)
    _under(entry, site, above)
    enter_lease(entry, place, tenant, site)
    enter_facts(entry, tenant, site)
    return site


def _under(entry: Entry, site: Record, above: Record) -> None:
    if site["landlord_site_id"] is None:
        entry.book.sites.change(site, {"landlord_site_id": above["id"]})


def _outcome(entry: Entry, site: Record | None) -> RowOutcome:
    said = entry.said
    return RowOutcome(
        number=said.row.number,
        created=tuple(entry.created),
        updated=tuple(entry.updated),
        problems=tuple(said.problems),
        warnings=tuple(entry.warnings),
        site_id=site["id"] if site else None,
        people=tuple(entry.people),
    )
