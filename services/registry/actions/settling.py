"""Bringing the sites of a building in line with what stands around them: derived facts, scope flags, who oversees whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.registry.actions.cards import derived_value, site_card
from services.registry.domain.derived import Surroundings, derive, differing
from services.registry.domain.lease import RUNNING
from services.registry.domain.scope import Standing
from services.registry.domain.space import read_spaces
from services.registry.rulebook import scope_test
from services.registry.store.history import remember
from services.registry.store.rows import Row
from services.registry.store.settling import lock_neighbourhood, save_settled
from services.registry.store.sites import (
    buildings_with_compounds,
    open_sites_of_buildings,
    running_leases,
    tenants_of_compounds,
)
from shared.contracts.registry import SiteChanged, SiteFactsChanged
from shared.contracts.vocabulary import SiteKind
from shared.database import Transaction as Tx
from shared.errors import MashangError

MAP = "map"
"""The bell of those who keep up with the ledger: the map's sums and the codes."""


@dataclass(slots=True)
class Neighbourhood:
    """Everything around the sites of some buildings, loaded at once."""

    buildings: dict[UUID, Row]
    sites: Sequence[Row]
    leases: dict[UUID, list[Row]] = field(default_factory=dict)
    leases_by_id: dict[UUID, Row] = field(default_factory=dict)
    whole_buildings: set[UUID] = field(default_factory=set)
    tenants: dict[UUID, int] = field(default_factory=dict)
    compound_tenants: dict[UUID, list[str | None]] = field(default_factory=dict)
    flags: dict[UUID, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Sites and leases that are about to be written, with the industry of each party: they count, and are settled in memory."""

    sites: Sequence[dict[str, Any]] = ()
    leases: Sequence[Row] = ()
    industries: Mapping[UUID, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Survey:
    """The sites on file, and what of them is to be changed."""

    sites: Sequence[Row]
    moved: Sequence["_Change"]


async def settle(tx: Tx, building_ids: Iterable[UUID], *, by: str, fresh: Iterable[UUID] = ()) -> dict[UUID, Row]:
    """Work out again what the ledger knows by itself of every open site in the compounds of these buildings.

    Compounds are locked, so that of two changes at once the second counts the first. What changed is said, except of the
    ``fresh`` sites, which their registrar announces. Answers all these sites as they are now.
    """
    return await carry_out(tx, await survey(tx, building_ids), by=by, fresh=fresh)


async def survey(tx: Tx, building_ids: Iterable[UUID], newcomers: Newcomers | None = None) -> Survey:
    """What is to be changed; the records of newcomers are changed at once, so that they are written once, as they are to be."""
    around = await _look_around(tx, await lock_neighbourhood(tx, building_ids), newcomers or Newcomers())
    for record in newcomers.sites if newcomers else ():
        if change := _settled(record, around):
            record.update(change.columns)
    return Survey(around.sites, [change for site in around.sites if (change := _settled(site, around))])


async def carry_out(tx: Tx, surveyed: Survey, *, by: str, fresh: Iterable[UUID] = ()) -> dict[UUID, Row]:
    """Save what is to be changed and say it; the sites as they are now."""
    new, moved = frozenset(fresh), surveyed.moved
    saved = {row["id"]: row for row in await save_settled(tx, [change.columns for change in moved], new)}
    await remember(tx, "site", by, *(row for identity, row in saved.items() if identity not in new))
    for change in moved:
        if change.site_id not in new:
            _say(tx, saved[change.site_id], change)
    tx.ring(MAP)
    return {site["id"]: saved.get(site["id"], site) for site in surveyed.sites}


async def _look_around(tx: Tx, building_ids: Sequence[UUID], newcomers: Newcomers) -> Neighbourhood:
    sites = await open_sites_of_buildings(tx, building_ids)
    buildings: dict[UUID, Row] = {row["id"]: row for row in await buildings_with_compounds(tx, building_ids)}
    around = Neighbourhood(buildings, sites)
    running = [lease for lease in newcomers.leases if lease["state"] in RUNNING]
    for lease in [*await running_leases(tx, building_ids), *running]:
        around.leases.setdefault(lease["tenant_party_id"], []).append(lease)
        around.leases_by_id[lease["id"]] = lease
        if "*" in lease["rooms"]:
            around.whole_buildings.add(lease["building_id"])
    let = [site for site in newcomers.sites if site["kind"] == SiteKind.TENANT]
    new: list[Row] = [site | {"industry_code": newcomers.industries[site["party_id"]]} for site in let]
    for tenant in [*await tenants_of_compounds(tx, {row["compound_id"] for row in buildings.values()}), *new]:
        around.tenants[tenant["building_id"]] = around.tenants.get(tenant["building_id"], 0) + 1
        around.compound_tenants.setdefault(tenant["compound_id"], []).append(tenant["industry_code"])
    around.flags = {identity: list(scope_test().flags_of(_standing(row, around))) for identity, row in buildings.items()}
    return around


@dataclass(frozen=True, slots=True)
class _Change:
    site_id: UUID
    columns: dict[str, Any]
    facts: dict[str, Any]
    removed: tuple[str, ...]
    card: tuple[str, ...]


def _settled(site: Row, around: Neighbourhood) -> _Change | None:
    building = around.buildings[site["building_id"]]
    own = [lease for lease in around.leases.get(site["party_id"], ()) if lease["building_id"] == site["building_id"]]
    derived = derive(_surroundings(site, building, own, around))
    scope = around.flags[building["id"]]
    overseers = _overseers(site, building, own, around)
    facts, removed = differing(site["derived"], derived)
    card = ("scope",) if scope != list(site["scope"]) else ()
    if not (facts or removed or card or overseers != list(site["overseers"])):
        return None
    columns = {"id": site["id"], "derived": derived, "scope": scope, "overseers": overseers}
    return _Change(site["id"], columns, facts, removed, card)


def _surroundings(site: Row, building: Row, own: Sequence[Row], around: Neighbourhood) -> Surroundings:
    is_tenant = site["kind"] == SiteKind.TENANT
    return Surroundings(
        building=dict(building),
        tenants=around.tenants.get(building["id"], 0),
        floor=_highest_floor(site["floor"]) if is_tenant else None,
        depth=max((lease["depth"] for lease in own), default=None) if is_tenant else None,
        agreement=_agreement(own) if is_tenant else None,
        confirmed_on=site["confirmed_on"],
        confirm_is_overdue=site["confirm_is_overdue"],
    )


def _highest_floor(text: str | None) -> int | None:
    try:
        floors = [space.floor for space in read_spaces(floor=text or "") if space.floor is not None]
    except MashangError:
        return None
    return max(floors, default=None)


def _agreement(own: Sequence[Row]) -> str | None:
    """The worst of the party's leases here: one unsigned agreement is enough."""
    order = ("missing", "expired", "unknown", "signed", "in_contract")
    return min((lease["agreement"] for lease in own), key=order.index, default=None)


def _standing(building: Row, around: Neighbourhood) -> Standing:
    test = scope_test()
    codes = around.compound_tenants.get(building["compound_id"], [])
    return Standing(
        building_tenants=around.tenants.get(building["id"], 0),
        whole_building_let=building["id"] in around.whole_buildings,
        compound_tenants=len(codes),
        compound_industrial_tenants=sum(map(test.is_industrial, codes)),
        park_in_park=building["park_in_park"],
        self_built_house=building["self_built_house"],
    )


def _overseers(site: Row, building: Row, own: Sequence[Row], around: Neighbourhood) -> list[UUID]:
    """Who answers for this site from above: the owner, the unified manager, and everyone in the chain of its leases."""
    above = {building["landlord_party_id"], building["unified_manager_party_id"]}
    for lease in own:
        step: Mapping[Any, Any] | None = lease
        while step is not None:
            above.add(step["landlord_party_id"])
            step = around.leases_by_id.get(step["parent_lease_id"])
    return sorted(above - {None, site["party_id"]})


def _say(tx: Tx, row: Row, change: _Change) -> None:
    if change.card:
        tx.say(SiteChanged(**site_card(row), changed=change.card, reason="settled"), sequence=row["version"])
    if change.facts or change.removed:
        facts = {key: derived_value(value, tx.today) for key, value in change.facts.items()}
        tx.say(SiteFactsChanged(site_id=row["id"], facts=facts, removed=change.removed), sequence=row["version"])
