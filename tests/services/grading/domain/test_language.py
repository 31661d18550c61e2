"""Conditions: what they mean, and what they are told when they mean nothing."""

from typing import Any

import pytest

from services.grading.domain.fields import FIELDS
from services.grading.domain.language import Checker, ConditionError, Environment, Kind, Schema, Type, condition_of, read
from services.grading.domain.records import Site
from tests.services.grading.domain.days import MONDAY, iso

FACTS = {
    "dust": Type(Kind.CHOICE, ("none", "metal", "wood")),
    "class_now": Type(Kind.CHOICE, ("a", "b", "c")),
    "class_built": Type(Kind.CHOICE, ("a", "b", "c")),
    "lithium": Type(Kind.CHOICES, ("none", "cells", "packs")),
    "sleeping": Type(Kind.TRUTH),
    "people": Type(Kind.NUMBER),
    "penalty_on": Type(Kind.DATE),
}
SCHEMA = Schema(FACTS, FIELDS)


def asked(text: str, quantities: dict[str, float] | None = None, **answers: Any) -> tuple[Any, int]:
    """What the condition answers, and the first day on which that could change (0: never by time)."""
    facts = {key: [1, "event", 0, {"value": value, "qty": (quantities or {}).get(key)}] for key, value in answers.items()}
    env = Environment(facts, {key: value for key, value in answers.items() if value is not None}, None, {}, MONDAY)
    env.site = Site("tenant", MONDAY - 10, None, None, None)
    before = env.horizon
    found = condition_of(Checker(SCHEMA).condition(read(text)))(env)
    return found, 0 if env.horizon == before else env.horizon


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("dust == metal", {"dust": "metal"}, True),
        ("dust == metal", {"dust": "wood"}, False),
        ("dust == metal", {}, None),
        ("dust != none", {"dust": "wood"}, True),
        ("not dust == metal", {}, None),
        ("not surely(dust == metal)", {}, True),
        ("dust in [metal, wood]", {"dust": "wood"}, True),
        ("lithium has [cells, packs]", {"lithium": ["none"]}, False),
        ("lithium has [cells, packs]", {"lithium": ["packs", "cells"]}, True),
        ("sleeping is true", {"sleeping": True}, True),
        ("sleeping is false", {"sleeping": None}, False),
        ("sleeping is unknown", {}, True),
        ("sleeping is known", {"sleeping": False}, True),
        ("people >= 30 and people <= 100", {"people": 30}, True),
        ("people > 100 or dust == metal", {"people": 101}, True),
        ("people > 100 or dust == metal", {"people": 5}, None),
        ("people > 100 and dust == metal", {"people": 5}, False),
        ("class_now < class_built", {"class_now": "a", "class_built": "c"}, True),
        ("class_now < class_built", {"class_now": "c", "class_built": "c"}, False),
        ("class_now < class_built", {"class_now": "a"}, None),
        ("count(hazard where hazard.open) == 0", {}, True),
    ],
)
def test_a_condition_answers_yes_no_or_unknown(text: str, answers: dict[str, Any], expected: Any) -> None:
    assert asked(text, **answers)[0] is expected


def test_a_quantity_is_asked_with_a_dot() -> None:
    assert asked("dust.qty >= 10", {"dust": 12}, dust="wood")[0] is True
    assert asked("dust.qty is unknown", dust="wood")[0] is True


@pytest.mark.parametrize(
    ("text", "days_ago", "answer", "changes_in"),
    [
        ("age(penalty_on) <= 90 days", 90, True, 1),
        ("age(penalty_on) <= 90 days", 91, False, None),
        ("age(penalty_on) > 90 days", 80, False, 11),
        ("age(penalty_on) > 90 days", 91, True, None),
        ("passed(penalty_on)", 0, False, 1),
        ("passed(penalty_on)", 1, True, None),
        ("age(latest(penalty_on, site.registered_on)) > 15 days", 90, False, 6),
    ],
)
def test_time_changes_an_answer_on_a_day_that_is_known(text: str, days_ago: int, answer: Any, changes_in: int | None) -> None:
    expected = (answer, 0 if changes_in is None else MONDAY + changes_in)
    assert asked(text, penalty_on=iso(MONDAY - days_ago)) == expected


def test_months_end_where_the_shorter_month_ends() -> None:
    assert asked("age(penalty_on) <= 1 months", penalty_on="2026-02-09")[0] is True
    assert asked("age(penalty_on) <= 1 months", penalty_on="2026-02-08")[0] is False


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("dust == mettal", 9, "'mettal' is not one of none, metal, wood"),
        ("dsut == metal", 1, "did you mean 'dust'"),
        ("dust == ", 9, "the end"),
        ("dust = metal", 6, "unexpected '='"),
        ("people", 1, "answers yes or no"),
        ("dust > 3", 6, "cannot compare"),
        ("people in [a]", 8, "not in a list of words"),
        ("sleeping is maybe", 13, "expected true, false, known or unknown"),
        ("people is true", 8, "only a yes-or-no value"),
        ("age(penalty_on) > 90", 21, "expected days or months"),
        ("age(penalty_on) == 90 days", 17, "an age is compared as"),
        ("age(dust) > 90 days", 5, "expected the name of a date"),
        ("hazard.open", 1, "count(hazard where"),
        ("site.colour == red", 1, "a site has no 'colour'"),
        ("count(building where people > 3) > 1", 1, "cannot count 'building'"),
        ("__import__(people)", 1, "unknown function"),
        ("people > 3)", 11, "unexpected ')'"),
        ("(" * 60 + "people > 3" + ")" * 60, 21, "nested too deeply"),
    ],
)
def test_a_condition_that_makes_no_sense_is_told_where_and_why(text: str, column: int, says: str) -> None:
    with pytest.raises(ConditionError) as refused:
        Checker(SCHEMA).condition(read(text))
    assert says in refused.value.text
    assert refused.value.column == column


def test_days_that_grow_cannot_be_compared() -> None:
    with pytest.raises(ConditionError, match="cannot compare"):
        Checker(SCHEMA, "hazard").condition(read("hazard.overdue_days > 5"))
