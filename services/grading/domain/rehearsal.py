"""A draft policy graded over the past: where a site would stand today, and how often people would have been told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.grading.domain.assessment import LEVELS
from services.grading.domain.course import Course, Decision, Rules, folded
from services.grading.domain.registers import Write
from services.grading.domain.standing import Standing
from shared.contracts.vocabulary import GradeCause

Heard = tuple[int, Sequence[Write]]
"""A day, and what was heard on it."""

_MOST_LISTED = 500


class Replayed(NamedTuple):
    """Where a site would stand, and what would have been said of it."""

    level: int | None
    coming: int | None
    messages: int


def replay(heard: Sequence[Heard], start: int, today: int, before: Standing | None, rules: Rules) -> Replayed:
    """Grade the days from ``start`` to ``today`` by other rules, from what stood the day before."""
    course = Course(facts=folded([entry for entry in heard if entry[0] < start]))
    if before is not None:
        course.day, course.standing, course.level = before.day, before, before.level
    decisions = course.decide(start, rules.on(start), rules.working_days, GradeCause.POLICY)
    for day, writes in _by_day([entry for entry in heard if entry[0] >= start]):
        decisions += course.pass_days(day - 1, rules)
        course.facts.fold(writes, day)
        decisions += course.decide(day, rules.on(day), rules.working_days, GradeCause.FACT)
    decisions += course.pass_days(today, rules)
    coming = decisions[-1].assessment.warned if decisions else None
    return Replayed(course.level, coming and coming.level, sum(is_told(decision) for decision in decisions))


def is_told(decision: Decision) -> bool:
    """Whether people hear of a decision: a level that changed, or a drop that is announced."""
    changed = decision.before is not None and decision.before != decision.assessment.level
    return changed or decision.warned is not None


def _by_day(heard: Iterable[Heard]) -> list[Heard]:
    days: dict[int, list[Write]] = {}
    for day, writes in heard:
        days.setdefault(day, []).extend(writes)
    return sorted(days.items())


@dataclass(slots=True)
class Tally:
    """What a rehearsal has counted so far; it can be written down and taken up again."""

    levels: dict[str, int] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)
    grids: dict[str, list[int]] = field(default_factory=dict)
    sites: list[dict[str, Any]] = field(default_factory=list)
    more_sites: int = 0
    messages: int = 0
    messages_before: int = 0

    def count(self, site: dict[str, Any], stands: int | None, would: Replayed) -> None:
        """Count one site: where it stands and where it would."""
        self.messages += would.messages
        if would.level is None:
            return
        level = LEVELS[would.level].value
        self.levels[level] = self.levels.get(level, 0) + 1
        grid = self.grids.setdefault(site["grid_id"] or "", [0, 0])
        grid[0] += 1
        if stands == would.level:
            return
        grid[1] += 1
        before = LEVELS[stands].value if stands is not None else ""
        move = f"{before}>{level}"
        self.moves[move] = self.moves.get(move, 0) + 1
        self._list(
            site | {"from": before or None, "to": level, "coming": None if would.coming is None else LEVELS[would.coming].value}
        )

    def _list(self, moved: dict[str, Any]) -> None:
        if len(self.sites) < _MOST_LISTED:
            self.sites.append(moved)
        else:
            self.more_sites += 1
