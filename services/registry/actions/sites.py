"""Registering, changing and closing sites: where one party operates, and what is graded."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.registry.actions.cards import site_card
from services.registry.actions.changes import given
from services.registry.actions.clearing import file_final_check, require_cleared
from services.registry.actions.ending import end_all
from services.registry.actions.facts import (
    SiteIsClosed,
    announced_facts,
    answers_today,
    read_facts,
    schema_of,
    shown_facts,
    write_facts,
)
from services.registry.actions.parties import require_party
from services.registry.actions.party_facts import with_party
from services.registry.actions.roles import let_play
from services.registry.actions.settling import settle
from services.registry.actions.site_parts import (
    BuildingUnknown,
    above,
    grid_for,
    may_register,
    named,
    opening,
    place_of,
    site_name,
)
from services.registry.domain.areas import read_box
from services.registry.store.history import remember
from services.registry.store.leases import running_leases_of
from services.registry.store.places import building_seen
from services.registry.store.rows import Row, Target, add, change, get
from services.registry.store.scope import Reach, reach_of, seen_buildings, seen_sites
from services.registry.store.sites import (
    adopt_tenant_sites,
    buildings_with_compounds,
    lock_site,
    next_codes,
    open_site_of,
    page_of_sites,
    site_seen,
)
from services.registry.tables import sites
from services.registry.views.shape import shown_point
from services.registry.views.sites import GivenFact, NewSite, SiteChanges, SiteClosing, SiteFilter, SiteView
from shared.contracts.registry import SiteChanged, SiteClosed, SiteRegistered
from shared.contracts.vocabulary import PartyKind, SiteClosingReason, SiteId, SiteKind
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller
from shared.web.paging import PageRequest

_PARTS = {
    SiteKind.TENANT: PartyKind.TENANT,
    SiteKind.LANDLORD: PartyKind.LANDLORD,
    SiteKind.UNIFIED_MANAGER: PartyKind.UNIFIED_MANAGER,
}


class SiteKnown(Refused):
    """One party has one site of a kind in a building."""

    code = "site_known"
    status = 409
    zh = "该主体在本楼栋已有同类场所（{number}）"
    en = "This party already has such a site in the building ({number})"


async def register_site(body: NewSite, caller: Caller, tx: Tx) -> SiteView:
    """A site from now on: placed, assigned to its grid, told to everybody with all that is known of it."""
    reach = await reach_of(caller, tx)
    building = await _building(body.building_id, reach, tx)
    party = await require_party(body.party_id, "/party_id", tx)
    if (known := await open_site_of(tx, body.party_id, body.building_id, body.kind)) is not None:
        raise SiteKnown(pointer="/party_id", number=known["code"])
    place = place_of(body.point, building)
    grid = await grid_for(body.grid_id, place, building, tx)
    if not await may_register(body, caller, reach, {**building, **grid}, tx):
        raise Forbidden
    [code] = await next_codes(tx, [building["region_code"]])
    own = {"id": body.id or new_id(), "code": code, "compound_id": building["compound_id"]}
    told = body.model_dump(include={"kind", "party_id", "building_id", "floor", "room", "area"})
    names = named(body.name or site_name(body.kind, party, building), code, party)
    higher = {"landlord_site_id": await above(body, tx)}
    row = await add(tx, sites, {**own, **told, **place, **grid, **names, **higher, **opening(tx.today)})
    return await announce_site(row, with_party(body.facts, party), caller, tx)


async def announce_site(row: Row, facts: Mapping[str, GivenFact], caller: Caller, tx: Tx) -> SiteView:
    """Settle a fresh site among its neighbours, write its facts, and tell everybody."""
    schema = await schema_of(tx)
    await write_facts(tx, row["id"], read_facts(schema, facts, caller.subject))
    await let_play(row["party_id"], _PARTS[SiteKind(row["kind"])], caller.subject, tx)
    settled = (await settle(tx, [row["building_id"]], by=caller.subject, fresh=[row["id"]]))[row["id"]]
    await remember(tx, "site", caller.subject, settled)
    tx.say(SiteRegistered(**site_card(settled), facts=await announced_facts(settled, tx)))
    if row["kind"] == SiteKind.LANDLORD:
        await _adopt(settled, caller, tx)
    return await shown_site(settled, tx)


async def _adopt(landlord: Row, caller: Caller, tx: Tx) -> None:
    """Tenants that were here before their landlord's site hear whose they are."""
    for row in await adopt_tenant_sites(tx, landlord["building_id"], landlord["id"]):
        await remember(tx, "site", caller.subject, row)
        tx.say(SiteChanged(**site_card(row), changed=("landlord_site_id",)), sequence=row["version"])


async def change_site(target: Target, body: SiteChanges, caller: Caller, tx: Tx) -> SiteView:
    """Change a site's card; everybody hears the card as it is now."""
    reach = await reach_of(caller, tx)
    site = await _open_site(target.id, reach, tx)
    changed = given(body, sites, without={"point", "reason", "name"})
    building: Row = (await buildings_with_compounds(tx, [site["building_id"]]))[0]
    if body.point is not None:
        changed |= place_of(body.point, building)
    if body.grid_id is not None or (body.point is not None and not site["grid_by_hand"]):
        changed |= await grid_for(body.grid_id, {**site, **changed}, building, tx)
    if body.name is not None:
        changed |= named(body.name, site["code"], await require_party(site["party_id"], "/party_id", tx))
    row = await change(tx, sites, target, changed)
    await remember(tx, "site", caller.subject, row)
    names = tuple(sorted(body.model_fields_set - {"reason"}))
    tx.say(SiteChanged(**site_card(row), changed=names, reason=body.reason), sequence=row["version"])
    settled = (await settle(tx, [row["building_id"]], by=caller.subject))[row["id"]]
    return await shown_site(settled, tx)


async def close_site(identity: UUID, body: SiteClosing, caller: Caller, tx: Tx) -> SiteView:
    """Nobody operates here any more; what was stays readable. Where chemicals were, a final check comes first."""
    held = await _open_site(identity, await reach_of(caller, tx), tx)
    if held["kind"] == SiteKind.TENANT and body.reason is not SiteClosingReason.MERGED:
        await require_cleared(identity, body.final_check, tx)
        leaving = await running_leases_of(tx, held["building_id"], held["party_id"])
        await file_final_check([lease["id"] for lease in leaving], body.final_check, caller.subject, tx)
    return await shown_site(await close(tx, identity, body, caller.subject), tx)


async def close(tx: Tx, identity: UUID, body: SiteClosing, by: str) -> Row:
    """Close an open site with the leases that still run there, tell everybody, and settle its neighbours."""
    day = body.closed_on or tx.today
    held = await get(tx, sites, identity)
    if held["kind"] == SiteKind.TENANT and body.reason is not SiteClosingReason.MERGED:
        await end_all(tx, held, day, by)
    values = {"is_open": False, "closed_on": day, "closing_reason": body.reason}
    row = await change(tx, sites, identity, values)
    await remember(tx, "site", by, row)
    card = {name: row[name] for name in ("kind", "party_id", "landlord_site_id", "building_id", "grid_id")}
    successor = SiteId(body.successor_site_id) if body.successor_site_id else None
    said = SiteClosed(site_id=SiteId(identity), **card, reason=body.reason, closed_on=day, successor_site_id=successor)
    tx.say(said, sequence=row["version"])
    await settle(tx, [row["building_id"]], by=by)
    return row


async def site(identity: UUID, caller: Caller, tx: Tx) -> SiteView:
    """One site with everything known of it."""
    row = await site_seen(tx, identity, seen_sites(await reach_of(caller, tx)))
    if row is None:
        raise Missing
    return await shown_site(row, tx)


async def list_sites(asked: SiteFilter, paging: PageRequest, caller: Caller, tx: Tx) -> str:
    """A page of SiteLine as JSON: sites that the caller may see."""
    rows = await page_of_sites(tx, seen_sites(await reach_of(caller, tx)), wanted(asked, tx), paging)
    return paging.of_lines(rows)


def wanted(asked: SiteFilter, tx: Tx) -> dict[str, Any]:
    """The filters as the store takes them. Raises BoxWrong."""
    filters = asked.model_dump(exclude_none=True, exclude={"confirm_overdue", "bbox", "zoom"})
    if asked.confirm_overdue:
        filters["confirm_overdue_on"] = tx.today
    return filters | ({"bbox": read_box(asked.bbox)} if asked.bbox else {})


async def shown_site(row: Row, tx: Tx) -> SiteView:
    """A site as it is shown alone."""
    facts = await shown_facts(row, tx)
    building = (await buildings_with_compounds(tx, [row["building_id"]]))[0]
    unanswered = (await schema_of(tx)).unanswered(answers_today(facts, tx.today))
    extra = {"point": shown_point(row), "facts": facts, "unanswered": list(unanswered)}
    return SiteView(**{**row, **extra, "landlord_party_id": building["landlord_party_id"]})


async def _building(identity: UUID, reach: Reach, tx: Tx) -> Row:
    if await building_seen(tx, identity, seen_buildings(reach)) is None:
        raise BuildingUnknown(pointer="/building_id")
    return (await buildings_with_compounds(tx, [identity]))[0]


async def _open_site(identity: UUID, reach: Reach, tx: Tx) -> Row:
    row = await lock_site(tx, identity, seen_sites(reach))
    if row is None:
        raise Missing
    if not row["is_open"]:
        raise SiteIsClosed
    return row
