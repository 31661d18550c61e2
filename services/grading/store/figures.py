"""Figures over many sites; everything within the scope of who asks."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.grading.store.arrays import NewRow, Row
from shared.database import Transaction

_SEEN = (
    " is_followed AND level IS NOT NULL"
    " AND (:everything OR grid_id = ANY(CAST(:grids AS uuid[])) OR party_id = ANY(CAST(:parties AS uuid[]))"
    " OR (:lets AND landlord_site_id IN (SELECT site_id FROM grading.sites WHERE party_id = ANY(CAST(:parties AS uuid[])))))"
    " AND (CAST(:grid AS uuid) IS NULL OR grid_id = :grid)"
)


async def levels(tx: Transaction, scope: NewRow) -> Sequence[Row]:
    return await tx.rows(text(f"SELECT level, count(*) AS sites FROM grading.sites WHERE {_SEEN} GROUP BY level"), scope)  # noqa: S608


async def moves(tx: Transaction, scope: NewRow, since: date) -> Sequence[Row]:
    """Changes of level day by day; first levels are no moves."""
    return await tx.rows(
        text(
            "SELECT d.day, d.before, d.level, count(*) AS moves FROM grading.decisions AS d JOIN"  # noqa: S608
            f" (SELECT site_id FROM grading.sites WHERE {_SEEN}) AS s USING (site_id)"
            " WHERE d.day >= :since AND d.before IS DISTINCT FROM d.level AND d.before IS NOT NULL"
            " GROUP BY d.day, d.before, d.level ORDER BY d.day DESC, d.before, d.level"
        ),
        scope | {"since": since},
    )


async def moved_shares(tx: Transaction, scope: NewRow, day: date) -> Sequence[Row]:
    """For each grid how many of its sites moved on a day."""
    return await tx.rows(
        text(
            "SELECT s.grid_id, count(*) AS sites, count(m.site_id) AS moved FROM"  # noqa: S608
            f" (SELECT site_id, grid_id FROM grading.sites WHERE {_SEEN}) AS s LEFT JOIN"
            " (SELECT DISTINCT site_id FROM grading.decisions WHERE day = :day AND before IS DISTINCT FROM level"
            " AND before IS NOT NULL) AS m USING (site_id) GROUP BY s.grid_id ORDER BY moved DESC, s.grid_id"
        ),
        scope | {"day": day},
    )


async def lines(tx: Transaction, scope: NewRow, wanted: NewRow) -> Sequence[Row]:
    """Sites with their levels in order of their ids."""
    return await tx.rows(
        text(
            "SELECT site_id, name, kind, level, level_since, grid_id, points, score, band, policy FROM grading.sites"  # noqa: S608
            f" WHERE {_SEEN} AND (CAST(:level AS text) IS NULL OR level = :level)"
            " AND (CAST(:building AS uuid) IS NULL OR building_id = :building)"
            " AND (CAST(:after AS uuid) IS NULL OR site_id > :after) ORDER BY site_id LIMIT :limit"
        ),
        scope | wanted,
    )


async def occupants(tx: Transaction, column: str, place: UUID) -> Sequence[Row]:
    """The graded sites of a building or of a compound."""
    chosen = {"building": "building_id", "compound": "compound_id"}[column]
    return await tx.rows(
        text(
            "SELECT * FROM grading.sites"  # noqa: S608 - our own names
            f" WHERE {chosen} = :place AND is_followed AND level IS NOT NULL ORDER BY site_id"
        ),
        {"place": place},
    )


async def followed_sites(tx: Transaction) -> int:
    return int(await tx.value(text("SELECT count(*) FROM grading.sites WHERE is_followed")) or 0)
