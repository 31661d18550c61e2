"""Who stands above and below whom: parties and their sites, landlords and their tenants, and who must look again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, text

from services.grading.store.arrays import TEXTS, UUIDS, Row, by_ids
from shared.database import Transaction

Wish = tuple[str, UUID, UUID | None]
"""Kind (``landlord`` or ``party``), subject, and the event that led to it."""

_ASK = text(
    "INSERT INTO grading.rollups (kind, subject_id, event_id) SELECT * FROM unnest(:kinds, :subjects, :events)"
).bindparams(bindparam("kinds", type_=TEXTS), bindparam("subjects", type_=UUIDS), bindparam("events", type_=UUIDS))
_TAKE = text(
    "DELETE FROM grading.rollups WHERE id IN"
    " (SELECT id FROM grading.rollups ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING kind, subject_id, event_id"
)
_PARTIES = by_ids("SELECT site_id, party_id FROM grading.sites WHERE site_id = ANY(:ids) AND party_id IS NOT NULL")
_OF_PARTIES = by_ids("SELECT site_id, party_id FROM grading.sites WHERE party_id = ANY(:ids) AND is_followed ORDER BY site_id")
_BELOW = by_ids(
    "WITH RECURSIVE chain AS ("
    " SELECT landlord_site_id AS landlord, site_id, CAST(NULL AS uuid) AS via, 1 AS depth FROM grading.sites"
    " WHERE landlord_site_id = ANY(:ids) AND site_id <> landlord_site_id AND is_followed"
    " UNION ALL SELECT c.landlord, s.site_id, c.site_id, c.depth + 1 FROM chain AS c"
    " CROSS JOIN LATERAL (SELECT site_id FROM grading.sites WHERE landlord_site_id = c.site_id AND is_followed OFFSET 0) AS s"
    " WHERE c.depth < 8 AND s.site_id <> c.landlord AND s.site_id <> c.site_id)"
    " SELECT DISTINCT ON (c.landlord, c.site_id) c.landlord, c.site_id, c.via, s.name, s.level, s.level_since, s.band, s.overdue,"
    " s.check_days, s.check_months FROM chain AS c"
    " CROSS JOIN LATERAL (SELECT * FROM grading.sites AS b WHERE b.site_id = c.site_id AND b.level IS NOT NULL OFFSET 0) AS s"
    " ORDER BY c.landlord, c.site_id, c.depth"
)  # OFFSET 0 keeps PostgreSQL on the indexes: it expects a million rows of a recursion that gives five
_ABOVE = text(
    "WITH RECURSIVE chain AS ("
    " SELECT landlord_site_id AS above, 1 AS depth FROM grading.sites WHERE site_id = :id"
    " UNION SELECT s.landlord_site_id, c.depth + 1 FROM chain AS c"
    " JOIN grading.sites AS s ON s.site_id = c.above WHERE c.depth < 8)"
    " SELECT DISTINCT s.party_id FROM chain AS c JOIN grading.sites AS s ON s.site_id = c.above WHERE s.party_id IS NOT NULL"
)


async def ask_for_rollup(tx: Transaction, wishes: Sequence[Wish]) -> None:
    """Landlords whose tenants have changed, and parties of which something was heard, are looked at soon."""
    if wishes:
        kinds, subjects, events = zip(*wishes, strict=True)
        await tx.put_off(_ASK, {"kinds": list(kinds), "subjects": list(subjects), "events": list(events)})
        tx.ring("rollups")


async def take_rollups(tx: Transaction, limit: int) -> Sequence[Row]:
    """Take the oldest wishes off the list; each is seen by one taker."""
    return await tx.rows(_TAKE, {"limit": limit})


async def parties_of(tx: Transaction, sites: Sequence[UUID]) -> dict[UUID, UUID]:
    """Which party operates each of these sites, where it is known."""
    found = await tx.rows(_PARTIES, {"ids": list(sites)}) if sites else ()
    return {row["site_id"]: row["party_id"] for row in found}


async def sites_of_parties(tx: Transaction, parties: Sequence[UUID]) -> dict[UUID, UUID]:
    """The sites of these parties, each with its party."""
    found = await tx.rows(_OF_PARTIES, {"ids": list(parties)}) if parties else ()
    return {row["site_id"]: row["party_id"] for row in found}


async def tenants_below(tx: Transaction, landlords: Sequence[UUID]) -> Sequence[Row]:
    """Every graded site below each landlord's, down the chain of second landlords."""
    return await tx.rows(_BELOW, {"ids": list(landlords)}) if landlords else ()


async def parties_above(tx: Transaction, site_id: UUID) -> set[UUID]:
    """The parties of the landlords' sites above a site, up the lease chain."""
    return {row["party_id"] for row in await tx.rows(_ABOVE, {"id": site_id})}
