"""Compiles the conditions of a document, each once, and collects what is wrong with them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.grading.domain.fields import FIELDS
from services.grading.domain.language import Checker, Condition, ConditionError, Kind, Schema, Type, condition_of, read
from services.grading.domain.language.tree import Node
from services.grading.domain.policy.compiled import RecordGuard
from services.grading.domain.policy.document import PolicyDocument
from services.grading.domain.policy.guards import Guard, guard_of, record_guard_of
from services.grading.domain.policy.text import Lines, Path, Problem


def _unknown(_env: object) -> None:
    """Stands in for a condition that cannot be read."""


@dataclass(slots=True)
class Conditions:
    """The conditions of one document by their place in the file."""

    document: PolicyDocument
    lines: Lines
    problems: list[Problem] = field(default_factory=list)
    _schema: Schema = field(init=False)
    _done: dict[Path, Condition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        facts = {key: Type(Kind(fact.type), fact.values) for key, fact in self.document.facts.items()}
        self._schema = Schema(facts, FIELDS)

    def needed(self, text: str | None, owner: str | None, path: Path) -> Condition:
        """A condition that must be there."""
        condition = self.given(text, owner, path)
        if condition is None:
            self.complain(path[:-1], "a condition is missing: when")
        return condition or _unknown

    def given(self, text: str | None, owner: str | None, path: Path) -> Condition | None:
        """A condition, where there is one."""
        return None if text is None else self._compiled(text, owner, path, Checker.condition)

    def value(self, text: str, kind: Kind, owner: str | None, path: Path) -> Condition:
        """The name of a value of some kind."""
        return self._compiled(text, owner, path, lambda checker, node: checker.value(node, kind))

    def guard(self, text: str | None) -> Guard | None:
        """What must have been answered before a condition of the site itself can hold."""
        try:
            return None if text is None else guard_of(self._checker(None).condition(read(text)))
        except ConditionError:
            return None

    def record_guard(self, text: str, owner: str) -> RecordGuard | None:
        """How a record must stand before a condition about it can hold."""
        try:
            return record_guard_of(self._checker(owner).condition(read(text)))
        except ConditionError:
            return None

    def complain(self, path: Path, text: str) -> None:
        """Remember a problem, once."""
        problem = self.lines.problem(path, text)
        if problem not in self.problems:
            self.problems.append(problem)

    def _compiled(self, text: str, owner: str | None, path: Path, check: Callable[[Checker, Node], Node]) -> Condition:
        if path not in self._done:
            self._done[path] = _unknown
            try:
                self._done[path] = condition_of(check(self._checker(owner), read(text)))
            except ConditionError as error:
                self.complain(path, f"{error.text} (column {error.column} of the condition)")
        return self._done[path]

    def _checker(self, owner: str | None) -> Checker:
        if owner is not None and (owner not in FIELDS or owner == "site"):
            message = f"there are no records of kind {owner!r}"
            raise ConditionError(message, 1)
        return Checker(self._schema, owner)
