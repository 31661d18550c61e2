"""Everything that a batch of plans may look up, read in one question however many events there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Self
from uuid import UUID

from sqlalchemy import text

from services.notify.domain.audience import grids_of, parties_of
from services.notify.domain.quiet import Quiet
from services.notify.domain.surroundings import ChatGroup, Contact, Desk, Occurrence, Officer, Preference, Site, Surroundings
from services.notify.store.records import Row, ids, words
from shared.contracts.vocabulary import ContactRole, OfficerRole, Recipient, SiteKind
from shared.database import Transaction as Tx

# ANY(ARRAY(…)) and OFFSET 0 keep PostgreSQL on the indexes: it expects thousands of rows where there are five.
_AROUND = text("""
    WITH RECURSIVE own AS (
        SELECT site_id, kind, party_id, landlord_site_id, grid_id, name FROM notify.sites WHERE site_id = ANY(:sites)
    ), places AS (
        SELECT * FROM own
        UNION SELECT s.site_id, s.kind, s.party_id, s.landlord_site_id, s.grid_id, s.name
          FROM own JOIN notify.sites s ON s.site_id = own.landlord_site_id
    ), chain AS (
        SELECT l.site_id, l.landlord_party_id, l.parent_lease_id, 1 AS depth
          FROM notify.leases l WHERE l.active AND l.site_id = ANY(:sites)
        UNION ALL
        SELECT c.site_id, l.landlord_party_id, l.parent_lease_id, c.depth + 1
          FROM chain c CROSS JOIN LATERAL (SELECT * FROM notify.leases p WHERE p.lease_id = c.parent_lease_id OFFSET 0) l
         WHERE c.depth < 10
    ), parties AS (
        SELECT unnest(:parties) AS id UNION SELECT party_id FROM places UNION SELECT landlord_party_id FROM chain
    ), grids AS (
        SELECT unnest(:grids) AS id UNION SELECT grid_id FROM own
    ), known_contacts AS (
        SELECT contact_id AS id, party_id, role FROM notify.contacts
         WHERE active AND party_id = ANY(ARRAY(SELECT id FROM parties))
    ), known_officers AS (
        SELECT o.officer_id AS id, o.grid_id, o.role FROM notify.officers o JOIN grids g ON g.id = o.grid_id
         WHERE o.since <= :today AND (o.until IS NULL OR o.until > :today)
    ), people AS (
        SELECT id FROM parties UNION SELECT id FROM known_contacts UNION SELECT id FROM known_officers
        UNION SELECT officer_id FROM notify.desks
    )
    SELECT json_build_object(
        'sites', (SELECT json_agg(places) FROM places),
        'chain', (SELECT json_agg(json_build_array(site_id, landlord_party_id) ORDER BY depth) FROM chain),
        'contacts', (SELECT json_agg(c ORDER BY id) FROM known_contacts c),
        'officers', (SELECT json_agg(o ORDER BY id) FROM known_officers o),
        'desks', (SELECT json_agg(d ORDER BY id) FROM notify.desks d),
        'groups', (SELECT json_agg(json_build_object('id', id, 'grids', grids, 'sites', sites) ORDER BY id)
                     FROM notify.subscriptions WHERE active AND purpose = 'group'),
        'clauses', (SELECT json_agg(json_build_array(item, title, clause || '@' || clause_version))
                      FROM notify.clauses WHERE item = ANY(:items)),
        'preferences', (SELECT json_agg(p) FROM notify.preferences p WHERE party_id = ANY(ARRAY(SELECT id FROM people))),
        'reach', (SELECT json_agg(json_build_array(person_id, channel)) FROM notify.reach
                   WHERE person_id = ANY(ARRAY(SELECT id FROM people)))
    )""").bindparams(ids("sites"), ids("parties"), ids("grids"), words("items"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What plans for some occurrences could look up, before anything is known of their places."""

    sites: Sequence[UUID]
    parties: Sequence[UUID]
    grids: Sequence[UUID]
    items: Sequence[str]

    @classmethod
    def of(cls, occurrences: Sequence[Occurrence]) -> Self:
        """Everything that the occurrences name themselves."""
        nothing = Surroundings()
        sites = {site for o in occurrences for site in (o.site_id, o.facts.get("landlord_site_id")) if site}
        parties = {party for occurrence in occurrences for party in parties_of(occurrence, nothing)}
        grids = {grid for occurrence in occurrences for grid in grids_of(occurrence, nothing)}
        items = {str(o.facts["item"]) for o in occurrences if o.facts.get("item")}
        return cls(sorted(sites), sorted(parties), sorted(grids), sorted(items))


async def around(tx: Tx, wanted: Wanted) -> Surroundings:
    """The sites with their landlords up the lease chain, everybody behind them, and what these have chosen."""
    given = {name: getattr(wanted, name) for name in ("sites", "parties", "grids", "items")}
    found = await tx.value(_AROUND, given | {"today": tx.today})
    sites = {site.id: site for site in map(_site, found["sites"] or ())}
    return Surroundings(
        sites=sites,
        landlords=_landlords(sites, found["chain"] or ()),
        contacts=_grouped(found["contacts"], "party_id", lambda row: Contact(UUID(row["id"]), ContactRole(row["role"]))),
        officers=_grouped(found["officers"], "grid_id", lambda row: Officer(UUID(row["id"]), OfficerRole(row["role"]))),
        desks=[_desk(row) for row in found["desks"] or ()],
        groups=[ChatGroup(UUID(row["id"]), _uuids(row["grids"]), _uuids(row["sites"])) for row in found["groups"] or ()],
        preferences={UUID(row["party_id"]): preference_of(row) for row in found["preferences"] or ()},
        unreachable=_unreachable(found["reach"] or ()),
        titles={item: title for item, title, _ in found["clauses"] or ()},
        clauses={item: clause for item, _, clause in found["clauses"] or ()},
    )


def _landlords(sites: Mapping[UUID, Site], chain: Sequence[Sequence[str]]) -> dict[UUID, list[UUID]]:
    """The landlord's site first, then the leases upwards; each party once."""
    found: dict[UUID, list[UUID]] = {}
    for site in sites.values():
        above = sites.get(site.landlord_site_id) if site.landlord_site_id else None
        found[site.id] = [above.party_id] if above else []
    for site_id, party in chain:
        found.setdefault(UUID(site_id), []).append(UUID(party))
    return {site: list(dict.fromkeys(parties)) for site, parties in found.items()}


def _grouped(rows: Sequence[Mapping[str, Any]] | None, key: str, make: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows or ():
        found.setdefault(UUID(row[key]), []).append(make(row))
    return found


def _unreachable(rows: Sequence[Sequence[str]]) -> dict[UUID, frozenset[str]]:
    found: dict[UUID, frozenset[str]] = {}
    for person, channel in rows:
        found[UUID(person)] = found.get(UUID(person), frozenset()) | {channel}
    return found


def preference_of(row: Row) -> Preference:
    """A row of preferences as the domain knows it."""
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
