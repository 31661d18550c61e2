"""How the levels are distributed, how they moved, and what looks more like a fault than like the truth."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.grading.case import Case
from services.grading.domain.assessment import LEVELS
from services.grading.domain.explanation import points_of
from services.grading.domain.places import Occupant, place_level, reported_by_landlord
from services.grading.domain.policy import Policy
from services.grading.rulings import rules_in_force
from services.grading.scope import bounds, may_see
from services.grading.store import figures
from services.grading.store.arrays import Row
from services.grading.views.figures import Distribution, GridShare, Moved, OccupantView, PlaceView, SiteLine, SitesWanted
from shared.contracts.vocabulary import Level
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web import Caller, Page
from shared.web.paging import PageRequest


async def distribution(grid_id: UUID | None, days: int, caller: Caller, tx: Tx) -> Distribution:
    """Counts by level and the moves of the last days, within what the caller may see."""
    scope = bounds(caller, grid_id)
    policy = (await rules_in_force(tx)).on(tx.today.toordinal())
    counts = dict.fromkeys(Level, 0) | {Level(row["level"]): row["sites"] for row in await figures.levels(tx, scope)}
    total = sum(counts.values())
    grids = [_share(row) for row in await figures.moved_shares(tx, scope, tx.today)]
    moves = await figures.moves(tx, scope, tx.today - timedelta(days=days))
    return Distribution(
        sites=total,
        levels=counts,
        percent={level: percent(number, total) for level, number in counts.items()},
        moves=[Moved(day=row["day"], from_=row["before"], to=row["level"], count=row["moves"]) for row in moves],
        warnings=warnings(policy, counts, grids),
        moved_grids=[share for share in grids if share.moved],
    )


async def list_sites(wanted: SitesWanted, paging: PageRequest, caller: Caller, tx: Tx) -> Page[SiteLine]:
    """Sites with their levels, within what the caller may see."""
    page = {"after": UUID(paging.after) if paging.after else None, "limit": paging.limit + 1}
    filters = {"level": wanted.level and wanted.level.value, "building": wanted.building_id}
    rows = await figures.lines(tx, bounds(caller, wanted.grid_id), filters | page)
    return Page[SiteLine].of([_line(row) for row in rows], paging, key=lambda line: line.site_id)


async def place(kind: str, place_id: UUID, caller: Caller, tx: Tx) -> PlaceView:
    """The colour of a building or a compound that the caller may see something of."""
    rows = [row for row in await figures.occupants(tx, kind, place_id) if await may_see(tx, caller, row)]
    policy = (await rules_in_force(tx)).on(tx.today.toordinal())
    occupants = [_occupant(row) for row in rows]
    found = place_level(occupants, better_if_reported=policy.document.places.better_if_landlord_reported)
    if found is None:
        raise Missing
    level = LEVELS[found.level]
    views = [_occupant_view(row, occupant, found.decisive) for row, occupant in zip(rows, occupants, strict=True)]
    return PlaceView(level=level, letter=level.letter, bettered=found.bettered, sites=views)


def warnings(policy: Policy, counts: dict[Level, int], grids: Sequence[GridShare]) -> list[str]:
    """What a bureau should look at before it believes the figures."""
    limits, total = policy.document.warnings, sum(counts.values())
    found = []
    if total and counts.get(Level.RED, 0) * 100 > limits.red_percent * total:
        found.append("red_share_high")
    if any(share.moved * 100 > limits.grid_moved_percent * share.sites for share in grids):
        found.append("grid_moved_much")
    return found


def percent(part: int, whole: int) -> float:
    """With one decimal."""
    return round(100 * part / whole, 1) if whole else 0.0


def _share(row: Row) -> GridShare:
    return GridShare(grid_id=row["grid_id"], sites=row["sites"], moved=row["moved"], percent=percent(row["moved"], row["sites"]))


def _line(row: Row) -> SiteLine:
    return SiteLine(
        site_id=row["site_id"],
        name=row["name"],
        kind=row["kind"],
        level=row["level"],
        since=row["level_since"],
        grid_id=row["grid_id"],
        points=float(points_of(row["points"])),
        score=float(points_of(row["score"])),
        band=row["band"],
        policy=row["policy"],
    )


def _occupant(row: Row) -> Occupant:
    level = LEVELS.index(Level(row["level"]))
    is_landlord = row["kind"] != "tenant"
    reported = level == len(LEVELS) - 1 and not is_landlord and _is_reported(row)
    return Occupant(str(row["site_id"]), is_landlord, level, reported)


def _is_reported(row: Row) -> bool:
    course = Case.of(row).course
    return reported_by_landlord(course.facts, course.standing.vetoes if course.standing else ())


def _occupant_view(row: Row, occupant: Occupant, decisive: Sequence[str]) -> OccupantView:
    return OccupantView(
        site_id=row["site_id"],
        name=row["name"],
        kind=row["kind"],
        level=row["level"],
        decisive=occupant.site in decisive,
        reported_by_landlord=occupant.reported,
    )
