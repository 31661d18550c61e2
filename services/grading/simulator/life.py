"""One invented tenant through a year: what it is, what happens to it, and how often people look after it at its level."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.course import Rules
from services.grading.domain.days import after, iso_of
from services.grading.domain.registers import Registers, Value, Write
from services.grading.domain.standing import Standing
from services.grading.simulator.guesses import Chance, Guesses
from services.grading.simulator.site import event_of, first_facts
from shared.contracts.vocabulary import VisitType

Happening = Callable[["Life", int], None]
Plan = Callable[["Life", int, int], None]


@dataclass(slots=True)
class Life:
    """The tenant, its facts, and everything that is still to happen, by day."""

    guesses: Guesses
    rules: Rules
    chance: Chance
    site: UUID
    conduct: str = "usual"
    facts: Registers = field(default_factory=Registers)
    standing: Standing | None = None
    answer: Assessment | None = None
    told: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)
    """Days of the year by rank of level."""
    visits: Counter[str] = field(default_factory=Counter)
    moves: list[tuple[int, int, int]] = field(default_factory=list)
    hazards: int = 0
    _since: int = 0
    _agenda: list[tuple[int, int, Happening]] = field(default_factory=list)
    _writes: list[Write] = field(default_factory=list)
    _numbers: int = 0

    def live(self, first: int, days: int, plan: Plan) -> None:
        """From the first day to the last; every day on which something happens or could change is looked at."""
        self.conduct = self.chance.one_of(self.guesses["conduct"]["shares"])
        self._writes = first_facts(self, first)
        plan(self, first, days)
        self._look(first)
        self._settle(first)
        while (day := self._next_day()) < first + days:
            while self._agenda and self._agenda[0][0] == day:
                heapq.heappop(self._agenda)[2](self, day)
            if day >= self._due() or any(self._bears(write, day) for write in self._writes):
                self._look(day)
            else:
                self._hear(day)
        self._count_days(first + days)

    def guess(self, *path: str) -> float:
        """A guess for this tenant's kind of conduct."""
        found: Any = self.guesses.document
        for step in path:
            found = found[step]
        return float(found.get(self.conduct, found.get("share", found.get("mean", 0))))

    def at(self, day: int, happening: Happening) -> None:
        """Something will happen."""
        self._numbers += 1
        heapq.heappush(self._agenda, (day, self._numbers, happening))

    def say(self, family: str, name: str, value: Value | None) -> None:
        """A fact is heard today."""
        register = self.facts.current.get(family, {}).get(name)
        pending = sum(write.family == family and write.name == name for write in self._writes)
        sequence = (0 if register is None else register[0]) + pending + 1
        self._writes.append(Write(self.site, family, name, sequence, event_of(sequence), value))

    def known(self, family: str, name: str) -> Value:
        """What stands under a key, today's news included."""
        news = [write.value for write in self._writes if write.family == family and write.name == name]
        return (news[-1] if news else self.facts.value(family, name)) or {}

    def name(self, kind: str) -> str:
        """A new name for a record."""
        self._numbers += 1
        return f"{kind}-{self._numbers}"

    def _next_day(self) -> int:
        return min(self._due(), self._agenda[0][0]) if self._agenda else self._due()

    def _due(self) -> int:
        return self.answer.valid_until if self.answer else 0

    def _settle(self, day: int) -> None:
        """The first level has stood for some time, or all waiting times of the country would end on one day."""
        self._since = day
        if self.answer is not None:
            stood = self.chance.day_within(self.guesses["level_stood_days"]["most"])
            self.answer.standing = self.answer.standing._replace(since=day - stood)

    def _count_days(self, day: int) -> None:
        if self.answer is not None:
            self.days[self.answer.level] += day - self._since
        self._since = day

    def _bears(self, write: Write, day: int) -> bool:
        """Whether a fact can make another answer; most of what is done as it should be cannot, and need not be looked at."""
        if write.family == "self_check" and write.value and write.value["result"] == "on_time":
            return any(value["result"] != "on_time" for _, value, _ in self.facts.values("self_check"))
        if write.family == "hazard_waiting" or (write.family == "hazard" and write.value and write.value["state"] == "submitted"):
            hazard = self.known("hazard", write.name)
            return str(hazard["due"]) < iso_of(day)
        return not (write.family == "visit" and self.answer is not None and self.answer.rise is None)

    def _hear(self, day: int) -> None:
        self.facts.fold(self._writes, day)
        self._writes = []

    def _look(self, day: int) -> None:
        """Fold what was heard and decide, as the service does once a day."""
        self._hear(day)
        anchor = self.answer.standing if self.answer else None
        before, self.answer = self.answer, assess(self.facts, self.rules.on(day), day, anchor, self.rules.working_days)
        if before is not None and before.level != self.answer.level:
            self.days[before.level] += day - self._since
            self._since = day
            self.moves.append((day, before.level, self.answer.level))
            self.told["level"] += 1
        known = before.standing.notices if before else ()
        self.told["warning"] += any(notice not in known for notice in self.answer.standing.notices) and before is not None

    def every(self, visit: VisitType) -> tuple[int, int] | None:
        """Days and months between two visits of a type at the level that stands."""
        rows = self.answer.frequencies.get(visit, ()) if self.answer else ()
        spans = [row.within for row in rows if row.within is not None]
        return spans[-1] if spans else None

    def next_visit(self, visit: VisitType, day: int) -> int | None:
        """When the next visit of a type is due, if the level asks for any."""
        span = self.every(visit)
        return None if span is None else max(day + 1, after(day, *span) - self.chance.day_within(2))
