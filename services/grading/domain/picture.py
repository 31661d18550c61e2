"""The site as conditions see it on one day: registers become records, and answers that have expired unknown."""

from collections.abc import Sequence
from typing import Any

from services.grading.domain.conduct import MAKERS, trainings_of
from services.grading.domain.days import day_of
from services.grading.domain.hazards import hazards_of
from services.grading.domain.language import Environment
from services.grading.domain.policy.compiled import Policy
from services.grading.domain.records import Hazard, Site
from services.grading.domain.registers import FACT, HAZARD, VALUE, Families, Value


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
        value = register[VALUE]
        if value is None or key not in classes or "value" not in value or value["value"].__class__ not in classes[key]:
            continue
        if "until" in value:
            last = day_of(value["until"])
            if last < env.today:
                continue
            env.horizon = min(env.horizon, last + 1)
        answers[key] = value["value"]


def _site(current: Families, hazards: Sequence[Hazard], visits: frozenset[str]) -> Site:
    registered = _value(current, "registered").get("on")
    seen = [day_of(register[VALUE]["on"]) for visit, register in current.get("visit", {}).items() if visit in visits]
    drills = [day_of(register[VALUE]["on"]) for register in current.get("drill", {}).values() if register[VALUE]]
    return Site(
        kind=_value(current, "card").get("kind", "tenant"),
        registered_on=None if registered is None else day_of(registered),
        last_visit_on=max(seen, default=None),
        last_drill_on=max(drills, default=None),
        last_hazard_on=max([hazard.since for hazard in hazards], default=None),
    )


def _value(current: Families, name: str) -> Value:
    register = current.get("site", {}).get(name)
    return {} if register is None or register[VALUE] is None else register[VALUE]
