"""The site as conditions see it on one day: registers become records, and answers that have expired unknown."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from services.grading.domain.conduct import MAKERS, trainings_of
from services.grading.domain.days import day_of
from services.grading.domain.hazards import hazards_of
from services.grading.domain.language import Environment
from services.grading.domain.policy.compiled import Policy
from services.grading.domain.records import Hazard, Site
from services.grading.domain.registers import FACT, HAZARD, VALUE, Families, Family, Register, Value

_NOTHING: Final[dict[str, Any]] = {}


def picture(current: Families, today: int, policy: Policy) -> Environment:
    """The environment of one site's conditions on a day."""
    env = Environment(current.get(FACT, {}), {}, None, {}, today)
    _answer(env, policy.classes)
    records: dict[str, Sequence[Any]] = {name: make(family, current) for name, make in MAKERS if (family := current.get(name))}
    hazards = current.get(HAZARD)
    records[HAZARD] = hazards_of(hazards, current, env) if hazards else ()
    env.site = _site(current, records[HAZARD], policy.visits)
    records["training"] = trainings_of(current, env.site.registered_on or today)
    env.records = records
    return env


def _answer(env: Environment, classes: dict[str, frozenset[type]]) -> None:
    """What is known of what the policy asks: an answer of another kind is none, and one that has expired is none either."""
    answers = env.answers
    for key, register in env.facts.items():
        kinds = classes.get(key)
        if kinds is None or (value := register[VALUE]) is None:
            continue
        answer = value.get("value")
        if answer.__class__ not in kinds:
            continue
        if "until" in value:
            last = day_of(value["until"])
            if last < env.today:
                continue
            if last < env.horizon:
                env.horizon = last + 1
        answers[key] = answer


def _site(current: Families, hazards: Sequence[Hazard], visits: frozenset[str]) -> Site:
    own, seen, drills = current.get("site", _NOTHING), current.get("visit"), current.get("drill")
    registered = _value(own, "registered").get("on")
    return Site(
        _value(own, "card").get("kind", "tenant"),
        None if registered is None else day_of(registered),
        _last([register for visit, register in seen.items() if visit in visits]) if seen else None,
        _last(drills.values()) if drills else None,
        max([hazard.since for hazard in hazards]) if hazards else None,
    )


def _last(registers: Iterable[Register]) -> int | None:
    """The latest day on which something happened."""
    return max([day_of(register[VALUE]["on"]) for register in registers if register[VALUE]], default=None)


def _value(own: Family, name: str) -> Value:
    register = own.get(name)
    return _NOTHING if register is None or register[VALUE] is None else register[VALUE]
