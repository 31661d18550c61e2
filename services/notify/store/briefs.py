"""The figures of a brief, of each grid and of all."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.database import Transaction as Tx

_FIGURES = text("""
    SELECT grid_id,
           count(*) FILTER (WHERE began_at >= :since AND began_at < :upto) AS found,
           count(*) FILTER (WHERE ended AND ended_at >= :since AND ended_at < :upto) AS closed,
           count(*) FILTER (WHERE NOT ended) AS open,
           count(*) FILTER (WHERE NOT ended AND due < :today) AS overdue,
           count(*) FILTER (WHERE NOT ended AND level = 'major') AS major
      FROM notify.matters WHERE kind = 'hazard' AND (NOT ended OR ended_at >= :since) GROUP BY ROLLUP (grid_id)
     HAVING GROUPING(grid_id) = 1 OR grid_id IS NOT NULL""")
_RED = text("""
    SELECT s.grid_id, count(*) AS red FROM notify.levels l JOIN notify.sites s USING (site_id)
     WHERE l.level = 'red' AND NOT s.closed GROUP BY s.grid_id""")
_GRIDS = text("SELECT DISTINCT grid_id FROM notify.officers WHERE since <= :today AND (until IS NULL OR until > :today)")


async def figures(tx: Tx, since: datetime, upto: datetime) -> dict[UUID | None, Mapping[str, int]]:
    """By grid, and under None of all together."""
    zero = dict.fromkeys(("found", "closed", "open", "overdue", "major", "red"), 0)
    found: dict[UUID | None, dict[str, Any]] = {None: dict(zero)}
    for row in await tx.rows(_FIGURES, {"since": since, "upto": upto, "today": tx.today}):
        found.setdefault(row["grid_id"], dict(zero)).update({key: row[key] for key in zero if key != "red"})
    for row in await tx.rows(_RED):
        found.setdefault(row["grid_id"], dict(zero))["red"] = row["red"] if row["grid_id"] else 0
        found[None]["red"] += row["red"]
    return dict(found)


async def grids(tx: Tx, today: date) -> list[UUID]:
    """Grids for which somebody answers."""
    return sorted(row["grid_id"] for row in await tx.rows(_GRIDS, {"today": today}))
