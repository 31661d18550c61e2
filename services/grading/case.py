"""One site while it is graded: out of its row a course, on the course what is heard and decided."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import structlog
from pydantic_core import from_json

from services.grading.domain.assessment import LEVELS
from services.grading.domain.course import Course, Decision, Rules
from services.grading.domain.days import NEVER
from services.grading.domain.registers import Registers, Write
from services.grading.domain.standing import Standing
from services.grading.store.arrays import Row
from shared.contracts.event import Event
from shared.contracts.vocabulary import GradeCause

log = structlog.get_logger()


@contextmanager
def apart(site_id: UUID) -> Iterator[None]:
    """Among many: a site that cannot be graded stays as it is and is named in the log, and the others are graded."""
    try:
        yield
    except Exception:
        log.exception("site_not_graded", site_id=str(site_id))


class Kept(NamedTuple):
    """A decision with its number, how much of the journal it knew, and the event that led to it."""

    decision: Decision
    revision: int
    heard: int
    because_of: Event | None

    @property
    def is_said(self) -> bool:
        """Others must know of it; not of one that only changed the score."""
        decision = self.decision
        return decision.before != decision.assessment.level or decision.warned is not None or decision.override_ended is not None


@dataclass(slots=True)
class Case:
    """One site while it is graded: its course, its numbers, and what is new."""

    site_id: UUID
    course: Course
    heard: int
    revision: int
    row: Row
    notes: list[tuple[UUID, list[Write]]] = field(default_factory=list)
    decisions: list[Kept] = field(default_factory=list)
    is_changed: bool = False

    @classmethod
    def of(cls, row: Row) -> "Case":
        """The case that a row of ``grading.sites`` tells."""
        course = Course()
        if row["facts"]:
            course.facts = Registers.of_json(row["facts"])
        if row["standing"] is not None:
            course.day = row["day"].toordinal()
            course.standing = Standing.of_list(from_json(row["standing"]))
            course.anchor = None if row["anchor"] is None else Standing.of_list(from_json(row["anchor"]))
            course.level = LEVELS.index(row["level"])
            course.substance = row["substance"].encode()
            course.override = row["override"]
        course.valid_until = NEVER if row["valid_until"] is None else row["valid_until"].toordinal()
        return cls(row["site_id"], course, row["heard"], row["revision"], row)

    def hear(self, source: UUID, writes: list[Write], today: int, rules: Rules) -> None:
        """Take in what one event says (``source`` is its id); the decision comes when all of them are in."""
        self.pass_days(today - 1, rules)
        if self.course.facts.fold(writes, today):
            self.is_changed = True
            self.notes.append((source, writes))

    def pass_days(self, until: int, rules: Rules) -> None:
        """Let days pass in which nothing is heard."""
        due = self.course.valid_until <= until
        self.keep(self.course.pass_days(until, rules), None)
        self.is_changed |= due  # at least the next day of review is another one

    def keep(self, decisions: Iterable[Decision], because_of: Event | None) -> None:
        """Number the decisions and remember them for the end of the transaction."""
        for decision in decisions:
            self.revision += 1
            self.decisions.append(Kept(decision, self.revision, self.heard + len(self.notes), because_of))

    def decide(self, today: int, rules: Rules, because_of: Event | None, cause: GradeCause = GradeCause.FACT) -> None:
        """The answer of today, if it is another one."""
        self.keep(self.course.decide(today, rules.on(today), rules.working_days, cause), because_of)
