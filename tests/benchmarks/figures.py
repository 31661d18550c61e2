"""What a benchmark says: a name, rates or milliseconds of several contestants, and ours as a ratio to each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison in one run. ``unit`` is per second (more is better) or ms, s, MB, % (less is better)."""

    name: str
    unit: str
    ours: float
    beside: Mapping[str, float] = field(default_factory=dict)
    goal: str = ""
    note: str = ""

    @property
    def more_is_better(self) -> bool:
        """Rates grow, times shrink."""
        return self.unit.endswith("/s")

    def ratios(self) -> dict[str, float]:
        """How many times better ours is than each other (above 1 is better)."""
        pairs = {name: (self.ours, value) if self.more_is_better else (value, self.ours) for name, value in self.beside.items()}
        return {name: round(top / bottom, 2) for name, (top, bottom) in pairs.items() if bottom}

    def as_json(self) -> dict[str, Any]:
        """For ``docs/benchmarks/latest.json``."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": round(self.ours, 3),
            "beside": {name: round(value, 3) for name, value in self.beside.items()},
            "ratios": self.ratios(),
            "goal": self.goal,
            "note": self.note,
        }
