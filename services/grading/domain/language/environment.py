"""What a condition sees of one site on one day, and what it leaves behind: the horizon of its answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.grading.domain.days import NEVER


class Environment:
    """What a condition sees while it is asked; ``horizon`` and ``became`` are what it leaves behind.

    ``answers`` are the values of the facts that are known; ``facts`` the registers in which they stand, with quantities.
    ``horizon`` is the first later day on which time alone could change an answer given so far; ``became`` the day since
    which time alone has made the last one true, where it did.
    """

    __slots__ = (
        "alarm",
        "answers",
        "became",
        "certificate",
        "complaint",
        "contradiction",
        "drill",
        "facts",
        "hazard",
        "horizon",
        "lease",
        "records",
        "refusal",
        "self_check",
        "site",
        "tenant",
        "today",
        "training",
        "unreached",
    )

    answers: dict[str, Any]
    facts: Mapping[str, Any]
    site: Any
    records: Mapping[str, Sequence[Any]]
    today: int
    horizon: int
    became: int

    def __init__(
        self, facts: Mapping[str, Any], answers: dict[str, Any], site: Any, records: Mapping[str, Sequence[Any]], today: int
    ) -> None:
        self.answers = answers
        self.facts = facts
        self.site = site
        self.records = records
        self.today = today
        self.horizon = NEVER
        self.became = 0


Condition = Callable[[Environment], Any]
"""True, False or None for unknown; for a value, the value or None."""
