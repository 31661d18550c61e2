"""Everything that a batch of plans may look up, read in two questions however many events there are."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.notify.domain.quiet import Quiet
from services.notify.domain.surroundings import ChatGroup, Contact, Desk, Officer, Preference, Site
from services.notify.store.records import ids, words
from shared.contracts.vocabulary import ContactRole, OfficerRole, Recipient, SiteKind
from shared.database import Transaction as Tx

_PLACES = text("""
    WITH RECURSIVE own AS (
        SELECT * FROM notify.sites WHERE site_id = ANY(:ids)
    ), chain AS (
        SELECT l.site_id, l.lease_id, l.landlord_party_id, l.parent_lease_id, 1 AS depth
          FROM notify.leases l WHERE l.active AND l.site_id = ANY(:ids)
        UNION ALL
        SELECT c.site_id, l.lease_id, l.landlord_party_id, l.parent_lease_id, c.depth + 1
          FROM chain c JOIN notify.leases l ON l.lease_id = c.parent_lease_id WHERE c.depth < 10
    )
    SELECT json_build_object(
        'sites', (SELECT json_agg(s) FROM (
            SELECT site_id, kind, party_id, landlord_site_id, grid_id, name FROM own
            UNION SELECT s.site_id, s.kind, s.party_id, s.landlord_site_id, s.grid_id, s.name
              FROM own o JOIN notify.sites s ON s.site_id = o.landlord_site_id) s),
        'chain', (SELECT json_agg(json_build_object('site_id', c.site_id, 'party_id', c.landlord_party_id) ORDER BY c.depth)
                    FROM chain c)
    )""").bindparams(ids())

_PEOPLE = text("""
    SELECT json_build_object(
        'contacts', (SELECT json_agg(json_build_object('id', contact_id, 'party_id', party_id, 'role', role) ORDER BY contact_id)
                       FROM notify.contacts WHERE active AND party_id = ANY(:parties)),
        'officers', (SELECT json_agg(json_build_object('id', officer_id, 'grid_id', grid_id, 'role', role) ORDER BY officer_id)
                       FROM notify.officers
                      WHERE grid_id = ANY(:grids) AND since <= :today AND (until IS NULL OR until > :today)),
        'desks', (SELECT json_agg(d ORDER BY d.id) FROM notify.desks d),
        'groups', (SELECT json_agg(json_build_object('id', id, 'grids', grids, 'sites', sites) ORDER BY id)
                     FROM notify.subscriptions WHERE active AND purpose = 'group'),
        'titles', (SELECT json_object_agg(item, title) FROM notify.clauses WHERE item = ANY(:items))
    )""").bindparams(ids("parties"), ids("grids"), words("items"))

_CHOICES = text("""
    SELECT json_build_object(
        'preferences', (SELECT json_agg(p) FROM notify.preferences p WHERE party_id = ANY(:ids)),
        'reach', (SELECT json_agg(json_build_object('person_id', person_id, 'channel', channel))
                    FROM notify.reach WHERE person_id = ANY(:ids))
    )""").bindparams(ids())


async def places(tx: Tx, sites: Collection[UUID]) -> tuple[dict[UUID, Site], dict[UUID, list[UUID]]]:
    """The sites and their landlords' sites, and each site's landlords up the lease chain, the nearest first."""
    found = await tx.value(_PLACES, {"ids": sorted(sites)}) or {}
    known = {site.id: site for site in map(_site, found.get("sites") or ())}
    landlords: dict[UUID, list[UUID]] = {}
    for site in known.values():
        above = known.get(site.landlord_site_id) if site.landlord_site_id else None
        landlords[site.id] = [above.party_id] if above else []
    for link in found.get("chain") or ():
        landlords.setdefault(UUID(link["site_id"]), []).append(UUID(link["party_id"]))
    return known, {site: list(dict.fromkeys(parties)) for site, parties in landlords.items()}


async def people(
    tx: Tx, parties: Collection[UUID], grids: Collection[UUID], items: Collection[str], today: date
) -> dict[str, Any]:
    """Contacts by party, officers by grid, desks, chat groups and clause titles, as the domain knows them."""
    given = {"parties": sorted(parties), "grids": sorted(grids), "items": sorted(items), "today": today}
    found = await tx.value(_PEOPLE, given) or {}
    contacts: dict[UUID, list[Contact]] = {}
    for row in found.get("contacts") or ():
        contacts.setdefault(UUID(row["party_id"]), []).append(Contact(UUID(row["id"]), ContactRole(row["role"])))
    officers: dict[UUID, list[Officer]] = {}
    for row in found.get("officers") or ():
        officers.setdefault(UUID(row["grid_id"]), []).append(Officer(UUID(row["id"]), OfficerRole(row["role"])))
    return {
        "contacts": contacts,
        "officers": officers,
        "desks": [_desk(row) for row in found.get("desks") or ()],
        "groups": [ChatGroup(UUID(r["id"]), _uuids(r["grids"]), _uuids(r["sites"])) for r in found.get("groups") or ()],
        "titles": found.get("titles") or {},
    }


async def choices(tx: Tx, people_and_parties: Collection[UUID]) -> tuple[dict[UUID, Preference], dict[UUID, frozenset[str]]]:
    """What these chose, and the channels on which they are known not to be reachable."""
    found = await tx.value(_CHOICES, {"ids": sorted(people_and_parties)}) or {}
    reach: dict[UUID, frozenset[str]] = {}
    for row in found.get("reach") or ():
        person = UUID(row["person_id"])
        reach[person] = reach.get(person, frozenset()) | {row["channel"]}
    return {UUID(row["party_id"]): preference_of(row) for row in found.get("preferences") or ()}, reach


def preference_of(row: Mapping[str, Any]) -> Preference:
    quiet = None if row["quiet_from"] is None else Quiet(_time(row["quiet_from"]), _time(row["quiet_to"]))
    return Preference(tuple(row["channels"]), quiet, row["language"], frozenset(row["off"]))


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _site(row: Mapping[str, Any]) -> Site:
    return Site(
        id=UUID(row["site_id"]),
        kind=SiteKind(row["kind"]),
        party_id=UUID(row["party_id"]),
        landlord_site_id=UUID(row["landlord_site_id"]) if row["landlord_site_id"] else None,
        grid_id=UUID(row["grid_id"]) if row["grid_id"] else None,
        name=row["name"] or "",
    )


def _desk(row: Mapping[str, Any]) -> Desk:
    grid = UUID(row["grid_id"]) if row["grid_id"] else None
    return Desk(Recipient(row["recipient"]), UUID(row["officer_id"]), grid, row["department"])


def _uuids(values: Sequence[str]) -> frozenset[UUID]:
    return frozenset(map(UUID, values))
