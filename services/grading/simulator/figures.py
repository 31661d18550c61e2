"""What a simulated year looks like in figures, for reading and for comparing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.grading.domain.assessment import LEVELS
from services.grading.domain.policy.compiled import BANDS
from services.grading.simulator.life import Life


@dataclass(slots=True)
class Year:
    """Sums over tenants; years of different tenants add up."""

    tenants: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    first_levels: Counter[str] = field(default_factory=Counter)
    bands: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    moves_by_month: Counter[str] = field(default_factory=Counter)
    visits: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    hazards: int = 0

    def count(self, life: Life) -> None:
        """Add one tenant."""
        answer = life.answer
        if answer is None:
            return
        self.tenants += 1
        self.levels[LEVELS[answer.level].value] += 1
        self.first_levels[LEVELS[life.moves[0][1] if life.moves else answer.level].value] += 1
        self.bands[BANDS[answer.band].value] += 1
        self.cells[answer.cell.name] += 1
        self.hazards += life.hazards
        self.visits.update(life.visits)
        self.told.update(life.told)
        for level, days in life.days.items():
            self.days[LEVELS[level].value] += days
        self.rules.update({part.rule for part in (*answer.deductions, *answer.inherent)})
        for day, before, after in life.moves:
            self.moves[f"{LEVELS[before].value} → {LEVELS[after].value}"] += 1
            self.moves_by_month[date.fromordinal(day).strftime("%Y-%m")] += 1

    def add(self, other: "Year") -> None:
        """Add the figures of other tenants."""
        self.tenants += other.tenants
        self.hazards += other.hazards
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))

    def as_json(self) -> dict[str, Any]:
        """Plain figures."""
        counted = {name: dict(sorted(getattr(self, name).items())) for name in _COUNTERS}
        return {"tenants": self.tenants, "hazards": self.hazards} | counted

    def table(self) -> str:
        """The figures as Markdown."""
        return "\n".join(_lines(self))


_COUNTERS = ("levels", "first_levels", "bands", "cells", "moves", "moves_by_month", "visits", "told", "rules", "days")


def _lines(year: Year) -> Iterable[str]:
    whole = year.tenants or 1
    yield f"Tenants: {year.tenants:,}. Hazards per tenant and year: {year.hazards / whole:.1f}."
    yield "\n| Level | first day | last day | of all days |\n|---|---:|---:|---:|"
    for level in LEVELS:
        first, last = year.first_levels[level.value] / whole, year.levels[level.value] / whole
        yield f"| {level.zh} {level.value} | {first:.1%} | {last:.1%} | {year.days[level.value] / (year.days.total() or 1):.1%} |"
    yield "\n| Band | share |\n|---|---:|"
    for band in BANDS[::-1]:
        yield f"| {band.value.upper()} | {year.bands[band.value] / whole:.1%} |"
    yield "\n| Move | per 1,000 tenants and year |\n|---|---:|"
    for move, count in year.moves.most_common():
        yield f"| {move} | {1000 * count / whole:.1f} |"
    yield "\n| Month | moves per 1,000 tenants |\n|---|---:|"
    for month, count in sorted(year.moves_by_month.items()):
        yield f"| {month} | {1000 * count / whole:.1f} |"
    yield "\n| Visits | per tenant and year |\n|---|---:|"
    for visit, count in year.visits.most_common():
        yield f"| {visit} | {count / whole:.1f} |"
    yield "\n| Told | per tenant and year |\n|---|---:|"
    for kind, count in year.told.most_common():
        yield f"| {kind} | {count / whole:.2f} |"
    yield "\n| Rule that counts on the last day | share of tenants |\n|---|---:|"
    for rule, count in year.rules.most_common(15):
        yield f"| {rule} | {count / whole:.1%} |"
