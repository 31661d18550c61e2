"""Reads a condition as text into a tree: words, numbers, spans, comparisons, and, or, not; nothing else."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.grading.domain.language.tree import (
    Age,
    All,
    Among,
    Compare,
    ConditionError,
    Count,
    Is,
    Latest,
    Node,
    Not,
    Number,
    Passed,
    Quoted,
    Some,
    Span,
    Surely,
    Value,
    Word,
)

_TOKEN: Final = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)|\"([^\"]*)\"|(==|!=|<=|>=|<|>|[()\[\],]))")
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_ANSWERS: Final = frozenset({"true", "false", "unknown", "known"})
_UNITS: Final = {"day": (1, 0), "days": (1, 0), "month": (0, 1), "months": (0, 1)}
_RESERVED: Final = frozenset({"and", "or", "not", "in", "has", "is", "where", *_ANSWERS, *_UNITS})
_DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def read(text: str) -> Node:
    """The tree of a condition; ConditionError with the column where it cannot be read."""
    reader = _Reader(_tokens(text), end=len(text) + 1)
    node = reader.either()
    if reader.token is not None:
        message = f"unexpected {reader.token.text!r}"
        raise ConditionError(message, reader.token.column)
    return node


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            rest = text[place:].lstrip()
            message = f"unexpected {rest[:1]!r}"
            raise ConditionError(message, len(text) - len(rest) + 1)
        kind = ("number", "word", "quoted", "sign")[(match.lastindex or 1) - 1]
        found.append(_Token(kind, match[match.lastindex or 1], match.start(match.lastindex or 1) + 1))
        place = match.end()
    return found


@dataclass(slots=True)
class _Reader:
    tokens: list[_Token]
    end: int
    place: int = 0
    depth: int = field(default=0)

    @property
    def token(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    @property
    def column(self) -> int:
        return self.token.column if self.token else self.end

    def either(self) -> Node:
        return self._chain("or", self._both, Some)

    def _both(self) -> Node:
        return self._chain("and", self._negated, All)

    def _chain(self, word: str, part: Callable[[], Node], of: type[All] | type[Some]) -> Node:
        column = self.column
        self.depth += 1
        if self.depth > _DEEPEST * 2:
            message = "nested too deeply"
            raise ConditionError(message, column)
        parts = [part()]
        while self._take(word):
            parts.append(part())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else of(tuple(parts), column)

    def _negated(self) -> Node:
        column = self.column
        negations = 0
        while self._take("not"):
            negations += 1
        node = self._statement()
        return Not(node, column) if negations % 2 else node

    def _statement(self) -> Node:
        left, column = self._value(), self.column
        token = self.token
        if token is None:
            return left
        if token.text in _COMPARISONS and token.kind == "sign":
            self.place += 1
            return self._comparison(left, token.text, column)
        if self._take("in") or self._take("has"):
            return Among(left, self._list(), column)
        if self._take("is"):
            return Is(left, self._answer(), column)
        return left

    def _comparison(self, left: Node, operator: str, column: int) -> Node:
        if isinstance(left, Age):
            return Age(left.since, operator, self._span(), column)
        return Compare(left, operator, self._value(), column)

    def _answer(self) -> str:
        token = self._next("true, false, known or unknown")
        if token.text not in _ANSWERS:
            message = f"expected true, false, known or unknown, found {token.text!r}"
            raise ConditionError(message, token.column)
        return token.text

    def _value(self) -> Node:
        token = self._next("a value")
        if token.kind == "number":
            return Number(float(token.text), token.column)
        if token.kind == "quoted":
            return Quoted(token.text, token.column)
        if token.text == "(":
            node = self.either()
            self._expect(")")
            return node
        if token.kind != "word" or token.text in _RESERVED:
            message = f"expected a value, found {token.text!r}"
            raise ConditionError(message, token.column)
        return self._call(token) if self._take("(") else Word(tuple(token.text.split(".")), token.column)

    def _call(self, name: _Token) -> Node:
        calls: dict[str, Callable[[int], Node]] = {
            "age": self._age,
            "passed": lambda column: Passed(self._value(), column),
            "latest": self._latest,
            "surely": lambda column: Surely(self.either(), column),
            "count": self._count,
        }
        if name.text not in calls:
            message = f"unknown function {name.text!r}; there are {', '.join(sorted(calls))}"
            raise ConditionError(message, name.column)
        node = calls[name.text](name.column)
        self._expect(")")
        return node

    def _age(self, column: int) -> Node:
        # The comparison that must follow replaces operator and span.
        return Age(self._value(), "", Span(0, 0, column), column)

    def _latest(self, column: int) -> Node:
        dates: list[Value] = []
        while not dates or self._take(","):
            value = self._value()
            if not isinstance(value, (Word, Latest)):
                message = "latest() takes dates by name"
                raise ConditionError(message, column)
            dates.append(value)
        return Latest(tuple(dates), column)

    def _count(self, column: int) -> Node:
        owner = self._next("the name of a kind of record")
        self._expect("where")
        return Count(owner.text, self.either(), column)

    def _list(self) -> tuple[str | float, ...]:
        self._expect("[")
        words: list[str | float] = []
        while not words or self._take(","):
            token = self._next("a word")
            if token.kind == "sign":
                message = f"expected a word, found {token.text!r}"
                raise ConditionError(message, token.column)
            words.append(float(token.text) if token.kind == "number" else token.text)
        self._expect("]")
        return tuple(words)

    def _span(self) -> Span:
        number, unit = self._next("a length of time"), self._next("days or months")
        if number.kind != "number" or unit.text not in _UNITS or "." in number.text:
            message = "a length of time is written as 90 days or 12 months"
            raise ConditionError(message, number.column)
        days, months = _UNITS[unit.text]
        return Span(int(number.text) * days, int(number.text) * months, number.column)

    def _take(self, text: str) -> bool:
        token = self.token
        taken = token is not None and token.kind != "quoted" and token.text == text
        self.place += taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._take(text):
            found = self.token.text if self.token else "the end"
            message = f"expected {text!r}, found {found!r}"
            raise ConditionError(message, self.column)

    def _next(self, wanted: str) -> _Token:
        token = self.token
        if token is None:
            message = f"expected {wanted}, found the end"
            raise ConditionError(message, self.end)
        self.place += 1
        return token
