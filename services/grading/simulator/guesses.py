"""The guesses from which tenants are invented, and the chance that invents them, the same for the same seed."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

CONDUCTS: Final = ("careful", "usual", "careless")


@dataclass(frozen=True, slots=True)
class Guesses:
    """The file, as it stands."""

    document: Mapping[str, Any]

    @property
    def first_day(self) -> int:
        """The first day of the year that is simulated."""
        day: date = self.document["first_day"]
        return day.toordinal()

    def __getitem__(self, name: str) -> Any:
        return self.document[name]


@cache
def shipped_guesses() -> Guesses:
    """The guesses that come with this release."""
    text = resources.files("services.grading.simulator").joinpath("guesses.yaml").read_text(encoding="utf-8")
    return Guesses(yaml.safe_load(text))


@dataclass(slots=True)
class Chance:
    """What befalls one tenant: its own stream of chance, so that tenants can be invented in any order."""

    seed: int
    number: int
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed * 1_000_003 + self.number)  # noqa: S311 - invented people keep no secrets

    def happens(self, share: float) -> bool:
        """Yes with a probability."""
        return self._random.random() < share

    def one_of(self, shares: Mapping[str, float]) -> str:
        """One of several words; what the shares leave over is the first."""
        left = self._random.random()
        for word, share in list(shares.items())[1:]:
            left -= share
            if left < 0:
                return word
        return next(iter(shares))

    def days(self, mean: float) -> int:
        """A waiting time of at least a day, many short ones and few long."""
        return 1 + int(self._random.expovariate(1 / mean)) if mean > 0 else 1

    def amount(self, mean: float) -> float:
        """A quantity: the middle half lies between half and one and a half of the mean, a few lie far above."""
        return float(self._random.lognormvariate(math.log(mean) - 0.32, 0.8))

    def number_of(self, expected: float) -> int:
        """How many, where so many are expected (Poisson)."""
        limit, found, product = math.exp(-expected), 0, self._random.random()
        while product > limit:
            found += 1
            product *= self._random.random()
        return found

    def day_within(self, days: int) -> int:
        """A day among so many, 0 the first."""
        return int(self._random.random() * days)
