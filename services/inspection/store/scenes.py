"""All that a report needs to know beforehand, in one statement: the site, its parties, its facts, its past, and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Executable, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.types import Text

from services.inspection.domain.finding import Scene
from services.inspection.store.scope import Scope, on_sites, scoped
from services.inspection.store.tenancies import TENANCY, tenancy_of
from shared.contracts.vocabulary import HazardId, SiteId
from shared.database import Transaction as Tx
from shared.geo import Point


@dataclass(frozen=True, slots=True)
class Earlier:
    """The latest hazard of the same item at the same site; open where ``closed_at`` is None."""

    hazard_id: HazardId
    number: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A site as a report finds it, the earlier hazards by item, and fresh numbers for the new ones."""

    scene: Scene
    earlier: dict[str, Earlier]
    numbers: tuple[str, ...]


def _write(condition: str) -> str:
    return f"""
    SELECT s.site_id, s.landlord_site_id, s.building_id, s.grid_id, s.lon, s.lat, s.closed_on, {TENANCY},
      (SELECT jsonb_object_agg(f.key, f.value) FROM inspection.site_facts f WHERE f.site_id = s.site_id) AS facts,
      (SELECT jsonb_agg(p) FROM (SELECT DISTINCT ON (h.item) h.item, h.id, h.number, h.closed_at FROM inspection.hazards h
        WHERE h.site_id = s.site_id AND h.item = ANY(:items) AND h.state <> 'rejected'
        AND (h.closed_at IS NULL OR h.closed_at >= :since) ORDER BY h.item, h.closed_at DESC NULLS FIRST, h.id) p) AS earlier,
      (SELECT array_agg(nextval('inspection.hazard_numbers')) FROM generate_series(1, CAST(:wanted AS integer))) AS numbers,
      (SELECT n.begins_after FROM inspection.numbering n WHERE n.year = :year) AS begins_after
    FROM inspection.sites s WHERE s.site_id = ANY(:site_ids) AND {condition}"""  # noqa: S608 - our own conditions


def _finish(clause: TextClause) -> Executable:
    arrays = (bindparam("items", type_=ARRAY(Text)), bindparam("site_ids", type_=ARRAY(UUID)))
    return clause.bindparams(*arrays).columns(facts=JSONB, earlier=JSONB)


_SCENE = scoped(_write, on_sites, _finish)
_BEGIN_YEAR = text(
    "INSERT INTO inspection.numbering (year, begins_after) VALUES (:year, nextval('inspection.hazard_numbers'))"
    " ON CONFLICT (year) DO NOTHING"
)
_NUMBERS = text(
    "SELECT nextval('inspection.hazard_numbers') - n.begins_after AS number"
    " FROM inspection.numbering n, generate_series(1, CAST(:wanted AS integer)) WHERE n.year = :year"
)


async def prepare(tx: Tx, scope: Scope, wanted: Mapping[SiteId, Sequence[str]], since: datetime) -> dict[SiteId, Prepared]:
    """What reports about sites need, with a number for each of their items; without sites that are not there for the caller."""
    items = sorted({item for of_site in wanted.values() for item in of_site})
    count = sum(map(len, wanted.values()))
    asked = {"site_ids": list(wanted), "items": items, "since": since, "wanted": count, "year": tx.today.year}
    rows = await tx.rows(_SCENE(scope), asked | scope.parameters)
    numbers = iter(await _numbers(tx, rows[0], count) if rows else ())
    found = {}
    for row in rows:
        of_site = wanted[row["site_id"]]
        earlier = {item["item"]: _earlier(item) for item in row["earlier"] or () if item["item"] in of_site}
        found[row["site_id"]] = Prepared(_scene(row), earlier, tuple(islice(numbers, len(of_site))))
    return found


def _earlier(row: Any) -> Earlier:
    closed_at = row["closed_at"]
    return Earlier(HazardId(row["id"]), row["number"], datetime.fromisoformat(closed_at) if closed_at else None)


def _scene(row: Any) -> Scene:
    return Scene(
        site_id=row["site_id"],
        tenancy=tenancy_of(row),
        landlord_site_id=row["landlord_site_id"],
        building_id=row["building_id"],
        grid_id=row["grid_id"],
        point=None if row["lon"] is None else Point(row["lon"], row["lat"]),
        closed_on=row["closed_on"],
        facts=row["facts"] or {},
    )


async def _numbers(tx: Tx, row: Any, wanted: int) -> tuple[str, ...]:
    """Numbers of the year, from 1; gaps are fine, doubles are not. The year's first report notes where it begins."""
    year = tx.today.year
    if not wanted:
        return ()
    if row["begins_after"] is not None:
        return tuple(_readable(year, value - row["begins_after"]) for value in row["numbers"])
    await tx.execute(_BEGIN_YEAR, {"year": year})
    fresh = await tx.rows(_NUMBERS, {"year": year, "wanted": wanted})
    return tuple(_readable(year, number["number"]) for number in fresh)


def _readable(year: int, number: int) -> str:
    return f"{year}-{number:04}"
