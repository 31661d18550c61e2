"""How the level follows the cell: down at once on a veto, else after a notice; up one at a time, after waiting and a look.

Everything is computed from what stood when the day began, so that within one day neither the order nor the portions in
which things become known make a difference.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from services.grading.domain.days import NEVER, after
from services.grading.domain.language import Environment
from services.grading.domain.policy.compiled import Cell, CompiledFrequency, Policy
from services.grading.domain.standing import Notice, Standing
from services.grading.domain.vetoes import Vetoes
from shared.contracts.vocabulary import Level

RED: Final = Level.RED.rank

WorkingDays = Callable[[int, int], int]
"""``(day, number)`` → the number-th working day after the day, both as ordinals."""


class Rise(NamedTuple):
    """The way to the next better level: the first day on which it can be reached, and what is still missing."""

    to: int
    day: int
    missing: tuple[str, ...]


class Move(NamedTuple):
    """Where the level stands after the day's movement, and what is on its way."""

    standing: Standing
    rise: Rise | None


def band_of(points: int, policy: Policy) -> int:
    """The rank of the band that points of inherent risk fall into."""
    return bisect_right(policy.thresholds, points) - 1


def cell_of(score: int, band: int, policy: Policy) -> Cell:
    """The cell of the matrix for a score and a band."""
    for threshold, cells in policy.matrix:
        if score >= threshold:
            return cells[band]
    message = "the matrix has no row for this score"
    raise LookupError(message)


@dataclass(slots=True)
class Mover:
    """One day's movement of one site."""

    env: Environment
    policy: Policy
    score: int
    band: int
    vetoes: Vetoes
    working_days: WorkingDays

    def move(self, last: Standing | None, target: int) -> Move:
        """From what stood when the day began to what stands now; ``target`` is the level of the cell."""
        today = self.env.today
        if self.vetoes.in_force:
            was_red = last is not None and last.level == RED
            since = last.since if was_red and last else today
            by_veto = last.by_veto if was_red and last else True
            return Move(self._standing(RED, since, by_veto=by_veto), None)
        if last is None and not self.vetoes.ended:
            return Move(self._standing(target, today), None)
        level, since, by_veto = (last.level, last.since, last.by_veto) if last else (RED, today, True)
        if self.vetoes.ended and level != RED:
            level, since, by_veto = RED, today, True
        if target > level:
            return self._fall(level, since, target, last)
        if target < level:
            return self._rise(level, since, target, by_veto=by_veto)
        return Move(self._standing(level, since), None)

    def _fall(self, level: int, since: int, target: int, last: Standing | None) -> Move:
        """Each worse level has a notice of its own, kept from day to day while the cell stays as bad."""
        known = {notice.level: notice.day for notice in last.notices} if last else {}
        notices = [Notice(worse, known.get(worse) or self._notice(worse, last)) for worse in range(level + 1, target + 1)]
        due = [notice.level for notice in notices if notice.day <= self.env.today]
        if due:
            level, since = max(due), self.env.today
        coming = tuple(notice for notice in notices if notice.level > level)
        for notice in coming:
            self.env.horizon = min(self.env.horizon, notice.day)
        return Move(self._standing(level, since, notices=coming), None)

    def _notice(self, worse: int, last: Standing | None) -> int:
        """A drop that the score alone explains has its days of notice; one by inherent risk comes with the next night."""
        notice = self.policy.document.movement.notice
        by_score = last is None or cell_of(self.score, last.band, self.policy).level >= worse
        days = notice.by_score if by_score else notice.by_inherent_risk
        return self.working_days(self.env.today, days) if days else self.env.today + 1

    def _rise(self, level: int, since: int, target: int, *, by_veto: bool) -> Move:
        """One level up where nothing is missing; and what the next one would ask."""
        horizon = self.env.horizon
        way = self._way(level, since, by_veto=by_veto)
        if way.missing:
            return Move(self._standing(level, since, by_veto=by_veto), way)
        self.env.horizon = horizon  # what could have stopped it no longer matters
        risen = self._standing(level - 1, self.env.today)
        if target == level - 1:
            return Move(risen, None)
        further = self._way(level - 1, self.env.today, by_veto=False)
        if not further.missing:
            self.env.horizon = self.env.today + 1  # one level at a time
        return Move(risen, further)

    def _way(self, level: int, since: int, *, by_veto: bool) -> Rise:
        """What the next better level asks: time, nothing overdue, a look on site, and a score well above the line."""
        up = self.policy.document.movement.up
        earliest = since if by_veto and not up.after_veto.waits else since + self.policy.waits[level]
        missing = [] if earliest <= self.env.today else ["waiting_time"]
        if any(hazard.overdue and hazard.own for hazard in self.env.records["hazard"]):
            missing.append("overdue_hazard")
        if not self._was_visited(level):
            missing.append("visit")
        if cell_of(max(0, self.score - self.policy.hysteresis), self.band, self.policy).level > level - 1:
            missing.append("margin")
        if earliest > self.env.today:
            self.env.horizon = min(self.env.horizon, earliest)
        return Rise(level - 1, earliest, tuple(missing))

    def _was_visited(self, level: int) -> bool:
        """Whether the last look lies within the period that the level asks for."""
        last = self.env.site.last_visit_on
        if last is None:
            return False
        row = frequency(self.env, self.policy.frequencies[level].get(self.policy.visit_within, ()))
        limit = after(last, *row.within) if row and row.within else NEVER
        if limit >= self.env.today:
            self.env.horizon = min(self.env.horizon, limit + 1)
        return limit >= self.env.today

    def _standing(self, level: int, since: int, *, by_veto: bool = False, notices: tuple[Notice, ...] = ()) -> Standing:
        return Standing(self.env.today, level, since, by_veto, self.band, notices, self.vetoes.in_force)


def frequency(env: Environment, rows: tuple[CompiledFrequency, ...]) -> CompiledFrequency | None:
    """The row that is meant: the first whose condition holds."""
    for row in rows:
        if row.holds is None or row.holds(env) is True:
            return row
    return None
