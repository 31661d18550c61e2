"""Turns a checked tree into nested closures: three-valued, and remembering when time alone would change the answer."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from services.grading.domain.days import day_of
from services.grading.domain.language import comparisons, logic
from services.grading.domain.language.environment import Condition, Environment
from services.grading.domain.language.tree import (
    Age,
    All,
    Among,
    Compare,
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
)

_VALUE: Final = 3
"""Where a register keeps its value; the registers come as JSON lists (see ``registers``)."""


def condition_of(node: Node) -> Condition:
    """The closure that answers a checked condition or gives a checked value."""
    return _MAKERS[type(node)](node)


def _fact(node: Fact) -> Condition:
    key = node.key

    def quantity(env: Environment) -> Any:
        return env.facts[key][_VALUE].get("qty") if key in env.answers else None

    def date_of_fact(env: Environment) -> Any:
        try:
            return day_of(env.answers[key])
        except (KeyError, ValueError):
            return None

    if node.quantity:
        return quantity
    return date_of_fact if node.type.kind is Kind.DATE else lambda env: env.answers.get(key)


def _latest(node: Latest) -> Condition:
    dates = [condition_of(date) for date in node.dates]

    def latest(env: Environment) -> Any:
        found = None
        for date in dates:
            day = date(env)
            if day is not None and (found is None or day > found):
                found = day
        return found

    return latest


def _count(node: Count) -> Condition:
    owner, where = node.owner, condition_of(node.where)

    def count(env: Environment) -> int:
        total = 0
        for record in env.records.get(owner, ()):
            setattr(env, owner, record)
            total += where(env) is True
        return total

    return count


def _is(node: Is) -> Condition:
    if isinstance(node.value, Fact) and not node.value.quantity and node.word in comparisons.ANSWERS:
        return comparisons.fact_is(node.value.key, node.word)
    return comparisons.value_is(condition_of(node.value), node.word)


def _compare(node: Compare) -> Condition:
    left, sign, right = node.left, node.operator, node.right
    words = getattr(getattr(left, "type", None), "words", ()) if sign not in comparisons.EQUAL else ()
    if not words and isinstance(right, (Number, Quoted)):
        if isinstance(left, Fact) and not left.quantity and sign == "==" and isinstance(right, Quoted):
            return comparisons.fact_is_word(left.key, right.value)
        return comparisons.compared_to(condition_of(left), sign, right.value)
    return comparisons.compared(condition_of(left), sign, condition_of(right), words)


def _among(node: Among) -> Condition:
    words = frozenset(node.words)
    if isinstance(node.value, Fact) and node.value.type.kind is Kind.CHOICE:
        return comparisons.fact_is_among(node.value.key, words)
    return comparisons.among(condition_of(node.value), words)


def _age(node: Age) -> Condition:
    return comparisons.aged(condition_of(node.since), node.span.days, node.span.months, older=node.operator == ">")


_MAKERS: Final[Mapping[type[Any], Callable[[Any], Condition]]] = {
    Fact: _fact,
    Field: lambda node: operator.attrgetter(f"{node.owner}.{node.name}"),
    Number: lambda node: logic.constantly(node.value),
    Quoted: lambda node: logic.constantly(node.value),
    Latest: _latest,
    Count: _count,
    Is: _is,
    Compare: _compare,
    Among: _among,
    Age: _age,
    Passed: lambda node: comparisons.aged(condition_of(node.date), 0, 0, older=True),
    Surely: lambda node: logic.surely(condition_of(node.value)),
    Not: lambda node: logic.negated(condition_of(node.value)),
    All: lambda node: logic.all_of([condition_of(part) for part in node.parts]),
    Some: lambda node: logic.any_of([condition_of(part) for part in node.parts]),
}
