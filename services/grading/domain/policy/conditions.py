"""Compiles the conditions of a document, each once, and collects what is wrong with them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.grading.domain.language import Checker, Condition, ConditionError, Kind, Schema, Type, condition_of, read
from services.grading.domain.language.tree import Among, Compare, Fact, Is, Node, Quoted
from services.grading.domain.policy.document import PolicyDocument
from services.grading.domain.policy.text import Lines, Path, Problem
from services.grading.domain.records import FIELDS


class Answers(NamedTuple):
    """A fact, and the answers with which a condition holds."""

    key: str
    words: tuple[Any, ...]


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

    def answers(self, text: str | None) -> Answers | None:
        """The answers that alone decide a condition, where one fact does: most rules are that simple."""
        try:
            node = None if text is None else self._checker(None).condition(read(text))
        except ConditionError:
            return None
        match node:
            case Is(value=Fact(key=key, quantity=False), word="true" | "false" as word):
                return Answers(key, (word == "true",))
            case Compare(
                left=Fact(key=key, quantity=False, type=Type(kind=Kind.CHOICE)), operator="==", right=Quoted(value=word)
            ):
                return Answers(key, (word,))
            case Among(value=Fact(key=key, quantity=False, type=Type(kind=Kind.CHOICE)), words=words):
                return Answers(key, words)
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
