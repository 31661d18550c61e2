"""Finds what every name of a condition means and refuses what makes no sense, before the policy is ever used."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from services.grading.domain.language.tree import (
    DATE,
    NUMBER,
    TEXT,
    TRUTH,
    Age,
    All,
    Among,
    Compare,
    ConditionError,
    Count,
    Fact,
    Field,
    Is,
    Kind,
    Latest,
    Node,
    Not,
    Number,
    Passed,
    Quoted,
    Some,
    Surely,
    Type,
    Value,
    Word,
)

_ORDERED: Final = frozenset({Kind.NUMBER, Kind.DATE, Kind.CHOICE})
_EQUAL: Final = frozenset({"==", "!="})


@dataclass(frozen=True, slots=True)
class Schema:
    """The names that a condition may use: declared facts, and the fields of the site and of each kind of record."""

    facts: Mapping[str, Type]
    fields: Mapping[str, Mapping[str, Type]]


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks conditions about one site and, where ``record`` names a kind, about one record of it."""

    schema: Schema
    record: str | None = None

    def condition(self, node: Node) -> Node:
        """The tree with every name resolved; ConditionError where it is not a yes-or-no question."""
        checked, type_ = self._typed(node)
        if type_.kind is not Kind.TRUTH:
            message = f"a condition answers yes or no, this is a {type_.kind}"
            raise ConditionError(message, checked.column)
        return checked

    def value(self, node: Node, kind: Kind) -> Value:
        """The tree of a value of one kind, such as the number that grows or the date that it grows from."""
        checked, type_ = self._typed(node)
        if type_.kind is not kind or not isinstance(checked, (Fact, Field, Latest, Count)):
            message = f"expected the name of a {kind}"
            raise ConditionError(message, checked.column)
        return checked

    def _typed(self, node: Node) -> tuple[Node, Type]:
        """The tree with its names resolved, and what it is."""
        match node:
            case Number():
                return node, NUMBER
            case Quoted():
                return node, TEXT
            case Word():
                return self._name(node)
            case Count():
                return self._count(node)
            case Latest():
                return replace(node, dates=tuple(self.value(date, Kind.DATE) for date in node.dates)), DATE
            case _:
                return self._statement(node), TRUTH

    def _statement(self, node: Node) -> Node:
        """What answers yes or no."""
        match node:
            case Is() | Compare() | Among() | Age():
                return self._comparison(node)
            case Passed():
                return replace(node, date=self.value(node.date, Kind.DATE))
            case Not() | Surely():
                return replace(node, value=self.condition(node.value))
            case All() | Some():
                return replace(node, parts=tuple(self.condition(part) for part in node.parts))
            case _:
                message = "checked twice"
                raise ConditionError(message, node.column)

    def _comparison(self, node: Is | Compare | Among | Age) -> Node:
        match node:
            case Is():
                return replace(node, value=self._is(node))
            case Compare():
                return self._compare(node)
            case Among():
                return self._among(node)
            case Age():
                return self._age(node)

    def _name(self, word: Word) -> tuple[Node, Type]:
        owner, *rest = word.path
        if owner in self.schema.fields and rest:
            return self._field(word, owner, rest[0])
        if owner not in self.schema.facts:
            message = f"unknown fact {owner!r}{_hint(owner, self.schema.facts)}"
            raise ConditionError(message, word.column)
        if rest and rest[0] != "qty":
            message = f"a fact has a value and a qty, not {rest[0]!r}"
            raise ConditionError(message, word.column)
        type_ = NUMBER if rest else self.schema.facts[owner]
        return Fact(owner, type_, bool(rest), word.column), type_

    def _field(self, word: Word, owner: str, name: str) -> tuple[Node, Type]:
        if owner not in {"site", self.record}:
            message = f"there is no {owner} here; use count({owner} where …)"
            raise ConditionError(message, word.column)
        known = self.schema.fields[owner]
        if name not in known:
            message = f"a {owner} has no {name!r}{_hint(name, known)}"
            raise ConditionError(message, word.column)
        return Field(owner, name, known[name], word.column), known[name]

    def _count(self, node: Count) -> tuple[Node, Type]:
        if node.owner not in self.schema.fields or node.owner in {"site", self.record}:
            message = f"cannot count {node.owner!r}{_hint(node.owner, self.schema.fields)}"
            raise ConditionError(message, node.column)
        return replace(node, where=Checker(self.schema, node.owner).condition(node.where)), NUMBER

    def _is(self, node: Is) -> Node:
        checked, type_ = self._typed(node.value)
        if node.word in {"true", "false"} and type_.kind is not Kind.TRUTH:
            message = f"only a yes-or-no value is {node.word}, this is a {type_}"
            raise ConditionError(message, node.column)
        return checked

    def _compare(self, node: Compare) -> Compare:
        left, left_type = self._typed(node.left)
        right, right_type = self._beside(node.right, left_type)
        if left_type != right_type or (left_type.kind not in _ORDERED and node.operator not in _EQUAL):
            message = f"cannot compare a {left_type} {node.operator} a {right_type}"
            raise ConditionError(message, node.column)
        return replace(node, left=left, right=right)

    def _beside(self, node: Node, beside: Type) -> tuple[Node, Type]:
        """A bare word beside a choice is one of its words."""
        if not beside.words:
            return self._typed(node)
        written = (
            node.value if isinstance(node, Quoted) else node.path[0] if isinstance(node, Word) and len(node.path) == 1 else None
        )
        if written is None or (written in self.schema.facts and written not in beside.words):
            return self._typed(node)
        _require_words((written,), beside, node.column)
        return Quoted(written, node.column), beside

    def _among(self, node: Among) -> Among:
        checked, type_ = self._typed(node.value)
        if type_.kind is Kind.NUMBER and all(isinstance(word, float) for word in node.words):
            return replace(node, value=checked)
        if type_.kind not in {Kind.CHOICE, Kind.CHOICES, Kind.TEXT}:
            message = f"a {type_} is not in a list of words"
            raise ConditionError(message, node.column)
        words = tuple(str(int(word)) if isinstance(word, float) else word for word in node.words)
        if type_.words:
            _require_words(words, type_, node.column)
        return replace(node, value=checked, words=words)

    def _age(self, node: Age) -> Age:
        if node.operator not in {"<=", ">"}:
            message = "an age is compared as age(x) > 90 days or age(x) <= 90 days"
            raise ConditionError(message, node.column)
        return replace(node, since=self.value(node.since, Kind.DATE))


def _require_words(words: tuple[str, ...], type_: Type, column: int) -> None:
    for word in words:
        if word not in type_.words:
            message = f"{word!r} is not one of {', '.join(type_.words)}"
            raise ConditionError(message, column)


def _hint(name: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
