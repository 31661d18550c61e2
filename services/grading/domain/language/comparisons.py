"""Values beside values, words among words, dates against spans of time."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from services.grading.domain.days import months_after
from services.grading.domain.language.environment import Condition, Environment

EQUAL: Final = frozenset({"==", "!="})
ANSWERS: Final[Mapping[str, Any]] = {"true": True, "false": False, "unknown": None}
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compared(left: Condition, sign: str, right: Condition, words: tuple[str, ...]) -> Condition:
    """Two values; ``words`` give choices their order, where they are to be ordered. Unknown where a side is unknown."""
    compare = _OPERATORS[sign]
    rank: Callable[[Any], Any] = {word: place for place, word in enumerate(words)}.get if words else lambda value: value

    def answer(env: Environment) -> bool | None:
        first, second = rank(left(env)), rank(right(env))
        return None if first is None or second is None else compare(first, second)

    return answer


def compared_to(left: Condition, sign: str, right: Any) -> Condition:
    """A value beside a constant; that it is the same is asked most, and without a call."""
    compare = _OPERATORS[sign]

    def answer(env: Environment) -> bool | None:
        first = left(env)
        return None if first is None else compare(first, right)

    def same(env: Environment) -> bool | None:
        first = left(env)
        return None if first is None else bool(first == right)

    return same if sign == "==" else answer


def fact_is_word(key: str, word: str) -> Condition:
    """``fact == word``, so common that no call stands in between."""

    def answer(env: Environment) -> bool | None:
        value = env.answers.get(key)
        return None if value is None else bool(value == word)

    return answer


def fact_is_among(key: str, words: frozenset[Any]) -> Condition:
    """``fact in [word, word]``, the same."""

    def answer(env: Environment) -> bool | None:
        value = env.answers.get(key)
        return None if value is None else value in words

    return answer


def among(value: Condition, words: frozenset[Any]) -> Condition:
    """A value, or one of several values, is among the words."""

    def answer(env: Environment) -> bool | None:
        found = value(env)
        if found is None:
            return None
        return not words.isdisjoint(found) if isinstance(found, (list, tuple)) else found in words

    return answer


def fact_is(key: str, word: str) -> Condition:
    """``fact is true``, the commonest condition of all."""
    wanted = ANSWERS[word]
    return lambda env: env.answers.get(key) is wanted


def value_is(value: Condition, word: str) -> Condition:
    """``x is true``, ``false``, ``unknown`` or ``known``: never unknown itself."""
    if word == "known":
        return lambda env: value(env) is not None
    wanted = ANSWERS[word]
    return lambda env: value(env) is wanted


def aged(since: Condition, days: int, months: int, *, older: bool) -> Condition:
    """Whether a date lies further back than a span, or not; either way the day on which that changes is remembered."""

    def answer(env: Environment) -> bool | None:
        start = since(env)
        if start is None:
            return None
        changes = (months_after(start, months) if months else start) + days + 1
        if env.today >= changes:
            env.became = changes
            return older
        env.horizon = min(env.horizon, changes)
        return not older

    return answer
