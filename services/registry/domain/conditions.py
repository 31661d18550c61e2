"""Conditions over named facts, written as data; an unknown fact makes the answer unknown, never silently false."""

from collections.abc import Mapping
from typing import Any, Final

from services.registry.domain.building import Answer

Facts = Mapping[str, Any]
Condition = Mapping[str, Any]

_UNKNOWN: Final = (None, "unknown")


class ConditionWrong(ValueError):
    """A condition that nobody can evaluate: no known operator, or a fact that does not exist."""


def answer(condition: Condition, facts: Facts) -> Answer:
    """YES where the condition holds, NO where it does not, UNKNOWN where that depends on what nobody knows."""
    match condition:
        case {"all": [*parts]}:
            return _least([answer(part, facts) for part in parts])
        case {"any": [*parts]}:
            return _opposite(_least([_opposite(answer(part, facts)) for part in parts]))
        case {"not": part}:
            return _opposite(answer(part, facts))
        case {"fact": str(name)}:
            return _compare(condition, _fact(name, facts))
        case _:
            message = f"condition with the keys {sorted(condition)}"
            raise ConditionWrong(message)


def names(condition: Condition) -> frozenset[str]:
    """The facts that the condition asks for."""
    if "fact" in condition:
        return frozenset({condition["fact"]})
    parts = [condition["not"]] if "not" in condition else [*condition.get("all", ()), *condition.get("any", ())]
    return frozenset().union(*(names(part) for part in parts))


def _fact(name: str, facts: Facts) -> Any:
    if name not in facts:
        message = f"no fact named {name}"
        raise ConditionWrong(message)
    return facts[name]


def _compare(condition: Condition, value: Any) -> Answer:
    wanted = condition.get("in", [condition.get("is")])
    if value in _UNKNOWN:
        return Answer.YES if "unknown" in wanted else Answer.UNKNOWN
    match condition:
        case {"is": _} | {"in": [*_]}:
            return _plain(value in wanted)
        case {"at_least": least}:
            return _plain(value >= least)
        case {"above": limit}:
            return _plain(value > limit)
        case _:
            message = f"condition on {condition['fact']} with the keys {sorted(condition)}"
            raise ConditionWrong(message)


def _plain(holds: bool) -> Answer:  # noqa: FBT001 - turns a truth into an answer
    return Answer.YES if holds else Answer.NO


def _opposite(found: Answer) -> Answer:
    return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(found, Answer.UNKNOWN)


def _least(found: list[Answer]) -> Answer:
    if Answer.NO in found:
        return Answer.NO
    return Answer.UNKNOWN if Answer.UNKNOWN in found else Answer.YES
