"""Conditions over facts: three-valued, so that what nobody knows is never taken for a no."""

import itertools

import pytest

from services.registry.domain.building import Answer
from services.registry.domain.conditions import ConditionWrong, answer, names

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ({"fact": "a", "is": True}, {"a": True}, YES),
        ({"fact": "a", "is": True}, {"a": False}, NO),
        ({"fact": "a", "is": True}, {"a": None}, UNKNOWN),
        ({"fact": "a", "in": ["x", "unknown"]}, {"a": "unknown"}, YES),
        ({"fact": "a", "in": ["x"]}, {"a": "unknown"}, UNKNOWN),
        ({"fact": "a", "is": "unknown"}, {"a": "b"}, NO),
        ({"fact": "a", "at_least": 3}, {"a": 3}, YES),
        ({"fact": "a", "above": 3}, {"a": 3}, NO),
        ({"not": {"fact": "a", "is": 1}}, {"a": None}, UNKNOWN),
    ],
)
def test_a_condition_is_answered(condition: dict[str, object], facts: dict[str, object], expected: Answer) -> None:
    assert answer(condition, facts) is expected


@pytest.mark.parametrize(("one", "other"), list(itertools.product([True, False, None], repeat=2)))
def test_all_and_any_are_opposites(one: object, other: object) -> None:
    facts = {"a": one, "b": other}
    parts = [{"fact": "a", "is": True}, {"fact": "b", "is": True}]
    every = answer({"all": parts}, facts)
    none = answer({"not": {"any": [{"not": part} for part in parts]}}, facts)
    assert every is none
    assert (every is YES) == (one is True and other is True)
    assert (every is NO) == (False in (one, other))


def test_a_condition_names_the_facts_that_it_asks_for() -> None:
    assert names({"all": [{"fact": "a", "is": 1}, {"any": [{"not": {"fact": "b", "is": 2}}]}]}) == {"a", "b"}


@pytest.mark.parametrize("condition", [{"fact": "a"}, {"what": 1}, {"fact": "a", "like": 1}, {"fact": "z", "is": 1}])
def test_a_condition_that_nobody_can_evaluate_is_a_mistake(condition: dict[str, object]) -> None:
    with pytest.raises(ConditionWrong):
        answer(condition, {"a": 1})
