"""Briefs: once a day and once a week, each officer hears how his grid stands and each leader how all of them stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from services.notify import library
from services.notify.domain.audience import Addressee, addressees
from services.notify.domain.planning import Intention, Library, Planner
from services.notify.domain.surroundings import Occurrence, Surroundings
from services.notify.domain.telling import Brief
from services.notify.domain.values import day
from services.notify.intentions import store_intentions
from services.notify.store import briefs as store
from services.notify.store import surroundings as known
from shared.clock import SHANGHAI
from shared.contracts.vocabulary import Recipient
from shared.database import Transaction as Tx

_SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_LATE = timedelta(hours=4)
_OF_GRIDS = frozenset({Recipient.GRID_OFFICER, Recipient.GRID_LEADER})


@dataclass(frozen=True, slots=True)
class _Morning:
    """A brief whose hour has come: for how many days back it counts, and since when it is due."""

    brief: Brief
    days: int
    due: datetime


async def write(tx: Tx) -> bool:
    """Write what is due and not yet written; a brief that is four hours late is not written any more."""
    in_force = await library.in_force(tx)
    for morning in _mornings(in_force, tx):
        await _write(tx, morning, in_force)
    return False


def _mornings(in_force: Library, tx: Tx) -> Iterator[_Morning]:
    for brief, days in ((in_force.book.daily, 1), (in_force.book.weekly, 7)):
        due = datetime.combine(tx.today, brief.clock, SHANGHAI)
        if due <= tx.now < due + _LATE and brief.weekday in {None, tx.today.weekday()}:
            yield _Morning(brief, days, due)


async def _write(tx: Tx, morning: _Morning, in_force: Library) -> None:
    midnight = morning.due.replace(hour=0, minute=0)
    figures = await store.figures(tx, midnight - timedelta(days=morning.days), midnight)
    places = await store.grids(tx, tx.today)
    around = await known.around(tx, known.Wanted(sites=(), parties=(), grids=places, items=()))
    plans = Planner(in_force, around, tx.now)
    told = [(a, grid) for grid in (None, *places) for a in _people(morning, grid, around)]
    intentions: list[Intention] = []
    for addressee, grid in told:
        intentions += plans.plan(_occurrence(morning, addressee, grid, figures.get(grid) or {}, in_force))
    await store_intentions(tx, intentions, in_force.book)


def _people(morning: _Morning, grid: UUID | None, around: Surroundings) -> list[Addressee]:
    """The officers of a grid, or the desks for all of them."""
    occurrence = Occurrence(_SPACE, morning.brief.occasion, morning.due, {"grid_id": grid} if grid else {})
    words = [word for word in morning.brief.to if (word in _OF_GRIDS) == (grid is not None)]
    return [person for word in words for person in addressees(word, occurrence, around)]


def _occurrence(
    morning: _Morning, addressee: Addressee, grid: UUID | None, figures: Mapping[str, int], in_force: Library
) -> Occurrence:
    names = ("found", "closed", "open", "overdue", "major", "red")
    place = in_force.words["fallbacks"]["own_grid" if grid else "all_grids"]["zh-CN"]
    variables = {**{name: str(figures.get(name, 0)) for name in names}, "date": day(morning.due.date(), "zh-CN"), "grid": place}
    facts = {"addressee": addressee, "variables": variables, "grid_id": grid}
    identity = uuid5(grid or _SPACE, f"{morning.brief.occasion}@{morning.due:%Y-%m-%d}")
    return Occurrence(identity, morning.brief.occasion, morning.due, facts)
