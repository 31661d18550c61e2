"""The tenant's site that belongs to a lease: the one on file in the building, or a new one."""

from services.registry.actions.facts import read_facts, schema_of, write_facts
from services.registry.actions.site_parts import grid_for, named, opening, place_of, site_name, with_people
from services.registry.actions.sites import announce_site
from services.registry.domain.space import Space, read_all
from services.registry.store.leases import landlord_site_for
from services.registry.store.rows import Row, add, change, get
from services.registry.store.sites import buildings_with_compounds, next_codes, open_site_of
from services.registry.tables import parties, sites
from services.registry.views.leases import Activation
from services.registry.views.sites import GivenFact
from shared.contracts.registry import SiteFactsChanged
from shared.contracts.vocabulary import SiteId, SiteKind
from shared.database import Transaction as Tx
from shared.identifiers import new_id
from shared.web import Caller

_SOURCE = "declaration"


async def tenant_site(lease: Row, body: Activation, caller: Caller, tx: Tx) -> Row:
    """The tenant's open site in the leased building, with what the tenant declared about it."""
    declared = {key: GivenFact(**entry, source=_SOURCE) for key, entry in lease["declared"].items()}
    held = await open_site_of(tx, lease["tenant_party_id"], lease["building_id"], SiteKind.TENANT)
    if held is None:
        return await _register(lease, body, declared, caller, tx)
    written = await write_facts(tx, held["id"], read_facts(await schema_of(tx), declared, caller.subject))
    if not written:
        return held
    row = await change(tx, sites, held["id"], {})
    tx.say(SiteFactsChanged(site_id=SiteId(held["id"]), facts=written), sequence=row["version"])
    return row


async def _register(lease: Row, body: Activation, declared: dict[str, GivenFact], caller: Caller, tx: Tx) -> Row:
    building = (await buildings_with_compounds(tx, [lease["building_id"]]))[0]
    tenant = await get(tx, parties, lease["tenant_party_id"])
    place = place_of(None, building)
    [code] = await next_codes(tx, [building["region_code"]])
    own = {"id": new_id(), "code": code, "kind": SiteKind.TENANT, "party_id": tenant["id"], "building_id": building["id"]}
    above = {"compound_id": building["compound_id"], "landlord_site_id": await landlord_site_for(tx, lease)}
    rooms = {"floor": body.floor or _floors(lease), "room": body.room or _rooms(lease), "area": lease["area"] or None}
    grid = await grid_for(None, place, building, tx)
    names = named(site_name(SiteKind.TENANT, tenant, building), code, tenant)
    row = await add(tx, sites, {**own, **above, **rooms, **place, **grid, **names, **opening(tx.today)})
    await announce_site(row, with_people(declared, tenant), caller, tx)
    return await get(tx, sites, row["id"])


def _spaces(lease: Row) -> tuple[Space, ...]:
    return read_all(lease["rooms"])


def _floors(lease: Row) -> str | None:
    floors = sorted({space.floor for space in _spaces(lease) if space.floor is not None})
    return "、".join(map(str, floors)) or None


def _rooms(lease: Row) -> str | None:
    return "、".join(space.room for space in _spaces(lease) if space.room) or None
