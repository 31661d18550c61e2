"""Rehearsal: all sites graded by a draft over the facts of the last days, batch by batch, so that it can be taken up again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic_core import from_json, to_json

from services.grading.actions.counting import percent, warnings
from services.grading.case import apart
from services.grading.domain.assessment import LEVELS
from services.grading.domain.course import Rules
from services.grading.domain.policy import Policy
from services.grading.domain.registers import Write
from services.grading.domain.rehearsal import Heard, Tally, replay
from services.grading.domain.standing import Notice, Standing, drops
from services.grading.rulings import policy_of, rules_in_force, working_days
from services.grading.store import cases, history
from services.grading.store import policies as stored
from services.grading.store.arrays import Row
from services.grading.views.figures import GridShare
from services.grading.views.policies import Move, MovedGrid, MovedSite, Rehearsal
from shared.contracts.vocabulary import Level
from shared.database import Transaction

BATCH: Final = 500
NOBODY: Final = UUID(int=0)


class Asked(NamedTuple):
    """What a rehearsal is to tell: how all sites would stand on a day, had a draft graded over the days before."""

    draft: Policy
    days: int
    today: date


async def rehearse_batch(tx: Transaction, asked: Asked, after: UUID, tally: Tally) -> UUID | None:
    """Grade the next sites by the draft; the last of them, or None where there were none left."""
    rows = await cases.sites_after(tx, after, BATCH)
    if not rows:
        return None
    start, today = asked.today - timedelta(days=asked.days), asked.today.toordinal()
    ids = [row["site_id"] for row in rows]
    rules = Rules(((0, asked.draft),), working_days)
    before = await stored.standings_before(tx, ids, start)
    heard = _heard(await history.journals_of(tx, ids))
    tally.messages_before += _told(await stored.decisions_since(tx, ids, start), before)
    for row in rows:
        with apart(row["site_id"]):
            would = replay(heard.get(row["site_id"], ()), start.toordinal(), today, _standing(before.get(row["site_id"])), rules)
            told = {"site_id": str(row["site_id"]), "name": row["name"], "grid_id": row["grid_id"] and str(row["grid_id"])}
            stands = None if row["level"] is None else LEVELS.index(Level(row["level"]))
            tally.count(told, stands, would)
    last: UUID = ids[-1]
    return last


async def rehearse_at_once(tx: Transaction, asked: Asked) -> Tally:
    """The whole rehearsal in one transaction; for as many sites as one may wait for."""
    tally, after = Tally(), NOBODY
    while (last := await rehearse_batch(tx, asked, after, tally)) is not None:
        after = last
    return tally


async def go_on_rehearsing(tx: Transaction) -> bool:
    """One batch of the oldest rehearsal that waits; True where there is more to do."""
    row = await stored.rehearsal_at_work(tx)
    if row is None:
        return False
    tally = Tally(**from_json(row["result"]))
    asked = Asked(await policy_of(tx, row["policy"]), row["days"], row["today"])
    last = await rehearse_batch(tx, asked, row["cursor"] or NOBODY, tally)
    progress = {"id": row["id"], "cursor": last or row["cursor"], "done": sum(tally.levels.values())}
    await stored.note_rehearsed(
        tx, progress | {"result": to_json(asdict(tally)).decode(), "finished_at": tx.now if last is None else None}
    )
    return True


async def told(tx: Transaction, draft: Policy, days: int, tally: Tally, row: Row) -> Rehearsal:
    """What a rehearsal has found so far."""
    grids = [
        MovedGrid(grid_id=UUID(grid) if grid else None, sites=sites, moved=moved, percent=percent(moved, sites))
        for grid, (sites, moved) in sorted(tally.grids.items(), key=lambda item: (-item[1][1], item[0]))
    ]
    levels = {Level(level): count for level, count in tally.levels.items()}
    shares = [GridShare(**grid.model_dump()) for grid in grids]
    return Rehearsal(
        id=row.get("id"),
        policy=draft.id,
        compared_with=(await rules_in_force(tx)).on(tx.today.toordinal()).id,
        days=days,
        state="finished" if row.get("finished_at") else "running",
        done=sum(tally.levels.values()),
        total=row["total"],
        levels=levels,
        moves=_moves(tally),
        sites=[_moved(site) for site in tally.sites],
        more_sites=tally.more_sites,
        grids=[grid for grid in grids if grid.moved],
        messages=tally.messages,
        messages_before=tally.messages_before,
        warnings=warnings(draft, levels, shares),
    )


def _heard(rows: Sequence[Row]) -> dict[UUID, list[Heard]]:
    heard: dict[UUID, list[Heard]] = {}
    for row in rows:
        writes = [Write(row["site_id"], *write) for write in from_json(row["writes"])]
        heard.setdefault(row["site_id"], []).append((row["day"].toordinal(), writes))
    return heard


def _told(decisions: Sequence[Row], before: Mapping[UUID, Row]) -> int:
    """How often people heard of these decisions: of a level that changed, or of a drop that was announced."""
    told, coming = 0, {site: _coming(row) for site, row in before.items()}
    for row in decisions:
        known, coming[row["site_id"]] = coming.get(row["site_id"], set()), _coming(row)
        told += row["before"] not in (None, row["level"]) or not coming[row["site_id"]] <= known
    return told


def _coming(row: Row) -> set[int]:
    """The levels to which drops were on their way after a decision."""
    found = from_json(row["substance"])
    notices = [Notice(*notice) for notice in found["standing"][4]]
    return {drop.level for drop in drops(notices, LEVELS.index(Level(found["level"])))}


def _standing(row: Row | None) -> Standing | None:
    """What stood after a decision, out of the decision itself."""
    if row is None:
        return None
    return Standing.of_list([row["day"].toordinal(), *from_json(row["substance"])["standing"]])


def _moves(tally: Tally) -> list[Move]:
    ordered = sorted(tally.moves.items(), key=lambda item: (-item[1], item[0]))
    return [_move(*move.split(">"), count=count) for move, count in ordered]


def _move(before: str, after: str, *, count: int) -> Move:
    return Move(from_=Level(before) if before else None, to=Level(after), count=count)


def _moved(site: dict[str, Any]) -> MovedSite:
    return MovedSite(
        site_id=site["site_id"],
        name=site.get("name"),
        grid_id=site["grid_id"],
        from_=site["from"],
        to=site["to"],
        coming=site["coming"],
    )
