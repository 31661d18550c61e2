"""The tenant's site that belongs to a lease: the one on file in the building, or a new one."""

from typing import Any

from services.registry.actions.cards import site_card
from services.registry.actions.facts import read_facts, schema_of, write_facts
from services.registry.actions.party_facts import with_party
from services.registry.actions.site_parts import grid_for, named, opening, place_of, site_name
from services.registry.actions.sites import announce_site
from services.registry.domain.space import Space, read_all
from services.registry.store.history import remember
from services.registry.store.leases import landlord_site_for, running_leases_of
from services.registry.store.rows import Row, add, change, get
from services.registry.store.sites import buildings_with_compounds, next_codes, open_site_of
from services.registry.tables import parties, sites
from services.registry.views.leases import Activation
from services.registry.views.sites import GivenFact
from shared.contracts.registry import SiteChanged, SiteFactsChanged
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


async def follow_change(before: Row, after: Row, by: str, tx: Tx) -> None:
    """What was agreed for the lease holds for its site: the new answers, and area and rooms where no other lease is there."""
    if after["site_id"] is None:
        return
    site = await get(tx, sites, after["site_id"])
    if not site["is_open"]:
        return
    news = {key: entry for key, entry in after["declared"].items() if entry != before["declared"].get(key)}
    given = {key: GivenFact(**entry, source=_SOURCE) for key, entry in news.items()}
    written = await write_facts(tx, site["id"], read_facts(await schema_of(tx), given, by))
    alone = len(await running_leases_of(tx, after["building_id"], after["tenant_party_id"])) == 1
    card = _card(after) if alone and _card(after) != _card(before) else {}
    if not (written or card):
        return
    row = await change(tx, sites, site["id"], card)
    await remember(tx, "site", by, row)
    if card:
        tx.say(SiteChanged(**site_card(row), changed=tuple(sorted(card)), reason="lease"), sequence=row["version"])
    if written:
        tx.say(SiteFactsChanged(site_id=SiteId(site["id"]), facts=written), sequence=row["version"])


def _card(lease: Row) -> dict[str, Any]:
    return {"floor": _floors(lease), "room": _rooms(lease), "area": lease["area"] or None}


async def _register(lease: Row, body: Activation, declared: dict[str, GivenFact], caller: Caller, tx: Tx) -> Row:
    building = (await buildings_with_compounds(tx, [lease["building_id"]]))[0]
    tenant = await get(tx, parties, lease["tenant_party_id"])
    place = place_of(None, building)
    [code] = await next_codes(tx, [building["region_code"]])
    own = {"id": new_id(), "code": code, "kind": SiteKind.TENANT, "party_id": tenant["id"], "building_id": building["id"]}
    above = {"compound_id": building["compound_id"], "landlord_site_id": await landlord_site_for(tx, lease)}
    rooms = _card(lease) | body.model_dump(include={"floor", "room"}, exclude_none=True)
    grid = await grid_for(None, place, building, tx)
    names = named(site_name(SiteKind.TENANT, tenant, building), code, tenant)
    row = await add(tx, sites, {**own, **above, **rooms, **place, **grid, **names, **opening(tx.today)})
    await announce_site(row, with_party(declared, tenant), caller, tx)
    return await get(tx, sites, row["id"])


def _spaces(lease: Row) -> tuple[Space, ...]:
    return read_all(lease["rooms"])


def _floors(lease: Row) -> str | None:
    floors = sorted({space.floor for space in _spaces(lease) if space.floor is not None})
    return "、".join(map(str, floors)) or None


def _rooms(lease: Row) -> str | None:
    return "、".join(space.room for space in _spaces(lease) if space.room) or None
