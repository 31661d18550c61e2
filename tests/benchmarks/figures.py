"""What a benchmark says: a name, rates or milliseconds of several contestants, ours as a ratio to each, and its goals."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FLOOR = "floor"
"""The name of the hand-written contestant begins with this word."""
_CONDITION = re.compile(r"([≥≤])\s*([\d,.]*\d)")


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison in one run. ``unit`` is per second (more is better) or ms, s, MB, % (less is better).

    ``goal`` is read as well as shown: "≥ 4,500; ≥ 0.9 of the floor; ≥ 12 × the peers" are three conditions.
    """

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

    def missed(self) -> list[str]:
        """Every condition of the goal that this run did not meet, in words."""
        return [words for sign, number, what in self._conditions() for words in self._unmet(sign, number, what)]

    def verdict(self) -> str:
        """Reached or missed, where the goal has a condition."""
        if not self._conditions():
            return ""
        return "MISSED" if self.missed() else "reached"

    def _conditions(self) -> list[tuple[str, float, str]]:
        """Sign, number and what it is about: the floor, the peers, or (empty) ours alone."""
        found = [(_CONDITION.search(clause), clause) for clause in self.goal.split(";")]
        about = {"floor": FLOOR, "peer": "peers"}
        return [
            (match[1], float(match[2].replace(",", "")), next((about[word] for word in about if word in clause), ""))
            for match, clause in found
            if match
        ]

    def _unmet(self, sign: str, number: float, what: str) -> Iterator[str]:
        if not what:
            if not _holds(self.ours, sign, number):
                yield f"{_short(self.ours)} instead of {sign} {number:,g} {self.unit}"
            return
        for name, ratio in self.ratios().items():
            if name.startswith(FLOOR) == (what == FLOOR) and not _holds(ratio, sign, number):
                yield f"{ratio:g} × {name} instead of {sign} {number:g}"

    def as_json(self) -> dict[str, Any]:
        """For ``docs/benchmarks/latest.json``."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": round(self.ours, 3),
            "beside": {name: round(value, 3) for name, value in self.beside.items()},
            "ratios": self.ratios(),
            "goal": self.goal,
            "missed": self.missed(),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a run: its figures, how busy others kept the machine meanwhile, and why it failed where it did."""

    name: str
    figures: Sequence[Figure]
    others: float = 0.0
    seconds: float = 0.0
    failure: str = ""

    def as_json(self) -> dict[str, Any]:
        """For ``docs/benchmarks/latest.json``."""
        return {
            "part": self.name,
            "seconds": round(self.seconds, 1),
            "others_share_of_machine": round(self.others, 3),
            "failure": self.failure,
            "figures": [figure.as_json() for figure in self.figures],
        }


def _holds(value: float, sign: str, number: float) -> bool:
    return value >= number if sign == "≥" else value <= number


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
