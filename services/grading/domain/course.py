"""The course of one site through time: facts come in, days pass, and every change of the answer is a decision to be kept."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.days import NEVER
from services.grading.domain.movement import WorkingDays
from services.grading.domain.policy.compiled import Policy
from services.grading.domain.registers import Registers, Write
from services.grading.domain.standing import Notice, Standing, drops
from shared.contracts.vocabulary import GradeCause


@dataclass(frozen=True, slots=True)
class Rules:
    """The policies by the day from which each grades, and the working days."""

    policies: tuple[tuple[int, Policy], ...]
    working_days: WorkingDays

    def on(self, day: int) -> Policy:
        """The policy that grades on a day; before the first one, the first one."""
        place = bisect_right([start for start, _ in self.policies], day)
        return self.policies[max(0, place - 1)][1]

    def known(self, identity: str) -> Policy | None:
        """The policy of an id, if it is among these."""
        return next((policy for _, policy in self.policies if policy.id == identity), None)


class Decision(NamedTuple):
    """One answer that differs from the one before, with what it needs to be found again."""

    day: int
    policy: str
    anchor: Standing | None
    assessment: Assessment
    before: int | None
    """The rank of the level that was shown until now."""
    warned: Notice | None
    """A drop that is announced for the first time."""
    override_ended: str | None
    cause: GradeCause


@dataclass(slots=True)
class Course:
    """Where a site stands. ``standing`` is of ``day``; ``anchor`` stood when that day began."""

    facts: Registers = field(default_factory=Registers)
    day: int = 0
    standing: Standing | None = None
    anchor: Standing | None = None
    level: int | None = None
    substance: bytes = b""
    valid_until: int = NEVER
    override: str | None = None

    @property
    def is_followed(self) -> bool:
        """Whether the site is registered and open; facts of others wait."""
        site = self.facts.current.get("site", {})
        return "registered" in site and "card" in site and self.facts.value("site", "closed") is None

    def hear(self, writes: Iterable[Write], today: int, rules: Rules) -> list[Decision]:
        """What follows when events arrive: first the days that passed in silence, then the news of today."""
        decisions = self.pass_days(today - 1, rules)
        if self.facts.fold(writes, today):
            decisions += self.decide(today, rules.on(today), rules.working_days, GradeCause.FACT)
        return decisions

    def pass_days(self, until: int, rules: Rules, cause: GradeCause = GradeCause.TIME) -> list[Decision]:
        """What follows from time alone, day by day on which it can, up to and with ``until``."""
        decisions: list[Decision] = []
        while self.standing is not None and self.valid_until <= until:
            day = self.valid_until
            decisions += self.decide(day, rules.on(day), rules.working_days, cause)
        return decisions

    def decide(self, day: int, policy: Policy, working_days: WorkingDays, cause: GradeCause) -> list[Decision]:
        """The answer of a day; a decision where it differs from the one that stands."""
        if not self.is_followed:
            self.valid_until = NEVER
            return []
        anchor = self.anchor if day == self.day else self.standing
        answer = assess(self.facts, policy, day, anchor, working_days)
        substance = answer.substance()
        if substance == self.substance:
            self.valid_until = answer.valid_until  # a site that was closed meanwhile had none
            return []
        decision = Decision(
            day,
            policy.id,
            anchor,
            answer,
            self.level,
            self._new_warning(answer),
            self.override if answer.override is None else None,
            _cause(cause, self.standing, answer),
        )
        self.day, self.anchor, self.standing = day, anchor, answer.standing
        self.level, self.substance, self.valid_until = answer.level, substance, answer.valid_until
        self.override = answer.override.id if answer.override else None
        return [decision]

    def _new_warning(self, answer: Assessment) -> Notice | None:
        """The first of the drops that are seen to come now and were not until now."""
        if not answer.standing.notices:
            return None
        before = {drop.level for drop in drops(self.standing.notices, self.level or 0)} if self.standing else set()
        return next((drop for drop in answer.drops if drop.level not in before), None)


def _cause(cause: GradeCause, before: Standing | None, answer: Assessment) -> GradeCause:
    """A veto that was not there before is the cause, whatever brought the news."""
    if not answer.vetoes:
        return cause
    known = {(veto.rule, veto.subject) for veto in before.vetoes} if before else set()
    return GradeCause.VETO if any((veto.rule, veto.subject) not in known for veto in answer.vetoes) else cause


def folded(writes: Sequence[tuple[int, Sequence[Write]]]) -> Registers:
    """The facts that result from writes, each batch with the day on which it was heard."""
    facts = Registers()
    for day, batch in writes:
        facts.fold(batch, day)
    return facts
